"""Old items that a feed shows again: which come next, and the entries that they become."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, Subquery, func, or_, select, update

from syndicate.model.feed import Feed
from syndicate.store.items import selected
from syndicate.store.schema import feed_entries, feeds, items


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """One replay of an item. `entry_id` is its own, a UUID in text."""

    entry_id: str
    item_id: str


def list_oldest(conn: Connection, feed: Feed) -> list[str]:
    """The ids of the items whose turn it is: of those replayed least often, the oldest.

    Those alone that were never replayed, where the feed does not begin again.
    """
    shown = _shown(feed.name)
    often = func.coalesce(shown.c.often, 0)
    query = _selected(feed, shown)
    if not feed.replay.repeat:
        query = query.where(shown.c.item_id.is_(None))
    return list(conn.scalars(query.order_by(often, items.c.sorted_at, items.c.id)))


def list_on_days(
    conn: Connection, feed: Feed, *, days: Sequence[str], year: int, since: datetime
) -> list[str]:
    """The ids of items published on one of these `days` (`MM-DD`) before that year, the oldest first.

    Those replayed later than `since` had their turn.
    """
    shown = _shown(feed.name)
    # The stated form begins with the date as the page's own zone has it.
    day, stated = func.substr(items.c.published, 6, 5), func.substr(items.c.published, 1, 4)
    query = _selected(feed, shown).where(day.in_(days), stated < f"{year:04}", _before(shown.c.last, since))
    return list(conn.scalars(query.order_by(items.c.sorted_at, items.c.id)))


def add_replays(conn: Connection, feed: str, replays: Sequence[Replayed], *, now: datetime) -> None:
    """Let these enter the feed, one after the other; the feed must be known."""
    # The update locks the row, so that two who enter at once get places of their own.
    counted = update(feeds).where(feeds.c.name == feed)
    last = conn.scalars(
        counted.values(last_position=feeds.c.last_position + len(replays)).returning(feeds.c.last_position)
    ).one()
    rows = [
        {
            "feed": feed,
            "entry_id": replay.entry_id,
            "item_id": replay.item_id,
            "position": last - len(replays) + place,
            "replayed": now,
        }
        for place, replay in enumerate(replays, start=1)
    ]
    conn.execute(feed_entries.insert(), rows)


def _shown(feed: str) -> Subquery:
    """How often each item was replayed, and when last."""
    return (
        select(
            feed_entries.c.item_id,
            func.count().label("often"),
            func.max(feed_entries.c.replayed).label("last"),
        )
        .where(feed_entries.c.feed == feed, feed_entries.c.replayed.is_not(None))
        .group_by(feed_entries.c.item_id)
        .subquery()
    )


def _selected(feed: Feed, shown: Subquery) -> Select[str]:
    """What the feed's rule takes, at most as many as come at once, beside how often it was `shown`."""
    query = select(items.c.id).outerjoin(shown, shown.c.item_id == items.c.id)
    return query.where(*selected(feed.selection)).limit(feed.replay.take)


def _before(last: ColumnElement[datetime], since: datetime) -> ColumnElement[bool]:
    return or_(last.is_(None), last <= since)
