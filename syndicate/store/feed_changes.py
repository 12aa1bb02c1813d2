"""Which items may look otherwise in a feed than when it was last published."""

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import Connection, delete, func, select, tuple_

from syndicate.model.feed import Feed, Mode, Selection
from syndicate.model.item import Item, ItemState
from syndicate.model.job import Enqueue, Job
from syndicate.store.dialect import insert
from syndicate.store.feed_documents import mark_due
from syndicate.store.schema import feed_changes, feed_entries

# Below SQLite's smallest limit of parameters in one statement (999 before 3.32).
CHUNK = 300


def touch_items(conn: Connection, items: Iterable[Item], *, feeds: Iterable[Feed], enqueue: Enqueue) -> None:
    """Mark these items, as they are stored now, in every feed that takes or holds them; let it be published.

    Call it in the transaction that changes them.
    """
    touched = list(items)
    known = {feed.name: feed for feed in feeds}
    marks = {
        (feed.name, item.id)
        for feed in known.values()
        if feed.mode is Mode.LIVE
        for item in touched
        if takes(feed.selection, item)
    }
    marks |= _holding(conn, [item.id for item in touched], known)
    _mark(conn, marks)
    for name in sorted({name for name, _ in marks}):
        enqueue(conn, Job(name="feed.publish", args={"feed": name}, key=f"feed.publish:{name}"))


def takes(rule: Selection, item: Item) -> bool:
    """Whether a selection picks an item; what `store.items.selected` says in SQL."""
    content = item.content
    return picks(
        rule,
        state=item.state,
        source=item.provenance.source,
        kind=item.kind,
        section=content.section[:200],
        language=content.language.lower()[:20],
    )


def picks(rule: Selection, *, state: str, source: str, kind: str, section: str, language: str) -> bool:
    """Whether a selection picks an item with these values, as the store has them."""
    return (
        state == ItemState.LIVE
        and (not rule.sources or source in rule.sources)
        and (not rule.kinds or kind in rule.kinds)
        and (not rule.sections or section in rule.sections)
        # RFC 4647, section 3.3.1: `en` takes `en-GB` too, whatever the case.
        and (not rule.languages or any(f"{language}-".startswith(f"{t.lower()}-") for t in rule.languages))
    )


def list_changes(conn: Connection, feed: str, *, take: int) -> dict[str, int]:
    """Item id → stamp of what is marked, at most `take`, in the order of the ids."""
    query = select(feed_changes.c.item_id, feed_changes.c.stamp).where(feed_changes.c.feed == feed)
    return {
        row.item_id: row.stamp for row in conn.execute(query.order_by(feed_changes.c.item_id).limit(take))
    }


def count_changes(conn: Connection, feed: str) -> int:
    """How many items are marked."""
    return conn.scalar(select(func.count()).where(feed_changes.c.feed == feed)) or 0


def forget_changes(conn: Connection, feed: str, *, seen: Mapping[str, int]) -> None:
    """Take away the marks of these item ids, but for those that got another stamp since."""
    found = [(item_id, stamp) for item_id, stamp in seen.items()]
    for at in range(0, len(found), CHUNK):
        same = tuple_(feed_changes.c.item_id, feed_changes.c.stamp).in_(found[at : at + CHUNK])
        conn.execute(delete(feed_changes).where(feed_changes.c.feed == feed, same))


def _holding(conn: Connection, ids: Collection[str], feeds: Collection[str]) -> set[tuple[str, str]]:
    every, found = sorted(set(ids)), set()
    for at in range(0, len(every), CHUNK):
        query = select(feed_entries.c.feed, feed_entries.c.item_id, feed_entries.c.document).distinct()
        for row in conn.execute(query.where(feed_entries.c.item_id.in_(every[at : at + CHUNK]))).all():
            # What is being filled anew stands under the name and a `+`.
            name = row.feed.removesuffix("+")
            if name in feeds:
                found.add((name, row.item_id))
            # The mark may be gone before that takes the place of what stands: see what is written of it.
            if name != row.feed and row.document:
                mark_due(conn, row.feed, [row.document])
    return found


def _mark(conn: Connection, marks: Iterable[tuple[str, str]]) -> None:
    # Sorted, so that two writers wait for each other's rows in one order and never in a circle.
    rows = [{"feed": feed, "item_id": item_id} for feed, item_id in sorted(marks)]
    for at in range(0, len(rows), CHUNK):
        statement = insert(conn, feed_changes).values([row | {"stamp": 1} for row in rows[at : at + CHUNK]])
        again = {"stamp": feed_changes.c.stamp + 1}
        conn.execute(statement.on_conflict_do_update(index_elements=["feed", "item_id"], set_=again))
