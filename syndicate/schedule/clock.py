"""The clock: APScheduler wakes us at the cadences and the intervals, and that is all it decides.

Jobs stand in memory with no misfire limit, since the rows of the store say what is due: a wake-up that
comes late, twice or not at all changes nothing but the time.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from syndicate.model.cadence import next_moment
from syndicate.model.schedule import Schedule


def _was_not_cancelled(record: logging.LogRecord) -> bool:
    # What was about to begin when the clock stopped is due for whoever begins next: no error.
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


logging.getLogger("apscheduler.executors.default").addFilter(_was_not_cancelled)

Call = Callable[[], Awaitable[object]]
Fire = Callable[[Schedule], Awaitable[object]]


class Clock:
    """Calls `fire` with each schedule at its moments, and every routine at its interval."""

    def __init__(self, fire: Fire, *, now: Callable[[], datetime]) -> None:
        self._fire, self._now = fire, now
        self._scheduler = AsyncIOScheduler(
            jobstores={"default": MemoryJobStore()},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
            timezone="UTC",
        )

    def start(self, schedules: tuple[Schedule, ...], routines: Mapping[Call, timedelta]) -> None:
        """Begin, inside a running event loop. Every routine is called at once, then at its interval."""
        for schedule in schedules:
            self._plan(schedule)
        for routine, interval in routines.items():
            trigger = IntervalTrigger(seconds=interval.total_seconds())
            self._scheduler.add_job(routine, trigger, next_run_time=self._now())
        self._scheduler.start()

    def stop(self) -> None:
        """Plan nothing more. A firing under way is cancelled; its transaction is whole or not at all."""
        self._scheduler.shutdown(wait=False)

    def _plan(self, schedule: Schedule) -> None:
        due = next_moment(schedule.cadence, after=self._now()).due
        # Every moment is a job of its own: under one id, a moment that comes while the last one is still
        # being fired would be dropped by max_instances.
        self._scheduler.add_job(self._wake, DateTrigger(run_date=due), args=(schedule,))

    async def _wake(self, schedule: Schedule) -> None:
        try:
            await self._fire(schedule)
        finally:
            self._plan(schedule)
