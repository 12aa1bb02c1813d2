"""Of several schedulers one leads: whose session holds the seat. The others stand by, and ask again."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import structlog

from syndicate.errors import StorageFull, TryLater
from syndicate.store.advisory import Seat

log = structlog.get_logger()

# A leader that is cut off is given up by the server after four seconds; a standby asks at the fifth.
ASK = timedelta(seconds=1)

Term = Callable[[asyncio.Event], Coroutine[Any, Any, None]]
Tell = Callable[[bool], None]


async def lead_until(stop: asyncio.Event, seat: Seat, term: Term, *, tell: Tell = lambda leads: None) -> None:
    """Ask for the seat until `stop`; whenever it is ours, run `term` until it is lost or `stop` comes.

    `tell` is called with whether we lead now. Raises OwnFault for a connection through a pooler.
    """
    stopping = asyncio.create_task(stop.wait())
    said = ""
    try:
        while not stop.is_set():
            trouble = await _stand(stopping, seat, term, tell=tell)
            # Asked every second, told once.
            if trouble and trouble != said:
                log.warning("leader.waits", error=trouble)
            said = trouble
            await asyncio.wait({stopping}, timeout=ASK.total_seconds())
    finally:
        stopping.cancel()
        await seat.leave()


async def _stand(stopping: "asyncio.Task[bool]", seat: Seat, term: Term, *, tell: Tell) -> str:
    """Ask once, and lead if it is our turn; why not, or why no longer, where something is in the way."""
    try:
        if await seat.take():
            await _lead(stopping, seat, term, tell=tell)
    except (TryLater, StorageFull) as error:
        return str(error)
    return ""


async def _lead(stopping: "asyncio.Task[bool]", seat: Seat, term: Term, *, tell: Tell) -> None:
    over = asyncio.Event()
    leading, holding = asyncio.create_task(term(over)), asyncio.create_task(seat.hold())
    log.info("leader.leads")
    tell(True)
    try:
        await asyncio.wait({stopping, leading, holding}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        # The term ends before the seat is left: meanwhile nobody else fires.
        over.set()
        tell(False)
        await asyncio.wait({leading})
        log.info("leader.ends", lost=holding.done())
        holding.cancel()
        await asyncio.wait({holding})
    for task in (leading, holding):
        if not task.cancelled():
            task.result()
