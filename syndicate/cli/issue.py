"""`syndicate issue`: what is compiled, seen, sent, stopped and followed."""

import asyncio
from collections.abc import Awaitable, Callable
from email import message_from_bytes, policy
from pathlib import Path
from typing import TypeVar

import click

from syndicate.app import App
from syndicate.audience.listing import count_active
from syndicate.cli.main import DONE, IN_PART, WRONG, Group, Options
from syndicate.cli.session import answer, confirm, moment, new_owner, run_app, table
from syndicate.cli.work import choose, do_jobs
from syndicate.deliver import send as sending
from syndicate.deliver.send import IssueReport
from syndicate.errors import OwnFault
from syndicate.model.delivery import DeliveryState, Recipient
from syndicate.model.job import Job
from syndicate.model.newsletter import Issue, IssueState
from syndicate.publish.compile import draft_issue, issue_of
from syndicate.publish.issues import find_issue, latest_issue, list_issues, next_number
from syndicate.publish.recompile import Recompiled, recompile_issue
from syndicate.schedule.firing import compile_number
from syndicate.schedule.service import SWEEPING, run_jobs

T = TypeVar("T")

UNDER_WAY = (IssueState.SENDING, IssueState.PAUSED)
WAITING = (DeliveryState.QUEUED, DeliveryState.LEASED, DeliveryState.DEFERRED)
NAME = "NEWSLETTER[/NUMBER]"
SAMPLE = Recipient(subscriber_id=0, address="reader@example.org", name="Sample Reader")


@click.group(cls=Group)
def issue() -> None:
    """Issues of newsletters. NEWSLETTER/NUMBER names one, NEWSLETTER the latest.

    \b
    Examples:
      syndicate issue preview daily           what the next issue would be
      syndicate issue send daily --dry-run    to how many it would go
      syndicate issue send daily              compile it, ask, send it
      syndicate issue report daily/3          what became of every mail
      syndicate issue pause daily             stop a send that is under way
      syndicate issue recompile daily         render it again, after a correction or a withdrawal
    """


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


@issue.command()
@click.argument("name", metavar=NAME)
@click.option("--dry-run", is_flag=True, help="Say what would be sent, and to how many; send nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--wait", is_flag=True, help="Wait for the last mail, also beside a running service.")
@click.pass_obj
def send(options: Options, name: str, dry_run: bool, yes: bool, wait: bool) -> int:
    """Send an issue that is compiled, or compile the next one and send it.

    Says to how many people, and asks. Without a terminal it needs --yes.
    """
    ready, job, count = run_app(options, lambda app: _ready(app, name))
    if ready.id:
        run_app(options, lambda app: sending.refuse_stopped(app.sending, ready.id))
    if job is None:
        answer(options, {}, lambda: click.echo(f"{name}: there is nothing new to put into an issue"))
        return DONE
    people = "1 person" if count == 1 else f"{count} people"
    what = f"{ready.newsletter}/{ready.number} “{ready.subject}” to {people}"
    if dry_run:
        told = {"newsletter": ready.newsletter, "number": ready.number, "recipients": count}
        answer(options, told, lambda: click.echo(f"Would send {what}."))
        return DONE
    confirm(f"Send {what}?", yes=yes)

    async def wanted(app: App) -> list[Job]:
        return [job]

    [ended] = do_jobs(options, wanted)
    if ended.error:
        return IN_PART
    report = run_app(options, lambda app: _report(app, f"{ready.newsletter}/{ready.number}", wait=wait))
    _show(options, report)
    return _end(report)


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


@issue.command()
@click.argument("name", metavar=NAME)
@click.pass_obj
def report(options: Options, name: str) -> int:
    """Say how many mails of an issue were sent, wait, or failed, and why it stands still if it does."""

    async def work(app: App) -> tuple[IssueReport, str]:
        return await _report(app, name), app.catalogue.site.timezone

    told, zone = run_app(options, work)
    _show(options, told)
    if told.trouble and not options.json and not options.quiet:
        again = f"; it is tried again at {moment(told.again, zone)}" if told.again else ""
        click.echo(f"{told.trouble}{again}")
    return DONE


@issue.command()
@click.argument("name", metavar=NAME)
@click.pass_obj
def pause(options: Options, name: str) -> int:
    """Stop a send that is under way, until it is resumed."""
    return _change(options, name, lambda app, found: sending.pause(app.sending, found.id), "is paused")


@issue.command()
@click.argument("name", metavar=NAME)
@click.pass_obj
def resume(options: Options, name: str) -> int:
    """Let a send go on that was paused, broken off, or waits for the relay."""

    async def act(app: App, found: Issue) -> bool:
        resumed = await sending.resume(app.sending, found.id)
        await run_jobs(app, [SWEEPING] if resumed else [], owner=new_owner())
        return resumed

    code = _change(options, name, act, "goes on")
    return code or _end(run_app(options, lambda app: _report(app, name)))


@issue.command()
@click.argument("name", metavar=NAME)
@click.pass_obj
def recompile(options: Options, name: str) -> int:
    """Render an unfinished issue again: without what was withdrawn, with what was corrected.

    It keeps its number. Whoever has got it gets nothing more; the others get the new rendering. One that is
    being sent stops meanwhile, and then goes on; one that was stopped waits for resume or send.
    """
    done, sending_before = run_app(options, lambda app: _recompile(app, name), sends=True)
    if done.empty:
        text = f"Nothing would be left of {done.name}: syndicate issue cancel {done.name} ends it."
        answer(options, done, lambda: click.echo(text))
        return IN_PART
    answer(options, done, lambda: _tell_recompiled(done, goes_on=sending_before))
    return DONE


@issue.command()
@click.argument("name", metavar=NAME)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def cancel(options: Options, name: str, yes: bool) -> int:
    """End an issue: whoever has not got it yet gets nothing. It cannot be undone."""
    before = run_app(options, lambda app: _report(app, name))
    waiting = sum(before.tally.get(state, 0) for state in before.tally if state in {"queued", "deferred"})
    confirm(f"Cancel {before.name} for the {waiting} who wait for it? It cannot be undone.", yes=yes)
    return _change(
        options, before.name, lambda app, found: sending.cancel(app.sending, found.id), "is cancelled"
    )


async def _recompile(app: App, name: str) -> tuple[Recompiled, bool]:
    found = await find_issue(app.db, app.catalogue, name)
    paused = await sending.pause(app.sending, found.id, reason="it is being rendered again")
    # What dead senders left would otherwise count as in hand.
    await sending.recover(app.sending)
    done = await recompile_issue(app.compiling, found.id)
    if paused and not done.empty and await sending.resume(app.sending, found.id):
        await run_jobs(app, [SWEEPING], owner=new_owner())
    return done, paused


def _tell_recompiled(done: Recompiled, *, goes_on: bool) -> None:
    click.echo(f"{done.name} is rendered again, with {done.items} items.")
    for title in done.left_out:
        click.echo(f"  left out:  {title}")
    for title in done.revised:
        click.echo(f"  new words: {title}")
    if not goes_on:
        verb = "send" if done.state is IssueState.COMPILED else "resume"
        click.echo(f"Now: syndicate issue {verb} {done.name}")


async def _ready(app: App, name: str) -> tuple[Issue, Job | None, int]:
    """What `send` is about: a compiled issue, or the next one; the job that sends it; to how many."""
    if name not in app.catalogue.newsletters:
        found = await find_issue(app.db, app.catalogue, name)
        if found.state in UNDER_WAY:
            raise OwnFault(f"{name} is {found.state}; syndicate issue resume {name} lets it go on")
        if found.state is not IssueState.COMPILED:
            raise OwnFault(f"{name} is {found.state} already; nobody gets an issue twice")
        return (
            found,
            Job(name="issue.send", args={"issue": found.id}),
            await count_active(app.people, found.newsletter),
        )
    await _refuse_beside(app, name)
    count = await count_active(app.people, name)
    latest = await latest_issue(app.db, name)
    if latest and latest.state is IssueState.COMPILED:
        return latest, Job(name="issue.send", args={"issue": latest.id}), count
    draft = await draft_issue(app.compiling, name)
    job = compile_number(name, draft.number) if draft else None
    empty = Issue(id=0, newsletter=name, number=0, state=IssueState.COMPILED, compiled=app.now())
    return issue_of(draft, name, app.now()) if draft else empty, job, count


async def _refuse_beside(app: App, newsletter: str) -> None:
    """Two issues at once are hardly meant. Raises OwnFault while one is under way."""
    for one in await list_issues(app.db, newsletter):
        if one.state in UNDER_WAY:
            name = f"{one.newsletter}/{one.number}"
            told = await _report(app, name)
            waiting = sum(told.tally.get(state, 0) for state in WAITING)
            raise OwnFault(
                f"{name} is {one.state}, and {waiting} wait for it; syndicate issue resume {name} lets it go "
                f"on. To send another beside it: syndicate issue compile {newsletter}, then name that one"
            )


async def _report(app: App, name: str, *, wait: bool = False) -> IssueReport:
    found = await find_issue(app.db, app.catalogue, name)
    told = await sending.report(app.sending, found.id)
    while wait and told.state is IssueState.SENDING:
        await asyncio.sleep(0.5)
        told = await sending.report(app.sending, found.id)
    return told


def _end(told: IssueReport) -> int:
    """The exit code of a send, and on stderr why it does not go on."""
    if told.trouble:
        click.echo(f"{told.name}: {told.trouble}", err=True)
    return IN_PART if told.trouble else DONE


def _show(options: Options, told: IssueReport) -> None:
    def text() -> None:
        people = "1 recipient" if told.candidates == 1 else f"{told.candidates} recipients"
        click.echo(f"{told.name}: {told.state}, {people}")
        if told.tally:
            table("", ("state", "mails"), [[state, count] for state, count in sorted(told.tally.items())])

    answer(options, told, text)


def _change(options: Options, name: str, act: Callable[[App, Issue], Awaitable[bool]], done: str) -> int:
    async def work(app: App) -> tuple[bool, Issue]:
        found = await find_issue(app.db, app.catalogue, name)
        return await act(app, found), found

    changed, found = run_app(options, work, sends=True)
    full = f"{found.newsletter}/{found.number}"
    text = f"{full} {done}." if changed else f"{full} is {found.state}: nothing was changed."
    answer(options, {"changed": changed}, lambda: click.echo(text))
    return DONE if changed else WRONG


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
