"""The worker's part: it does jobs, and settles what processes of this machine that died had begun."""

import asyncio
from functools import partial

from syndicate.app import App
from syndicate.partner.retirement import clear_ended
from syndicate.schedule.jobs import do_job
from syndicate.schedule.runner import Runner, pace_for
from syndicate.schedule.scheduler import calmly


class Worker:
    """Does the jobs, under the name `owner`."""

    def __init__(self, app: App, *, owner: str) -> None:
        self._app = app
        pace = pace_for(app.config.settings.delivery.processes)
        self._runner = Runner(app.db, partial(do_job, app), owner=owner, now=app.now, pace=pace)
        app.post.wake = self._runner.wake

    async def run_until(self, stop: asyncio.Event) -> None:
        """Do jobs until `stop`, then drain: what does not end in time waits again, none is lost."""
        await calmly(clear_ended(self._app.partnering))
        await self._runner.run_until(stop)
