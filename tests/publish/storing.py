"""Items stored as collecting and the operator store them: with a mark in every feed that may show them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from syndicate.model.catalogue import Catalogue
from syndicate.model.item import Item, ItemState, NoteKind
from syndicate.model.job import Enqueue, nobody_waits
from syndicate.store.connection import Connection
from syndicate.store.database import Database
from syndicate.store.feed_changes import touch_items
from syndicate.store.item_notes import add_note, record_withdrawal
from syndicate.store.items import save_item, save_revision


def keep(db: Database, catalogue: Catalogue, *items: Item, enqueue: Enqueue = nobody_waits) -> None:
    """Store new items."""
    _store(db, catalogue, items, lambda conn, item: save_item(conn, item, keys=[f"url:{item.id}"]), enqueue)


def revise(db: Database, catalogue: Catalogue, *items: Item) -> None:
    """Store changed ones, each with the number of its new revision."""
    _store(db, catalogue, items, lambda conn, item: save_revision(conn, item, keys=[]))


def withdraw(db: Database, catalogue: Catalogue, *items: Item, at: datetime, note: str = "") -> None:
    """Withdraw items, with what the operator says of it."""

    def take(conn: Connection, item: Item) -> None:
        record_withdrawal(conn, item.id, note=note, at=at)
        add_note(conn, item.id, kind=NoteKind.WITHDRAWN, note=note, at=at, revision=item.revision)

    _store(db, catalogue, [replace(item, state=ItemState.WITHDRAWN) for item in items], take)


def _store(
    db: Database,
    catalogue: Catalogue,
    items: Sequence[Item],
    save: Callable[[Connection, Item], None],
    enqueue: Enqueue = nobody_waits,
) -> None:
    def store(conn: Connection) -> None:
        for item in items:
            save(conn, item)
        touch_items(conn, items, feeds=catalogue.feeds.values(), enqueue=enqueue)

    db.write_now(store)
