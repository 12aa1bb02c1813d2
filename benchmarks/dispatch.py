"""Jobs carried by Procrastinate, against the embedded runner on the same PostgreSQL: whole issues, by
processes as they are started by hand (`syndicate worker`), into smtp-sink.

On two cores the sink and the server take one of them, so that processes are also counted at a sink that is
20 ms away: there nothing but waiting for each other could keep two from sending twice as much.
"""

import asyncio
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import text

from benchmarks import sender
from benchmarks.postgres import missing, process_cpu, running, server_cpu
from benchmarks.row import Row, Skipped
from benchmarks.sender import Order, add_issue, fill, send_in_child
from benchmarks.sinks import far_away, sinking
from benchmarks.sinks import missing as no_sink
from syndicate.app import open_app
from syndicate.config import Config, load
from syndicate.deliver import send
from syndicate.model.job import Job
from syndicate.model.newsletter import IssueState
from syndicate.schedule.engine import join
from syndicate.store import batches
from syndicate.store.database import Database
from syndicate.upkeep import upgrade_schema

COMMAND = Path(sys.executable).parent / "syndicate"
ROUNDS = 3
READERS, FAR_READERS = 20_000, 2_000
BATCH, FAR_BATCH = 500, 100
ROUND_TRIP = 0.02
JOBS, IDLE_JOBS = 20_000, 2_000
EACH = 1_000
PATIENCE = 300.0
ENGINES = ("embedded", "procrastinate")
CONFIG = """
data_dir = "{folder}/var"
database = "{database}"
[dispatch]
engine = "{engine}"
[health]
listen = ""
[site]
base_url = "https://news.courier.example"
contact = "desk@courier.example"
postal_address = "1 Quay Street, Port Hale"
[newsletters.daily]
title = "The Daily Tide"
cadence = "30 6 * * *"
sender = {{ name = "Harbour Courier", address = "daily@courier.example" }}
[[newsletters.daily.sections]]
title = "News"
[relay]
host = "127.0.0.1"
port = {port}
security = "none"
connections = 10
messages_per_connection = 1000000
[delivery]
batch = {batch}
"""


@dataclass(frozen=True, kw_only=True)
class Result:
    """What came of it in so many seconds; CPU time of the workers and of the server in seconds."""

    count: int
    seconds: float
    workers: float
    server: float

    @property
    def rate(self) -> float:
        """How many a second."""
        return self.count / self.seconds

    @property
    def cost(self) -> float:
        """Microseconds of CPU time for each, the server's among them."""
        return (self.workers + self.server) / self.count * 1e6


def measure() -> list[Row | Skipped]:
    """Deliveries a second by engine and by number of processes; jobs a second, and what one costs."""
    if why := missing() or no_sink():
        return [Skipped(name="dispatch", why=why)]
    with running() as fresh, sinking() as port:
        rows = [_databases(fresh, port), *_engines(fresh, port)]
        with far_away(port, ROUND_TRIP) as far:
            found = [_send(fresh(), far, workers=workers, far=True) for workers in (1, 2, 4)]
        rows += _scaling(found, f"at a round trip of {ROUND_TRIP * 1000:.0f} ms")
        return rows


def _databases(fresh: Callable[[], str], port: int) -> Row:
    """One sender alone, without jobs."""
    pairs = [(_sent(port), _sent(port, fresh())) for _ in range(ROUNDS)]
    return Row(
        name="CPU time of a message on PostgreSQL, our process's",
        ours=median(postgresql.cost for _, postgresql in pairs),
        reference=median(sqlite.cost for sqlite, _ in pairs),
        unit="µs",
        against="on SQLite",
    )


def _sent(port: int, url: str = "") -> sender.Result:
    folder = Path(tempfile.mkdtemp(prefix="syndicate-bench-"))
    try:
        order = Order(database=url or str(folder / "syndicate.db"), port=port, folder=str(folder))
        db = Database(order.database)
        fill(db, READERS)
        db.close()
        return send_in_child(order)
    finally:
        shutil.rmtree(folder)


def _engines(fresh: Callable[[], str], port: int) -> list[Row | Skipped]:
    pairs = [[_send(fresh(), port, engine=engine) for engine in ENGINES] for _ in range(ROUNDS)]
    theirs, ours = sorted(pairs, key=lambda pair: pair[1].rate / pair[0].rate)[ROUNDS // 2]
    more = [_send(fresh(), port, workers=workers) for workers in (2, 4)]
    each = median(pair[1].cost for pair in pairs)
    return [
        Row(
            name="an issue sent by a worker process on Procrastinate",
            ours=ours.rate,
            reference=theirs.rate,
            unit="messages/s",
            against="the embedded runner, on PostgreSQL too; 0.85× or more",
        ),
        Row(
            name="CPU time of a message there, the server's included",
            ours=each,
            reference=median(pair[0].cost for pair in pairs),
            unit="µs",
            against="the embedded runner",
        ),
        Row(
            name="of that the server's",
            ours=median(pair[1].server / pair[1].count * 1e6 for pair in pairs),
            reference=each,
            unit="µs",
            against="all",
            digits=1,
        ),
        *_scaling([ours, *more], "beside sink and server"),
        *_jobs(fresh(), port, each),
    ]


def _scaling(found: list[Result], where: str) -> list[Row | Skipped]:
    one, *more = found
    return [
        Row(
            name=f"the same by {workers} processes, {where}",
            ours=result.rate,
            reference=one.rate,
            unit="messages/s",
            against=f"one process; {aim}",
        )
        for workers, result, aim in zip((2, 4), more, ("1.6× or more where cores are free", "—"), strict=True)
    ]


def _jobs(url: str, port: int, message: float) -> list[Row | Skipped]:
    with _newsroom(url, port) as room:
        begun = time.perf_counter()
        asyncio.run(_enqueue(room.config, JOBS))
        rate = JOBS / (time.perf_counter() - begun)
        room.forget_jobs()
        done = room.work(1, lambda: asyncio.run(_enqueue(room.config, IDLE_JOBS)), room.idle, IDLE_JOBS)
    share = done.cost / (BATCH * message) * 100
    return [
        Row(
            name=f"jobs made due, {EACH:,} a transaction",
            ours=rate,
            reference=10_000.0,
            unit="jobs/s",
            against="10,000 or more",
        ),
        Row(
            name="jobs with nothing to do, done by a process",
            ours=done.rate,
            reference=10_000 / BATCH,
            unit="jobs/s",
            against=f"batches of {BATCH} in 10,000 messages",
        ),
        Row(
            name=f"CPU time of such a job in that of a batch of {BATCH}",
            ours=share,
            reference=3.0,
            unit="%",
            against="at most 3 %",
            digits=2,
        ),
    ]


def _send(url: str, port: int, *, engine: str = ENGINES[1], workers: int = 1, far: bool = False) -> Result:
    readers, batch = (FAR_READERS, FAR_BATCH) if far else (READERS, BATCH)
    with _newsroom(url, port, engine=engine, batch=batch) as room:
        room.db.write_now(add_issue, readers)
        room.db.write_now(lambda conn: conn.execute(text("ANALYZE")))
        return room.work(workers, lambda: asyncio.run(_start(room.config)), room.finished, readers)


@dataclass(frozen=True, kw_only=True)
class Newsroom:
    """A configured installation on a database of its own."""

    config: Config
    db: Database

    def work(self, workers: int, begin: Callable[[], Any], over: Callable[[], bool], count: int) -> Result:
        """Let so many processes do what `begin` makes due, until it is `over`."""
        before = server_cpu(self.db)
        command = [str(COMMAND), "-c", str(self.config.path), "worker", "--queues", "deliver", "--allow-root"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        processes = [subprocess.Popen(command, **quiet) for _ in range(workers)]
        try:
            _until(lambda: self._alive() == workers, processes)
            cpu = sum(process_cpu(one.pid) for one in processes)
            begun = time.perf_counter()
            begin()
            _until(over, processes)
            took = time.perf_counter() - begun
            spent = sum(process_cpu(one.pid) for one in processes) - cpu
        finally:
            for process in processes:
                process.send_signal(signal.SIGTERM)
            for process in processes:
                process.wait()
        server = server_cpu(self.db) - before
        return Result(count=count, seconds=took, workers=spent, server=server)

    def finished(self) -> bool:
        """Whether the issue is over."""
        return self.db.read_now(batches.find_progress, 1).state is IssueState.FINISHED

    def idle(self) -> bool:
        """Whether no job waits, or is being done."""
        return not self._count("SELECT count(*) FROM jobs WHERE state IN ('waiting', 'leased')")

    def forget_jobs(self) -> None:
        """As if none had been made due."""
        for table in ("jobs", "procrastinate_jobs"):
            self.db.write_now(lambda conn, name=table: conn.execute(text(f"TRUNCATE {name} CASCADE")))

    def _alive(self) -> int:
        return self._count("SELECT count(*) FROM services")

    def _count(self, statement: str) -> int:
        return int(self.db.read_now(lambda conn: conn.scalar(text(statement))) or 0)


@contextmanager
def _newsroom(url: str, port: int, *, engine: str = ENGINES[1], batch: int = BATCH) -> Iterator[Newsroom]:
    folder = Path(tempfile.mkdtemp(prefix="syndicate-bench-"))
    path = folder / "syndicate.toml"
    told = {"folder": folder, "database": url, "engine": engine, "port": port, "batch": batch}
    path.write_text(CONFIG.format(**told), "utf-8")
    config = load(path, environ={})
    upgrade_schema(config)
    db = Database(url)
    try:
        yield Newsroom(config=config, db=db)
    finally:
        db.close()
        shutil.rmtree(folder)


async def _start(config: Config) -> None:
    async with open_app(config, now=_now) as app:
        join(app)
        await send.start_issue(app.sending, 1)


async def _enqueue(config: Config, count: int) -> None:
    """Bounces to fetch from a mailbox, of which there is none."""
    async with open_app(config, now=_now) as app:
        join(app)
        for first in range(0, count, EACH):
            wanted = [
                Job(name="bounces.fetch", key=f"bench:{number}") for number in range(first, first + EACH)
            ]
            await app.db.write(app.post.many, wanted)


def _now() -> datetime:
    return datetime.now(UTC)


def _until(true: Callable[[], bool], processes: Sequence[subprocess.Popen[bytes]]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > end or any(one.poll() is not None for one in processes):
            raise RuntimeError("a worker has ended, or does not come to an end: try it by hand")
        time.sleep(0.02)


if __name__ == "__main__":
    for row in measure():
        print(row)
