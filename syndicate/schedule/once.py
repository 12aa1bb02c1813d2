"""A single pass: what is due is collected, published, compiled and delivered, and told in the end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from syndicate.app import App
from syndicate.errors import SyndicateError
from syndicate.schedule.jobs import do_job
from syndicate.schedule.runner import Runner
from syndicate.schedule.service import (
    SWEEPING,
    enqueue_first_issues,
    enqueue_sources,
    fire_schedules,
    publish_job,
)
from syndicate.store.connection import Connection

Report = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A job that did not do what it should; `args` says of what."""

    job: str
    args: Report
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """What a pass did, each part in the order of its end."""

    collected: Sequence[Report] = ()
    published: Sequence[Report] = ()
    compiled: Sequence[Report] = ()
    delivered: Sequence[Report] = ()
    failed: Sequence[Failure] = ()

    @property
    def whole(self) -> bool:
        """Whether nothing failed and nothing was held back."""
        collected = all(not report["errors"] for report in self.collected)
        return collected and not self.failed and not any(report["held"] for report in self.published)


@dataclass(slots=True)
class _Log:
    """Every job of the pass with its result, in the order of their ends."""

    done: list[tuple[str, Report]] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)

    def results(self, job: str) -> list[Report]:
        """What jobs of this name gave."""
        return [result for name, result in self.done if name == job]


async def run_once(app: App, *, owner: str) -> Pass:
    """Do everything that is due now, and all that follows from it, and wait for its end."""
    log = _Log()

    async def work(name: str, args: Report) -> Any:
        try:
            result = await do_job(app, name, args)
        except SyndicateError as error:
            log.failed.append(Failure(job=name, args=dict(args), error=str(error)))
            raise
        if result:
            log.done.append((name, result))
        return result

    runner = Runner(app.db, work, owner=owner, now=app.now)
    app.post.wake = runner.wake
    # Collected before compiled: an issue of this pass holds what this pass found.
    for step in (_begin, _publish, _compile):
        await app.db.write(step, app)
        await runner.run_due()
    return Pass(
        collected=log.results("source.refresh"),
        published=_latest(log.results("feed.publish")),
        compiled=log.results("issue.compile"),
        delivered=log.results("delivery.batch"),
        failed=log.failed,
    )


def _begin(conn: Connection, app: App) -> None:
    app.enqueue(conn, SWEEPING)
    enqueue_sources(conn, app)


def _publish(conn: Connection, app: App) -> None:
    # Also those without news: their settings may have changed, or their files may be gone.
    for feed in app.catalogue.feeds:
        app.enqueue(conn, publish_job(feed))


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
