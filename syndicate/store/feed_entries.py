"""What is in a feed: entries in the order in which they came in, and the documents that they stand in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    delete,
    func,
    or_,
    select,
    tuple_,
    update,
)

from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import Selection
from syndicate.model.item import Item, ItemState
from syndicate.store.feed_changes import CHUNK
from syndicate.store.items import is_archived, list_by_ids, selected
from syndicate.store.schema import feed_entries, item_notes, items
from syndicate.store.statements import STATEMENTS


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


class Member(NamedTuple):
    """An entry without its content, since most are rendered already. `stamp` is the item's.

    A tuple, for fifty of them are read whenever a feed is published.
    """

    entry_id: str
    item_id: str
    position: int
    document: int
    replayed: datetime | None
    stamp: int
    state: str
    last: bool
    sorted_at: datetime
    withdrawn: datetime | None
    withdrawn_note: str

    @property
    def live(self) -> bool:
        """Whether it is shown; a withdrawn one is told of."""
        return self.state == ItemState.LIVE

    @property
    def rank(self) -> tuple[bool, datetime, str]:
        """Its place: the greater, the newer. What is archived and undated is oldest, as in `list_items`."""
        return not self.last or self.replayed is not None, self.replayed or self.sorted_at, self.entry_id


class Change(NamedTuple):
    """A marked item: `mark` is the mark's stamp, `takes` whether the feed's rule takes the item now, `held`
    its entries in the feed, their ids and documents.
    """

    mark: int
    takes: bool
    held: tuple[tuple[str, int], ...]
    item_id: str
    stamp: int
    state: str
    last: bool
    sorted_at: datetime
    withdrawn: datetime | None
    withdrawn_note: str

    @property
    def live(self) -> bool:
        """Whether the item is not withdrawn."""
        return self.state == ItemState.LIVE

    @property
    def _now(self) -> Any:
        return self[4:]

    def member(self, *, position: int) -> Member:
        """The entry that the item becomes."""
        return Member(self.item_id, self.item_id, position, 0, None, *self._now)

    def seen_in(self, member: Member) -> Member:
        """An entry of the item as the item is now."""
        return Member(*member[:5], *self._now)


FEED: Any = bindparam("feed")
DOCUMENT: Any = bindparam("document")


def list_document(conn: Connection, feed: str, *, document: int = 0, catalogue: Catalogue) -> list[Entry]:
    """The entries of one document of a feed, withdrawn ones too, in the order in which it shows them.

    Newest first by replay, publication or collection; what is archived and undated comes last.
    """
    members = list_members(conn, feed, document=document, catalogue=catalogue)
    found = {item.id: item for item in list_by_ids(conn, list({one.item_id for one in members}))}
    return [
        Entry(
            entry_id=one.entry_id,
            item=found[one.item_id],
            position=one.position,
            document=one.document,
            replayed=one.replayed,
        )
        for one in reversed(members)
    ]


def list_members(conn: Connection, feed: str, *, document: int, catalogue: Catalogue) -> list[Member]:
    """One document's entries, the oldest first."""

    def build() -> Select[Any]:
        return _members(catalogue).where(feed_entries.c.feed == FEED, feed_entries.c.document == DOCUMENT)

    query = STATEMENTS.find(catalogue, "members", build)
    return _ranked(Member(*row) for row in conn.execute(query, {"feed": feed, "document": document}).all())


def list_noted(
    conn: Connection, feed: str, *, since: datetime, take: int, catalogue: Catalogue
) -> list[tuple[Member, datetime]]:
    """Entries of archive documents whose items the operator spoke of since, and when; newest first."""
    notes = select(item_notes.c.item_id, item_notes.c.at).where(item_notes.c.at >= since)
    spoken: dict[str, datetime] = {}
    for item_id, at in conn.execute(notes.order_by(item_notes.c.at.desc(), item_notes.c.id.desc())):
        spoken.setdefault(item_id, at)
    found: list[Member] = []
    archived = feed_entries.c.feed == feed, feed_entries.c.document > 0
    for chunk in _chunks(list(spoken)):
        if len(found) < take:
            query = _members(catalogue).where(feed_entries.c.item_id.in_(chunk), *archived)
            found += [Member(*row) for row in conn.execute(query)]
    found.sort(key=lambda one: (spoken[one.item_id], one.entry_id), reverse=True)
    return [(one, spoken[one.item_id]) for one in found[:take]]


def list_after(
    conn: Connection, feed: str, rule: Selection, *, after: Member | None, take: int, catalogue: Catalogue
) -> list[Member]:
    """What the rule takes, and what it took that was withdrawn while the feed held it; oldest first.

    At most `take` behind `after`, in the order of `Member.rank`; without positions.
    """
    held = select(feed_entries.c.item_id).where(
        feed_entries.c.item_id == items.c.id, feed_entries.c.feed == feed
    )
    live, *others = selected(rule)
    wanted = or_(live, and_(items.c.state == ItemState.WITHDRAWN, held.exists())), *others
    last = items.c.published_at.is_(None) & is_archived(catalogue)
    found: list[Member] = []
    # Two queries, since one that sorts by a condition first can use no index.
    for is_last, condition in ((True, last), (False, ~last)):
        passed = after is not None and (is_last, after.last) == (True, False)
        if passed or len(found) == take:
            continue
        query = select(items.c.id, *item_keys_of(catalogue)).where(condition, *wanted)
        if after is not None and after.last is is_last:
            query = query.where(tuple_(items.c.sorted_at, items.c.id) > (after.sorted_at, after.item_id))
        rows = conn.execute(query.order_by(items.c.sorted_at, items.c.id).limit(take - len(found)))
        found += [Member(row[0], row[0], 0, 0, None, *row[1:]) for row in rows]
    return found


def count_selected(conn: Connection, rule: Selection) -> int:
    """How many items the rule takes."""
    return conn.scalar(select(func.count()).select_from(items).where(*selected(rule))) or 0


def list_taken(conn: Connection, rule: Selection, item_ids: Sequence[str]) -> set[str]:
    """Those of the items that the rule takes, or that were withdrawn."""
    found: set[str] = set()
    for chunk in _chunks(item_ids):
        wanted = or_(and_(*selected(rule)), items.c.state == ItemState.WITHDRAWN)
        found |= set(conn.scalars(select(items.c.id).where(items.c.id.in_(chunk), wanted)))
    return found


def list_known(conn: Connection, feed: str, entry_ids: Sequence[str]) -> set[str]:
    """Those of the entries that the feed holds."""
    found: set[str] = set()
    for chunk in _chunks(entry_ids):
        here = feed_entries.c.feed == feed, feed_entries.c.entry_id.in_(chunk)
        found |= set(conn.scalars(select(feed_entries.c.entry_id).where(*here)))
    return found


def add_members(conn: Connection, feed: str, members: Iterable[Member]) -> None:
    """Let these enter the feed where they say."""
    names = "entry_id", "item_id", "position", "document", "replayed"
    rows = [{"feed": feed} | {name: getattr(one, name) for name in names} for one in members]
    if rows:
        conn.execute(feed_entries.insert(), rows)


def move_members(conn: Connection, feed: str, entry_ids: Sequence[str], *, document: int) -> None:
    """Close entries of the subscription document into an archive document."""
    for chunk in _chunks(entry_ids):
        here = feed_entries.c.feed == feed, feed_entries.c.entry_id.in_(chunk)
        conn.execute(update(feed_entries).where(*here).values(document=document))


def remove_members(conn: Connection, feed: str, entry_ids: Sequence[str]) -> None:
    """Let entries leave the feed."""
    for chunk in _chunks(entry_ids):
        here = feed_entries.c.feed == feed, feed_entries.c.entry_id.in_(chunk)
        conn.execute(delete(feed_entries).where(*here))


def remove_all(conn: Connection, feed: str) -> None:
    """Let every entry leave."""
    conn.execute(delete(feed_entries).where(feed_entries.c.feed == feed))


def replace_members(conn: Connection, feed: str, *, by: str) -> None:
    """Put everything that stands under the name `by` in the place of what the feed holds."""
    remove_all(conn, feed)
    conn.execute(update(feed_entries).where(feed_entries.c.feed == by).values(feed=feed))


def _members(catalogue: Catalogue) -> Select[Any]:
    columns = [feed_entries.c[name] for name in ("entry_id", "item_id", "position", "document", "replayed")]
    return select(*columns, *item_keys_of(catalogue)).join(items, items.c.id == feed_entries.c.item_id)


def item_keys_of(catalogue: Catalogue) -> list[ColumnElement[Any]]:
    """What Member and Change have of an item, in their order."""
    last = items.c.published_at.is_(None) & is_archived(catalogue)
    named = [items.c[name] for name in ("sorted_at", "withdrawn", "withdrawn_note")]
    return [items.c.stamp, items.c.state, last, *named]


def _ranked(members: Iterable[Member]) -> list[Member]:
    return sorted(members, key=lambda one: one.rank)


def _chunks(values: Sequence[str]) -> list[Sequence[str]]:
    return [values[at : at + CHUNK] for at in range(0, len(values), CHUNK)]
