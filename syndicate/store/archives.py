"""Issues of long ago: which are due to leave the database, their rows, and what stays of them."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, delete, exists, func, select, update

from syndicate.model.newsletter import IssueState
from syndicate.store.schema import archived_issues, attempts, batches, deliveries, issues

ROWS = 2_000
# So many rows are deleted in one transaction, so that a database with one writer is never kept for long.
AT_ONCE = 2_000
ENDED = (IssueState.FINISHED.value, IssueState.CANCELLED.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Archived:
    """Where the deliveries of an issue went. `file` lies in the archive's folder on `host`, `size` bytes.

    `counts` is what a report tells of them, as plain values.
    """

    issue_id: int
    archived: datetime
    host: str
    file: str
    size: int
    sha256: str
    deliveries: int
    attempts: int
    counts: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """An issue that is over, and what would differ had anything of its deliveries changed."""

    issue_id: int
    newsletter: str
    number: int
    subject: str
    mark: tuple[Any, ...]


_COLUMNS = [archived_issues.c[name] for name in Archived.__dataclass_fields__]


def list_ended(conn: Connection, *, before: datetime, take: int) -> list[int]:
    """Issues that were over by then, and whose deliveries are still here; the oldest first."""
    archived = exists().where(archived_issues.c.issue_id == issues.c.id)
    over = issues.c.state.in_(ENDED), issues.c.finished < before, issues.c.candidates > 0
    query = select(issues.c.id).where(*over, ~archived)
    return list(conn.scalars(query.order_by(issues.c.finished, issues.c.id).limit(take)))


def find_ended(conn: Connection, issue_id: int, *, lock: bool = False) -> Ended | None:
    """An issue that is over, with `lock` until the transaction ends; None when it is not, or not any more."""
    query = select(issues.c.newsletter, issues.c.number, issues.c.subject).where(
        issues.c.id == issue_id, issues.c.state.in_(ENDED)
    )
    found = conn.execute(query.with_for_update() if lock else query).one_or_none()
    opened = select(batches.c.number).where(batches.c.issue_id == issue_id, batches.c.open).limit(1)
    if found is None or conn.scalar(opened) is not None:
        return None
    told = (func.count(), func.sum(deliveries.c.attempt), func.max(deliveries.c.changed))
    states = select(deliveries.c.state, *told).where(deliveries.c.issue_id == issue_id)
    counted = conn.execute(states.group_by(deliveries.c.state).order_by(deliveries.c.state))
    return Ended(issue_id=issue_id, **found._mapping, mark=tuple(tuple(row) for row in counted))


def list_rows(conn: Connection, issue_id: int, table: str) -> Iterator[dict[str, Any]]:
    """The rows of an issue in `deliveries` or `attempts`, in the order of their keys."""
    source = {"deliveries": deliveries, "attempts": attempts}[table]
    kept = [column for column in source.c if column.name != "issue_id"]
    mine = select(*kept).where(source.c.issue_id == issue_id).order_by(*source.primary_key)
    for row in conn.execute(mine.execution_options(yield_per=ROWS)):
        yield dict(row._mapping)


def save_archived(conn: Connection, one: Archived) -> None:
    """From here on an issue's rows are in its file, and can go."""
    values = {name: getattr(one, name) for name in Archived.__dataclass_fields__}
    conn.execute(archived_issues.insert().values(values))


def find_archived(conn: Connection, issue_id: int) -> Archived | None:
    """Where an issue's deliveries went, None while they are here."""
    found = conn.execute(select(*_COLUMNS).where(archived_issues.c.issue_id == issue_id)).one_or_none()
    return None if found is None else Archived(**found._mapping)


def find_counts(conn: Connection, issue_id: int) -> Mapping[str, Any] | None:
    """What a report tells of an archived issue, None while its deliveries are here."""
    found = archived_issues.c.issue_id == issue_id
    counts: Mapping[str, Any] | None = conn.scalar(select(archived_issues.c.counts).where(found))
    return counts


def list_archived(conn: Connection, newsletters: Collection[str]) -> list[tuple[str, int, Archived]]:
    """(newsletter, number, where) of these newsletters' archived issues, the newest first."""
    query = select(issues.c.newsletter, issues.c.number, *_COLUMNS)
    query = query.join(issues, issues.c.id == archived_issues.c.issue_id)
    chosen = query.where(issues.c.newsletter.in_(list(newsletters))).order_by(
        archived_issues.c.issue_id.desc()
    )
    return [
        (name, number, Archived(**dict(zip(Archived.__dataclass_fields__, rest, strict=True))))
        for name, number, *rest in conn.execute(chosen)
    ]


def list_unremoved(conn: Connection) -> list[int]:
    """Archived issues some of whose rows may still be here."""
    left = select(archived_issues.c.issue_id).where(archived_issues.c.removed.is_(None))
    return list(conn.scalars(left.order_by(archived_issues.c.issue_id)))


def mark_removed(conn: Connection, issue_id: int, *, now: datetime) -> None:
    """The last row of an archived issue has gone."""
    mine = update(archived_issues).where(archived_issues.c.issue_id == issue_id)
    conn.execute(mine.values(removed=now))


def delete_rows(conn: Connection, issue_id: int) -> int:
    """Delete some of an archived issue's rows; how many, 0 when none is left."""
    for table in (deliveries, attempts, batches):
        if count := _delete_some(conn, table, issue_id):
            return count
    return 0


def _delete_some(conn: Connection, table: Table, issue_id: int) -> int:
    key = list(table.primary_key)[1]
    mine = table.c.issue_id == issue_id
    some = conn.scalars(select(key).where(mine).order_by(key).limit(AT_ONCE)).all()
    return conn.execute(delete(table).where(mine, key <= some[-1])).rowcount if some else 0
