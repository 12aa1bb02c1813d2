"""`syndicate issue`: what is compiled, seen, sent, stopped and followed."""

from email import message_from_bytes, policy
from pathlib import Path

import click

from syndicate.app import App
from syndicate.cli.issue_check import check
from syndicate.cli.issue_report import NAME, report
from syndicate.cli.issue_send import send, test
from syndicate.cli.issue_steer import cancel, pause, recompile, resume
from syndicate.cli.main import DONE, IN_PART, Group, Options
from syndicate.cli.session import answer, moment, run_app, table
from syndicate.cli.work import choose, do_jobs
from syndicate.model.delivery import Recipient
from syndicate.model.job import Job
from syndicate.model.newsletter import Issue
from syndicate.publish.compile import draft_issue, issue_of
from syndicate.publish.issues import find_issue, list_issues, next_number
from syndicate.schedule.firing import compile_number

SAMPLE = Recipient(subscriber_id=0, address="reader@example.org", name="Sample Reader")


@click.group(cls=Group)
def issue() -> None:
    """Issues of newsletters. NEWSLETTER/NUMBER names one, NEWSLETTER the latest.

    \b
    Examples:
      syndicate issue preview daily           what the next issue would be
      syndicate issue check daily             whether anything is wrong with it
      syndicate issue test daily ADDRESS      send the draft to yourself alone
      syndicate issue send daily --dry-run    to how many it would go
      syndicate issue send daily              compile it, ask, send it
      syndicate issue report daily/3          what became of every mail
      syndicate issue send daily/3 --missed   to those whom it did not reach
      syndicate issue pause daily             stop a send that is under way
      syndicate issue recompile daily         render it again, after a correction or a withdrawal
    """


for _command in (check, send, test, report, pause, resume, recompile, cancel):
    issue.add_command(_command)


@issue.command("compile")
@click.argument("newsletter")
@click.pass_obj
def compile_(options: Options, newsletter: str) -> int:
    """Freeze the next issue without sending it. Nothing to put into it is no fault."""

    async def wanted(app: App) -> list[Job]:
        choose([newsletter], app.catalogue.newsletters, "newsletter")
        return [compile_number(newsletter, await next_number(app.db, newsletter), send_it=False)]

    [ended] = do_jobs(options, wanted)
    found = ended.result or {}
    text = (
        f"{newsletter}/{found['number']}: {found['subject']} ({found['items']} items)"
        if "number" in found
        else f"{newsletter}: there is nothing new to put into an issue"
    )
    if not ended.error:
        answer(options, found, lambda: click.echo(text))
    return IN_PART if ended.error else DONE


@issue.command()
@click.argument("newsletter")
@click.option(
    "--html", type=click.Path(dir_okay=False, path_type=Path), help="Also write the web version here."
)
@click.option("--eml", type=click.Path(dir_okay=False, path_type=Path), help="Also write the mail here.")
@click.pass_obj
def preview(options: Options, newsletter: str, html: Path | None, eml: Path | None) -> int:
    """Show the next issue as it would be now. Nothing is stored, no number is used."""

    async def work(app: App) -> tuple[Issue, bytes] | None:
        choose([newsletter], app.catalogue.newsletters, "newsletter")
        draft = await draft_issue(app.compiling, newsletter)
        if draft is None:
            return None
        drafted = issue_of(draft, newsletter, app.now())
        return drafted, app.sending.compositor.issue(drafted)(SAMPLE).data

    found = run_app(options, work)
    if found is None:
        answer(options, {}, lambda: click.echo(f"{newsletter}: there is nothing new to put into an issue"))
        return DONE
    drafted, mail = found
    if html:
        html.write_text(drafted.web_html, "utf-8")
    if eml:
        eml.write_bytes(mail)
    told = {
        "newsletter": newsletter,
        "number": drafted.number,
        "subject": drafted.subject,
        "text": _text(mail),
    }
    answer(options, told, lambda: click.echo(f"Subject: {drafted.subject}\n\n{told['text']}"))
    return DONE


@issue.command("list")
@click.argument("newsletter", required=False, default="")
@click.pass_obj
def list_(options: Options, newsletter: str) -> int:
    """List issues, the newest first. Times are in site.timezone."""

    async def work(app: App) -> tuple[list[Issue], str]:
        return await list_issues(app.db, newsletter), app.catalogue.site.timezone

    found, zone = run_app(options, work)
    rows = [
        [
            f"{one.newsletter}/{one.number}",
            one.state,
            moment(one.compiled, zone),
            one.candidates,
            one.subject,
        ]
        for one in found
    ]
    told = [_brief(one) for one in found]
    answer(options, told, lambda: table("", ("issue", "state", "compiled", "recipients", "subject"), rows))
    return DONE


@issue.command()
@click.argument("name", metavar=NAME)
@click.pass_obj
def show(options: Options, name: str) -> int:
    """Show an issue's text as it was frozen."""

    async def work(app: App) -> tuple[Issue, bytes]:
        found = await find_issue(app.db, app.catalogue, name)
        return found, app.sending.compositor.issue(found)(SAMPLE).data

    found, mail = run_app(options, work)
    told = _brief(found) | {"text": _text(mail)}
    answer(options, told, lambda: click.echo(f"Subject: {found.subject}\n\n{told['text']}"))
    return DONE


def _text(mail: bytes) -> str:
    part = message_from_bytes(mail, policy=policy.default).get_body(("plain",))
    return str(part.get_content()) if part else ""


def _brief(found: Issue) -> dict[str, object]:
    return {
        "newsletter": found.newsletter,
        "number": found.number,
        "state": found.state,
        "compiled": found.compiled,
        "subject": found.subject,
        "recipients": found.candidates,
    }
