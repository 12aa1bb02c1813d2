"""What came of the links of issues when they were asked, and which issues the operator let go anyhow."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from syndicate.model.newsletter import IssueState
from syndicate.store.dialect import insert
from syndicate.store.schema import issues
from syndicate.store.schema_deliver import preflights

# How a reason begins that the pre-flight wrote: another's is not ours to take away.
BEGINS = "pre-flight: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What came of one issue's links, as plain values; `fingerprint` is of the links that were asked."""

    issue_id: int
    checked: datetime
    fingerprint: str
    linked: Mapping[str, Any]


def save_preflight(conn: Connection, kept: Kept) -> None:
    """Put this in the place of what was kept before; the operator's word stays."""
    values = {name: getattr(kept, name) for name in Kept.__dataclass_fields__}
    changed = {name: value for name, value in values.items() if name != "issue_id"}
    statement = insert(conn, preflights).values(**values)
    conn.execute(statement.on_conflict_do_update(index_elements=["issue_id"], set_=changed))


def find_preflight(conn: Connection, issue_id: int) -> Kept | None:
    """What was kept last."""
    columns = [preflights.c[name] for name in Kept.__dataclass_fields__]
    row = conn.execute(select(*columns).where(preflights.c.issue_id == issue_id)).one_or_none()
    return Kept(**row._mapping) if row and row.fingerprint else None


def accept_issue(conn: Connection, issue_id: int, *, now: datetime) -> None:
    """The operator lets the issue go, whatever was or will be found in it."""
    statement = insert(conn, preflights).values(
        issue_id=issue_id, checked=now, fingerprint="", linked={}, accepted=now
    )
    conn.execute(statement.on_conflict_do_update(index_elements=["issue_id"], set_={"accepted": now}))


def find_accepted(conn: Connection, issue_id: int) -> datetime | None:
    """When the operator let it go; None when nobody did."""
    found: datetime | None = conn.scalar(
        select(preflights.c.accepted).where(preflights.c.issue_id == issue_id)
    )
    return found


def note_hold(conn: Connection, issue_id: int, *, reason: str) -> None:
    """Say in a compiled issue why it waits; empty takes away what the pre-flight said before."""
    compiled = issues.c.id == issue_id, issues.c.state == IssueState.COMPILED
    told = update(issues).where(*compiled)
    if reason:
        conn.execute(told.values(paused_reason=f"{BEGINS}{reason}"))
    else:
        conn.execute(told.where(issues.c.paused_reason.startswith(BEGINS)).values(paused_reason=""))
