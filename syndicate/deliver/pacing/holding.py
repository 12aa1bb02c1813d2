"""Lets a whole issue wait while nothing of it may leave: its window is closed, or a ramp's day is full."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from syndicate.deliver.alerts import add_late_alert
from syndicate.deliver.sending import Closed, Sending
from syndicate.store import batches
from syndicate.store.batches import Progress
from syndicate.store.paces import hold_batches

log = structlog.get_logger()


async def at_its_pace(sending: Sending, issue_id: int) -> Sending | None:
    """The sender at the pace of this issue's newsletter; None while nothing may leave, and its batches wait.

    Raises NotFound.
    """
    progress = await sending.db.read(batches.find_progress, issue_id)
    newsletter = sending.catalogue.newsletters.get(progress.newsletter)
    if newsletter is None:
        # Whoever prepares the run says what is wrong.
        return sending
    pacer = await sending.pacer.begin(newsletter)
    now = sending.now()
    closed = pacer.closed(sending.fleet.names, now.timestamp()) if progress.going(now) else None
    if closed is None:
        return replace(sending, pacer=pacer)
    why = reason(closed, progress, zone=newsletter.cadence.zone)
    log.info("delivery.waits", issue=issue_id, why=why)
    await sending.db.write(_hold, sending, progress, until=_moment(closed.until), why=why)
    return None


def _hold(conn: Any, sending: Sending, progress: Progress, *, until: datetime, why: str) -> None:
    late = progress.expires is not None and progress.expires <= until
    hold_batches(conn, progress.id, until=min(until, progress.expires or until), why=why)
    if late:
        add_late_alert(conn, sending, progress, reason=why)


def reason(closed: Closed, progress: Progress, *, zone: str) -> str:
    """Why an issue waits, and until when in the newsletter's zone (IANA), for the operator."""
    until = _moment(closed.until)
    waits = f"{closed.why} until {_told(until, zone)}"
    if progress.expires is None or until < progress.expires:
        return waits
    return (
        f"{waits}, and the issue expires before, at {_told(progress.expires, zone)}: whoever waits gets "
        "nothing of it unless the newsletter's window, warm_up or time_to_live changes before"
    )


def _told(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M %Z}"


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
