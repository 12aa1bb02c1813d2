"""When something happens: a cron expression read in a time zone, and the moments that it names."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

EXAMPLE = 'For 07:00 every day: "0 7 * * *"'
RANGES = {"minute": (0, 59), "hour": (0, 23), "day": (1, 31), "month": (1, 12), "weekday": (0, 7)}
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
NAMES = {
    "month": {name: number for number, name in enumerate(MONTHS, start=1)},
    "weekday": {name: number for number, name in enumerate(WEEKDAYS)},
}
# 29 February on one weekday comes back after 28 years; over a skipped leap year (2100) after 40.
HORIZON_DAYS = 366 * 41
# No zone of the tz database ever shifted its clock by more than a day.
LARGEST_SHIFT = timedelta(days=1)
# What the database keeps; lists and ranges for every field fit into it.
LONGEST_CRON = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """Five cron fields (crontab(5): weekdays 0 and 7 are Sunday) and an IANA time zone."""

    cron: str
    zone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """A cron expression, expanded; weekdays count from Sunday 0 to Saturday 6."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    any_day: bool
    any_weekday: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One moment of a cadence: the wall clock's date and time that name it, and when it is due, in UTC."""

    local_date: str
    local_time: str
    due: datetime


def parse_cron(text: str) -> Fields:
    """Expand five cron fields. Raises ValueError, whose text says what is wrong and what would be right."""
    if len(text) > LONGEST_CRON:
        raise ValueError(f"has {len(text)} characters, a cron expression at most {LONGEST_CRON}. {EXAMPLE}")
    parts = text.lower().split()
    if len(parts) != len(RANGES):
        count = f"{len(parts)} field{'s' * (len(parts) != 1)}"
        raise ValueError(f"has {count}, a cron expression has 5 (minute hour day month weekday). {EXAMPLE}")
    minutes, hours, days, months, weekdays = (
        _expand(part, name) for part, name in zip(parts, RANGES, strict=True)
    )
    fields = Fields(
        minutes=tuple(sorted(minutes)),
        hours=tuple(sorted(hours)),
        days=days,
        months=months,
        weekdays=frozenset(day % 7 for day in weekdays),
        any_day=parts[2].startswith("*"),
        any_weekday=parts[4].startswith("*"),
    )
    if next(_days(fields, date(2000, 1, 1)), None) is None:
        raise ValueError(
            "names a day that no year has; the 31st is in seven months, the 29th of February in leap years"
        )
    return fields


def moments(cadence: Cadence, *, after: datetime) -> Iterator[Moment]:
    """The cadence's moments later than `after`, in order, each wall time once.

    A wall time that the clock skips in spring is due as far after the gap as it was after the gap's
    start; one that comes twice in autumn is due the first time. Two at one instant are one.
    """
    zone = ZoneInfo(cadence.zone)
    fields = parse_cron(cadence.cron)
    previous = after.astimezone(UTC)
    pending: list[tuple[datetime, datetime]] = []
    for wall in _walls(fields, start=after.astimezone(zone).replace(tzinfo=None) - LARGEST_SHIFT):
        due = wall.replace(tzinfo=zone).astimezone(UTC)
        # A later wall time may be due earlier, across a spring gap: hold back until it no longer can.
        while pending and pending[0][0] <= due - LARGEST_SHIFT:
            first_due, first_wall = heapq.heappop(pending)
            if first_due > previous:
                previous = first_due
                yield _moment(first_wall, first_due)
        heapq.heappush(pending, (due, wall))


def next_moment(cadence: Cadence, *, after: datetime) -> Moment:
    """The first moment later than `after`."""
    return next(moments(cadence, after=after))


def at_once(cadence: Cadence, *, now: datetime) -> Moment:
    """The moment of this very minute, whatever the cron expression says."""
    return _moment(now.astimezone(ZoneInfo(cadence.zone)), now.astimezone(UTC))


def _moment(wall: datetime, due: datetime) -> Moment:
    return Moment(local_date=wall.date().isoformat(), local_time=wall.strftime("%H:%M"), due=due)


def _walls(fields: Fields, *, start: datetime) -> Iterator[datetime]:
    for day in _days(fields, start.date()):
        times = (time(hour, minute) for hour in fields.hours for minute in fields.minutes)
        yield from (wall for wall in (datetime.combine(day, at) for at in times) if wall > start)


def _days(fields: Fields, start: date) -> Iterator[date]:
    # HORIZON_DAYS bounds a search that finds nothing; every match starts it anew.
    day, left = start, HORIZON_DAYS
    while left:
        if _matches(fields, day):
            left = HORIZON_DAYS
            yield day
        day += timedelta(days=1)
        left -= 1


def _matches(fields: Fields, day: date) -> bool:
    if day.month not in fields.months:
        return False
    by_day, by_weekday = day.day in fields.days, day.isoweekday() % 7 in fields.weekdays
    # crontab(5): with both day fields restricted, either one is enough.
    if fields.any_day or fields.any_weekday:
        return by_day and by_weekday
    return by_day or by_weekday


def _expand(text: str, name: str) -> frozenset[int]:
    return frozenset(number for part in text.split(",") for number in _part(part, name))


def _part(text: str, name: str) -> range:
    low, high = RANGES[name]
    span, _, step = text.partition("/")
    if step and not (step.isdecimal() and int(step)):
        raise ValueError(f'has the step "{step}" in its {name}, which must be a number from 1. {EXAMPLE}')
    if span == "*":
        first, last = low, high
    else:
        start, _, end = span.partition("-")
        first = _number(start, name)
        last = _number(end, name) if "-" in span else (high if step else first)
    if first > last:
        raise ValueError(
            f'counts backwards in its {name} "{text}": the smaller number stands first. {EXAMPLE}'
        )
    return range(first, last + 1, int(step or 1))


def _number(text: str, name: str) -> int:
    low, high = RANGES[name]
    named = NAMES.get(name, {}).get(text)
    number = named if named is not None else int(text) if text.isdecimal() else -1
    if not low <= number <= high:
        raise ValueError(f'has "{text}" as its {name}, which goes from {low} to {high}. {EXAMPLE}')
    return number
