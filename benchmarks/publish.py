"""One new item in a store of many feeds: what is rebuilt, how fast, at which size of the store; and memory.

200 feeds of 50 entries overlap, and each new item belongs to 20 of them. The reference is feedgen alone: it
makes the RSS and Atom strings of the same 20 documents from finished views, from scratch. The best of several
rounds counts, in seconds of CPU.

*In memory*: feed by feed, what is marked is read from SQLite, and the new item, which is rendered in five
formats once and checked; its entries are kept from then on, as those of the other items and the frames are
since the feeds were published. The documents are joined in five formats. Before each round the feeds stand as
published, so that one item alone is new. *On disk*: the whole job as a service does it, with
its transactions of SQLite, .gz and .br siblings, every file synced, and the records, by the clock.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from feedgen.feed import FeedGenerator

from benchmarks.newsroom import background, item_id, pad_archives, save_many, story
from benchmarks.row import Row
from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import EntryView, Feed, Format, Selection
from syndicate.model.item import Item
from syndicate.model.source import Publish, Rights, Source, SourceKind
from syndicate.publish.drafts import prove, read_draft
from syndicate.publish.feeds import Publishing, publish_feed
from syndicate.publish.pieces import Pieces
from syndicate.publish.places import place_of
from syndicate.publish.publishing import Publication
from syndicate.publish.views import entry_view
from syndicate.publish.writing import compose_newest
from syndicate.store.connection import Connection
from syndicate.store.database import Database
from syndicate.store.feed_changes import touch_items
from syndicate.store.feed_entries import list_document
from syndicate.store.feeds import find_feed
from syndicate.store.items import save_item
from syndicate.store.upgrade import upgrade

FEEDS, SECTIONS = 200, 100
# Five stories to a section: 50 to a feed, and room for those that come.
SHOWN, TAKE = 500, 100
# A section is in 20 feeds, a feed takes 10 sections.
OF_A_FEED = 10
NEWS = "s0"
ROUNDS = 7
AGAINST = "feedgen alone, RSS and Atom strings"
FULL = "FULL" in os.environ
SIZES = (1_000, 1_000_000 if FULL else 100_000)
ARCHIVE = 100_000
# Where the numbers of the stories begin that only fill the store.
LATER = 1_000_000
MEGABYTE = 1_000_000


def measure() -> list[Row]:
    """The rows of one new item, of growth, and of memory."""
    with tempfile.TemporaryDirectory() as folder:
        small, large = asyncio.run(_one_new_item(Path(folder)))
    rows = [
        Row(
            name=name, ours=1 / ours, reference=1 / small.reference, unit="items/s", against=AGAINST, digits=2
        )
        for name, ours in (
            ("a new item in 20 of 200 feeds, five formats, in memory", small.memory),
            ("the same, compressed and on disk", small.disk),
        )
    ]
    grown = Row(
        name=f"the same in memory, {SIZES[1]:,} items in the store",
        ours=large * 100,
        reference=small.memory / small.reference * 100,
        unit="% of feedgen's time",
        against="1,000 items in the store; ± 20 % is aimed at",
        digits=1,
    )
    return [*rows, grown, _memory()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Seconds for one new item, the best round of each way."""

    memory: float
    disk: float
    reference: float


async def _one_new_item(folder: Path) -> tuple[Times, float]:
    """The times of a small store, and ours once it has grown, as a share of the reference's beside it."""
    db = Database(str(folder / "syndicate.db"))
    upgrade(db)
    publishing = a_publishing(db, folder, _catalogue())
    small, large = SIZES
    save_many(db, (story(number, section=f"s{number % SECTIONS}") for number in range(SHOWN)))
    save_many(db, background(LATER, small - SHOWN))
    for name in publishing.catalogue.feeds:
        await publish_feed(publishing, name)
    memory, reference = await _in_memory_rounds(publishing, first=10_000)
    disk = await _disk_rounds(publishing, first=20_000)
    _grow(publishing, small, large)
    grown, beside = await _in_memory_rounds(publishing, first=30_000)
    db.close()
    return Times(memory=memory, disk=disk, reference=reference), grown / beside


def _grow(publishing: Publishing, small: int, large: int) -> None:
    first, count = LATER + small, large - small
    save_many(publishing.db, background(first, count))
    # Half of them stand in archive documents of the feeds that are measured.
    filled = [feed.name for feed in publishing.catalogue.feeds.values() if NEWS in feed.selection.sections]
    pad_archives(publishing.db, filled, (item_id(number) for number in range(first, first + count // 2)))


async def _in_memory_rounds(publishing: Publishing, *, first: int) -> tuple[float, float]:
    """Seconds of ours and of the reference, the best round of each; stories from number `first` on."""
    ours, reference = list[float](), list[float]()
    for number in range(first, first + ROUNDS):
        touched = _store(publishing, story(number, section=NEWS))
        ids = {name: _id_of(publishing, name) for name in touched}
        ours.append(_seconds(lambda ids=ids: _in_memory(publishing, ids)))
        entries = [_views(publishing, name) for name in touched]
        reference.append(_seconds(lambda every=entries: [_plain(each) for each in every]))
        # Published, so that the next round too has one new item alone. Its pieces are kept: it is no round
        # of the whole job.
        await asyncio.gather(*(publish_feed(publishing, name) for name in touched))
    return min(ours), min(reference)


async def _disk_rounds(publishing: Publishing, *, first: int) -> float:
    """Seconds of the best round of the whole job."""
    disk: list[float] = []
    for number in range(first, first + ROUNDS):
        touched = _store(publishing, story(number, section=NEWS))
        before = _written(publishing)
        start = time.perf_counter()
        await asyncio.gather(*(publish_feed(publishing, name) for name in touched))
        disk.append(time.perf_counter() - start)
        changed = {name for name, when in _written(publishing).items() if before[name] != when}
        assert len(touched) == 20
        assert changed == {f"{name}.{form}" for name in touched for form in Format}
    await _compare_with_scratch(publishing, touched)
    return min(disk)


def a_publishing(db: Database, folder: Path, catalogue: Catalogue) -> Publishing:
    """Publishing into a folder."""
    return Publishing(
        db=db,
        catalogue=catalogue,
        public_dir=folder / "public",
        now=lambda: datetime(2026, 3, 1, tzinfo=UTC),
        mint=lambda: str(uuid4()),
    )


def _catalogue() -> Catalogue:
    source = Source(
        name="harbour",
        kind=SourceKind.PAGE,
        url="https://old.courier.example/",
        rights=Rights(publish=Publish.FULL),
    )
    return Catalogue(sources={"harbour": source}, feeds={feed.name: feed for feed in _feeds()})


def _feeds() -> Iterator[Feed]:
    for number in range(FEEDS):
        sections = tuple(f"s{(number // 2 + place) % SECTIONS}" for place in range(OF_A_FEED))
        rule = Selection(sections=sections, take=TAKE)
        yield Feed(name=f"feed{number}", title=f"Feed {number}", selection=rule)


def _store(publishing: Publishing, item: Item) -> list[str]:
    """Store an item; the feeds whose publication that makes a job."""
    touched: list[str] = []

    def store(conn: Connection) -> None:
        save_item(conn, item, keys=[f"url:{item.id}"])
        feeds = publishing.catalogue.feeds.values()
        touch_items(conn, [item], feeds=feeds, enqueue=lambda _, job: touched.append(str(job.args["feed"])))

    publishing.db.write_now(store)
    return touched


def _id_of(publishing: Publishing, name: str) -> str:
    status = publishing.db.read_now(find_feed, name)
    assert status is not None
    return status.id


def _in_memory(publishing: Publishing, ids: Mapping[str, str]) -> None:
    """All that makes the bytes of the newest documents of these feeds, whose ids are known."""
    catalogue, templates = publishing.catalogue, publishing.templates
    # Where the feeds lie is a part of their fingerprints: elsewhere they would be written anew as a whole.
    place = place_of(publishing.public_dir)
    for name, feed_id in ids.items():
        feed = catalogue.feeds[name]
        prints = publishing.prints.take(feed, catalogue=catalogue, templates=templates).at(place)
        publication = Publication(publishing=publishing, feed=feed, feed_id=feed_id, prints=prints)
        draft = publishing.db.read_now(read_draft, publication)
        rendering = compose_newest(publication, prove(publication, draft))
        assert len(rendering.files) == len(Format)
        assert not rendering.quarantined


def _written(publishing: Publishing) -> dict[str, int]:
    """When each file was written, by name, without the compressed siblings."""
    files = publishing.folder.glob("*.*")
    return {
        each.name: each.stat().st_mtime_ns
        for each in files
        if each.suffix not in {".gz", ".br"} and not each.name.startswith(".")
    }


def _views(publishing: Publishing, name: str) -> list[EntryView]:
    found = publishing.db.read_now(list_document, name, catalogue=publishing.catalogue)
    return [entry_view(one.item, publishing.catalogue) for one in found]


async def _compare_with_scratch(publishing: Publishing, names: Sequence[str]) -> None:
    """What stands is, byte by byte, what is rendered without any piece kept from before."""
    for name in names:
        path = publishing.folder / f"{name}.atom"
        before = path.read_bytes()
        path.unlink()
        await publish_feed(replace(publishing, pieces=Pieces()), name)
        assert path.read_bytes() == before


def _plain(entries: Sequence[EntryView]) -> None:
    feed = FeedGenerator()
    feed.id("urn:x")
    feed.title("Feed")
    feed.link(href="https://news.example/", rel="alternate")
    feed.description("Feed")
    feed.link(href="https://news.example/feed", rel="self")
    feed.language("en")
    for entry in entries:
        each = feed.add_entry(order="append")
        each.id(entry.id)
        each.title(entry.title)
        each.link(href=entry.url, rel="alternate")
        each.summary(entry.summary)
        each.author([{"name": name, "email": "desk@news.example"} for name in entry.authors])
        each.category(term=entry.section)
        each.content(entry.content_html, type="html")
        each.published(entry.updated)
        each.updated(entry.updated)
    feed.rss_str()
    feed.atom_str()


def _memory() -> Row:
    """The peak of a process that publishes an archive into files, and nothing else."""
    command = [sys.executable, "-m", "benchmarks.archive", str(ARCHIVE)]
    peak = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1])
    return Row(
        name=f"peak memory of publishing an archive of {ARCHIVE:,} items",
        ours=peak / MEGABYTE,
        reference=150,
        unit="MB",
        against="at most 150 MB is aimed at",
    )


def _seconds(run: Callable[[], object]) -> float:
    """Of CPU, so that a neighbour's work counts for neither side."""
    start = time.process_time()
    run()
    return time.process_time() - start
