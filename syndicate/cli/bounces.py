"""`syndicate bounces`: what came back of our mail, and the pipe that takes it in."""

import os
import sys

import click

from syndicate.app import App
from syndicate.cli.main import DONE, Group, Options
from syndicate.cli.session import answer, moment, run_app, table
from syndicate.deliver.bounce.applying import Applied
from syndicate.deliver.bounce.listing import Came, list_came
from syndicate.deliver.bounce.raw import Envelope
from syndicate.deliver.bounce.returning import Intake
from syndicate.deliver.bounce.taking import take_mail
from syndicate.publish.issues import find_issue

# sysexits.h: whoever pipes a mail to us keeps it and tries again; every other code makes it come back.
TRY_AGAIN = 75
# What Postfix's local(8) says of the mail that it pipes.
TOLD_BY_POSTFIX = ("ORIGINAL_RECIPIENT", "RECIPIENT")
SHOWN = 1_000


@click.group(cls=Group)
def bounces() -> None:
    """What came back: bounces, complaints, and mail that was taken for one.

    \b
    Examples:
      syndicate bounces list --issue daily/3      what came back of an issue
      syndicate bounces list --unmatched          what nothing was done upon
      syndicate bounces take < mail.eml           take one mail in, as a pipe of the relay does
    """


@bounces.command("list")
@click.option("--issue", default="", metavar="NEWSLETTER[/NUMBER]", help="Of this issue alone.")
@click.option(
    "--unmatched", is_flag=True, help="Only that upon which nothing was done: unknown, or unsigned."
)
@click.option("--take", default=SHOWN, show_default=True, help="So many at most, the newest.")
@click.pass_obj
def list_(options: Options, issue: str, unmatched: bool, take: int) -> int:
    """List what came back, the newest first. Times are in site.timezone; no addresses are kept."""

    async def work(app: App) -> tuple[list[Came], str]:
        found = await find_issue(app.db, app.catalogue, issue) if issue else None
        came = await list_came(
            app.people, issue_id=found.id if found else None, unmatched=unmatched, limit=take
        )
        return came, app.catalogue.site.timezone

    came, zone = run_app(options, work)
    answer(options, came, lambda: _tell(came, zone))
    return DONE


@bounces.command()
@click.argument("recipient", nargs=-1)
@click.pass_obj
def take(options: Options, recipient: tuple[str, ...]) -> int:
    """Take in one mail from standard input: for an alias or a transport of your mail server.

    RECIPIENT is the address that it came to, where the server tells it; else ORIGINAL_RECIPIENT and RECIPIENT
    of the environment count. Exit code 75 when it has to come again: the database is busy, the disk full, or
    the configuration cannot be read.
    """
    told = recipient or tuple(os.environ[name] for name in TOLD_BY_POSTFIX if os.environ.get(name))
    try:
        applied = _take(options, told)
    except Exception as error:  # noqa: BLE001 - whatever it is, the mail must not be lost
        click.echo(f"{type(error).__name__}: {error}", err=True)
        return TRY_AGAIN
    answer(options, applied, lambda: click.echo(", ".join(applied.deeds) or "known already"))
    return DONE


def _take(options: Options, recipients: tuple[str, ...]) -> Applied:
    async def work(app: App) -> Applied:
        data = sys.stdin.buffer.read(app.config.settings.bounces.max_bytes)
        how = Envelope(intake=Intake.PIPE, recipients=recipients)
        return await take_mail(app.returning, _without_mark(data), how)

    return run_app(options, work)


def _without_mark(data: bytes) -> bytes:
    # The first line of an mbox, which local(8) writes before a mail that it pipes.
    return data.partition(b"\n")[2] if data.startswith(b"From ") else data


def _tell(came: list[Came], zone: str) -> None:
    rows = [
        [
            moment(one.at, zone),
            one.kind,
            one.issue,
            one.status,
            one.reason,
            one.applied,
            one.intake if one.intake != Intake.WEBHOOK else one.provider,
            one.diagnostic,
        ]
        for one in came
    ]
    columns = ("at", "kind", "issue", "status", "reason", "done", "by", "what was said")
    if rows:
        table("", columns, rows)
    else:
        click.echo("Nothing came back.")
