"""Work is done in processes of its own; what dies or takes too long ends its own alone."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import Executor, Future

import pytest

from syndicate.collect.workers import WorkDied, Workers


def add(first: int, second: int) -> int:
    return first + second


def die(code: int) -> None:
    os._exit(code)


def divide(first: int, second: int) -> float:
    return first / second


async def test_work_comes_back_from_another_process() -> None:
    async with Workers(1) as workers:
        assert await workers.run(add, 2, 3) == 5
        assert await workers.run(os.getpid) != os.getpid()


async def test_what_the_work_raises_is_raised() -> None:
    async with Workers(1) as workers:
        with pytest.raises(ZeroDivisionError):
            await workers.run(divide, 1, 0)


async def test_work_that_ends_its_process_takes_no_other_along() -> None:
    async with Workers(2) as workers:
        found = await asyncio.gather(
            *(workers.run(die, 1) if number == 3 else workers.run(add, number, 1) for number in range(8)),
            return_exceptions=True,
        )
    assert [result for result in found if isinstance(result, int)] == [1, 2, 3, 5, 6, 7, 8]
    assert isinstance(found[3], WorkDied)


async def test_work_without_an_end_is_killed() -> None:
    async with Workers(1, seconds=5.0) as workers:
        pid = await workers.run(os.getpid)
        with pytest.raises(WorkDied, match="over 5 s"):
            await workers.run(time.sleep, 600)
        assert await workers.run(os.getpid) != pid
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


KILLED = """
import asyncio, os
from syndicate.collect.workers import Workers

async def main():
    async with Workers(1) as workers:
        print(await workers.run(os.getpid), flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


def test_processes_do_not_outlive_a_killed_parent() -> None:
    parent = subprocess.Popen([sys.executable, "-c", KILLED], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    # A descriptor of the process becomes readable when it ends.
    watched = os.pidfd_open(worker)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    loop = asyncio.new_event_loop()
    ended = asyncio.Event()
    loop.add_reader(watched, ended.set)
    loop.run_until_complete(asyncio.wait_for(ended.wait(), 30))
    loop.close()
    os.close(watched)


class Held(Executor):
    """Gives its result when it is told to."""

    _processes = None

    def __init__(self) -> None:
        self.given: Future[int] = Future()
        self.asked = asyncio.Event()

    def submit(self, *_: object) -> "Future[int]":
        self.asked.set()
        return self.given


@pytest.mark.parametrize("later", range(5))
async def test_who_is_cancelled_as_the_result_comes_is_cancelled(later: int) -> None:
    async with Workers(1) as workers:
        held = Held()
        workers._free.get_nowait()
        workers._free.put_nowait(held)  # type: ignore[arg-type]
        task = asyncio.create_task(workers.run(int))
        await held.asked.wait()
        held.given.set_result(1)
        for _ in range(later):
            await asyncio.sleep(0)
        if task.cancel():
            with pytest.raises(asyncio.CancelledError):
                await task
