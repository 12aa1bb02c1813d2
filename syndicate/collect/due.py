"""When a source is checked next (requirement C1). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from syndicate.net.headers import fresh_seconds

LONGEST = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """When the next check is, and why then: `interval`, `ttl`, `cache-control`, `expires`, `retry-after`,
    `failures` or `goes-on`.
    """

    at: datetime
    reason: str


def plan_check(
    now: datetime,
    interval: timedelta,
    *,
    headers: Mapping[str, str] | None = None,
    ttl: timedelta = timedelta(),
    retry_after: float | None = None,
) -> Due:
    """The longest of what we planned and what they ask, at most a day unless we planned for more.

    `headers` (lower-case names) are those of the source's own document; `retry_after` is in seconds.
    """
    said = headers or {}
    stays_fresh = "cache-control" if "max-age" in said.get("cache-control", "").lower() else "expires"
    asked = {
        "ttl": ttl,
        stays_fresh: _seconds(fresh_seconds(said)),
        "retry-after": _seconds(retry_after or 0.0),
    }
    waits = {"interval": interval} | {reason: min(wait, LONGEST) for reason, wait in asked.items()}
    reason = max(waits, key=lambda name: waits[name])
    return Due(at=now + waits[reason], reason=reason)


def plan_to_go_on(now: datetime) -> Due:
    """At once: what was left over lies in files of ours, so that nobody else needs a rest."""
    return Due(at=now, reason="goes-on")


def plan_retry(now: datetime, interval: timedelta, *, failures: int, retry_after: float | None = None) -> Due:
    """Each failure in a row doubles the wait, up to a day; `failures` counts those before this one."""
    backoff = min(interval * (1 << min(failures, 20)), max(LONGEST, interval))
    asked = min(_seconds(retry_after or 0.0), LONGEST)
    return Due(at=now + max(backoff, asked), reason="retry-after" if asked > backoff else "failures")


def _seconds(count: float) -> timedelta:
    return timedelta(seconds=min(count, LONGEST.total_seconds()))
