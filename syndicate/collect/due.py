"""When a source is checked next (requirement C1). Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from syndicate.net.headers import fresh_seconds

LONGEST = timedelta(days=1)


def next_check(
    now: datetime,
    interval: timedelta,
    *,
    headers: Mapping[str, str] | None = None,
    ttl: timedelta = timedelta(),
    retry_after: float | None = None,
) -> datetime:
    """The longest of what we planned and what they ask, at most a day unless we planned for more.

    `headers` (lower-case names) are those of the source's own document; `retry_after` is in seconds.
    """
    asked = max(fresh_seconds(headers or {}), retry_after or 0.0)
    wait = min(max(ttl, _seconds(asked)), LONGEST)
    return now + max(interval, wait)


def after_failure(
    now: datetime, interval: timedelta, *, failures: int, retry_after: float | None = None
) -> datetime:
    """Each failure in a row doubles the wait, up to a day; `failures` counts those before this one."""
    backoff = min(interval * (1 << min(failures, 20)), max(LONGEST, interval))
    return now + max(backoff, min(_seconds(retry_after or 0.0), LONGEST))


def _seconds(count: float) -> timedelta:
    return timedelta(seconds=min(count, LONGEST.total_seconds()))
