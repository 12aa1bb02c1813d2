"""How each source stands, for the operator."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from syndicate.model.source import Source
from syndicate.net.guard import Guard
from syndicate.store.connection import Connection
from syndicate.store.database import Database
from syndicate.store.sources import SourceStatus, list_statuses


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One source: what it is, when it was and will be looked at, and what went wrong, empty for nothing.

    `allowed` says that the guard refused its address the last time, and would not by today's settings.
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


async def list_standings(
    db: Database, sources: Mapping[str, Source], *, allow_hosts: Iterable[str] = ()
) -> list[Standing]:
    """Every configured source, by name. `allow_hosts` are those that the guard excepts."""
    return await db.read(_list, sources, guard=Guard(allow_hosts))


def _list(conn: Connection, sources: Mapping[str, Source], *, guard: Guard) -> list[Standing]:
    return [
        _standing(status, sources[status.name], guard)
        for status in list_statuses(conn)
        if status.name in sources
    ]


def _standing(status: SourceStatus, source: Source, guard: Guard) -> Standing:
    where = urlsplit(source.url)
    port = where.port or (443 if where.scheme == "https" else 80)
    refused = "fetch.allow_hosts" in status.last_error
    return Standing(
        source=status.name,
        kind=source.kind,
        where=source.url or source.folder,
        outcome=status.last_outcome or "never checked",
        last_checked=status.last_checked,
        next_check=status.next_check,
        failures=status.failures,
        error=status.last_error,
        allowed=refused and guard.excepts(where.hostname or "", port),
    )
