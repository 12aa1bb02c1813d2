"""Feeds: each one's id, and how it was last published: when, with how many entries, why it is held."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, case, select, update

from syndicate.errors import DatabaseBusy
from syndicate.store.dialect import insert
from syndicate.store.schema import feeds


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedStatus:
    """A feed's state. `id` is a UUID in text; `held` tells why the newest state was not published, empty
    when it was.

    `filled`, `filling` and `rendered` are fingerprints: of the rule that filled the feed, of the one by which
    it is being filled anew, and of what its bytes depend on besides its entries. `documents` is the number
    of the archive document made last, `turn` counts changes of who is in it. `told`: the operator has a mail
    about what holds it.
    """

    name: str
    id: str
    retired: datetime | None = None
    published: datetime | None = None
    entries: int = 0
    held: str = ""
    filled: str = ""
    rendered: str = ""
    last_position: int = 0
    documents: int = 0
    turn: int = 0
    filling: str = ""
    told: bool = False


def upsert_feeds(
    conn: Connection,
    names: Iterable[str],
    *,
    now: datetime,
    mint: Callable[[], str],
    former: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Make the configured feeds known and retire those that are gone; nothing is deleted (decision 11).

    `former` are the names that feeds had before: a feed keeps its id under its new name.
    """
    wanted = list(names)
    for name in wanted:
        status = make_known(conn, name, mint=mint)
        earlier = former.get(name, ()) if former else ()
        if status.published is None and earlier:
            _take_id_over(conn, name, earlier, mint=mint)
    conn.execute(update(feeds).where(feeds.c.name.in_(wanted)).values(retired=None))
    vanished = feeds.c.name.not_in(wanted) & feeds.c.retired.is_(None)
    conn.execute(update(feeds).where(vanished).values(retired=now))


def make_known(conn: Connection, name: str, *, mint: Callable[[], str]) -> FeedStatus:
    """The feed's state. A name never seen gets an id, which it keeps, whatever becomes of its address."""
    conn.execute(insert(conn, feeds).values(name=name, id=mint()).on_conflict_do_nothing())
    return FeedStatus(**conn.execute(select(feeds).where(feeds.c.name == name)).one()._mapping)


def _take_id_over(conn: Connection, name: str, former: Sequence[str], *, mint: Callable[[], str]) -> None:
    """Give a feed that was never published the id that it had under its last published name."""
    query = select(feeds.c.name, feeds.c.id).where(feeds.c.name.in_(former), feeds.c.published.is_not(None))
    last = conn.execute(query.order_by(feeds.c.published.desc()).limit(1)).one_or_none()
    if last is None:
        return
    # What is left of the former has never been published under its new id: it may take this one back.
    same = feeds.c.name == last.name, feeds.c.id == last.id
    left = conn.execute(update(feeds).where(*same).values(id=mint(), published=None))
    if left.rowcount:
        conn.execute(update(feeds).where(feeds.c.name == name).values(id=last.id))


def find_feed(conn: Connection, name: str) -> FeedStatus | None:
    """The feed's state, None for a name never seen."""
    row = conn.execute(select(feeds).where(feeds.c.name == name)).one_or_none()
    return None if row is None else FeedStatus(**row._mapping)


def list_retired(conn: Connection) -> list[str]:
    """The names of the feeds that are configured no more."""
    return list(conn.scalars(select(feeds.c.name).where(feeds.c.retired.is_not(None))))


def take_turn(conn: Connection, seen: FeedStatus) -> None:
    """Begin to change who is in the feed; nobody else does before the transaction ends.

    Raises DatabaseBusy when somebody did since it was `seen`.
    """
    same = feeds.c.name == seen.name, feeds.c.turn == seen.turn, feeds.c.last_position == seen.last_position
    if conn.execute(update(feeds).where(*same).values(turn=seen.turn + 1)).rowcount != 1:
        raise DatabaseBusy(f"feed {seen.name} was published by another process just now; try again")


def advance(conn: Connection, name: str, **values: int | str) -> None:
    """Keep a feed's counters and fingerprints: last_position, documents, filled, filling, rendered."""
    _record(conn, name, **values)


def take_untold_feeds(conn: Connection) -> list[FeedStatus]:
    """Held feeds of which the operator has no mail yet; each is given once."""
    query = select(feeds).where(feeds.c.held != "", feeds.c.told.is_(False), feeds.c.retired.is_(None))
    found = [
        FeedStatus(**row._mapping) for row in conn.execute(query.order_by(feeds.c.name).with_for_update())
    ]
    conn.execute(update(feeds).where(feeds.c.name.in_([one.name for one in found])).values(told=True))
    return found


def record_published(conn: Connection, name: str, *, entries: int, now: datetime, held: str = "") -> None:
    """The feed's files now hold this many entries; a former hold is over, or goes on for that reason."""
    told = case((feeds.c.held == held, feeds.c.told), else_=False)
    _record(conn, name, published=now, entries=entries, held=held, told=told)


def record_held(conn: Connection, name: str, *, reason: str) -> None:
    """The last good files stay; the reason is for the operator, who is told once of each."""
    other = update(feeds).where(feeds.c.name == name, feeds.c.held != reason)
    conn.execute(other.values(held=reason, told=False))


def _record(conn: Connection, name: str, **values: object) -> None:
    conn.execute(update(feeds).where(feeds.c.name == name).values(**values))
