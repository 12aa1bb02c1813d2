"""The scheduler's part: a clock that makes jobs of what is due. It does none of them, and writes no file."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta

import structlog

from syndicate.app import App
from syndicate.errors import StorageFull, TryLater
from syndicate.model.job import Job
from syndicate.model.schedule import Schedule
from syndicate.partner.embargoes import enqueue_due
from syndicate.schedule.clock import Call, Clock
from syndicate.schedule.due import (
    ARCHIVING,
    FETCHING,
    FORGETTING,
    MAPPING,
    PRUNING,
    SWEEPING,
    TIDYING,
    enqueue_feeds,
    enqueue_first_issues,
    enqueue_for,
    enqueue_sources,
    fire_schedules,
    make_known,
)
from syndicate.schedule.firing import fire_due
from syndicate.schedule.jobs import HOSTING
from syndicate.store.schedules import list_schedules

log = structlog.get_logger()

# A due source waits this long at most, and so does a cadence whose alarm a sleeping machine missed.
LOOK = timedelta(seconds=15)
# What searches for pages comes back after hours or days; what is kept for 400 days may be kept for an hour
# more; what DNS told is kept for a week; what the listener could not apply at once waits on the disk.
ROUTINES = (
    (SWEEPING, timedelta(seconds=60)),
    (MAPPING, timedelta(minutes=15)),
    (FORGETTING, timedelta(hours=1)),
    (HOSTING, timedelta(hours=1)),
    (PRUNING, timedelta(hours=1)),
    (ARCHIVING, timedelta(hours=1)),
    (TIDYING, timedelta(minutes=5)),
)


class Scheduler:
    """The clock of one process, for one term: it is made anew when the process leads again."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._clock = Clock(self._fire, now=app.now)
        self._first_issues = False
        self._begun: set[asyncio.Task[None]] = set()

    async def run_until(self, stop: asyncio.Event) -> None:
        """Make known what the configuration names, then fire until `stop`. Raises TryLater, StorageFull."""
        app = self._app
        await make_known(app)
        await app.db.write(enqueue_feeds, app)
        schedules = tuple(await app.db.read(list_schedules))
        app.post.done = self._heed
        self._clock.start(schedules, self._routines())
        try:
            await stop.wait()
        finally:
            app.post.done = lambda name: None
            self._clock.stop()

    def _routines(self) -> dict[Call, timedelta]:
        mailbox = self._app.config.settings.bounces.mailbox
        fetching = ((FETCHING, mailbox.interval),) if mailbox.url else ()
        return {self._look: LOOK} | {
            self._enqueueing(job): interval for job, interval in (*ROUTINES, *fetching)
        }

    def _enqueueing(self, job: Job) -> Call:
        async def enqueue() -> None:
            await calmly(self._app.db.write(self._app.enqueue, job))

        return enqueue

    def _heed(self, job: str) -> None:
        # In one process, the first issue waits for no look once the last source was looked at.
        if job == "source.refresh" and not self._first_issues:
            task = asyncio.create_task(calmly(self._begin_newsletters()))
            self._begun.add(task)
            task.add_done_callback(self._begun.discard)

    async def _fire(self, schedule: Schedule) -> None:
        app = self._app
        enqueue = enqueue_for(app, schedule)
        await calmly(app.db.write(fire_due, schedule, now=app.now(), enqueue=enqueue))

    async def _look(self) -> None:
        await calmly(self._look_around())

    async def _look_around(self) -> None:
        await self._app.db.write(enqueue_sources, self._app)
        await self._app.db.write(enqueue_due, self._app.partnering)
        await self._app.db.write(fire_schedules, self._app)
        await self._begin_newsletters()

    async def _begin_newsletters(self) -> None:
        # Once in a term: an issue that came out empty waits for its cadence, or for the next start.
        if not self._first_issues:
            self._first_issues = await self._app.db.write(enqueue_first_issues, self._app) > 0


async def calmly(call: Awaitable[object]) -> None:
    """Await what a later look does again: what is due stays due while the database is out of reach."""
    try:
        await call
    except (TryLater, StorageFull) as error:
        log.warning("clock.waits", error=str(error))
