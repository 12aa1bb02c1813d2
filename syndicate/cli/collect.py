"""`syndicate collect` and `sources`."""

import click

from syndicate.app import App
from syndicate.cli.main import DONE, IN_PART, Command, Options
from syndicate.cli.session import answer, moment, run_app, table
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
    """Say of each source when it was looked at, how it went, and when it is due again.

    Times are in site.timezone; with --json in UTC.
    """

    async def work(app: App) -> tuple[list[Standing], str]:
        return await list_standings(app.db, app.catalogue.sources), app.catalogue.site.timezone

    found, zone = run_app(options, work)
    answer(options, found, lambda: _tell(found, zone))
    return IN_PART if any(one.error for one in found) else DONE


def _tell(found: list[Standing], zone: str) -> None:
    rows = [
        [one.source, one.kind, one.outcome, moment(one.last_checked, zone), moment(one.next_check, zone)]
        for one in found
    ]
    table("", ("source", "kind", "outcome", "last checked", "next check"), rows)
    for one in found:
        if one.error:
            click.echo(f"{one.source}: {one.error}")
