"""Checks one source: read, extract, illustrate, then save; what a run brought up to then, at once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import stamina
import structlog

from syndicate.collect.due import plan_check, plan_retry
from syndicate.collect.feed import read_feed
from syndicate.collect.files import read_files
from syndicate.collect.images import Illustrated, MediaStore, illustrate
from syndicate.collect.interpret import Gathered, gather
from syndicate.collect.listing import read_listing
from syndicate.collect.page import read_page
from syndicate.collect.plan import Occasion, Plan
from syndicate.collect.raw import keep_raw
from syndicate.collect.reading import Capture, Finding, Noted, Reading, Same
from syndicate.collect.saving import End, Outcome, save_run
from syndicate.collect.visits import Visits
from syndicate.errors import (
    DatabaseBusy,
    FetchFailed,
    FetchRefused,
    NotFound,
    SyndicateError,
    TryLater,
    Unreadable,
)
from syndicate.model.catalogue import Catalogue
from syndicate.model.job import Enqueue
from syndicate.model.source import Source, SourceKind
from syndicate.net.client import Client
from syndicate.store import pages, sources
from syndicate.store.connection import Connection
from syndicate.store.database import Database
from syndicate.store.pages import PageStatus
from syndicate.store.sources import Check, FirstRun, SourceStatus

READERS: dict[SourceKind, Callable[[Reading], AsyncIterator[Finding]]] = {
    SourceKind.PAGE: read_page,
    SourceKind.LISTING: read_listing,
    SourceKind.FEED: read_feed,
    SourceKind.FILES: read_files,
}
# Fewer cost a transaction and new processes for each handful of files, more are lost to a kill.
PART = 100
# How many checks more may bring the first run's pages that failed for the moment.
FIRST_RETRIES = 2
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Collecting:
    """What collecting needs. `mint` makes an item's id; `part` is how many pages are saved at a time; `sleep`
    takes seconds; `hosts` is our memory of the hosts that we visit, for as long as the program runs.
    """

    db: Database
    client: Client
    catalogue: Catalogue
    media_dir: Path
    raw_dir: Path
    now: Callable[[], datetime]
    mint: Callable[[], str]
    enqueue: Enqueue
    part: int = PART
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    hosts: dict[str, Any] = field(default_factory=dict)

    @property
    def visits(self) -> Visits:
        """How this collecting fetches."""
        return Visits(client=self.client, now=self.now, sleep=self.sleep, hosts=self.hosts)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshReport:
    """What a check brought: items that are new, changed or unchanged; pages that failed, or are held until
    the next check. A page that was not read again, since it is as it was, counts as one unchanged.

    When the source as a whole fails, everything is left as it was and `errors` says why.
    """

    source: str
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    failed: int = 0
    held: int = 0
    warnings: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    next_check: datetime | None = None


async def refresh_source(collecting: Collecting, name: str) -> RefreshReport:
    """Check the source now, whether due or not. A source that fails is reported and recorded, not raised.

    Raises NotFound for a name that is not configured, DatabaseBusy and StorageFull.
    """
    source = collecting.catalogue.sources.get(name)
    if source is None:
        names = ", ".join(sorted(collecting.catalogue.sources)) or "none"
        raise NotFound(f"there is no source {name!r}; there are: {names}")
    status, remembered = await collecting.db.read(_remembered, source)
    reading = Reading(source=source, visits=collecting.visits, pages=remembered)
    run = _Run(collecting=collecting, source=source, status=status, reading=reading)
    try:
        report = await _collect(run)
    except (FetchFailed, FetchRefused, Unreadable) as error:
        return await _fail(collecting, status, source=source, error=error)
    _log.info(
        "source refreshed",
        source=name,
        new=report.new,
        changed=report.changed,
        unchanged=report.unchanged,
        failed=report.failed,
        held=report.held,
    )
    return report


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """One check of one source; `status` and `reading.pages` are as they were before it."""

    collecting: Collecting
    source: Source
    status: SourceStatus
    reading: Reading


async def _collect(run: _Run) -> RefreshReport:
    """Read the source to its end; a long one is saved in parts, so that a kill costs the last part alone.

    Raises what the source as a whole fails for, before anything of it was saved.
    """
    reader = READERS[run.source.kind](run.reading)
    rest, saved = Gathered(), None
    async for part in gather(reader, source=run.source, size=run.collecting.part):
        rest = rest.joined(part)
        if rest.candidates and not part.ended:
            done, rest = rest.divided()
            saved = _added(saved, await _keep(run, done, end=None))
    if saved is None and rest.fault:
        raise rest.fault
    changed = saved is not None and bool(saved.new or saved.changed)
    return _added(saved, await _keep(run, rest, end=_end(run, rest, changed=changed)))


async def _keep(run: _Run, gathered: Gathered, *, end: End | None) -> RefreshReport:
    collecting = run.collecting
    for capture in gathered.read:
        await asyncio.to_thread(keep_raw, capture.data, capture.content_hash, folder=collecting.raw_dir)
    store = MediaStore(
        folder=collecting.media_dir, find=lambda url: collecting.db.read(pages.find_media, url)
    )
    illustrated = await illustrate(
        gathered.candidates, source=run.source, visits=run.reading.visits, store=store
    )
    outcome = Outcome(pages=tuple(_page_rows(gathered, run.reading)), media=illustrated.fetched, end=end)
    occasion = Occasion(
        source=run.source,
        first_run=run.status.first_run is None,
        now=collecting.now(),
        mint=collecting.mint,
        catalogue=collecting.catalogue,
    )
    plan = await _save(collecting, illustrated, occasion=occasion, outcome=outcome)
    return _report(gathered, illustrated, plan=plan, outcome=outcome, source=run.source)


async def _save(
    collecting: Collecting, illustrated: Illustrated, *, occasion: Occasion, outcome: Outcome
) -> Plan:
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


async def _fail(
    collecting: Collecting, status: SourceStatus, *, source: Source, error: SyndicateError
) -> RefreshReport:
    now = collecting.now()
    asked = error.retry_after if isinstance(error, FetchFailed) else None
    due = plan_retry(now, source.interval, failures=status.failures, retry_after=asked)
    failed = Check(at=now, outcome="failed", next_check=due.at, reason=due.reason, error=str(error))
    await collecting.db.write(sources.record_check, source.name, check=failed)
    _log.warning("source failed", source=source.name, error=str(error))
    return RefreshReport(source=source.name, failed=1, errors=(str(error),), next_check=due.at)


def _remembered(conn: Connection, source: Source) -> tuple[SourceStatus, dict[str, PageStatus]]:
    status = sources.find_status(conn, source.name)
    if status is None:
        raise NotFound(f"the source {source.name!r} is not in the database yet; start the program once")
    return status, pages.list_pages(conn, source.name)


def _end(run: _Run, gathered: Gathered, *, changed: bool) -> End:
    own = next((finding for finding in gathered.good if finding.own), None)
    pauses = [put_off.retry_after for put_off in gathered.put_off if put_off.retry_after]
    due = plan_check(
        run.collecting.now(),
        run.source.interval,
        headers=own.headers if own else None,
        ttl=gathered.ttl,
        retry_after=max(pauses, default=None),
    )
    return End(due=due, first_run=_first_run(run, gathered), changed=changed)


def _first_run(run: _Run, gathered: Gathered) -> FirstRun:
    """Whether old pages are still to come, which must not pass for news when they do."""
    if any(put_off.unseen for put_off in gathered.put_off):
        return FirstRun.TO_COME
    missed = (failed.key for failed in gathered.failed if isinstance(failed.error, TryLater))
    if run.status.first_retries < FIRST_RETRIES and run.reading.unseen(missed):
        return FirstRun.RETRY
    return FirstRun.OVER


def _page_rows(gathered: Gathered, reading: Reading) -> list[PageStatus]:
    """What to remember. A listing with pages still to come must be read again, so it is not remembered."""
    to_come = bool(gathered.failed) or any(put_off.unseen for put_off in gathered.put_off)
    unfinished = to_come and reading.source.kind is SourceKind.LISTING
    kept = [capture for capture in gathered.read if not (capture.own and unfinished)]
    rows = [_row(capture, reading.source) for capture in (*kept, *(page.capture for page in gathered.barren))]
    rows += [_noted(noted, reading.source, now=reading.visits.now()) for noted in gathered.noted]
    for same in gathered.same:
        known = reading.pages.get(same.key)
        etag = same.headers.get("etag", "")
        if known is not None and etag and etag != known.etag:
            rows.append(_again(same, known))
    return rows


def _row(capture: Capture, source: Source) -> PageStatus:
    return PageStatus(
        source=source.name,
        url=capture.key,
        captured=capture.captured,
        etag=capture.headers.get("etag", ""),
        last_modified=capture.headers.get("last-modified", ""),
        content_hash=capture.content_hash,
    )


def _noted(noted: Noted, source: Source, *, now: datetime) -> PageStatus:
    return PageStatus(source=source.name, url=noted.key, captured=noted.captured or now, etag=noted.etag)


def _again(same: Same, known: PageStatus) -> PageStatus:
    return PageStatus(
        source=known.source,
        url=same.key,
        captured=known.captured,
        etag=same.headers.get("etag", ""),
        last_modified=same.headers.get("last-modified", known.last_modified),
        content_hash=known.content_hash,
    )


def _added(before: RefreshReport | None, now: RefreshReport) -> RefreshReport:
    """The report of two parts of one check."""
    if before is None:
        return now
    return RefreshReport(
        source=now.source,
        new=before.new + now.new,
        changed=before.changed + now.changed,
        unchanged=before.unchanged + now.unchanged,
        failed=before.failed + now.failed,
        held=before.held + now.held,
        warnings=before.warnings + now.warnings,
        errors=before.errors + now.errors,
        next_check=now.next_check,
    )


def _report(
    gathered: Gathered, illustrated: Illustrated, *, plan: Plan, outcome: Outcome, source: Source
) -> RefreshReport:
    waiting = [f"{put_off.count} pages put off: {put_off.why}" for put_off in gathered.put_off]
    return RefreshReport(
        source=source.name,
        new=len(plan.new),
        changed=len(plan.revised),
        unchanged=plan.unchanged + sum(not same.own or _is_page(source) for same in gathered.same),
        failed=len(gathered.failed),
        held=sum(put_off.count for put_off in gathered.put_off),
        warnings=(*gathered.warnings, *plan.warnings, *illustrated.warnings, *waiting),
        errors=tuple(str(failed.error) for failed in gathered.failed),
        next_check=outcome.end.due.at if outcome.end else None,
    )


def _is_page(source: Source) -> bool:
    return source.kind is SourceKind.PAGE
