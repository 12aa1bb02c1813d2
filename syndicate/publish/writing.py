"""Documents put in place: rendered around their pieces, guarded, written, and recorded afterwards."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from syndicate.publish.drafts import BATCH, Proof, beside, fitting, room_for, shown_again, shown_in
from syndicate.publish.files import publish_files
from syndicate.publish.guard import loss, reason
from syndicate.publish.publishing import Publication
from syndicate.publish.rendering import (
    FORMS,
    Place,
    Quarantined,
    Rendering,
    file_name,
    render_document,
    sizes_of,
)
from syndicate.publish.supply import Supply, read_supply, render_supply, tombstone
from syndicate.store import feed_documents, feed_entries
from syndicate.store.connection import Connection
from syndicate.store.feed_documents import Document
from syndicate.store.feed_entries import Member, list_members


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Archive documents that are due, the members of each, oldest first, and their pieces."""

    documents: Sequence[Document]
    members: Mapping[int, Sequence[Member]]
    supply: Supply


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of writing documents: number → entries shown; names of files; why one was `held`, and what
    would go from it.
    """

    entries: Mapping[int, int] = field(default_factory=dict)
    written: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    held: str = ""
    gone: Mapping[str, str] = field(default_factory=dict)
    quarantined: tuple[Quarantined, ...] = ()
    warnings: tuple[str, ...] = ()

    def joined(self, later: "Outcome") -> "Outcome":
        """This and what came of the next documents."""
        written = tuple(dict.fromkeys((*self.written, *later.written)))
        unchanged = tuple(name for name in (*self.unchanged, *later.unchanged) if name not in written)
        return Outcome(
            entries={**self.entries, **later.entries},
            written=written,
            unchanged=tuple(dict.fromkeys(unchanged)),
            held=later.held or self.held,
            gone=later.gone or self.gone,
            quarantined=tuple(dict.fromkeys((*self.quarantined, *later.quarantined))),
            warnings=tuple(dict.fromkeys((*self.warnings, *later.warnings))),
        )


async def write_due(publication: Publication, *, key: str) -> Outcome:
    """Write the archive documents that are due, of entries under the name `key`, until one is held."""
    db, outcome = publication.publishing.db, Outcome()
    while batch := await db.read(read_batch, publication, key=key):
        outcome = outcome.joined(await asyncio.to_thread(write_batch, publication, batch))
        if outcome.held:
            break
        numbers = {each.number: outcome.entries[each.number] for each in batch.documents}
        await db.write(feed_documents.record_written, key, numbers)
    return outcome


def close_documents(
    conn: Connection, key: str, closed: Sequence[Sequence[str]], *, counter: int, older: int
) -> int:
    """Make archive documents of these entries, numbered on from `counter`, the first of them behind `older`.

    The number of the last one, 0 where none was made.
    """
    for number, entry_ids in enumerate(closed, start=counter + 1):
        feed_entries.move_members(conn, key, entry_ids, document=number)
        feed_documents.save_documents(conn, key, [Document(number=number, older=older)])
        older = number
    return older if closed else 0


def read_batch(conn: Connection, publication: Publication, *, key: str) -> Batch | None:
    """Read what writing the next due documents takes; None where none is due."""
    catalogue = publication.publishing.catalogue
    documents = feed_documents.list_due(conn, key, take=BATCH)
    if not documents:
        return None
    members = {
        each.number: list_members(conn, key, document=each.number, catalogue=catalogue) for each in documents
    }
    live = (one for each in members.values() for one in each if one.live)
    return Batch(documents=documents, members=members, supply=read_supply(conn, publication, live))


def write_batch(publication: Publication, batch: Batch) -> Outcome:
    """Write archive documents. Raises StorageFull, TemplateFault."""
    pieces = render_supply(publication, batch.supply)
    renderings: dict[int, Rendering] = {}
    for each in batch.documents:
        members = batch.members[each.number]
        place = Place(number=each.number, older=each.older)
        room = room_for(publication, place, ())
        # The newest first, as in every document.
        shown = [
            fitting(pieces[one.entry_id], room, max_bytes=publication.feed.max_bytes)
            for one in reversed(members)
            if one.live
        ]
        sizes = [size for one in shown if (size := sizes_of(one))]
        taken = tuple(map(sum, zip(*sizes, strict=True))) if sizes else (0,) * len(room)
        tombs = sorted(
            (found for one in members if (found := tombstone(one))),
            key=lambda found: (found.at, found.id),
            reverse=True,
        )
        told = beside(publication, place, tombs, taken=taken)
        renderings[each.number] = render_document(publication.press, shown, place=place, tombstones=told)
    return _put(publication, renderings)


def compose_newest(publication: Publication, proof: Proof) -> Rendering:
    """Render the subscription document around its pieces. Raises TemplateFault."""
    draft, pieces = proof.draft, proof.pieces
    again = shown_again(publication, proof)
    live = [one for one in reversed(draft.step.members) if one.live]
    if again:
        live = sorted((*live, *again), key=lambda one: one.rank, reverse=True)
    return render_document(
        publication.press,
        [pieces[one.entry_id] for one in live],
        place=Place(older=draft.document.older),
        tombstones=draft.tombstones,
    )


def write_newest(publication: Publication, proof: Proof) -> Outcome:
    """Write the subscription document. Raises StorageFull, TemplateFault."""
    taken = proof.draft.step
    withdrawn = [one.entry_id for one in taken.members if not one.live]
    excused = [*withdrawn, *(one.entry_id for one in taken.leave)]
    return _put(publication, {0: compose_newest(publication, proof)}, excused=excused)


def _put(
    publication: Publication, renderings: Mapping[int, Rendering], *, excused: Sequence[str] = ()
) -> Outcome:
    quarantined = tuple(one for each in renderings.values() for one in each.quarantined)
    warnings = tuple(said for each in renderings.values() for one in each.shown for said in one.warnings)
    for number, rendering in renderings.items():
        held, gone = _held(publication, number, rendering, excused=excused)
        if held:
            return Outcome(held=held, gone=gone, quarantined=quarantined)
    files = {name: data for each in renderings.values() for name, data in each.files.items()}
    written = publish_files(publication.publishing.folder, files)
    return Outcome(
        entries={number: len(each.shown) for number, each in renderings.items()},
        written=written,
        unchanged=tuple(name for name in files if name not in written),
        quarantined=quarantined,
        warnings=warnings,
    )


def _held(
    publication: Publication, number: int, rendering: Rendering, *, excused: Sequence[str]
) -> tuple[str, Mapping[str, str]]:
    """Why a document must not take the place of the one that stands, and what would go from that."""
    if rendering.faults:
        return "; ".join(rendering.faults[:3]), {}
    if not rendering.quarantined or publication.accept:
        return "", {}
    # Only what cannot be published goes unseen by the guard of who enters and leaves.
    bad = {one.item_id for one in rendering.quarantined}
    shown = shown_in(publication, number)
    found = loss(shown, [entry_id for entry_id in shown if entry_id not in bad or entry_id in excused])
    return (reason(found, feed=publication.name), found.gone) if found.halves else ("", {})


def names(publication: Publication, numbers: Iterable[int]) -> list[str]:
    """The files of these documents."""
    return [file_name(publication.name, number, form) for number in numbers for form in FORMS]
