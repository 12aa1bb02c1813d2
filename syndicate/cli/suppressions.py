"""`syndicate suppressions`: addresses never to be written to, kept as keyed hashes."""

import click

from syndicate.app import App
from syndicate.audience import suppression
from syndicate.cli.main import DONE, Group, Options
from syndicate.cli.session import answer, run_app, table
from syndicate.model.subscriber import SuppressionReason


@click.group(cls=Group)
def suppressions() -> None:
    """Addresses never to be written to. Only a keyed hash of each is kept, so that a list shows no addresses.

    \b
    Examples:
      syndicate suppressions add angry@readers.example --note "by telephone, 3 May"
      syndicate suppressions list
      syndicate suppressions remove angry@readers.example
    """


@suppressions.command()
@click.argument("address")
@click.option("--note", default="", help="Why, for whoever reads the list.")
@click.pass_obj
def add(options: Options, address: str, note: str) -> int:
    """Never write to this address again, whatever is imported or signed up."""

    async def work(app: App) -> bool:
        return await suppression.suppress(app.people, address, reason=SuppressionReason.OPERATOR, note=note)

    added = run_app(options, work)
    text = f"{address} is suppressed." if added else f"{address} was suppressed already."
    answer(options, {"added": added}, lambda: click.echo(text))
    return DONE


@suppressions.command()
@click.argument("address")
@click.pass_obj
def remove(options: Options, address: str) -> int:
    """Let an address be written to again."""

    async def work(app: App) -> bool:
        return await suppression.lift(app.people, address)

    removed = run_app(options, work)
    text = f"{address} was not suppressed."
    if removed:
        text = (
            f"{address} may be written to again. Subscriptions that ended stay so: after a complaint, or who "
            f"left, subscribes by the sign-up page. syndicate why {address} shows them"
        )
    answer(options, {"removed": removed}, lambda: click.echo(text))
    return DONE


@suppressions.command("list")
@click.pass_obj
def list_(options: Options) -> int:
    """List reasons, dates and notes, the newest first."""

    async def work(app: App) -> list[suppression.Suppressed]:
        return await suppression.list_suppressed(app.people)

    found = run_app(options, work)
    rows = [[one.since.date(), one.reason, one.address_hash[:12], one.note] for one in found]
    answer(options, found, lambda: table("", ("since", "reason", "hash", "note"), rows))
    return DONE
