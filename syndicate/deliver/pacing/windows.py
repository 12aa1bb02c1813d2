"""The hours of the day in which a newsletter's mails may leave."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from syndicate.model.pacing import DAY, parse_window


def opening(window: str, *, zone: str, now: datetime) -> datetime | None:
    """When mail may leave again, in UTC; None when it may now."""
    hours = parse_window(window)
    there = now.astimezone(ZoneInfo(zone))
    if hours is None or hours.holds(there.hour * 60 + there.minute):
        return None
    return _next(hours.opens, zone=zone, now=now)


def closing(window: str, *, zone: str, now: datetime) -> datetime | None:
    """When an open window closes, in UTC; None for one that never does."""
    hours = parse_window(window)
    return None if hours is None else _next(hours.closes % DAY, zone=zone, now=now)


def _next(minute: int, *, zone: str, now: datetime) -> datetime:
    """The next moment with this minute of the day on the wall clock; a skipped one comes after the gap."""
    return next(moment for moment in _moments(minute, zone, now) if moment > now)


def _moments(minute: int, zone: str, now: datetime) -> Iterator[datetime]:
    today = now.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    for days in range(-1, 4):
        wall = today.replace(tzinfo=None) + timedelta(days=days, minutes=minute)
        yield wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
