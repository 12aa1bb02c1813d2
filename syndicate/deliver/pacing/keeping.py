"""Keeps what a pacer knows in the database: written at changes, at most once a second; read before a run."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import structlog

from syndicate.deliver.pacer import Key, Pacer
from syndicate.deliver.pacing.limits import Limits
from syndicate.deliver.pacing.ramps import MEMORY
from syndicate.deliver.pacing.trouble import Kind, Trouble
from syndicate.errors import StorageFull, TryLater
from syndicate.model.pacing import Pace
from syndicate.store import paces
from syndicate.store.database import Database

log = structlog.get_logger()

# Seconds: between two writings; and how old what we know of others may be.
REST = 1.0
# What DNS told changes once a week.
HOSTS_REST = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What the database does not know yet: new, changed, and well again; and what left."""

    added: Sequence[Pace] = ()
    changed: Sequence[Pace] = ()
    gone: Sequence[Key] = ()
    sent: Mapping[tuple[str, date], int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the database knows."""

    paces: Sequence[Pace]
    sent: Mapping[str, Mapping[date, int]]
    hosts: Mapping[str, str] | None


class Keeper:
    """Between one pacer and the database."""

    def __init__(self, pacer: Pacer, db: Database, *, now: Callable[[], datetime]) -> None:
        self.pacer = pacer
        self._db = db
        self._now = now
        self._saved: set[Key] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        self._looked = self._hosted = 0.0
        pacer.changed = self.soon
        pacer.look = self.look

    def soon(self) -> None:
        """Write within a second."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(REST, self._start)

    async def look(self) -> None:
        """Know what the database knows, unless that was asked a moment ago."""
        if abs(self._now().timestamp() - self._looked) >= REST:
            await self.sync()

    async def sync(self) -> None:
        """Write what is new here, and take over what is new there."""
        async with self._turn:
            news = self._news()
            try:
                known = await self._exchange(news)
            except (TryLater, StorageFull) as error:
                log.warning("pace.unkept", error=str(error))
                self._take_back(news)
            else:
                self._take_over(known)

    async def close(self) -> None:
        """Write what is left."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            await self.sync()
        elif self._task is not None:
            await self._task

    def _start(self) -> None:
        self._timer = None
        self._task = asyncio.create_task(self.sync())

    async def _exchange(self, news: News) -> Known:
        now, keys = self._now(), list(self.pacer.ramps)
        # Nobody asks for the hosts while there is nothing to roll up.
        hosts = self.pacer.limited and abs(now.timestamp() - self._hosted) >= HOSTS_REST
        wanted: dict[str, Any] = {"keys": keys, "since": (now - MEMORY).date(), "hosts": hosts}
        if news == News():
            return await self._db.read(_read, **wanted)
        return await self._db.write(_write, news, **wanted)

    def _news(self) -> News:
        troubles, dirty, self.pacer.dirty = self.pacer.troubles, self.pacer.dirty, set()
        bad = {key: pace_of(key, troubles[key]) for key in dirty & troubles.keys()}
        sent = {
            (key, day): count for key, ramp in self.pacer.ramps.items() for day, count in ramp.take().items()
        }
        return News(
            added=[pace for key, pace in bad.items() if key not in self._saved],
            changed=[pace for key, pace in bad.items() if key in self._saved],
            gone=list(dirty - troubles.keys()),
            sent=sent,
        )

    def _take_back(self, news: News) -> None:
        told = {(pace.domain, pace.relay) for pace in (*news.added, *news.changed)}
        self.pacer.dirty |= told | set(news.gone)
        for (key, day), count in news.sent.items():
            self.pacer.ramps[key].give_back(day, count)
        self.soon()

    def _take_over(self, known: Known) -> None:
        now = self._now().timestamp()
        self._looked = now
        troubles = {(pace.domain, pace.relay): trouble_of(pace) for pace in known.paces}
        self._saved = set(troubles)
        self.pacer.know(troubles, now=now)
        for key, ramp in self.pacer.ramps.items():
            ramp.know(known.sent.get(key, {}))
        if known.hosts is not None:
            self._hosted = now
            self.pacer.roll_up(known.hosts)


@asynccontextmanager
async def open_keeper(
    db: Database, limits: Limits, *, now: Callable[[], datetime], chance: Callable[[], float]
) -> AsyncIterator[Keeper]:
    """A pacer, and who keeps what it knows."""
    keeper = Keeper(Pacer(limits, chance=chance), db, now=now)
    try:
        yield keeper
    finally:
        await keeper.close()


def pace_of(key: Key, trouble: Trouble) -> Pace:
    """A trouble as the database keeps it."""
    domain, relay = key
    return Pace(
        domain=domain,
        relay=relay,
        kind=trouble.kind.value,
        rate=trouble.rate,
        since=_moment(trouble.since),
        changed=_moment(trouble.changed),
        until=_moment(trouble.until) if trouble.until else None,
        signs=trouble.signs,
        pauses=trouble.pauses,
        why=trouble.why,
    )


def trouble_of(pace: Pace) -> Trouble:
    """What the database keeps, as a trouble."""
    return Trouble(
        kind=Kind(pace.kind),
        rate=pace.rate,
        since=pace.since.timestamp(),
        changed=pace.changed.timestamp(),
        until=pace.until.timestamp() if pace.until else 0.0,
        signs=pace.signs,
        pauses=pace.pauses,
        why=pace.why,
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _write(conn: Any, /, news: News, **wanted: Any) -> Known:
    paces.add_paces(conn, news.added)
    paces.change_paces(conn, news.changed)
    paces.delete_paces(conn, news.gone)
    paces.add_sent(conn, news.sent)
    return _read(conn, **wanted)


def _read(conn: Any, *, keys: Sequence[str], since: date, hosts: bool) -> Known:
    return Known(
        paces=paces.list_paces(conn),
        sent=paces.list_sent(conn, keys, since=since) if keys else {},
        hosts=paces.list_hosts(conn) if hosts else None,
    )
