"""Deliveries as rows on PostgreSQL: created, leased and marked, by the statements of a send, durably.

`python -m benchmarks.rows ORDER` is one of the processes that lease and mark. FULL=1 takes ten million.
"""

import asyncio
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

from sqlalchemy import text

from benchmarks.memory import peak
from benchmarks.postgres import missing, running, server_cpu
from benchmarks.row import Row, Skipped
from benchmarks.sender import NEWSLETTER, fill
from syndicate.model.delivery import DeliveryState, Outcome
from syndicate.store import batches, deliveries
from syndicate.store.batches import Hold
from syndicate.store.database import Database

MANY, FULL = 1_000_000, 10_000_000
BATCH = 500
# What `[delivery] group` is unless it is set: so many are leased, or recorded, in one transaction.
GROUP = 100
PROCESSES = 2
AT_ONCE = 2
ENDED = 20
AIM = 100_000.0
REPLY = "2.0.0 Ok: queued as 4XyZ"


@dataclass(frozen=True, kw_only=True)
class Order:
    """What to do with the batches from `first` to before `last` of issue 1: create, lease or mark."""

    database: str
    first: int
    last: int
    what: str


@dataclass(frozen=True, kw_only=True)
class Result:
    """Rows, seconds, and seconds of CPU time; `early` and `memory` are the peaks, in bytes, at a tenth and at
    the end.
    """

    rows: int
    seconds: float
    cpu: float
    early: int
    memory: int


@dataclass(frozen=True, kw_only=True)
class Cost:
    """A step: rows a second, and microseconds of CPU time a row, of our processes and of the server's."""

    rate: float
    ours: float
    theirs: float


def measure() -> list[Row | Skipped]:
    """Rows a second of each step, what a row costs the server, and the growth of memory."""
    if why := missing():
        return [Skipped(name="rows", why=why)]
    count = FULL if os.environ.get("FULL") else MANY
    with running() as fresh:
        url = fresh()
        db = Database(url)
        try:
            return _measure(db, url, count)
        finally:
            db.close()


def main() -> None:
    """Do what the order says, and tell."""
    order = Order(**json.loads(sys.argv[1]))
    db = Database(order.database)
    work = Work(db, order)
    cpu, begun = _cpu(), time.perf_counter()
    asyncio.run(work.do())
    took, spent = time.perf_counter() - begun, _cpu() - cpu
    db.close()
    told = Result(rows=work.rows, seconds=took, cpu=spent, early=work.early or peak(), memory=peak())
    print(json.dumps(asdict(told)))


class Work:
    """Batches, several at a time, as a sender has them."""

    def __init__(self, db: Database, order: Order) -> None:
        self.rows, self.early = 0, 0
        self._db, self._order = db, order
        self._numbers = iter(range(order.first, order.last))
        self._tenth = (order.last - order.first) * BATCH // 10

    async def do(self) -> None:
        if self._order.what == "create":
            create = deliveries.create_deliveries
            self.rows = await self._db.write(create, 1, newsletter=NEWSLETTER.name, batch=BATCH)
            return
        step = {"lease": _lease, "mark": _mark}[self._order.what]
        await asyncio.gather(*(self._batches(step) for _ in range(AT_ONCE)))

    async def _batches(self, step: Callable[[Any, int, int], int]) -> None:
        for batch in self._numbers:
            for after in range(batch * BATCH, (batch + 1) * BATCH, GROUP):
                done = await self._db.write(step, batch, after)
                self.rows += done
            if not self.early and self.rows >= self._tenth:
                self.early = peak()


def _measure(db: Database, url: str, count: int) -> list[Row | Skipped]:
    fill(db, count)
    _settle(db)
    logged, order = _logged(db), Order(database=url, first=0, last=count // BATCH, what="create")
    results, costs = [], {}
    for what, processes in (("create", 1), ("lease", PROCESSES), ("mark", PROCESSES)):
        before = server_cpu(db)
        found = _in_processes(replace(order, what=what), processes)
        assert sum(one.rows for one in found) == count
        costs[what] = Cost(
            rate=count / max(one.seconds for one in found),
            ours=sum(one.cpu for one in found) / count * 1e6,
            theirs=(server_cpu(db) - before) / count * 1e6,
        )
        results += found
        _settle(db)
    assert db.read_now(deliveries.tally, 1) == {DeliveryState.SENT: count}
    told = {
        "bytes": (_logged(db) - logged) / count,
        "size": db.read_now(_size, "deliveries_1") / count,
        "people": db.read_now(_size, "subscribers", "subscriptions") / count,
    }
    grown = max(one.memory - one.early for one in results)
    return [*_rates(count, costs), _ending(db), *_sizes(told, grown)]


def _rates(count: int, costs: dict[str, Cost]) -> list[Row | Skipped]:
    past = {"create": "created at once", "lease": "leased", "mark": "marked"}
    rates = [
        Row(
            name=f"{count:,} deliveries {past[what]}" + (f", {GROUP} a transaction" * (what != "create")),
            ours=cost.rate,
            reference=AIM,
            unit="rows/s",
            against=f"{AIM:,.0f} or more",
        )
        for what, cost in costs.items()
    ]
    spent = [
        Row(
            name=f"CPU time of a delivery {past[what]}: the server's",
            ours=cost.theirs,
            reference=cost.ours,
            unit="µs",
            against="our process's",
            digits=1,
        )
        for what, cost in costs.items()
    ]
    return [*rates, *spent]


def _sizes(told: dict[str, float], grown: int) -> list[Row | Skipped]:
    return [
        Row(
            name="memory of such a process from a tenth of them to all",
            ours=grown / 1e6,
            reference=5.0,
            unit="MB",
            against="at most 5 MB",
            digits=1,
        ),
        Row(
            name="written to PostgreSQL's log of changes for a delivery, in all",
            ours=told["bytes"],
            reference=1_000.0,
            unit="bytes",
            against="at most 1,000",
        ),
        Row(
            name="size of a delivery that was sent, with its indexes",
            ours=told["size"],
            reference=400.0,
            unit="bytes",
            against="at most 400",
        ),
        Row(
            name="size of a subscriber with a subscription and their indexes",
            ours=told["people"],
            reference=500.0,
            unit="bytes",
            against="at most 500",
        ),
    ]


def _in_processes(order: Order, processes: int) -> list[Result]:
    cuts = [order.last * part // processes for part in range(processes + 1)]
    orders = [replace(order, first=first, last=last) for first, last in pairwise(cuts)]
    commands = [[sys.executable, "-m", "benchmarks.rows", json.dumps(asdict(one))] for one in orders]
    begun = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
    return [Result(**json.loads(process.communicate()[0])) for process in begun]


def _lease(conn: Any, batch: int, after: int) -> int:
    now = datetime.now(UTC)
    due = deliveries.list_candidates(conn, 1, batch=batch, now=now, limit=GROUP, after=after)
    return len(deliveries.mark_leased(conn, 1, due, now=now))


def _mark(conn: Any, batch: int, after: int) -> int:
    now = datetime.now(UTC)
    outcomes = [
        Outcome(
            subscriber_id=one,
            state=DeliveryState.SENT,
            at=now,
            code=250,
            reply=f"{REPLY}{one}",
            relay="relay.courier.example",
            attempt=1,
        )
        for one in range(after + 1, after + GROUP + 1)
    ]
    deliveries.record_outcomes(conn, 1, outcomes)
    return len(outcomes)


def _settle(db: Database) -> None:
    """The planner knows what is there, and no checkpoint of it falls into what is measured."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        for statement in ("VACUUM ANALYZE subscribers", "VACUUM ANALYZE subscriptions", "CHECKPOINT"):
            conn.execute(text(statement))


def _size(conn: Any, *tables: str) -> int:
    """Bytes of the rows of these tables and of their indexes."""
    asked = text("SELECT pg_total_relation_size(:name)")
    return sum(int(conn.scalar(asked, {"name": name})) for name in tables)


def _ending(db: Database) -> Row:
    """For how long the end of a batch keeps all others of its issue waiting."""
    now = datetime.now(UTC)
    db.write_now(batches.create_batches, 1, count=ENDED)
    db.write_now(batches.begin_issue, 1, candidates=ENDED * BATCH, now=now, expires=now + timedelta(days=1))
    took = []
    for number in range(ENDED):
        hold = Hold(issue_id=1, batch=number, owner="bench")
        assert db.write_now(batches.lease_batch, hold, now=now)
        begun = time.perf_counter()
        assert db.write_now(batches.settle_batch, hold, now=now)
        took.append(time.perf_counter() - begun)
    return Row(
        name="the end of a batch, which locks its issue",
        ours=median(took) * 1e3,
        reference=10.0,
        unit="ms",
        against="at most 10 ms",
        digits=1,
    )


def _logged(db: Database) -> int:
    at = text("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')")
    return db.read_now(lambda conn: int(conn.scalar(at)))


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
