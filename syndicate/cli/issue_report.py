"""`syndicate issue report`, and what other commands say of how an issue stands."""

import asyncio
from collections.abc import Sequence
from typing import Any

import click

from syndicate.app import App
from syndicate.cli.main import DONE, IN_PART, Command, Options
from syndicate.cli.session import answer, moment, run_app, table
from syndicate.deliver import send as sending
from syndicate.deliver.ledger import Addressee, Ledger, Share, list_people, read_ledger
from syndicate.deliver.pacing.standing import rate
from syndicate.deliver.send import IssueReport
from syndicate.model.delivery import DeliveryState
from syndicate.model.newsletter import IssueState
from syndicate.publish.issues import find_issue
from syndicate.schedule.results import plain

NAME = "NEWSLETTER[/NUMBER]"


@click.command(cls=Command)
@click.argument("name", metavar=NAME)
@click.option(
    "--state",
    type=click.Choice([state.value for state in DeliveryState]),
    help="List the people whose mail stands in this state.",
)
@click.pass_obj
def report(options: Options, name: str, state: str | None) -> int:
    """Account for everybody an issue goes to: where each mail stands, what that means, what you can do.

    By relay and by domain, with what was said of those who have not got it. Times are in site.timezone.
    """
    if state:
        return _list(options, name, DeliveryState(state))

    async def work(app: App) -> tuple[Ledger, str]:
        found = await find_issue(app.db, app.catalogue, name)
        return await read_ledger(app.sending, found.id), app.catalogue.site.timezone

    told, zone = run_app(options, work)
    answer(options, _flat(told), lambda: _tell(told, zone))
    return IN_PART if told.missing else DONE


async def find_report(app: App, name: str, *, wait: bool = False) -> IssueReport:
    """How an issue stands; with `wait` once it is no longer being sent. Raises NotFound."""
    found = await find_issue(app.db, app.catalogue, name)
    told = await sending.report(app.sending, found.id)
    while wait and told.state is IssueState.SENDING:
        await asyncio.sleep(0.5)
        told = await sending.report(app.sending, found.id)
    return told


def end_code(told: IssueReport) -> int:
    """The exit code of a send, and on stderr why it does not go on."""
    if told.trouble:
        click.echo(f"{told.name}: {told.trouble}", err=True)
    return IN_PART if told.trouble else DONE


def tell_report(options: Options, told: IssueReport) -> None:
    """How many mails stand in each state."""

    def text() -> None:
        _tell_head(told)
        if told.tally:
            table("", ("state", "mails"), [[state, count] for state, count in sorted(told.tally.items())])

    answer(options, told, text)


def people(count: int, noun: str = "recipient") -> str:
    """`1 recipient`, `2 recipients`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _list(options: Options, name: str, state: DeliveryState) -> int:
    async def work(app: App) -> tuple[list[Addressee], str]:
        found = await find_issue(app.db, app.catalogue, name)
        return await list_people(app.sending, found.id, state), app.catalogue.site.timezone

    found, zone = run_app(options, work)
    rows = [
        [
            one.address or f"(forgotten: {one.subscriber_id})",
            one.attempt,
            moment(one.changed, zone),
            moment(one.next_attempt, zone),
            one.relay,
            f"{one.code or ''} {one.reply}".strip(),
        ]
        for one in found
    ]
    columns = ("address", "attempts", "at", "again", "relay", "what was said")
    answer(options, found, lambda: table("", columns, rows))
    return DONE


def _flat(told: Ledger) -> dict[str, Any]:
    """As JSON: what an issue's report has always had, and beside it the account."""
    account: dict[str, Any] = plain(told)
    return {**account.pop("report"), **account}


def _tell_head(told: IssueReport) -> None:
    click.echo(f"{told.name}: {told.state}, {people(told.candidates)}")


def _tell(told: Ledger, zone: str) -> None:
    _tell_head(told.report)
    rows = [[one.state, one.count, one.means, one.remedy] for one in told.standings]
    if rows:
        table("", ("state", "mails", "which means", "what you can do"), rows)
    if told.missing:
        click.echo(
            f"{people(told.missing)} of {told.report.candidates} stand in no state: "
            "that must not be; keep the database, and report it."
        )
    if told.archived:
        click.echo(f"Who is behind these numbers is no longer in the database: {told.archived}.")
    for line in _progress(told, zone):
        click.echo(line)
    _tell_shares("by relay", told.relays)
    _tell_shares("by domain", told.domains if len(told.domains) > 1 else ())
    said = [[one.state, one.count, f"{one.code or ''} {one.words}".strip()] for one in told.reasons]
    if said:
        table("\nwhat was said", ("state", "mails", "words"), said)


def _progress(told: Ledger, zone: str) -> list[str]:
    """What goes on, and what it waits for."""
    found = told.report
    lines = []
    if told.speed:
        end = (
            f"; the last of those who wait at {moment(told.expected_end, zone)}" if told.expected_end else ""
        )
        lines.append(f"{told.speed:.1f} a second{end}.")
    if told.next_try and found.state is IssueState.SENDING:
        lines.append(f"The next later try is at {moment(told.next_try, zone)}.")
    for one in told.held:
        how = f"paused until {moment(one.until, zone)}" if one.paused else f"slowed to {rate(one.rate)}"
        lines.append(f"{one.waiting} wait: {one.name} is {how}, it said “{one.why}” ({one.resume} lifts it).")
    if found.was_unknown:
        lines.append(f"{people(found.was_unknown)} once in doubt, after a crash or a connection that broke.")
    if found.trouble:
        again = f"; it is tried again at {moment(found.again, zone)}" if found.again else ""
        lines.append(f"{found.trouble}{again}")
    if told.expires and found.state in (IssueState.SENDING, IssueState.PAUSED):
        lines.append(f"Whoever has not got it at {moment(told.expires, zone)} does not get it any more.")
    return lines


def _tell_shares(title: str, shares: Sequence[Share]) -> None:
    states = [state for state in DeliveryState if any(state in one.tally for one in shares)]
    rows = [[one.name, one.count, *(one.tally.get(state, "") for state in states)] for one in shares]
    if rows:
        table(f"\n{title}", ("", "mails", *states), rows)
