"""Jobs that a command asks for: done beside it by whoever does jobs, or here."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from syndicate.app import App
from syndicate.model.job import QUEUES, Job
from syndicate.schedule.due import make_known
from syndicate.schedule.engine import runner_for
from syndicate.store.connection import Connection
from syndicate.store.jobs import JobState, JobStatus, find_waiting, list_jobs
from syndicate.store.services import list_served, live_service

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

    Beside a running service they are enqueued there and followed; otherwise they run here, and so does what
    is in queues that nobody serves. `watch` is shown now and then how they stand.
    """
    ids = await app.db.write(_enqueue_all, app, wanted)
    watching = asyncio.create_task(_show(app, ids, watch)) if watch else None
    try:
        served = await app.db.read(list_served, app.now())
        if {job.queue for job in wanted} - served or not served:
            await make_known(app)
            await runner_for(app, owner=owner, queues=unserved(served)).run_due()
        if served:
            await _follow(app, ids)
    finally:
        if watching:
            watching.cancel()
    return [_ended(status) for status in await app.db.read(list_jobs, ids)]


def unserved(served: Collection[str]) -> list[str]:
    """The queues that are ours to do where those are others'."""
    return [queue for queue in QUEUES if queue not in served]


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
    made = app.post.many(conn, wanted)
    # One that waits under the same key already is this one.
    found = {*made, *(find_waiting(conn, job.key) for job in wanted)}
    return sorted(job_id for job_id in found if job_id is not None)


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
