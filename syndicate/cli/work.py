"""Commands that do work: asked for as jobs, done here or by the service that runs, followed to their end."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

import click

from syndicate.app import App
from syndicate.cli.main import Options
from syndicate.cli.session import new_owner, run_app
from syndicate.errors import NotFound
from syndicate.model.job import Job
from syndicate.schedule.asking import Ended, run_jobs


def choose(names: Sequence[str], known: Mapping[str, Any], noun: str) -> tuple[str, ...]:
    """The names, or all of them. Raises NotFound, which says what there is."""
    for name in names:
        if name not in known:
            raise NotFound(f"there is no {noun} {name!r}; there are: {', '.join(sorted(known)) or 'none'}")
    return tuple(names) or tuple(known)


def do_jobs(
    options: Options,
    wanted: Callable[[App], Awaitable[Sequence[Job]]],
    *,
    watch: Callable[[list[Any]], None] | None = None,
    beside: Callable[[App], AbstractAsyncContextManager[None]] = lambda _: nullcontext(),
) -> list[Ended]:
    """Do jobs and tell on stderr which failed. `watch` is shown now and then how they stand; `beside` is
    open meanwhile.
    """

    async def work(app: App) -> list[Ended]:
        async with beside(app):
            return await run_jobs(app, await wanted(app), owner=new_owner(), watch=watch)

    ended = run_app(options, work, sends=True)
    for job in ended:
        if job.error:
            about = " ".join(str(value) for value in job.args.values() if value is not True)
            click.echo(f"{job.name} {about}: {job.error}", err=True)
    return ended
