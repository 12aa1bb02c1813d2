"""Runs jobs of the store in this process: leases them, keeps the leases, retries what may work later."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

import structlog

from syndicate.errors import StorageFull, TryLater
from syndicate.model.job import QUEUE_OF, QUEUES
from syndicate.schedule.doing import Doing, Work
from syndicate.store.database import Database
from syndicate.store.jobs import lease_jobs, next_due

log = structlog.get_logger()

# What may take minutes leaves room: for each other, and for what is short or awaited by somebody. One job of
# the hub does all that waits, and what comes meanwhile.
MOST: Mapping[str, int] = MappingProxyType({
    "delivery.batch": 4,
    "feed.publish": 4,
    "files.upload": 1,
    "hub.deliver": 1,
    "hub.ping": 1,
    "hub.verify": 1,
    "source.refresh": 4,
    "source.reprocess": 1,
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How a runner goes about it. Jobs get `drain` to end by themselves, then `settle` to be cancelled in.

    Of the names in `most`, no more than so many run at a time; those with 0 are left to others.
    """

    concurrency: int = 20
    most: Mapping[str, int] = field(default_factory=lambda: MOST)
    lease: timedelta = timedelta(seconds=60)
    poll: timedelta = timedelta(seconds=1)
    drain: timedelta = timedelta(seconds=20)
    settle: timedelta = timedelta(seconds=8)


def pace_for(processes: int, concurrency: int = 20, *, queues: Collection[str] = QUEUES) -> Pace:
    """The pace of one that has so many processes send: two batches for each, so that none ever waits.

    Jobs of other than these queues are left to others.
    """
    batches = max(MOST["delivery.batch"], 2 * processes)
    others = {name: 0 for name, queue in QUEUE_OF.items() if queue not in queues}
    more = batches - MOST["delivery.batch"]
    return Pace(concurrency=concurrency + more, most={**MOST, "delivery.batch": batches, **others})


class Runner:
    """One process's share of the jobs. `work(name, args)` does one and gives its result as JSON values."""

    def __init__(
        self, db: Database, work: Work, *, owner: str, now: Callable[[], datetime], pace: Pace | None = None
    ) -> None:
        self._db, self._owner, self._now = db, owner, now
        self._pace = pace or Pace()
        self._doing = Doing(db, work, owner=owner, now=now, lease=self._pace.lease)
        self._others = [name for name, most in self._pace.most.items() if most == 0]
        self._woken = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._active: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """Look for jobs now; may be called from any thread."""
        self._loop.call_soon_threadsafe(self._woken.set)

    async def run_until(self, stop: asyncio.Event) -> None:
        """Run jobs until `stop`, then drain: what does not end in time waits again, none is lost."""
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                try:
                    await self._begin()
                except (TryLater, StorageFull) as error:
                    # A full disk too: pages and feeds are served meanwhile, and somebody may make room.
                    log.warning("runner.waits", error=str(error))
                await self._rest(stopping)
        finally:
            stopping.cancel()
            await self.drain()

    async def run_due(self) -> None:
        """Run jobs until none is due and none is running; for a single pass."""
        never = asyncio.create_task(asyncio.Event().wait())
        try:
            while await self._begin() or self._active or await self._is_due():
                await self._rest(never)
        except asyncio.CancelledError:
            # Somebody waits at a terminal: what would go on is cancelled, and waits again.
            await self.drain(patience=timedelta(0))
            raise
        finally:
            never.cancel()

    async def drain(self, *, patience: timedelta | None = None) -> None:
        """Let running jobs end; cancel those that take longer, which makes them wait again."""
        if self._active:
            patience = self._pace.drain if patience is None else patience
            await asyncio.wait(self._active, timeout=patience.total_seconds())
        for task in self._active:
            task.cancel()
        if self._active:
            await asyncio.wait(self._active, timeout=self._pace.settle.total_seconds())

    async def _begin(self) -> int:
        self._woken.clear()
        room = self._pace.concurrency - len(self._active)
        if room <= 0 or not await self._is_due():
            return 0
        leased = await self._db.write(
            lease_jobs,
            owner=self._owner,
            now=self._now(),
            limit=room,
            lease=self._pace.lease,
            most=self._room_for(),
        )
        for job in leased:
            task = asyncio.create_task(self._doing.do(job), name=job.name)
            self._active.add(task)
            task.add_done_callback(self._ended)
        return len(leased)

    def _room_for(self) -> Mapping[str, int]:
        names = [task.get_name() for task in self._active]
        return {name: max(0, most - names.count(name)) for name, most in self._pace.most.items()}

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._active.discard(task)
        self._woken.set()
        # Its end could not be recorded: the lease runs out, and the job is done again, which is safe.
        if not task.cancelled() and (error := task.exception()):
            log.error("job.unrecorded", job=task.get_name(), error=str(error))

    async def _is_due(self) -> bool:
        due = await self._db.read(next_due, without=self._others)
        return due is not None and due <= self._now()

    async def _rest(self, stopping: "asyncio.Task[Any]") -> None:
        woken = asyncio.create_task(self._woken.wait())
        try:
            timeout = self._pace.poll.total_seconds()
            await asyncio.wait({woken, stopping}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        finally:
            woken.cancel()
