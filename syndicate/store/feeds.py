"""Feeds as they were last published: when, with how many entries, and why one is held."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from syndicate.store.dialect import insert
from syndicate.store.schema import feeds


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedStatus:
    """A feed's state. `held` tells why the newest state was not published; empty when it was."""

    name: str
    retired: datetime | None = None
    published: datetime | None = None
    entries: int = 0
    held: str = ""


def upsert_feeds(conn: Connection, names: Iterable[str], *, now: datetime) -> None:
    """Make the configured feeds known and retire those that are gone; nothing is deleted (decision 11)."""
    wanted = list(names)
    for name in wanted:
        _upsert(conn, name, retired=None)
    vanished = feeds.c.name.not_in(wanted) & feeds.c.retired.is_(None)
    conn.execute(update(feeds).where(vanished).values(retired=now))


def find_feed(conn: Connection, name: str) -> FeedStatus | None:
    """The feed's state, None for a name never seen."""
    row = conn.execute(select(feeds).where(feeds.c.name == name)).one_or_none()
    return None if row is None else FeedStatus(**row._mapping)


def list_feeds(conn: Connection) -> list[FeedStatus]:
    """Every feed that is not retired, by name."""
    query = select(feeds).where(feeds.c.retired.is_(None)).order_by(feeds.c.name)
    return [FeedStatus(**row._mapping) for row in conn.execute(query)]


def record_published(conn: Connection, name: str, *, entries: int, now: datetime) -> None:
    """The feed's files now hold this many entries; a former hold is over."""
    _upsert(conn, name, published=now, entries=entries, held="")


def record_held(conn: Connection, name: str, *, reason: str) -> None:
    """The last good files stay; the reason is for the operator."""
    _upsert(conn, name, held=reason)


def _upsert(conn: Connection, name: str, **values: object) -> None:
    statement = insert(conn, feeds).values(name=name, **values)
    conn.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))
