"""Items and their revisions. A row of `items` is the state; `revisions` hold content and never change.

The columns section, language, host, published, published_at and sorted_at of `items` copy the newest
revision's content and provenance, so that a selection is one query.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    exists,
    false,
    literal,
    or_,
    select,
    update,
)

from syndicate.errors import DatabaseBusy
from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import Selection
from syndicate.model.hosts import bare_host, host_of
from syndicate.model.item import Correction, Item, ItemKind, ItemState, Provenance
from syndicate.model.source import Archived
from syndicate.store.content import (
    content_hash,
    from_json,
    notice_from_json,
    notice_to_json,
    page_words_from_json,
    page_words_to_json,
    to_json,
)
from syndicate.store.dialect import fitted, insert
from syndicate.store.schema import issue_items, item_keys, item_media, items, revisions

KEY_WIDTH = 600
# Below SQLite's smallest limit of parameters in one statement (999 before 3.32).
CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """When a revision was stored, and why: its page was `collected`, or an old one `reprocessed`."""

    at: datetime
    cause: str = "collected"


def find_item(conn: Connection, item_id: str) -> Item | None:
    """The item as it is now, live or withdrawn."""
    row = conn.execute(_current().where(items.c.id == item_id)).one_or_none()
    return None if row is None else _item(row)


def find_ids(conn: Connection, beginning: str, *, take: int) -> list[str]:
    """The ids of items that begin so, at most `take`."""
    found = select(items.c.id).where(items.c.id.startswith(beginning, autoescape=True))
    return list(conn.scalars(found.order_by(items.c.id).limit(take)))


def find_revision(conn: Connection, item_id: str, number: int) -> Item | None:
    """The item with the content, provenance and number of an earlier revision; its state is today's."""
    query = _joined(revisions.c.number == number).where(items.c.id == item_id)
    row = conn.execute(query).one_or_none()
    return None if row is None else _item(row)


def list_items(conn: Connection, selection: Selection, *, catalogue: Catalogue) -> list[Item]:
    """Live items, newest first by publication, else collection; at most `selection.take`.

    What is archived and undated comes last: it was only collected lately.
    """
    return _newest_first(conn, _current().where(*selected(selection)), selection.take, catalogue=catalogue)


def list_matching(conn: Connection, *conditions: ColumnElement[bool], take: int) -> list[Item]:
    """The items that meet the conditions, newest first; at most `take`."""
    query = _current().where(*conditions).order_by(items.c.sorted_at.desc(), items.c.id.desc())
    return [_item(row) for row in conn.execute(query.limit(take))]


def list_unissued(
    conn: Connection,
    newsletter: str,
    *,
    selection: Selection,
    backlog: bool,
    catalogue: Catalogue,
    archived: bool = False,
) -> list[Item]:
    """Live items in no issue of the newsletter, at most `selection.take`; with `archived` only archived ones.

    With `backlog` those that a source's first run brought, oldest first; without it the others, in the order
    of `list_items`.
    """
    issued = exists().where(issue_items.c.newsletter == newsletter, issue_items.c.item_id == items.c.id)
    query = _current().where(*selected(selection), items.c.backlog == backlog, ~issued)
    if archived:
        query = query.where(is_archived(catalogue))
    if not backlog:
        return _newest_first(conn, query, selection.take, catalogue=catalogue)
    oldest = query.order_by(items.c.sorted_at, items.c.id).limit(selection.take)
    return [_item(row) for row in conn.execute(oldest)]


def list_by_ids(conn: Connection, ids: Sequence[str]) -> list[Item]:
    """The items of these ids, in the order given; unknown ids are left out."""
    found = {}
    for chunk in _chunks(ids):
        for row in conn.execute(_of_ids(), {"ids": list(chunk)}):
            found[row.id] = _item(row)
    return [found[item_id] for item_id in ids if item_id in found]


def find_by_keys(conn: Connection, keys: Sequence[str]) -> dict[str, str]:
    """Key → item id, for those keys that are known."""
    stored = {key: fitted(key, KEY_WIDTH) for key in keys}
    found: dict[str, str] = {}
    for chunk in _chunks(list(stored.values())):
        query = select(item_keys).where(item_keys.c.key.in_(chunk))
        found |= {row.key: row.item_id for row in conn.execute(query)}
    return {key: found[known] for key, known in stored.items() if known in found}


def save_item(conn: Connection, item: Item, *, keys: Sequence[str], stored: Stored | None = None) -> None:
    """Store a new item, its first revision and its keys.

    Raises DatabaseBusy when a key already belongs to an item: somebody stored the same story meanwhile,
    so the caller looks again (a key belongs to one item for ever, requirement F1).
    """
    wanted = {fitted(key, KEY_WIDTH) for key in keys}
    if _claim(conn, item.id, keys) < len(wanted):
        raise DatabaseBusy(
            f"the story {item.provenance.original_url} was stored by another process just now; try again"
        )
    correction = item.correction
    values = _state(item) | {
        "state": item.state,
        "withdrawn": item.withdrawn,
        "withdrawn_note": item.withdrawn_note,
        "corrected": correction.at if correction else None,
        "correction_note": correction.note if correction else "",
    }
    conn.execute(items.insert().values(id=item.id, kind=item.kind, collected=item.collected, **values))
    _add_revision(conn, item, stored)


def save_revision(conn: Connection, item: Item, *, keys: Sequence[str], stored: Stored | None = None) -> None:
    """Store a changed item's new revision; `item.revision` is one above the stored one.

    Keys that belong to another item stay there, and a withdrawn item stays withdrawn whatever `item` says.
    Raises DatabaseBusy when another process revised the item first.
    """
    previous = and_(items.c.id == item.id, items.c.revision == item.revision - 1)
    gone = {"state": item.state} if item.state is ItemState.WITHDRAWN else {}
    changed = update(items).where(previous).values(**_state(item), **gone, stamp=items.c.stamp + 1)
    if conn.execute(changed).rowcount != 1:
        raise DatabaseBusy(f"item {item.id} was revised by another process just now; try again")
    _add_revision(conn, item, stored)
    _claim(conn, item.id, keys)


def add_keys(conn: Connection, item_id: str, *, keys: Sequence[str]) -> None:
    """Let the item be known by these keys too; those that belong to another item stay there."""
    _claim(conn, item_id, keys)


def restate(conn: Connection, item: Item) -> None:
    """Record what is known of an item besides its content: notice, earliest capture, the page's own words."""
    values = {
        "archived": item.archived,
        "page_notice": notice_to_json(item.page_notice),
        "not_after": item.not_after,
        "stamp": items.c.stamp + 1,
    }
    conn.execute(update(items).where(items.c.id == item.id).values(**values))
    if item.page_words is not None:
        # The operator may have corrected it meanwhile, which is another revision.
        same = and_(items.c.id == item.id, items.c.revision == item.revision)
        conn.execute(update(items).where(same).values(page_words=page_words_to_json(item.page_words)))


def _joined(which: ColumnElement[bool]) -> Select[Any]:
    columns = [revisions.c[name] for name in ("number", "content", "original_url", "captured", "raw_hash")]
    revised = revisions.c.changed.label("revised")
    return select(items, *columns, revised).join(revisions, and_(revisions.c.item_id == items.c.id, which))


@cache
def _current() -> Select[Any]:
    return _joined(revisions.c.number == items.c.revision)


@cache
def _of_ids() -> Select[Any]:
    return _current().where(items.c.id.in_(bindparam("ids", expanding=True)))


def _newest_first(conn: Connection, query: Select[Any], take: int, *, catalogue: Catalogue) -> list[Item]:
    # Two queries, since one that sorts by a condition first can use no index.
    last = items.c.published_at.is_(None) & is_archived(catalogue)
    newest = query.order_by(items.c.sorted_at.desc(), items.c.id.desc())
    found = list(conn.execute(newest.where(~last).limit(take)))
    if len(found) < take:
        found += conn.execute(newest.where(last).limit(take - len(found)))
    return [_item(row) for row in found]


def selected(selection: Selection) -> list[ColumnElement[bool]]:
    """What a live item has to meet to be selected."""
    conditions = [items.c.state == ItemState.LIVE]
    if selection.sources:
        conditions.append(items.c.source.in_(selection.sources))
    if selection.kinds:
        conditions.append(items.c.kind.in_(selection.kinds))
    if selection.sections:
        conditions.append(items.c.section.in_(selection.sections))
    if selection.languages:
        conditions.append(or_(*map(_in_language, selection.languages)))
    return conditions


def is_archived(catalogue: Catalogue) -> ColumnElement[bool]:
    """`Catalogue.is_archived` as a condition."""
    named = {
        policy: [source.name for source in catalogue.sources.values() if source.archived is policy]
        for policy in (Archived.YES, Archived.NO)
    }
    hosts = [bare_host(host) for site in catalogue.old_sites.values() for host in site.hosts]
    by_itself = or_(items.c.archived, _one_of(items.c.host, hosts))
    silenced = _one_of(items.c.source, named[Archived.NO])
    return or_(_one_of(items.c.source, named[Archived.YES]), ~silenced & by_itself)


def _one_of(column: ColumnElement[str], values: Sequence[str]) -> ColumnElement[bool]:
    # SQLAlchemy writes the text of a statement anew at each execution where a list of values is in it.
    return column.in_([literal(value, column.type) for value in values]) if values else false()


def _in_language(wanted: str) -> ColumnElement[bool]:
    # RFC 4647, section 3.3.1: `en` takes `en-GB` too, whatever the case.
    tag = wanted.lower()
    return or_(items.c.language == tag, items.c.language.startswith(f"{tag}-", autoescape=True))


def _state(item: Item) -> dict[str, Any]:
    published = item.content.published
    return {
        "source": item.provenance.source,
        "revision": item.revision,
        "section": item.content.section[:200],
        "language": item.content.language.lower()[:20],
        "host": host_of(item.provenance.original_url)[:255],
        "archived": item.archived,
        "backlog": item.backlog,
        "published": None if published is None else str(published),
        "published_at": None if published is None else published.utc,
        "sorted_at": item.collected if published is None else published.utc,
        "changed": item.changed,
        "page_notice": notice_to_json(item.page_notice),
        "not_after": item.not_after,
        "page_words": page_words_to_json(item.page_words),
    }


def _add_revision(conn: Connection, item: Item, stored: Stored | None) -> None:
    stored = stored or Stored(at=item.changed or item.collected)
    conn.execute(
        revisions.insert().values(
            item_id=item.id,
            number=item.revision,
            content=to_json(item.content),
            content_hash=content_hash(item.content),
            original_url=item.provenance.original_url,
            captured=item.provenance.captured,
            raw_hash=item.provenance.raw_hash,
            collected=stored.at,
            changed=item.changed,
            cause=stored.cause,
        )
    )
    if item.content.image is not None and item.content.image.media:
        shown = {"name": item.content.image.media, "item_id": item.id}
        conn.execute(insert(conn, item_media).values(shown).on_conflict_do_nothing())


def _claim(conn: Connection, item_id: str, keys: Iterable[str]) -> int:
    # Sorted, so that two writers wait for each other's keys in one order and never in a circle.
    wanted = sorted({fitted(key, KEY_WIDTH) for key in keys})
    claimed = 0
    for chunk in _chunks(wanted):
        rows = [{"key": key, "item_id": item_id} for key in chunk]
        statement = insert(conn, item_keys).values(rows).on_conflict_do_nothing()
        claimed += len(conn.scalars(statement.returning(item_keys.c.key)).all())
    return claimed


def _item(row: Row[Any]) -> Item:
    return Item(
        id=row.id,
        kind=ItemKind(row.kind),
        content=from_json(row.content),
        provenance=Provenance(
            source=row.source,
            original_url=row.original_url,
            captured=row.captured,
            raw_hash=row.raw_hash,
        ),
        collected=row.collected,
        changed=row.changed if row.number == row.revision else row.revised,
        revision=row.number,
        state=ItemState(row.state),
        archived=row.archived,
        backlog=row.backlog,
        page_notice=notice_from_json(row.page_notice),
        not_after=row.not_after,
        stamp=row.stamp,
        withdrawn=row.withdrawn,
        withdrawn_note=row.withdrawn_note,
        correction=Correction(note=row.correction_note, at=row.corrected) if row.corrected else None,
        page_words=page_words_from_json(row.page_words),
    )


def _chunks(values: Sequence[str]) -> list[Sequence[str]]:
    return [values[at : at + CHUNK] for at in range(0, len(values), CHUNK)]
