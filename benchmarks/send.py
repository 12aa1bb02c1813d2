"""10,000 messages of 20 KB to smtp-sink over 10 connections, against smtp-source, in the same run."""

import asyncio
import itertools
import shutil
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from benchmarks.row import Row, Skipped
from syndicate.deliver import send
from syndicate.deliver.smtp import Pool
from syndicate.deliver.wire import Letter
from syndicate.model.site import Relay, Security
from syndicate.store.database import Database
from syndicate.store.schema import metadata
from tests.deliver.sender import Plain, a_sending, add_issue
from tests.neighbours.programs import find

MESSAGES = 10_000
SIZE = 20_000
CONNECTIONS = 10
ROUNDS = 3
AGAINST = "smtp-source"
RELAY = Relay(
    local=False,
    host="127.0.0.1",
    security=Security.NONE,
    connections=CONNECTIONS,
    messages_per_connection=MESSAGES,
)


def measure() -> list[Row | Skipped]:
    """Two rows: the transactions alone, and a whole issue with its database and journal."""
    sink, source = find("smtp-sink"), find("smtp-source")
    if sink is None or source is None:
        return [Skipped(name="send", why="needs smtp-sink and smtp-source: sudo apt-get install postfix")]
    rates: dict[str, list[float]] = {"wire": [], "issue": [], "reference": []}
    with _sinking(sink) as port:
        for _ in range(ROUNDS):
            rates["reference"].append(_reference(source, port))
            rates["wire"].append(asyncio.run(_transactions(port)))
            rates["issue"].append(_issue(port))
    middle = {name: statistics.median(found) for name, found in rates.items()}
    return [
        Row(name=name, ours=middle[key], reference=middle["reference"], unit="messages/s", against=AGAINST)
        for name, key in (("SMTP transactions", "wire"), ("an issue, recorded in SQLite", "issue"))
    ]


def _reference(source: Path, port: int) -> float:
    options = ["-d", "-l", str(SIZE), "-m", str(MESSAGES), "-s", str(CONNECTIONS)]
    start = time.perf_counter()
    subprocess.run([source, *options, f"inet:127.0.0.1:{port}"], check=True, capture_output=True)
    return MESSAGES / (time.perf_counter() - start)


async def _transactions(port: int) -> float:
    pool = Pool(_relay(port), helo="sender.example")
    data = b"Message-ID: <1@courier.example>\r\n\r\n" + (b"x" * 76 + b"\r\n") * (SIZE // 78)
    letter = Letter(sender="b-1@courier.example", recipient="reader@readers.example", data=data)
    numbers = itertools.count(1)

    async def work() -> None:
        wire = await pool.take()
        while next(numbers) <= MESSAGES:
            answer = await wire.transact(letter, before_dot=lambda: None)
            assert answer.code == 250, answer
        await pool.give_back(wire)

    start = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(CONNECTIONS)))
    took = time.perf_counter() - start
    await pool.close()
    return MESSAGES / took


def _issue(port: int) -> float:
    folder = Path(tempfile.mkdtemp(prefix="syndicate-bench-"))
    db = Database(str(folder / "syndicate.db"))
    try:
        db.write_now(metadata.create_all)
        issue_id = db.write_now(add_issue, readers=MESSAGES)
        return asyncio.run(_send_issue(db, folder, port, issue_id))
    finally:
        db.close()
        shutil.rmtree(folder)


async def _send_issue(db: Database, folder: Path, port: int, issue_id: int) -> float:
    sending = a_sending(
        db,
        _relay(port),
        folder,
        now=lambda: datetime.now(UTC),
        mint=lambda: uuid4().hex,
        compositor=Plain(SIZE),
    )
    start = time.perf_counter()
    report = await send.send_issue(sending, issue_id)
    took = time.perf_counter() - start
    assert report.tally == {"sent": MESSAGES}, report
    await sending.fleet.close()
    return MESSAGES / took


def _relay(port: int) -> Relay:
    return replace(RELAY, port=port)


@contextmanager
def _sinking(sink: Path) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    # Root's smtp-sink wants to know whom to become.
    process = subprocess.Popen(
        [sink, "-u", "nobody", f"inet:127.0.0.1:{port}", "1000"], stderr=subprocess.PIPE
    )
    try:
        _await_port(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _await_port(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("smtp-sink does not listen")
