"""Checks one source: read, extract, illustrate, then save; what a run brought up to then, at once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import stamina
import structlog

from syndicate.collect.collecting import Collecting
from syndicate.collect.due import plan_check, plan_retry, plan_to_go_on
from syndicate.collect.health.coverage import measure
from syndicate.collect.health.recording import record_end
from syndicate.collect.images import Illustrated, MediaStore, illustrate
from syndicate.collect.interpret import FAULTS, Gathered, gather
from syndicate.collect.kept.raw import Stash, keep_raw, raw_page
from syndicate.collect.page_memory import image_rows, judge_first_run, page_rows
from syndicate.collect.plan import Occasion
from syndicate.collect.readers.feed import read_feed
from syndicate.collect.readers.files import read_files
from syndicate.collect.readers.listing import read_listing
from syndicate.collect.readers.page import read_page
from syndicate.collect.readers.sitemap import read_sitemap
from syndicate.collect.readers.warc import read_warc
from syndicate.collect.readers.wayback import read_wayback
from syndicate.collect.reading import Capture, Failed, Finding, Reading, Same
from syndicate.collect.report import RefreshReport, added, report_of
from syndicate.collect.saving import End, Outcome, Saved, save_run
from syndicate.collect.selector_matches import still_true
from syndicate.errors import (
    DatabaseBusy,
    FetchFailed,
    NotFound,
    SyndicateError,
)
from syndicate.model.source import Source, SourceKind
from syndicate.store import pages, sources
from syndicate.store.connection import Connection
from syndicate.store.coverage import Coverage
from syndicate.store.host_lines import list_shared
from syndicate.store.pages import PageStatus
from syndicate.store.sources import Check, SourceStatus
from syndicate.telemetry import metrics

READERS: dict[SourceKind, Callable[[Reading], AsyncIterator[Finding]]] = {
    SourceKind.PAGE: read_page,
    SourceKind.LISTING: read_listing,
    SourceKind.FEED: read_feed,
    SourceKind.FILES: read_files,
    SourceKind.SITEMAP: read_sitemap,
    SourceKind.WARC: read_warc,
    SourceKind.WAYBACK: read_wayback,
}
# Their own documents only list pages.
LISTING = frozenset({SourceKind.LISTING, SourceKind.SITEMAP})
TOLD_EVERY = timedelta(seconds=1)
_log = structlog.get_logger()


async def refresh_source(
    collecting: Collecting, name: str, *, tell: Callable[[int], Awaitable[None]] | None = None
) -> RefreshReport:
    """Check the source now, whether due or not. A source that fails is reported and recorded, not raised.

    `tell` is given how many pages were looked at so far, at most once a second. Raises NotFound for a name
    that is not configured, DatabaseBusy and StorageFull.
    """
    source = collecting.source(name)
    status, remembered = await _recall(collecting, source)
    stash = Stash(db=collecting.db, folder=collecting.raw_dir, source=name, now=collecting.now)
    reading = Reading(
        source=source,
        stash=stash if collecting.raw_kept else None,
        visits=collecting.visits,
        pages=remembered,
        thorough=status.first_run is None or status.unfinished,
    )
    started = collecting.now()
    run = _Run(
        collecting=collecting, source=source, status=status, reading=reading, started=started, tell=tell
    )
    with metrics.REFRESH_SECONDS.timed():
        report = await _collect(run)
    _count(report)
    return report


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """One check of a source, begun at `started`; `status` and `reading.pages` are as they were before it."""

    collecting: Collecting
    source: Source
    status: SourceStatus
    reading: Reading
    started: datetime
    tell: Callable[[int], Awaitable[None]] | None = None


async def _collect(run: _Run) -> RefreshReport:
    """Read the source to its end; a long one is saved in parts, so that a kill costs the last part alone.

    What it had found before a fault is saved, too.
    """
    rest, saved = Gathered(), None
    is_good, fault = False, None
    db = run.collecting.db
    try:
        async for part in gather(
            _told(READERS[run.source.kind](run.reading), run),
            source=run.source,
            size=run.collecting.part,
            recall=lambda sites: db.read(list_shared, sites),
        ):
            rest = rest.joined(part)
            is_good = is_good or part.any_good
            fault = fault or next(iter(part.errors), None)
            if rest.is_worth_saving and not part.ended:
                done, rest = rest.divided()
                saved = added(saved, await _keep(run, done, end=None))
    except FAULTS as error:
        return added(saved, await _fail(run, error))
    if fault and not is_good:
        return added(saved, await _fail(run, fault))
    report = added(saved, await _keep(run, rest, end=_end(run, rest, saved=saved)))
    _tell(report)
    return report


async def _told(findings: AsyncIterator[Finding], run: _Run) -> AsyncIterator[Finding]:
    """The same findings, and word of how many there were now and then."""
    looked_at, last = 0, run.started
    async for finding in findings:
        yield finding
        looked_at += isinstance(finding, Capture | Same | Failed)
        if run.tell and run.collecting.now() - last >= TOLD_EVERY:
            last = run.collecting.now()
            await run.tell(looked_at)


def _tell(report: RefreshReport) -> None:
    metrics.REFRESHES.add(1, "done")
    _log.info(
        "source refreshed",
        source=report.source,
        new=report.new,
        changed=report.changed,
        unchanged=report.unchanged,
        failed=report.failed,
        held=report.held,
    )


def _count(report: RefreshReport) -> None:
    for outcome in ("new", "changed", "unchanged", "failed", "held"):
        metrics.ITEMS.add(getattr(report, outcome), outcome)


async def _keep(run: _Run, gathered: Gathered, *, end: End | None) -> RefreshReport:
    collecting = run.collecting
    kept = _to_keep(gathered, run)
    for capture in kept:
        await asyncio.to_thread(keep_raw, capture.data, capture.content_hash, folder=collecting.raw_dir)
    store = MediaStore(
        folder=collecting.media_dir,
        find=lambda url: collecting.db.read(pages.find_media, url),
        may_ask=run.reading.may_ask,
        archived=run.reading.images,
    )
    illustrated = await illustrate(
        gathered.candidates, source=run.source, visits=run.reading.visits, store=store
    )
    outcome = Outcome(
        pages=(*page_rows(gathered, run.reading), *image_rows(illustrated.refused, run.reading)),
        raw=tuple(raw_page(capture, source=run.source.name, kept=collecting.now()) for capture in kept),
        media=illustrated.fetched,
        lines=gathered.lines,
        run=_measured(gathered, at=collecting.now(), ended=end is not None),
        end=end,
    )
    occasion = Occasion(
        source=run.source,
        first_run=run.status.first_run is None,
        now=collecting.now(),
        mint=collecting.mint,
        catalogue=collecting.catalogue,
        started=run.started,
    )
    saved = await _save(collecting, illustrated, occasion=occasion, outcome=outcome)
    return report_of(gathered, illustrated, saved=saved, outcome=outcome, source=run.source)


async def _save(
    collecting: Collecting, illustrated: Illustrated, *, occasion: Occasion, outcome: Outcome
) -> Saved:
    # Another process may have saved one of the stories meanwhile: plan again against what is there now.
    async for attempt in stamina.retry_context(on=DatabaseBusy, attempts=3):
        with attempt:
            return await collecting.db.write(
                save_run,
                illustrated.candidates,
                occasion=occasion,
                outcome=outcome,
                enqueue=collecting.enqueue,
            )
    raise AssertionError("the last attempt returns or raises")


async def _fail(run: _Run, error: SyndicateError) -> RefreshReport:
    source, now = run.source, run.collecting.now()
    asked = error.retry_after if isinstance(error, FetchFailed) else None
    due = plan_retry(now, source.interval, failures=run.status.failures, retry_after=asked)
    failed = Check(at=now, outcome="failed", next_check=due.at, reason=due.reason, error=str(error))
    recorded = await run.collecting.db.write(record_end, source, check=failed)
    metrics.REFRESHES.add(1, "failed")
    _log.warning("source failed", source=source.name, error=str(error))
    return RefreshReport(
        source=source.name,
        failed=1,
        errors=(str(error),),
        next_check=due.at,
        alarms=tuple(alarm.said for alarm in recorded.raised),
    )


async def _recall(collecting: Collecting, source: Source) -> tuple[SourceStatus, dict[str, PageStatus]]:
    status, remembered = await collecting.db.read(_remembered, source)
    if status.scope == source.scope:
        return status, remembered
    # Begun anew after an upgrade, the first run would take today's news for old pages.
    is_upgraded = not status.scope and status.first_run is not None
    note = sources.note_scope if is_upgraded else sources.begin_first_run
    await collecting.db.write(note, source)
    return await collecting.db.read(_remembered, source)


def _remembered(conn: Connection, source: Source) -> tuple[SourceStatus, dict[str, PageStatus]]:
    status = sources.find_status(conn, source.name)
    if status is None:
        raise NotFound(f"the source {source.name!r} is not in the database yet; start the program once")
    return status, pages.list_pages(conn, source.name)


def _complaint(run: _Run, gathered: Gathered) -> str:
    if gathered.matching.pages:
        return "\n".join(gathered.matching.errors(run.source))
    # A page that is as it was is not asked again, and what was wrong still is.
    return "" if run.status.failures else still_true(run.status.last_error, run.source)


def _measured(gathered: Gathered, *, at: datetime, ended: bool) -> Coverage:
    covered = measure(gathered.candidates, at=at, barren=len(gathered.barren))
    # Only at the end is it known that a selector has matched on no page.
    return replace(covered, unmatched=gathered.matching.unmatched if ended else ())


def _to_keep(gathered: Gathered, run: _Run) -> list[Capture]:
    """What may be extracted again, also what holds nothing yet; not what only lists pages."""
    if not run.collecting.raw_kept:
        return []
    lists = run.source.kind in LISTING
    read = [capture for capture in gathered.read if not (lists and capture.own)]
    return [*read, *(page.capture for page in gathered.barren)]


def _end(run: _Run, gathered: Gathered, *, saved: RefreshReport | None) -> End:
    own = next((finding for finding in gathered.good if finding.own), None)
    pauses = [put_off.retry_after for put_off in gathered.put_off if put_off.retry_after]
    due = plan_check(
        run.collecting.now(),
        run.source.interval,
        headers=own.headers if own else None,
        ttl=gathered.ttl,
        retry_after=max(pauses, default=None),
    )
    # Pages that fail whenever they are read would keep a source due for ever.
    has_progress = saved is not None or gathered.read or gathered.barren
    if run.source.kind.is_local and gathered.put_off and has_progress:
        due = plan_to_go_on(run.collecting.now())
    return End(
        due=due,
        first_run=judge_first_run(gathered, run.reading, status=run.status),
        changed=saved is not None and bool(saved.new or saved.changed),
        run=saved.coverage if saved else None,
        complaint=_complaint(run, gathered),
    )
