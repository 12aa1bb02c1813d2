"""Sources as they stand: when each was checked, how it went, when it is due. Config names them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, or_, select, update

from syndicate.model.source import Source
from syndicate.store.dialect import insert
from syndicate.store.schema import pages, sources


class FirstRun(Enum):
    """What a check makes of the source's first run: over, pages still to come, or failed ones to retry."""

    OVER = "over"
    TO_COME = "to come"
    RETRY = "retry"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStatus:
    """A source's state. `first_run` is when all that was there at first was collected, None for not yet;
    `first_retries` counts the checks that left it open for pages that failed. `scope` is what narrowed the
    source when it began, `unfinished` that the last check left pages to come.

    `failures` counts checks that failed since the last that did not; `last_error` is the newest one's text.
    `next_reason` is why the next check is when it is (collect/due).
    """

    name: str
    kind: str
    retired: datetime | None = None
    first_run: datetime | None = None
    first_retries: int = 0
    scope: str = ""
    unfinished: bool = False
    last_checked: datetime | None = None
    next_check: datetime | None = None
    last_outcome: str = ""
    last_error: str = ""
    failures: int = 0
    next_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """How one check of a source went. `reason` is why the next is when it is (collect/due).

    `first_run` says whether its pages still belong to the first run next time; an `error` leaves that open.
    A `complaint` is told like an error, yet is none of the source's: the check itself went well.
    """

    at: datetime
    outcome: str
    next_check: datetime
    reason: str = ""
    error: str = ""
    complaint: str = ""
    first_run: FirstRun = FirstRun.OVER


def upsert_sources(conn: Connection, wanted: Iterable[Source], *, now: datetime) -> None:
    """Make the configured sources known and retire those that are gone; nothing is deleted (decision 11)."""
    values = [{"name": source.name, "kind": source.kind, "retired": None} for source in wanted]
    for row in values:
        changes = {"kind": row["kind"], "retired": None}
        statement = insert(conn, sources).values(row)
        conn.execute(statement.on_conflict_do_update(index_elements=["name"], set_=changes))
    vanished = sources.c.name.not_in([row["name"] for row in values]) & sources.c.retired.is_(None)
    conn.execute(update(sources).where(vanished).values(retired=now))


def find_status(conn: Connection, name: str) -> SourceStatus | None:
    """The source's state, None for a name never seen."""
    row = conn.execute(select(sources).where(sources.c.name == name)).one_or_none()
    return None if row is None else SourceStatus(**row._mapping)


def list_statuses(conn: Connection) -> list[SourceStatus]:
    """Every source that is not retired, by name."""
    query = select(sources).where(sources.c.retired.is_(None)).order_by(sources.c.name)
    return [SourceStatus(**row._mapping) for row in conn.execute(query)]


def list_due(conn: Connection, now: datetime) -> list[str]:
    """Names of the sources to check now: never checked first, then the longest overdue."""
    due = or_(sources.c.next_check.is_(None), sources.c.next_check <= now)
    query = select(sources.c.name).where(sources.c.retired.is_(None), due)
    return list(conn.scalars(query.order_by(sources.c.next_check.is_not(None), sources.c.next_check)))


def record_check(conn: Connection, name: str, *, check: Check) -> None:
    """Record how a check went; an error counts as a failure, its absence ends the count."""
    failures: ColumnElement[Any] | int = sources.c.failures + 1 if check.error else 0
    values = {
        "last_checked": check.at,
        "next_check": check.next_check,
        "next_reason": check.reason,
        "last_outcome": check.outcome,
        "last_error": check.error or check.complaint,
        "failures": failures,
    }
    if not check.error:
        values["unfinished"] = check.first_run is not FirstRun.OVER
    conn.execute(update(sources).where(sources.c.name == name).values(**values))
    first = update(sources).where(sources.c.name == name, sources.c.first_run.is_(None))
    if check.first_run is FirstRun.RETRY:
        conn.execute(first.values(first_retries=sources.c.first_retries + 1))
    elif check.first_run is FirstRun.OVER and not check.error:
        conn.execute(first.values(first_run=check.at))


def record_complaint(conn: Connection, name: str, *, complaint: str) -> None:
    """Record what is wrong with the source's settings, empty for nothing, unless its last check failed."""
    mine = update(sources).where(sources.c.name == name, sources.c.failures == 0)
    conn.execute(mine.values(last_error=complaint))


def note_scope(conn: Connection, source: Source) -> None:
    """Remember the scope of a source that was collected before scopes were remembered."""
    conn.execute(update(sources).where(sources.c.name == source.name).values(scope=source.scope))


def begin_first_run(conn: Connection, source: Source) -> None:
    """Begin the first run anew, since the source's scope was changed: more old pages may come.

    What its own documents said before is forgotten, so that they are read again.
    """
    values = {"first_run": None, "first_retries": 0, "scope": source.scope}
    conn.execute(update(sources).where(sources.c.name == source.name).values(**values))
    conn.execute(delete(pages).where(pages.c.source == source.name, pages.c.own))
