"""The delivery log: what partners fetched and were pushed, written behind the answers in batches.

A killed process loses what it answered in its last second, no more; the partner's next request confirms with
its ETag what it holds. Addresses of clients are in no row (requirement P1).
"""

import asyncio
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from syndicate.errors import OwnFault, TryLater
from syndicate.partner.receipts import record_got
from syndicate.store import partner_log, partner_receipts
from syndicate.store.connection import Connection
from syndicate.store.database import Database
from syndicate.store.partner_log import PUSH, REFUSED, UNCHANGED, Handed, Use
from syndicate.store.partners import record_used
from syndicate.store.turnstile import alone
from syndicate.telemetry.metrics import PARTNER_FETCHES

log = structlog.get_logger()

FLUSH_SECONDS = 1.0
ROOM = 10_000
# Lines of the log that are told at once.
TAKE = 100
# Who asks for a row of the log wants the last months; a year and its eve tell what a season brings.
KEPT = timedelta(days=400)
# A document that nobody fetched may still be on its way to somebody, or wait to be written into the log.
UNFETCHED_KEPT = timedelta(hours=1)


class DeliveryLog:
    """Takes what happened at once and writes it within a second. `room` bounds what waits meanwhile.

    For one event loop. `close` writes what is left.
    """

    def __init__(self, db: Database, *, room: int = ROOM) -> None:
        self._db = db
        self._room = room
        self._waiting: deque[Handed] = deque()
        self._refused: Counter[tuple[str, str, str, str]] = Counter()
        self._lost = 0
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()

    def note(self, handed: Handed) -> None:
        """Take down what happened; never waits. Beyond `room` the oldest is forgotten, which is logged."""
        PARTNER_FETCHES.add(1, handed.partner, handed.how if handed.how == REFUSED else str(handed.status))
        if handed.how == REFUSED:
            self._refused[(handed.partner, handed.feed, handed.form, _day(handed.at))] += 1
        else:
            self._waiting.append(handed)
        self._trim()
        self._wake()

    def awaits(self, partner: str) -> bool:
        """Whether anything of this partner waits to be written."""
        return any(one.partner == partner for one in self._waiting)

    async def flush(self) -> bool:
        """Write what waits; whether it is written. What could not be is tried again within a second."""
        async with self._turn:
            rows, refused = list(self._waiting), self._refused
            if not rows and not refused:
                return True
            self._waiting.clear()
            self._refused = Counter()
            try:
                await self._db.write(record, rows, refusals=uses_of_refusals(refused))
            except (TryLater, OwnFault) as error:
                self._waiting.extendleft(reversed(rows))
                self._refused.update(refused)
                self._trim()
                self._wake()
                log.warning("partner.log_waits", rows=len(self._waiting), lost=self._lost, error=str(error))
                return False
            return True

    async def close(self) -> None:
        """Write what is left, once."""
        written = await self.flush()
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            await self._task
        if not written:
            log.error("partner.log_lost", rows=len(self._waiting))

    def _wake(self) -> None:
        if self._timer is None and (self._waiting or self._refused):
            self._timer = asyncio.get_running_loop().call_later(FLUSH_SECONDS, self._begin)

    def _begin(self) -> None:
        self._timer = None
        self._task = asyncio.get_running_loop().create_task(self._write_down())

    async def _write_down(self) -> None:
        await self.flush()

    def _trim(self) -> None:
        over = len(self._waiting) - self._room
        for _ in range(over):
            self._waiting.popleft()
        self._lost += max(0, over)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """A delivery. Asked for one item, also which `revision` of it the document had, and whether it told that
    it was `withdrawn`.
    """

    at: datetime
    feed: str
    form: str
    how: str
    status: int
    size: int
    content: str
    token_id: int | None
    revision: int | None = None
    withdrawn: bool | None = None


def list_lines(
    conn: Connection,
    partner: str,
    *,
    since: datetime | None = None,
    feed: str = "",
    item_id: str = "",
    take: int = TAKE,
) -> list[LogLine]:
    """The log of a partner, the newest first; of one item, the deliveries that told anything of it."""
    found = partner_log.list_deliveries(conn, partner, since=since, feed=feed, item_id=item_id, take=take)
    contents = sorted({one.content for one in found})
    told = partner_receipts.list_revisions_told(conn, contents, item_id) if item_id else {}
    return [_line(one, told.get(one.content)) for one in found]


def _line(one: Handed, told: tuple[int, bool] | None) -> LogLine:
    return LogLine(
        at=one.at,
        feed=one.feed,
        form=one.form,
        how=one.how,
        status=one.status,
        size=one.size,
        content=one.content,
        token_id=one.token_id,
        revision=told[0] if told else None,
        withdrawn=told[1] if told else None,
    )


def record(conn: Connection, handed: Sequence[Handed], *, refusals: Iterable[Use] = ()) -> None:
    """Write deliveries down: log, counts, when tokens were used, and what of each item the partners got."""
    earliest: dict[str, datetime] = {}
    for one in handed:
        if one.content:
            earliest[one.partner] = min(one.at, earliest.get(one.partner, one.at))
    # Receipts are read and written back: another web node that did so meanwhile would be forgotten.
    for partner in sorted(earliest):
        alone(conn, f"receipts/{partner}")
    partner_log.save_deliveries(conn, handed)
    partner_log.save_uses(conn, [*uses_of(handed), *refusals])
    record_used(conn, {one.token_id: one.at for one in handed if one.token_id is not None})
    for partner, since in sorted(earliest.items()):
        # What came later may stand there already, by another node: in the order in which it was handed over.
        logged = partner_log.list_deliveries(conn, partner, since=since, take=ROOM)
        for one in _of_news(reversed(logged)):
            record_got(conn, one.partner, one.content, at=one.at)


def _of_news(handed: Iterable[Handed]) -> Iterator[Handed]:
    """Those after which a partner holds another document from an address than just before."""
    last: dict[tuple[str, str, str], str] = {}
    for one in handed:
        place = (one.partner, one.feed, one.form)
        if one.content and last.get(place) != one.content:
            last[place] = one.content
            yield one


def record_push(conn: Connection, handed: Handed) -> None:
    """Write down a document that a hub pushed to a partner, in the transaction that records its outcome."""
    record(conn, [replace(handed, how=PUSH)])


def uses_of(handed: Iterable[Handed]) -> list[Use]:
    """What deliveries add to the counts of their days."""
    found: dict[tuple[str, str, str, str], Use] = {}
    for one in handed:
        key = (one.partner, one.feed, one.form, _day(one.at))
        use = found.get(key) or Use(partner=key[0], feed=key[1], form=key[2], day=key[3])
        found[key] = replace(
            use,
            fetched=use.fetched + (one.how != PUSH and one.status != UNCHANGED),
            unchanged=use.unchanged + (one.status == UNCHANGED),
            pushed=use.pushed + (one.how == PUSH),
            size=use.size + one.size,
            last=one.at if use.last is None else max(use.last, one.at),
        )
    return list(found.values())


def uses_of_refusals(refused: Counter[tuple[str, str, str, str]]) -> list[Use]:
    """The same of requests that were refused, which only the counts tell of."""
    return [
        Use(partner=partner, feed=feed, form=form, day=day, refused=count)
        for (partner, feed, form, day), count in refused.items()
    ]


def sweep(conn: Connection, *, now: datetime) -> int:
    """Forget old rows of the log, and what documents held that nobody can have any more; how many rows."""
    gone = partner_log.delete_deliveries(conn, before=now - KEPT)
    partner_log.delete_contents(conn, before=now - UNFETCHED_KEPT)
    return gone


def _day(at: datetime) -> str:
    return at.date().isoformat()
