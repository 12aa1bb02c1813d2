"""One batch under a lease: workers send over the relay's connections while turns record and refill.

At most `[delivery] group` recipients are leased without a recorded outcome at any time (decision 6).
"""

import asyncio
from contextlib import suppress
from datetime import datetime
from functools import partial
from time import perf_counter

from syndicate.deliver.load import Load, Task
from syndicate.deliver.pace import backoff
from syndicate.deliver.sending import Sending
from syndicate.deliver.tallying import Tally
from syndicate.deliver.turn import Asked, Ending, Turn, take_turn
from syndicate.deliver.worker import Worker
from syndicate.errors import DatabaseBusy, RelayUnavailable, StorageFull
from syndicate.telemetry.metrics import TURN_SECONDS

# Outcomes wait at most so long for their commit (seconds); leased recipients so many times that for a
# second look at whether they are still to be written to, whatever the mark of departures says.
COMMIT_EVERY = 0.1
REVIEW_AFTER = 5


class Run:
    """Sends what is due in one held batch; `drained` is set once all of it is in hand."""

    def __init__(self, sending: Sending, task: Task, drained: asyncio.Event) -> None:
        self.load = Load(sending, task)
        self.tally = Tally(task.hold.issue_id)
        self._sending = sending
        self._task = task
        count = min(sending.fleet.connections, sending.settings.group)
        self._workers = [Worker(self.load) for _ in range(count)]
        self.unreachable: RelayUnavailable | None = None
        self._drained = drained
        self._failed = False
        self._last = 0
        self._mark: tuple[int, int] | None = None
        self._looked = 0.0
        self._turning: asyncio.Task[Turn] | None = None

    async def go(self) -> None:
        """Send until nobody is due, the issue stops, or the relay cannot be used.

        Cancelled, it starts nothing more, and waits at most `grace` seconds for replies that are due.
        Raises LeaseLost, DatabaseBusy, StorageFull of the database; `ending` then has what is left to say.
        """
        tasks = {asyncio.create_task(worker.work()): worker for worker in self._workers}
        for task, worker in tasks.items():
            task.add_done_callback(partial(self._after, worker))
        try:
            await self._turns()
        finally:
            self.load.stop()
            await self._wind_down(tasks)

    def ending(self) -> Ending:
        """What the last transaction has to record."""
        fault = self.load.fault
        return Ending(
            outcomes=(*self.load.outcomes, *self.load.lost()),
            doubtful=tuple(self.load.doubtful),
            turned_away=tuple(self.load.turned_away),
            # A full disk is no matter of this issue: it goes on as soon as there is room.
            fault=str(fault) if fault and not isinstance(fault, StorageFull) else "",
            unreachable=str(self.unreachable or ""),
            not_before=self._not_before(),
        )

    async def _turns(self) -> None:
        while not self._failed and not self._over():
            await self._turn()
            if not self._failed and not self._over():
                await self._until_due()

    def _over(self) -> bool:
        """Whether nobody is left; what there still is to record is left to the run's end."""
        load = self.load
        return load.idle and (load.stopping or (load.exhausted and not load.queue))

    async def _turn(self) -> None:
        load, now = self.load, asyncio.get_running_loop().time()
        outcomes = tuple(load.outcomes)
        full = load.stopping or load.exhausted
        asked = Asked(
            outcomes=outcomes,
            waiting=load.waiting,
            take=0 if full else max(0, self._sending.settings.group - load.in_hand),
            after=self._last,
            mark=self._mark if now < self._looked + COMMIT_EVERY * REVIEW_AFTER else None,
        )
        began = perf_counter()
        writing = self._sending.db.write(take_turn, self._sending, self._task.hold, asked=asked)
        self._turning = turning = asyncio.create_task(writing)
        try:
            # Shielded: it commits although we are cancelled, and nothing else may be written before it has.
            turn = await asyncio.shield(turning)
        except DatabaseBusy:
            if load.overdue:
                raise
            return
        self._last = turn.last
        if turn.mark != self._mark or asked.mark is None:
            self._mark, self._looked = turn.mark, now
        load.fill(turn, outcomes)
        self.tally.count(outcomes)
        self.tally.take(turn.taken)
        TURN_SECONDS.observe(perf_counter() - began)
        if load.exhausted:
            self._drained.set()

    async def _until_due(self) -> None:
        for _ in range(REVIEW_AFTER):
            with suppress(TimeoutError):
                await asyncio.wait_for(self.load.due.wait(), COMMIT_EVERY)
            if self.load.due.is_set() or self.load.outcomes:
                break
        self.load.due.clear()

    def _after(self, worker: Worker, task: asyncio.Task[None]) -> None:
        self._failed = self._failed or (not task.cancelled() and task.exception() is not None)
        # One connection that cannot be had is a limit of the relay's; without any, there is no relay.
        if worker.unreachable and not any(other.engaged for other in self._workers):
            self.unreachable = worker.unreachable
            self.load.stop()
        self.load.due.set()

    async def _wind_down(self, tasks: dict[asyncio.Task[None], Worker]) -> None:
        for task, worker in tasks.items():
            if worker.connecting:
                # It has nobody in hand, and the connection may be busy with another run for long.
                task.cancel()
        _, late = await asyncio.wait(tasks, timeout=self._sending.grace)
        for task in late:
            task.cancel()
        if self._turning is not None:
            await asyncio.wait([self._turning])
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Exception):
                raise result

    def _not_before(self) -> datetime | None:
        if self.unreachable is None:
            return None
        failures = self._task.hold.failures + 1
        wait = backoff(failures, settings=self._sending.settings, chance=self._sending.chance())
        return self._sending.now() + wait
