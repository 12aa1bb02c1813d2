"""What runs as long as a process does, by its role: the scheduler's part, the worker's part, a heartbeat."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from syndicate.app import App
from syndicate.model.job import QUEUES
from syndicate.model.role import Role
from syndicate.schedule.due import make_known
from syndicate.schedule.scheduler import Scheduler, calmly
from syndicate.schedule.worker import Worker
from syndicate.store.services import beat, leave
from syndicate.telemetry.metrics import LEADING

BEAT = timedelta(seconds=10)


@dataclass(slots=True, kw_only=True)
class Duty:
    """What a process is there for, and how it stands: `leads` while its clock is the one that fires.

    `concurrency` is how many jobs it does at a time, None what the configuration says.
    """

    role: Role = Role.RUN
    queues: Sequence[str] = QUEUES
    concurrency: int | None = None
    leads: bool = field(default=False, init=False)


class Service:
    """One process of an installation, under the name `owner`."""

    def __init__(self, app: App, *, owner: str, duty: Duty | None = None) -> None:
        self._app, self._owner, self._duty = app, owner, duty or Duty()

    async def run_until(self, stop: asyncio.Event) -> None:
        """Serve until `stop`; then fire nothing more, drain the runner and say goodbye."""
        if self._duty.role is Role.RUN:
            # Before a command hands its work over: it counts on the names.
            await make_known(self._app)
        async with self._alive() as beating:
            await together(stop, self._watch(beating, stop), *self._parts(stop))

    def _parts(self, stop: asyncio.Event) -> list[Coroutine[Any, Any, object]]:
        duty = self._duty
        parts: list[Coroutine[Any, Any, object]] = []
        if duty.role.works:
            worker = Worker(self._app, owner=self._owner, queues=duty.queues, concurrency=duty.concurrency)
            parts.append(worker.run_until(stop))
        return [*parts, self._schedule(stop)] if duty.role.schedules else parts

    async def _schedule(self, stop: asyncio.Event) -> None:
        app = self._app
        LEADING.set(0)
        if app.db.is_sqlite:
            # One machine; a second process beside this one is kept from firing twice by the occurrences.
            self._tell(True)
            await Scheduler(app).run_until(stop)
            return
        # The driver of PostgreSQL takes its time to load.
        from syndicate.schedule.leader import lead_until
        from syndicate.store.advisory import Seat

        seat = Seat(app.config.direct)
        await lead_until(stop, seat, lambda over: Scheduler(app).run_until(over), tell=self._tell)

    def _tell(self, leads: bool) -> None:
        self._duty.leads = leads
        LEADING.set(leads)

    async def _watch(self, beating: "asyncio.Task[None]", stop: asyncio.Event) -> None:
        # A heart that fails for good ends the service; it beats on while the last jobs end.
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({beating, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if beating.done():
            beating.result()

    @asynccontextmanager
    async def _alive(self) -> AsyncIterator["asyncio.Task[None]"]:
        beating = asyncio.create_task(self._beat())
        try:
            yield beating
        finally:
            beating.cancel()
            await calmly(self._app.db.write(leave, self._owner))

    async def _beat(self) -> None:
        app, duty = self._app, self._duty
        while True:
            await calmly(app.db.write(beat, self._owner, role=duty.role, queues=duty.queues, now=app.now()))
            await asyncio.sleep(BEAT.total_seconds())


async def together(stop: asyncio.Event, *parts: Coroutine[Any, Any, object]) -> None:
    """Run the parts until one of them ends, tell the others to stop, and wait for all.

    Raises what the first of them raised.
    """
    tasks = [asyncio.create_task(part) for part in parts]
    ended: set[asyncio.Task[object]] = set()
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.set()
        await asyncio.wait(tasks)
    over = [task for task in (*ended, *tasks) if not task.cancelled()]
    failures = [failure for task in over if (failure := task.exception())]
    if failures:
        raise failures[0]
