"""`syndicate hub`: who is subscribed at the embedded WebSub hub, and what could not be delivered."""

from collections.abc import Sequence
from urllib.parse import urlsplit

import click

from syndicate.app import App
from syndicate.cli.main import DONE, IN_PART, Group, Options
from syndicate.cli.session import answer, confirm, moment, run_app, table
from syndicate.partner.hub import listing
from syndicate.partner.hub.listing import HubSubscription

NOBODY = "Nobody is subscribed."
NO_LETTERS = "There are no dead letters."


@click.group(cls=Group)
def hub() -> None:
    """Subscribers of our feeds at the embedded WebSub hub. Callbacks are shown, secrets never.

    \b
    Examples:
      syndicate hub list               who is subscribed to what, and how the last delivery went
      syndicate hub dead               what was given up, and why
      syndicate hub retry              try all of that again
      syndicate hub drop 12            end a subscription; its callback is told
    """


@hub.command("list")
@click.pass_obj
def list_(options: Options) -> int:
    """List subscriptions, the oldest first. Times are in site.timezone; with --json in UTC."""

    async def work(app: App) -> tuple[Sequence[HubSubscription], str]:
        return await listing.list_all(app.hubbing), app.catalogue.site.timezone

    found, zone = run_app(options, work)
    answer(options, found, lambda: _tell(found, zone, nothing=NOBODY))
    return DONE


@hub.command()
@click.pass_obj
def dead(options: Options) -> int:
    """List what was given up. It waits for news or for `retry`; exit code 1 when there is something."""

    async def work(app: App) -> tuple[Sequence[HubSubscription], str]:
        return await listing.list_dead(app.hubbing), app.catalogue.site.timezone

    found, zone = run_app(options, work)
    answer(options, found, lambda: _tell(found, zone, nothing=NO_LETTERS))
    return IN_PART if found else DONE


@hub.command()
@click.argument("ids", nargs=-1, type=int, metavar="[NUMBER]...")
@click.pass_obj
def retry(options: Options, ids: tuple[int, ...]) -> int:
    """Deliver again what was given up, to these subscriptions or to all; the newest content is sent.

    A running service does it at once, otherwise the next one.
    """

    async def work(app: App) -> int:
        return await listing.retry(app.hubbing, ids)

    queued = run_app(options, work)
    answer(options, {"queued": queued}, lambda: click.echo(f"{queued} queued." if queued else NO_LETTERS))
    return DONE


@hub.command()
@click.argument("ids", nargs=-1, type=int, required=True, metavar="NUMBER...")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def drop(options: Options, ids: tuple[int, ...], *, yes: bool) -> int:
    """End subscriptions; their callbacks are told. They may subscribe again."""
    confirm(f"End {len(ids)} subscription{'s' if len(ids) > 1 else ''}?", yes=yes)

    async def work(app: App) -> int:
        return await listing.drop(app.hubbing, ids)

    dropped = run_app(options, work)
    answer(options, {"dropped": dropped}, lambda: click.echo(f"{dropped} ended."))
    return DONE


def _tell(found: Sequence[HubSubscription], zone: str, *, nothing: str) -> None:
    if not found:
        click.echo(nothing)
        return
    columns = (
        "number",
        "topic",
        "callback",
        "signed",
        "until",
        "delivery",
        "attempts",
        "last taken",
        "answer",
    )
    table("", columns, [_row(one, zone) for one in found])


def _row(one: HubSubscription, zone: str) -> list[object]:
    return [
        one.id,
        urlsplit(one.topic).path,
        one.callback,
        "yes" if one.signed else "",
        moment(one.leased_until, zone),
        one.state,
        one.attempt,
        moment(one.delivered, zone),
        one.reply,
    ]
