"""One step of a publication: what is read for it at one moment, and what is decided and rendered of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from syndicate.model.feed import Format, Mode, Tombstone
from syndicate.publish.closing import Placed, Sizes, close
from syndicate.publish.guard import Loss, loss, read_shown
from syndicate.publish.membership import Step, step, without_losses
from syndicate.publish.pieces import Piece
from syndicate.publish.publishing import Publication
from syndicate.publish.rendering import JOINT, Place, file_name, frame_of, sizes_of
from syndicate.publish.supply import Supply, read_supply, render_supply, tombstone
from syndicate.store import feed_documents, feed_entries
from syndicate.store.connection import Connection
from syndicate.store.feed_documents import Document
from syndicate.store.feed_entries import Member
from syndicate.store.feed_state import find_state, list_leaving
from syndicate.store.feeds import FeedStatus

# How many marked items one step takes, and how many archive documents are written between two records.
PAGE = 300
BATCH = 20
# How long a correction of what stands in an archive document shows in the subscription document too.
CORRECTED = timedelta(days=30)
WITHDRAWN = timedelta(days=90)
# What the frame of an archive document says more than that of a subscription document.
SLACK = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is known at one moment. `again` are entries of archive documents that show once more."""

    status: FeedStatus
    document: Document
    step: Step
    supply: Supply
    due: Sequence[Document] = ()
    again: tuple[Member, ...] = ()
    tombstones: tuple[Tombstone, ...] = ()
    lost: Loss | None = None
    full: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A draft with its pieces rendered; `closed` are the entries of each new archive document."""

    draft: Draft
    pieces: Mapping[str, Piece]
    closed: Sequence[Sequence[str]] = ()

    @property
    def is_last(self) -> bool:
        """Whether only the subscription document is left to be written."""
        draft = self.draft
        return not (self.closed or draft.step.rewritten or draft.due or draft.full)


def read_draft(conn: Connection, publication: Publication) -> Draft:
    """Read what the next step takes, and decide who enters and leaves."""
    name, feed, catalogue = publication.name, publication.feed, publication.publishing.catalogue
    since = publication.publishing.now() - WITHDRAWN
    state = find_state(conn, name, feed.selection, since=since, take=PAGE, catalogue=catalogue)
    assert state is not None
    status, changes = state.status, state.changes
    if publication.held:
        changes = without_losses(changes)
    known = publication.publishing.standings.find(publication.prints.rendered, status)
    members: Sequence[Member] = known or ()
    if known is None:
        members = feed_entries.list_members(conn, name, document=0, catalogue=catalogue)
    last, by_rule = status.last_position, feed.mode is Mode.LIVE
    taken = step(members, changes, last_position=last, takes_new=not feed.frozen, by_rule=by_rule)
    leaving = {one.entry_id for one in taken.leave}
    if by_rule and not publication.held and len(changes) == PAGE:
        # Step by step, none of them alone would halve the feed.
        leaving |= list_leaving(conn, name, feed.selection)
    lost = _lost(publication, members, leaving) if leaving and not publication.accept else None
    if lost and lost.halves:
        changes = without_losses(changes)
        taken = step(members, changes, last_position=last, by_rule=by_rule)
    again, told = _noted(conn, publication) if state.is_noted else ((), [])
    live = (one for one in (*taken.members, *again) if one.live)
    return Draft(
        status=status,
        document=state.document,
        step=taken,
        supply=read_supply(conn, publication, live),
        due=feed_documents.list_due(conn, name, take=BATCH) if state.is_due else (),
        again=again,
        tombstones=_tombstones(publication, taken.members, told),
        lost=lost if lost and lost.halves else None,
        full=len(changes) == PAGE,
    )


def prove(publication: Publication, draft: Draft) -> Proof:
    """Render what is missing, and decide what is closed. Raises TemplateFault."""
    pieces = render_supply(publication, draft.supply)
    feed, members = publication.feed, draft.step.members
    place = Place(older=draft.document.older)
    room, whole = room_for(publication, place, draft.tombstones), room_for(publication, place, ())
    most = None if feed.frozen else feed.selection.take
    # Nearly always there is room enough, which is told faster than how much.
    taken = sum(piece.largest + JOINT for piece in pieces.values())
    if taken <= min(room) and (most is None or len(members) <= most):
        return Proof(draft=draft, pieces=pieces)
    fit = {entry_id: fitting(piece, whole, max_bytes=feed.max_bytes) for entry_id, piece in pieces.items()}
    placed = [
        Placed(entry_id=one.entry_id, sizes=sizes_of(fit[one.entry_id]) if one.live else ())
        for one in members
    ]
    return Proof(draft=draft, pieces=fit, closed=close(placed, most=most, room=room))


def fitting(piece: Piece, room: Sizes, *, max_bytes: int) -> Piece:
    """The piece, or its fault where no document has room for it."""
    over = (
        [] if piece.fault else [size for size, most in zip(sizes_of(piece), room, strict=True) if size > most]
    )
    if not over:
        return piece
    fault = f"it takes {max(over):,} bytes, more than the feed's max_bytes ({max_bytes:,}) has room for"
    return replace(piece, forms={}, fault=fault)


def shown_again(publication: Publication, proof: Proof) -> list[Member]:
    """Those of the corrected entries that there is room for beside the document's own."""
    draft, pieces = proof.draft, proof.pieces
    if not draft.again:
        return []
    room = room_for(publication, Place(older=draft.document.older), draft.tombstones)
    own = [sizes_of(pieces[one.entry_id]) for one in draft.step.members if one.live]
    left = tuple(most - sum(sizes) for most, *sizes in zip(room, *filter(None, own), strict=True))
    kept: list[Member] = []
    for one in draft.again:
        sizes = sizes_of(pieces[one.entry_id])
        if sizes and all(map(int.__le__, sizes, left)):
            kept.append(one)
            left = tuple(map(int.__sub__, left, sizes))
    return kept


def room_for(publication: Publication, place: Place, tombstones: Sequence[Tombstone]) -> Sizes:
    """How many bytes of entries fit into a document, in the order of FORMS."""
    frame = frame_of(publication.press, place, tombstones=tombstones)
    return tuple(publication.feed.max_bytes - size - SLACK for size in frame.sizes)


def beside(
    publication: Publication, place: Place, tombstones: Sequence[Tombstone], *, taken: Sizes
) -> tuple[Tombstone, ...]:
    """The first of these tombstones, as long as entries that have `taken` so much find room beside them."""
    kept = tuple(tombstones)
    while kept and any(map(int.__gt__, taken, room_for(publication, place, kept))):
        kept = kept[: len(kept) // 2]
    return kept


def _lost(publication: Publication, members: Sequence[Member], leaving: Collection[str]) -> Loss:
    shown = shown_in(publication, 0) or {one.entry_id: "" for one in members if one.live}
    return loss(shown, [entry_id for entry_id in shown if entry_id not in leaving])


def shown_in(publication: Publication, number: int) -> dict[str, str]:
    """Entry id → title of what a document's file shows now; empty where there is none."""
    path = publication.publishing.folder / file_name(publication.name, number, Format.JSON)
    try:
        return read_shown(path.read_bytes())
    except OSError:
        return {}


def _noted(conn: Connection, publication: Publication) -> tuple[tuple[Member, ...], list[Member]]:
    now, catalogue = publication.publishing.now(), publication.publishing.catalogue
    take = publication.feed.selection.take
    noted = feed_entries.list_noted(
        conn, publication.name, since=now - WITHDRAWN, take=take, catalogue=catalogue
    )
    again = tuple(one for one, at in noted if one.live and at >= now - CORRECTED)
    return again, [one for one, _ in noted if not one.live]


def _tombstones(
    publication: Publication, members: Collection[Member], told: Sequence[Member]
) -> tuple[Tombstone, ...]:
    if not told and all(one.live for one in members):
        return ()
    since = publication.publishing.now() - WITHDRAWN
    found = [each for one in (*members, *told) if (each := tombstone(one)) and each.at >= since]
    found.sort(key=lambda each: (each.at, each.id), reverse=True)
    half = tuple(size // 2 for size in room_for(publication, Place(), ()))
    return beside(publication, Place(), found[: publication.feed.selection.take], taken=half)
