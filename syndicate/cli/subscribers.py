"""`syndicate subscribers`: people, and what they subscribe to."""

import csv
import sys
from pathlib import Path

import click

from syndicate.app import App
from syndicate.audience.choices import write_choices
from syndicate.audience.importing import ImportReport, add_subscriber, import_csv
from syndicate.audience.listing import Person, list_people
from syndicate.audience.subscriptions import forget_address
from syndicate.cli.main import DONE, IN_PART, WRONG, Group, Options
from syndicate.cli.session import answer, confirm, run_app, table
from syndicate.cli.work import choose

# What becomes of a person who is added to a newsletter.
ADDED = {
    "added": "{address} added to {newsletter}",
    "there": "{address} is subscribed to {newsletter} already",
    "unsubscribed": "{address} has unsubscribed from {newsletter}; not added: only they can sign up again",
    "suppressed": "{address} is suppressed and never written to; not added (syndicate suppressions list)",
}
WELL = frozenset({"added", "there"})
CONSENT = "Where and when these people agreed; kept with each subscription."


@click.group(cls=Group)
def subscribers() -> None:
    """Add, import, export, list and forget people.

    \b
    Examples:
      syndicate subscribers import people.csv --consent "paper form, spring fair 2026"
      syndicate subscribers add mina@readers.example --newsletter daily --consent "by letter"
      syndicate subscribers list --newsletter daily
      syndicate subscribers forget mina@readers.example
    """


@subscribers.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--consent", required=True, help=CONSENT)
@click.option("--newsletter", "newsletters", multiple=True, help="For rows that name none.")
@click.pass_obj
def import_(options: Options, file: Path, consent: str, newsletters: tuple[str, ...]) -> int:
    """Import a CSV file: email, name, language, newsletters, sections. Good rows go in, bad ones are listed.

    Sections are those that somebody chose, `daily/Islands|daily/Town`, of newsletters with sections_choice.
    Whoever has left stays away: an import never revives an ended subscription.
    """
    data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()

    async def work(app: App) -> ImportReport:
        return await import_csv(app.people, data, consent=consent, newsletters=newsletters)

    return _report(options, run_app(options, work))


@subscribers.command()
@click.argument("address")
@click.option(
    "--newsletter", "newsletters", multiple=True, required=True, help="Which; more than once for more."
)
@click.option("--consent", required=True, help="Where and when this person agreed.")
@click.option("--name", default="", help="As it stands in To.")
@click.pass_obj
def add(options: Options, address: str, newsletters: tuple[str, ...], consent: str, name: str) -> int:
    """Add one person by hand. Who has unsubscribed stays away: only they can sign up again."""

    async def work(app: App) -> dict[str, ImportReport]:
        return {
            one: await add_subscriber(app.people, address, newsletters=[one], consent=consent, name=name)
            for one in choose(newsletters, app.catalogue.newsletters, "newsletter")
        }

    became = {one: _became(report) for one, report in run_app(options, work).items()}

    def text() -> None:
        for one, state in became.items():
            click.echo(ADDED[state].format(address=address, newsletter=one), err=state not in WELL)

    answer(options, {"address": address, "newsletters": became}, text)
    return DONE if WELL.issuperset(became.values()) else IN_PART


def _became(report: ImportReport) -> str:
    if report.bad:
        return "suppressed"
    if report.kept_ended:
        return "unsubscribed"
    return "added" if report.imported else "there"


@subscribers.command("list")
@click.option("--newsletter", default="", help="Only those of this one.")
@click.pass_obj
def list_(options: Options, newsletter: str) -> int:
    """List people with the state of each subscription."""
    people = _people(options, newsletter)
    rows = [[one.address, one.name, one.language, _states(one)] for one in people]
    answer(options, people, lambda: table("", ("address", "name", "language", "newsletters"), rows))
    return DONE


@subscribers.command()
@click.option("--newsletter", default="", help="Only those of this one.")
@click.pass_obj
def export(options: Options, newsletter: str) -> int:
    """Write people with an active subscription as CSV, as `import` reads it."""
    writer = csv.writer(sys.stdout)
    writer.writerow(("email", "name", "language", "newsletters", "sections"))
    for one in _people(options, newsletter):
        active = [name for name, state in one.subscriptions.items() if state == "active"]
        if active:
            chosen = write_choices((name, one.sections.get(name, ())) for name in active)
            writer.writerow((one.address, one.name, one.language, " ".join(active), chosen))
    return DONE


@subscribers.command()
@click.argument("address")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def forget(options: Options, address: str, yes: bool) -> int:
    """Wipe one person. A keyed hash stays, so that no import brings the address back."""
    confirm(f"Wipe everything about {address}? It cannot be undone.", yes=yes)

    async def work(app: App) -> bool:
        return await forget_address(app.people, address)

    found = run_app(options, work)
    text = f"{address} is forgotten." if found else f"Nobody here has the address {address}."
    answer(options, {"forgotten": found}, lambda: click.echo(text))
    return DONE if found else WRONG


def _people(options: Options, newsletter: str) -> list[Person]:
    async def work(app: App) -> list[Person]:
        return await list_people(app.people, newsletter=newsletter)

    return run_app(options, work)


def _states(person: Person) -> str:
    return ", ".join(f"{name} {state}" for name, state in person.subscriptions.items())


def _report(options: Options, report: ImportReport) -> int:
    def text() -> None:
        click.echo(
            f"{report.imported} new, {report.unchanged} as they were, "
            f"{report.kept_ended} have left and stay away, {len(report.bad)} not imported"
        )

    answer(options, report, text)
    for bad in report.bad:
        click.echo(f"row {bad.row}: {bad.address}: {bad.reason}", err=True)
    return IN_PART if report.bad else DONE
