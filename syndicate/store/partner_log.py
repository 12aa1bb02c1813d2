"""What partners fetched and were pushed, row by row for a while, and counted by the day for ever."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, case, delete, exists, func, insert, select

from syndicate.store import dialect
from syndicate.store.schema import partner_contents, partner_deliveries, partner_documents, partner_usage

FETCH = "fetch"
PUSH = "push"
REFUSED = "refused"
UNCHANGED = 304


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """A document that a partner asked for or was pushed, and what it got.

    `how` is `fetch`, `push` or `refused`. `content` is the SHA-256, in hex, of the document that the partner
    holds after it, empty where that is not known: a HEAD, a 304 for nothing that we sent, a refusal. `size`
    counts the bytes of the body. `token_id` is None for a push.
    """

    partner: str
    feed: str
    form: str
    at: datetime
    how: str = FETCH
    status: int = 200
    size: int = 0
    content: str = ""
    token_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What a partner used of a feed in a format on a day (`2026-03-01`, UTC). `size` counts bytes."""

    partner: str
    feed: str
    form: str
    day: str
    fetched: int = 0
    unchanged: int = 0
    pushed: int = 0
    refused: int = 0
    size: int = 0
    last: datetime | None = None


def save_deliveries(conn: Connection, handed: Sequence[Handed]) -> None:
    """Append to the log. Refusals are counted alone (`save_uses`): anybody can cause any number of them."""
    rows = [{name: getattr(one, name) for name in Handed.__slots__} for one in handed if one.how != REFUSED]
    if rows:
        conn.execute(insert(partner_deliveries), rows)


def save_uses(conn: Connection, uses: Iterable[Use]) -> None:
    """Add to the counts of the days."""
    counts = ("fetched", "unchanged", "pushed", "refused", "size")
    # In one order for all, so that two web nodes do not wait for each other in a circle.
    for use in sorted(uses, key=lambda one: (one.partner, one.feed, one.form, one.day)):
        values = {name: getattr(use, name) for name in Use.__slots__}
        fresh = dialect.insert(conn, partner_usage).values(values)
        added = {name: partner_usage.c[name] + fresh.excluded[name] for name in counts}
        known, new = partner_usage.c.last, fresh.excluded.last
        # Two spellings of greatest() would be needed otherwise, and NULL differs between them.
        last = case((known.is_(None), new), (new.is_(None), known), (new > known, new), else_=known)
        keys = [partner_usage.c[name] for name in ("partner", "feed", "form", "day")]
        conn.execute(fresh.on_conflict_do_update(index_elements=keys, set_={**added, "last": last}))


def list_deliveries(
    conn: Connection,
    partner: str,
    *,
    since: datetime | None = None,
    feed: str = "",
    item_id: str = "",
    take: int = 100,
) -> list[Handed]:
    """The log of a partner, the newest first; of one item, the documents that told anything of it."""
    table = partner_deliveries
    query = select(*(table.c[name] for name in Handed.__slots__)).where(table.c.partner == partner)
    if since is not None:
        query = query.where(table.c.at >= since)
    if feed:
        query = query.where(table.c.feed == feed)
    if item_id:
        held = partner_contents
        query = query.where(exists().where(held.c.content == table.c.content, held.c.item_id == item_id))
    query = query.order_by(table.c.at.desc(), table.c.id.desc()).limit(take)
    return [Handed(**row._mapping) for row in conn.execute(query)]


def list_uses(conn: Connection, partner: str = "", *, since: str = "") -> list[Use]:
    """The counts of one partner or all, from that day on, by partner, feed, format and day."""
    table = partner_usage
    query = select(table).where(table.c.day >= since)
    if partner:
        query = query.where(table.c.partner == partner)
    query = query.order_by(table.c.partner, table.c.feed, table.c.form, table.c.day)
    return [Use(**row._mapping) for row in conn.execute(query)]


def last_uses(conn: Connection) -> dict[str, datetime]:
    """When each partner last fetched or was pushed anything."""
    table = partner_usage
    query = select(table.c.partner, func.max(table.c.last)).where(table.c.last.is_not(None))
    return {row[0]: row[1] for row in conn.execute(query.group_by(table.c.partner))}


def find_held(conn: Connection, partner: str, feed: str, form: str) -> Handed | None:
    """The last delivery from an address after which it is known what the partner holds of it."""
    table = partner_deliveries
    wanted = (table.c.partner == partner) & (table.c.feed == feed) & (table.c.form == form)
    query = select(*(table.c[name] for name in Handed.__slots__)).where(wanted, table.c.content != "")
    row = conn.execute(query.order_by(table.c.at.desc(), table.c.id.desc()).limit(1)).one_or_none()
    return None if row is None else Handed(**row._mapping)


def delete_deliveries(conn: Connection, *, before: datetime) -> int:
    """Forget the log's rows from before then; the counts of their days stay."""
    return conn.execute(delete(partner_deliveries).where(partner_deliveries.c.at < before)).rowcount


def delete_contents(conn: Connection, *, before: datetime) -> int:
    """Forget what documents made before then held, unless one is still current or in the log."""
    table = partner_contents
    current = exists().where(partner_documents.c.content == table.c.content)
    fetched = exists().where(partner_deliveries.c.content == table.c.content)
    return conn.execute(delete(table).where(table.c.made < before, ~current, ~fetched)).rowcount
