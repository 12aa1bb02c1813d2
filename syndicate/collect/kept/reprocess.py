"""Extracts kept pages once more, without the network: what has improved in reading them reaches old items."""

import asyncio
from bisect import bisect_right
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import accumulate

import stamina
import structlog

from syndicate.collect.collecting import Collecting
from syndicate.collect.interpret import PART_BYTES, Gathered, gather
from syndicate.collect.kept.raw import read_capture
from syndicate.collect.kept.renewal import Renewal, Shelf, renew
from syndicate.collect.kept.report import Part, ReprocessReport, added, without_met
from syndicate.collect.plan import Occasion
from syndicate.collect.reading import Capture
from syndicate.collect.saving import save_plan
from syndicate.collect.selector_matches import Matching
from syndicate.collect.story_matches import recognise
from syndicate.errors import DatabaseBusy, SyndicateError
from syndicate.model.item import Candidate
from syndicate.model.source import Source, SourceKind
from syndicate.store import items, pages, raw_pages, sources
from syndicate.store.connection import Connection
from syndicate.store.feed_changes import touch_items
from syndicate.store.host_lines import list_shared, save_lines
from syndicate.store.items import Stored
from syndicate.store.raw_pages import RawPage

REPROCESSED = "reprocessed"
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A wish to reprocess: when it was made, which tells what a broken-off run did already; with `dry_run`
    nothing is changed. `tell` is given how many pages are done, and how many there are.
    """

    at: datetime
    dry_run: bool = False
    tell: Callable[[int, int], Awaitable[None]] | None = None


class _Undone(Exception):
    """Ends a transaction whose outcome is wanted, and whose changes are not."""

    def __init__(self, part: Part) -> None:
        self.part = part


async def reprocess_source(collecting: Collecting, name: str, *, asked: Asked) -> ReprocessReport:
    """Extract every kept page that items are from, and the newest of each address, with today's settings.

    Saved in parts: what a kill interrupts goes on from there. Raises NotFound, DatabaseBusy, StorageFull.
    """
    source = collecting.source(name)
    total = await collecting.db.read(raw_pages.count_again, name, asked=asked.at)
    earlier = await collecting.db.read(raw_pages.count_done, name, asked=asked.at)
    report = ReprocessReport(source=name, dry_run=asked.dry_run, earlier=earlier)
    met: set[str] = set()
    matching = Matching()
    after = 0
    while rows := portion(
        await collecting.db.read(
            raw_pages.list_again, name, asked=asked.at, after=after, limit=collecting.part
        )
    ):
        part = await _part(collecting, source, rows, asked=asked)
        met |= {item_id for renewal in part.renewals for item_id in renewal.met}
        report = added(report, part)
        matching = matching.joined(part.matching)
        after = rows[-1].id
        if asked.tell:
            await asked.tell(earlier + report.pages, earlier + total)
    report = await _with_matching(collecting, without_met(report, met), source=source, matching=matching)
    _log.info(
        "source reprocessed", source=name, dry_run=asked.dry_run, new=report.new, changed=report.changed
    )
    return report


def portion(rows: Sequence[RawPage]) -> Sequence[RawPage]:
    """The first of these pages, as many as may be in memory at once, and one at least."""
    sizes = list(accumulate(row.size for row in rows))
    return rows[: max(1, bisect_right(sizes, PART_BYTES))]


async def _with_matching(
    collecting: Collecting, report: ReprocessReport, *, source: Source, matching: Matching
) -> ReprocessReport:
    """The report with how the selectors fared; what is wrong, or right by now, is recorded of the source."""
    errors = matching.errors(source)
    if matching.pages and not report.dry_run:
        complaint = "\n".join(errors)
        await collecting.db.write(sources.record_complaint, source.name, complaint=complaint)
    return replace(report, warnings=(*report.warnings, *matching.warnings()), errors=tuple(errors))


async def _part(collecting: Collecting, source: Source, rows: Sequence[RawPage], *, asked: Asked) -> Part:
    captures = await asyncio.to_thread(_captures, rows, collecting)
    newest = [capture for row, capture in zip(rows, captures, strict=True) if capture and row.newest]
    replaced = [capture for row, capture in zip(rows, captures, strict=True) if capture and not row.newest]
    # Apart, since several captures of one page would contest its address.
    gathered = (await _read(newest, source, collecting)).joined(await _read(replaced, source, collecting))
    could_be_read = (*gathered.read, *(page.capture for page in gathered.barren))
    part = Part(
        pages=rows,
        read=frozenset(capture.content_hash for capture in could_be_read),
        gone=captures.count(None),
        failed=tuple(str(one.error) for one in gathered.failed),
        matching=gathered.matching,
    )
    async for attempt in stamina.retry_context(on=DatabaseBusy, attempts=3):
        with attempt:
            try:
                return await collecting.db.write(
                    _save, part, gathered, collecting=collecting, source=source, asked=asked
                )
            except _Undone as undone:
                return undone.part
    raise AssertionError("the last attempt returns or raises")


def _captures(rows: Sequence[RawPage], collecting: Collecting) -> list[Capture | None]:
    return [read_capture(row, folder=collecting.raw_dir) for row in rows]


async def _read(captures: Sequence[Capture], source: Source, collecting: Collecting) -> Gathered:
    """What today's extraction finds; a page that cannot be read is `failed`, one that holds nothing not."""
    # A feed's document is read by itself.
    groups = [[one] for one in captures] if source.kind is SourceKind.FEED else [list(captures)]
    found = Gathered()
    for group in groups:
        try:
            async for part in gather(
                _each(group),
                source=source,
                size=len(group) + 1,
                recall=lambda sites: collecting.db.read(list_shared, sites),
            ):
                found = found.joined(part)
        except SyndicateError as error:
            found = found.joined(Gathered(warnings=(str(error),)))
    return found


async def _each(captures: Sequence[Capture]) -> AsyncIterator[Capture]:
    for capture in captures:
        yield capture


def _save(
    conn: Connection,
    part: Part,
    gathered: Gathered,
    *,
    collecting: Collecting,
    source: Source,
    asked: Asked,
) -> Part:
    """Decide page by page against what the store knows by then, and save all of the part or nothing."""
    found: dict[str, list[Candidate]] = {}
    for candidate in gathered.candidates:
        found.setdefault(candidate.provenance.raw_hash, []).append(_as_stored(conn, candidate))
    # The same bytes under two addresses are one page; the newer one speaks for it.
    shelves = {page.hash: page for page in sorted(part.pages, key=lambda page: page.newest)}
    renewals = [
        _renew(conn, page, found.get(page.hash, []), collecting=collecting, source=source)
        for page in shelves.values()
        if page.hash in part.read
    ]
    touched = [item for renewal in renewals for item in renewal.plan.touched]
    feeds = collecting.catalogue.feeds.values()
    touch_items(conn, touched, feeds=feeds, enqueue=collecting.enqueue)
    save_lines(conn, gathered.lines, now=collecting.now())
    done = replace(part, renewals=tuple(renewals))
    if asked.dry_run:
        raise _Undone(done)
    raw_pages.mark_reprocessed(conn, [page.id for page in part.pages], asked=asked.at)
    return done


def _renew(
    conn: Connection,
    page: RawPage,
    candidates: Sequence[Candidate],
    *,
    collecting: Collecting,
    source: Source,
) -> Renewal:
    """Decide for one page and save it, so that the next one knows of it."""
    read, known = recognise(conn, candidates)
    ids, first = raw_pages.list_ids_from(conn, source.name, content_hash=page.hash)
    shelf = Shelf(
        mine=items.list_by_ids(conn, ids),
        first=first,
        newest=page.newest,
        each_one=source.kind is SourceKind.FEED,
    )
    # What is found late was there when the page was collected: old stories, and no news of today.
    occasion = Occasion(
        source=source, first_run=True, now=page.kept, mint=collecting.mint, catalogue=collecting.catalogue
    )
    renewal = renew(read, shelf, known, occasion=occasion)
    save_plan(conn, renewal.plan, stored=Stored(at=collecting.now(), cause=REPROCESSED))
    return renewal


def _as_stored(conn: Connection, candidate: Candidate) -> Candidate:
    """The candidate with its image as it lies in the media store, if it was ever fetched."""
    image = candidate.content.image
    stored = image and pages.find_media(conn, image.url)
    if image is None or stored is None:
        return candidate
    return replace(candidate, content=replace(candidate.content, image=replace(stored, alt=image.alt)))
