"""Feed readers of others get the same out of every format, from items that feeds have stumbled over."""

import json
import sqlite3
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, NamedTuple

import atoma
import feedparser
import pytest
from lxml import etree
from lxml import html as lxml_html

from syndicate.formats.entry import tidy
from syndicate.publish.rendering import Rendering, render_feed
from syndicate.templating import Templates
from tests.builders import FEED_ID
from tests.formats.test_atom import GRAMMAR
from tests.neighbours.programs import needs
from tests.publish.nasty import CATALOGUE, CHANGES, FEED, ITEMS

HERE = Path(__file__).parent
FORMATS = ("rss", "atom", "json")


class Read(NamedTuple):
    """What a reader found of one entry; `published` in UTC."""

    id: str
    title: str
    url: str
    published: datetime | None


@pytest.fixture(scope="module")
def rendering() -> Rendering:
    return render_feed(FEED, ITEMS, catalogue=CATALOGUE, templates=Templates(), feed_id=FEED_ID)


@pytest.fixture(scope="module")
def folder(rendering: Rendering, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nasty")
    for name, data in rendering.documents.items():
        (folder / name).write_bytes(data)
    return folder


@pytest.fixture(scope="module")
def expected(rendering: Rendering) -> list[Read]:
    return [
        Read(entry.id, entry.title, entry.url, entry.published.utc if entry.published else None)
        for entry in tidy(rendering.view).entries
    ]


def utc(when: datetime | None) -> datetime | None:
    return when.astimezone(UTC) if when else None


def iso(text: str | None) -> datetime | None:
    return utc(datetime.fromisoformat(text)) if text else None


def test_every_item_is_in_every_format_and_none_is_quarantined(rendering: Rendering) -> None:
    assert (rendering.faults, rendering.quarantined, rendering.left_out) == ((), (), 0)
    assert len(rendering.view.entries) == len(CHANGES)


@pytest.mark.parametrize("suffix", ["rss", "atom"])
def test_feedparser_finds_no_fault_and_the_same_entries(
    folder: Path, expected: list[Read], suffix: str
) -> None:
    feed = feedparser.parse((folder / f"all.{suffix}").read_bytes(), sanitize_html=False)
    assert feed.bozo == 0
    found = [
        Read(
            entry.id,
            entry.title,
            entry.link,
            datetime(*entry.published_parsed[:6], tzinfo=UTC) if "published" in entry else None,
        )
        for entry in feed.entries
    ]
    assert [each.id for each in found] == [each.id for each in expected]
    assert [each.url for each in found] == [each.url for each in expected]
    assert [each.published for each in found] == [each.published for each in expected]


@pytest.mark.parametrize("suffix", FORMATS)
def test_atoma_reads_the_same_entries(folder: Path, expected: list[Read], suffix: str) -> None:
    assert ATOMA[suffix]((folder / f"all.{suffix}").read_bytes()) == expected


@pytest.mark.parametrize("suffix", FORMATS)
def test_feedsmith_reads_the_same_entries(folder: Path, expected: list[Read], suffix: str) -> None:
    node = needs("node")
    if not (HERE.parent / "node_modules" / "feedsmith").is_dir():
        pytest.skip("feedsmith is not installed: npm ci --prefix tests")
    run = subprocess.run(
        [node, HERE / "readers.mjs", folder / f"all.{suffix}"], capture_output=True, check=False
    )
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    assert found["format"] == suffix
    assert [
        FEEDSMITH[suffix](each) for each in found["feed"]["entries" if suffix == "atom" else "items"]
    ] == expected


@pytest.mark.parametrize("suffix", ["rss", "atom"])
def test_newsboat_stores_the_same_entries(
    folder: Path, expected: list[Read], suffix: str, tmp_path: Path
) -> None:
    newsboat = needs("newsboat")
    (tmp_path / "urls").write_text(f"file://{folder}/all.{suffix}\n")
    (tmp_path / "config").touch()
    cache = tmp_path / "cache.db"
    subprocess.run(
        [newsboat, "-u", tmp_path / "urls", "-c", cache, "-C", tmp_path / "config", "-x", "reload"],
        check=True,
        capture_output=True,
        env={"HOME": str(tmp_path), "LC_ALL": "C.UTF-8"},
    )
    with sqlite3.connect(cache) as connection:
        rows = connection.execute("SELECT guid, url FROM rss_item").fetchall()
    assert sorted(rows) == sorted((each.id, each.url) for each in expected)


def test_the_atom_document_keeps_to_the_grammar(folder: Path) -> None:
    GRAMMAR.assertValid(etree.parse(folder / "all.atom"))


def test_every_address_in_every_body_is_absolute(folder: Path) -> None:
    bodies = [item.get("content_html") for item in json.loads((folder / "all.json").read_bytes())["items"]]
    addresses = [
        address
        for body in bodies
        if body
        for address in lxml_html.fragment_fromstring(body, create_parent="div").xpath(
            "//@href|//@src|//@poster"
        )
    ]
    assert len(addresses) > 5
    assert all(address.startswith("https://") for address in addresses)


def test_bodies_are_equal_in_every_format(folder: Path) -> None:
    rss = feedparser.parse(
        (folder / "all.rss").read_bytes(), sanitize_html=False, resolve_relative_uris=False
    )
    atom = atoma.parse_atom_bytes((folder / "all.atom").read_bytes())
    feed = json.loads((folder / "all.json").read_bytes())
    bodies = [item.get("content_html") for item in feed["items"]]
    assert [entry.content.value if entry.content else None for entry in atom.entries] == bodies
    assert [entry.content[0].value if "content" in entry else None for entry in rss.entries] == bodies


def _feedsmith_rss(item: dict[str, Any]) -> Read:

    when = item.get("pubDate")
    return Read(
        item["guid"]["value"], item["title"], item["link"], utc(parsedate_to_datetime(when)) if when else None
    )


def _feedsmith_atom(entry: dict[str, Any]) -> Read:
    [link] = [each["href"] for each in entry["links"] if each["rel"] == "alternate"]
    return Read(entry["id"], entry["title"]["value"], link, iso(entry.get("published")))


def _feedsmith_json(item: dict[str, Any]) -> Read:
    return Read(item["id"], item["title"], item["url"], iso(item.get("date_published")))


FEEDSMITH: dict[str, Callable[[dict[str, Any]], Read]] = {
    "rss": _feedsmith_rss,
    "atom": _feedsmith_atom,
    "json": _feedsmith_json,
}
ATOMA: dict[str, Callable[[bytes], list[Read]]] = {
    "rss": lambda data: [
        Read(item.guid, item.title, item.link, utc(item.pub_date))
        for item in atoma.parse_rss_bytes(data).items
    ],
    "atom": lambda data: [
        Read(entry.id_, entry.title.value, entry.links[0].href, utc(entry.published))
        for entry in atoma.parse_atom_bytes(data).entries
    ],
    "json": lambda data: [
        Read(item.id_, item.title, item.url, utc(item.date_published))
        for item in atoma.parse_json_feed_bytes(data).items
    ],
}
