"""`syndicate partner log`, `usage` and `takedowns`: what each partner has, and what it was not told yet."""

from datetime import datetime, timedelta
from typing import Any

import click

from syndicate.app import App
from syndicate.cli.durations import Since
from syndicate.cli.main import DONE, IN_PART, Command, Options
from syndicate.cli.session import answer, moment, now, run_app, table
from syndicate.collect.history import whole_id
from syndicate.partner import takedowns as standings
from syndicate.partner.log import TAKE, LogLine, list_lines
from syndicate.partner.partnering import find_partner
from syndicate.partner.takedowns import ItemStanding, PartnerStanding, Standing
from syndicate.partner.usage import AddressStanding, By, UsageLine, list_addresses, list_usage

BAR = "█"
BAR_WIDTH = 40
MONTH = timedelta(days=30)
# Word, colour and shape, so that none of them is needed to tell.
SHAPES = {
    Standing.OUTSTANDING: ("▲", "yellow"),
    Standing.GONE: ("△", "yellow"),
    Standing.TOLD: ("●", "green"),
    Standing.CURRENT: ("●", "green"),
    Standing.OLDER: ("○", "yellow"),
    Standing.NEVER: ("·", ""),
}


@click.command(cls=Command)
@click.argument("name")
@click.option("--since", type=Since(now), help="From a day (2026-03-01), or for so long (7d).")
@click.option("--feed", default="", help="Of one feed.")
@click.option("--item", "item_id", default="", metavar="ID", help="What told anything of one item.")
@click.option("--take", type=click.IntRange(1, 10_000), default=TAKE, help=f"So many lines; {TAKE}.")
@click.pass_obj
def log(options: Options, name: str, since: datetime | None, feed: str, item_id: str, take: int) -> int:
    """What a partner fetched and was pushed, the newest first; kept for 400 days.

    \b
    Examples:
      syndicate partner log quay-radio --since 7d
      syndicate partner log quay-radio --item 6f1f3a      which revision of it, when
    """

    async def work(app: App) -> tuple[list[LogLine], str]:
        item = await whole_id(app.db, item_id) if item_id else ""
        found = await app.db.read(list_lines, name, since=since, feed=feed, item_id=item, take=take)
        # Of a contract that ended the log is there for as long as of any other.
        if not found:
            find_partner(app.catalogue, name)
        return found, app.catalogue.site.timezone

    found, zone = run_app(options, work)
    answer(options, found, lambda: _tell_log(found, zone))
    return DONE


@click.command(cls=Command)
@click.argument("name", default="")
@click.option("--by", type=click.Choice([one.value for one in By]), help="Sum up by day, feed or format.")
@click.option("--since", type=Since(now), help="From a day, or for so long; 30d.")
@click.pass_obj
def usage(options: Options, name: str, by: str | None, since: datetime | None) -> int:
    """How often and how much partners fetch, and how far each is behind the newest documents.

    \b
    Examples:
      syndicate partner usage                        each document of each partner
      syndicate partner usage quay-radio --by day    with a bar for each day
    """
    first = (since or now() - MONTH).date().isoformat()

    async def work(app: App) -> tuple[Any, str]:
        zone = app.catalogue.site.timezone
        if name:
            find_partner(app.catalogue, name)
        if by:
            return await app.db.read(list_usage, By(by), since=first, partner=name), zone
        return await app.db.read(list_addresses, app.catalogue, since=first, partner=name), zone

    found, zone = run_app(options, work)
    answer(options, found, lambda: _tell_usage(found, by, zone) if by else _tell_addresses(found, zone))
    return DONE


@click.command(cls=Command)
@click.argument("item_id", default="", metavar="[ITEM]")
@click.pass_obj
def takedowns(options: Options, item_id: str) -> int:
    """Which partners have fetched a withdrawal, and which have not; what needs you stands first.

    Without ITEM, the withdrawn items that any partner got. With it, every partner, also of an item that is
    live: which revision each one has. Exit code 1 when a withdrawal is outstanding.

    \b
    Examples:
      syndicate partner takedowns
      syndicate partner takedowns 6f1f3a
    """

    async def work(app: App) -> tuple[list[ItemStanding], str]:
        zone = app.catalogue.site.timezone
        if not item_id:
            return await app.db.read(standings.list_takedowns, app.catalogue), zone
        item = await whole_id(app.db, item_id)
        return [await app.db.read(standings.find_standing, app.catalogue, item)], zone

    found, zone = run_app(options, work)
    answer(options, found, lambda: _tell_standings(found, zone))
    return IN_PART if any(item.needs_somebody for item in found) else DONE


def _tell_log(found: list[LogLine], zone: str) -> None:
    if not found:
        click.echo("Nothing was fetched or pushed.")
        return
    columns = ("when", "feed", "format", "how", "status", "bytes", "token", "document", "revision")
    rows = [
        [
            moment(one.at, zone),
            one.feed,
            one.form,
            one.how,
            one.status,
            one.size,
            one.token_id or "",
            one.content[:12],
            "withdrawn" if one.withdrawn else one.revision or "",
        ]
        for one in found
    ]
    table("", columns, rows)


def _tell_usage(found: list[UsageLine], by: str, zone: str) -> None:
    most = max((one.requests + one.pushed for one in found), default=0)
    columns = ("partner", by, "requests", "304", "pushed", "refused", "bytes", "last", "")
    rows = [
        [
            one.partner or "(no partner)",
            one.key,
            one.requests,
            one.unchanged,
            one.pushed,
            one.refused,
            one.size,
            moment(one.last, zone),
            BAR * round(BAR_WIDTH * (one.requests + one.pushed) / most) if most else "",
        ]
        for one in found
    ]
    table("", columns, rows)


def _tell_addresses(found: list[AddressStanding], zone: str) -> None:
    if not found:
        click.echo("No document of a partner is published yet.")
        return
    columns = ("partner", "feed", "format", "requests", "304", "bytes", "last", "has", "newest it got")
    rows = [
        [
            one.partner,
            one.feed,
            one.form,
            one.requests,
            one.unchanged,
            one.size,
            moment(one.last, zone),
            _has(one, zone),
            f"{one.item_id[:8]} revision {one.revision}" if one.item_id else "",
        ]
        for one in found
    ]
    table("", columns, rows)


def _has(one: AddressStanding, zone: str) -> str:
    if one.last is None:
        return "nothing yet"
    return f"an older one, since {moment(one.behind_since, zone)}" if one.behind_since else "the newest"


def _tell_standings(found: list[ItemStanding], zone: str) -> None:
    if not found:
        click.echo("No partner got an item that was withdrawn.")
    if len(found) > 1:
        needing = sum(item.needs_somebody for item in found)
        click.echo(f"{len(found)} withdrawn items; {needing} need you\n")
    for place, item in enumerate(found):
        if place:
            click.echo()
        state = f"withdrawn {moment(item.withdrawn, zone)}" if item.withdrawn else f"revision {item.revision}"
        click.echo(f"{item.headline}\n{item.item_id}, {state}")
        table(
            "",
            ("partner", "standing", "has revision", "got it", "told", "last fetch of anything"),
            _rows(item.partners, zone),
        )
        for one in item.partners:
            if one.remedy:
                click.echo(f"    → {one.partner}: {one.remedy}")


def _rows(partners: tuple[PartnerStanding, ...], zone: str) -> list[list[Any]]:
    return [
        [
            one.partner,
            _shaped(one.standing),
            one.revision or "",
            moment(one.got, zone),
            moment(one.told, zone),
            moment(one.last_fetch, zone),
        ]
        for one in partners
    ]


def _shaped(standing: Standing) -> Any:
    from rich.text import Text

    shape, colour = SHAPES[standing]
    return Text(f"{shape} {standing}", style=colour)
