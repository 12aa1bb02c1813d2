"""Many requests at a time, to hosts that nobody knows: who is slow holds nobody up.

A request that takes longer than a moment leaves its place to another, up to a bound that is a few times as
high; of one host no more than a few are under way at all.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import structlog

log = structlog.get_logger()

MOMENT = 1.0
TICK = 0.25
SLOW_TOO = 4


class Hosted(Protocol):
    """Something to do at a host."""

    @property
    def host(self) -> str:
        """The host's name."""
        ...


T = TypeVar("T", bound=Hosted)
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane(Generic[T, R]):
    """`take(room, busy)` gives what is to be done next, `do` does one, `settle` records how some ended.

    `busy` counts what is under way by host. At most `width` at a time, and more where some are slow.
    """

    take: Callable[[int, Mapping[str, int]], Awaitable[Sequence[T]]]
    do: Callable[[T], Awaitable[R]]
    settle: Callable[[Sequence[R]], Awaitable[object]]
    woken: asyncio.Event
    width: int

    async def run(self) -> int:
        """Go on until nothing is left to do and nothing is under way; how much was done.

        One that raises stops no other; the first error is raised in the end.
        """
        count, first = 0, None
        active: dict[asyncio.Task[R], tuple[T, float]] = {}
        try:
            while await self._begin(active):
                errors = await self._end(active)
                count += len(errors)
                first = first or next(filter(None, errors), None)
        finally:
            await _stop(active)
        if first:
            raise first
        return count

    async def _begin(self, active: "dict[asyncio.Task[R], tuple[T, float]]") -> bool:
        """Begin what there is room for; whether anything is under way."""
        clock = asyncio.get_running_loop().time
        self.woken.clear()
        if room := self._room([began for _, began in active.values()], clock()):
            for one in await self.take(room, Counter(one.host for one, _ in active.values())):
                active[asyncio.ensure_future(self.do(one))] = one, clock()
        return bool(active)

    async def _end(self, active: "dict[asyncio.Task[R], tuple[T, float]]") -> "list[BaseException | None]":
        """Settle those that end; what each raised."""
        ended = await self._some_end(active)
        for task in ended:
            one, _ = active.pop(task)
            if error := task.exception():
                # Now, since there may be no end for days. Its text might hold the callback.
                log.error("hub.broken", host=one.host, error=type(error).__name__)
        if done := [task.result() for task in ended if not task.exception()]:
            await self.settle(done)
        return [task.exception() for task in ended]

    def _room(self, began: Sequence[float], now: float) -> int:
        quick = sum(1 for start in began if now - start < MOMENT)
        return max(0, min(self.width - quick, self.width * SLOW_TOO - len(began)))

    async def _some_end(self, active: Mapping["asyncio.Task[R]", Any]) -> "list[asyncio.Task[R]]":
        woken = asyncio.ensure_future(self.woken.wait())
        await asyncio.wait({woken, *active}, timeout=TICK, return_when=asyncio.FIRST_COMPLETED)
        woken.cancel()
        return [task for task in active if task.done()]


async def _stop(tasks: "Mapping[asyncio.Task[Any], Any]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
