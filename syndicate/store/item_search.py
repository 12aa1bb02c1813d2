"""Items as an operator looks for them: by source, age, state, or words; bounded, whatever there is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, case, select

from syndicate.model.item import ItemKind, ItemState
from syndicate.store.schema import items, revisions

# The words of so many items, the newest, are looked through: a second, more or less.
MOST_READ = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What is looked for; what is empty rules nothing out. `since` is by publication, else collection."""

    source: str = ""
    since: datetime | None = None
    state: ItemState | None = None
    corrected: bool = False
    words: tuple[str, ...] = ()
    take: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemLine:
    """One item in an operator's list; `title` is a brief's text.

    `at` is its publication, None where nobody stated one; `captured` when it was there already, if known.
    """

    id: str
    kind: ItemKind
    state: ItemState
    title: str
    source: str
    at: datetime | None
    captured: datetime | None
    withdrawn: datetime | None
    corrected: datetime | None


def search_items(conn: Connection, sought: Sought) -> list[ItemLine]:
    """The newest that fit, at most `take`, the undated last, since nobody knows how old they are.

    Words are looked for in the `MOST_READ` that fit else and were published, or collected, last.
    """
    query = _lines().where(*_conditions(sought)).order_by(items.c.sorted_at.desc(), items.c.id.desc())
    if not sought.words:
        return _dated_first(conn, query, take=sought.take)
    wanted = [word.casefold() for word in sought.words]
    found: list[ItemLine] = []
    for row in conn.execute(query.limit(MOST_READ)):
        title = (row.title or "").casefold()
        if all(word in title for word in wanted):
            found.append(_line(row))
        if len(found) == sought.take:
            break
    return sorted(found, key=_is_undated)


def _dated_first(conn: Connection, query: Select[Any], *, take: int) -> list[ItemLine]:
    # Two queries: each has the order of the index over sorted_at, which an order by "dated or not" has not.
    dated = [_line(row) for row in conn.execute(query.where(items.c.published_at.is_not(None)).limit(take))]
    if len(dated) == take:
        return dated
    undated = query.where(items.c.published_at.is_(None)).limit(take - len(dated))
    return dated + [_line(row) for row in conn.execute(undated)]


def _is_undated(line: ItemLine) -> bool:
    return line.at is None


def list_lines(conn: Connection, ids: Sequence[str]) -> list[ItemLine]:
    """The items of these ids."""
    return [_line(row) for row in conn.execute(_lines().where(items.c.id.in_(list(ids))))]


def _conditions(sought: Sought) -> list[Any]:
    found: list[Any] = []
    if sought.source:
        found.append(items.c.source == sought.source)
    if sought.since is not None:
        found.append(items.c.sorted_at >= sought.since)
    if sought.state is not None:
        found.append(items.c.state == sought.state)
    if sought.corrected:
        found.append(items.c.corrected.is_not(None))
    return found


def _lines() -> Select[Any]:
    content = revisions.c.content
    words = case(
        (items.c.kind == ItemKind.BRIEF, content["body_text"].as_string()),
        else_=content["headline"].as_string(),
    )
    columns = [items.c[name] for name in ("id", "kind", "state", "source", "withdrawn", "corrected")]
    newest = and_(revisions.c.item_id == items.c.id, revisions.c.number == items.c.revision)
    dates = items.c.published_at.label("at"), items.c.not_after.label("captured")
    return select(*columns, *dates, words.label("title")).join(revisions, newest)


def _line(row: Row[Any]) -> ItemLine:
    values = {name: getattr(row, name) for name in ItemLine.__dataclass_fields__}
    kind, state = ItemKind(row.kind), ItemState(row.state)
    return ItemLine(**values | {"kind": kind, "state": state, "title": row.title or ""})
