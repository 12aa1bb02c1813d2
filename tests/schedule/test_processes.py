"""Several processes that send: they share the work, and none of it is lost when one dies."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update

from syndicate.app import App, open_app
from syndicate.config import load
from syndicate.deliver import send
from syndicate.deliver.crew import share
from syndicate.deliver.journal import Journal
from syndicate.model.delivery import DeliveryState
from syndicate.model.newsletter import IssueState
from syndicate.model.site import Relay
from syndicate.schedule.asking import run_jobs
from syndicate.schedule.engine import join
from syndicate.schedule.service import Service
from syndicate.schedule.worker import Worker
from syndicate.store import batches, deliveries, subscriptions
from syndicate.store.database import Database
from syndicate.store.schema import issues, jobs
from tests.deliver.sender import add_issue, address
from tests.engines import Engine
from tests.neighbours.smtp_server import Moment, SmtpServer, running

STATES = DeliveryState
CONFIG = """
data_dir = "{folder}/var"
database = "{database}"
[dispatch]
engine = "{engine}"
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
connections = 7
[delivery]
batch = {batch}
group = 5
processes = 2
"""


@asynccontextmanager
async def newsroom(
    folder: Path,
    server: SmtpServer,
    *,
    engine: Engine,
    readers: int,
    batch: int = 10,
) -> AsyncIterator[App]:
    """An app with its sender processes, and an issue that is compiled."""
    path = folder / "syndicate.toml"
    told = {"engine": engine.name, "database": engine.database}
    path.write_text(CONFIG.format(folder=folder, port=server.port, batch=batch, **told), "utf-8")
    async with open_app(load(path, environ={}), now=lambda: datetime.now(UTC), sends=True) as app:
        join(app)
        app.db.write_now(add_issue, readers=readers)
        page = {"html": "<html><body><p>The ferry.</p></body></html>", "text": "The ferry.\n"}
        app.db.write_now(lambda conn: conn.execute(update(issues).values(**page)))
        yield app


async def send_all(app: App) -> send.IssueReport:
    """Start the issue, do every job that follows, and tell where it stands."""
    await send.start_issue(app.sending, 1)
    await send.sweep(app.sending)
    await run_jobs(app, (), owner="me")
    return await send.report(app.sending, 1)


async def until(true: Callable[[], bool]) -> None:
    """Come back when something has become true."""
    while not true():  # noqa: ASYNC110 - another process tells nobody of a change
        await asyncio.sleep(0.02)


def lives(pid: int) -> bool:
    """Whether a process is there, and no mere remains of one."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text("ascii")
    except OSError:
        return False


def command_line(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/cmdline").read_text("utf-8").split("\0")[:-1]


class Held:
    """Holds the server's answers from one moment on until it is told to go on."""

    def __init__(self, server: SmtpServer, verb: str = "DOT", count: int = 3) -> None:
        self.reached, self.open = asyncio.Event(), asyncio.Event()
        self._at = verb, count
        server.gate = self.wait

    async def wait(self, moment: Moment) -> None:
        """Called by the server before it answers."""
        if moment.verb == self._at[0] and moment.count >= self._at[1]:
            self.reached.set()
            await self.open.wait()


def pids(app: App) -> list[int]:
    assert app.crew is not None
    return app.crew.pids


async def test_everybody_gets_it_once_from_two_processes(tmp_path: Path, engine: Engine) -> None:
    async with running(SmtpServer()) as server:
        async with newsroom(tmp_path, server, engine=engine, readers=80) as app:
            report = await send_all(app)
            senders = pids(app)
            told = [command_line(pid) for pid in senders]
        assert not any(map(lives, senders))
    assert report.tally == {STATES.SENT: 80}
    assert report.state is IssueState.FINISHED
    assert server.recipients == sorted(address(n) for n in range(1, 81))
    assert len(senders) == 2
    assert os.getpid() not in senders
    # Two of seven are the parent's and idle.
    assert server.most_sessions <= 6
    for part, line in enumerate(told, start=1):
        words = [sys.executable, "-m", "syndicate.cli.sender", f"{tmp_path}/syndicate.toml", str(part)]
        assert line == words


async def test_a_killed_process_is_settled_and_begun_anew(tmp_path: Path, engine: Engine) -> None:
    async with running(SmtpServer()) as server, newsroom(tmp_path, server, engine=engine, readers=60) as app:
        held = Held(server)
        sending = asyncio.create_task(send_all(app))
        await held.reached.wait()
        before = pids(app)
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        held.open.set()
        report = await sending
        assert not set(pids(app)) & set(before)
    assert set(server.recipients) == {address(n) for n in range(1, 61)}
    # What stood between dot and reply is in doubt, and marked; nothing else goes twice.
    assert len(server.accepted) - 60 <= report.was_unknown <= 6
    assert report.tally == {STATES.SENT: 60}


async def test_a_process_that_is_told_to_end_settles_first(tmp_path: Path, engine: Engine) -> None:
    async with running(SmtpServer()) as server, newsroom(tmp_path, server, engine=engine, readers=60) as app:
        held = Held(server)
        sending = asyncio.create_task(send_all(app))
        await held.reached.wait()
        for pid in pids(app):
            os.kill(pid, signal.SIGTERM)
        held.open.set()
        report = await sending
        assert not report.was_unknown
        assert STATES.LEASED not in report.tally
        # Its jobs wait for a moment; what is due is done by whoever comes next.
        async with asyncio.timeout(60):
            while (await send_all(app)).state is not IssueState.FINISHED:  # noqa: ASYNC110
                await asyncio.sleep(0.2)
        report = await send.report(app.sending, 1)
    assert report.tally == {STATES.SENT: 60}
    assert len(server.accepted) == 60


async def test_a_service_that_ends_lets_its_processes_finish(tmp_path: Path, engine: Engine) -> None:
    async with running(SmtpServer()) as server, newsroom(tmp_path, server, engine=engine, readers=90) as app:
        held, stop = Held(server), asyncio.Event()
        serving = asyncio.create_task(Service(app, owner="me").run_until(stop))
        await send.start_issue(app.sending, 1)
        await send.sweep(app.sending)
        await held.reached.wait()
        stop.set()
        held.open.set()
        await serving
        report = await send.report(app.sending, 1)
    assert set(report.tally) == {STATES.SENT, STATES.QUEUED}
    assert report.tally[STATES.SENT] == len(server.accepted) < 90
    assert not report.was_unknown


@pytest.mark.parametrize("stop", [send.pause, send.cancel])
async def test_an_issue_that_is_stopped_stops_in_every_process(
    tmp_path: Path, engine: Engine, stop: Any
) -> None:
    async with running(SmtpServer()) as server, newsroom(tmp_path, server, engine=engine, readers=200) as app:
        held = Held(server)
        sending = asyncio.create_task(send_all(app))
        await held.reached.wait()
        assert await stop(app.sending, 1)
        held.open.set()
        report = await sending
    assert report.tally[STATES.SENT] == len(server.accepted) < 200
    assert set(report.tally) == {STATES.SENT, STATES.QUEUED if stop is send.pause else STATES.CANCELLED}


async def test_somebody_who_leaves_gets_nothing_from_any_process(tmp_path: Path, engine: Engine) -> None:
    async with (
        running(SmtpServer()) as server,
        newsroom(tmp_path, server, engine=engine, readers=100, batch=50) as app,
    ):
        held = Held(server)
        sending = asyncio.create_task(send_all(app))
        await held.reached.wait()
        for reader in (50, 100):
            await app.db.write(
                subscriptions.end_subscription, reader, "daily", now=app.now(), reason="one-click"
            )
        held.open.set()
        report = await sending
    assert report.tally == {STATES.SENT: 98, STATES.SKIPPED: 2}
    assert not {address(50), address(100)} & set(server.recipients)


async def test_a_cancelled_job_waits_until_its_process_has_settled(tmp_path: Path, engine: Engine) -> None:
    async with running(SmtpServer()) as server, newsroom(tmp_path, server, engine=engine, readers=20) as app:
        held = Held(server)
        await send.start_issue(app.sending, 1)
        assert app.crew is not None
        sending = asyncio.create_task(app.crew.send(1, 0))
        await held.reached.wait()
        sending.cancel()
        held.open.set()
        with pytest.raises(asyncio.CancelledError):
            await sending
        tally = await app.db.read(deliveries.tally, 1)
        assert set(tally) <= {STATES.SENT, STATES.QUEUED}


def abandon(app: App) -> None:
    """What a worker leaves that is killed: a batch in its hands, its journal, and a job that is nobody's."""
    hold = batches.Hold(issue_id=1, batch=0, owner="killed")
    app.db.write_now(batches.lease_batch, hold, now=app.now())
    Journal(app.sending.journal_dir, hold, slots=100).close()
    app.db.write_now(lambda conn: conn.execute(delete(jobs)))


async def test_a_worker_that_starts_sends_at_once_what_a_killed_one_left(
    tmp_path: Path, engine: Engine
) -> None:
    async with running(SmtpServer()) as server, newsroom(tmp_path, server, engine=engine, readers=10) as app:
        await send.start_issue(app.sending, 1)
        abandon(app)
        stop = asyncio.Event()
        working = asyncio.create_task(Worker(app, owner="me").run_until(stop))
        await asyncio.wait_for(until(lambda: len(server.accepted) == 10), 60)
        stop.set()
        await working


PARENT = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from syndicate.app import open_app
from syndicate.config import load
async def main():
    async with open_app(load(Path(sys.argv[1])), now=lambda: datetime.now(UTC), sends=True) as app:
        sending = asyncio.create_task(app.crew.send(1, 0))
        while not app.crew.pids:
            await asyncio.sleep(0.01)
        print(app.crew.pids[0], flush=True)
        await sending
asyncio.run(main())
"""


async def test_the_processes_die_with_their_parent(tmp_path: Path, engine: Engine) -> None:
    async with running(SmtpServer()) as server:
        async with newsroom(tmp_path, server, engine=engine, readers=20) as app:
            await send.start_issue(app.sending, 1)
        held = Held(server)
        config = str(tmp_path / "syndicate.toml")
        parent = await asyncio.create_subprocess_exec(sys.executable, "-c", PARENT, config, stdout=PIPE)
        assert parent.stdout is not None
        pid = int(await parent.stdout.readline())
        await held.reached.wait()
        parent.kill()
        await parent.wait()
        held.open.set()
        await asyncio.wait_for(until(lambda: not lives(pid)), 60)
    db = Database(engine.database or str(tmp_path / "var" / "syndicate.db"))
    tally = db.read_now(deliveries.tally, 1)
    db.close()
    assert set(tally) == {STATES.SENT, STATES.QUEUED}
    assert tally[STATES.SENT] == len(server.accepted)


@pytest.mark.parametrize(
    ("connections", "of", "parts"),
    [(10, 1, [10]), (10, 2, [1, 5, 4]), (10, 3, [1, 3, 3, 3]), (4, 3, [1, 1, 1, 1])],
)
def test_a_relay_has_no_more_connections_than_before(connections: int, of: int, parts: list[int]) -> None:
    relay = Relay(host="smtp.courier.example", connections=connections)
    found = [share([relay], part=part, of=of)[0].connections for part in range(len(parts))]
    assert found == parts
    assert sum(found) == connections
