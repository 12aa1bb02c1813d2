"""Subject and preheader: the newsletter's own words, and the reader's name where they say one."""

import pytest

from syndicate.model.slots import slot
from syndicate.publish.digest import render
from syndicate.templating import Templates, words
from tests import digests

LANGUAGES = ("en", "fa", "ar", "de", "fr", "es")
LEAD = "Ferry returns to the northern islands after nine winters"


def test_unless_a_newsletter_says_otherwise_title_and_lead_are_the_subject() -> None:
    rendering = render(digests.english(), templates=Templates())
    assert digests.english().subject == f"The Daily Tide: {LEAD}"
    assert rendering.letter_subject == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_name_the_reader_by_a_word_and_letters_by_the_name(language: str) -> None:
    view = digests.english(language=language, subject="{name}! {lead}", preheader="For {name}: {headlines}")
    rendering = render(view, templates=Templates())
    reader, name = words(language)["reader"], slot(rendering.slot_key, "name")
    assert view.subject == f"{reader}! {LEAD}"
    assert rendering.letter_subject == f"{name}! {LEAD}"
    assert f"<title>{name}! {LEAD}</title>" in rendering.html
    assert f"For {name}: The lighthouse keeps its keeper" in rendering.html
    assert f"<title>{reader}! {LEAD}</title>" in rendering.web_html
    assert name not in rendering.web_html


def test_a_headline_with_braces_stays_what_it_is() -> None:
    view = digests.english(title="{name} {lead}", subject="{title}: {name}")
    assert view.subject == "{name} {lead}: reader"


def test_an_issue_from_an_archive_says_so_whatever_the_newsletter_does() -> None:
    view = digests.english(archived_only=True, subject="Good morning, {name}")
    assert view.subject.startswith("The Daily Tide, from the archive: ")
    assert render(view, templates=Templates()).letter_subject == ""
