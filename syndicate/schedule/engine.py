"""What carries jobs, as the configuration says: who enqueues joins it, and gets from it what runs them."""

import asyncio
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from types import ModuleType
from typing import Any, Protocol

from syndicate.app import App
from syndicate.errors import OwnFault
from syndicate.model.job import QUEUES, Engine
from syndicate.schedule.doing import Doing
from syndicate.schedule.jobs import do_job
from syndicate.schedule.runner import Runner, pace_for
from syndicate.store.database import Database


class Runs(Protocol):
    """One process's share of the jobs."""

    def wake(self) -> None:
        """Look for jobs now; may be called from any thread."""

    async def run_until(self, stop: asyncio.Event) -> None:
        """Run jobs until `stop`, then drain: what does not end in time waits again, none is lost."""

    async def run_due(self) -> None:
        """Run jobs until none is due and none is running; for a single pass."""

    async def drain(self) -> None:
        """Let running jobs end; those that take longer are cancelled, and wait again."""


def join(app: App) -> None:
    """Let what this process makes due be carried as the configuration says. Once, before anything is.

    Raises OwnFault without the library, SchemaMismatch, DatabaseBusy.
    """
    if app.config.settings.dispatch.engine is Engine.PROCRASTINATE:
        carrying = _procrastinate()
        app.db.write_now(carrying.bring_up)
        app.post.carrier = carrying.Carrying()


def prepare(database: str, engine: Engine) -> str:
    """Make what carries jobs ready in an upgraded database, as `join` does at every start.

    What was done, for a person; empty where nothing was. Raises as `join`.
    """
    if engine is not Engine.PROCRASTINATE:
        return ""
    carrying = _procrastinate()
    with closing(Database(database)) as db:
        before, after = db.write_now(carrying.bring_up)
    return "" if before == after else f"Procrastinate's tables {before or 'none'} → {after}"


def runner_for(
    app: App, *, owner: str, queues: Sequence[str] = QUEUES, concurrency: int | None = None
) -> Runs:
    """What runs the jobs of these queues in this process, under the name `owner`; commits wake it.

    `concurrency` is how many at a time, the configuration's where it is None.
    """
    settings = app.config.settings
    pace = pace_for(settings.delivery.processes, concurrency or settings.dispatch.concurrency, queues=queues)
    runs: Runs
    if settings.dispatch.engine is Engine.PROCRASTINATE:
        doing = Doing(app.db, partial(_work, app), owner=owner, now=app.now, lease=pace.lease)
        doing.carrier = app.post.carrier
        carrying, pooler = _procrastinate(), settings.postgresql.pooler
        reach = carrying.Reach(url=app.config.database, pooler=pooler)
        runs = carrying.Workers(app.db, doing, reach=reach, pace=pace, queues=queues)
    else:
        runs = Runner(app.db, partial(_work, app), owner=owner, now=app.now, pace=pace)
    app.post.wake = runs.wake
    return runs


def _procrastinate() -> ModuleType:
    # An extra, which most installations do without.
    try:
        from syndicate.schedule import procrastinate
    except ImportError as error:
        raise OwnFault(
            'dispatch.engine = "procrastinate" needs a library that is not installed: '
            "pip install 'syndicate[procrastinate]'"
        ) from error
    return procrastinate


async def _work(app: App, name: str, args: Any) -> Any:
    result = await do_job(app, name, args)
    app.post.done(name)
    return result
