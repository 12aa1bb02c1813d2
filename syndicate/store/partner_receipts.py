"""What partners hold: the documents at their addresses, what is in each, and what of it they have got."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, delete, exists, func, or_, select

from syndicate.model.item import ItemState
from syndicate.store import dialect
from syndicate.store.schema import (
    items,
    partner_contents,
    partner_deliveries,
    partner_documents,
    partner_receipts,
    revisions,
)

# Characters of a text that tell which one it is.
OPENING = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What a document says of an item: this revision of it, or (`withdrawn`) that it was withdrawn."""

    item_id: str
    revision: int
    withdrawn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What is at a partner's address: the SHA-256 of its bytes in hex, and since when."""

    partner: str
    feed: str
    form: str
    content: str
    made: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a document told of an item: the revision, or that it is `gone`; when the document was `made`, and
    since when the item is `withdrawn`, None while it is live.
    """

    item_id: str
    revision: int
    gone: bool
    made: datetime
    withdrawn: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What of an item a partner got: the newest revision and when it `got` that, when anything of the item
    came `first`, and when the `withdrawal`.
    """

    partner: str
    item_id: str
    revision: int
    got: datetime
    first: datetime
    withdrawal: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An item as it is now, for whoever asks who has it. `withdrawn` is since when, None while it is live.

    `opening` is how its text begins, for a brief that has no headline.
    """

    item_id: str
    headline: str
    revision: int
    withdrawn: datetime | None
    opening: str = ""


def save_document(conn: Connection, document: Document, holdings: Sequence[Holding]) -> None:
    """Remember what is at a partner's address from `made` on; equal bytes keep their time."""
    known = find_document(conn, document.partner, document.feed, document.form)
    if known is not None and known.content == document.content:
        return
    values = {name: getattr(document, name) for name in Document.__slots__}
    fresh = dialect.insert(conn, partner_documents).values(values)
    keys = [partner_documents.c.partner, partner_documents.c.feed, partner_documents.c.form]
    now = {"content": document.content, "made": document.made}
    conn.execute(fresh.on_conflict_do_update(index_elements=keys, set_=now))
    save_contents(conn, document, holdings)


def save_contents(conn: Connection, document: Document, holdings: Sequence[Holding]) -> None:
    """Remember what a document says of its items, whether or not it is at its address yet.

    Of several holdings of one item the withdrawal counts, then the newest revision.
    """
    ranked = sorted(holdings, key=lambda one: (one.item_id, one.withdrawn, one.revision))
    # In one order for all, so that two partners with the same bytes do not wait for each other in a circle.
    kept = {one.item_id: one for one in ranked}
    rows = [
        {
            "content": document.content,
            "item_id": one.item_id,
            "revision": one.revision,
            "withdrawn": one.withdrawn,
            "made": document.made,
        }
        for one in kept.values()
    ]
    if rows:
        fresh = dialect.insert(conn, partner_contents)
        keys = [partner_contents.c.content, partner_contents.c.item_id]
        conn.execute(fresh.on_conflict_do_update(index_elements=keys, set_={"made": document.made}), rows)


def find_document(conn: Connection, partner: str, feed: str, form: str) -> Document | None:
    """What is at this address, None before the first publication."""
    table = partner_documents
    wanted = (table.c.partner == partner) & (table.c.feed == feed) & (table.c.form == form)
    row = conn.execute(select(table).where(wanted)).one_or_none()
    return None if row is None else Document(**row._mapping)


def delete_document(conn: Connection, partner: str, feed: str, form: str) -> None:
    """There is nothing at this address any more; what the partner got of it stays known."""
    table = partner_documents
    wanted = (table.c.partner == partner) & (table.c.feed == feed) & (table.c.form == form)
    conn.execute(delete(table).where(wanted))


def list_documents(conn: Connection) -> list[Document]:
    """What is at every partner's addresses."""
    table = partner_documents
    query = select(table).order_by(table.c.partner, table.c.feed, table.c.form)
    return [Document(**row._mapping) for row in conn.execute(query)]


def list_told(conn: Connection, content: str) -> list[Told]:
    """What a document told of each item in it."""
    query = (
        select(
            partner_contents.c.item_id,
            partner_contents.c.revision,
            partner_contents.c.withdrawn.label("gone"),
            partner_contents.c.made,
            items.c.withdrawn,
        )
        .join(items, items.c.id == partner_contents.c.item_id)
        .where(partner_contents.c.content == content)
        .order_by(partner_contents.c.item_id)
    )
    return [Told(**row._mapping) for row in conn.execute(query)]


def list_revisions_told(
    conn: Connection, contents: Sequence[str], item_id: str
) -> dict[str, tuple[int, bool]]:
    """What each of these documents told of an item: the revision, and whether it was withdrawn."""
    table = partner_contents
    query = select(table.c.content, table.c.revision, table.c.withdrawn)
    query = query.where(table.c.item_id == item_id, table.c.content.in_(contents))
    return {content: (revision, gone) for content, revision, gone in conn.execute(query)}


def tells_withdrawal(conn: Connection, partner: str, content: str, *, since: datetime) -> bool:
    """Whether a document tells a partner of a withdrawal for which there is no receipt yet.

    Also of an item without any receipt, where the document was made `since` then: another web node may have
    handed the item over just before, and be about to write that down.
    """
    told, had = partner_contents, partner_receipts
    mine = (had.c.partner == partner) & (had.c.item_id == told.c.item_id)
    fresh = or_(
        and_(had.c.item_id.is_(None), told.c.made >= since),
        and_(had.c.item_id.is_not(None), had.c.withdrawal.is_(None)),
        had.c.withdrawal < items.c.withdrawn,
    )
    query = select(told.c.item_id).join(items, items.c.id == told.c.item_id).outerjoin(had, mine)
    query = query.where(told.c.content == content, told.c.withdrawn, fresh)
    return conn.execute(query.limit(1)).one_or_none() is not None


def save_receipts(conn: Connection, receipts: Iterable[Receipt]) -> None:
    """Store what partners have now got."""
    keys = [partner_receipts.c.partner, partner_receipts.c.item_id]
    for one in receipts:
        values = {name: getattr(one, name) for name in Receipt.__slots__}
        fresh = dialect.insert(conn, partner_receipts).values(values)
        conn.execute(fresh.on_conflict_do_update(index_elements=keys, set_=values))


def list_receipts(
    conn: Connection, *, partner: str = "", item_ids: Sequence[str] | None = None
) -> list[Receipt]:
    """The receipts of one partner, or of some items, or all, by item and partner."""
    table = partner_receipts
    query = select(table).order_by(table.c.item_id, table.c.partner)
    if partner:
        query = query.where(table.c.partner == partner)
    if item_ids is not None:
        query = query.where(table.c.item_id.in_(item_ids))
    return [Receipt(**row._mapping) for row in conn.execute(query)]


def newest_receipt(conn: Connection, partner: str, content: str) -> Receipt | None:
    """Of what a document holds, what the partner got last."""
    table, held = partner_receipts, partner_contents
    query = select(table).join(held, held.c.item_id == table.c.item_id)
    query = query.where(table.c.partner == partner, held.c.content == content)
    row = conn.execute(query.order_by(table.c.got.desc(), table.c.item_id).limit(1)).one_or_none()
    return None if row is None else Receipt(**row._mapping)


def find_held(conn: Connection, item_id: str) -> Held | None:
    """An item as it is now, None for an id that there is not."""
    rows = conn.execute(_held().where(items.c.id == item_id)).all()
    return Held(**rows[0]._mapping) if rows else None


def list_withdrawn(conn: Connection, *, take: int) -> list[Held]:
    """The withdrawn items of which any partner got anything, the newest withdrawal first."""
    had = exists().where(partner_receipts.c.item_id == items.c.id)
    query = _held().where(items.c.state == ItemState.WITHDRAWN, had)
    query = query.order_by(items.c.withdrawn.desc(), items.c.id).limit(take)
    return [Held(**row._mapping) for row in conn.execute(query)]


def first_without(conn: Connection, partner: str, item_id: str, *, since: datetime) -> datetime | None:
    """When a partner first got a document without the item, at an address where it had got it before.

    Some formats cannot tell a withdrawal: there an item is only gone. None if that never was since then.
    """
    before, after = partner_deliveries.alias(), partner_deliveries.alias()
    had = exists().where(
        before.c.partner == partner,
        before.c.feed == after.c.feed,
        before.c.form == after.c.form,
        before.c.content == partner_contents.c.content,
        partner_contents.c.item_id == item_id,
        ~partner_contents.c.withdrawn,
    )
    has = exists().where(partner_contents.c.content == after.c.content, partner_contents.c.item_id == item_id)
    query = select(after.c.at).where(
        after.c.partner == partner, after.c.at >= since, after.c.content != "", had, ~has
    )
    return conn.execute(query.order_by(after.c.at).limit(1)).scalar()


def list_newest(conn: Connection) -> dict[str, list[tuple[str, str, str]]]:
    """Of each partner, feed, format and content of what it got last from each address."""
    table = partner_deliveries
    place = (table.c.partner, table.c.feed, table.c.form)
    newest = select(func.max(table.c.id)).where(table.c.content != "").group_by(*place)
    found: dict[str, list[tuple[str, str, str]]] = {}
    query = select(*place, table.c.content).where(table.c.id.in_(newest)).order_by(*place)
    for partner, feed, form, content in conn.execute(query):
        found.setdefault(partner, []).append((feed, form, content))
    return found


def is_shown(conn: Connection, partner: str, item_id: str) -> bool:
    """Whether a document at the partner's addresses holds the item, live."""
    held, now = partner_contents, partner_documents
    wanted = exists().where(
        now.c.partner == partner,
        held.c.content == now.c.content,
        held.c.item_id == item_id,
        ~held.c.withdrawn,
    )
    return bool(conn.execute(select(wanted)).scalar_one())


def _held() -> Select[Any]:
    headline = revisions.c.content["headline"].as_string().label("headline")
    current = (revisions.c.item_id == items.c.id) & (revisions.c.number == items.c.revision)
    opening = func.substr(revisions.c.content["body_text"].as_string(), 1, OPENING).label("opening")
    columns = (items.c.id.label("item_id"), headline, opening, items.c.revision, items.c.withdrawn)
    return select(*columns).join(revisions, current)
