"""`syndicate issue check`: the pre-flight of an issue, and how its findings are told."""

import click

from syndicate.app import App
from syndicate.cli.issue_report import NAME
from syndicate.cli.main import DONE, IN_PART, Command, Options
from syndicate.cli.session import answer, run_app
from syndicate.deliver.preflight.checking import Preflight, check_draft, check_issue
from syndicate.deliver.preflight.facts import Gravity
from syndicate.model.newsletter import Issue
from syndicate.publish.compile import draft_issue, issue_of
from syndicate.publish.issues import find_issue

MARKS = {Gravity.HOLD: ("HOLDS", "red"), Gravity.WARNING: ("warns", "yellow")}


@click.command(cls=Command)
@click.argument("name", metavar=NAME)
@click.pass_obj
def check(options: Options, name: str) -> int:
    """Look at an issue before it leaves: messages, links, images, subject, audience.

    NEWSLETTER alone looks at what its next issue would be. The same is looked at before any issue is sent;
    what HOLDS it back waits for `syndicate issue send NAME --accept`. Exit code 1 when something does.

    \b
    Examples:
      syndicate issue check daily       the next issue, as it would be now
      syndicate issue check daily/3     one that is compiled, its links asked once more
    """
    found = run_app(options, lambda app: _look(app, name))
    if found is None:
        answer(options, {}, lambda: click.echo(f"{name}: there is nothing new to put into an issue"))
        return DONE
    answer(options, found, lambda: tell_preflight(found))
    return IN_PART if found.holds else DONE


def tell_preflight(found: Preflight, *, err: bool = False) -> None:
    """Each finding with its remedy; one line when there is none."""
    people = "1 person" if found.recipients == 1 else f"{found.recipients} people"
    if not found.findings:
        click.echo(f"{found.name}: ready to leave, to {people}.", err=err)
    for one in found.findings:
        mark, colour = MARKS[one.gravity]
        click.echo(f"{click.style(mark, fg=colour, bold=True)}  {one.rule}: {one.said}", err=err)
        click.echo(f"       → {one.remedy}", err=err)
    if found.accepted:
        click.echo(f"{found.name}: accepted; it may leave all the same.", err=err)


async def _look(app: App, name: str) -> Preflight | None:
    if name not in app.catalogue.newsletters:
        found = await find_issue(app.db, app.catalogue, name)
        return await check_issue(app.preflighting, found.id, again=True)
    draft = await draft_issue(app.compiling, name)
    return await check_draft(app.preflighting, issue_of(draft, name, app.now())) if draft else None


async def check_ready(app: App, ready: Issue) -> Preflight:
    """The pre-flight of an issue that is compiled, or of a draft."""
    if ready.id:
        return await check_issue(app.preflighting, ready.id)
    return await check_draft(app.preflighting, ready)
