"""What runs as long as a process does, by its role: the scheduler's part, the worker's part, a heartbeat."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from syndicate.app import App
from syndicate.model.role import Role
from syndicate.schedule.due import make_known
from syndicate.schedule.scheduler import Scheduler, calmly
from syndicate.schedule.worker import Worker
from syndicate.store.services import beat, leave

BEAT = timedelta(seconds=10)


class Service:
    """One process of an installation, under the name `owner`."""

    def __init__(self, app: App, *, owner: str, role: Role = Role.RUN) -> None:
        self._app, self._owner, self._role = app, owner, role
        self._worker = Worker(app, owner=owner) if role.works else None

    async def run_until(self, stop: asyncio.Event) -> None:
        """Serve until `stop`; then fire nothing more, drain the runner and say goodbye."""
        if self._role is Role.RUN:
            # Before a command hands its work over: it counts on the names.
            await make_known(self._app)
        async with self._alive():
            await together(stop, *self._parts(stop))

    def _parts(self, stop: asyncio.Event) -> list[Coroutine[Any, Any, None]]:
        parts = [Scheduler(self._app).run_until(stop)] if self._role.schedules else []
        return parts + ([self._worker.run_until(stop)] if self._worker else [stop_comes(stop)])

    @asynccontextmanager
    async def _alive(self) -> AsyncIterator[None]:
        beating = asyncio.create_task(self._beat())
        try:
            yield
        finally:
            beating.cancel()
            await calmly(self._app.db.write(leave, self._owner))

    async def _beat(self) -> None:
        app = self._app
        while True:
            await calmly(app.db.write(beat, self._owner, role=self._role, now=app.now()))
            await asyncio.sleep(BEAT.total_seconds())


async def stop_comes(stop: asyncio.Event) -> None:
    """What a process does that only serves: nothing, until it is to end."""
    await stop.wait()


async def together(stop: asyncio.Event, *parts: Coroutine[Any, Any, object]) -> None:
    """Run the parts until one of them ends, tell the others to stop, and wait for all.

    Raises what the first of them raised.
    """
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.set()
        await asyncio.gather(*tasks)
