"""`syndicate partner list`, `show`, `withheld`, `preview`: what contracts let out and what they keep back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from syndicate.app import App
from syndicate.cli.main import DONE, IN_PART, Command, Options
from syndicate.cli.session import answer, moment, run_app, table
from syndicate.collect.history import whole_id
from syndicate.config import load
from syndicate.model.partner import Partner
from syndicate.partner import reporting
from syndicate.partner.partnering import chosen_feeds, find_partner
from syndicate.partner.reporting import Effect, Explained, PartnerStanding, Preview, Restraint
from syndicate.partner.rules import Reason

# Word, colour and shape, so that none of them is needed to tell.
SHAPES = {
    Effect.ADDED: ("+", "green"),
    Effect.CHANGED: ("●", "yellow"),
    Effect.EXPIRED: ("✕", "red"),
    Effect.WITHHELD: ("▲", "yellow"),
    Effect.GONE: ("-", "red"),
}
WORDS = {
    Effect.ADDED: "would come",
    Effect.CHANGED: "would change",
    Effect.EXPIRED: "would stay as withdrawn",
    Effect.WITHHELD: "would go, withheld",
    Effect.GONE: "would go",
}
# What a setting that is empty says, where that is another thing than nothing.
UNSET = {
    "languages": "all",
    "sections": "all",
    "kinds": "all",
    "max_age": "no limit",
    "licence": "the source's alone",
    "rights_holder": "the source's alone",
    "take": "the feed's",
    "max_bytes": "the feed's",
}
# How many of the same kind are told one by one on a terminal.
SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Contracted:
    """A partner's contract, how its feeds stand, and what the operator holds back from it."""

    contract: Partner
    standing: PartnerStanding
    embargoes: Sequence[Restraint]


@click.command("list", cls=Command)
@click.pass_obj
def list_(options: Options) -> int:
    """List the partners and how their feeds stand. Exit code 1 when one of them is held."""

    async def work(app: App) -> tuple[list[PartnerStanding], str]:
        return await reporting.list_standings(app.partnering), app.catalogue.site.timezone

    found, zone = run_app(options, work)
    answer(options, found, lambda: _tell_standings(found, zone))
    return IN_PART if any(feed.held for one in found for feed in one.feeds) else DONE


@click.command(cls=Command)
@click.argument("name")
@click.pass_obj
def show(options: Options, name: str) -> int:
    """Show a partner's contract, how its feeds stand and where, and what you hold back from it."""

    async def work(app: App) -> tuple[Contracted, str]:
        contract = find_partner(app.catalogue, name)
        standings = {one.name: one for one in await reporting.list_standings(app.partnering)}
        held = await reporting.list_restraints(app.partnering, name)
        found = Contracted(contract=contract, standing=standings[name], embargoes=held)
        return found, app.catalogue.site.timezone

    found, zone = run_app(options, work)
    answer(options, found, lambda: _tell_contract(found, zone))
    return DONE


@click.command(cls=Command)
@click.argument("name")
@click.argument("feed", required=False, default="")
@click.option("--item", "item_id", default="", metavar="ID", help="One item, also where it goes out.")
@click.pass_obj
def withheld(options: Options, name: str, feed: str, item_id: str) -> int:
    """Say what the contract keeps out of a partner's feeds: by which rule, and what would let it go.

    \b
    Examples:
      syndicate partner withheld quay-radio
      syndicate partner withheld quay-radio english --item 6f1f3a
    """

    async def work(app: App) -> tuple[list[Explained], str]:
        whole = await whole_id(app.db, item_id) if item_id else ""
        found = await reporting.explain_withheld(app.partnering, name, feed=feed, item_id=whole)
        return found, app.catalogue.site.timezone

    found, zone = run_app(options, work)
    answer(options, found, lambda: _tell_explained(found, zone))
    return DONE


@click.command(cls=Command)
@click.argument("name")
@click.argument("feed", required=False, default="")
@click.option(
    "--contract",
    "other",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="As if this configuration counted, with a changed contract in it.",
)
@click.pass_obj
def preview(options: Options, name: str, feed: str, other: Path | None) -> int:
    """Say what publishing a partner's feeds now would change; changes nothing.

    Exit code 1 when the guard would hold one of them.

    \b
    Examples:
      syndicate partner preview quay-radio
      syndicate partner preview quay-radio english --contract changed.toml
    """

    async def work(app: App) -> tuple[list[Preview], str]:
        catalogue = load(other).catalogue if other else app.catalogue
        feeds = chosen_feeds(catalogue, name, feed)
        found = [await reporting.preview(app.partnering, name, one, catalogue=catalogue) for one in feeds]
        return found, app.catalogue.site.timezone

    found, zone = run_app(options, work)
    answer(options, found, lambda: _tell_previews(found, zone))
    return IN_PART if any(one.held for one in found) else DONE


def _tell_standings(found: Sequence[PartnerStanding], zone: str) -> None:
    rows = [
        [
            one.name,
            one.title,
            one.profile,
            feed.feed,
            feed.entries,
            moment(feed.published, zone) or "never",
            moment(feed.due, zone),
            feed.held,
        ]
        for one in found
        for feed in one.feeds
    ]
    if rows:
        table("", ("partner", "title", "profile", "feed", "entries", "published", "changes", "held"), rows)
    else:
        click.echo("No partner is configured: add [partners.NAME] with title and feeds")


def _tell_contract(found: Contracted, zone: str) -> None:
    contract = found.contract
    click.echo(f"{contract.name}: {contract.title}")
    for one in fields(contract):
        if one.name not in {"name", "title"}:
            value = contract.forms if one.name == "formats" else getattr(contract, one.name)
            click.echo(f"  {one.name + ':':<18}{_said(value) or UNSET.get(one.name, 'none')}")
    click.echo()
    _tell_standings([found.standing], zone)
    for feed in found.standing.feeds:
        for url in feed.urls:
            click.echo(f"  {url}")
    for held in found.embargoes:
        whom = f"from {held.partner}" if held.partner else "from all partners"
        click.echo(
            f"\n▲ {held.title} ({held.item_id[:8]}) is held back {whom} until {moment(held.until, zone)}"
        )
        click.echo(f"    → {held.remedy}")


def _said(value: Any) -> str:
    """A setting's value for people, empty where there is none."""
    if isinstance(value, timedelta):
        return span(value) if value else ""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_said(inner) or 'none'}" for name, inner in value.items())
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def span(length: timedelta) -> str:
    """A duration as the configuration has it: `90m`, `2d`."""
    for unit, seconds in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if length.total_seconds() % seconds == 0:
            return f"{int(length.total_seconds() // seconds)}{unit}"
    return f"{length.total_seconds():g}s"


def _tell_explained(found: Sequence[Explained], zone: str) -> None:
    if not found:
        click.echo("Nothing is withheld.")
        return
    for one in found:
        state = _standing(one)
        shape, colour = ("●", "green") if one.released else SHAPES[Effect.WITHHELD]
        mark = click.style(f"{shape} {one.feed}", fg=colour, bold=True)
        click.echo(f"{mark}: {one.title} ({one.item_id[:8]}) {state}")
        _tell_reasons(one.reasons, zone)


def _standing(one: Explained) -> str:
    if not one.released:
        return "is withheld, and stands there until the next publication" if one.shown else "is withheld"
    if one.shown:
        return "goes out and stands there"
    return "may go out; it does not stand there, since newer ones fill the document or it comes next"


def _tell_reasons(reasons: Sequence[Reason], zone: str) -> None:
    for reason in reasons:
        until = f", until {moment(reason.until, zone)}" if reason.until else ""
        click.echo(f"    {reason.rule}: {reason.why}{until} ({reason.spec})")
        click.echo(f"      → {reason.remedy}")


def _tell_previews(found: Sequence[Preview], zone: str) -> None:
    for one in found:
        click.echo(f"{one.partner} {one.feed}: {_counted(one)}")
        for change in one.changes[:SHOWN]:
            shape, colour = SHAPES[change.effect]
            mark = click.style(f"{shape} {WORDS[change.effect]}:", fg=colour)
            click.echo(f"  {mark} {change.title} ({change.item_id[:8]})")
            _tell_reasons(change.reasons, zone)
        if len(one.changes) > SHOWN:
            click.echo(f"  … and {len(one.changes) - SHOWN} more; --json has them all")
        if one.held:
            click.echo(f"  ▲ would be held: {one.held}")


def _counted(found: Preview) -> str:
    """As many as the lines that follow say, then what stays as it is."""
    effects = [change.effect for change in found.changes]
    said = [f"{effects.count(effect)} {word}" for effect, word in WORDS.items() if effect in effects]
    # What goes because it is withheld, or has no room, has its line.
    out = found.withheld + found.left_out - effects.count(Effect.WITHHELD)
    stays = (
        f"; {out} not there stay out: syndicate partner withheld {found.partner} {found.feed}" if out else ""
    )
    return f"{', '.join(said) or 'nothing would change'}; {found.unchanged} unchanged{stays}"
