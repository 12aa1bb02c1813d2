"""Unfinished issues that hold what the operator withdrew: found, stopped, and rendered anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, delete, exists, or_, select, update

from syndicate.model.item import ItemState, NoteKind
from syndicate.model.newsletter import Issue, IssueItem, IssueState
from syndicate.store.dialect import insert
from syndicate.store.renderings import assign_segments, save_renderings
from syndicate.store.schema import batches, deliveries, issue_items, issue_notes, issues, item_notes, items

UNFINISHED = (IssueState.COMPILED, IssueState.SENDING, IssueState.PAUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """An issue that some have yet to get. `begun` tells that somebody may have got it."""

    id: int
    newsletter: str
    number: int
    state: IssueState
    begun: bool = False

    @property
    def name(self) -> str:
        """What people call it: `daily/3`."""
        return f"{self.newsletter}/{self.number}"


def list_unfinished(conn: Connection) -> list[Unfinished]:
    """Issues that some have yet to get, or that wait to be sent; the oldest first."""
    return [_row(row) for row in conn.execute(_unfinished().order_by(issues.c.id))]


def list_unfinished_with(conn: Connection, item_id: str, *, lock: bool = False) -> list[Unfinished]:
    """Unfinished issues that hold the item, or tell of its correction; locked until the transaction ends."""
    held = select(issue_items.c.issue_id).where(issue_items.c.item_id == item_id, _kept())
    told = (
        select(issue_notes.c.issue_id)
        .join(item_notes, item_notes.c.id == issue_notes.c.note_id)
        .where(item_notes.c.item_id == item_id)
    )
    query = _unfinished().where(or_(issues.c.id.in_(held), issues.c.id.in_(told))).order_by(issues.c.id)
    return [_row(row) for row in conn.execute(query.with_for_update() if lock else query)]


def list_withdrawn_in(conn: Connection, issue_id: int) -> list[str]:
    """The ids of withdrawn items that an issue holds, or whose correction it tells of."""
    gone = items.c.state == ItemState.WITHDRAWN
    held = select(issue_items.c.item_id).join(items, items.c.id == issue_items.c.item_id)
    told = (
        select(item_notes.c.item_id)
        .join(issue_notes, issue_notes.c.note_id == item_notes.c.id)
        .join(items, items.c.id == item_notes.c.item_id)
        .where(issue_notes.c.issue_id == issue_id, item_notes.c.kind == NoteKind.CORRECTED, gone)
    )
    found = [
        *conn.scalars(held.where(issue_items.c.issue_id == issue_id, _kept(), gone)),
        *conn.scalars(told),
    ]
    return list(dict.fromkeys(found))


def stop_issue(conn: Connection, issue: Unfinished, *, reason: str) -> None:
    """Let no more of the issue leave: one that was being sent is paused, the others say why they wait."""
    values: dict[str, Any] = {"paused_reason": reason}
    if issue.state is IssueState.SENDING:
        values["state"] = IssueState.PAUSED
    conn.execute(update(issues).where(issues.c.id == issue.id).values(values))


def release_issue(conn: Connection, issue: Unfinished, *, about: str) -> None:
    """Take the reason away that stopped an issue because of the item `about`: it is live again.

    One that was being sent stays paused until the operator resumes it.
    """
    back = f"{about} is live again: syndicate issue resume {issue.name} lets it go on"
    values = {"paused_reason": back if issue.state is IssueState.PAUSED else ""}
    mine = update(issues).where(issues.c.id == issue.id, issues.c.paused_reason.contains(about))
    conn.execute(mine.values(values))


def find_unfinished(conn: Connection, issue_id: int) -> Unfinished | None:
    """The issue, locked, if some have yet to get it."""
    row = conn.execute(_unfinished().where(issues.c.id == issue_id).with_for_update()).one_or_none()
    return None if row is None else _row(row)


def is_held(conn: Connection, issue_id: int) -> bool:
    """Whether somebody has a batch of the issue in hand, and with it what was rendered before."""
    mine = batches.c.issue_id == issue_id, batches.c.owner != ""
    return conn.execute(select(batches.c.number).where(*mine).limit(1)).first() is not None


def list_places(conn: Connection, issue_id: int) -> list[IssueItem]:
    """What the issue holds, in its order."""
    query = select(issue_items).where(issue_items.c.issue_id == issue_id, _kept())
    return [
        IssueItem(item_id=row.item_id, revision=row.revision, section=row.section, position=row.position)
        for row in conn.execute(query.order_by(issue_items.c.position))
    ]


def replace_rendering(conn: Connection, issue: Issue, *, begun: bool, now: datetime, reason: str) -> None:
    """Put the issue's new renderings, items and notes in the place of the former.

    Of an issue that somebody may have got, an item that is left out stays its own, and each keeps the
    revision that went out first: that is what a later correction is about.
    """
    names = ("subject", "letter_subject", "html", "text", "web_html", "slot_key")
    values = {name: getattr(issue, name) for name in names}
    conn.execute(update(issues).where(issues.c.id == issue.id).values(**values, paused_reason=reason))
    kept = [one.item_id for one in issue.items]
    gone = (issue_items.c.issue_id == issue.id) & issue_items.c.item_id.not_in(kept) & _kept()
    if begun:
        conn.execute(update(issue_items).where(gone).values(left_out=now))
    else:
        conn.execute(delete(issue_items).where(gone))
        for one in issue.items:
            mine = issue_items.c.issue_id == issue.id, issue_items.c.item_id == one.item_id
            conn.execute(update(issue_items).where(*mine).values(revision=one.revision))
    conn.execute(delete(issue_notes).where(issue_notes.c.issue_id == issue.id))
    add_issue_notes(conn, issue.newsletter, issue.notes, issue_id=issue.id)
    save_renderings(conn, issue.id, issue.renderings)
    assign_segments(conn, issue.id, now=now)


def add_issue_notes(conn: Connection, newsletter: str, notes: Sequence[int], *, issue_id: int) -> None:
    """Mark the operator's notes as told by this issue; one that another told stays there."""
    if notes:
        rows = [{"newsletter": newsletter, "note_id": note, "issue_id": issue_id} for note in notes]
        conn.execute(insert(conn, issue_notes).values(rows).on_conflict_do_nothing())


def list_issues_with_withdrawn(conn: Connection, newsletter: str) -> dict[int, list[tuple[str, int]]]:
    """Issue id → withdrawn items that it shows, each with the revision, of a newsletter's issues."""
    spoken = select(item_notes.c.item_id).where(item_notes.c.kind == NoteKind.WITHDRAWN)
    query = (
        select(issue_items.c.issue_id, issue_items.c.item_id, issue_items.c.revision)
        .join(items, items.c.id == issue_items.c.item_id)
        .where(issue_items.c.newsletter == newsletter, issue_items.c.item_id.in_(spoken), _kept())
        .where(items.c.state == ItemState.WITHDRAWN)
    )
    found: dict[int, list[tuple[str, int]]] = {}
    for row in conn.execute(query.order_by(issue_items.c.issue_id, issue_items.c.position)):
        found.setdefault(row.issue_id, []).append((row.item_id, row.revision))
    return found


def _kept() -> ColumnElement[bool]:
    return issue_items.c.left_out.is_(None)


def _unfinished() -> Select[Any]:
    tried = exists().where(deliveries.c.issue_id == issues.c.id, deliveries.c.attempt > 0)
    columns = issues.c.id, issues.c.newsletter, issues.c.number, issues.c.state, tried.label("begun")
    return select(*columns).where(issues.c.state.in_(UNFINISHED))


def _row(row: Any) -> Unfinished:
    values = {name: getattr(row, name) for name in Unfinished.__dataclass_fields__}
    return Unfinished(**values | {"state": IssueState(row.state), "begun": bool(row.begun)})
