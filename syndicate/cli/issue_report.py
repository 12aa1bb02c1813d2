"""`syndicate issue report`, and what other commands say of how an issue stands."""

import asyncio

import click

from syndicate.app import App
from syndicate.cli.main import DONE, IN_PART, Command, Options
from syndicate.cli.session import answer, moment, run_app, table
from syndicate.deliver import send as sending
from syndicate.deliver.send import IssueReport
from syndicate.model.newsletter import IssueState
from syndicate.publish.issues import find_issue

NAME = "NEWSLETTER[/NUMBER]"


@click.command(cls=Command)
@click.argument("name", metavar=NAME)
@click.pass_obj
def report(options: Options, name: str) -> int:
    """Say how many mails of an issue were sent, wait, or failed, and why it stands still if it does."""

    async def work(app: App) -> tuple[IssueReport, str]:
        return await find_report(app, name), app.catalogue.site.timezone

    told, zone = run_app(options, work)
    tell_report(options, told)
    if told.trouble and not options.json and not options.quiet:
        again = f"; it is tried again at {moment(told.again, zone)}" if told.again else ""
        click.echo(f"{told.trouble}{again}")
    return DONE


async def find_report(app: App, name: str, *, wait: bool = False) -> IssueReport:
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
    def text() -> None:
        people = "1 recipient" if told.candidates == 1 else f"{told.candidates} recipients"
        click.echo(f"{told.name}: {told.state}, {people}")
        if told.tally:
            table("", ("state", "mails"), [[state, count] for state, count in sorted(told.tally.items())])

    answer(options, told, text)
