"""Deliveries as rows on PostgreSQL: created, leased and marked, by the statements of a send, durably.

`python -m benchmarks.rows ORDER` is one of the processes that lease and mark. FULL=1 takes ten million.
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text

from benchmarks.memory import peak
from benchmarks.postgres import missing, running
from benchmarks.row import Row, Skipped
from benchmarks.sender import NEWSLETTER, fill
from syndicate.model.delivery import DeliveryState, Outcome
from syndicate.store import deliveries
from syndicate.store.database import Database

MANY, FULL = 1_000_000, 10_000_000
BATCH = 500
# What `[delivery] group` is unless it is set: so many are leased, or recorded, in one transaction.
GROUP = 100
PROCESSES = 2
AIM = 100_000.0
REPLY = "2.0.0 Ok: queued as 4XyZ"


@dataclass(frozen=True, kw_only=True)
class Order:
    """The batches from `first` to before `last` of issue 1, to be leased or marked."""

    database: str
    first: int
    last: int
    what: str = "lease"


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


def measure() -> list[Row | Skipped]:
    """Rows a second of each step, what a row adds to the log of changes, and the growth of memory."""
    if why := missing():
        return [Skipped(name="rows", why=why)]
    count = FULL if os.environ.get("FULL") else MANY
    with running() as url:
        return _measure(url, count)


def main() -> None:
    """Do what the order says, and tell."""
    order = Order(**json.loads(sys.argv[1]))
    db = Database(order.database)
    step: Callable[..., int] = {"lease": _lease, "mark": _mark}[order.what]
    cpu, begun, early, rows = _cpu(), time.perf_counter(), 0, 0
    for batch in range(order.first, order.last):
        for first in range(batch * BATCH, (batch + 1) * BATCH, GROUP):
            rows += db.write_now(step, batch, first)
        if batch <= order.first + (order.last - order.first) // 10:
            early = peak()
    took, spent = time.perf_counter() - begun, _cpu() - cpu
    db.close()
    print(json.dumps(asdict(Result(rows=rows, seconds=took, cpu=spent, early=early, memory=peak()))))


def _measure(url: str, count: int) -> list[Row | Skipped]:
    db = Database(url)
    fill(db, count)
    _settle(db)
    logged, begun = _logged(db), time.perf_counter()
    made = db.write_now(deliveries.create_deliveries, 1, newsletter=NEWSLETTER.name, batch=BATCH)
    assert made == count
    rates = {"created, in one transaction": count / (time.perf_counter() - begun)}
    _settle(db)
    results = []
    for what in ("lease", "mark"):
        begun = time.perf_counter()
        results += (found := _in_processes(Order(database=url, first=0, last=count // BATCH, what=what)))
        assert sum(one.rows for one in found) == count
        rates[f"{what.removesuffix('e')}ed, {GROUP} a transaction"] = count / max(
            one.seconds for one in found
        )
    assert db.read_now(deliveries.tally, 1) == {DeliveryState.SENT: count}
    whole = (_logged(db) - logged) / count
    db.close()
    grown = max(one.memory - one.early for one in results) / 1e6
    aim = f"{PROCESSES} processes; {AIM:,.0f} or more"
    return [
        *(
            Row(name=f"{count:,} deliveries {what}", ours=rate, reference=AIM, unit="rows/s", against=aim)
            for what, rate in rates.items()
        ),
        Row(
            name="memory from a tenth of them to all, a process",
            ours=grown,
            reference=5.0,
            unit="MB",
            against="at most 5 MB",
            digits=1,
        ),
        Row(
            name="PostgreSQL's log of changes, a delivery from queued to sent",
            ours=whole,
            reference=1_000.0,
            unit="bytes",
            against="at most 1,000",
        ),
    ]


def _in_processes(order: Order) -> list[Result]:
    cuts = [order.last * part // PROCESSES for part in range(PROCESSES + 1)]
    orders = [replace(order, first=cuts[part], last=cuts[part + 1]) for part in range(PROCESSES)]
    commands = [[sys.executable, "-m", "benchmarks.rows", json.dumps(asdict(one))] for one in orders]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
    said = [process.communicate()[0] for process in running]
    return [Result(**json.loads(one)) for one in said]


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


def _logged(db: Database) -> int:
    at = text("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')")
    return db.read_now(lambda conn: int(conn.scalar(at)))


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
