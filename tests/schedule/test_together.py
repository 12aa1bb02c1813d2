"""The parts of a process: when one ends, the others come to an end too before the process does."""

import asyncio

import pytest

from syndicate.errors import DatabaseBusy
from syndicate.schedule.service import together


async def breaks() -> None:
    """A heart, or the seat of the leader, that fails."""
    raise DatabaseBusy("the database is away")


class Drain:
    """A worker that has to end what it began after it is told to stop."""

    def __init__(self) -> None:
        self.stop, self.over = asyncio.Event(), False

    async def run(self) -> None:
        await self.stop.wait()
        for _ in range(10):
            await asyncio.sleep(0)
        self.over = True


async def test_a_worker_that_drains_is_waited_for_when_another_part_fails() -> None:
    worker = Drain()
    with pytest.raises(DatabaseBusy, match="is away"):
        await together(worker.stop, breaks(), worker.run())
    assert worker.over


async def test_of_two_that_fail_the_first_is_told() -> None:
    worker = Drain()

    async def fails_late() -> None:
        await worker.run()
        raise ValueError("late")

    with pytest.raises(DatabaseBusy):
        await together(worker.stop, fails_late(), breaks())
    assert worker.over


async def test_who_fails_at_the_end_is_told() -> None:
    stop = asyncio.Event()
    stop.set()

    async def fails_late() -> None:
        await asyncio.sleep(0)
        raise DatabaseBusy("late")

    with pytest.raises(DatabaseBusy, match="late"):
        await together(stop, stop.wait(), fails_late())
