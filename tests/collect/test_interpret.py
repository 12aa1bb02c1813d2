"""Findings become candidates, of a long feed the newest entries; and meanwhile everything else goes on."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from syndicate.collect import interpret
from syndicate.collect.interpret import gather, newest
from syndicate.collect.reading import Capture
from syndicate.collect.refresh import refresh_source
from syndicate.formats.upstream import UpstreamEntry
from syndicate.model.item import Timestamp
from syndicate.model.source import SourceKind
from syndicate.store.database import Database
from tests.builders import NOON, a_source
from tests.collect.desk import a_collecting, stored
from tests.neighbours.http_site import http_site


def an_entry(title: str, published: str = "", updated: str = "") -> UpstreamEntry:
    return UpstreamEntry(
        title=title,
        published=Timestamp.parse(published) if published else None,
        updated=Timestamp.parse(updated) if updated else None,
    )


OLD, LATE = an_entry("old", "2026-02-01"), an_entry("late", "2026-02-03")
MENDED = an_entry("mended", "2026-01-01", "2026-02-02")
BARE = an_entry("bare")


@pytest.mark.parametrize(
    ("entries", "kept"),
    [
        ([LATE, OLD], [LATE, OLD]),
        ([OLD, LATE], [OLD, LATE]),
        ([OLD, MENDED, LATE], [LATE, MENDED]),
        ([BARE, OLD, LATE], [BARE, LATE]),
        ([OLD, LATE, BARE], [LATE, OLD]),
        ([BARE, BARE, BARE], [BARE, BARE]),
    ],
)
def test_of_a_long_feed_the_newest_entries_are_kept(
    entries: list[UpstreamEntry], kept: list[UpstreamEntry]
) -> None:
    assert newest(entries, limit=2) == kept


def a_feed_listed_oldest_first(count: int) -> str:
    entries = "".join(
        f"<item><title>Boat {day}</title><guid>{day}</guid>"
        f"<pubDate>{day:02} Feb 2026 10:00:00 GMT</pubDate></item>"
        for day in range(1, count + 1)
    )
    return f'<rss version="2.0"><channel><title>Courier</title>{entries}</channel></rss>'


async def test_what_a_feed_adds_at_its_end_is_collected(sqlite_db: Database, tmp_path: Path) -> None:
    async with http_site() as site:
        source = a_source(kind=SourceKind.FEED, url=f"{site.url}/f", limit=3)
        desk = a_collecting(sqlite_db, tmp_path, source, allow=[site.host])
        for hours in range(3):
            site.answers["/f"] = a_feed_listed_oldest_first(5 + hours)
            now = NOON + timedelta(hours=hours)
            await refresh_source(replace(desk, now=lambda now=now: now), "harbour")
        await desk.client.close()
    assert [item.content.headline for item in stored(sqlite_db)] == [f"Boat {day}" for day in range(3, 8)]


PAGE = b"<html lang=en><title>Ferry returns</title><article><h1>Ferry returns</h1><p>It sailed.</p></article>"
FEED = (
    b"<rss version='2.0'><channel><title>x</title><item><title>Ferry returns</title></item></channel></rss>"
)


async def finding(data: bytes) -> AsyncIterator[Capture]:
    url = "https://courier.example/a"
    yield Capture(key=url, url=url, data=data, content_hash="a" * 64, captured=NOON)


@pytest.mark.parametrize(
    ("kind", "data", "step"),
    [(SourceKind.FEED, FEED, "from_entry"), (SourceKind.LISTING, PAGE, "from_page")],
)
async def test_nothing_waits_while_stories_are_put_together(
    monkeypatch: pytest.MonkeyPatch, kind: SourceKind, data: bytes, step: str
) -> None:
    usual, on_the_loop = getattr(interpret, step), []

    def watched(*args: Any, **named: Any) -> Any:
        try:
            asyncio.get_running_loop()
            on_the_loop.append(True)
        except RuntimeError:
            on_the_loop.append(False)
        return usual(*args, **named)

    monkeypatch.setattr(interpret, step, watched)
    parts = [part async for part in gather(finding(data), source=a_source(kind=kind), size=10)]
    assert parts[-1].ended
    assert on_the_loop == [False]
