"""What is in a feed: entries in the order in which they came in, and the documents that they stand in."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from syndicate.model.catalogue import Catalogue
from syndicate.model.item import Item
from syndicate.store.items import is_archived, list_by_ids
from syndicate.store.schema import feed_entries, items


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An item in a feed, live or withdrawn (`item.state`), or one replay of it, which has an id of its own.

    `position` is when it came in, counted; `document` its archive document, 0 for the subscription document.
    """

    entry_id: str
    item: Item
    position: int
    document: int = 0
    replayed: datetime | None = None


def list_document(conn: Connection, feed: str, *, document: int = 0, catalogue: Catalogue) -> list[Entry]:
    """The entries of one document of a feed, withdrawn ones too, in the order in which it shows them.

    Newest first by replay, publication or collection; what is archived and undated comes last.
    """
    last = (items.c.published_at.is_(None) & is_archived(catalogue)).label("last")
    query = (
        select(feed_entries, last, items.c.sorted_at)
        .join(items, items.c.id == feed_entries.c.item_id)
        .where(feed_entries.c.feed == feed, feed_entries.c.document == document)
    )
    rows = list(conn.execute(query))
    rows.sort(key=lambda row: (not row.last, row.replayed or row.sorted_at, row.entry_id), reverse=True)
    found = {item.id: item for item in list_by_ids(conn, list({row.item_id for row in rows}))}
    return [
        Entry(
            entry_id=row.entry_id,
            item=found[row.item_id],
            position=row.position,
            document=row.document,
            replayed=row.replayed,
        )
        for row in rows
    ]
