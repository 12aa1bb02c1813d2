"""Briefs of plain text pages, in the ways that a page's text is saved."""

import pytest

from syndicate.extract.forms.plain import PlainPage, read_plain
from tests.extract.phrasebook import PHRASES, Phrases

# One brief each: {t} its text, {m} "More", {n} its number.
FORMS = {
    "glued": "{t}{m}\n",
    "apart": "{t} {m}\n",
    "on its own line": "{t}\n{m}\n",
    "bullets and brackets": "* {t} [{m}]\n",
    "blank lines": "{t} {m}\n\n",
    "arrow": "- {t} {m} »\n",
    "address behind": "{t} {m} https://old.courier.example/b{n}\n",
    "address on its own line": "{t}\nhttps://old.courier.example/b{n}\n\n",
    "link as in Markdown": "- {t} [{m}](https://old.courier.example/b{n})\n",
    "numbered": "{n}. {t} {m}\n",
    "without more": "{t}\n",
    "bullets without more": "• {t}\n\n",
}


def read(phrases: Phrases, form: str, *, under: str = "") -> PlainPage:
    briefs = "".join(form.format(t=text, m=phrases.more, n=n) for n, text in enumerate(phrases.briefs))
    parts = (phrases.notice, phrases.headline, *phrases.body, f"{phrases.heading}{under}\n{briefs}")
    return read_plain("\n\n".join(parts))


@pytest.mark.parametrize("under", ["", ":", "\n-----"], ids=["bare", "colon", "underlined"])
@pytest.mark.parametrize("language", PHRASES)
@pytest.mark.parametrize("form", FORMS)
def test_briefs_are_found_and_leave_the_article_clean(form: str, language: str, under: str) -> None:
    phrases = PHRASES[language]
    page = read(phrases, FORMS[form], under=under)
    assert tuple(brief.text for brief in page.briefs) == phrases.briefs
    assert {brief.section for brief in page.briefs} == {phrases.heading}
    assert page.paragraphs == phrases.body
    assert page.notice is not None
    assert page.notice.successor_url == "https://courier.example"


@pytest.mark.parametrize("form", [form for form in FORMS if "{n}" in FORMS[form] and "http" in FORMS[form]])
def test_addresses_of_briefs_are_kept(form: str) -> None:
    page = read(PHRASES["en"], FORMS[form])
    assert [brief.url for brief in page.briefs] == [f"https://old.courier.example/b{n}" for n in range(4)]


def test_paragraphs_under_a_heading_are_no_briefs() -> None:
    phrases = PHRASES["en"]
    text = "\n\n".join((phrases.headline, phrases.body[0], "What changes", *phrases.briefs))
    page = read_plain(text)
    assert page.briefs == ()
    assert page.paragraphs == (phrases.body[0], "What changes", *phrases.briefs)
