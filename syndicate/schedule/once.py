"""A single pass: what is due is collected, published, compiled and delivered, and told in the end."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from syndicate.app import App
from syndicate.errors import TryLater
from syndicate.model.catalogue import Catalogue
from syndicate.partner.retirement import clear_ended
from syndicate.schedule.asking import unserved
from syndicate.schedule.due import (
    SWEEPING,
    enqueue_feeds,
    enqueue_first_issues,
    enqueue_sources,
    fire_schedules,
    make_known,
)
from syndicate.schedule.engine import runner_for
from syndicate.schedule.waiting import Waiting, list_waiting
from syndicate.store.connection import Connection
from syndicate.store.jobs import JobStatus, is_idle, list_since
from syndicate.store.services import list_served, live_service

Report = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A job that did not do what it should; `args` says of what."""

    job: str
    args: Report
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """What a pass did, each part in the order of its end, feeds and sources as they are configured.

    `waiting` are the issues that are not over. `beside` says that a running service did it.
    """

    collected: Sequence[Report] = ()
    published: Sequence[Report] = ()
    compiled: Sequence[Report] = ()
    delivered: Sequence[Report] = ()
    failed: Sequence[Failure] = ()
    waiting: Sequence[Waiting] = ()
    beside: bool = False

    @property
    def whole(self) -> bool:
        """Whether nothing failed, nothing was held back and the relay took what there was."""
        collected = all(not report["errors"] for report in self.collected)
        delivered = not any(report["stopped"] for report in self.delivered)
        published = not any(report["held"] for report in self.published)
        released = not any(one.get("held") for one in self.compiled)
        return collected and published and released and delivered and not self.failed


async def run_once(app: App, *, owner: str) -> Pass:
    """Do everything that is due now, and all that follows from it, and wait for its end.

    Beside a running service it is done there; what is in queues that nobody serves, here. Raises TryLater
    when that service ends before.
    """
    start = app.now()
    served = await app.db.read(list_served, start)
    beside = not unserved(served)
    do_due = partial(_follow, app) if beside else await _doing(app, owner=owner, queues=unserved(served))
    # Collected before compiled: an issue of this pass holds what this pass found.
    for step in (_begin, enqueue_feeds, _compile):
        await app.db.write(step, app)
        await do_due()
    told = _told(app.catalogue, await app.db.read(list_since, start), beside=beside)
    return replace(told, waiting=await app.db.read(list_waiting))


async def _doing(app: App, *, owner: str, queues: Sequence[str]) -> Callable[[], Awaitable[None]]:
    """What does all that is due: a runner of our own."""
    await make_known(app)
    await clear_ended(app.partnering)
    return runner_for(app, owner=owner, queues=queues).run_due


async def _follow(app: App) -> None:
    while not await app.db.read(is_idle, app.now()):
        if await app.db.read(live_service, app.now()) is None:
            raise TryLater("the running service has ended before everything was done; the rest waits")
        await asyncio.sleep(0.2)


def _told(catalogue: Catalogue, ended: Sequence[JobStatus], *, beside: bool) -> Pass:
    def results(name: str) -> list[Report]:
        return [job.result for job in ended if job.name == name and job.result]

    return Pass(
        collected=_ordered(results("source.refresh"), "source", catalogue.sources),
        published=_ordered(_latest(results("feed.publish")), "feed", catalogue.feeds),
        compiled=results("issue.compile"),
        delivered=results("delivery.batch"),
        failed=[Failure(job=job.name, args=job.args, error=job.error) for job in ended if job.error],
        beside=beside,
    )


def _ordered(reports: Sequence[Report], key: str, names: Iterable[str]) -> list[Report]:
    places = {name: place for place, name in enumerate(names)}
    return sorted(reports, key=lambda report: places.get(report[key], len(places)))


def _begin(conn: Connection, app: App) -> None:
    app.enqueue(conn, SWEEPING)
    enqueue_sources(conn, app)


def _compile(conn: Connection, app: App) -> None:
    fire_schedules(conn, app)
    enqueue_first_issues(conn, app)


def _latest(published: Sequence[Report]) -> list[Report]:
    """One report for each feed, with everything that was written in this pass."""
    merged: dict[str, Report] = {}
    for report in published:
        before = merged.get(report["feed"], {}).get("written", [])
        written = [*before, *(name for name in report["written"] if name not in before)]
        unchanged = [name for name in report["unchanged"] if name not in written]
        merged[report["feed"]] = {**report, "written": written, "unchanged": unchanged}
    return list(merged.values())
