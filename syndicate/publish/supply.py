"""The pieces that a document takes: those kept from before, and the items of which the rest is rendered."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass

from syndicate.model.feed import Tombstone
from syndicate.model.item import Item
from syndicate.publish.pieces import Piece, render_piece
from syndicate.publish.publishing import Publication
from syndicate.store.connection import Connection
from syndicate.store.feed_entries import Member
from syndicate.store.items import list_by_ids


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """Pieces by entry id, and what is to be rendered yet."""

    found: Mapping[str, Piece]
    missing: tuple[tuple[Member, Item], ...] = ()


def read_supply(conn: Connection, publication: Publication, members: Iterable[Member]) -> Supply:
    """Look for the pieces of these entries, and read the items of which there are none."""
    every = list(members)
    print_ = publication.prints.entries
    pieces = publication.publishing.pieces.find([_key(print_, one) for one in every])
    found = {one.entry_id: piece for one, piece in zip(every, pieces, strict=True) if piece is not None}
    if len(found) == len(every):
        return Supply(found=found)
    wanted = [one for one, piece in zip(every, pieces, strict=True) if piece is None]
    items = {item.id: item for item in list_by_ids(conn, list({one.item_id for one in wanted}))}
    return Supply(found=found, missing=tuple((one, items[one.item_id]) for one in wanted))


def render_supply(publication: Publication, supply: Supply) -> dict[str, Piece]:
    """All pieces by entry id; what was rendered is kept for the next time. Raises TemplateFault."""
    publishing = publication.publishing
    pieces = dict(supply.found)
    for one, item in supply.missing:
        piece = render_piece(
            item,
            entry_id=one.entry_id,
            replayed=one.replayed,
            catalogue=publishing.catalogue,
            templates=publishing.templates,
        )
        publishing.pieces.keep(_key(publication.prints.entries, one._replace(stamp=item.stamp)), piece)
        pieces[one.entry_id] = piece
    return pieces


def tombstone(member: Member) -> Tombstone | None:
    """What is told of a withdrawn entry."""
    if member.live or member.withdrawn is None:
        return None
    return Tombstone(
        id=f"urn:uuid:{member.entry_id}",
        at=member.withdrawn,
        note=member.withdrawn_note,
        item_id=member.item_id,
    )


def _key(print_: str, member: Member) -> Hashable:
    # The item's stamp counts every change of it that an output may show, and its own id is an entry's too.
    return print_, member.entry_id, member.stamp
