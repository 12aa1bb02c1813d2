"""What runs as long as the process does: clock, runner, heartbeat; and the jobs that a command asks for."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import structlog

from syndicate.app import App, register
from syndicate.errors import StorageFull, TryLater
from syndicate.model.job import Job
from syndicate.model.newsletter import FirstIssue, Newsletter
from syndicate.model.schedule import Schedule, replayed_feed
from syndicate.partner.embargoes import enqueue_due, jobs_of
from syndicate.partner.retirement import clear_ended
from syndicate.publish.follow_ups import UPLOADING
from syndicate.schedule.clock import Call, Clock
from syndicate.schedule.firing import fire_again, fire_at_once, fire_due
from syndicate.schedule.jobs import HOSTING, do_job
from syndicate.schedule.runner import Pace, Runner, pace_for
from syndicate.store.connection import Connection
from syndicate.store.issues import next_number
from syndicate.store.jobs import JobState, JobStatus, enqueue, find_waiting, list_jobs
from syndicate.store.schedules import has_unmade, list_schedules
from syndicate.store.services import beat, leave, live_service
from syndicate.store.sources import list_due, list_statuses

log = structlog.get_logger()

# A due source waits this long at most, and so does a cadence whose alarm a sleeping machine missed.
LOOK = timedelta(seconds=15)
SWEEP = timedelta(seconds=60)
BEAT = timedelta(seconds=10)
# What searches for pages comes back after hours or days.
MAP = timedelta(minutes=15)
MAPPING = Job(name="sitemap.publish", key="sitemap.publish")
SWEEPING = Job(name="sweep", key="sweep")
# What is kept for 400 days may be kept for an hour more.
FORGET = timedelta(hours=1)
FORGETTING = Job(name="partner.sweep", key="partner.sweep")
# What DNS told is kept for a week, and what is new can wait.
ASK = timedelta(hours=1)

# What the listener could not apply at once waits on the disk.
TIDY = timedelta(minutes=5)
TIDYING = Job(name="bounces.sweep", key="bounces.sweep")
FETCHING = Job(name="bounces.fetch", key="bounces.fetch")


def enqueue_sources(conn: Connection, app: App) -> int:
    """Make the visit of every due source a job; how many."""
    names = list_due(conn, app.now())
    for name in names:
        app.enqueue(conn, refresh_job(name))
    return len(names)


def fire_schedules(conn: Connection, app: App) -> int:
    """Fire every schedule that is due, and again what came to nothing; how many issues that asks for."""
    count = 0
    for schedule, newsletter in list_cadences(conn, app):
        count += fire_due(conn, schedule, now=app.now(), enqueue=app.enqueue)
        count += fire_again(conn, newsletter, now=app.now(), enqueue=app.enqueue)
    for schedule in list_replays(conn, app):
        fire_due(conn, schedule, now=app.now(), enqueue=app.enqueue)
    return count


def list_replays(conn: Connection, app: App) -> list[Schedule]:
    """The schedules of the feeds that replay, but for those that only another configuration names."""
    return [one for one in list_schedules(conn) if replayed_feed(one.name) in app.catalogue.feeds]


def list_cadences(conn: Connection, app: App) -> list[tuple[Schedule, Newsletter]]:
    """Every schedule with its newsletter, but for those that only another process's configuration names."""
    known = app.catalogue.newsletters
    return [(one, known[one.name]) for one in list_schedules(conn) if one.name in known]


def refresh_job(source: str) -> Job:
    """The visit of a source that is due."""
    return Job(name="source.refresh", args={"source": source}, key=f"source.refresh:{source}")


def enqueue_feeds(conn: Connection, app: App) -> None:
    """Make the writing of every feed a job.

    Also of those without news: their settings may have changed, or their files may be gone. The sitemaps too.
    """
    app.enqueue(conn, MAPPING)
    app.enqueue(conn, FORGETTING)
    app.enqueue(conn, HOSTING)
    enqueue_returned(conn, app)
    for feed in app.catalogue.feeds:
        app.enqueue(conn, Job(name="feed.publish", args={"feed": feed}, key=f"feed.publish:{feed}"))
    for job in jobs_of(app.partnering):
        app.enqueue(conn, job)
    if app.catalogue.uploads:
        app.enqueue(conn, UPLOADING)


def enqueue_returned(conn: Connection, app: App) -> None:
    """Make it a job to take in what came back."""
    app.enqueue(conn, TIDYING)
    if app.config.settings.bounces.mailbox.url:
        app.enqueue(conn, FETCHING)


def enqueue_first_issues(conn: Connection, app: App) -> int:
    """Ask for the first issue of every newsletter that has none and does not wait for its cadence."""
    if any(status.last_checked is None for status in list_statuses(conn)):
        return 0
    wanted = [
        schedule
        for schedule, newsletter in list_cadences(conn, app)
        if newsletter.first_issue is FirstIssue.AT_ONCE and not has_begun(conn, newsletter.name)
    ]
    return sum(fire_at_once(conn, one, now=app.now(), enqueue=app.enqueue) for one in wanted)


def has_begun(conn: Connection, newsletter: str) -> bool:
    """Whether the newsletter has an issue, cancelled or not, or one is being made."""
    return next_number(conn, newsletter) > 1 or has_unmade(conn, newsletter)


async def make_known(app: App) -> None:
    """Register what the configuration names, as whoever is about to do the work."""
    await app.db.write(register, app.catalogue, now=app.now(), mint=app.mint)


class Service:
    """Clock, runner and heartbeat of one process, under the name `owner`."""

    def __init__(self, app: App, *, owner: str, pace: Pace | None = None) -> None:
        self._app, self._owner = app, owner
        pace = pace or pace_for(app.config.settings.delivery.processes)
        self._runner = Runner(app.db, self._work, owner=owner, now=app.now, pace=pace)
        self._clock = Clock(self._fire, now=app.now)
        self._first_issues = False
        app.post.wake = self._runner.wake

    async def run_until(self, stop: asyncio.Event) -> None:
        """Serve until `stop`; then fire nothing more, drain the runner and say goodbye."""
        app = self._app
        await make_known(app)
        await self._calmly(clear_ended(app.partnering))
        await app.db.write(enqueue_feeds, app)
        await app.db.write(beat, self._owner, now=app.now())
        schedules = tuple(await app.db.read(list_schedules))
        self._clock.start(schedules, self._routines())
        stopping = asyncio.create_task(stop.wait())
        stopping.add_done_callback(lambda _: self._clock.stop())
        try:
            await self._runner.run_until(stop)
        finally:
            stopping.cancel()
            await self._calmly(app.db.write(leave, self._owner))

    def _routines(self) -> dict[Call, timedelta]:
        often: dict[Call, timedelta] = {self._look: LOOK, self._sweep: SWEEP, self._beat: BEAT}
        seldom = {self._map: MAP, self._forget: FORGET, self._ask: ASK, self._tidy: TIDY}
        mailbox = self._app.config.settings.bounces.mailbox
        return often | seldom | ({self._fetch: mailbox.interval} if mailbox.url else {})

    async def _work(self, name: str, args: Any) -> Any:
        result = await do_job(self._app, name, args)
        if name == "source.refresh":
            await self._begin_newsletters()
        return result

    async def _fire(self, schedule: Schedule) -> None:
        app = self._app
        await self._calmly(app.db.write(fire_due, schedule, now=app.now(), enqueue=app.enqueue))

    async def _look(self) -> None:
        await self._calmly(self._look_around())

    async def _sweep(self) -> None:
        await self._calmly(self._app.db.write(self._app.enqueue, SWEEPING))

    async def _map(self) -> None:
        await self._calmly(self._app.db.write(self._app.enqueue, MAPPING))

    async def _forget(self) -> None:
        await self._calmly(self._app.db.write(self._app.enqueue, FORGETTING))

    async def _ask(self) -> None:
        await self._calmly(self._app.db.write(self._app.enqueue, HOSTING))

    async def _tidy(self) -> None:
        await self._calmly(self._app.db.write(self._app.enqueue, TIDYING))

    async def _fetch(self) -> None:
        await self._calmly(self._app.db.write(self._app.enqueue, FETCHING))

    async def _beat(self) -> None:
        await self._calmly(self._app.db.write(beat, self._owner, now=self._app.now()))

    async def _calmly(self, call: Awaitable[object]) -> None:
        # What is due stays due: the next look finds it.
        try:
            await call
        except (TryLater, StorageFull) as error:
            log.warning("clock.waits", error=str(error))

    async def _look_around(self) -> None:
        await self._app.db.write(enqueue_sources, self._app)
        await self._app.db.write(enqueue_due, self._app.partnering)
        await self._app.db.write(fire_schedules, self._app)
        await self._begin_newsletters()

    async def _begin_newsletters(self) -> None:
        # Once in a process: an issue that came out empty waits for its cadence, or for the next start.
        if not self._first_issues:
            self._first_issues = await self._app.db.write(enqueue_first_issues, self._app) > 0


NOT_DONE = "not done: the service that was to do it has ended; it waits for the next one"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a job ended: its result as JSON values, or what went wrong, also when it is tried again later.

    One that did not end has an `error` too.
    """

    name: str
    args: Mapping[str, Any]
    state: JobState
    result: Any
    error: str


async def run_jobs(
    app: App, wanted: Sequence[Job], *, owner: str, watch: Callable[[list[JobStatus]], None] | None = None
) -> list[Ended]:
    """Do these jobs and all that they lead to, and tell how they ended.

    Beside a running service they are enqueued there and followed; otherwise they run here. `watch` is shown
    now and then how they stand.
    """
    ids = await app.db.write(_enqueue_all, app, wanted)
    watching = asyncio.create_task(_show(app, ids, watch)) if watch else None
    try:
        if await app.db.read(live_service, app.now()):
            await _follow(app, ids)
        else:
            await make_known(app)
            pace = pace_for(app.config.settings.delivery.processes)
            runner = Runner(app.db, partial(do_job, app), owner=owner, now=app.now, pace=pace)
            app.post.wake = runner.wake
            await runner.run_due()
    finally:
        if watching:
            watching.cancel()
    return [_ended(status) for status in await app.db.read(list_jobs, ids)]


def _ended(status: JobStatus) -> Ended:
    ended = status.state in (JobState.DONE, JobState.FAILED)
    return Ended(
        name=status.name,
        args=status.args,
        state=status.state,
        result=status.result,
        error=status.error or ("" if ended else NOT_DONE),
    )


def _enqueue_all(conn: Connection, app: App, wanted: Sequence[Job]) -> list[int]:
    # One that waits under the same key already is this one.
    found = [enqueue(conn, job, now=app.now()) or find_waiting(conn, job.key) for job in wanted]
    return [job_id for job_id in found if job_id is not None]


async def _show(app: App, ids: list[int], watch: Callable[[list[JobStatus]], None]) -> None:
    while True:
        watch(await app.db.read(list_jobs, ids))
        await asyncio.sleep(0.5)


async def _follow(app: App, ids: list[int]) -> None:
    """Wait until each has ended, or waits for a later try; or until nobody is left to do them."""
    while await app.db.read(live_service, app.now()):
        statuses = await app.db.read(list_jobs, ids)
        if all(status.finished or status.error for status in statuses):
            return
        await asyncio.sleep(0.2)
