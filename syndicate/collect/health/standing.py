"""How each source stands, for the operator: what needs somebody, when it is looked at next, and why then."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from syndicate.collect.health.alarms import GROUPS, recent
from syndicate.collect.health.coverage import FIELDS
from syndicate.model.source import Source
from syndicate.net.guard import Guard
from syndicate.store.alarms import Alarm, list_alarms
from syndicate.store.connection import Connection
from syndicate.store.coverage import Coverage, count_by_source, list_coverage
from syndicate.store.database import Database
from syndicate.store.sources import SourceStatus, list_statuses

REASONS = {
    "": "",
    "interval": "its interval",
    "ttl": "the feed's ttl",
    "cache-control": "Cache-Control",
    "expires": "Expires",
    "retry-after": "Retry-After",
    "goes-on": "it goes on with the files",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One source: what it is, when it was and will be looked at, and what went wrong, empty for nothing.

    `reason` is why the next check is when it is. `coverage` is per cent by field over its newest `pages`, ten
    or more where there are. `alarms` go on since an earlier check; `remedy` is what to do about the first
    thing that is wrong. `allowed` says that the guard refused its address the last time, and would not by
    today's settings.
    """

    source: str
    kind: str
    where: str
    outcome: str
    last_checked: datetime | None
    next_check: datetime | None
    failures: int
    error: str
    allowed: bool = False
    reason: str = ""
    items: int = 0
    pages: int = 0
    coverage: Mapping[str, int] = field(default_factory=dict)
    alarms: tuple[Alarm, ...] = ()
    remedy: str = ""
    runs: tuple[Coverage, ...] = ()

    @property
    def needs_somebody(self) -> bool:
        """Whether anything about it is for a person to mend."""
        return bool(self.alarms) or (bool(self.error) and not self.allowed)


async def list_standings(
    db: Database, sources: Mapping[str, Source], *, allow_hosts: Iterable[str] = ()
) -> list[Standing]:
    """Every configured source, by name. `allow_hosts` are those that the guard excepts."""
    return await db.read(_list, sources, guard=Guard(allow_hosts))


def why_next(status: SourceStatus) -> str:
    """Why the next check is when it is, in words; empty for a source that was never checked."""
    why = REASONS.get(status.next_reason, status.next_reason)
    if status.next_reason == "failures":
        times = f"{status.failures} failures in a row" if status.failures > 1 else "a failure"
        why = f"backing off after {times}"
    unfinished = status.last_checked is not None and status.first_run is None and not status.failures
    return f"{why}; its first run goes on" if unfinished else why


def remedy_for(status: SourceStatus, source: Source, *, allowed: bool) -> str:
    """What to do about the last error; empty where there is none."""
    again = f"syndicate collect {status.name}"
    if not status.last_error:
        return ""
    if allowed:
        return f"it is allowed by now: {again}"
    if "fetch.allow_hosts" in status.last_error:
        return f"add its host to fetch.allow_hosts if it is yours, then: {again}"
    if not status.failures:
        return f"correct sources.{status.name}.selectors; syndicate probe URL shows what a page has"
    if source.folder:
        return f"see sources.{status.name}.folder, then: {again}"
    return f"see the address and its site; {again} tries again"


def _list(conn: Connection, sources: Mapping[str, Source], *, guard: Guard) -> list[Standing]:
    counts = count_by_source(conn)
    alarms = list_alarms(conn)
    return [
        _standing(
            status,
            sources[status.name],
            guard=guard,
            items=counts.get(status.name, 0),
            alarms=[alarm for alarm in alarms if alarm.source == status.name],
            runs=list_coverage(conn, status.name),
        )
        for status in list_statuses(conn)
        if status.name in sources
    ]


def _standing(
    status: SourceStatus,
    source: Source,
    *,
    guard: Guard,
    items: int,
    alarms: Sequence[Alarm],
    runs: Sequence[Coverage],
) -> Standing:
    where = urlsplit(source.url)
    port = where.port or (443 if where.scheme == "https" else 80)
    refused = "fetch.allow_hosts" in status.last_error
    allowed = refused and guard.excepts(where.hostname or "", port)
    remedies = [*(alarm.remedy for alarm in alarms), remedy_for(status, source, allowed=allowed)]
    return Standing(
        source=status.name,
        kind=source.kind,
        where=source.url or source.folder,
        outcome=status.last_outcome or "never checked",
        last_checked=status.last_checked,
        next_check=status.next_check,
        failures=status.failures,
        error=status.last_error,
        allowed=allowed,
        reason=why_next(status),
        items=items,
        pages=recent(runs, FIELDS[0])[1],
        coverage=percentages(runs),
        alarms=tuple(alarms),
        remedy=next((remedy for remedy in reversed(remedies) if remedy), ""),
        runs=tuple(runs[:GROUPS]),
    )


def percentages(runs: Sequence[Coverage]) -> dict[str, int]:
    """Per cent of the newest pages on which each field was found; none where no page was read."""
    found = {name: recent(runs, name) for name in FIELDS}
    return {name: round(100 * count / pages) for name, (count, pages) in found.items() if pages}
