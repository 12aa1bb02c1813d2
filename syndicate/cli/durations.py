"""Options that are a length of time, or a moment."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import click

DURATION = re.compile(r"([0-9]{1,6})([smhd])")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
LONGEST = timedelta(days=3650)


class Duration(click.ParamType[timedelta]):
    """`30s`, `15m`, `1h`, `90d`."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """The length of time."""
        if isinstance(value, timedelta):
            return value
        found = DURATION.fullmatch(value)
        length = timedelta(**{UNITS[found[2]]: int(found[1])}) if found else None
        if length is None or not timedelta(0) < length <= LONGEST:
            self.fail(
                f"{value!r} is no duration: 30s, 15m, 1h or 90d, at most {LONGEST.days} days", param, ctx
            )
        return length


class Since(click.ParamType[datetime]):
    """A day, or how long ago: `2026-03-01`, `7d`. A day begins in UTC."""

    name = "since"

    def __init__(self, now: Any) -> None:
        self._now = now

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The moment."""
        if isinstance(value, datetime):
            return value
        if DURATION.fullmatch(value):
            ago: datetime = self._now() - Duration().convert(value, param, ctx)
            return ago
        try:
            return datetime.combine(date.fromisoformat(value), time(), UTC)
        except ValueError:
            self.fail(f"{value!r} is neither a day (2026-03-01) nor a duration (7d)", param, ctx)
