"""A bar of how far an issue is, beside whatever sends it, where there is a terminal to draw on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from time import perf_counter

from syndicate.app import App
from syndicate.cli.progress import Bars
from syndicate.deliver import send as sending
from syndicate.errors import NotFound, TryLater
from syndicate.publish.issues import find_issue

EVERY = 0.5
# Counting a million deliveries takes a while: it gets a twentieth of the time at most.
SHARE = 20


@asynccontextmanager
async def sending_bar(bars: Bars, app: App, name: str) -> AsyncIterator[None]:
    """Show, as long as the block runs, how many of the issue's mails wait no longer."""
    if not bars.shown:
        yield
        return
    watching = asyncio.create_task(_watch(bars, app, name))
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.wait([watching])


async def _watch(bars: Bars, app: App, name: str) -> None:
    while True:
        begun = perf_counter()
        # It is compiled first, and the database may be busy with the sending itself.
        with suppress(NotFound, TryLater):
            found = await find_issue(app.db, app.catalogue, name)
            report = await sending.report(app.sending, found.id)
            if report.candidates:
                bars.show(report.name, report.candidates - report.waiting, report.candidates)
        await asyncio.sleep(max(EVERY, SHARE * (perf_counter() - begun)))
