"""Pages and entries become candidates with the right keys, address, notice and language."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from syndicate.collect.candidates import Claims, from_entry, from_page, without_shared_keys
from syndicate.collect.reading import Capture
from syndicate.errors import Unreadable
from syndicate.extract.briefs.take import Brief
from syndicate.extract.page import Page
from syndicate.formats.upstream import UpstreamEntry
from syndicate.model.item import Candidate, Content, ItemKind, Timestamp
from syndicate.model.source import SourceKind
from tests.builders import NOON, a_notice, a_source
from tests.collect.stories import EDITS, a_story, changed, sample_stories

URL = "https://old.courier.example/2019/ferry"
STORY = "The ferry sailed at dawn with forty passengers and one piano on its open deck. " * 4


def a_page(**change: Any) -> Page:
    base: dict[str, Any] = {
        "kind": "html",
        "url": URL,
        "headline": "Ferry returns",
        "body_text": STORY,
        "language": "en",
    }
    return Page(**base | change)


def a_capture(**change: Any) -> Capture:
    base: dict[str, Any] = {"key": URL, "url": URL, "data": b"", "content_hash": "ab", "captured": NOON}
    return Capture(**base | change)


def a_brief(**change: Any) -> Brief:
    base: dict[str, Any] = {
        "text": "The pier reopened <today>.",
        "url": None,
        "section": "In Brief",
        "fingerprint": "f1",
    }
    return Brief(**base | change)


def read(page: Page, *, source: dict[str, Any] | None = None, **capture: Any) -> tuple[Candidate, ...]:
    return from_page(page, a_capture(**capture), source=a_source(**source or {}))


def test_an_article_is_known_by_address_and_words() -> None:
    (found,) = read(a_page())
    assert [key.partition(":")[0] for key in found.keys] == ["url", "text"]
    assert found.keys[0] == "url:old.courier.example/2019/ferry"
    assert (found.provenance.original_url, found.provenance.raw_hash) == (URL, "ab")


def test_a_page_that_was_redirected_is_known_by_both_addresses() -> None:
    (found,) = read(a_page(), key="https://old.courier.example/?p=7")
    assert "url:old.courier.example?p=7" in found.keys
    assert found.content.url == URL


@pytest.mark.parametrize(
    ("canonical", "kind", "address"),
    [
        ("https://old.courier.example/ferry", SourceKind.PAGE, "https://old.courier.example/ferry"),
        ("https://www.old.courier.example/ferry", SourceKind.PAGE, "https://www.old.courier.example/ferry"),
        ("https://elsewhere.example/ferry", SourceKind.PAGE, URL),
        ("https://old.courier.example/", SourceKind.PAGE, URL),
        ("javascript:alert(1)", SourceKind.PAGE, URL),
        ("", SourceKind.PAGE, URL),
        ("https://elsewhere.example/ferry", SourceKind.FILES, "https://elsewhere.example/ferry"),
    ],
)
def test_a_canonical_link_is_believed_on_its_own_host_or_in_a_saved_file(
    canonical: str, kind: SourceKind, address: str
) -> None:
    (found,) = read(a_page(canonical_url=canonical), source={"kind": kind})
    assert found.content.url == found.provenance.original_url == address


def test_a_replayed_page_stands_where_it_once_did() -> None:
    replay = f"https://web.archive.example/web/20120102030405/{URL}"
    (found,) = read(a_page(url=replay, canonical_url=URL), url=replay, key=replay)
    assert (found.content.url, found.provenance.original_url) == (URL, URL)
    (bare,) = read(a_page(url=replay), url=replay, key=replay)
    assert bare.content.url == URL


def test_a_saved_file_without_address_is_known_by_its_path() -> None:
    (found,) = read(a_page(url=""), source={"kind": SourceKind.FILES}, key="a/ferry.html", url="")
    assert found.keys[0] == "guid:harbour/a/ferry.html"
    assert found.content.url == ""


def test_briefs_inherit_their_page_s_notice_language_and_address() -> None:
    notice = a_notice()
    briefs = (a_brief(), a_brief(url="https://old.courier.example/b", fingerprint="f2"))
    _, first, second = read(a_page(briefs=briefs, notice=notice, language="fa", direction="rtl"))
    assert (first.kind, first.keys, first.page_notice) == (ItemKind.BRIEF, ("text:f1",), notice)
    assert (first.content.url, second.content.url) == (URL, "https://old.courier.example/b")
    assert (first.content.language, first.content.direction) == ("fa", "rtl")
    assert first.content.body_html == "<p>The pier reopened &lt;today&gt;.</p>"


def test_a_brief_gets_no_date_from_its_page() -> None:
    _, brief = read(a_page(briefs=(a_brief(),), published=Timestamp.parse("2019-05-03")))
    assert brief.content.published is None


@pytest.mark.parametrize(
    ("change", "lacks"), [({"headline": " "}, "headline"), ({"body_text": ""}, "article")]
)
def test_a_page_without_an_article_gives_its_briefs_or_a_clear_fault(
    change: dict[str, str], lacks: str
) -> None:
    assert [one.kind for one in read(a_page(briefs=(a_brief(),), **change))] == [ItemKind.BRIEF]
    with pytest.raises(Unreadable, match=f"has no {lacks}"):
        read(a_page(**change))


def test_a_source_s_language_stands_where_the_page_has_none() -> None:
    (found,) = read(a_page(language="", direction=""), source={"language": "fa"})
    assert (found.content.language, found.content.direction) == ("fa", "rtl")


def entry(**change: Any) -> Candidate:
    base = {"guid": "7", "url": URL, "title": "Ferry returns", "body_html": f"<p>{STORY}</p>"}
    return from_entry(UpstreamEntry(**base | change), a_capture(), source=a_source())


def test_an_entry_is_known_by_guid_address_and_words() -> None:
    assert [key.partition(":")[0] for key in entry().keys] == ["guid", "url", "text"]


def test_an_entry_that_names_its_original_is_known_by_it_too() -> None:
    found = entry(original_url="https://first.example/a")
    assert "url:first.example/a" in found.keys
    assert (found.content.url, found.provenance.original_url) == (URL, "https://first.example/a")


@pytest.mark.parametrize(
    ("stated", "title", "language"),
    [("en_gb", "Ferry", "en-GB"), ("english please", "Ferry", "en"), ("", "Ferry", "en")],
)
def test_an_entry_s_language_is_a_language(stated: str, title: str, language: str) -> None:
    assert entry(language=stated, title=title).content.language == language


@pytest.mark.parametrize("place", ["{notice}{body}", "{body}{notice}"])
def test_a_notice_in_upstream_s_own_words_is_taken_off_either_end(place: str) -> None:
    notice = (
        "<p>You are reading a page from our old site, which is no longer updated. "
        'Visit <a href="https://courier.example/">the new site</a>.</p>'
    )
    found = entry(body_html=place.format(notice=notice, body="<p>It sailed.</p><p>It came back.</p>"))
    assert found.content.body_text == "It sailed.\n\nIt came back."
    assert found.page_notice is not None
    assert found.page_notice.successor_url == "https://courier.example/"


def test_a_guid_of_several_stories_identifies_none() -> None:
    first, second = entry(), entry(url="https://old.courier.example/2", body_html="<p>Another story.</p>")
    cleaned = without_shared_keys([first, second], {})
    assert all("guid:harbour/7" not in one.keys for one in cleaned)
    assert all("several different stories" in one.warnings[-1] for one in cleaned)


def test_a_guid_claimed_in_an_earlier_part_of_the_run_identifies_no_other_story() -> None:
    claims: Claims = {}
    first = without_shared_keys([entry()], claims)
    [other] = without_shared_keys([entry(body_html="<p>Another story.</p>")], claims)
    assert first == [entry()]
    assert "guid:harbour/7" not in other.keys


def test_the_same_story_twice_keeps_its_guid() -> None:
    assert without_shared_keys([entry(), entry()], {}) == [entry(), entry()]


def test_fields_of_a_page_are_cut_to_a_sane_length_with_a_warning() -> None:
    long = "Harbour " * 250_000
    page = a_page(headline=long, section=long, authors=(long,) * 90, credit="x" * 900, summary=long)
    (found,) = read(page)
    content = found.content
    assert content.headline == "Harbour " * 36 + "Harbour…"
    assert len(content.section) <= 201
    assert len(content.authors) == 50
    assert max(map(len, content.authors)) <= 201
    assert content.credit == "x" * 500 + "…"
    assert len(content.summary) <= 4_001
    assert found.warnings == ("headline, section, authors, credit, summary: far too long, and cut",)


def test_fields_of_an_entry_and_a_brief_are_cut_too() -> None:
    entry = UpstreamEntry(guid="1", title="Harbour " * 250_000, body_html=f"<p>{STORY}</p>")
    assert len(from_entry(entry, a_capture(), source=a_source()).content.headline) <= 301
    for body in ("", STORY):
        *_, brief = read(a_page(body_text=body, briefs=(a_brief(section="x" * 900),)))
        assert len(brief.content.section) == 201


WAYBACK = {"kind": SourceKind.WAYBACK, "url": "https://old.courier.example/"}
SAVED = {"kind": SourceKind.FILES, "folder": "pages"}
EARLIER = NOON - timedelta(days=900)
TOLD = Timestamp(instant=NOON - timedelta(days=9))


@pytest.mark.parametrize(
    ("source", "capture", "page", "not_after"),
    [
        ({}, {}, {}, NOON),
        ({}, {}, {"not_after": TOLD}, TOLD.utc),
        (SAVED, {}, {}, None),
        (SAVED, {}, {"not_after": TOLD}, TOLD.utc),
        (SAVED, {}, {"not_after": Timestamp.parse("2026-02-20")}, datetime(2026, 2, 21, tzinfo=UTC)),
        (WAYBACK, {}, {}, NOON),
        (WAYBACK, {"not_after": EARLIER}, {}, EARLIER),
        (WAYBACK, {"not_after": NOON}, {"not_after": TOLD}, TOLD.utc),
    ],
)
def test_a_page_was_there_at_the_latest_when_it_was_first_captured(
    source: dict[str, Any], capture: dict[str, Any], page: dict[str, Any], not_after: datetime | None
) -> None:
    article, brief = read(a_page(briefs=(a_brief(),), **page), source=source, **capture)
    assert (article.not_after, brief.not_after) == (not_after, not_after)
    assert article.content.published is None


@pytest.mark.parametrize(
    ("source", "page", "captured", "dated"),
    [
        ({}, {"not_after": TOLD}, NOON, False),
        (WAYBACK, {"not_after": TOLD}, NOON, True),
        (SAVED, {}, NOON, False),
        (SAVED, {"not_after": TOLD}, TOLD.utc, True),
        (SAVED, {"not_after": Timestamp.parse("2026-02-20")}, NOON, False),
        (SAVED, {"not_after": Timestamp(instant=NOON + timedelta(days=1))}, NOON, False),
    ],
)
def test_an_archive_or_the_saved_page_itself_vouches_for_its_time(
    source: dict[str, Any], page: dict[str, Any], captured: datetime, dated: bool
) -> None:
    (article,) = read(a_page(**page), source=source)
    assert (article.provenance.captured, article.dated_capture) == (captured, dated)


def captures(*stories: Content, **source: Any) -> list[Candidate]:
    """One address, captured with these stories one after the other."""
    pages = [a_page(headline=story.headline, body_text=story.body_text) for story in stories]
    read_one = [
        read(page, source=source, captured=NOON + timedelta(days=at)) for at, page in enumerate(pages)
    ]
    return without_shared_keys([candidate for (candidate,) in read_one], {})


def test_captures_of_one_story_keep_its_address() -> None:
    story, more = a_story(1), a_story(2)
    versions = captures(
        story, EDITS["another lead"](story, more), changed(more, headline=story.headline), **WAYBACK
    )
    assert all("url:old.courier.example/2019/ferry" in candidate.keys for candidate in versions)


def test_an_address_that_held_several_stories_identifies_none_of_them() -> None:
    found = captures(*sample_stories()[:2], **WAYBACK)
    assert [len(candidate.keys) for candidate in found] == [1, 1]
    assert "several different stories call themselves" in found[0].warnings[0]


def test_an_edited_version_under_the_same_canonical_link_is_no_other_story() -> None:
    story, other, *_ = sample_stories()
    assert all(len(found.keys) == 2 for found in captures(story, EDITS["copy-edited"](story, story)))
    assert all(len(found.keys) == 1 for found in captures(story, other))
    same_headline = changed(other, headline=story.headline)
    assert all(len(found.keys) == 1 for found in captures(story, same_headline))
