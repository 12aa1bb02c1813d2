"""A feed's documents: which are due to be written, what they show, and which one comes before each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select, update

from syndicate.store.dialect import insert
from syndicate.store.schema import feed_documents


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """`number` is 0 for the subscription document; `older` the archive document before it, 0 for none.

    `entries` is how many its files show, `due` whether they are to be written.
    """

    number: int
    older: int = 0
    entries: int = 0
    due: bool = True


_COLUMNS = [feed_documents.c[name] for name in Document.__dataclass_fields__]


def find_document(conn: Connection, feed: str, number: int) -> Document:
    """That document; one never written is due."""
    here = feed_documents.c.feed == feed, feed_documents.c.number == number
    row = conn.execute(select(*_COLUMNS).where(*here)).one_or_none()
    return Document(number=number) if row is None else Document(**row._mapping)


def list_due(conn: Connection, feed: str, *, take: int) -> list[Document]:
    """Archive documents that are to be written, the oldest first."""
    due = feed_documents.c.feed == feed, feed_documents.c.due, feed_documents.c.number > 0
    rows = conn.execute(select(*_COLUMNS).where(*due).order_by(feed_documents.c.number).limit(take))
    return [Document(**row._mapping) for row in rows]


def count_due(conn: Connection, feed: str) -> int:
    """How many documents are to be written."""
    return conn.scalar(select(func.count()).where(feed_documents.c.feed == feed, feed_documents.c.due)) or 0


def list_numbers(conn: Connection, feed: str) -> list[int]:
    """The numbers of all archive documents, the oldest first."""
    here = feed_documents.c.feed == feed, feed_documents.c.number > 0
    return list(conn.scalars(select(feed_documents.c.number).where(*here).order_by(feed_documents.c.number)))


def find_newest(conn: Connection, feed: str) -> int:
    """The number of the newest archive document, 0 for none."""
    here = feed_documents.c.feed == feed
    return conn.scalar(select(func.max(feed_documents.c.number)).where(here)) or 0


def save_documents(conn: Connection, feed: str, documents: Iterable[Document]) -> None:
    """Keep these as they are given."""
    for one in documents:
        values = {name: getattr(one, name) for name in Document.__dataclass_fields__}
        statement = insert(conn, feed_documents).values(feed=feed, **values)
        conn.execute(statement.on_conflict_do_update(index_elements=["feed", "number"], set_=values))


def mark_due(conn: Connection, feed: str, numbers: Iterable[int] | None = None) -> None:
    """Let documents be written: these, or all of the feed."""
    every = update(feed_documents).where(feed_documents.c.feed == feed)
    if numbers is not None:
        every = every.where(feed_documents.c.number.in_(list(numbers)))
    conn.execute(every.values(due=True))


def record_written(conn: Connection, feed: str, entries: Mapping[int, int]) -> None:
    """The files of these documents stand: number → how many entries each shows."""
    for number, count in entries.items():
        here = feed_documents.c.feed == feed, feed_documents.c.number == number
        conn.execute(update(feed_documents).where(*here).values(due=False, entries=count))


def remove_all(conn: Connection, feed: str) -> None:
    """Forget the feed's documents."""
    conn.execute(delete(feed_documents).where(feed_documents.c.feed == feed))


def replace_documents(conn: Connection, feed: str, *, by: str) -> None:
    """Put everything that stands under the name `by` in the place of the feed's documents."""
    remove_all(conn, feed)
    conn.execute(update(feed_documents).where(feed_documents.c.feed == by).values(feed=feed))
