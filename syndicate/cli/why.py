"""`syndicate why`."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

import click

from syndicate.app import App
from syndicate.cli.main import DONE, IN_PART, Command, Options
from syndicate.cli.session import answer, moment, run_app, table
from syndicate.deliver.history import Back, Event, History, Membership, WhyNot, find_history
from syndicate.deliver.ledger import MEANINGS
from syndicate.model.subscriber import SubscriptionState

WHY_NOT = {
    WhyNot.UNCONFIRMED: "the sign-up is not confirmed",
    WhyNot.LATER: "not subscribed then: active since {when}",
    WhyNot.LEFT: "had left before, on {when}",
    WhyNot.NOT_THEN: "no active subscription at that moment",
}

Told = Callable[[datetime | None], str]


@click.command(cls=Command)
@click.argument("address")
@click.pass_obj
def why(options: Options, address: str) -> int:
    """What happened to each issue for this person, attempt by attempt, and why. Times are in site.timezone.

    \b
    Example:
      syndicate why mina@readers.example
    """

    async def work(app: App) -> tuple[History, str]:
        return await find_history(app.people, address), app.catalogue.site.timezone

    found, zone = run_app(options, work)
    answer(options, found, lambda: _tell(found, partial(moment, zone=zone)))
    return DONE if found.known or found.suppressed else IN_PART


def _tell(found: History, told: Told) -> None:
    if found.suppressed:
        since = f" since {told(found.suppressed_since)}" if found.suppressed_since else ""
        click.echo(f"{found.address} is suppressed ({found.suppressed}){since}: it is never written to.")
    if not found.known:
        click.echo(f"Nobody here has the address {found.address}.")
        return
    for one in found.memberships:
        click.echo(_membership(one, told))
    for name in found.others:
        click.echo(f"{name}: not subscribed")
    rows = [row for one in found.deliveries for row in _rows(one, told)]
    if rows:
        table("", ("issue", "state", "at", "relay", "what was said"), rows)
    elif not found.archived:
        click.echo("No issue was ever meant for this person.")
    _tell_absences(found, told)
    _tell_archived(found)
    loose = [["", *_back(one, told)] for one in found.returned]
    if loose:
        table("\nwhat came back of no issue that is known", ("", "kind", "at", "", "words"), loose)


def _membership(one: Membership, told: Told) -> str:
    if one.state is SubscriptionState.ENDED:
        how = f" ({one.reason})" if one.reason else ""
        return f"{one.newsletter}: subscription ended on {told(one.ended)}{how}"
    return f"{one.newsletter}: subscription {one.state} since {told(one.since)}"


def _rows(one: Event, told: Told) -> list[list[str]]:
    """How it stands, below it each attempt where that says more, and what came back."""
    words = f"{one.code or ''} {one.reply}".strip() or MEANINGS[one.state]
    again = f"; again at {told(one.next_attempt)}" if one.next_attempt else ""
    doubt = " (was unknown)" if one.was_unknown else ""
    simple = len(one.tries) == 1 and one.tries[0].state == one.state
    relay = one.tries[0].relay if simple else ""
    rows = [[f"{one.newsletter}/{one.number}", one.state + doubt, told(one.at), relay, words + again]]
    for each in () if simple else one.tries:
        said = f"{each.code or ''} {each.reply}".strip()
        rows.append([f"  attempt {each.attempt}", each.state, told(each.at), each.relay, said])
    return [*rows, *(["  came back", *_back(each, told)] for each in one.returned)]


def _back(one: Back, told: Told) -> list[str]:
    doubt = "" if one.vouched else " (nobody vouches for it: it changed nothing)"
    words = " ".join(part for part in (one.reason, one.status, one.words) if part)
    return [one.kind, told(one.at), "", words + doubt]


def _tell_archived(found: History) -> None:
    rows = [[f"{one.newsletter}/{one.number}", f"archive/{one.file}", one.host] for one in found.archived]
    if rows:
        table("\nno longer in the database, and in whose files they may be", ("issue", "file", "host"), rows)
        click.echo(f"There: zstd -dc FILE | grep '\"subscriber_id\":{found.subscriber_id},'")


def _tell_absences(found: History, told: Told) -> None:
    rows = [
        [
            f"{one.newsletter}/{one.number}",
            told(one.started),
            WHY_NOT[one.why].format(when=told(one.when)),
        ]
        for one in found.absences
    ]
    if rows:
        table("\nnot meant for this person", ("issue", "sent", "why"), rows)
