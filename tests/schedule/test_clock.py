"""APScheduler wakes us when a moment has come, and goes on to the next one."""

import asyncio
from datetime import UTC, datetime, timedelta

from syndicate.model.cadence import Cadence
from syndicate.model.schedule import Schedule
from syndicate.schedule.clock import Clock

DAILY = Schedule(name="daily", cadence=Cadence(cron="0 7 * * *"))


async def test_moments_that_have_passed_are_not_dropped_however_late() -> None:
    """A given clock that stands years before APScheduler's own: every moment of it is a misfire."""
    times = iter([datetime(2020, 1, day, 12, 0, tzinfo=UTC) for day in range(1, 4)])
    last = datetime.now(UTC) + timedelta(days=1)
    woken: asyncio.Queue[str] = asyncio.Queue()

    async def fire(schedule: Schedule) -> None:
        await woken.put(schedule.name)

    clock = Clock(fire, now=lambda: next(times, last))
    clock.start((DAILY,), {})
    assert [await woken.get() for _ in range(3)] == ["daily"] * 3
    clock.stop()
    assert woken.empty()


async def test_a_firing_that_fails_does_not_end_the_schedule() -> None:
    times = iter([datetime(2020, 1, day, 12, 0, tzinfo=UTC) for day in range(1, 3)])
    last = datetime.now(UTC) + timedelta(days=1)
    woken: asyncio.Queue[str] = asyncio.Queue()

    async def fire(schedule: Schedule) -> None:
        await woken.put(schedule.name)
        raise OSError("locked")

    clock = Clock(fire, now=lambda: next(times, last))
    clock.start((DAILY,), {})
    assert [await woken.get() for _ in range(2)] == ["daily"] * 2
    clock.stop()


async def test_routines_are_called_at_once() -> None:
    called = asyncio.Event()

    async def routine() -> None:
        called.set()

    async def fire(schedule: Schedule) -> None:
        raise AssertionError("nothing is due")

    clock = Clock(fire, now=lambda: datetime.now(UTC))
    clock.start((), {routine: timedelta(hours=1)})
    await called.wait()
    clock.stop()
