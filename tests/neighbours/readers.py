"""Feed readers that others wrote: each takes a document's path, and tells what it found of every entry."""

import json
import sqlite3
import subprocess
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, NamedTuple

import atoma
import fastfeedparser
import feedparser
import pytest
import reader

from tests.neighbours.programs import needs

TESTS = Path(__file__).parent.parent


class Read(NamedTuple):
    """What a reader found of one entry; `published` in UTC, None where the document has no date for it."""

    id: str
    title: str
    url: str
    published: datetime | None


Reader = Callable[[Path], list[Read]]


def utc(when: datetime | None) -> datetime | None:
    return when.astimezone(UTC) if when else None


def iso(text: str | None) -> datetime | None:
    return utc(datetime.fromisoformat(text)) if text else None


def by_feedparser(path: Path) -> list[Read]:
    """feedparser, which also has to find nothing to complain of."""
    feed = feedparser.parse(path.read_bytes(), sanitize_html=False, resolve_relative_uris=False)
    assert feed.bozo == 0, feed.bozo_exception
    return [
        Read(
            entry.id,
            entry.title,
            entry.link,
            datetime(*entry.published_parsed[:6], tzinfo=UTC) if "published" in entry else None,
        )
        for entry in feed.entries
    ]


def by_fastfeedparser(path: Path) -> list[Read]:
    return [
        Read(entry.id, entry.title, entry.link, iso(entry.get("published")))
        for entry in fastfeedparser.parse(path.read_bytes()).entries
    ]


def by_atoma(path: Path) -> list[Read]:
    return ATOMA[path.suffix](path.read_bytes())


def by_reader(path: Path) -> list[Read]:
    """reader (lemon24), with a database of its own; it lists newest first, so in no order of ours."""
    with reader.make_reader(":memory:", feed_root="") as library:
        library.add_feed(str(path))
        library.update_feed(str(path))
        return read_of(library.get_entries())


def read_of(entries: Iterable[Any]) -> list[Read]:
    """What reader holds."""
    return [Read(entry.id, entry.title, entry.link, utc(entry.published)) for entry in entries]


def by_feedsmith(path: Path) -> list[Read]:
    found = _by_node("feedsmith", path)
    assert found["format"] == path.suffix[1:]
    entries = found["feed"]["entries" if path.suffix == ".atom" else "items"]
    return [FEEDSMITH[path.suffix](each) for each in entries]


def by_rss_parser(path: Path) -> list[Read]:
    # It gives Atom's updated for a publication date where there is none.
    return [
        Read(each.get("guid") or each["id"], each["title"], each["link"], iso(each.get("isoDate")))
        for each in _by_node("rss-parser", path)["items"]
    ]


def by_sfeed(path: Path) -> list[Read]:
    sfeed = needs("sfeed")
    with path.open("rb") as document:
        run = subprocess.run([sfeed], stdin=document, capture_output=True, check=True)
    # sfeed(1): time, title, link, content, its type, id, author, enclosure, categories; tabs between them.
    rows = [line.split("\t") for line in run.stdout.decode("utf-8").splitlines()]
    assert {len(row) for row in rows} <= {9}
    return [
        Read(row[5], row[1], row[2], datetime.fromtimestamp(int(row[0]), UTC) if row[0] else None)
        for row in rows
    ]


def by_newsboat(path: Path) -> list[Read]:
    home = path.parent / f"newsboat-{path.name}"
    home.mkdir(exist_ok=True)
    return reload_newsboat(home, f"file://{path}")


def reload_newsboat(home: Path, url: str) -> list[Read]:
    """Let the newsboat of somebody with that home folder ask for the feed; what it holds then."""
    newsboat = needs("newsboat")
    (home / "urls").write_text(f"{url}\n")
    (home / "config").touch()
    subprocess.run(
        [newsboat, "-u", home / "urls", "-c", home / "cache.db", "-C", home / "config", "-x", "reload"],
        check=True,
        capture_output=True,
        env={"HOME": str(home), "LC_ALL": "C.UTF-8"},
    )
    with sqlite3.connect(home / "cache.db") as connection:
        rows = connection.execute("SELECT guid, title, url, pubDate FROM rss_item").fetchall()
    return [Read(guid, title, url, datetime.fromtimestamp(when, UTC)) for guid, title, url, when in rows]


def _by_node(name: str, path: Path) -> Any:
    node = needs("node")
    if not (TESTS / "node_modules" / name).is_dir():
        pytest.skip(f"{name} is not installed: npm ci --prefix tests")
    script = TESTS / "publish" / "readers.mjs"
    run = subprocess.run([node, script, name, path], capture_output=True, check=False)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


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
    ".rss": _feedsmith_rss,
    ".atom": _feedsmith_atom,
    ".json": _feedsmith_json,
}
ATOMA: dict[str, Callable[[bytes], list[Read]]] = {
    ".rss": lambda data: [
        Read(item.guid, item.title, item.link, utc(item.pub_date))
        for item in atoma.parse_rss_bytes(data).items
    ],
    ".atom": lambda data: [
        Read(entry.id_, entry.title.value, entry.links[0].href, utc(entry.published))
        for entry in atoma.parse_atom_bytes(data).entries
    ],
    ".json": lambda data: [
        Read(item.id_, item.title, item.url, utc(item.date_published))
        for item in atoma.parse_json_feed_bytes(data).items
    ],
}
