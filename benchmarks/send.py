"""Issues of messages of 20 KB, everything included, against smtp-source, in rounds that alternate.

Lease, splice, send, record in SQLite with synchronous=FULL, journal: into smtp-sink, into a real Postfix, and
into a sink that is 20 ms away. FULL=1 also sends a whole million.
"""

import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from sqlalchemy import text

from benchmarks.row import Row, Skipped
from benchmarks.sender import Order, Result, fill, send_in_child
from benchmarks.sinks import far_away, may_queue, missing, queueing, sinking, source
from syndicate.deliver import send
from syndicate.model.site import Relay
from syndicate.store.database import Database
from tests.deliver.sender import a_sending, real_clock

ROUNDS = 5
# So many that what a process does once, at its first messages, is no part of what a message costs.
MESSAGES = 20_000
FEW, MANY = 1_000, 1_000_000
BATCH = 500
# Batches that a large issue is looked into at, over its whole length.
PROBES = 10
ROUND_TRIP = 0.02
FAR_MESSAGES = 1_000
QUEUED = 2_000
MEGABYTE = 1_000_000
PER_SECOND = "messages/s"


def measure() -> list[Row | Skipped]:
    """All rows; needs Postfix, and root for the row that starts it."""
    if why := missing():
        return [Skipped(name="send", why=why)]
    rows: list[Row | Skipped] = []
    with sinking() as port:
        rows += _against_source(port)
        rows += _at_scale(port)
        rows += [_far(port)]
    rows += [_into_postfix() if may_queue() else Skipped(name="an issue into Postfix", why="needs root")]
    return rows


def _against_source(port: int) -> list[Row | Skipped]:
    orders = {
        "an issue, sent and recorded (uvloop)": Order(database="", port=port),
        "the same on asyncio's own loop": Order(database="", port=port, loop="asyncio"),
    }
    aims = dict(zip(orders, ("0.90×", "0.70×"), strict=True))
    pairs = {
        name: [(_issue(order), source(port, MESSAGES)) for _ in range(ROUNDS)]
        for name, order in orders.items()
    }
    rates = [_middle(name, found, aims[name]) for name, found in pairs.items()]
    costs = [ours.cost for ours, _ in next(iter(pairs.values()))]
    signed = [_issue(Order(database="", port=port, signed=True)) for _ in range(2)]
    return [
        *rates,
        _row("CPU time of a message, all in", median(costs), 90.0, "µs", "at most 90 µs"),
        _row(
            "messages signed with RSA-2048",
            1e6 / min(one.cost for one in signed),
            2_000.0,
            "messages/s and core",
            "2,000 or more",
        ),
    ]


def _middle(name: str, found: list[tuple[Result, float]], aim: str) -> Row:
    """The round whose ratio is the median: both sides had the same minute."""
    ours, theirs = sorted(found, key=lambda pair: pair[0].rate / pair[1])[len(found) // 2]
    return _row(name, ours.rate, theirs, PER_SECOND, f"smtp-source; {aim} or more")


def _at_scale(port: int) -> list[Row | Skipped]:
    """What a reader costs, and what memory there is, whatever the size of the issue."""
    order = Order(database="", port=port, connections=50)
    small = _issue(order, readers=FEW)
    with _database(MANY) as many:
        created = _start(many)
        if not os.environ.get("FULL"):
            _leave_due(many, PROBES)
        large = send_in_child(replace(order, database=many))
    same = min(_issue(order, readers=PROBES * BATCH).cost for _ in range(2))
    grown = (large.memory - small.memory) / MEGABYTE
    return [
        _row("memory of a sender with 50 connections", large.memory / MEGABYTE, 90.0, "MB", "at most 90 MB"),
        _row(f"its growth from {FEW:,} to {MANY:,} readers", grown, 10.0, "MB", "at most 10 MB"),
        _row(f"creating {MANY:,} deliveries in SQLite", created, 3.0, "s", "at most 3 s"),
        _row(
            f"CPU time of a reader among {MANY:,}",
            large.cost,
            same,
            "µs",
            f"among {PROBES * BATCH:,}; ± 15 %",
        ),
    ]


def _far(port: int) -> Row:
    with far_away(port, ROUND_TRIP) as proxy:
        found = _issue(Order(database="", port=proxy), readers=FAR_MESSAGES)
    return _row("the same at a round trip of 20 ms", found.rate, 200.0, PER_SECOND, "200/s or more")


def _into_postfix() -> Row:
    pairs = []
    with queueing() as port:
        for _ in range(ROUNDS):
            theirs = source(port, QUEUED)
            pairs.append((_issue(Order(database="", port=port), readers=QUEUED), theirs))
    return _middle("an issue into a real Postfix", pairs, "0.75×")


def _issue(order: Order, readers: int = MESSAGES) -> Result:
    with _database(readers) as database:
        return send_in_child(replace(order, database=database))


def _start(database: str) -> float:
    """Start an issue: its deliveries and its batches. Seconds."""
    db = Database(database)
    sending = a_sending(db, Relay(), Path(database).parent, now=real_clock)
    begun = time.perf_counter()
    asyncio.run(send.start_issue(sending, 1))
    took = time.perf_counter() - begun
    db.close()
    return took


def _leave_due(database: str, count: int) -> None:
    """Let all batches wait but so many, over the whole length of the issue."""
    db = Database(database)
    later = {"later": datetime(2100, 1, 1, tzinfo=UTC).replace(tzinfo=None), "each": MANY // BATCH // count}
    wait = text("UPDATE batches SET next_attempt = :later WHERE number % :each <> 0")
    db.write_now(lambda conn: conn.execute(wait, later))
    db.close()


def _row(name: str, ours: float, reference: float, unit: str, against: str) -> Row:
    return Row(
        name=name, ours=ours, reference=reference, unit=unit, against=against, digits=1 if ours < 1_000 else 0
    )


@contextmanager
def _database(readers: int) -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="syndicate-bench-"))
    db = Database(str(folder / "syndicate.db"))
    try:
        fill(db, readers)
        db.close()
        yield str(db.path)
    finally:
        shutil.rmtree(folder)
