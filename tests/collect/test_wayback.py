"""An old site is read out of a web archive: over real HTTP, politely, and never twice."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from syndicate.collect.refresh import refresh_source
from syndicate.collect.wayback import POSITION, Position
from syndicate.formats.cdx import CdxRow
from syndicate.model.item import Item
from syndicate.model.source import Captures, Source, SourceKind
from syndicate.store import items, pages
from syndicate.store.database import Database
from tests.builders import a_source
from tests.collect.desk import a_collecting, stored
from tests.neighbours.web_archive import CDX, Held, WebArchive, web_archive

OLD = "http://old.courier.example:80/news/"
TOPICS = {
    "ferry": "The ferry to the northern islands sailed at dawn with forty passengers on its open deck",
    "bridge": "The footbridge over the mill stream stays closed until its timber has been replaced by oak",
    "market": "Traders at the covered market counted their takings after a week without rain in the valley",
    "school": "Pupils of the sailing school raced nine dinghies round the outer buoy before the tide turned",
}
MORE = {
    "ferry": "Its captain promised that winter crossings would leave every morning whatever the swell may be, "
    "while the company still looks for a second crew and for money to mend the older of its two boats.",
    "bridge": "Engineers found rot beneath the eastern railing, so the council ordered a detour through orchard "
    "lane that adds ten minutes for walkers, and asked cyclists to dismount beside the chapel wall.",
    "market": "Cheese and smoked eel sold best, said the stall keepers, who want longer opening hours on Friday "
    "evenings and better lamps above the fish counters along the southern aisle of the hall.",
    "school": "The youngest helm was eleven years old and won by a boat length, although her mainsheet had "
    "jammed twice, and the prize of a brass compass was handed over by the harbour master himself.",
}


def a_page(topic: str, *, more: str = "", head: str = "") -> str:
    return (
        f"<!DOCTYPE html><html lang='en'><head><title>About the {topic}</title>{head}</head><body><article>"
        f"<h1>About the {topic} by the sea</h1><p>{TOPICS[topic]}.</p><p>{MORE[topic]}</p>{more}"
        "</article></body></html>"
    )


def held(topic: str, timestamp: str = "20120503101500", **change: Any) -> Held:
    base: dict[str, Any] = {
        "timestamp": timestamp,
        "original": f"{OLD}{topic}.html",
        "body": a_page(topic),
    }
    return Held(**base | change)


def old_site(archive: WebArchive, **change: Any) -> Source:
    base: dict[str, Any] = {
        "name": "old",
        "kind": SourceKind.WAYBACK,
        "url": "https://old.courier.example/news/",
        "archive": archive.url,
    }
    return a_source(**base | change)


async def collect(db: Database, folder: Path, archive: WebArchive, **change: Any):
    more = {name: change.pop(name) for name in ("part", "sleep", "now") if name in change}
    desk = a_collecting(db, folder, old_site(archive, **change), allow=[archive.site.host], **more)
    desk.client.settings.__class__  # the settings are the desk's own
    try:
        return await refresh_source(desk, "old")
    finally:
        await desk.client.close()


def the(db: Database) -> Item:
    (item,) = stored(db)
    return item


async def test_each_page_that_an_archive_holds_becomes_an_item(db: Database, tmp_path: Path) -> None:
    async with web_archive(*map(held, TOPICS)) as archive:
        report = await collect(db, tmp_path, archive)
    assert (report.new, report.failed, report.errors) == (4, 0, ())
    item = stored(db)[0]
    assert item.provenance.original_url == "http://old.courier.example/news/bridge.html"
    assert item.provenance.captured == datetime(2012, 5, 3, 10, 15, tzinfo=UTC)
    assert item.content.published is None
    assert item.not_after == item.provenance.captured


async def test_what_was_fetched_is_never_fetched_again(sqlite_db: Database, tmp_path: Path) -> None:
    async with web_archive(*map(held, TOPICS)) as archive:
        await collect(sqlite_db, tmp_path, archive)
        before = list(archive.fetched)
        report = await collect(sqlite_db, tmp_path, archive)
        assert archive.fetched == before
    assert len(before) == len(set(before)) == 4
    assert (report.new, report.changed) == (0, 0)
