"""What holds of every writer: an entry's bytes are the same in any document, whatever anybody wrote in it."""

import json
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from syndicate.formats import atom, jsonfeed, ninjs, rss
from syndicate.formats.entry import tidy_entry
from syndicate.formats.feedgen_extension import qualified
from syndicate.formats.framing import OPEN, frame_key
from syndicate.formats.lint import check
from syndicate.model.feed import CorrectionView, EntryView, FeedView, Format, Tombstone
from syndicate.model.item import Image, Timestamp
from tests.builders import NOON, a_feed_view, a_notice_view, an_archive, an_entry
from tests.formats.test_atom import GRAMMAR
from tests.formats.test_ninjs import SCHEMA

EARLY = Timestamp.parse("0099-02-03T04:05:06+00:00")
WRITERS: list[Any] = [rss, atom, jsonfeed, ninjs]
NAMES = [module.__name__.rpartition(".")[2] for module in WRITERS]

ODD = st.text(
    st.one_of(
        st.characters(codec=None),
        st.sampled_from("\x00\x0b\x1f\x7f\x85\ud83d\udc00\ufffe\ufeff\u200c\u200d\u200e\u200f\u2067\u2069"),
        st.sampled_from("<>&\"']]>پیک\r\n\t"),
    ),
    max_size=40,
)
MOMENTS = st.datetimes(
    min_value=datetime(1, 1, 2),  # noqa: DTZ001 (hypothesis wants them so)
    max_value=datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=st.timedeltas(timedelta(hours=-14), timedelta(hours=14)).map(
        lambda each: timezone(timedelta(minutes=each.total_seconds() // 60))
    ),
)
STAMPS = st.one_of(
    st.none(),
    MOMENTS.map(lambda when: Timestamp(instant=when)),
    MOMENTS.map(lambda when: Timestamp.of_day(when.date())),
)
ENTRIES = st.builds(
    an_entry,
    id=st.uuids().map(lambda each: each.urn),
    title=ODD.map(lambda each: f"T{each}"),
    summary=ODD,
    content_html=ODD,
    authors=st.lists(ODD, max_size=3).map(tuple),
    credit=ODD,
    section=ODD,
    licence=st.one_of(ODD, st.just("https://lic.example/پیک")),
    rights_holder=ODD,
    source_url=st.sampled_from(["", "https://up.example/feed?a=1&b=2"]),
    source_title=ODD,
    published=STAMPS,
    issued=STAMPS,
    replay=st.booleans(),
    updated=MOMENTS,
    updated_inferred=st.booleans(),
    expired=st.one_of(st.none(), MOMENTS),
    revision=st.integers(0, 9),
    notice=st.one_of(st.none(), ODD.map(lambda text: a_notice_view(text=f"N{text}"))),
    correction=st.one_of(
        st.none(), st.builds(CorrectionView, note=ODD.map(lambda each: f"C{each}"), at=MOMENTS)
    ),
)
VIEWS = st.builds(
    lambda entries, graves, number: a_feed_view(
        *entries, tombstones=tuple(graves), archive=an_archive(number, of=3), complete=number == 0
    ),
    st.lists(ENTRIES, max_size=3, unique_by=lambda entry: entry.id),
    st.lists(
        st.builds(Tombstone, id=st.uuids().map(lambda each: each.urn), at=MOMENTS, note=ODD), max_size=2
    ),
    st.integers(0, 3),
)


def views() -> list[FeedView]:
    """One of every kind of document."""
    picture = Image(url="x", media="a.png", media_type="image/png", size=9)
    entries = (
        an_entry(notice=a_notice_view(), image=picture, image_url="https://news.example/media/a.png"),
        an_entry(id="urn:uuid:2", correction=CorrectionView(note="It was four.", at=NOON)),
        an_entry(id="urn:uuid:3", expired=NOON),
        an_entry(id="urn:uuid:4", title="]]> & <b>", language="fa"),
    )
    graves = (Tombstone(id="urn:uuid:9", at=NOON, note="Withdrawn"),)
    return [
        a_feed_view(),
        a_feed_view(*entries),
        a_feed_view(*entries, tombstones=graves, archive=an_archive(0, of=2), frozen=True),
        a_feed_view(*entries, archive=an_archive(1, of=2), hub_url="https://hub.example/"),
        a_feed_view(*entries, complete=True, licence="https://lic.example/"),
    ]


@pytest.mark.parametrize("writer", WRITERS, ids=NAMES)
def test_a_document_is_its_frame_around_entries_that_were_written_alone(writer: Any) -> None:
    for view in views():
        fragments = [writer.write_entry(entry) for entry in view.entries]
        assert writer.join(view, fragments) == writer.write(view)
        assert all(fragment in writer.write(view) for fragment in fragments)


@pytest.mark.parametrize("writer", [rss, atom], ids=["rss", "atom"])
def test_no_entry_declares_a_namespace_that_its_document_declares(writer: Any) -> None:
    for view in views():
        assert writer.write(view).count(b"xmlns:") == writer.write(replace(view, entries=())).count(b"xmlns:")


@pytest.mark.parametrize("writer", WRITERS, ids=NAMES)
def test_a_frame_that_changes_is_never_taken_from_memory(writer: Any) -> None:
    before = writer.write(a_feed_view(an_entry()))
    if writer is not ninjs:
        assert writer.write(a_feed_view(an_entry(), title="Another")) != before
    assert writer.write(a_feed_view(an_entry(updated=NOON), updated=NOON)) != before
    assert writer.write(a_feed_view(an_entry())) == before


def test_every_field_of_a_frame_tells_frames_apart() -> None:
    view = a_feed_view()
    for each in fields(FeedView):
        if each.name in OPEN:
            continue
        changed = replace(view, **{each.name: CHANGES.get(each.name, "other")})
        assert frame_key(changed) != frame_key(view), each.name


@settings(max_examples=150, deadline=None)
@given(VIEWS)
def test_whatever_stands_in_it_an_atom_document_keeps_to_the_grammar(view: FeedView) -> None:
    document = etree.fromstring(atom.write(view))
    GRAMMAR.assertValid(document)


@settings(max_examples=150, deadline=None)
@given(VIEWS)
def test_whatever_stands_in_it_a_ninjs_document_keeps_to_its_schema(view: FeedView) -> None:
    found = json.loads(ninjs.write(view).decode("utf-8"))
    assert len(found) == len(view.entries) + len(view.tombstones)
    for each in found:
        SCHEMA.validate(each)


@settings(max_examples=150, deadline=None)
@given(VIEWS)
def test_whatever_stands_in_it_rss_and_json_are_read_back(view: FeedView) -> None:
    data = rss.write(view)
    etree.fromstring(data)
    data.decode("utf-8")
    found = json.loads(jsonfeed.write(view).decode("utf-8"))
    clean = [tidy_entry(entry) for entry in view.entries]
    assert [each["id"] for each in found["items"]] == [entry.id for entry in clean]
    assert [each["title"] for each in found["items"]] == [entry.title for entry in clean]


def test_dates_out_of_every_range_are_written_and_read() -> None:
    entries: list[EntryView] = []
    for number, year in enumerate((1, 999, 1582, 1969, 2038, 9999)):
        when = datetime(year, 6, 15, 12, tzinfo=UTC)
        entries.append(an_entry(id=f"urn:uuid:{number}", published=Timestamp(instant=when), updated=when))
    view = a_feed_view(*entries)
    GRAMMAR.assertValid(etree.fromstring(atom.write(view)))
    assert b"<pubDate>Tue, 15 Jun 1582 12:00:00 +0000</pubDate>" in rss.write(view)
    assert not feedparser.parse(rss.write(view)).bozo


@pytest.mark.parametrize("form", [Format.RSS, Format.ATOM, Format.JSON])
@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_every_document_names_its_own_address(form: Format, number: int) -> None:
    path = f"all/{number}" if number else "all"
    urls = {each: f"https://news.example/feeds/{path}.{each}" for each in Format}
    view = a_feed_view(an_entry(), urls=urls, archive=an_archive(number, of=3))
    writer = {Format.RSS: rss, Format.ATOM: atom, Format.JSON: jsonfeed}[form]
    assert check(writer.write(view), form, url=urls[form]) == ()
    assert check(writer.write(view), form, url="https://elsewhere.example/") != ()


CHANGES: dict[str, Any] = {
    "urls": {Format.RSS: "https://news.example/other.rss"},
    "ttl_minutes": 5,
    "archive": an_archive(1, of=2),
    "complete": True,
    "frozen": True,
    "extras": ("other",),
}


def test_a_year_that_readers_would_take_for_another_is_in_no_pub_date() -> None:
    [written] = etree.fromstring(rss.write(a_feed_view(an_entry(published=EARLY)))).iter("item")
    assert written.find("pubDate") is None
    assert written.findtext(qualified("dcterms:issued")) == "0099-02-03T04:05:06+00:00"
