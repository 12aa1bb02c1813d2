"""A feed filled anew, when it is new or its rule changed: from the oldest item on, page by page.

What is done stands in the store under the feed's name and a `+`, so that a killed process goes on there; the
feed that stands is replaced when all of it is there.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from syndicate.model.item import ItemState
from syndicate.publish.closing import Placed, close
from syndicate.publish.drafts import PAGE, fitting, room_for, shown_in
from syndicate.publish.guard import Loss, loss, reason
from syndicate.publish.publishing import Publication
from syndicate.publish.rendering import Place, sizes_of
from syndicate.publish.supply import Supply, read_supply, render_supply
from syndicate.publish.writing import Outcome, close_documents, write_due
from syndicate.store import feed_documents, feed_entries, feeds
from syndicate.store.connection import Connection
from syndicate.store.feed_documents import Document
from syndicate.store.feed_entries import Member
from syndicate.store.feeds import FeedStatus
from syndicate.store.items import list_by_ids


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A page of items, those of them that are `entering`, and those already `open`: in what will be the
    subscription document. `newest` is the archive document made last.
    """

    status: FeedStatus
    page: Sequence[Member]
    open: Sequence[Member]
    entering: Sequence[Member]
    newest: int
    supply: Supply


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """How filling ended. `held` tells why what was there stays, `gone` what would go from it."""

    outcome: Outcome
    held: str = ""
    gone: Mapping[str, str] = field(default_factory=dict)


async def fill(publication: Publication) -> Filled:
    """Fill the feed by its rule. Raises StorageFull, TemplateFault, DatabaseBusy."""
    db, done, after = publication.publishing.db, 0, None
    total = await db.write(_begin, publication)
    # Of what a killed process left, something may have changed since.
    outcome = await write_due(publication, key=publication.filling)
    while not outcome.held and (leaf := await db.read(_read_leaf, publication, after=after)).page:
        closed = await asyncio.to_thread(_closed, publication, leaf)
        await db.write(_enter, publication, leaf, closed=closed)
        outcome = outcome.joined(await write_due(publication, key=publication.filling))
        after, done = leaf.page[-1], done + len(leaf.page)
        if publication.tell:
            await publication.tell(min(done, total), total)
    if outcome.held:
        return Filled(outcome=outcome, held=outcome.held, gone=outcome.gone)
    found = await db.read(_loss, publication)
    if found.halves and not publication.accept:
        return Filled(outcome=outcome, held=reason(found, feed=publication.name), gone=found.gone)
    await db.write(_finish, publication)
    return Filled(outcome=outcome)


def _begin(conn: Connection, publication: Publication) -> int:
    """Take away what an earlier filling by another rule left; how many items there are now."""
    name, prints = publication.name, publication.prints
    status = feeds.find_feed(conn, name)
    assert status is not None
    if status.filling != prints.filling:
        forget_filling(conn, publication)
        feeds.advance(conn, name, filling=prints.filling)
    return feed_entries.count_selected(conn, publication.feed.selection) if publication.tell else 0


def forget_filling(conn: Connection, publication: Publication) -> None:
    """Give up what the feed was being filled with; its files are taken away with the former ones."""
    feed_entries.remove_all(conn, publication.filling)
    feed_documents.remove_all(conn, publication.filling)
    feeds.advance(conn, publication.name, filling="")


def _read_leaf(conn: Connection, publication: Publication, *, after: Member | None) -> Leaf:
    feed, key, catalogue = publication.feed, publication.filling, publication.publishing.catalogue
    page = feed_entries.list_after(
        conn, feed.name, feed.selection, after=after, take=PAGE, catalogue=catalogue
    )
    # After a kill, or where a date changed meanwhile, some are in already.
    known = feed_entries.list_known(conn, key, [one.entry_id for one in page])
    entering = [one for one in page if one.entry_id not in known]
    open_ = feed_entries.list_members(conn, key, document=0, catalogue=catalogue)
    status = feeds.find_feed(conn, feed.name)
    assert status is not None
    return Leaf(
        status=status,
        page=page,
        open=open_,
        entering=entering,
        newest=feed_documents.find_newest(conn, key),
        supply=read_supply(conn, publication, (one for one in (*open_, *entering) if one.live)),
    )


def _closed(publication: Publication, leaf: Leaf) -> list[list[str]]:
    pieces = render_supply(publication, leaf.supply)
    feed = publication.feed
    room = room_for(publication, Place(older=1), ())
    members = sorted((*leaf.open, *leaf.entering), key=lambda one: one.rank)
    placed = [
        Placed(
            entry_id=one.entry_id,
            sizes=sizes_of(fitting(pieces[one.entry_id], room, max_bytes=feed.max_bytes)) if one.live else (),
        )
        for one in members
    ]
    return close(placed, most=None if feed.frozen else feed.selection.take, room=room)


def _enter(
    conn: Connection, publication: Publication, leaf: Leaf, *, closed: Sequence[Sequence[str]]
) -> None:
    feeds.take_turn(conn, leaf.status)
    key, last = publication.filling, leaf.status.last_position
    entering = [one._replace(position=last + place) for place, one in enumerate(leaf.entering, start=1)]
    feed_entries.add_members(conn, key, entering)
    newest = close_documents(conn, key, closed, counter=leaf.status.documents, older=leaf.newest)
    feeds.advance(
        conn,
        publication.name,
        last_position=last + len(entering),
        documents=newest or leaf.status.documents,
    )


def _loss(conn: Connection, publication: Publication) -> Loss:
    shown = shown_in(publication, 0)
    kept = feed_entries.list_known(conn, publication.filling, list(shown))
    gone = [entry_id for entry_id in shown if entry_id not in kept]
    withdrawn = {item.id for item in list_by_ids(conn, gone) if item.state is ItemState.WITHDRAWN}
    return loss(shown, {*kept, *withdrawn})


def _finish(conn: Connection, publication: Publication) -> None:
    name, key = publication.name, publication.filling
    status = feeds.find_feed(conn, name)
    assert status is not None
    feeds.take_turn(conn, status)
    feed_entries.replace_members(conn, name, by=key)
    feed_documents.replace_documents(conn, name, by=key)
    newest = feed_documents.find_newest(conn, name)
    feed_documents.save_documents(conn, name, [Document(number=0, older=newest)])
    feeds.advance(
        conn, name, filled=publication.prints.filled, filling="", rendered=publication.prints.rendered
    )
