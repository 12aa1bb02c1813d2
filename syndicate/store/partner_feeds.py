"""Feeds as partners get them: what each was given and when, what is held back, when time changes it next."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, or_, select, update

from syndicate.model.item import Item, ItemState
from syndicate.store.dialect import insert
from syndicate.store.feed_entries import Entry
from syndicate.store.items import list_by_ids
from syndicate.store.schema import (
    feed_entries,
    feeds,
    items,
    partner_embargoes,
    partner_entries,
    partner_feeds,
)

EVERYBODY = ""
CHUNK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a partner has of an item in a feed: the newest revision that it was given, and how it looks.

    `released` is when it was given first; `shown` says that it stands in the document now.
    """

    item_id: str
    revision: int
    fingerprint: str
    released: datetime
    shown: bool
    withdrawn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerFeed:
    """How a partner's feed was last published; `due` is when time alone changes it next."""

    partner: str
    feed: str
    published: datetime | None = None
    entries: int = 0
    held: str = ""
    due: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Embargo:
    """Until when an item is held back; an empty `partner` stands for all of them."""

    item_id: str
    partner: str
    until: datetime


def newest_entries(conn: Connection, feed: str) -> Iterator[list[Entry]]:
    """A feed's entries by its documents, those that came in last first; withdrawn ones too.

    Document by document, so that it costs the same however long the archive is.
    """
    archived = conn.scalar(select(feeds.c.documents).where(feeds.c.name == feed)) or 0
    for document in (0, *range(archived, 0, -1)):
        query = select(feed_entries).where(feed_entries.c.feed == feed, feed_entries.c.document == document)
        yield _entries(conn, list(conn.execute(query.order_by(feed_entries.c.position.desc()))))


def find_entries(conn: Connection, feed: str, item_id: str) -> list[Entry]:
    """The entries of one item in a feed: itself, or its replays; empty where the feed does not hold it."""
    query = select(feed_entries).where(feed_entries.c.feed == feed, feed_entries.c.item_id == item_id)
    return _entries(conn, list(conn.execute(query.order_by(feed_entries.c.position.desc()))))


def list_entry_ids(conn: Connection, feed: str, *, ids: Sequence[str]) -> dict[str, list[str]]:
    """Item id → the ids of its entries in the feed: its own, or those of its replays."""
    found: dict[str, list[str]] = {}
    columns = feed_entries.c.item_id, feed_entries.c.entry_id
    for at in range(0, len(ids), CHUNK):
        wanted = feed_entries.c.item_id.in_(ids[at : at + CHUNK])
        query = select(*columns).where(feed_entries.c.feed == feed, wanted)
        for item_id, entry_id in conn.execute(query.order_by(feed_entries.c.position)):
            found.setdefault(item_id, []).append(entry_id)
    return found


def list_touched(conn: Connection, partner: str, feed: str, *, since: datetime) -> list[Item]:
    """What the partner was given in the feed and was withdrawn or corrected since then."""
    withdrawn = (items.c.state == ItemState.WITHDRAWN) & (items.c.withdrawn >= since)
    query = (
        select(partner_entries.c.item_id)
        .join(items, items.c.id == partner_entries.c.item_id)
        .where(_of(partner, feed), or_(withdrawn, items.c.corrected >= since))
    )
    return list_by_ids(conn, sorted(conn.scalars(query)))


def list_shown(conn: Connection, partner: str, feed: str) -> dict[str, Given]:
    """What stands in the partner's document now, by the item's id."""
    columns = (partner_entries.c[name] for name in Given.__slots__)
    query = select(*columns).where(_of(partner, feed), partner_entries.c.shown)
    return {row.item_id: Given(**row._mapping) for row in conn.execute(query)}


def list_holders(conn: Connection, item_id: str) -> list[tuple[str, str]]:
    """The partners that were ever given the item, each with the feed."""
    query = select(partner_entries.c.partner, partner_entries.c.feed)
    query = query.where(partner_entries.c.item_id == item_id)
    return [(row.partner, row.feed) for row in conn.execute(query)]


def save_offered(conn: Connection, partner: str, feed: str, *, given: Iterable[Given]) -> None:
    """Remember what a document that is about to be published gives the partner for the first time."""
    rows = [
        {
            "partner": partner,
            "feed": feed,
            **{name: getattr(one, name) for name in Given.__slots__},
            "shown": False,
        }
        for one in given
    ]
    if rows:
        keys = [partner_entries.c[name] for name in ("partner", "feed", "item_id")]
        conn.execute(insert(conn, partner_entries).on_conflict_do_nothing(index_elements=keys), rows)


def save_given(conn: Connection, partner: str, feed: str, *, given: Iterable[Given]) -> None:
    """Record what stands in the partner's document from now on; what did before is remembered as given."""
    conn.execute(update(partner_entries).where(_of(partner, feed)).values(shown=False))
    keys = [partner_entries.c[name] for name in ("partner", "feed", "item_id")]
    for one in given:
        change = {
            "revision": one.revision,
            "fingerprint": one.fingerprint,
            "shown": one.shown,
            "withdrawn": one.withdrawn,
        }
        row = {"partner": partner, "feed": feed, "item_id": one.item_id, "released": one.released, **change}
        fresh = insert(conn, partner_entries).values(row)
        conn.execute(fresh.on_conflict_do_update(index_elements=keys, set_=change))


def find_partner_feed(conn: Connection, partner: str, feed: str) -> PartnerFeed | None:
    """How the partner's feed stands, None before its first publication."""
    query = select(partner_feeds).where(partner_feeds.c.partner == partner, partner_feeds.c.feed == feed)
    row = conn.execute(query).one_or_none()
    return None if row is None else PartnerFeed(**row._mapping)


def list_partner_feeds(conn: Connection) -> list[PartnerFeed]:
    """Every feed of every partner that was ever published."""
    query = select(partner_feeds).order_by(partner_feeds.c.partner, partner_feeds.c.feed)
    return [PartnerFeed(**row._mapping) for row in conn.execute(query)]


def save_published(conn: Connection, state: PartnerFeed) -> None:
    """Record a publication; a former hold is over."""
    _save(
        conn,
        state.partner,
        state.feed,
        published=state.published,
        entries=state.entries,
        due=state.due,
        held="",
    )


def save_held(conn: Connection, partner: str, feed: str, *, reason: str) -> None:
    """The last good files stay; the reason is for the operator. Time alone does not change that."""
    _save(conn, partner, feed, held=reason, due=None)


def list_due(conn: Connection, now: datetime) -> list[tuple[str, str]]:
    """Partner and feed, where an embargo has ended or an age is reached since the last publication."""
    query = select(partner_feeds.c.partner, partner_feeds.c.feed).where(partner_feeds.c.due <= now)
    return [(row.partner, row.feed) for row in conn.execute(query.order_by(partner_feeds.c.due))]


def save_embargo(conn: Connection, item_id: str, *, partner: str = EVERYBODY, until: datetime) -> None:
    """Hold an item back from a partner, or from everybody, until then; an earlier word is replaced."""
    fresh = insert(conn, partner_embargoes).values(item_id=item_id, partner=partner, until=until)
    keys = [partner_embargoes.c.item_id, partner_embargoes.c.partner]
    conn.execute(fresh.on_conflict_do_update(index_elements=keys, set_={"until": until}))


def delete_embargoes(conn: Connection, item_id: str, *, partner: str = EVERYBODY) -> bool:
    """Take back what was said for a partner, or all that was said of the item; whether there was any."""
    wanted = partner_embargoes.c.item_id == item_id
    if partner != EVERYBODY:
        wanted = and_(wanted, partner_embargoes.c.partner == partner)
    return bool(conn.execute(delete(partner_embargoes).where(wanted)).rowcount)


def list_embargoes(conn: Connection, item_id: str) -> list[Embargo]:
    """The operator's words on an item, the one for everybody first."""
    query = select(partner_embargoes).where(partner_embargoes.c.item_id == item_id)
    return [Embargo(**row._mapping) for row in conn.execute(query.order_by(partner_embargoes.c.partner))]


def list_standing(conn: Connection, partners: Sequence[str], *, now: datetime) -> list[Embargo]:
    """The embargoes on any item that hold something back from these now, the first to end first."""
    table = partner_embargoes
    query = select(table).where(table.c.partner.in_(partners), table.c.until > now)
    return [Embargo(**row._mapping) for row in conn.execute(query.order_by(table.c.until, table.c.item_id))]


def find_embargoes(conn: Connection, partner: str, *, ids: Sequence[str]) -> Mapping[str, datetime]:
    """Until when each of these items is held back from the partner; of two words the later counts."""
    table, found = partner_embargoes, dict[str, datetime]()
    for at in range(0, len(ids), CHUNK):
        theirs = table.c.partner.in_([EVERYBODY, partner])
        for row in conn.execute(select(table).where(theirs, table.c.item_id.in_(ids[at : at + CHUNK]))):
            found[row.item_id] = max(row.until, found.get(row.item_id, row.until))
    return found


def _of(partner: str, feed: str) -> ColumnElement[bool]:
    return and_(partner_entries.c.partner == partner, partner_entries.c.feed == feed)


def _save(conn: Connection, partner: str, feed: str, **values: object) -> None:
    keys = [partner_feeds.c.partner, partner_feeds.c.feed]
    fresh = insert(conn, partner_feeds).values(partner=partner, feed=feed, **values)
    conn.execute(fresh.on_conflict_do_update(index_elements=keys, set_=values))


def _entries(conn: Connection, rows: Sequence[Row[Any]]) -> list[Entry]:
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
        if row.item_id in found
    ]
