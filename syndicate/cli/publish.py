"""`syndicate publish`."""

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
from syndicate.publish.follow_ups import UPLOADING
from syndicate.schedule.jobs import publish_job


@click.command(cls=Command)
@click.argument("names", nargs=-1, metavar="[FEED]...")
@click.option("--accept", "--even-empty", is_flag=True, help="Let entries go that a held feed would lose.")
@click.option("--upload", is_flag=True, help="Bring the storage to what is published, too.")
@click.pass_obj
def publish(options: Options, names: tuple[str, ...], accept: bool, upload: bool) -> int:
    """Write feeds now. Files whose bytes would be the same are left alone.

    A feed that would be emptied, or lose half of its entries, is held until you --accept it.

    \b
    Examples:
      syndicate publish                    all of them
      syndicate publish english            one
      syndicate publish english --accept   also where entries go from it
      syndicate publish --upload           and upload what changed
    """

    async def wanted(app: App) -> list[Job]:
        asked = app.now().isoformat()
        chosen = choose(names, app.catalogue.feeds, "feed")
        return [publish_job(name, asked=asked, accept=accept) for name in chosen]

    with Bars(options) as bars:
        ended = do_jobs(options, wanted, watch=partial(_watch, bars))
    published = [job.result for job in ended if job.result]
    rows = [
        [one["feed"], one["entries"], len(one["written"]), len(one["unchanged"]), one["held"]]
        for one in published
    ]
    uploads = do_jobs(options, _upload) if upload else []
    uploaded = [job.result for job in uploads if job.result]

    def tell() -> None:
        table("", ("feed", "entries", "files written", "unchanged", "held"), rows)
        for one in uploaded:
            up, gone = len(one["uploaded"]), len(one["deleted"])
            click.echo(f"{one['place']}: {up} uploaded, {gone} deleted, {one['unchanged']} unchanged")

    answer(options, {"published": published} | ({"uploaded": uploaded} if upload else {}), tell)
    failed = any(job.error for job in (*ended, *uploads)) or any(one["held"] for one in published)
    return IN_PART if failed else DONE


async def _upload(_app: App) -> list[Job]:
    return [UPLOADING]


def _watch(bars: Bars, statuses: Iterable[Any]) -> None:
    for status in statuses:
        if isinstance(status.result, dict) and "of" in status.result:
            bars.show(status.args["feed"], status.result["done"], status.result["of"])
