"""Newsletters' numbers, and issues: frozen once created, with the items that they hold."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, func, or_, select, update

from syndicate.model.item import ItemState, NoteKind
from syndicate.model.newsletter import Issue, IssueItem, IssueState
from syndicate.store.dialect import insert
from syndicate.store.issue_stops import add_issue_notes, list_places
from syndicate.store.renderings import list_renderings_in, save_renderings
from syndicate.store.schema import (
    issue_items,
    issue_notes,
    issues,
    item_notes,
    items,
    newsletters,
    occurrences,
)

RENDERINGS = ("html", "text", "web_html")
WRITTEN = (
    "newsletter",
    "number",
    "state",
    "compiled",
    "subject",
    "letter_subject",
    "slot_key",
    "candidates",
    *RENDERINGS,
)

# Built once, since every batch asks for it.
FOR_LETTERS = select(*(issues.c[name] for name in ("id", *WRITTEN) if name != "web_html")).where(
    issues.c.id == bindparam("issue")
)


def upsert_newsletters(conn: Connection, names: Iterable[str], *, now: datetime) -> None:
    """Make the configured newsletters known and retire those that are gone (decision 11)."""
    wanted = list(names)
    for name in wanted:
        statement = insert(conn, newsletters).values(name=name, retired=None)
        conn.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"retired": None}))
    vanished = newsletters.c.name.not_in(wanted) & newsletters.c.retired.is_(None)
    conn.execute(update(newsletters).where(vanished).values(retired=now))


def next_number(conn: Connection, newsletter: str) -> int:
    """The number that the newsletter's next issue will have."""
    query = select(newsletters.c.last_number).where(newsletters.c.name == newsletter)
    return (conn.scalar(query) or 0) + 1


def create_issue(conn: Connection, issue: Issue, *, occurrence_id: int | None = None) -> Issue | None:
    """Freeze a rendered issue, its id aside, and record the occurrence's outcome.

    None when the world moved on since it was rendered: its number is used, or an item of it is in another
    issue, revised or withdrawn, or one that it tells a note of was withdrawn or brought back. An occurrence
    that has its issue already gives that one back.
    """
    _lock(conn, issue.newsletter)
    if done := occurrence_id and find_issue_of(conn, occurrence_id):
        return done
    if next_number(conn, issue.newsletter) != issue.number or not _all_free(conn, issue):
        return None
    named = newsletters.c.name == issue.newsletter
    conn.execute(update(newsletters).where(named).values(last_number=issue.number))
    issue_id = conn.scalars(issues.insert().values(**_values(issue)).returning(issues.c.id)).one()
    conn.execute(issue_items.insert(), [_place(issue, issue_id, one) for one in issue.items])
    add_issue_notes(conn, issue.newsletter, issue.notes, issue_id=issue_id)
    save_renderings(conn, issue_id, issue.renderings)
    if occurrence_id is not None:
        _record(conn, occurrence_id, outcome="compiled", issue_id=issue_id)
    return find_issue(conn, issue_id)


def record_empty(conn: Connection, occurrence_id: int) -> None:
    """There was nothing to put into an issue; an outcome that stands already is kept."""
    _record(conn, occurrence_id, outcome="empty", issue_id=None)


def find_issue(conn: Connection, issue_id: int) -> Issue | None:
    """An issue with its renderings and items."""
    return _find(conn, issues.c.id == issue_id)


def find_issue_for(conn: Connection, issue_id: int, *, batch: int) -> Issue | None:
    """What the letters of a batch need: without items, notes and web page, with the renderings by segment
    that occur in it.
    """
    row = conn.execute(FOR_LETTERS, {"issue": issue_id}).one_or_none()
    if row is None:
        return None
    return replace(_issue(row), renderings=list_renderings_in(conn, issue_id, batch=batch))


def find_issue_by_number(conn: Connection, newsletter: str, number: int) -> Issue | None:
    """An issue by what people call it."""
    return _find(conn, and_(issues.c.newsletter == newsletter, issues.c.number == number))


def find_issue_of(conn: Connection, occurrence_id: int) -> Issue | None:
    """The issue that an occurrence made, None before it has."""
    issue_id = conn.scalar(select(occurrences.c.issue_id).where(occurrences.c.id == occurrence_id))
    return None if issue_id is None else find_issue(conn, issue_id)


def latest_issue(conn: Connection, newsletter: str) -> Issue | None:
    """The newsletter's newest issue, whatever became of it."""
    newest = select(func.max(issues.c.number)).where(issues.c.newsletter == newsletter)
    number = conn.scalar(newest)
    return None if number is None else find_issue_by_number(conn, newsletter, number)


def list_issues(conn: Connection, newsletter: str = "") -> list[Issue]:
    """The issues of a newsletter or of all, newest first, without renderings and items."""
    query = _bare().order_by(issues.c.compiled.desc(), issues.c.id.desc())
    if newsletter:
        query = query.where(issues.c.newsletter == newsletter)
    return [_issue(row) for row in conn.execute(query)]


def list_released(
    conn: Connection, newsletter: str, *, take: int | None = None, before: int | None = None
) -> list[Issue]:
    """The newsletter's issues that began to be sent and were not cancelled, newest first, as above; those
    `before` a number, or all.
    """
    begun = or_(issues.c.started.is_not(None), issues.c.state != IssueState.COMPILED)
    released = issues.c.newsletter == newsletter, issues.c.state != IssueState.CANCELLED, begun
    query = _bare().where(*released).order_by(issues.c.number.desc())
    if before is not None:
        query = query.where(issues.c.number < before)
    return [_issue(row) for row in conn.execute(query.limit(take))]


def _bare() -> Select[Any]:
    return select(*(column for column in issues.c if column.name not in RENDERINGS))


def _lock(conn: Connection, newsletter: str) -> None:
    conn.execute(insert(conn, newsletters).values(name=newsletter).on_conflict_do_nothing())
    conn.execute(select(newsletters.c.name).where(newsletters.c.name == newsletter).with_for_update())


def _all_free(conn: Connection, issue: Issue) -> bool:
    ids = [one.item_id for one in issue.items]
    taken = select(func.count()).where(
        issue_items.c.newsletter == issue.newsletter, issue_items.c.item_id.in_(ids)
    )
    told = select(item_notes.c.item_id, item_notes.c.kind).where(item_notes.c.id.in_(issue.notes))
    gone = {row.item_id: row.kind == NoteKind.WITHDRAWN for row in conn.execute(told)}
    mentioned = select(items.c.id, items.c.revision, items.c.state).where(items.c.id.in_({*ids, *gone}))
    now = {row.id: row for row in conn.execute(mentioned.order_by(items.c.id).with_for_update())}
    live = {item_id: row.revision for item_id, row in now.items() if row.state == ItemState.LIVE}
    return (
        not conn.scalar(taken)
        and all(live.get(one.item_id) == one.revision for one in issue.items)
        and all((item_id not in live) == withdrawn for item_id, withdrawn in gone.items())
    )


def _record(conn: Connection, occurrence_id: int, *, outcome: str, issue_id: int | None) -> None:
    unrecorded = and_(occurrences.c.id == occurrence_id, occurrences.c.issue_id.is_(None))
    conn.execute(update(occurrences).where(unrecorded).values(outcome=outcome, issue_id=issue_id))


def _values(issue: Issue) -> dict[str, Any]:
    return {name: getattr(issue, name) for name in WRITTEN}


def _place(issue: Issue, issue_id: int, one: IssueItem) -> dict[str, Any]:
    return {
        "newsletter": issue.newsletter,
        "issue_id": issue_id,
        "item_id": one.item_id,
        "revision": one.revision,
        "section": one.section,
        "position": one.position,
    }


def _find(conn: Connection, condition: Any) -> Issue | None:
    row = conn.execute(select(issues).where(condition)).one_or_none()
    if row is None:
        return None
    told = select(issue_notes.c.note_id).where(issue_notes.c.issue_id == row.id)
    notes = conn.scalars(told.order_by(issue_notes.c.note_id))
    return replace(_issue(row), items=tuple(list_places(conn, row.id)), notes=tuple(notes))


def _issue(row: Row[Any]) -> Issue:
    values = {name: value for name, value in row._mapping.items() if name in Issue.__dataclass_fields__}
    return Issue(**values | {"state": IssueState(row.state)})
