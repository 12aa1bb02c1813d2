"""`syndicate why`."""

import click

from syndicate.app import App
from syndicate.cli.main import DONE, IN_PART, Command, Options
from syndicate.cli.session import answer, moment, run_app, table
from syndicate.deliver.history import History, find_history

MEANINGS = {
    "queued": "waits its turn",
    "leased": "is being sent at this moment",
    "sent": "the relay accepted it",
    "deferred": "the relay asked us to try again",
    "refused": "the relay refused it for good",
    "bounced": "came back after it was accepted",
    "suppressed": "the address is never to be written to",
    "skipped": "had left meanwhile",
    "expired": "could not be delivered in time",
    "cancelled": "the issue was cancelled",
    "unknown": "a crash came between sending and the answer",
}


@click.command(cls=Command)
@click.argument("address")
@click.pass_obj
def why(options: Options, address: str) -> int:
    """What happened to each issue for this person, and why. Times are in site.timezone.

    \b
    Example:
      syndicate why mina@readers.example
    """

    async def work(app: App) -> tuple[History, str]:
        return await find_history(app.people, address), app.catalogue.site.timezone

    found, zone = run_app(options, work)
    answer(options, found, lambda: _tell(found, zone))
    return DONE if found.known or found.suppressed else IN_PART


def _tell(found: History, zone: str) -> None:
    if found.suppressed:
        click.echo(f"{found.address} is suppressed ({found.suppressed}): it is never written to.")
    if not found.known:
        click.echo(f"Nobody here has the address {found.address}.")
        return
    for newsletter, state in found.subscriptions.items():
        click.echo(f"{newsletter}: subscription {state}")
    rows = [
        [
            f"{one.newsletter}/{one.number}",
            one.state + (" (was unknown)" if one.was_unknown else ""),
            moment(one.at, zone),
            f"{one.code} {one.reply}" if one.code else one.reply or MEANINGS[one.state],
        ]
        for one in found.deliveries
    ]
    if rows:
        table("", ("issue", "state", "at", "what was said"), rows)
    else:
        click.echo("No issue was ever meant for this person.")
