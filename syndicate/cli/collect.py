"""`syndicate collect` and `sources`."""

import click

from syndicate.app import App
from syndicate.cli.main import DONE, IN_PART, Command, Options
from syndicate.cli.session import answer, run_app, table
from syndicate.cli.work import choose, do_jobs
from syndicate.collect.standing import Standing, list_standings
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
        for line in (*one["errors"], *one["warnings"]):
            click.echo(f"{one['source']}: {line}", err=True)
    return IN_PART if any(job.error for job in ended) or any(one["errors"] for one in collected) else DONE


@click.command(cls=Command)
@click.pass_obj
def sources(options: Options) -> int:
    """Say of each source when it was looked at, how it went, and when it is due again. Times in UTC."""

    async def work(app: App) -> list[Standing]:
        return await list_standings(app.db, app.catalogue.sources)

    found = run_app(options, work)
    rows = [
        [one.source, one.kind, one.outcome, _minute(one.last_checked), _minute(one.next_check), one.error]
        for one in found
    ]
    columns = ("source", "kind", "outcome", "last checked", "next check", "error")
    answer(options, found, lambda: table("", columns, rows))
    return IN_PART if any(one.error for one in found) else DONE


def _minute(at: object) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else ""
