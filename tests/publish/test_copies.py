"""Web copies of issues without what was withdrawn since: with our marks, and as they were made before."""

import re
from html import unescape

import pytest

from syndicate.formats.html import text_of
from syndicate.publish.copies import Gone, public_subject, without
from syndicate.publish.digest import render
from syndicate.templating import Templates
from tests.builders import an_issue
from tests.digests import english, persian

TITLE = "The Daily Tide · No. 3"
MARKS = re.compile(r"<!--/?item[^>]*-->")
LINE = "Withdrawn on 2 March 2026. <bdi>Wrong.</bdi>"
VIEWS = {"en": english(), "fa": persian()}
COPIES = {name: render(view, templates=Templates()).web_html for name, view in VIEWS.items()}
PIECES = {
    name: [
        *((story.item_id, story.headline) for story in (view.lead, *view.stories) if story),
        *(
            (brief.item_id, f"{brief.opening} {brief.rest}")
            for block in view.blocks
            for brief in block.briefs
        ),
    ]
    for name, view in VIEWS.items()
}
LEAD = PIECES["en"][0]
BRIEF = PIECES["en"][-1]


def gone(piece: tuple[str, str], line: str = LINE) -> Gone:
    return Gone(item_id=piece[0], titles=(" ".join(piece[1].split()),), line=line)


def shown(html: str) -> str:
    return " ".join(unescape(text_of(html)).split())


@pytest.mark.parametrize("marked", [True, False], ids=["marked", "made-before"])
@pytest.mark.parametrize("at", [0, 1, -2, -1], ids=["lead", "story", "brief", "last"])
@pytest.mark.parametrize("language", ["en", "fa"])
def test_an_item_is_cut_out_and_a_line_says_so(language: str, at: int, marked: bool) -> None:
    copy = COPIES[language] if marked else MARKS.sub("", COPIES[language])
    one = gone(PIECES[language][at])
    html = without(copy, [one], title=TITLE)
    assert one.titles[0] in shown(copy)
    assert one.titles[0] not in shown(html)
    assert html.count(one.line) == 1
    for other in PIECES[language]:
        assert (gone(other).titles[0] in shown(html)) == (other != PIECES[language][at])
    assert [html.count(tag) for tag in ("<td", "</td>", "<tr", "</tr>")] == [
        copy.count(tag) for tag in ("<td", "</td>", "<tr", "</tr>")
    ]


def test_all_of_a_copy_can_be_cut_out() -> None:
    html = without(COPIES["en"], [gone(piece) for piece in PIECES["en"]], title=TITLE)
    assert html.count(LINE) == len(PIECES["en"])


def test_the_page_s_title_quotes_no_withdrawn_headline() -> None:
    html = without(COPIES["en"], [gone(LEAD)], title=TITLE)
    assert f"<title>{TITLE}</title>" in html


def test_a_title_that_quotes_another_story_stays() -> None:
    copy = COPIES["en"]
    [title] = re.findall("<title>.*?</title>", copy)
    assert title in without(copy, [gone(BRIEF)], title=TITLE)


def test_a_copy_of_another_shape_is_not_shown_at_all() -> None:
    headline = gone(LEAD).titles[0]
    assert without(f"<html><body><li>{headline}</li></body></html>", [gone(LEAD)], title=TITLE) == ""


def test_a_note_may_name_what_was_withdrawn() -> None:
    one = gone(LEAD)
    named = Gone(item_id=one.item_id, titles=one.titles, line=f"{one.titles[0]} was wrong.")
    for copy in (COPIES["en"], MARKS.sub("", COPIES["en"])):
        assert named.line in without(copy, [named], title=TITLE)


def test_a_subject_that_quotes_a_withdrawn_headline_names_the_issue_instead() -> None:
    issue = an_issue(number=3, subject="The Daily Tide: Ferry returns to the northern islands")
    titles = ["Ferry returns to the northern islands"]
    said = public_subject(issue, titles, title="The Daily Tide", language="en")
    assert said == "The Daily Tide · No. 3"
    assert public_subject(issue, ["Ferry"], title="The Daily Tide", language="en") == said
    assert public_subject(issue, ["Fer"], title="The Daily Tide", language="en") == issue.subject
    assert public_subject(issue, [], title="The Daily Tide", language="fa") == issue.subject


def test_a_long_headline_is_known_by_what_a_subject_shows_of_it() -> None:
    long = " ".join(f"word{number}" for number in range(40))
    issue = an_issue(number=3, subject="The Daily Tide: " + " ".join(long.split()[:14]) + "…")
    assert "word1" not in public_subject(issue, [long], title="The Daily Tide", language="en")
