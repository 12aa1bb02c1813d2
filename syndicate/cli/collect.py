"""`syndicate collect`."""

from collections.abc import Iterable
from functools import partial
from typing import Any

import click

from syndicate.app import App
from syndicate.cli.main import DONE, IN_PART, Command, Options
from syndicate.cli.progress import Bars
from syndicate.cli.session import answer, table
from syndicate.cli.work import choose, do_jobs
from syndicate.model.job import Job
from syndicate.schedule.jobs import refresh_job

COUNTS = ("new", "changed", "unchanged", "failed", "held")


@click.command(cls=Command)
@click.argument("names", nargs=-1, metavar="[SOURCE]...")
@click.pass_obj
def collect(options: Options, names: tuple[str, ...]) -> int:
    """Look at sources now, due or not, and publish the feeds that this changes.

    \b
    Examples:
      syndicate collect               all of them
      syndicate collect old-courier   one
    """

    async def wanted(app: App) -> list[Job]:
        asked = app.now().isoformat()
        return [refresh_job(name, asked=asked) for name in choose(names, app.catalogue.sources, "source")]

    with Bars(options) as bars:
        ended = do_jobs(options, wanted, watch=partial(_watch, bars))
    collected = [job.result for job in ended if job.result]
    rows = [[one["source"], *(one[count] for count in COUNTS)] for one in collected]
    answer(options, {"collected": collected}, lambda: table("", ("source", *COUNTS), rows))
    for one in collected:
        for line in (*one["alarms"], *one["errors"], *one["warnings"]):
            click.echo(f"{one['source']}: {line}", err=True)
    return IN_PART if any(job.error for job in ended) or any(one["errors"] for one in collected) else DONE


def _watch(bars: Bars, statuses: Iterable[Any]) -> None:
    for status in statuses:
        if isinstance(status.result, dict) and "looked_at" in status.result:
            bars.show(status.args["source"], status.result["looked_at"], None)
