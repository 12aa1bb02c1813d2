"""Feed readers of others get the same out of every format, from items that feeds have stumbled over."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import atoma
import feedparser
import pytest
from lxml import etree
from lxml import html as lxml_html

from syndicate.formats import atom, jsonfeed, ninjs, opml, rss
from syndicate.formats.entry import tidy
from syndicate.formats.lint import Severity, check
from syndicate.model.feed import FeedView, Format, Tombstone
from syndicate.publish.views import entry_view, feed_view, replay_view
from tests.builders import FEED_ID, NOON
from tests.formats.test_atom import GRAMMAR
from tests.formats.test_ninjs import SCHEMA
from tests.neighbours import readers
from tests.neighbours.programs import needs
from tests.neighbours.readers import Read, Reader
from tests.publish.nasty import CATALOGUE, CHANGES, FEED, ITEMS

WRITERS = {Format.RSS: rss, Format.ATOM: atom, Format.JSON: jsonfeed, Format.NINJS: ninjs}
WITHDRAWN = (
    Tombstone(id="urn:uuid:00000000-0000-4000-8000-00000000dead", at=NOON, note="It was ]]> <wrong>."),
)
# newsboat keeps seconds in 32 bits without a sign, and its own clock where there is no date.
NEWSBOAT = (datetime(1970, 1, 1, tzinfo=UTC), datetime(2106, 1, 1, tzinfo=UTC))


@pytest.fixture(scope="module")
def view() -> FeedView:
    entries = [entry_view(item, CATALOGUE) for item in ITEMS]
    undated = entries[list(CHANGES).index("undated")]
    again = [
        replay_view(each, entry_id=f"urn:uuid:00000000-0000-4000-9000-{number:012}", replayed=NOON)
        for number, each in enumerate((*entries[:3], undated))
    ]
    found = feed_view(FEED, entries + again, catalogue=CATALOGUE, feed_id=FEED_ID, older=2)
    return tidy(replace(found, tombstones=WITHDRAWN))


@pytest.fixture(scope="module")
def folder(view: FeedView, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nasty")
    for form, writer in WRITERS.items():
        (folder / f"all.{form}").write_bytes(writer.write(view))
    return folder


@pytest.fixture(scope="module")
def expected(view: FeedView) -> list[Read]:
    return [
        Read(entry.id, entry.title, entry.url, entry.published.utc if entry.published else None)
        for entry in view.entries
    ]


def dated(found: list[Read], expected: list[Read]) -> list[Read]:
    """What was found, without dates where we gave none: some readers put another one there."""
    undated = {each.id for each in expected if each.published is None}
    return [each._replace(published=None) if each.id in undated else each for each in found]


@pytest.mark.parametrize("form", list(WRITERS))
def test_no_document_breaks_a_rule(view: FeedView, form: Format) -> None:
    findings = check(WRITERS[form].write(view), form, url=view.urls[form])
    # Some titles are to look like markup, and one item is to have no text.
    assert {each.rule for each in findings} <= {"text-markup", "atom-text-missing"}
    assert {each.severity for each in findings} <= {Severity.WARNING}


@pytest.mark.parametrize(
    ("reader", "suffix"),
    [
        (readers.by_feedparser, "rss"),
        (readers.by_feedparser, "atom"),
        *((readers.by_atoma, suffix) for suffix in ("rss", "atom", "json")),
        *((readers.by_fastfeedparser, suffix) for suffix in ("rss", "json")),
        *((readers.by_feedsmith, suffix) for suffix in ("rss", "atom", "json")),
        (readers.by_rss_parser, "rss"),
        (readers.by_sfeed, "rss"),
    ],
)
def test_a_reader_finds_the_same_entries(
    folder: Path, expected: list[Read], reader: Reader, suffix: str
) -> None:
    assert reader(folder / f"all.{suffix}") == expected


@pytest.mark.parametrize("reader", [readers.by_fastfeedparser, readers.by_rss_parser, readers.by_sfeed])
def test_a_reader_that_shows_when_atom_entries_changed_finds_the_same_ones(
    folder: Path, expected: list[Read], reader: Reader
) -> None:
    assert dated(reader(folder / "all.atom"), expected) == expected


@pytest.mark.parametrize("suffix", ["rss", "atom", "json"])
def test_reader_keeps_the_same_entries(folder: Path, expected: list[Read], suffix: str) -> None:
    assert sorted(readers.by_reader(folder / f"all.{suffix}")) == sorted(expected)


@pytest.mark.parametrize("suffix", ["rss", "atom"])
def test_newsboat_keeps_the_same_entries(folder: Path, expected: list[Read], suffix: str) -> None:
    least, most = NEWSBOAT
    told = [
        each if each.published and least <= each.published < most else each._replace(published=None)
        for each in expected
    ]
    assert sorted(dated(readers.by_newsboat(folder / f"all.{suffix}"), told)) == sorted(told)


def test_newsboat_takes_the_list_of_feeds_in(tmp_path: Path, view: FeedView) -> None:
    newsboat = needs("newsboat")
    (tmp_path / "feeds.opml").write_bytes(opml.write_list("Nasty & <odd>", [view]))
    for name in ("urls", "config"):
        (tmp_path / name).touch()
    places = ["-u", tmp_path / "urls", "-c", tmp_path / "cache.db", "-C", tmp_path / "config"]
    subprocess.run(
        [newsboat, *places, "-i", tmp_path / "feeds.opml"],
        check=True,
        capture_output=True,
        env={"HOME": str(tmp_path), "LC_ALL": "C.UTF-8"},
    )
    assert (tmp_path / "urls").read_text().split()[:1] == ["https://news.example/feeds/all.rss"]


def test_the_atom_document_keeps_to_the_grammar(folder: Path) -> None:
    GRAMMAR.assertValid(etree.parse(folder / "all.atom"))


def test_the_ninjs_document_keeps_to_its_schema(folder: Path, expected: list[Read]) -> None:
    found = json.loads((folder / "all.ninjs").read_bytes())
    for each in found:
        SCHEMA.validate(each)
    usable = [each for each in found if each["pubStatus"] == "usable"]
    assert [(each["uri"], each["headlines"][0]["value"]) for each in usable] == [
        (each.id, each.title) for each in expected
    ]
    assert [each["uri"] for each in found if each["pubStatus"] == "canceled"] == [WITHDRAWN[0].id]


def test_every_address_in_every_body_is_absolute(folder: Path) -> None:
    addresses = [address for body in bodies(folder) if body for address in addresses_in(body)]
    assert len(addresses) > 8
    assert all(address.startswith("https://") for address in addresses)


def test_bodies_are_equal_in_every_format(folder: Path) -> None:
    rss_feed = feedparser.parse(
        (folder / "all.rss").read_bytes(), sanitize_html=False, resolve_relative_uris=False
    )
    atom_feed = atoma.parse_atom_bytes((folder / "all.atom").read_bytes())
    objects = json.loads((folder / "all.ninjs").read_bytes())[: len(atom_feed.entries)]
    wanted = bodies(folder)
    assert [entry.content.value if entry.content else None for entry in atom_feed.entries] == wanted
    assert [entry.content[0].value if "content" in entry else None for entry in rss_feed.entries] == wanted
    assert [each["bodies"][0]["value"] if "bodies" in each else None for each in objects] == wanted


def test_a_correction_is_the_first_thing_that_is_read(folder: Path, view: FeedView) -> None:
    corrected = [
        (entry.correction.text, body)
        for entry, body in zip(view.entries, bodies(folder), strict=True)
        if entry.correction
    ]
    assert len(corrected) == 2
    for text, body in corrected:
        assert body is not None
        assert lxml_html.fragments_fromstring(body)[0].text_content() == text


def bodies(folder: Path) -> list[str | None]:
    return [item.get("content_html") for item in json.loads((folder / "all.json").read_bytes())["items"]]


def addresses_in(body: str) -> Iterator[str]:
    tree = lxml_html.fragment_fromstring(body, create_parent="div")
    yield from tree.xpath("//@href|//@src|//@poster|//@cite")
    for candidates in tree.xpath("//@srcset"):
        yield from (each.split()[0] for each in candidates.split(","))
