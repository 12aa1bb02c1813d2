"""`syndicate publish`."""

from collections.abc import Iterable
from dataclasses import asdict
from functools import partial
from typing import Any

import click

from syndicate.app import App
from syndicate.cli.main import DONE, IN_PART, Command, Options
from syndicate.cli.progress import Bars
from syndicate.cli.session import answer, run_app, table
from syndicate.cli.work import choose, do_jobs
from syndicate.model.job import Job
from syndicate.publish.feeds import Rehearsal, rehearse_feed
from syndicate.publish.follow_ups import UPLOADING
from syndicate.schedule.jobs import publish_job


@click.command(cls=Command)
@click.argument("names", nargs=-1, metavar="[FEED]...")
@click.option("--accept", "--even-empty", is_flag=True, help="Let entries go that a held feed would lose.")
@click.option("--dry-run", is_flag=True, help="Show what would change in which document; write nothing.")
@click.option("--upload", is_flag=True, help="Bring the storage to what is published, too.")
@click.pass_obj
def publish(options: Options, names: tuple[str, ...], accept: bool, dry_run: bool, upload: bool) -> int:
    """Write feeds now. Files whose bytes would be the same are left alone.

    A feed that would be emptied, or lose half of its entries, is held until you --accept it.

    \b
    Examples:
      syndicate publish                    all of them
      syndicate publish english            one
      syndicate publish english --dry-run  what would be added, changed and gone
      syndicate publish english --accept   also where entries go from it
      syndicate publish --upload           and upload what changed
    """
    if dry_run:
        return _rehearse(options, names)

    async def wanted(app: App) -> list[Job]:
        asked = app.now().isoformat()
        chosen = choose(names, app.catalogue.feeds, "feed")
        return [publish_job(name, asked=asked, accept=accept) for name in chosen]

    with Bars(options) as bars:
        ended = do_jobs(options, wanted, watch=partial(_watch, bars))
    published = [job.result for job in ended if job.result and "feed" in job.result]
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


def _rehearse(options: Options, names: tuple[str, ...]) -> int:
    async def look(app: App) -> list[Rehearsal]:
        chosen = choose(names, app.catalogue.feeds, "feed")
        return [await rehearse_feed(app.publishing, name) for name in chosen]

    found = run_app(options, look)

    def tell() -> None:
        rows = [[one.document, *one.counts] for each in found for one in each.documents]
        table("", ("document", "added", "changed", "gone"), rows)
        for each in found:
            _name_entries(each)
            if each.held:
                click.echo(f"{each.feed} would be held: {each.held}")

    answer(options, {"rehearsed": [asdict(one) for one in found]}, tell)
    return IN_PART if any(one.held for one in found) else DONE


def _name_entries(rehearsal: Rehearsal) -> None:
    for one in rehearsal.documents:
        named = [("added", title) for title in one.added]
        named += [("changed", title) for title in one.changed]
        named += [("gone", title) for title in one.gone]
        for word, title in named:
            click.echo(f"  {one.document}: {word}: {title}")


async def _upload(_app: App) -> list[Job]:
    return [UPLOADING]


def _watch(bars: Bars, statuses: Iterable[Any]) -> None:
    for status in statuses:
        if isinstance(status.result, dict) and "of" in status.result:
            bars.show(status.args["feed"], status.result["done"], status.result["of"])
