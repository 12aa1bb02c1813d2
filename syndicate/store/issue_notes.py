"""Which of the operator's notes an issue has to tell its readers: of items that earlier issues carried."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select

from syndicate.model.item import Item, ItemNote, ItemState, NoteKind
from syndicate.store.item_notes import note_of
from syndicate.store.items import list_by_ids
from syndicate.store.schema import issue_items, issue_notes, issues, item_notes, items


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A note to be told, the item as it is now, and the issue that carried it: its number, when it was
    compiled, and in which section the item stood.
    """

    note: ItemNote
    item: Item
    number: int
    compiled: datetime
    section: str = ""


def list_untold(
    conn: Connection, newsletter: str, *, before: int, take: int, issue_id: int | None = None
) -> list[Told]:
    """Notes that no issue of the newsletter has told but this one, oldest first, at most `take`.

    Of each withdrawn item its withdrawal, of others each correction later than what issue before the number
    `before` showed of it. One that was cancelled before anybody got it, or has not begun, carried nothing.
    """
    withdrawals = item_notes.alias("withdrawals")
    last = select(func.max(withdrawals.c.id)).where(
        withdrawals.c.item_id == item_notes.c.item_id, withdrawals.c.kind == NoteKind.WITHDRAWN
    )
    gone = and_(
        items.c.state == ItemState.WITHDRAWN,
        item_notes.c.kind == NoteKind.WITHDRAWN,
        item_notes.c.id == last.scalar_subquery(),
    )
    wrong = and_(
        items.c.state == ItemState.LIVE,
        item_notes.c.kind == NoteKind.CORRECTED,
        item_notes.c.revision > issue_items.c.revision,
    )
    told = issue_notes.c.newsletter == newsletter, issue_notes.c.note_id == item_notes.c.id
    query = (
        select(item_notes, issues.c.number, issues.c.compiled, issue_items.c.section)
        .join(items, items.c.id == item_notes.c.item_id)
        .join(
            issue_items,
            and_(issue_items.c.item_id == item_notes.c.item_id, issue_items.c.newsletter == newsletter),
        )
        .join(issues, issues.c.id == issue_items.c.issue_id)
        .join(issue_notes, and_(*told), isouter=True)
        .where(
            issues.c.started.is_not(None),
            issues.c.number < before,
            or_(issue_notes.c.note_id.is_(None), issue_notes.c.issue_id == issue_id),
            or_(gone, wrong),
        )
        .order_by(item_notes.c.id)
        .limit(take)
    )
    rows = conn.execute(query).all()
    found = {item.id: item for item in list_by_ids(conn, sorted({row.item_id for row in rows}))}
    return [_told(row, found[row.item_id]) for row in rows]


def _told(row: Row[Any], item: Item) -> Told:
    return Told(note=note_of(row), item=item, number=row.number, compiled=row.compiled, section=row.section)


def list_copies(conn: Connection, item_id: str) -> list[tuple[str, int]]:
    """The issues that hold the item, by newsletter and number."""
    query = (
        select(issues.c.newsletter, issues.c.number)
        .join(issue_items, issue_items.c.issue_id == issues.c.id)
        .where(issue_items.c.item_id == item_id)
    )
    return [
        (row.newsletter, row.number)
        for row in conn.execute(query.distinct().order_by(*query.selected_columns))
    ]


def list_carriers(conn: Connection, item_id: str) -> set[str]:
    """The newsletters with an issue that began to be sent and holds the item."""
    query = (
        select(issue_items.c.newsletter)
        .join(issues, issues.c.id == issue_items.c.issue_id)
        .where(issue_items.c.item_id == item_id, issues.c.started.is_not(None))
    )
    return set(conn.scalars(query.distinct()))
