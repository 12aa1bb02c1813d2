"""The relays as one: whoever sends takes a line from the fleet, whichever relay is at its other end.

Messages are shared out by weight; a relay that fails is left alone for a while, and the others take over.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from syndicate.deliver.berth import Berth
from syndicate.deliver.line import Line
from syndicate.deliver.smtp import Pool
from syndicate.deliver.standing import (
    SLACK,
    STRIKES,
    Standing,
    avoided,
    choose,
    lead,
    others_work,
    rest,
    sharing,
)
from syndicate.errors import RelayUnavailable, SenderFault
from syndicate.model.site import Relay

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A relay that takes no messages for a while, and why; the others have taken over."""

    relay: str
    reason: str


class Fleet:
    """All relays of the configuration. `clock` gives seconds, a loop's own unless told otherwise."""

    def __init__(self, pools: Sequence[Pool], *, clock: Callable[[], float] | None = None) -> None:
        self._now = clock or _loop_time
        self._berths = [Berth(pool) for pool in pools]
        self._of: dict[Line, tuple[Berth, int]] = {}
        self._among: frozenset[int] = frozenset()
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._troubles: dict[str, Trouble] = {}
        # Relays that may take nothing at this moment, while another one may.
        self.avoids: Callable[[str], bool] = lambda name: False

    @property
    def names(self) -> tuple[str, ...]:
        """The relays' names, in the configuration's order."""
        return tuple(berth.pool.name for berth in self._berths)

    @property
    def connections(self) -> int:
        """How many lines can be had at once, over all relays that are not mere standbys."""
        weighted = sum(berth.pool.relay.connections for berth in self._berths if berth.weight)
        return weighted or sum(berth.pool.relay.connections for berth in self._berths)

    async def take(self) -> Line:
        """A line for one user, who gives it back.

        Raises RelayUnavailable when no relay can be had now, SenderFault when all refuse us.
        """
        since = self._now()
        while True:
            choice = choose(self._standings(), now=self._now(), since=since)
            if choice.index >= 0:
                line = await self._try(self._berths[choice.index])
                if line is not None:
                    return line
            elif choice.wait:
                await self._change(choice.wait)
            else:
                raise self._reason()

    async def give_back(self, line: Line) -> None:
        """Keep it for the next user, or close it when it is broken or has served its share."""
        self._count(line)
        berth, _ = self._of.pop(line)
        berth.taken -= 1
        if line.cut and line.served <= 1:
            self._strike(berth, line)
        elif berth.probe is line:
            self._well(berth)
        try:
            await berth.pool.give_back(line)
        finally:
            self._stir()

    def worn(self, line: Line) -> bool:
        """Whether this line is to be given back: it can serve no other message, or is not to for a while."""
        berth = self._of[line][0]
        if berth.pool.worn(line):
            return True
        if len(self._berths) == 1 and berth.probe is not line:
            return False
        self._count(line)
        if berth.probe is line and line.served:
            self._well(berth)
        if len(self._berths) == 1:
            return False
        return self._is_ahead(berth)

    def lasts(self, line: Line) -> bool:
        """Whether this line is surely kept for another message after the one that is under way."""
        berth = self._of[line][0]
        return len(self._berths) == 1 and berth.probe is not line and berth.pool.lasts(line)

    async def look(self) -> dict[str, str]:
        """Open a line of every relay: why it cannot be used, by its name; empty where it can."""
        told = await asyncio.gather(*(_look(berth.pool) for berth in self._berths))
        return dict(zip(self.names, told, strict=True))

    async def close(self) -> None:
        """Say goodbye on every idle line."""
        await asyncio.gather(*(berth.pool.close() for berth in self._berths))

    def take_troubles(self) -> list[Trouble]:
        """What the operator has not been told of yet, each once; there are none while there is one relay."""
        troubles = list(self._troubles.values())
        self._troubles.clear()
        return troubles

    async def _try(self, berth: Berth) -> Line | None:
        closed = berth.until > 0 and not berth.pool.idle
        berth.taken += 1
        berth.connecting += 1
        line: Line | None = None
        try:
            line = await berth.pool.take()
        except (RelayUnavailable, SenderFault) as error:
            berth.taken -= 1
            berth.fail(error, self._now())
            # With lines in use it works, and lets in no more of us.
            if berth.taken == berth.connecting - 1:
                self._tell(berth)
        except BaseException:
            berth.taken -= 1
            raise
        else:
            berth.moved = self._now()
            berth.proven = True
            self._of[line] = (berth, line.served)
            if closed:
                # A relay that lets us in may still break off each message: the first one shows.
                berth.probe = line
        finally:
            berth.connecting -= 1
            self._stir()
        return line

    def _standings(self) -> list[Standing]:
        now = self._now()
        standings = self._standing(now)
        among = sharing(standings)
        if among == self._among:
            return standings
        # Whoever comes back is not given at once what went elsewhere meanwhile.
        self._among = among
        for berth in self._berths:
            berth.served = 0
        return self._standing(now)

    def _standing(self, now: float) -> list[Standing]:
        found = [berth.standing(now) for berth in self._berths]
        if len(found) == 1:
            return found
        for berth in self._berths:
            berth.shut = (berth.shut or now) if self.avoids(berth.pool.name) else 0.0
        shut = [berth.shut for berth in self._berths]
        return [
            avoided(one) if shut[index] and others_work(found, shut, index, now=now) else one
            for index, one in enumerate(found)
        ]

    def _is_ahead(self, berth: Berth) -> bool:
        standings, index = self._standings(), self._berths.index(berth)
        if not berth.weight:
            # A standby's work is done when another relay works again.
            return any(one.weight and one.alive for one in standings)
        return lead(standings, index, self._among) > SLACK

    def _count(self, line: Line) -> None:
        berth, seen = self._of[line]
        if line.served == seen:
            return
        self._of[line] = (berth, line.served)
        berth.served += line.served - seen
        berth.moved = self._now()
        if not line.cut:
            berth.strikes = 0
        if self._waiting and choose(self._standings(), now=self._now(), since=self._now()).index >= 0:
            self._wake(1)

    def _strike(self, berth: Berth, line: Line) -> None:
        berth.strikes += 1
        if berth.strikes >= STRIKES or berth.probe is line:
            berth.probe = None
            berth.fail(RelayUnavailable(f"{berth.pool.name} breaks off each time"), self._now())
            self._tell(berth)

    def _tell(self, berth: Berth) -> None:
        if berth.told:
            return
        berth.told = True
        name, error = berth.pool.name, berth.error
        log.warning("relay.down", relay=name, reason=str(error), seconds=rest(berth.failures))
        if len(self._berths) > 1:
            self._troubles[name] = Trouble(relay=name, reason=str(error))

    def _well(self, berth: Berth) -> None:
        berth.probe = None
        if berth.until:
            log.info("relay.up", relay=berth.pool.name)
        berth.recover()
        self._stir()

    def _reason(self) -> RelayUnavailable | SenderFault:
        errors = [berth.error for berth in self._berths if berth.error is not None]
        told = "; ".join(dict.fromkeys(map(str, errors))) or "no relay has a line free"
        if errors and all(isinstance(error, SenderFault) for error in errors):
            return SenderFault(told)
        return RelayUnavailable(told)

    async def _change(self, seconds: float) -> None:
        """Wait until something has changed, or for so long."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        try:
            async with asyncio.timeout(seconds):
                await future
        except TimeoutError:
            return
        finally:
            if future in self._waiting:
                self._waiting.remove(future)

    def _stir(self) -> None:
        self._wake(len(self._waiting))

    def _wake(self, count: int) -> None:
        for _ in range(min(count, len(self._waiting))):
            future = self._waiting.popleft()
            if not future.done():
                future.set_result(None)


def open_fleet(relays: Sequence[Relay], *, now: Callable[[], datetime]) -> Fleet:
    """The relays of a configuration; nothing is connected yet."""
    return Fleet([Pool(relay, now=now) for relay in relays])


async def _look(pool: Pool) -> str:
    try:
        await pool.give_back(await pool.take())
    except (RelayUnavailable, SenderFault) as error:
        return str(error)
    return ""


def _loop_time() -> float:
    return asyncio.get_running_loop().time()
