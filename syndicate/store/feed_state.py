"""All that a publication asks of its feed before anything else, in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, ScalarSelect, Select, and_, bindparam, select

from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import Selection
from syndicate.model.item import ItemState
from syndicate.store.feed_changes import picks
from syndicate.store.feed_documents import Document
from syndicate.store.feed_entries import Change, item_keys_of
from syndicate.store.feeds import FeedStatus
from syndicate.store.schema import feed_changes, feed_documents, feed_entries, feeds, item_notes, items
from syndicate.store.statements import STATEMENTS

_STATUS = tuple(FeedStatus.__dataclass_fields__)
# Where the columns of the document begin, and those of a mark.
_DOCUMENT, _MARK = len(_STATUS), len(_STATUS) + 5


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """A feed, its subscription document, and the items that are marked, the oldest first.

    `is_due` says that an archive document is to be written, `is_noted` that the operator spoke lately
    of an item, of this feed or of another.
    """

    status: FeedStatus
    document: Document
    changes: Sequence[Change]
    is_due: bool
    is_noted: bool


def find_state(
    conn: Connection,
    feed: str,
    rule: Selection,
    *,
    since: datetime,
    take: int,
    catalogue: Catalogue,
) -> FeedState | None:
    """How a known feed stands; at most `take` marks. `since` is when lately begins."""
    query = STATEMENTS.find(catalogue, "state", lambda: _state(catalogue))
    rows = conn.execute(query, {"feed": feed, "since": since, "take": take}).all()
    if not rows:
        return None
    older, entries, due, any_due, noted = rows[0][_DOCUMENT:_MARK]
    return FeedState(
        status=FeedStatus(**dict(zip(_STATUS, rows[0], strict=False))),
        document=Document(number=0, older=older or 0, entries=entries or 0, due=due is None or due),
        changes=_changes(rows, rule),
        is_due=any_due is not None,
        is_noted=noted is not None,
    )


def list_leaving(conn: Connection, feed: str, rule: Selection) -> set[str]:
    """The entries of the subscription document that are marked and that the rule takes no more."""
    ruled = [items.c[name] for name in ("state", "source", "kind", "section", "language")]
    marked = and_(
        feed_changes.c.feed == feed_entries.c.feed, feed_changes.c.item_id == feed_entries.c.item_id
    )
    query = select(feed_entries.c.entry_id, *ruled).join(items, items.c.id == feed_entries.c.item_id)
    rows = conn.execute(
        query.join(feed_changes, marked).where(
            feed_entries.c.feed == feed, feed_entries.c.document == 0, items.c.state == ItemState.LIVE
        )
    )
    return {
        entry_id
        for entry_id, state, source, kind, section, language in rows
        if not picks(rule, state=state, source=source, kind=kind, section=section, language=language)
    }


def _changes(rows: Sequence[Row[Any]], rule: Selection) -> list[Change]:
    found: dict[str, Change] = {}
    for row in rows:
        mark, source, kind, section, language, entry_id, document, *keys = row[_MARK:]
        if mark is None:
            continue
        # A replayed item has several entries.
        place = () if entry_id is None else ((entry_id, document),)
        before = found[keys[0]].held if keys[0] in found else ()
        taken = picks(rule, state=keys[2], source=source, kind=kind, section=section, language=language)
        found[keys[0]] = Change(mark, taken, before + place, *keys)
    return list(found.values())


def _state(catalogue: Catalogue) -> Select[Any]:
    marked = (
        select(feed_changes.c.feed, feed_changes.c.item_id, feed_changes.c.stamp.label("mark"))
        .join(items, items.c.id == feed_changes.c.item_id)
        .where(feed_changes.c.feed == bindparam("feed"))
        # What was withdrawn first: a held feed sees to nothing else.
        .order_by(items.c.state == ItemState.LIVE, items.c.sorted_at, items.c.id)
        .limit(bindparam("take"))
        .subquery()
    )
    document = [feed_documents.c[name] for name in ("older", "entries", "due")]
    ruled = [items.c[name] for name in ("source", "kind", "section", "language")]
    places = feed_entries.c.entry_id, feed_entries.c.document
    newest = and_(feed_documents.c.feed == feeds.c.name, feed_documents.c.number == 0)
    held = and_(feed_entries.c.item_id == items.c.id, feed_entries.c.feed == bindparam("feed"))
    return (
        select(
            *(feeds.c[name] for name in _STATUS),
            *document,
            _any_due(),
            _any_note(),
            marked.c.mark,
            *ruled,
            *places,
            items.c.id,
            *item_keys_of(catalogue),
        )
        .select_from(feeds)
        .outerjoin(feed_documents, newest)
        .outerjoin(marked, marked.c.feed == feeds.c.name)
        .outerjoin(items, items.c.id == marked.c.item_id)
        .outerjoin(feed_entries, held)
        .where(feeds.c.name == bindparam("feed"))
        .order_by(items.c.sorted_at, items.c.id)
    )


def _any_due() -> ScalarSelect[Any]:
    other = feed_documents.alias()
    here = other.c.feed == bindparam("feed"), other.c.due, other.c.number > 0
    return select(other.c.number).where(*here).limit(1).scalar_subquery()


def _any_note() -> ScalarSelect[Any]:
    # Of whatever item: to ask for this feed's would read its archive wherever there is none.
    return select(item_notes.c.id).where(item_notes.c.at >= bindparam("since")).limit(1).scalar_subquery()
