"""1,000 items published in every format, checked and compressed, against plain feedgen's RSS and Atom.

Ours starts from stored items: views, rights, notices, four formats, the finisher, files with .gz and .br.
The reference starts from the finished views and makes two strings.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from feedgen.feed import FeedGenerator

from benchmarks.row import Row
from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import EntryView, Feed, Selection
from syndicate.model.item import Content, Item, ItemKind, Provenance, Timestamp
from syndicate.model.source import OldSite, Publish, Rights, Source, SourceKind
from syndicate.publish.files import publish_files
from syndicate.publish.rendering import render_feed
from syndicate.publish.views import entry_view
from syndicate.templating import Templates

COUNT = 1_000
FEED_ID = "0b0f8d0e-53f3-4b56-9bb3-0f0a8a3f4d21"
ROUNDS = 5
START = datetime(2019, 5, 3, tzinfo=UTC)
PARAGRAPH = "<p>The ferry sailed at dawn with forty passengers, and the harbour was quiet again by noon.</p>"
FEED = Feed(name="all", title="All stories", selection=Selection(take=COUNT), max_bytes=50_000_000)
CATALOGUE = Catalogue(
    sources={
        "harbour": Source(
            name="harbour",
            kind=SourceKind.PAGE,
            url="https://old.courier.example/",
            old_site="old",
            rights=Rights(publish=Publish.FULL),
        )
    },
    old_sites={
        "old": OldSite(
            key="old",
            name="The Old Harbour Courier",
            successor_name="Harbour Courier",
            successor_url="https://courier.example/",
        )
    },
)


def measure() -> list[Row]:
    """One row: items published a second, ours and feedgen's, in turns on the same items."""
    items = [_item(number) for number in range(COUNT)]
    entries = [entry_view(item, CATALOGUE) for item in items]
    ours, reference = [], []
    for number in range(ROUNDS):
        # Another headline each round, so that no file is left alone as unchanged.
        items[0] = replace(items[0], content=replace(items[0].content, headline=f"Round {number}"))
        with tempfile.TemporaryDirectory() as folder:
            ours.append(_seconds(lambda folder=folder: _publish(items, Path(folder))))
        reference.append(_seconds(lambda: _plain(entries)))
    return [
        Row(
            name="publish 1,000 items in four formats",
            ours=COUNT / statistics.median(ours),
            reference=COUNT / statistics.median(reference),
            unit="items/s",
            against="plain feedgen, RSS and Atom in memory",
        )
    ]


def _publish(items: list[Item], folder: Path) -> None:
    rendering = render_feed(FEED, items, catalogue=CATALOGUE, templates=Templates(), feed_id=FEED_ID)
    assert len(rendering.view.entries) == COUNT
    assert not rendering.faults
    publish_files(folder, rendering.documents)


def _plain(entries: list[EntryView]) -> None:
    feed = FeedGenerator()
    feed.id("urn:x")
    feed.title(FEED.title)
    feed.link(href="https://news.example/", rel="alternate")
    feed.description(FEED.title)
    for entry in entries:
        each = feed.add_entry(order="append")
        each.id(entry.id)
        each.title(entry.title)
        each.link(href=entry.url, rel="alternate")
        each.summary(entry.summary)
        each.content(entry.content_html, type="html")
        each.published(entry.updated)
        each.updated(entry.updated)
    feed.rss_str()
    feed.atom_str()


def _seconds(run: Callable[[], None]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def _item(number: int) -> Item:
    address = f"https://old.courier.example/2019/{number}"
    return Item(
        id=f"00000000-0000-4000-8000-{number:012}",
        kind=ItemKind.ARTICLE,
        content=Content(
            headline=f"Ferry number {number} returns",
            body_html=PARAGRAPH * 30,
            summary="The ferry sailed at dawn.",
            authors=("Mina Vale",),
            language="en",
            url=address,
            published=Timestamp(instant=START + timedelta(minutes=number)),
        ),
        provenance=Provenance(source="harbour", original_url=address, captured=START + timedelta(days=30)),
        collected=START + timedelta(days=30),
        archived=True,
    )
