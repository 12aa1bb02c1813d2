"""What is kept of captured pages besides their bytes: whose they are, and what reading them again takes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, delete, exists, func, or_, select, update

from syndicate.model.item import Timestamp
from syndicate.store.dialect import fitted, insert
from syndicate.store.schema import items, raw_pages, revisions

KEY_WIDTH = 600
# Below SQLite's smallest limit of parameters in one statement.
CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class RawPage:
    """A captured page. `key` is what its source remembers it by, `url` the address it stands for.

    `hash` is the SHA-256 of its bytes, `size` their number; `kept` is when we first had them, `not_after` an
    earlier capture of it. `title` and `published` are what its source said of it. `newest` tells that no
    later page of that key was kept.
    """

    source: str
    key: str
    hash: str
    url: str
    content_type: str
    size: int
    captured: datetime
    kept: datetime
    not_after: datetime | None = None
    title: str = ""
    published: Timestamp | None = None
    id: int = 0
    newest: bool = True


_STORED = RawPage.__dataclass_fields__.keys() - {"newest"}


def save_raw_page(conn: Connection, page: RawPage) -> None:
    """Remember the page; the same bytes under the same key are remembered once, with their first moment."""
    row = {
        "source": page.source,
        "key": fitted(page.key, KEY_WIDTH),
        "hash": page.hash,
        "url": page.url,
        "content_type": page.content_type,
        "size": page.size,
        "captured": page.captured,
        "not_after": page.not_after,
        "title": page.title,
        "published": None if page.published is None else str(page.published),
        "kept": page.kept,
    }
    conn.execute(insert(conn, raw_pages).values(row).on_conflict_do_nothing())


def find_raw_page(conn: Connection, source: str, *, key: str) -> RawPage | None:
    """The page of that key that was remembered last."""
    mine = raw_pages.c.source == source, raw_pages.c.key == fitted(key, KEY_WIDTH)
    row = conn.execute(select(raw_pages).where(*mine).order_by(raw_pages.c.id.desc()).limit(1)).one_or_none()
    return None if row is None else RawPage(**{name: getattr(row, name) for name in _STORED})


def list_again(
    conn: Connection, source: str, *, asked: datetime, after: int = 0, limit: int = CHUNK
) -> list[RawPage]:
    """Pages to extract once more, in the order in which they came: what items are from, and newest pages.

    Those that were reprocessed since `asked` are left out; `after` is the id to go on behind.
    """
    query = _again(source, asked=asked).where(raw_pages.c.id > after)
    rows = conn.execute(query.order_by(raw_pages.c.id).limit(limit))
    return [_raw_page(row) for row in rows]


def count_again(conn: Connection, source: str, *, asked: datetime) -> int:
    """How many pages `list_again` has in all."""
    return conn.scalar(select(func.count()).select_from(_again(source, asked=asked).subquery())) or 0


def count_done(conn: Connection, source: str, *, asked: datetime) -> int:
    """How many of the source's pages were reprocessed since `asked`."""
    done = raw_pages.c.source == source, raw_pages.c.reprocessed >= asked
    return conn.scalar(select(func.count()).select_from(raw_pages).where(*done)) or 0


def mark_reprocessed(conn: Connection, ids: Iterable[int], *, asked: datetime) -> None:
    """Note that these pages need not be looked at again for what was asked then."""
    wanted = list(ids)
    for at in range(0, len(wanted), CHUNK):
        these = raw_pages.c.id.in_(wanted[at : at + CHUNK])
        conn.execute(update(raw_pages).where(these).values(reprocessed=asked))


def list_ids_from(conn: Connection, source: str, *, content_hash: str) -> tuple[list[str], frozenset[str]]:
    """The source's items whose content is from these bytes, and which of them were so from the beginning."""
    current = and_(items.c.id == revisions.c.item_id, items.c.revision == revisions.c.number)
    these = items.c.source == source, revisions.c.raw_hash == content_hash
    ids = list(conn.scalars(select(items.c.id).join(revisions, current).where(*these).order_by(items.c.id)))
    first = revisions.c.item_id.in_(ids), revisions.c.number == 1, revisions.c.raw_hash == content_hash
    return ids, frozenset(conn.scalars(select(revisions.c.item_id).where(*first)))


def list_forgettable(
    conn: Connection, *, before: datetime | None, superseded: datetime, limit: int
) -> list[int]:
    """The ids of at most `limit` pages that are not to be kept, the first ones first.

    Those are pages kept before `before` (None: for ever), and pages kept before `superseded` which a later
    one of their key replaced, while no revision is from them.
    """
    forgettable = _forgettable(before=before, superseded=superseded)
    return list(conn.scalars(select(raw_pages.c.id).where(forgettable).order_by(raw_pages.c.id).limit(limit)))


def forget_raw_pages(
    conn: Connection, ids: Sequence[int], *, before: datetime | None, superseded: datetime
) -> list[str]:
    """Forget those of at most CHUNK pages that are still not to be kept; the hashes that none needs then."""
    these = raw_pages.c.id.in_(ids), _forgettable(before=before, superseded=superseded)
    rows = conn.execute(select(raw_pages.c.id, raw_pages.c.hash).where(*these)).all()
    conn.execute(delete(raw_pages).where(raw_pages.c.id.in_([row.id for row in rows])))
    hashes = list(dict.fromkeys(row.hash for row in rows))
    needed = list_needed(conn, hashes)
    return [content_hash for content_hash in hashes if content_hash not in needed]


def list_needed(conn: Connection, hashes: Sequence[str]) -> set[str]:
    """Those of these hashes that a page has."""
    found: set[str] = set()
    for at in range(0, len(hashes), CHUNK):
        some = hashes[at : at + CHUNK]
        found |= set(conn.scalars(select(raw_pages.c.hash).where(raw_pages.c.hash.in_(some))))
    return found


def _raw_page(row: Row[Any]) -> RawPage:
    values = {name: getattr(row, name) for name in RawPage.__dataclass_fields__}
    return RawPage(**values | {"published": row.published and Timestamp.parse(row.published)})


def _again(source: str, *, asked: datetime) -> Select[tuple[object, ...]]:
    due = or_(raw_pages.c.reprocessed.is_(None), raw_pages.c.reprocessed < asked)
    newest = _newest()
    return select(raw_pages, newest.label("newest")).where(
        raw_pages.c.source == source, due, or_(newest, _of_an_item())
    )


def _forgettable(*, before: datetime | None, superseded: datetime) -> ColumnElement[bool]:
    old = [raw_pages.c.kept < before] if before is not None else []
    return or_(*old, and_(raw_pages.c.kept < superseded, ~_newest(), ~_of_a_revision()))


def _newest() -> ColumnElement[bool]:
    later = raw_pages.alias("later")
    same = and_(later.c.source == raw_pages.c.source, later.c.key == raw_pages.c.key)
    return ~exists().where(same, later.c.id > raw_pages.c.id).correlate(raw_pages)


def _of_a_revision() -> ColumnElement[bool]:
    return exists().where(revisions.c.raw_hash == raw_pages.c.hash).correlate(raw_pages)


def _of_an_item() -> ColumnElement[bool]:
    current = and_(revisions.c.item_id == items.c.id, revisions.c.number == items.c.revision)
    this = and_(revisions.c.raw_hash == raw_pages.c.hash, items.c.source == raw_pages.c.source)
    return exists().where(current, this).correlate(raw_pages)
