"""A feed with many short items, published, and walked as a reader walks it (RFC 5005)."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from lxml import etree

from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import Feed
from syndicate.model.item import Item, Timestamp
from syndicate.model.source import Publish, Rights
from syndicate.publish.feeds import Publishing
from syndicate.store.database import Database
from tests.builders import a_clock, a_feed, a_source, an_item

FIRST = datetime(2019, 5, 3, tzinfo=UTC)
# RFC 5005, section 4: in RSS as atom:link (section 1.1 leaves the module's prefix to the feed).
LINKS = "//*[local-name()='link'][@rel='{}']/@href"
ENTRIES = {"rss": "//item/guid/text()", "atom": "//*[local-name()='entry']/*[local-name()='id']/text()"}


def a_catalogue(feed: Feed | None = None, **change: Any) -> Catalogue:
    """One source of our own, and one feed."""
    feed = feed or a_feed()
    base: dict[str, Any] = {
        "sources": {"harbour": a_source(rights=Rights(publish=Publish.FULL))},
        "feeds": {feed.name: feed},
    }
    return Catalogue(**base | change)


def a_publishing(db: Database, folder: Path, catalogue: Catalogue, **change: Any) -> Publishing:
    base: dict[str, Any] = {
        "db": db,
        "catalogue": catalogue,
        "public_dir": folder / "public",
        "now": a_clock(),
        "mint": lambda: str(uuid4()),
    }
    return Publishing(**base | change)


def story(number: int, **change: Any) -> Item:
    """Short, dated by its number, so that the greater one is the newer."""
    base: dict[str, Any] = {
        "id": f"00000000-0000-4000-8000-{number:012}",
        "headline": f"Story {number}",
        "body_html": f"<p>What happened is told in {number} words.</p>",
        "body_text": f"What happened is told in {number} words.",
        "url": f"https://old.courier.example/{number}",
        "published": Timestamp(instant=FIRST + timedelta(minutes=number)),
    }
    return an_item(**base | change)


def files(folder: Path, name: str = "all") -> dict[str, bytes]:
    """Every file of a feed, by its name below `feeds/`, without the compressed siblings."""
    feeds = folder / "public" / "feeds"
    found = [*feeds.glob(f"{name}.*"), *feeds.glob(f"{name}/*")]
    return {
        each.relative_to(feeds).as_posix(): each.read_bytes()
        for each in sorted(found)
        if each.suffix not in {".gz", ".br"}
    }


def from_files(folder: Path, url: str) -> bytes:
    """What is served from that address."""
    return (folder / "public" / "feeds" / url.partition("/feeds/")[2]).read_bytes()


def titles(folder: Path, document: str = "all.json") -> list[str]:
    """The titles of a JSON Feed, in its order."""
    return [
        one["title"] for one in json.loads((folder / "public" / "feeds" / document).read_bytes())["items"]
    ]


def read(form: str, data: bytes) -> tuple[list[str], str]:
    """The ids in a document, and the address of the one before it."""
    if form == "json":
        feed = json.loads(data)
        return [one["id"] for one in feed["items"]], feed.get("next_url", "")
    tree = etree.fromstring(data)
    return tree.xpath(ENTRIES[form]), next(iter(tree.xpath(LINKS.format("prev-archive"))), "")


async def walk(
    get: Callable[[str], Awaitable[bytes]],
    url: str,
    *,
    between: Callable[[], Awaitable[None]] | None = None,
) -> list[str]:
    """Every id that a reader meets who goes from the subscription document to the oldest one."""
    form, met = url.rpartition(".")[2], list[str]()
    while url:
        ids, url = read(form, await get(url))
        met += ids
        if between is not None:
            await between()
    return met
