"""What a correction makes of an item's words."""

from datetime import timedelta

import pytest

from syndicate.errors import OwnFault
from syndicate.model.item import Content, Correction, Item, ItemKind, PageWords
from syndicate.publish.wording import LONGEST_NOTE, Wording, checked_note, corrected
from tests.builders import NOON, an_item

NOTE = "The ferry sails at seven, not at eight."
LATER = NOON + timedelta(hours=1)


def after(change: Wording, *, item: Item | None = None, note: str = NOTE) -> Item:
    return corrected(item or an_item(), change, note=note, now=LATER)


def test_a_corrected_headline_is_a_revision_that_moves_the_date_of_change() -> None:
    item = after(Wording(headline="Ferry  sails at seven\n"))
    assert (item.content.headline, item.revision, item.changed) == ("Ferry sails at seven", 2, LATER)
    assert item.correction == Correction(note=NOTE, at=LATER)
    assert item.page_words == PageWords(headline="Ferry returns to the northern islands")


def test_a_note_alone_is_a_correction_that_overrides_nothing() -> None:
    item = after(Wording())
    assert (item.content, item.revision, item.changed) == (an_item().content, 2, LATER)
    assert item.page_words is None


def test_a_silent_correction_tells_readers_nothing() -> None:
    item = after(Wording(headline="Ferry returns, to the islands", silent=True))
    assert (item.changed, item.correction) == (LATER, None)


def test_a_body_is_plain_text_or_html() -> None:
    plain = after(Wording(body="It sailed\nat seven.\r\n\r\nTea < coffee.")).content
    assert plain.body_text == "It sailed at seven.\n\nTea < coffee."
    assert plain.body_html == "<p>It sailed at seven.</p><p>Tea &lt; coffee.</p>"
    html = after(Wording(body='<p onclick="x()">It <b>sailed</b>.</p><script>x()</script>')).content
    assert (html.body_text, html.body_html) == ("It sailed.", "<p>It <b>sailed</b>.</p>")


def test_links_of_a_body_are_absolute() -> None:
    html = after(Wording(body='<p><a href="/now">Now</a></p>')).content.body_html
    assert 'href="https://old.courier.example/now"' in html


def test_a_brief_is_corrected_in_its_words_alone() -> None:
    brief = an_item(kind=ItemKind.BRIEF, content=Content(body_text="The lamp is old.", language="en"))
    content = after(Wording(body="The lamp\n\nis new."), item=brief).content
    assert (content.body_text, content.body_html) == ("The lamp is new.", "<p>The lamp is new.</p>")
    for change in (Wording(headline="Lamp"), Wording(summary="Lamp")):
        with pytest.raises(OwnFault, match="--body FILE corrects its words"):
            after(change, item=brief)


def test_the_same_correction_twice_changes_nothing() -> None:
    item = after(Wording(headline="Ferry sails at seven"))
    assert after(Wording(headline="Ferry sails at seven"), item=item) is item
    assert after(Wording(headline="Ferry sails at seven"), item=item, note="Again.").revision == 3


def test_a_second_correction_remembers_what_the_page_says_and_not_the_first_one() -> None:
    item = after(Wording(headline="Ferry sails at seven"))
    item = after(Wording(headline="Ferry sails at six", summary="At six."), item=item, note="Six.")
    assert item.page_words == PageWords(
        headline="Ferry returns to the northern islands", summary="The ferry sailed at dawn."
    )


def test_a_correction_that_says_what_the_page_says_overrides_nothing_any_more() -> None:
    item = after(Wording(headline="Ferry sails at seven"))
    item = after(Wording(headline=an_item().content.headline), item=item, note="It was right.")
    assert item.page_words is None


def test_joiners_and_marks_of_direction_stay() -> None:
    said = "کشتی می‌رود \u200f7"
    assert after(Wording(headline=said)).content.headline == said
    assert checked_note(said) == said


@pytest.mark.parametrize(
    ("note", "why"),
    [
        ("", "empty"),
        (" \n ", "empty"),
        ("x" * (LONGEST_NOTE + 1), "1,001 characters"),
        ("wrong\x00", "control characters"),
        ("wrong\x1b[31m", "control characters"),
        ("wrong\ud800", "control characters"),
    ],
)
def test_a_note_that_no_output_could_show_is_refused(note: str, why: str) -> None:
    with pytest.raises(OwnFault, match=why):
        checked_note(note)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (Wording(headline=" "), "the headline is empty"),
        (Wording(headline="x" * 501), "the headline has 501 characters"),
        (Wording(body=""), "withdraw it"),
        (Wording(body="<script>x()</script>"), "holds no words"),
        (Wording(body="a\x00b"), "control characters"),
        (Wording(summary="x" * 5001), "the summary has 5,001"),
    ],
)
def test_a_wording_that_no_output_could_show_is_refused(change: Wording, why: str) -> None:
    with pytest.raises(OwnFault, match=why):
        after(change)


def test_a_summary_can_be_taken_away() -> None:
    assert after(Wording(summary="")).content.summary == ""


def test_a_note_of_several_lines_is_kept() -> None:
    assert checked_note(" One.\r\nTwo.\n") == "One.\nTwo."
