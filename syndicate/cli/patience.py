"""Started before the database: a process that serves waits for it, says so, and goes on when it is there."""

import asyncio
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from functools import partial

import click
import structlog

from syndicate.app import App
from syndicate.cli.main import Options
from syndicate.cli.session import level_for, opened, read_config
from syndicate.config import Config
from syndicate.errors import DatabaseBusy
from syndicate.schedule.standing import reach

log = structlog.get_logger()

ASK = timedelta(seconds=1)
# It is told at once, then after ten seconds, after twenty more, and so on: a night's outage is a few lines.
FIRST_GAP, LONGEST_GAP = timedelta(seconds=10), timedelta(minutes=15)


class Waiting:
    """Tells of a wait when it begins, ever more seldom while it lasts, and when it is over."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._next, self._gap = 0.0, FIRST_GAP
        self._told = False

    def tell(self, error: DatabaseBusy, at: float) -> None:
        """Say that we wait and why, unless it was said a moment ago; `at` is a monotonic time, in seconds."""
        if at < self._next:
            return
        self._next, self._gap = at + self._gap.total_seconds(), min(self._gap * 2, LONGEST_GAP)
        self._told = True
        log.warning("database.waits", error=str(error))
        self._say(f"Waiting for the database: {error}")

    def over(self) -> None:
        """Say that it is there, if we said that it is not."""
        if self._told:
            log.warning("database.there")
            self._say("The database is there.")

    def _say(self, text: str) -> None:
        if not self._quiet:
            click.echo(text, err=True)


async def open_when_there(
    stack: AsyncExitStack, options: Options, stop: asyncio.Event, *, sends: bool
) -> App | None:
    """Open everything, on `stack`, as soon as the database is in reach; None when `stop` comes before.

    A file is there, or it is made: only PostgreSQL is waited for.
    """
    config, waiting = read_config(options), Waiting(quiet=options.quiet)
    opening = partial(opened, config, level=level_for(options), sends=sends)
    if not config.is_postgresql:
        return await stack.enter_async_context(opening())
    stopping = asyncio.create_task(stop.wait())
    try:
        while await _reach(config, stopping, waiting):
            with suppress(DatabaseBusy):
                app = await stack.enter_async_context(opening())
                waiting.over()
                return app
            # It answered, and was too busy for the rest.
            await asyncio.wait({stopping}, timeout=ASK.total_seconds())
        return None
    finally:
        stopping.cancel()


async def _reach(config: Config, stopping: "asyncio.Task[bool]", waiting: Waiting) -> bool:
    """True once the database answers; False when we are to end before. Raises DatabaseFault."""
    while not stopping.done():
        # On a thread, since a machine that is off is waited for seconds, and health is asked for meanwhile.
        reaching = asyncio.create_task(asyncio.to_thread(reach, config.database))
        await asyncio.wait({reaching, stopping}, return_when=asyncio.FIRST_COMPLETED)
        try:
            if reaching.done():
                reaching.result()
                return not stopping.done()
        except DatabaseBusy as error:
            waiting.tell(error, asyncio.get_running_loop().time())
            await asyncio.wait({stopping}, timeout=ASK.total_seconds())
    return False
