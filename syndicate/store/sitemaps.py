"""What sitemaps list: pages of live articles by the month that they were collected in; the latest news."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, extract, func, select

from syndicate.model.catalogue import Catalogue
from syndicate.model.item import Item, ItemKind, ItemState
from syndicate.store.dialect import insert
from syndicate.store.items import is_archived, list_matching
from syndicate.store.schema import items, sitemaps


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """The articles that were collected in one month (UTC). `state` changes when one of them does."""

    year: int
    month: int
    state: str

    @property
    def name(self) -> str:
        """`2026-11`."""
        return f"{self.year:04}-{self.month:02}"

    @property
    def start(self) -> datetime:
        """Its first moment."""
        return datetime(self.year, self.month, 1, tzinfo=UTC)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return datetime(self.year + self.month // 12, self.month % 12 + 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An article's page; `modified` is when it became such as it is now."""

    item_id: str
    modified: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A sitemap that stands: its files, and when what they list changed last."""

    name: str
    fingerprint: str
    files: int
    modified: datetime


def list_months(conn: Connection, sources: Sequence[str]) -> list[Month]:
    """The months in which these sources brought articles that are live, oldest first."""
    year, month = extract("year", items.c.collected), extract("month", items.c.collected)
    query = (
        select(year, month, func.count(), func.sum(items.c.stamp), func.max(items.c.changed))
        .where(*_listed(sources))
        .group_by(year, month)
        .order_by(year, month)
    )
    return [
        Month(year=int(row[0]), month=int(row[1]), state=f"{row[2]} {row[3]} {row[4]}")
        for row in conn.execute(query)
    ]


def list_month(conn: Connection, month: Month, sources: Sequence[str]) -> Iterator[Listed]:
    """The articles of a month, oldest first."""
    within = and_(items.c.collected >= month.start, items.c.collected < month.end)
    query = select(items.c.id, items.c.collected, items.c.changed).where(within, *_listed(sources))
    for row in conn.execute(query.order_by(items.c.collected, items.c.id)):
        yield Listed(item_id=row.id, modified=row.changed or row.collected)


def list_news(
    conn: Connection,
    sources: Sequence[str],
    *,
    since: datetime,
    until: datetime,
    take: int,
    catalogue: Catalogue,
) -> list[Item]:
    """Live articles of these sources published in that time, newest first.

    None is from an archived site (requirement F13).
    """
    return list_matching(
        conn,
        *_listed(sources),
        items.c.sorted_at.between(since, until),
        items.c.published_at.is_not(None),
        ~is_archived(catalogue),
        take=take,
    )


def list_written(conn: Connection) -> dict[str, Written]:
    """The sitemaps that stand, by name."""
    return {row.name: Written(**row._mapping) for row in conn.execute(select(sitemaps))}


def record_written(conn: Connection, written: Written) -> None:
    """A sitemap stands as it is now."""
    values = {
        "fingerprint": written.fingerprint,
        "files": written.files,
        "modified": written.modified,
    }
    statement = insert(conn, sitemaps).values(name=written.name, **values)
    conn.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))


def forget(conn: Connection, names: Sequence[str]) -> None:
    """These sitemaps stand no more."""
    conn.execute(delete(sitemaps).where(sitemaps.c.name.in_(names)))


def _listed(sources: Sequence[str]) -> tuple[ColumnElement[bool], ...]:
    return (
        items.c.state == ItemState.LIVE,
        items.c.kind == ItemKind.ARTICLE,
        items.c.source.in_(sources),
    )
