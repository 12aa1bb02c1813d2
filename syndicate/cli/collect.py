"""`syndicate collect`."""

import click

from syndicate.app import App
from syndicate.cli.main import DONE, IN_PART, Command, Options
from syndicate.cli.session import answer, table
from syndicate.cli.work import choose, do_jobs
from syndicate.model.job import Job

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
        chosen = choose(names, app.catalogue.sources, "source")
        return [Job(name="source.refresh", args={"source": name, "at_once": True}) for name in chosen]

    ended = do_jobs(options, wanted)
    collected = [job.result for job in ended if job.result]
    rows = [[one["source"], *(one[count] for count in COUNTS)] for one in collected]
    answer(options, {"collected": collected}, lambda: table("", ("source", *COUNTS), rows))
    for one in collected:
        for line in (*one["alarms"], *one["errors"], *one["warnings"]):
            click.echo(f"{one['source']}: {line}", err=True)
    return IN_PART if any(job.error for job in ended) or any(one["errors"] for one in collected) else DONE
