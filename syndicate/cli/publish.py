"""`syndicate publish`."""

import click

from syndicate.app import App
from syndicate.cli.main import DONE, IN_PART, Command, Options
from syndicate.cli.session import answer, table
from syndicate.cli.work import choose, do_jobs
from syndicate.model.job import Job


@click.command(cls=Command)
@click.argument("names", nargs=-1, metavar="[FEED]...")
@click.option("--even-empty", is_flag=True, help="Replace a feed that had entries by one that has none.")
@click.pass_obj
def publish(options: Options, names: tuple[str, ...], even_empty: bool) -> int:
    """Write feeds now. Files whose bytes would be the same are left alone.

    \b
    Examples:
      syndicate publish            all of them
      syndicate publish english    one
    """

    async def wanted(app: App) -> list[Job]:
        chosen = choose(names, app.catalogue.feeds, "feed")
        return [Job(name="feed.publish", args={"feed": name, "even_empty": even_empty}) for name in chosen]

    ended = do_jobs(options, wanted)
    published = [job.result for job in ended if job.result]
    rows = [
        [one["feed"], one["entries"], len(one["written"]), len(one["unchanged"]), one["held"]]
        for one in published
    ]
    columns = ("feed", "entries", "files written", "unchanged", "held")
    answer(options, {"published": published}, lambda: table("", columns, rows))
    return IN_PART if any(job.error for job in ended) or any(one["held"] for one in published) else DONE
