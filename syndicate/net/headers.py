"""What headers say of time: how long to stay away, and how long an answer stays good."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def http_date(text: str) -> datetime | None:
    """An HTTP date (RFC 9110, section 5.6.7) in UTC; None when it is no date."""
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def retry_after_seconds(value: str, *, date: str) -> float | None:
    """Retry-After in seconds, in either form (RFC 9110, section 10.2.3); None when unreadable.

    A date is counted from the answer's own Date header, so that our clock does not matter.
    """
    value = value.strip()
    if value.isdecimal() and value.isascii():
        return float(value[:9])
    until, start = http_date(value), http_date(date)
    if until is None or start is None:
        return None
    return max(0.0, (until - start).total_seconds())


def fresh_seconds(headers: Mapping[str, str]) -> float:
    """How long the answer stays fresh: Cache-Control max-age, else Expires (RFC 9111, section 4.2.1)."""
    directives = [part.strip().lower() for part in headers.get("cache-control", "").split(",")]
    if "no-cache" in directives or "no-store" in directives:
        return 0.0
    for directive in directives:
        name, _, value = directive.partition("=")
        value = value.strip('"')
        if name == "max-age" and value.isdecimal() and value.isascii():
            return float(value[:9])
    until, start = http_date(headers.get("expires", "")), http_date(headers.get("date", ""))
    return 0.0 if until is None or start is None else max(0.0, (until - start).total_seconds())
