"""`syndicate item`."""

import click

from syndicate.app import App
from syndicate.cli.difference import tell_changes
from syndicate.cli.item_edit import correct, restore, withdraw
from syndicate.cli.item_list import find, list_
from syndicate.cli.main import DONE, Group, Options
from syndicate.cli.session import answer, moment, run_app, table
from syndicate.collect.history import Step, item_history, pick, whole_id
from syndicate.errors import NotFound
from syndicate.model.item import ItemNote, Timestamp
from syndicate.publish.corrections import list_notes
from syndicate.publish.pages import ItemPage, item_page
from syndicate.schedule.results import plain


@click.group(cls=Group)
def item() -> None:
    """Items: found, shown, corrected, withdrawn, brought back.

    \b
    Examples:
      syndicate item find ferry islands           by words of its headline, or its address
      syndicate item show 6f1f3a                  as it is stored, and what was said of it
      syndicate item correct 6f1f3a --note …      right what was wrong, in every output
      syndicate item withdraw 6f1f3a --note …     take it out of every output
    """


for _command in (list_, find, correct, withdraw, restore):
    item.add_command(_command)


@item.command()
@click.argument("item_id")
@click.option("--revisions", is_flag=True, help="List its revisions: when, why, and what each changed.")
@click.option("--diff", is_flag=True, help="Show what the newest revision changed, word by word.")
@click.option("--revision", "number", type=int, metavar="N", help="With --diff: what revision N changed.")
@click.pass_obj
def show(options: Options, item_id: str, revisions: bool, diff: bool, number: int | None) -> int:
    """Show one item by the id that feeds and pages give it, with or without urn:uuid:, or by its beginning.

    \b
    Examples:
      syndicate item show 6f1f3a
      syndicate item show 6f1f3a52-5f0e-4c6b-9a51-0d7f0a3c1b11
      syndicate item show 6f1f3a52-5f0e-4c6b-9a51-0d7f0a3c1b11 --revisions
      syndicate item show 6f1f3a52-5f0e-4c6b-9a51-0d7f0a3c1b11 --diff --revision 2
    """
    if revisions or diff or number is not None:
        return _show_history(options, item_id, diff=not revisions, number=number)

    async def work(app: App) -> tuple[ItemPage, list[ItemNote], str]:
        whole = await whole_id(app.db, item_id)
        found = await item_page(app.db, app.catalogue, whole)
        if found is None:
            raise NotFound(f"there is no item {item_id}")
        return found, await list_notes(app.db, whole), app.catalogue.site.timezone

    found, notes, zone = run_app(options, work)
    answer(options, plain(found) | {"notes": plain(notes)}, lambda: _tell(found, notes, zone))
    return DONE


def _show_history(options: Options, item_id: str, *, diff: bool, number: int | None) -> int:
    async def work(app: App) -> tuple[list[Step], str]:
        history = await item_history(app.db, await whole_id(app.db, item_id))
        return history, app.catalogue.site.timezone

    history, zone = run_app(options, work)
    if not diff:
        answer(options, {"revisions": history}, lambda: _tell_revisions(history, zone))
        return DONE
    step = pick(history, number)
    answer(options, step, lambda: _tell_diff(step, zone))
    return DONE


def _tell_revisions(history: list[Step], zone: str) -> None:
    rows = [
        [
            step.number,
            moment(step.stored, zone),
            step.cause,
            moment(step.captured, zone),
            ", ".join(change.field for change in step.changes)
            or ("first" if step.number == 1 else "nothing"),
        ]
        for step in history
    ]
    table("", ("revision", "stored", "because", "captured", "changed"), rows)


def _tell_diff(step: Step, zone: str) -> None:
    why = f"{step.cause} {moment(step.stored, zone)}"
    click.echo(f"revision {step.number}, {why}, from {step.original_url}")
    if step.changes:
        tell_changes([plain(change) for change in step.changes])
    else:
        click.echo("the first revision" if step.number == 1 else "no difference that a reader would see")


def _tell(page: ItemPage, notes: list[ItemNote], zone: str) -> None:
    entry = page.entry
    lines = {
        "headline": entry.title,
        "state": "withdrawn" if page.withdrawn else "live",
        "kind": entry.kind,
        "by": ", ".join(entry.authors),
        "credit": entry.credit,
        "published": _stated(entry.published, zone),
        "captured": moment(entry.captured, zone),
        "section": entry.section,
        "language": entry.language,
        "source": entry.source_title,
        "original": entry.original_url,
        "page": entry.page_url,
        "licence": entry.licence,
        "notice": entry.notice.text if entry.notice else "",
    }
    for name, value in lines.items():
        if value:
            click.echo(f"{name + ':':<11}{value}")
    for note in notes:
        click.echo(f"{note.kind + ':':<11}{moment(note.at, zone)}: {note.note}")
    click.echo()
    click.echo(entry.summary)


def _stated(at: Timestamp | None, zone: str) -> str:
    return moment(at.instant, zone, day_only=at.day_only) if at else ""
