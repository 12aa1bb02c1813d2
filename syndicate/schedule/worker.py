"""The worker's part: it does jobs, and settles what processes of this machine that died had begun."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from syndicate.app import App
from syndicate.deliver.send import recover
from syndicate.model.job import QUEUES
from syndicate.partner.retirement import clear_ended
from syndicate.schedule.engine import runner_for
from syndicate.schedule.scheduler import calmly

SETTLE = timedelta(seconds=60)


class Worker:
    """Does the jobs of its queues, under the name `owner`."""

    def __init__(
        self, app: App, *, owner: str, queues: Sequence[str] = QUEUES, concurrency: int | None = None
    ) -> None:
        self._app, self._queues = app, queues
        self._runs = runner_for(app, owner=owner, queues=queues, concurrency=concurrency)

    async def run_until(self, stop: asyncio.Event) -> None:
        """Do jobs until `stop`, then drain: what does not end in time waits again, none is lost."""
        settling = asyncio.create_task(self._settle())
        try:
            await self._runs.run_until(stop)
        finally:
            settling.cancel()

    async def _settle(self) -> None:
        # Files that only this machine has are its workers' to look after, whoever gets the job of sweeping.
        if "publish" in self._queues:
            await calmly(clear_ended(self._app.partnering))
        while "deliver" in self._queues:
            await calmly(recover(self._app.sending))
            await asyncio.sleep(SETTLE.total_seconds())
