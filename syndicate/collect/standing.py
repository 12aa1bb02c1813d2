"""How each source stands, for the operator."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from syndicate.model.source import Source
from syndicate.store.connection import Connection
from syndicate.store.database import Database
from syndicate.store.sources import SourceStatus, list_statuses


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One source: what it is, when it was and will be looked at, and what went wrong, empty for nothing."""

    source: str
    kind: str
    where: str
    outcome: str
    last_checked: datetime | None
    next_check: datetime | None
    failures: int
    error: str


async def list_standings(db: Database, sources: Mapping[str, Source]) -> list[Standing]:
    """Every configured source, by name."""
    return await db.read(_list, sources)


def _list(conn: Connection, sources: Mapping[str, Source]) -> list[Standing]:
    return [
        _standing(status, sources[status.name]) for status in list_statuses(conn) if status.name in sources
    ]


def _standing(status: SourceStatus, source: Source) -> Standing:
    return Standing(
        source=status.name,
        kind=source.kind,
        where=source.url or source.folder,
        outcome=status.last_outcome or "never checked",
        last_checked=status.last_checked,
        next_check=status.next_check,
        failures=status.failures,
        error=status.last_error,
    )
