"""`syndicate sources`."""

from collections.abc import Sequence
from typing import Any

import click

from syndicate.app import App
from syndicate.cli.main import DONE, IN_PART, Command, Options
from syndicate.cli.session import answer, moment, run_app, table
from syndicate.cli.work import choose
from syndicate.collect.health.coverage import FIELDS
from syndicate.collect.health.standing import Standing, list_standings

# Word, colour and shape, so that none of them is needed to tell.
SHAPES = {
    "changed": ("●", "green"),
    "unchanged": ("○", "green"),
    "failed": ("✕", "red"),
    "never checked": ("·", "yellow"),
}
ALARM = ("▲", "yellow")
BARS = "▁▂▃▄▅▆▇█"
SHORT = ("headline", "body", "date", "author", "image", "briefs")


@click.command(cls=Command)
@click.argument("names", nargs=-1, metavar="[SOURCE]...")
@click.pass_obj
def sources(options: Options, names: tuple[str, ...]) -> int:
    """Say how each source stands: what needs you, when it was looked at, when it is due again, and why then.

    Times are in site.timezone; with --json in UTC. Exit code 1 when something needs you.

    \b
    Examples:
      syndicate sources                all of them, with how much is found on their newest pages
      syndicate sources old-courier    one in detail, with its runs
    """

    async def work(app: App) -> tuple[list[Standing], str]:
        chosen = choose(names, app.catalogue.sources, "source")
        allowed = app.config.settings.fetch.allow_hosts
        found = await list_standings(app.db, app.catalogue.sources, allow_hosts=allowed)
        return [one for one in found if one.source in chosen], app.catalogue.site.timezone

    found, zone = run_app(options, work)
    found = sorted(found, key=lambda one: not one.needs_somebody)
    answer(options, found, lambda: _tell(found, zone, detailed=bool(names)))
    return IN_PART if any(one.needs_somebody for one in found) else DONE


def _tell(found: Sequence[Standing], zone: str, *, detailed: bool) -> None:
    for one in found:
        _tell_needs(one, zone)
    if any(one.needs_somebody or one.error for one in found):
        click.echo()
    _tell_table(found, zone)
    if detailed:
        for one in found:
            _tell_detail(one, zone)
    elif any(one.pages for one in found):
        click.echo(f"\nfound, on the newest pages: {' '.join(SHORT)}; {BARS[0]} hardly any, {BARS[-1]} all")


def _tell_needs(one: Standing, zone: str) -> None:
    for alarm in one.alarms:
        mark = click.style(f"{ALARM[0]} {one.source}", fg=ALARM[1], bold=True)
        click.echo(f"{mark}: {alarm.what} since {moment(alarm.since, zone)}: {alarm.said}")
        click.echo(f"    → {alarm.remedy}")
    if one.error and not any(one.error in alarm.said for alarm in one.alarms):
        failed = bool(one.failures)
        shape, colour = SHAPES["failed"] if failed else ALARM
        for place, line in enumerate(one.error.splitlines()):
            click.echo(
                f"{click.style(f'{shape} {one.source}', fg=colour, bold=True)}: {line}"
                if not place
                else f"    {line}"
            )
        click.echo(f"    → {one.remedy}")


def _tell_table(found: Sequence[Standing], zone: str) -> None:
    rows = [
        [
            one.source,
            one.kind,
            _outcome(one),
            moment(one.last_checked, zone),
            moment(one.next_check, zone),
            one.reason,
            one.items,
            _bars(one),
        ]
        for one in found
    ]
    table("", ("source", "kind", "outcome", "last check", "next check", "why then", "items", "found"), rows)


def _outcome(one: Standing) -> Any:
    from rich.text import Text

    shape, colour = SHAPES.get(one.outcome, SHAPES["never checked"])
    if one.alarms and not one.failures:
        shape, colour = ALARM
    return Text(f"{shape} {one.outcome}", style=colour)


def _bars(one: Standing) -> str:
    """One bar for each field, in the order that stands below the table."""
    if not one.pages:
        return ""
    return "".join(_bar(one.coverage[name]) for name in SHORT)


def _bar(percent: int) -> str:
    return BARS[min(len(BARS) - 1, percent * len(BARS) // 100)]


def _tell_detail(one: Standing, zone: str) -> None:
    click.echo(f"\n{one.source}: {one.where}")
    if not one.runs:
        click.echo("  no page was read yet")
        return
    oldest = list(reversed(one.runs))
    first, last = moment(oldest[0].at, zone), moment(oldest[-1].at, zone)
    many = f"{len(oldest)} runs that read pages, {first} to {last}; the newest stands right"
    click.echo(f"  {many if len(oldest) > 1 else f'1 run that read pages, {last}'}")
    for name in FIELDS:
        rates = [round(100 * run.counts.get(name, 0) / run.pages) for run in oldest]
        click.echo(f"  {name:<9} {one.coverage.get(name, 0):>3} %  {''.join(map(_bar, rates))}")
    click.echo(f"  {'pages':<9} {oldest[-1].pages:>5}  {_counts([run.pages for run in oldest])}")
    click.echo(f"  {'new items':<9} {oldest[-1].new:>5}  {_counts([run.new for run in oldest])}")
    for name in one.runs[0].unmatched:
        click.echo(f"  selectors.{name} matched nothing in the newest run")


def _counts(counts: Sequence[int]) -> str:
    most = max(counts)
    return "".join(_bar(round(100 * count / most)) if most else BARS[0] for count in counts)
