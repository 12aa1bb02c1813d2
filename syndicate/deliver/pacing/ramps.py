"""Warm-up: how many mails may leave on a day over a relay, or from a domain, that receivers do not know."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from syndicate.model.pacing import WarmUp

# What a receiver saw longer ago is forgotten there.
MEMORY = timedelta(days=30)


def allowance(sent: Mapping[date, int], *, warm_up: WarmUp, today: date) -> int | None:
    """How many may leave `today`, by what left on each day (UTC); None when there is no ramp any more.

    It grows with what was sent, not with the calendar: days of rest earn nothing.
    """
    if not warm_up.first_day:
        return None
    busiest = max((count for day, count in sent.items() if today - MEMORY <= day < today), default=0)
    if busiest >= warm_up.full:
        return None
    grown = -(-busiest * (100 + warm_up.growth) // 100)
    return min(max(warm_up.first_day, grown), warm_up.full)


def until_tomorrow(now: float) -> float:
    """Seconds until the next day begins, in UTC."""
    moment = datetime.fromtimestamp(now, UTC)
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return (midnight - moment).total_seconds()


def day_of(now: float) -> date:
    """The day, in UTC."""
    return datetime.fromtimestamp(now, UTC).date()
