"""`syndicate item correct`, `withdraw`, `restore`: the operator's word, and what it reaches."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import click

from syndicate.app import App
from syndicate.cli.difference import tell_changes
from syndicate.cli.main import DONE, IN_PART, Command, Options
from syndicate.cli.session import answer, confirm, new_owner, run_app
from syndicate.collect.diff import compare
from syndicate.collect.history import whole_id
from syndicate.errors import OwnFault
from syndicate.publish.corrections import Editing, Effect, correct_item, restore_item, withdraw_item
from syndicate.publish.wording import LONGEST_BODY, Wording
from syndicate.schedule.asking import Ended, run_jobs
from syndicate.schedule.results import plain

Act = Callable[[Editing, str, bool], Awaitable[Effect]]
NOTE = "What happened, in the item's language. It is public: feeds, pages and newsletters show it."
DRY = click.option("--dry-run", is_flag=True, help="Say what would be done, and to what; do nothing.")


@click.command(cls=Command)
@click.argument("item_id", metavar="ID")
@click.option("--note", required=True, metavar="TEXT", help=NOTE)
@click.option("--headline", metavar="TEXT", help="The right headline.")
@click.option("--summary", metavar="TEXT", help="The right summary.")
@click.option(
    "--body", metavar="FILE|-", help="The right text: plain with blank lines, or HTML from its first <."
)
@click.option("--silent", is_flag=True, help="Keep the note to the desk: for a comma, not for an error.")
@DRY
@click.pass_obj
def correct(options: Options, /, item_id: str, note: str, dry_run: bool, **change: Any) -> int:
    """Correct an item in every output, with a note that tells readers what was wrong and what is right.

    Without a new wording only the note is added. What you correct stays when the page is collected again,
    until the page itself says something else there.

    \b
    Examples:
      syndicate item correct 6f1f3a --note "The ferry sails at 7, not at 8." --body right.txt
      syndicate item correct 6f1f3a --note "The name was misspelt." --headline "Hale wins the cup"
    """
    body = _read_body(change.pop("body"))
    wording = Wording(body=body, **change)

    def act(editing: Editing, one: str, dry: bool) -> Awaitable[Effect]:
        return correct_item(editing, one, note=note, change=wording, dry_run=dry)

    effects, ended = _do(options, (item_id,), act, dry_run=dry_run, ask="")
    return _tell(options, "corrected", effects, ended, dry_run=dry_run)


@click.command(cls=Command)
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.option("--note", required=True, metavar="TEXT", help=NOTE)
@click.option("--yes", is_flag=True, help="Do not ask.")
@DRY
@click.pass_obj
def withdraw(options: Options, ids: tuple[str, ...], note: str, yes: bool, dry_run: bool) -> int:
    """Take items out of every feed, page and issue to come. Mails that have left cannot be called back.

    The items keep their ids, and collecting does not bring them back; restore does. Unfinished issues that
    hold one stop until `issue recompile`.

    \b
    Examples:
      syndicate item withdraw 6f1f3a --note "The report was wrong: no ferry was cancelled." --dry-run
      syndicate item withdraw 6f1f3a 0b77c2 --note "Withdrawn at a court's order." --yes
    """

    def act(editing: Editing, one: str, dry: bool) -> Awaitable[Effect]:
        return withdraw_item(editing, one, note=note, dry_run=dry)

    ask = "" if yes else "Withdraw"
    effects, ended = _do(options, ids, act, dry_run=dry_run, ask=ask)
    return _tell(options, "withdrawn", effects, ended, dry_run=dry_run)


@click.command(cls=Command)
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.option("--note", required=True, metavar="TEXT", help="Why it is back; kept with the item.")
@DRY
@click.pass_obj
def restore(options: Options, ids: tuple[str, ...], note: str, dry_run: bool) -> int:
    """Bring withdrawn items back, under the ids they had.

    \b
    Example:
      syndicate item restore 6f1f3a --note "The report was right after all."
    """

    def act(editing: Editing, one: str, dry: bool) -> Awaitable[Effect]:
        return restore_item(editing, one, note=note, dry_run=dry)

    effects, ended = _do(options, ids, act, dry_run=dry_run, ask="")
    return _tell(options, "restored", effects, ended, dry_run=dry_run)


def _read_body(name: str | None) -> str | None:
    if name is None:
        return None
    try:
        # Four bytes a character at most; one more tells that it is too long.
        data = sys.stdin.buffer.read(4 * LONGEST_BODY + 1) if name == "-" else Path(name).read_bytes()
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise OwnFault(f"{name}: it is not UTF-8 at byte {error.start}; save it as UTF-8") from error


def _do(
    options: Options, ids: Sequence[str], act: Act, *, dry_run: bool, ask: str
) -> tuple[list[Effect], list[Ended]]:
    """See what would be done, ask, do it, and follow the jobs that it leads to."""

    async def work(app: App) -> tuple[list[Effect], list[Ended]]:
        editing = Editing(db=app.db, catalogue=app.catalogue, now=app.now, enqueue=app.enqueue)
        whole = list(dict.fromkeys([await whole_id(app.db, one) for one in ids]))
        planned = [await act(editing, one, True) for one in whole]
        if dry_run or not any(effect.done for effect in planned):
            return planned, []
        if ask:
            await asyncio.to_thread(confirm, _question(ask, planned), yes=False)
        effects = [await act(editing, one, False) for one in whole]
        jobs = {job.key: job for effect in effects for job in effect.jobs}
        return effects, await run_jobs(app, list(jobs.values()), owner=new_owner())

    return run_app(options, work, sends=True)


def _question(verb: str, planned: Sequence[Effect]) -> str:
    meant = [effect for effect in planned if effect.done]
    what = f"“{meant[0].title}”" if len(meant) == 1 else f"{len(meant)} items"
    feeds = {name for effect in meant for name in effect.feeds}
    stopped = sorted({name for effect in meant for name in effect.stopped})
    partners = sorted({name for effect in meant for name in effect.partners})
    parts = [
        f"from {len(feeds)} feed{'s' if len(feeds) != 1 else ''} and every page",
        f"stopping {', '.join(stopped)}" if stopped else "",
        f"concerning {', '.join(partners)}" if partners else "",
    ]
    return f"{verb} {what} {', '.join(filter(None, parts))}?"


def _tell(
    options: Options, verb: str, effects: Sequence[Effect], ended: Sequence[Ended], *, dry_run: bool
) -> int:
    held = [job.result["feed"] for job in ended if isinstance(job.result, dict) and job.result.get("held")]
    told = {"dry_run": dry_run, verb: [_as_json(one) for one in effects], "held": held}
    answer(options, told, lambda: _tell_all(effects, verb, dry_run=dry_run))
    for job in ended:
        about = " ".join(str(value) for value in job.args.values())
        if job.error:
            click.echo(f"{job.name} {about}: {job.error}", err=True)
        elif isinstance(job.result, dict) and job.result.get("held"):
            click.echo(f"feed {about} still shows what it showed: {job.result['held']}", err=True)
    return IN_PART if held or any(job.error for job in ended) else DONE


def _as_json(effect: Effect) -> dict[str, Any]:
    names = ("item_id", "title", "done", "why", "feeds", "partners", "told", "stopped", "unstopped")
    found = {name: plain(getattr(effect, name)) for name in names}
    if effect.before and effect.after:
        found["changes"] = plain(compare(effect.before, effect.after))
    return found


def _tell_all(effects: Sequence[Effect], verb: str, *, dry_run: bool) -> None:
    for effect in effects:
        _tell_one(effect, verb, dry_run=dry_run)


def _tell_one(effect: Effect, verb: str, *, dry_run: bool) -> None:
    if not effect.done:
        click.echo(f"“{effect.title}” ({effect.item_id}): nothing to do, {effect.why}.")
        return
    click.echo(f"“{effect.title}” ({effect.item_id}) {'would be' if dry_run else 'is'} {verb}.")
    lines = {
        "feeds": ", ".join(effect.feeds),
        "partners": ", ".join(effect.partners),
        "newsletters": "; ".join(f"next issue of {name}: under Corrections" for name in effect.told),
        "stopped": _stopped(effect.stopped),
        "not stopped": _unstopped(effect.unstopped),
    }
    for name, value in lines.items():
        if value:
            click.echo(f"  {name + ':':<13}{value}")
    if effect.before and effect.after:
        tell_changes([plain(change) for change in compare(effect.before, effect.after)])
        if (
            effect.before.body_text != effect.after.body_text
            and effect.before.summary == effect.after.summary
        ):
            click.echo(f"  its summary stays: {effect.after.summary or '(none)'}")


def _stopped(names: Sequence[str]) -> str:
    remedies = " · ".join(f"syndicate issue recompile {name}" for name in names)
    return f"{', '.join(names)}, until: {remedies}" if names else ""


def _unstopped(names: Sequence[str]) -> str:
    remedies = " · ".join(f"syndicate issue recompile {name}" for name in names)
    return f"{', '.join(names)} as rendered before; to take this up: {remedies}" if names else ""
