"""What publishing a feed would change, document by document, without writing anything."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from syndicate.model.feed import Format, Mode
from syndicate.publish.closing import Placed, close
from syndicate.publish.drafts import read_draft, shown_in
from syndicate.publish.guard import NAMED, loss, reason
from syndicate.publish.publishing import Publication
from syndicate.publish.rendering import file_name
from syndicate.store import feed_entries
from syndicate.store.connection import Connection
from syndicate.store.feed_entries import Member
from syndicate.store.items import list_by_ids


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentChange:
    """How a document would change: titles of entries `added`, `changed` and `gone`, of as many as are named,
    and how many there are of each.
    """

    document: str
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    counts: tuple[int, int, int] = (0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What would change in a feed. `held` tells what would need the operator's word; `anew` that the feed
    would be filled anew, since its rule changed or it is new.
    """

    feed: str
    documents: tuple[DocumentChange, ...] = ()
    held: str = ""
    anew: bool = False


def rehearse(conn: Connection, publication: Publication, *, filled: str) -> Rehearsal:
    """Tell what publishing would change; `filled` is the fingerprint of the rule that filled the feed."""
    if publication.feed.mode is Mode.LIVE and filled != publication.prints.filled:
        return _filled_anew(conn, publication)
    draft = read_draft(conn, publication)
    taken, before = draft.step, shown_in(publication, 0)
    marked = set(taken.seen)
    closed = _closed(publication, taken.members)
    moved = {entry_id for group in closed for entry_id in group}
    gone = [one for one in before if one not in {each.entry_id for each in taken.members if each.live}]
    titles = before | _titles(conn, [one.item_id for one in taken.members if one.item_id in marked])
    stay = [one for one in taken.members if one.live and one.entry_id not in moved]
    newest = _change(
        publication,
        0,
        titles,
        added=[one.entry_id for one in stay if one.entry_id not in before],
        changed=[one.entry_id for one in stay if one.entry_id in before and one.item_id in marked],
        gone=[*gone, *(one for one in before if one in moved)],
    )
    archive = [
        _change(publication, draft.status.documents + place, titles, added=group)
        for place, group in enumerate(closed, start=1)
    ]
    rewritten = [_rewritten(conn, publication, number, marked) for number in sorted(taken.rewritten)]
    held = reason(draft.lost, feed=publication.name) if draft.lost else ""
    return Rehearsal(
        feed=publication.name,
        documents=tuple(one for one in (newest, *rewritten, *archive) if any(one.counts)),
        held=held,
    )


def _filled_anew(conn: Connection, publication: Publication) -> Rehearsal:
    feed, shown = publication.feed, shown_in(publication, 0)
    taken = feed_entries.list_taken(conn, feed.selection, list(shown))
    found = loss(shown, taken)
    total = feed_entries.count_selected(conn, feed.selection)
    change = DocumentChange(
        document=feed.name,
        gone=tuple(list(found.gone.values())[:NAMED]),
        counts=(max(0, total - len(taken)), 0, len(found.gone)),
    )
    return Rehearsal(
        feed=feed.name,
        documents=(change,) if any(change.counts) else (),
        held=reason(found, feed=feed.name) if found.halves else "",
        anew=True,
    )


def _closed(publication: Publication, members: Sequence[Member]) -> list[list[str]]:
    # By count alone: how many bytes they take is known when they are rendered.
    feed = publication.feed
    placed = [Placed(entry_id=one.entry_id, sizes=(1,) if one.live else ()) for one in members]
    return close(placed, most=None if feed.frozen else feed.selection.take, room=(len(placed),))


def _rewritten(conn: Connection, publication: Publication, number: int, marked: set[str]) -> DocumentChange:
    catalogue = publication.publishing.catalogue
    members = feed_entries.list_members(conn, publication.name, document=number, catalogue=catalogue)
    touched = [one for one in members if one.item_id in marked]
    titles = shown_in(publication, number) | _titles(conn, [one.item_id for one in touched])
    return _change(
        publication,
        number,
        titles,
        changed=[one.entry_id for one in touched if one.live],
        gone=[one.entry_id for one in touched if not one.live],
    )


def _change(
    publication: Publication,
    number: int,
    titles: dict[str, str],
    *,
    added: Iterable[str] = (),
    changed: Iterable[str] = (),
    gone: Iterable[str] = (),
) -> DocumentChange:
    named = [[titles.get(entry_id, entry_id) for entry_id in each] for each in (added, changed, gone)]
    first = [tuple(each[:NAMED]) for each in named]
    return DocumentChange(
        document=file_name(publication.name, number, Format.JSON).removesuffix(".json"),
        added=first[0],
        changed=first[1],
        gone=first[2],
        counts=(len(named[0]), len(named[1]), len(named[2])),
    )


def _titles(conn: Connection, item_ids: Sequence[str]) -> dict[str, str]:
    return {
        item.id: item.content.headline or item.content.body_text[:60] for item in list_by_ids(conn, item_ids)
    }
