"""What the operator said of items, and what that makes of their state; content is in store/items."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, case, select, update

from syndicate.model.item import Correction, Item, ItemKind, ItemNote, ItemState, NoteKind
from syndicate.store.items import find_item
from syndicate.store.schema import feed_entries, item_media, item_notes, items


def lock_item(conn: Connection, item_id: str) -> Item | None:
    """The item as it is now, and nobody changes it before the transaction ends; None for an unknown id."""
    conn.execute(select(items.c.id).where(items.c.id == item_id).with_for_update())
    return find_item(conn, item_id)


def add_note(
    conn: Connection, item_id: str, *, kind: NoteKind, note: str, at: datetime, revision: int
) -> None:
    """Keep what was said of an item."""
    values = {"item_id": item_id, "kind": kind, "note": note, "at": at, "revision": revision}
    conn.execute(item_notes.insert().values(values))


def list_notes(conn: Connection, item_id: str) -> list[ItemNote]:
    """Everything that was said of an item, the first word first."""
    query = select(item_notes).where(item_notes.c.item_id == item_id).order_by(item_notes.c.id)
    return [note_of(row) for row in conn.execute(query)]


def list_briefs_spoken_of(conn: Connection, sources: Collection[str], *, take: int) -> list[str]:
    """The ids of briefs of these sources that the operator said something of, lately spoken of first."""
    spoken = (
        select(item_notes.c.item_id)
        .join(items, items.c.id == item_notes.c.item_id)
        .where(items.c.kind == ItemKind.BRIEF, items.c.source.in_(list(sources)))
        .order_by(item_notes.c.id.desc())
        .limit(take)
    )
    return list(dict.fromkeys(conn.scalars(spoken)))


def list_feeds_with(conn: Connection, item_id: str) -> set[str]:
    """The names of the feeds that hold the item, in whichever document."""
    held = select(feed_entries.c.feed).where(feed_entries.c.item_id == item_id).distinct()
    # What is being filled anew stands under the name and a `+`.
    return {name.removesuffix("+") for name in conn.scalars(held)}


def record_correction(conn: Connection, item_id: str, correction: Correction) -> None:
    """Let readers be told of this correction, beside the item's newest revision."""
    values = {"corrected": correction.at, "correction_note": correction.note}
    conn.execute(update(items).where(items.c.id == item_id).values(values))


def record_withdrawal(conn: Connection, item_id: str, *, note: str, at: datetime) -> None:
    """Take a live item out of every output."""
    values = {"state": ItemState.WITHDRAWN, "withdrawn": at, "withdrawn_note": note}
    conn.execute(update(items).where(items.c.id == item_id).values(**values, stamp=items.c.stamp + 1))


def record_return(conn: Connection, item_id: str, *, at: datetime) -> None:
    """Bring a withdrawn item back; its change is now, so that it is newer than its tombstone (RFC 6721)."""
    values = {"state": ItemState.LIVE, "withdrawn": None, "withdrawn_note": "", "changed": at}
    conn.execute(update(items).where(items.c.id == item_id).values(**values, stamp=items.c.stamp + 1))


def is_media_withdrawn(conn: Connection, name: str) -> bool:
    """Whether every item that ever showed this file of the media store is withdrawn, and there is one."""
    live = case((items.c.state == ItemState.LIVE, 1), else_=0)
    shown = select(live).join(item_media, item_media.c.item_id == items.c.id).where(item_media.c.name == name)
    # The live ones first: one of them is enough.
    return conn.scalar(shown.order_by(live.desc()).limit(1)) == 0


def note_of(row: Row[Any]) -> ItemNote:
    """A row of `item_notes` as a value."""
    values = {name: getattr(row, name) for name in ItemNote.__dataclass_fields__}
    return ItemNote(**values | {"kind": NoteKind(row.kind)})
