"""`syndicate issue send` and `issue test`."""

from dataclasses import dataclass, replace
from typing import Any

import click

from syndicate.app import App
from syndicate.audience.listing import count_active
from syndicate.cli.issue_check import check_ready, tell_preflight
from syndicate.cli.issue_report import NAME, end_code, find_report, people, tell_report
from syndicate.cli.main import DONE, IN_PART, Command, Options
from syndicate.cli.progress import Bars
from syndicate.cli.sending_bar import sending_bar
from syndicate.cli.session import answer, confirm, run_app, table
from syndicate.cli.work import choose, do_jobs
from syndicate.deliver import send as sending
from syndicate.deliver.again import Addition, Who, Wish, count_more
from syndicate.deliver.send import IssueReport
from syndicate.deliver.trial import Trial, send_trial
from syndicate.errors import OwnFault
from syndicate.model.delivery import DeliveryState
from syndicate.model.job import Job
from syndicate.model.newsletter import Issue, IssueState
from syndicate.publish.compile import draft_issue, issue_of
from syndicate.publish.issues import find_issue, latest_issue, list_issues
from syndicate.schedule.firing import compile_number

UNDER_WAY = (IssueState.SENDING, IssueState.PAUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """The options of `issue send`; `who` is empty when it goes to everybody for the first time."""

    dry_run: bool
    yes: bool
    wait: bool
    who: str | None
    unknown: bool
    accept: bool


@click.command(cls=Command)
@click.argument("name", metavar=NAME)
@click.option("--dry-run", is_flag=True, help="Say what would be sent, and to how many; send nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--wait", is_flag=True, help="Wait for the last mail, also beside a running service.")
@click.option("--accept", is_flag=True, help="Send it whatever `issue check` finds in it.")
@click.option(
    "--missed", "who", flag_value="missed", help="To those it could not reach in time, or was cancelled for."
)
@click.option("--new", "who", flag_value="new", help="To those who have subscribed since.")
@click.option("--unknown", is_flag=True, help="With --missed: also to those who may have got it.")
@click.pass_obj
def send(options: Options, /, name: str, **how: Any) -> int:
    """Send an issue that is compiled, or compile the next one and send it.

    Says to how many people, and asks. Without a terminal it needs --yes. With --missed or --new, an issue
    that was sent goes to more people. Nobody gets it twice, however often you ask; only the --unknown may.
    """
    chosen = How(**how)
    if chosen.who:
        return _send_more(options, name, chosen)
    if chosen.unknown:
        raise click.UsageError("--unknown says who else was missed: it goes with --missed")
    return _send_first(options, name, chosen)


@click.command(cls=Command)
@click.argument("name", metavar=NAME)
@click.argument("addresses", metavar="ADDRESS...", nargs=-1, required=True)
@click.pass_obj
def test(options: Options, name: str, addresses: tuple[str, ...]) -> int:
    """Send an issue to these addresses alone, with [Test] in its subject; NEWSLETTER is the next one's draft.

    Nothing is stored, nobody else gets it, and its links to unsubscribe say that they are a test's.
    """

    async def work(app: App) -> list[Trial]:
        return await send_trial(app.sending, await _issue_to_try(app, name), addresses)

    found = run_app(options, work, sends=True)
    rows = [
        [one.address, "accepted" if one.accepted else "not sent", f"{one.code or ''} {one.words}".strip()]
        for one in found
    ]
    answer(options, found, lambda: table("", ("address", "", "what was said"), rows))
    return DONE if all(one.accepted for one in found) else IN_PART


async def _issue_to_try(app: App, name: str) -> Issue:
    """A newsletter's next issue, or the one that has the number. Raises NotFound, OwnFault."""
    if "/" in name or name.isdecimal():
        return await find_issue(app.db, app.catalogue, name)
    choose([name], app.catalogue.newsletters, "newsletter")
    latest = await latest_issue(app.db, name)
    if latest and latest.state is IssueState.COMPILED:
        return latest
    draft = await draft_issue(app.compiling, name)
    if draft is None:
        last = f"; syndicate issue test {name}/{latest.number} … sends the latest" if latest else ""
        raise OwnFault(f"{name}: there is nothing new to put into an issue{last}")
    return issue_of(draft, name, app.now())


def _send_first(options: Options, name: str, how: How) -> int:
    ready, job, count = run_app(options, lambda app: _ready(app, name))
    if ready.id:
        run_app(options, lambda app: sending.refuse_stopped(app.sending, ready.id))
    if job is None:
        answer(options, {}, lambda: click.echo(f"{name}: there is nothing new to put into an issue"))
        return DONE
    held = _look_first(options, ready, how)
    what = f"{ready.newsletter}/{ready.number} “{ready.subject}” to {_persons(count)}"
    if held:
        return IN_PART
    if how.dry_run:
        told = {"newsletter": ready.newsletter, "number": ready.number, "recipients": count}
        answer(options, told, lambda: click.echo(f"Would send {what}."))
        return DONE
    confirm(f"Send {what}?", yes=how.yes)
    accepted = replace(job, args={**job.args, "accept": how.accept})
    return _do(options, accepted, f"{ready.newsletter}/{ready.number}", how)


def _look_first(options: Options, ready: Issue, how: How) -> bool:
    """Tell what the pre-flight finds; whether that holds the issue back."""
    found = run_app(options, lambda app: check_ready(app, ready))
    if found.findings and not options.quiet:
        tell_preflight(found, err=True)
    if found.holds and not how.accept:
        click.echo(f"{found.name} is not sent; to send it all the same, say --accept.", err=True)
        return True
    return False


def _send_more(options: Options, name: str, how: How) -> int:
    async def look(app: App) -> tuple[Wish, Addition]:
        found = await find_issue(app.db, app.catalogue, name)
        wish = Wish(issue_id=found.id, who=Who(how.who or ""), unknown=how.unknown)
        return wish, await count_more(app.sending, wish)

    wish, more = run_app(options, look)
    what = f"{more.name} “{more.subject}” to {_persons(more.count, 'more ')}{_of_whom(more)}"
    if not more.count:
        missed = "nobody was missed who may still be written to"
        nobody = missed if wish.who is Who.MISSED else "nobody has subscribed since"
        answer(options, more, lambda: click.echo(f"{more.name}: {nobody}."))
        return DONE
    if how.dry_run:
        answer(options, more, lambda: click.echo(f"Would send {what}."))
        return DONE
    confirm(f"Send {what}?", yes=how.yes)
    return _do(options, wish.job(), more.name, how)


def _do(options: Options, job: Job, name: str, how: How) -> int:
    async def wanted(_app: App) -> list[Job]:
        return [job]

    async def report_of(app: App) -> IssueReport:
        async with sending_bar(bars, app, name):
            return await find_report(app, name, wait=how.wait)

    with Bars(options) as bars:
        [ended] = do_jobs(options, wanted, beside=lambda app: sending_bar(bars, app, name))
        if ended.error:
            return IN_PART
        report = run_app(options, report_of)
    tell_report(options, report)
    return end_code(report)


def _persons(count: int, more: str = "") -> str:
    return f"{count} {more}{'person' if count == 1 else 'people'}"


def _of_whom(more: Addition) -> str:
    """Why they are missed, and who may get it twice."""
    parts = [f"{count} {state}" for state, count in more.missed.items()]
    twice = more.missed.get(DeliveryState.UNKNOWN)
    warning = f"; {people(twice, 'unknown one')} may get it twice" if twice else ""
    return f" ({', '.join(parts)}{warning})" if parts else ""


async def _ready(app: App, name: str) -> tuple[Issue, Job | None, int]:
    """What `send` is about: a compiled issue, or the next one; the job that sends it; to how many."""
    if name not in app.catalogue.newsletters:
        found = await find_issue(app.db, app.catalogue, name)
        if found.state is IssueState.SENDING:
            raise OwnFault(
                f"{name} is being sent: syndicate issue report {name} says how far it is; if it waits for "
                f"its relay, syndicate issue resume {name} tries that at once"
            )
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
            waiting = (await find_report(app, name)).waiting
            raise OwnFault(
                f"{name} is {one.state}, and {waiting} wait for it; syndicate issue resume {name} lets it go "
                f"on. To send another beside it: syndicate issue compile {newsletter}, then name that one"
            )
