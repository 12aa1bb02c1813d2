"""`syndicate item list` and `item find`: the ids that the other commands take."""

from collections.abc import Sequence
from datetime import datetime
from textwrap import shorten

import click

from syndicate.app import App
from syndicate.cli.durations import Since
from syndicate.cli.main import DONE, IN_PART, Command, Options
from syndicate.cli.session import answer, moment, now, run_app, table
from syndicate.collect.finding import MOST_READ, ItemLine, Sought, find_items, list_items
from syndicate.model.item import ItemState

TITLE = 80
SHORT_ID = 8


@click.command("list", cls=Command)
@click.option("--source", default="", metavar="NAME", help="Of this source alone.")
@click.option("--since", type=Since(now), help="From a day (2026-03-01), or for so long (7d).")
@click.option(
    "--state", type=click.Choice([state.value for state in ItemState]), help="Live or withdrawn alone."
)
@click.option("--corrected", is_flag=True, help="Corrected ones alone.")
@click.option("--take", default=50, show_default=True, type=click.IntRange(1, 1000), help="At most so many.")
@click.pass_obj
def list_(
    options: Options, source: str, since: datetime | None, state: str | None, corrected: bool, take: int
) -> int:
    """List items, the newest first, the undated last.

    \b
    Examples:
      syndicate item list --source harbour --since 2026-03-01
      syndicate item list --state withdrawn
    """
    sought = Sought(
        source=source,
        since=since,
        state=ItemState(state) if state else None,
        corrected=corrected,
        take=take,
    )
    return _answer(options, *run_app(options, lambda app: _listed(app, sought)))


@click.command(cls=Command)
@click.argument("words", nargs=-1, required=True, metavar="ADDRESS|WORDS...")
@click.option("--take", default=20, show_default=True, type=click.IntRange(1, 1000), help="At most so many.")
@click.pass_obj
def find(options: Options, words: tuple[str, ...], take: int) -> int:
    """Find an item by the original's address, by its page here, or by words of its headline.

    1 when there is none.

    \b
    Examples:
      syndicate item find https://courier.example/2026/ferry
      syndicate item find ferry islands
    """
    found, zone = run_app(options, lambda app: _found(app, " ".join(words), take))
    if found or options.json:
        _answer(options, found, zone)
    if not found:
        click.echo(f"There is none; words are looked for in the newest {MOST_READ:,} items.", err=True)
    return DONE if found else IN_PART


async def _listed(app: App, sought: Sought) -> tuple[list[ItemLine], str]:
    return await list_items(app.db, sought), app.catalogue.site.timezone


async def _found(app: App, text: str, take: int) -> tuple[list[ItemLine], str]:
    return await find_items(app.db, text, take=take), app.catalogue.site.timezone


def _answer(options: Options, found: Sequence[ItemLine], zone: str) -> int:
    rows = [
        [
            one.id[:SHORT_ID],
            one.kind,
            _date(one, zone),
            one.source,
            _state(one, zone),
            shorten(one.title, TITLE, placeholder="…"),
        ]
        for one in found
    ]
    columns = ("id", "kind", "date", "source", "state", "headline")
    answer(options, {"items": found}, lambda: table("", columns, rows))
    return DONE


def _date(one: ItemLine, zone: str) -> str:
    if one.at:
        return moment(one.at, zone, day_only=True)
    return f"undated, captured {moment(one.captured, zone, day_only=True)}" if one.captured else "undated"


def _state(one: ItemLine, zone: str) -> str:
    if one.withdrawn:
        return f"withdrawn {moment(one.withdrawn, zone, day_only=True)}"
    return f"corrected {moment(one.corrected, zone, day_only=True)}" if one.corrected else ""
