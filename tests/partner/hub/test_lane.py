"""Many at a time: nobody who is slow, and nothing that breaks, holds the others up."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from syndicate.partner.hub.lane import Lane


@dataclass(frozen=True)
class Errand:
    name: str
    host: str = "reader.example"


@dataclass
class Errands:
    """What waits; `done` are those that ended. One called `bad` breaks, one called `slow` waits for `go`."""

    waiting: list[Errand]
    begun: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    busy: list[dict[str, int]] = field(default_factory=list)
    go: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, room: int, busy: Mapping[str, int]) -> Sequence[Errand]:
        self.busy.append(dict(busy))
        taken, self.waiting = self.waiting[:room], self.waiting[room:]
        return taken

    async def do(self, errand: Errand) -> str:
        self.begun.append(errand.name)
        if errand.name == "bad":
            raise ValueError("a fault of ours")
        if errand.name == "slow":
            await self.go.wait()
        return errand.name

    async def settle(self, found: Sequence[str]) -> None:
        self.done += found

    def lane(self, width: int = 2) -> Lane[Any, Any]:
        return Lane(take=self.take, do=self.do, settle=self.settle, woken=asyncio.Event(), width=width)


async def test_it_goes_on_until_nothing_is_left() -> None:
    errands = Errands([Errand(str(number)) for number in range(7)])
    assert await errands.lane().run() == 7
    assert sorted(errands.done) == list("0123456")


async def test_one_that_breaks_stops_no_other_and_is_told_in_the_end() -> None:
    errands = Errands([Errand("bad"), Errand("a"), Errand("b"), Errand("c")])
    with pytest.raises(ValueError, match="a fault of ours"):
        await errands.lane().run()
    assert sorted(errands.done) == ["a", "b", "c"]


async def test_slow_ones_leave_their_place_after_a_moment() -> None:
    errands = Errands([Errand("slow"), Errand("slow"), Errand("quick")])
    running = asyncio.create_task(errands.lane(width=2).run())
    while errands.done != ["quick"]:  # noqa: ASYNC110 - no event of ours tells it
        await asyncio.sleep(0.01)
    assert errands.busy[-1] == {"reader.example": 2}
    errands.go.set()
    assert await running == 3


async def test_there_is_a_bound_for_slow_ones_too() -> None:
    errands = Errands([Errand("slow") for _ in range(9)])
    running = asyncio.create_task(errands.lane(width=1).run())
    while len(errands.begun) < 4:  # noqa: ASYNC110 - no event of ours tells it
        await asyncio.sleep(0.01)
    errands.go.set()
    assert len(errands.begun) == 4
    assert await running == 9


async def test_what_is_under_way_is_stopped_with_it() -> None:
    errands = Errands([Errand("slow")])
    running = asyncio.create_task(errands.lane().run())
    while not errands.begun:  # noqa: ASYNC110 - no event of ours tells it
        await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert errands.done == []
