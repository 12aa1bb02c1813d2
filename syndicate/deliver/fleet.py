"""The relays as one: whoever sends takes a line from the fleet, whichever relay is at its other end."""

import asyncio
from collections.abc import Sequence

from syndicate.deliver.smtp import Pool
from syndicate.deliver.wire import Wire


class Fleet:
    """All relays of the configuration."""

    def __init__(self, pools: Sequence[Pool]) -> None:
        self._pools = tuple(pools)
        self._taken: dict[Wire, Pool] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The relays' names, in the configuration's order."""
        return tuple(pool.name for pool in self._pools)

    @property
    def connections(self) -> int:
        """How many lines can be had at once, over all relays."""
        return sum(pool.relay.connections for pool in self._pools)

    async def take(self) -> Wire:
        """A line for one user, who gives it back.

        Raises RelayUnavailable when no relay can be had now, SenderFault when all refuse us.
        """
        pool = self._pools[0]
        line = await pool.take()
        self._taken[line] = pool
        return line

    async def give_back(self, line: Wire) -> None:
        """Keep it for the next user, or close it when it is broken or has served its share."""
        await self._taken.pop(line).give_back(line)

    def worn(self, line: Wire) -> bool:
        """Whether this line cannot serve another message."""
        return self._taken[line].worn(line)

    async def close(self) -> None:
        """Say goodbye on every idle line."""
        await asyncio.gather(*(pool.close() for pool in self._pools))
