"""What happens to a running service amid a send: people leave over its pages, and it is told to end (S3)."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import update

from syndicate.app import App, open_app
from syndicate.audience.suppression import suppress
from syndicate.audience.tokens import preferences_token, unsubscribe_token
from syndicate.config import load
from syndicate.deliver import send
from syndicate.model import links
from syndicate.model.delivery import DeliveryState
from syndicate.model.newsletter import IssueState
from syndicate.model.subscriber import SuppressionReason
from syndicate.schedule.engine import join
from syndicate.store import deliveries
from syndicate.store.schema import issues
from tests.cli.test_partner_access import free_port
from tests.deliver.sender import add_issue, address
from tests.engines import Engine
from tests.neighbours.smtp_server import Moment, SmtpServer, running

pytestmark = pytest.mark.timeout(180)

STATES = DeliveryState
READERS = 120
# Two connections, and ten of a batch of forty in hand at a time.
CONFIG = """
data_dir = "{folder}/var"
database = "{database}"
[dispatch]
engine = "{engine}"
[site]
base_url = "https://news.courier.example"
contact = "desk@courier.example"
postal_address = "1 Quay Street, Port Hale"
[web]
port = {web}
[newsletters.daily]
title = "The Daily Tide"
cadence = "30 6 * * *"
sender = {{ name = "Harbour Courier", address = "daily@courier.example" }}
[[newsletters.daily.sections]]
title = "News"
[relay]
host = "127.0.0.1"
port = {relay}
security = "none"
connections = 2
[delivery]
batch = 40
group = 10
"""


class Held:
    """Holds every answer of the relay's to a message from the third on, until it is told to go on."""

    def __init__(self, server: SmtpServer) -> None:
        self.reached, self.open = asyncio.Event(), asyncio.Event()
        server.gate = self._wait

    async def _wait(self, moment: Moment) -> None:
        if moment.verb == "DOT" and moment.count >= 3:
            self.reached.set()
            await self.open.wait()


@asynccontextmanager
async def newsroom(folder: Path, engine: Engine) -> AsyncIterator[tuple[SmtpServer, App]]:
    """A relay, and an issue that is compiled; the app is that of a command beside the service."""
    path = folder / "syndicate.toml"
    told = {"folder": folder, "web": free_port(), "engine": engine.name, "database": engine.database}
    async with running(SmtpServer()) as server:
        path.write_text(CONFIG.format(relay=server.port, **told), "utf-8")
        async with open_app(load(path, environ={}), now=lambda: datetime.now(UTC)) as app:
            join(app)
            app.db.write_now(add_issue, readers=READERS)
            page = {"html": "<html><body><p>The ferry.</p></body></html>", "text": "The ferry.\n"}
            app.db.write_now(lambda conn: conn.execute(update(issues).values(**page)))
            yield server, app


@asynccontextmanager
async def a_service(folder: Path, **environ: str) -> AsyncIterator[Process]:
    """`syndicate run` in a process of its own."""
    call = "from syndicate.cli.main import main; main()"
    command = ["-c", call, "-c", str(folder / "syndicate.toml"), "run", "--allow-root"]
    with (folder / "run.log").open("ab") as log:
        own = {**os.environ, **environ}
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command, stdout=log, stderr=log, env=own
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def until(true: Callable[[], bool]) -> None:
    """Come back when something has become true."""
    while not true():  # noqa: ASYNC110 - another process tells nobody of a change
        await asyncio.sleep(0.02)


def states(app: App) -> dict[int, DeliveryState]:
    return {row.subscriber_id: row.state for row in app.db.read_now(deliveries.list_deliveries, 1)}


def finished(app: App) -> bool:
    return app.db.read_now(send.report_now, 1).state is IssueState.FINISHED


async def post(app: App, path: str, data: dict[str, str]) -> int:
    url = f"http://127.0.0.1:{app.config.settings.web.port}{path}"
    async with aiohttp.ClientSession() as http, http.post(url, data=data) as answer:
        return answer.status


async def test_whoever_leaves_over_the_services_pages_amid_a_send_gets_nothing(
    tmp_path: Path, engine: Engine
) -> None:
    """One click, a wipe and a suppression, of people in hand, of later groups and of other batches (E4)."""
    async with newsroom(tmp_path, engine) as (server, app), a_service(tmp_path):
        held = Held(server)
        await send.start_issue(app.sending, 1)
        await held.reached.wait()
        one_click = {"List-Unsubscribe": "One-Click"}
        for reader in (9, 35, 120):
            token = unsubscribe_token(app.keyring, reader, "daily")
            assert await post(app, links.unsubscribe_path(token), one_click) == 200
        wiped = links.preferences_path(preferences_token(app.keyring, 36))
        assert await post(app, wiped, {"act": "forget"}) == 200
        await suppress(app.people, address(37), reason=SuppressionReason.COMPLAINT)
        # The ninth is in hand: the sender looks again without having heard from the relay.
        await until(lambda: states(app)[9] is STATES.SKIPPED)
        held.open.set()
        await until(lambda: finished(app))
        report = await send.report(app.sending, 1)
    assert report.tally == {STATES.SENT: READERS - 5, STATES.SKIPPED: 4, STATES.SUPPRESSED: 1}
    left = {address(number) for number in (9, 35, 36, 37, 120)}
    assert server.recipients == sorted({address(n) for n in range(1, READERS + 1)} - left)


async def test_told_to_end_the_service_waits_for_what_is_due_and_the_next_one_goes_on(
    tmp_path: Path, engine: Engine
) -> None:
    async with newsroom(tmp_path, engine) as (server, app):
        async with a_service(tmp_path) as service:
            held = Held(server)
            await send.start_issue(app.sending, 1)
            await held.reached.wait()
            service.send_signal(signal.SIGTERM)
            held.open.set()
            assert await service.wait() == 0, (tmp_path / "run.log").read_text()
        report = await send.report(app.sending, 1)
        assert set(report.tally) <= {STATES.SENT, STATES.QUEUED}
        assert report.tally[STATES.SENT] == len(server.accepted)
        async with a_service(tmp_path):
            await until(lambda: finished(app))
        report = await send.report(app.sending, 1)
    assert (report.tally, report.was_unknown) == ({STATES.SENT: READERS}, 0)
    assert server.recipients == sorted(address(n) for n in range(1, READERS + 1))


@pytest.mark.parametrize("stop", [send.pause, send.cancel])
async def test_a_command_stops_what_a_service_sends_and_lets_it_go_on(
    tmp_path: Path, engine: Engine, stop: Callable[..., object]
) -> None:
    async with newsroom(tmp_path, engine) as (server, app), a_service(tmp_path):
        held = Held(server)
        await send.start_issue(app.sending, 1)
        await held.reached.wait()
        assert await stop(app.sending, 1)  # type: ignore[misc]
        held.open.set()
        await until(lambda: STATES.LEASED not in states(app).values())
        stopped = await send.report(app.sending, 1)
        assert stopped.tally[STATES.SENT] == len(server.accepted) < READERS
        rest = STATES.QUEUED if stop is send.pause else STATES.CANCELLED
        assert set(stopped.tally) == {STATES.SENT, rest}
        if stop is send.pause:
            await send.resume(app.sending, 1)
            await until(lambda: finished(app))
            assert server.recipients == sorted(address(n) for n in range(1, READERS + 1))


async def test_two_services_on_one_database_send_to_everybody_once(tmp_path: Path, engine: Engine) -> None:
    async with newsroom(tmp_path, engine) as (server, app), a_service(tmp_path):
        async with a_service(tmp_path, SYNDICATE_WEB__PORT=str(free_port())):
            await until(lambda: (tmp_path / "run.log").read_text().count("Serving ") == 2)
            await send.start_issue(app.sending, 1)
            await until(lambda: finished(app))
        report = await send.report(app.sending, 1)
    assert (report.tally, report.was_unknown) == ({STATES.SENT: READERS}, 0)
    assert server.recipients == sorted(address(n) for n in range(1, READERS + 1))
