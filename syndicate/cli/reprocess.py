"""`syndicate reprocess`."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import click

from syndicate.app import App
from syndicate.cli.difference import tell_changes
from syndicate.cli.main import DONE, IN_PART, Command, Options
from syndicate.cli.progress import Bars
from syndicate.cli.session import answer, now, run_app, table
from syndicate.cli.work import choose, do_jobs
from syndicate.collect.kept.reprocess import Asked, reprocess_source
from syndicate.schedule.jobs import reprocess_job
from syndicate.schedule.results import as_json

COUNTS = ("pages", "changed", "new", "restated", "unchanged", "missing", "gone", "failed")
HEADS = ("pages", "changed", "new", "notice", "unchanged", "not found", "not kept", "failed")
SHOWN = 20
SAID = {
    "new": "new",
    "changed": "changed",
    "restated": "notice",
    "missing": "not found in its page; it stays",
}


@click.command(cls=Command)
@click.argument("names", nargs=-1, metavar="[SOURCE]...")
@click.option("--dry-run", is_flag=True, help="Change nothing; show what would change.")
@click.pass_obj
def reprocess(options: Options, names: tuple[str, ...], dry_run: bool) -> int:
    """Extract the pages that are kept once more, with today's settings and without the network.

    Items keep their ids and their date of change; what their pages hold and was not found before is added.

    \b
    Examples:
      syndicate reprocess --dry-run             what would change
      syndicate reprocess old-courier           one source
    """
    with Bars(options) as bars:
        reports, failed = _try(options, names, bars) if dry_run else _do(options, names, bars)
    answer(options, {"reprocessed": reports}, lambda: _tell(reports, dry_run=dry_run))
    for one in reports:
        for line in (*one["errors"], *one["warnings"]):
            click.echo(f"{one['source']}: {line}", err=True)
    return IN_PART if failed or any(one["failed"] or one["errors"] for one in reports) else DONE


def _do(options: Options, names: Sequence[str], bars: Bars) -> tuple[list[Any], bool]:
    async def wanted(app: App) -> list[Any]:
        asked = app.now().isoformat()
        return [reprocess_job(name, asked=asked) for name in choose(names, app.catalogue.sources, "source")]

    def watch(statuses: list[Any]) -> None:
        for status in statuses:
            if isinstance(status.result, dict) and "of" in status.result:
                bars.show(status.args["source"], status.result["done"], status.result["of"])

    ended = do_jobs(options, wanted, watch=watch)
    return [job.result for job in ended if job.result and not job.error], any(job.error for job in ended)


def _try(options: Options, names: Sequence[str], bars: Bars) -> tuple[list[Any], bool]:
    async def work(app: App) -> list[Any]:
        reports = []
        for name in choose(names, app.catalogue.sources, "source"):
            wish = Asked(at=now(), dry_run=True, tell=_teller(bars, name))
            reports.append(as_json(await reprocess_source(app.collecting, name, asked=wish)))
        return reports

    return run_app(options, work), False


def _teller(bars: Bars, name: str) -> Callable[[int, int], Any]:
    async def tell(done: int, of: int) -> None:
        await asyncio.to_thread(bars.show, name, done, of)

    return tell


def _tell(reports: Sequence[Any], *, dry_run: bool) -> None:
    table("", ("source", *HEADS), [[one["source"], *(one[count] for count in COUNTS)] for one in reports])
    for one in reports:
        if one["fields"]:
            fields = ", ".join(f"{name} {count}" for name, count in sorted(one["fields"].items()))
            click.echo(f"\n{one['source']}: {fields}")
        for told in one["told"][:SHOWN]:
            click.echo(f"  {told['item']}  {SAID[told['what']]}: {told['title']}")
            if dry_run:
                tell_changes(told["changes"], indent="    ", short=True)
        if len(one["told"]) > SHOWN:
            click.echo(f"  and {len(one['told']) - SHOWN} more; --json has them")
    if dry_run:
        click.echo("\nNothing was changed.")
