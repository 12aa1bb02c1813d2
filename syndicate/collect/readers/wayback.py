"""Reads a source of kind wayback: what a web archive captured under the beginning of an old site's addresses.

The archive lists its captures a page at a time, and how far that has come is remembered with what was
fetched, so that a killed run goes on where it was. https://archive.org/help/wayback_api.php
"""

import json
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

from syndicate.collect.pace import Limit
from syndicate.collect.readers.captures import (
    cdx_base,
    cdx_query,
    choose,
    is_below,
    is_wanted,
    raw_address,
    redirected,
    replay_base,
    replayed,
    shortened,
    why_no_page,
    without_repeats,
)
from syndicate.collect.reading import Capture, Failed, Finding, Noted, PutOff, Reading, Same
from syndicate.collect.visits import PAUSING
from syndicate.errors import ClosedToUs, FetchFailed, FetchRefused, HostPaused, Unreadable
from syndicate.formats.cdx import CdxPage, CdxRow, by_address, parse_cdx
from syndicate.model.source import Captures, Source
from syndicate.store.pages import PageStatus

# What the Wayback Machine bears, and what we never exceed, whatever else is configured.
LISTINGS = Limit(count=24, seconds=60.0)
FETCHES = Limit(count=8, seconds=1.0)
POSITION = "position"
# Archives add captures that were made months before; a whole walk done, so much is looked at again.
LAG = timedelta(days=90)
# Where that would not do, this long passes before the whole is listed again.
WHOLE_AGAIN = timedelta(days=7)
# Checks in which captures may fail for the moment before the walk goes on without them.
PATIENCE = 3
# An archive that fails so often in a row is down, whatever it answers.
ENOUGH_FAILURES = 5
LEFT_OUT = "left out: "
PAUSED = "pauses: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """How far a walk has come. `walk` tells which question it answers; `carried` are captures of an address
    whose listing goes on; `failures` counts the checks that did not get past here; `done` is the day on which
    everything had been seen.
    """

    walk: str
    resume_key: str = ""
    carried: tuple[CdxRow, ...] = ()
    failures: int = 0
    done: date | None = None
    since: str = ""

    def text(self) -> str:
        """The position as it is remembered."""
        return json.dumps(asdict(self), default=str, separators=(",", ":"))

    @classmethod
    def parse(cls, text: str, *, walk: str) -> "Position":
        """The position that `text` tells; the beginning where it answers another question or none."""
        try:
            data: dict[str, Any] = json.loads(text)
            done = date.fromisoformat(data["done"]) if data["done"] else None
            rows = tuple(CdxRow(**row) for row in data["carried"])
            position = cls(**{**data, "done": done, "carried": rows})
        except (ValueError, KeyError, TypeError):
            # Nothing yet, or of another version: what was fetched is known all the same.
            return cls(walk=walk)
        return position if position.walk == walk else cls(walk=walk)


@dataclass(slots=True, kw_only=True)
class _Run:
    """One run's way. `taken` counts what was asked for, `failures` those in a row that failed, `missed` tells
    that some did in this part; `held` that the next run starts from there. `left_out` counts why captures
    were no pages. `closed` is why robots.txt forbade the first one, `answered` that another was answered,
    `has_paused` that a capture's answer was the wish for a pause.
    """

    reading: Reading
    taken: int = 0
    missed: bool = False
    failures: int = 0
    held: bool = False
    closed: ClosedToUs | None = None
    answered: bool = False
    left_out: Counter[str] = field(default_factory=Counter)
    has_paused: bool = False


async def read_wayback(reading: Reading) -> AsyncIterator[Finding]:
    """Each wanted capture that was not fetched before, the oldest of an address first.

    Raises FetchFailed, FetchRefused and Unreadable when the archive's first listing cannot be had, ClosedToUs
    when its robots.txt forbids whatever was asked for.
    """
    reading.visits.keep_to(cdx_base(reading.source), LISTINGS)
    reading.visits.keep_to(replay_base(reading.source), FETCHES)
    run = _Run(reading=reading)
    position = first = _begin(reading)
    while position.done is None:
        try:
            listing = await _list(position, reading)
        except (FetchFailed, FetchRefused, Unreadable) as error:
            if position == first:
                raise
            for finding in _broken_off(error):
                yield finding
            return
        listing = _own(listing, run)
        groups, carried = _divided(position, listing, reading.source)
        put_off = False
        async for finding in _read(groups, run):
            yield finding
            put_off = isinstance(finding, PutOff)
        if run.closed is not None and not run.answered:
            raise run.closed
        if put_off:
            for noted in _told_so_far(position, run):
                yield noted
            return
        after = _after(position, listing, carried, today=reading.visits.now().date())
        for noted in _remembered(position, after, run):
            yield noted
        position = after


def _broken_off(error: FetchFailed | FetchRefused | Unreadable) -> Iterable[Finding]:
    """What a listing that cannot go on leaves for the next check, which asks for it first."""
    if isinstance(error, FetchFailed):
        yield PutOff(count=1, unseen=1, why=str(error), retry_after=error.retry_after)
    else:
        yield Failed(key=POSITION, error=error)
        yield PutOff(count=1, unseen=1, why="the archive's listing broke off")


def _begin(reading: Reading) -> Position:
    """Where the last run got to. A walk that was finished begins anew, with what is lately captured alone; a
    position that is `done` says that there is nothing to ask for yet.
    """
    source = reading.source
    asked = "|".join(
        (source.archive, source.url, str(source.since), str(source.until), source.captures, *source.only)
    )
    walk = sha256(asked.encode()).hexdigest()[:16]
    known = reading.pages.get(POSITION)
    position = Position.parse(known.etag if known else "", walk=walk)
    if position.done is None:
        return position
    # The first capture of an address is not the first one since some day: all is listed once more.
    if source.captures is Captures.FIRST and reading.visits.now().date() - position.done < WHOLE_AGAIN:
        return position
    since = None if source.captures is Captures.FIRST else position.done - LAG
    later = since is not None and (source.since is None or since > source.since)
    return Position(walk=walk, since=f"{since:%Y%m%d}" if later else "")


async def _list(position: Position, reading: Reading) -> CdxPage:
    url = cdx_query(reading.source, since=position.since, resume_key=position.resume_key)
    listing = parse_cdx((await reading.visits.get(url)).body, url=url)
    if not listing.rows and not reading.pages and not position.resume_key:
        raise Unreadable(f"{reading.source.archive} has no captures of pages under {reading.source.url}")
    return listing


def _own(listing: CdxPage, run: _Run) -> CdxPage:
    """The listing without what does not stand where the old site stood."""
    source = run.reading.source
    own = tuple(row for row in listing.rows if is_below(row, source))
    if foreign := len(listing.rows) - len(own):
        run.left_out[f"their addresses do not begin with {source.url}"] += foreign
    return replace(listing, rows=own)


def _divided(
    position: Position, listing: CdxPage, source: Source
) -> tuple[list[list[CdxRow]], tuple[CdxRow, ...]]:
    """What can be read now, and what has to wait since the address's listing goes on."""
    rows = [row for row in (*position.carried, *listing.rows) if is_wanted(row, source)]
    groups = by_address(rows)
    if not listing.resume_key or not groups:
        return groups, ()
    if source.captures is Captures.ALL:
        # The first one is had by then, and tells when the page was there already.
        return groups, tuple(groups[-1][:1])
    return groups[:-1], tuple(shortened(groups[-1]))


def _after(position: Position, listing: CdxPage, carried: Sequence[CdxRow], *, today: date) -> Position:
    key = listing.resume_key
    if key and key != position.resume_key:
        return replace(position, resume_key=key, carried=tuple(carried), failures=0)
    return replace(position, resume_key="", carried=(), failures=0, done=today)


def _remembered(before: Position, after: Position, run: _Run) -> Iterable[Noted]:
    """What the next run shall know. It comes back to captures that failed for the moment, a few times."""
    if run.held:
        return
    if run.missed and before.failures + 1 < PATIENCE:
        run.held = True
        after = replace(before, failures=before.failures + 1)
    run.missed = False
    yield Noted(key=POSITION, etag=after.text(), warnings=_said(run))


def _told_so_far(position: Position, run: _Run) -> Iterable[Noted]:
    """Where the next run begins again, for what is to be told of this one."""
    if run.left_out and not run.held:
        yield Noted(key=POSITION, etag=position.text(), warnings=_said(run))


def _said(run: _Run) -> tuple[str, ...]:
    said = tuple(f"{count} captures left out: {why}" for why, count in sorted(run.left_out.items()))
    run.left_out.clear()
    return said


async def _read(groups: Iterable[Sequence[CdxRow]], run: _Run) -> AsyncIterator[Finding]:
    """What is wanted, and last what made the archive ask for a pause before: it stands in nothing's way."""
    source, known = run.reading.source, run.reading.pages
    todo = [(wanted, rows[0]) for rows in without_repeats(groups) for wanted in choose(rows, source.captures)]
    todo.sort(key=lambda one: any(_pauses(row, known) for row in one[0]))
    for position, (wanted, earliest) in enumerate(todo):
        async for finding in _first_good(wanted, earliest, run):
            if isinstance(finding, PutOff):
                left = sum(_waits(rows, known) for rows, _ in todo[position:])
                yield replace(finding, count=left, unseen=left)
                return
            yield finding


def _waits(wanted: Sequence[CdxRow], known: Mapping[str, PageStatus]) -> bool:
    """Whether no run has had any of these captures."""
    rows = [row for row in wanted if not _is_left_out(row, known)]
    return bool(rows) and not any(key_of(row) in known and not _pauses(row, known) for row in rows)


def _is_left_out(row: CdxRow, known: Mapping[str, PageStatus]) -> bool:
    page = known.get(key_of(row))
    return page is not None and page.etag.startswith(LEFT_OUT)


def _pauses(row: CdxRow, known: Mapping[str, PageStatus]) -> int:
    """How often in a row the archive has answered this capture with the wish for a pause."""
    page = known.get(key_of(row))
    count = page.etag.removeprefix(PAUSED) if page and page.etag.startswith(PAUSED) else ""
    return int(count) if count.isdecimal() else 0


async def _first_good(wanted: Sequence[CdxRow], earliest: CdxRow, run: _Run) -> AsyncIterator[Finding]:
    """The first of these captures that is a page, and what is to be remembered of those that are none."""
    known = run.reading.pages
    for row in wanted:
        if _is_left_out(row, known):
            continue
        if key_of(row) in known and not _pauses(row, known):
            yield Same(key=key_of(row))
            return
        if run.taken >= run.reading.source.limit or run.failures >= ENOUGH_FAILURES:
            yield _put_off(run)
            return
        run.taken += 1
        if (kept := await _kept(row, run)) is not None:
            yield kept
            return
        finding = await _fetch(row, earliest, run)
        if isinstance(finding, Capture) and run.reading.stash is not None:
            await run.reading.stash.keep(finding)
        if run.has_paused:
            yield _paused(row, run)
        yield finding
        if not isinstance(finding, Noted):
            return


def _paused(row: CdxRow, run: _Run) -> Noted:
    """What is remembered of a capture that ended the check; it has its turn a few times, after the others."""
    pauses = _pauses(row, run.reading.pages) + 1
    if pauses >= PATIENCE:
        return _left_out(key_of(row), f"the archive asked for a pause instead, at {pauses} checks", run)
    return Noted(key=key_of(row), etag=f"{PAUSED}{pauses}")


def _put_off(run: _Run) -> PutOff:
    limit = run.reading.source.limit
    if run.failures >= ENOUGH_FAILURES:
        return PutOff(count=1, unseen=1, why=f"{ENOUGH_FAILURES} captures in a row could not be had")
    return PutOff(count=1, unseen=1, why=f"the source's limit is {limit} pages a run")


def key_of(row: CdxRow) -> str:
    """What a capture is remembered by."""
    return f"{row.timestamp}/{row.url}"


async def _kept(row: CdxRow, run: _Run) -> Capture | None:
    """The capture, where it was fetched by a run that was killed before it had saved it."""
    return await run.reading.stash.find(key_of(row)) if run.reading.stash is not None else None


async def _fetch(row: CdxRow, earliest: CdxRow, run: _Run) -> Finding:
    source, key = run.reading.source, key_of(row)
    try:
        found = await run.reading.visits.get(raw_address(source, row.timestamp, row.original))
    except FetchFailed as error:
        if isinstance(error, HostPaused) or error.status in PAUSING:
            run.has_paused = not isinstance(error, HostPaused)
            return PutOff(count=1, unseen=1, why=str(error), retry_after=error.retry_after)
        run.missed, run.failures = True, run.failures + 1
        return Failed(key=key, error=error)
    except ClosedToUs as error:
        run.missed, run.failures, run.closed = True, run.failures + 1, run.closed or error
        return Failed(key=key, error=error)
    except FetchRefused as error:
        run.answered = run.answered or error.status is not None
        if error.status is not None:
            return _left_out(key, f"the archive answered {error.status}", run)
        run.missed = True
        return Failed(key=key, error=error)
    run.failures, run.answered = 0, True
    elsewhere = redirected(row.url, found.url, source)
    why = "the old site redirected" if elsewhere else why_no_page(found.body)
    if why:
        return _left_out(key, why, run)
    timestamp, _ = replayed(found.url, source)
    return Capture(
        key=key,
        url=row.url,
        data=found.body,
        content_hash=sha256(found.body).hexdigest(),
        captured=_at(timestamp) if len(timestamp) == len(row.timestamp) else row.captured,
        content_type=found.content_type,
        not_after=earliest.captured,
    )


def _left_out(key: str, why: str, run: _Run) -> Noted:
    """What is remembered, so that it is not asked for again."""
    run.left_out[why] += 1
    return Noted(key=key, etag=f"{LEFT_OUT}{why}")


def _at(timestamp: str) -> datetime:
    return datetime.strptime(timestamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
