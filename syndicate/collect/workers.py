"""Work in processes of its own: a piece that dies, or takes too long, takes no other along."""

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from typing import TypeVar

T = TypeVar("T")

# Starting a process is cheap once the server that forks them has imported what they need.
PRELOADED = ["syndicate.extract.page"]
SECONDS = 60.0


class WorkDied(Exception):
    """The process ended while it worked; the text says how."""


class Workers:
    """As many processes as can work at a time, each with one piece of work; used as a context manager.

    `seconds` bounds a piece of work.
    """

    def __init__(self, count: int, *, seconds: float = SECONDS) -> None:
        self.count = count
        self.seconds = seconds
        self._free: asyncio.Queue[ProcessPoolExecutor | None] = asyncio.Queue()
        for _ in range(count):
            self._free.put_nowait(None)

    async def __aenter__(self) -> "Workers":
        return self

    async def __aexit__(self, *_: object) -> None:
        while not self._free.empty():
            if worker := self._free.get_nowait():
                worker.shutdown(wait=False, cancel_futures=True)

    async def run(self, work: Callable[..., T], *given: object) -> T:
        """The work's result, once a process is free; raises what it raises, and WorkDied."""
        worker = await self._free.get()
        try:
            worker = worker or _started()
            loop = asyncio.get_running_loop()
            # wait_for of Python 3.11 gives a result that comes with the cancelling, and forgets the latter.
            async with asyncio.timeout(self.seconds):
                return await loop.run_in_executor(worker, work, *given)
        except TimeoutError as error:
            worker = _end(worker)
            raise WorkDied(f"it takes over {self.seconds:.0f} s") from error
        except BrokenExecutor as error:
            worker = _end(worker)
            raise WorkDied("it ends the process that tries") from error
        except asyncio.CancelledError:
            worker = _end(worker)
            raise
        finally:
            self._free.put_nowait(worker)


def _started() -> ProcessPoolExecutor:
    # A fork of ourselves would copy the database's threads in whatever state they are.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    return ProcessPoolExecutor(1, mp_context=context, initializer=_begin)


def _begin() -> None:
    """Leave Ctrl-C to the parent, and do not outlive it: killed, it cannot end us itself."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow_parent, daemon=True).start()


def _follow_parent() -> None:
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)


def _end(worker: ProcessPoolExecutor | None) -> ProcessPoolExecutor | None:
    """Kill the worker's process, busy or not: None, in whose place the next piece of work starts another."""
    if worker is not None:
        for process in list((worker._processes or {}).values()):
            process.kill()
        worker.shutdown(wait=False, cancel_futures=True)
    return None
