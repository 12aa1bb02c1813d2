"""kill -9 at every step: no request and no delivery is lost, whatever the callback was told meanwhile."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest
from aiohttp import web

from syndicate.partner.hub.distributing import distribute
from syndicate.store.database import Database
from tests.neighbours.subscriber import Script
from tests.partner.hub.desk import Desk, a_desk

ROOT = Path(__file__).parents[3]
NEWS = b"<rss>news</rss>"
WHEN = ["before its answer", "behind its answer"]


class Killer:
    """Kills the process that asks, before or behind the answer that it gets."""

    def __init__(self, when: str) -> None:
        self.when = when
        self.victim: asyncio.subprocess.Process | None = None

    def script(self) -> Script:
        async def answer(request: web.BaseRequest) -> web.StreamResponse:
            assert self.victim
            if self.when == WHEN[0]:
                os.kill(self.victim.pid, signal.SIGKILL)
            response = web.Response(text=request.query.get("hub.challenge", ""))
            await response.prepare(request)
            await response.write_eof()
            if self.when == WHEN[1]:
                os.kill(self.victim.pid, signal.SIGKILL)
            return response

        return answer

    async def let(self, desk: Desk, database: str, work: str) -> None:
        """Let a process do the work, and be killed at it."""
        told = {
            "database": database,
            "public_dir": str(desk.hubbing.public_dir),
            "base_url": desk.site.base_url,
            "host": desk.subscriber.host,
            "now": desk.time().isoformat(),
            "work": work,
        }
        command = (sys.executable, "-m", "tests.partner.hub.child", json.dumps(told))
        self.victim = await asyncio.create_subprocess_exec(*command, cwd=ROOT)
        assert await self.victim.wait() in (-signal.SIGKILL, 0)


@pytest.mark.parametrize("when", WHEN)
async def test_a_request_outlives_the_process_that_verifies_it(
    db: Database, database_url: str, tmp_path: Path, when: str
) -> None:
    async with a_desk(db, tmp_path) as desk:
        killer = Killer(when)
        desk.subscriber.answer = killer.script()
        await desk.ask()
        await killer.let(desk, database_url, "verify")
        desk.subscriber.answer = None
        desk.jobs.clear()
        desk.time.pass_(minutes=2)
        await desk.sweep()
        assert len(await desk.list()) == 1


@pytest.mark.parametrize("when", WHEN)
async def test_a_delivery_outlives_the_process_that_makes_it(
    db: Database, database_url: str, tmp_path: Path, when: str
) -> None:
    async with a_desk(db, tmp_path) as desk:
        await desk.subscribe()
        killer = Killer(when)
        desk.subscriber.take = killer.script()
        desk.write(NEWS)
        await distribute(desk.hubbing, "all")
        await killer.let(desk, database_url, "deliver")
        desk.subscriber.take = None
        desk.jobs.clear()
        desk.time.pass_(minutes=2)
        await desk.sweep()
        assert set(desk.taken) == {NEWS}
        assert [one.state for one in await desk.list()] == ["done"]


async def test_what_was_accepted_and_queued_needs_nobodys_memory(db: Database, tmp_path: Path) -> None:
    async with a_desk(db, tmp_path) as desk:
        await desk.ask()
        desk.jobs.clear()
        await desk.sweep()
        assert len(await desk.list()) == 1
        desk.write(NEWS)
        await distribute(desk.hubbing, "all")
        desk.jobs.clear()
        await desk.sweep()
        assert desk.taken == [NEWS]
