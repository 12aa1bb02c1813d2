"""`syndicate partner publish`, `embargo`: what the operator does by hand."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import click

from syndicate.app import App
from syndicate.cli.durations import DURATION, UNITS
from syndicate.cli.main import DONE, IN_PART, Command, Options
from syndicate.cli.session import answer, moment, now, run_app, table
from syndicate.cli.work import do_jobs
from syndicate.collect.history import whole_id
from syndicate.errors import OwnFault
from syndicate.model.job import Job
from syndicate.partner import embargoes
from syndicate.partner.partnering import chosen_feeds


@click.command(cls=Command)
@click.argument("name")
@click.argument("feed", required=False, default="")
@click.option("--accept", is_flag=True, help="Let go what the guard holds back.")
@click.pass_obj
def publish(options: Options, name: str, feed: str, accept: bool) -> int:
    """Write a partner's feeds now. Files whose bytes would be the same are left alone."""

    async def wanted(app: App) -> list[Job]:
        feeds = chosen_feeds(app.catalogue, name, feed)
        return [
            Job(name="partner.publish", args={"partner": name, "feed": one, "accept": accept})
            for one in feeds
        ]

    ended = do_jobs(options, wanted)
    published = [job.result for job in ended if job.result]
    columns = ("feed", "entries", "expired", "withheld", "left out", "files written", "held")
    rows = [
        [
            one["feed"],
            *(one[key] for key in ("entries", "expired", "withheld", "left_out")),
            len(one["written"]),
            one["held"],
        ]
        for one in published
    ]
    answer(options, {"published": published}, lambda: table("", columns, rows))
    for warning in [said for one in published for said in one["warnings"]]:
        click.echo(f"{name}: {warning}", err=True)
    return IN_PART if any(one["held"] for one in published) or any(job.error for job in ended) else DONE


@click.command(cls=Command)
@click.argument("item_id", metavar="ITEM")
@click.option(
    "--until", metavar="WHEN", help="2026-03-01 or 2026-03-01T18:00 in site.timezone, or 2h from now."
)
@click.option("--lift", is_flag=True, help="Hold it back no longer.")
@click.option("--partner", "name", default="", metavar="NAME", help="This one alone; all, unless you say.")
@click.pass_obj
def embargo(options: Options, item_id: str, until: str | None, lift: bool, name: str) -> int:
    """Hold an item back from partners until a moment; where it stands in their feeds it goes at once.

    A contract's own embargo stays, whatever is lifted here. Public feeds are not held back.

    \b
    Examples:
      syndicate partner embargo 6f1f3a --until 2026-03-01T18:00
      syndicate partner embargo 6f1f3a --until 2h --partner quay-radio
      syndicate partner embargo 6f1f3a --lift
    """
    if lift == (until is not None):
        raise click.UsageError("Say either --until WHEN or --lift.")

    async def work(app: App) -> tuple[embargoes.Restrained, str]:
        zone, whole = app.catalogue.site.timezone, await whole_id(app.db, item_id)
        if until is None:
            return await embargoes.lift_item(app.partnering, whole, partner=name), zone
        end = read_moment(until, zone, now=now())
        return await embargoes.hold_item(app.partnering, whole, until=end, partner=name), zone

    done, zone = run_app(options, work)

    async def wanted(app: App) -> Sequence[Job]:
        return [replace(job, key="") for job in done.jobs]

    failed = [job for job in do_jobs(options, wanted) if job.error] if done.jobs else []
    answer(options, done, lambda: _tell(done, zone))
    return IN_PART if failed else DONE


def read_moment(text: str, zone: str, *, now: datetime) -> datetime:
    """A day, a local time in `zone`, an RFC 3339 time, or a duration from now. Raises OwnFault."""
    try:
        if found := DURATION.fullmatch(text):
            return now + timedelta(**{UNITS[found[2]]: int(found[1])})
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            at = at.replace(tzinfo=ZoneInfo(zone))
        # Of an hour that clocks show twice, or leap over, the later reading: no embargo is over early.
        return max(at.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    except (ValueError, OverflowError):
        raise OwnFault(f"{text!r} is no moment; it looks like 2026-03-01, 2026-03-01T18:00 or 2h") from None


def _tell(done: embargoes.Restrained, zone: str) -> None:
    if not done.changed:
        click.echo(f"{done.title} was not held back.")
    for one in done.embargoes:
        whom = one.partner or "all partners"
        click.echo(f"{done.title}: held back from {whom} until {moment(one.until, zone)}")
    if done.changed and not done.embargoes:
        click.echo(f"{done.title} is not held back any more; embargoes of contracts stay.")
