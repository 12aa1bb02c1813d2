"""The worker's part: it does jobs, and settles what processes of this machine that died had begun."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from syndicate.app import App
from syndicate.deliver.journal import list_journals
from syndicate.deliver.send import recover
from syndicate.model.job import QUEUES
from syndicate.partner.retirement import clear_ended
from syndicate.schedule.due import SWEEPING
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
            await calmly(self._take_up())
            await asyncio.sleep(SETTLE.total_seconds())

    async def _take_up(self) -> None:
        sending = self._app.sending
        left = list_journals(sending.journal_dir)
        await recover(sending)
        if not set(left) <= set(list_journals(sending.journal_dir)):
            # What is settled is due again, and who started us anew need not wait for the next sweep.
            await self._app.db.write(self._app.enqueue, SWEEPING)
