"""`syndicate issue send`."""

import click

from syndicate.app import App
from syndicate.audience.listing import count_active
from syndicate.cli.issue_report import NAME, end_code, find_report, tell_report
from syndicate.cli.main import DONE, IN_PART, Command, Options
from syndicate.cli.session import answer, confirm, run_app
from syndicate.cli.work import do_jobs
from syndicate.deliver import send as sending
from syndicate.errors import OwnFault
from syndicate.model.delivery import DeliveryState
from syndicate.model.job import Job
from syndicate.model.newsletter import Issue, IssueState
from syndicate.publish.compile import draft_issue, issue_of
from syndicate.publish.issues import find_issue, latest_issue, list_issues
from syndicate.schedule.firing import compile_number

UNDER_WAY = (IssueState.SENDING, IssueState.PAUSED)
WAITING = (DeliveryState.QUEUED, DeliveryState.LEASED, DeliveryState.DEFERRED)


@click.command(cls=Command)
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
    report = run_app(options, lambda app: find_report(app, f"{ready.newsletter}/{ready.number}", wait=wait))
    tell_report(options, report)
    return end_code(report)


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
            told = await find_report(app, name)
            waiting = sum(told.tally.get(state, 0) for state in WAITING)
            raise OwnFault(
                f"{name} is {one.state}, and {waiting} wait for it; syndicate issue resume {name} lets it go "
                f"on. To send another beside it: syndicate issue compile {newsletter}, then name that one"
            )
