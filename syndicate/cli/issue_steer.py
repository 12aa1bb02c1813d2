"""`syndicate issue pause`, `resume`, `recompile` and `cancel`."""

from collections.abc import Awaitable, Callable

import click

from syndicate.app import App
from syndicate.cli.issue_report import NAME, end_code, find_report
from syndicate.cli.main import DONE, IN_PART, WRONG, Command, Options
from syndicate.cli.progress import Bars
from syndicate.cli.sending_bar import sending_bar
from syndicate.cli.session import answer, confirm, new_owner, run_app
from syndicate.deliver import send as sending
from syndicate.model.newsletter import Issue, IssueState
from syndicate.publish.issues import find_issue
from syndicate.publish.recompile import Recompiled, recompile_issue
from syndicate.schedule.asking import run_jobs
from syndicate.schedule.due import SWEEPING


@click.command(cls=Command)
@click.argument("name", metavar=NAME)
@click.pass_obj
def pause(options: Options, name: str) -> int:
    """Stop a send that is under way, until it is resumed."""
    return _change(options, name, lambda app, found: sending.pause(app.sending, found.id), "is paused")


@click.command(cls=Command)
@click.argument("name", metavar=NAME)
@click.pass_obj
def resume(options: Options, name: str) -> int:
    """Let a send go on that was paused, broken off, or waits for the relay."""

    async def act(app: App, found: Issue) -> bool:
        resumed = await sending.resume(app.sending, found.id)
        async with sending_bar(bars, app, name):
            await run_jobs(app, [SWEEPING] if resumed else [], owner=new_owner())
        return resumed

    with Bars(options) as bars:
        code = _change(options, name, act, "goes on")
    return code or end_code(run_app(options, lambda app: find_report(app, name)))


@click.command(cls=Command)
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


@click.command(cls=Command)
@click.argument("name", metavar=NAME)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def cancel(options: Options, name: str, yes: bool) -> int:
    """End an issue: whoever has not got it yet gets nothing. It cannot be undone."""
    before = run_app(options, lambda app: find_report(app, name))
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


def _change(options: Options, name: str, act: Callable[[App, Issue], Awaitable[bool]], done: str) -> int:
    async def work(app: App) -> tuple[bool, Issue]:
        found = await find_issue(app.db, app.catalogue, name)
        return await act(app, found), found

    changed, found = run_app(options, work, sends=True)
    full = f"{found.newsletter}/{found.number}"
    text = f"{full} {done}." if changed else f"{full} is {found.state}: nothing was changed."
    answer(options, {"changed": changed}, lambda: click.echo(text))
    return DONE if changed else WRONG
