"""Checks one source: read, extract, illustrate, then save everything in one transaction."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import stamina
import structlog

from syndicate.collect.due import after_failure, next_check
from syndicate.collect.feed import read_feed
from syndicate.collect.files import read_files
from syndicate.collect.images import Illustrated, MediaStore, illustrate
from syndicate.collect.interpret import Gathered, gather
from syndicate.collect.listing import read_listing
from syndicate.collect.page import read_page
from syndicate.collect.plan import Occasion, Plan
from syndicate.collect.raw import keep_raw
from syndicate.collect.reading import Capture, Finding, Reading, Same
from syndicate.collect.saving import Outcome, save_run
from syndicate.collect.visits import Visits
from syndicate.errors import DatabaseBusy, FetchFailed, FetchRefused, NotFound, SyndicateError, Unreadable
from syndicate.model.catalogue import Catalogue
from syndicate.model.job import Enqueue
from syndicate.model.source import Source, SourceKind
from syndicate.net.client import Client
from syndicate.store import pages, sources
from syndicate.store.connection import Connection
from syndicate.store.database import Database
from syndicate.store.pages import PageStatus
from syndicate.store.sources import SourceStatus

READERS: dict[SourceKind, Callable[[Reading], AsyncIterator[Finding]]] = {
    SourceKind.PAGE: read_page,
    SourceKind.LISTING: read_listing,
    SourceKind.FEED: read_feed,
    SourceKind.FILES: read_files,
}
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Collecting:
    """What collecting needs. `mint` makes an item's id; `sleep` takes seconds; `hosts` is our memory of
    the hosts that we visit, for as long as the program runs.
    """

    db: Database
    client: Client
    catalogue: Catalogue
    media_dir: Path
    raw_dir: Path
    now: Callable[[], datetime]
    mint: Callable[[], str]
    enqueue: Enqueue
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
    try:
        gathered = await gather(READERS[source.kind](reading), source=source)
        if gathered.fault:
            raise gathered.fault
    except (FetchFailed, FetchRefused, Unreadable) as error:
        return await _fail(collecting, status, source=source, error=error)
    report = await _keep(collecting, gathered, status=status, source=source, reading=reading)
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


async def _keep(
    collecting: Collecting, gathered: Gathered, *, status: SourceStatus, source: Source, reading: Reading
) -> RefreshReport:
    for capture in gathered.read:
        await asyncio.to_thread(keep_raw, capture.data, capture.content_hash, folder=collecting.raw_dir)
    store = MediaStore(
        folder=collecting.media_dir, find=lambda url: collecting.db.read(pages.find_media, url)
    )
    illustrated = await illustrate(gathered.candidates, source=source, visits=reading.visits, store=store)
    now = collecting.now()
    outcome = Outcome(
        next_check=_next_check(gathered, now=now, source=source),
        complete=not any(put_off.unseen for put_off in gathered.put_off),
        pages=tuple(_page_rows(gathered, reading)),
        media=illustrated.fetched,
    )
    occasion = Occasion(
        source=source,
        first_run=status.first_run is None,
        now=now,
        mint=collecting.mint,
        catalogue=collecting.catalogue,
    )
    plan = await _save(collecting, illustrated, occasion=occasion, outcome=outcome)
    return _report(gathered, illustrated, plan=plan, outcome=outcome, source=source)


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
    due = after_failure(now, source.interval, failures=status.failures, retry_after=asked)
    await collecting.db.write(
        sources.record_check,
        source.name,
        now=now,
        outcome="failed",
        next_check=due,
        error=str(error),
    )
    _log.warning("source failed", source=source.name, error=str(error))
    return RefreshReport(source=source.name, failed=1, errors=(str(error),), next_check=due)


def _remembered(conn: Connection, source: Source) -> tuple[SourceStatus, dict[str, PageStatus]]:
    status = sources.find_status(conn, source.name)
    if status is None:
        raise NotFound(f"the source {source.name!r} is not in the database yet; start the program once")
    return status, pages.list_pages(conn, source.name)


def _next_check(gathered: Gathered, *, now: datetime, source: Source) -> datetime:
    own = next((finding for finding in gathered.good if finding.own), None)
    pauses = [put_off.retry_after for put_off in gathered.put_off if put_off.retry_after]
    return next_check(
        now,
        source.interval,
        headers=own.headers if own else None,
        ttl=gathered.ttl,
        retry_after=max(pauses, default=None),
    )


def _page_rows(gathered: Gathered, reading: Reading) -> list[PageStatus]:
    """What to remember. A listing with pages still to come must be read again, so it is not remembered."""
    to_come = bool(gathered.failed) or any(put_off.unseen for put_off in gathered.put_off)
    unfinished = to_come and reading.source.kind is SourceKind.LISTING
    kept = [capture for capture in gathered.read if not (capture.own and unfinished)]
    rows = [_row(capture, reading.source) for capture in (*kept, *(page.capture for page in gathered.barren))]
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


def _again(same: Same, known: PageStatus) -> PageStatus:
    return PageStatus(
        source=known.source,
        url=same.key,
        captured=known.captured,
        etag=same.headers.get("etag", ""),
        last_modified=same.headers.get("last-modified", known.last_modified),
        content_hash=known.content_hash,
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
        next_check=outcome.next_check,
    )


def _is_page(source: Source) -> bool:
    return source.kind is SourceKind.PAGE
