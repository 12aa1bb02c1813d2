"""What a contract makes of a feed at one moment: what goes out, what stays out and why, what has expired."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from syndicate.model.feed import Tombstone
from syndicate.model.item import Item, ItemState
from syndicate.partner.contracts import Released, Withheld, decide
from syndicate.partner.rules import EVERY_CONTRACT, Case, Reason
from syndicate.partner.terms import Contract, allowed_of, contract_view, expired_entry
from syndicate.partner.timing import aged_at
from syndicate.publish.views import replay_view
from syndicate.store import partner_feeds
from syndicate.store.connection import Connection
from syndicate.store.feed_entries import Entry

# How long a withdrawal is told to who was given the item, as in public feeds.
TOLD = timedelta(days=90)
# How long a corrected entry stands in the document again, though newer ones have taken its place.
SHOWN_AGAIN = timedelta(days=30)
# The oldest entries that are looked at for one document: a contract may withhold nearly all.
SCANNED = 2_000
# What a value that nobody can say makes the views raise.
UNREADABLE = (ValueError, TypeError, OverflowError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """`released` stand in the document's order. `due` is when time alone changes this, None for never.

    `withdrawn` are the expired entries, `buried` the items that tombstones alone tell of.
    """

    released: tuple[Released, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    withdrawn: tuple[Released, ...] = ()
    buried: tuple[Item, ...] = ()
    tombstones: tuple[Tombstone, ...] = ()
    due: datetime | None = None

    @property
    def decided(self) -> frozenset[str]:
        """The ids of all items that the contract was asked about."""
        released = {one.item.id for one in self.released}
        return frozenset(released | {one.item.id for one in self.withheld})

    @property
    def gone(self) -> tuple[Item, ...]:
        """Everything that was withdrawn."""
        return (*(one.item for one in self.withdrawn), *self.buried)


def choose(conn: Connection, contract: Contract, *, now: datetime) -> Chosen:
    """Decide on the newest entries of the feed until the document is full, and on what was given before."""
    name, feed = contract.partner.name, contract.feed.name
    since = now - max(TOLD, contract.partner.keep_withdrawn)
    touched = partner_feeds.list_touched(conn, name, feed, since=since)
    decided = _newest(conn, contract, now=now)
    known = {one.item.id for one in decided}
    again = [item.id for item in touched if _corrected_lately(item, now) and item.id not in known]
    # As the feed holds it, under the same ids; what left the feed comes back by no correction.
    entries = [entry for item_id in again for entry in partner_feeds.find_entries(conn, feed, item_id)]
    decided += _decisions(conn, contract, entries, now=now)
    released = [one for one in decided if isinstance(one, Released)]
    withheld = [one for one in decided if isinstance(one, Withheld)]
    gone = [item for item in touched if item.state is ItemState.WITHDRAWN]
    kept = [item for item in gone if _kept_until(item, contract) > now]
    buried = [item for item in gone if item not in kept]
    names = partner_feeds.list_entry_ids(conn, feed, ids=[item.id for item in gone])
    return Chosen(
        released=tuple(sorted(released, key=lambda one: _rank(one, contract), reverse=True)),
        withheld=tuple(withheld),
        withdrawn=tuple(_expired(item, urn, contract) for item in kept for urn in _urns(item, names)),
        buried=tuple(buried),
        tombstones=tuple(_tombstone(item, urn) for item in buried for urn in _urns(item, names)),
        due=_due(released, withheld, kept, contract, now=now),
    )


def _newest(conn: Connection, contract: Contract, *, now: datetime) -> list[Released | Withheld]:
    """Decisions on the newest entries, as many as it takes to fill the document."""
    decided: list[Released | Withheld] = []
    for entries in partner_feeds.newest_entries(conn, contract.feed.name):
        decided += _decisions(conn, contract, entries, now=now)
        if len(decided) >= SCANNED or _count(decided) >= contract.take:
            break
    return _full(decided, contract.take)


def _decisions(
    conn: Connection, contract: Contract, entries: Sequence[Entry], *, now: datetime
) -> list[Released | Withheld]:
    ids = [entry.item.id for entry in entries]
    held = partner_feeds.find_embargoes(conn, contract.partner.name, ids=ids)
    return [decide_entry(entry, contract, held_until=held.get(entry.item.id), now=now) for entry in entries]


def decide_entry(
    entry: Entry, contract: Contract, *, held_until: datetime | None, now: datetime
) -> Released | Withheld:
    """The contract's word on one entry of its feed; one that cannot be read at all is withheld."""
    item = entry.item
    try:
        view = contract_view(item, contract)
        if entry.replayed is not None:
            view = replay_view(view, entry_id=f"urn:uuid:{entry.entry_id}", replayed=entry.replayed)
        return decide(
            Case(
                item=item,
                partner=contract.partner,
                feed=contract.feed,
                view=view,
                allowed=allowed_of(item, contract),
                now=now,
                held_until=held_until,
            )
        )
    except UNREADABLE as error:
        return unwritable(item, f"{type(error).__name__}: {error}")


def unwritable(item: Item, why: str) -> Withheld:
    """An item that no document can hold."""
    reason = Reason(rule="publishable", why=why, remedy="mend what its source brought", spec=EVERY_CONTRACT)
    return Withheld(item=item, title=item.content.headline or item.id, reasons=(reason,))


def _full(decided: list[Released | Withheld], take: int) -> list[Released | Withheld]:
    """The decisions up to the last one that still has a place."""
    count = 0
    for place, one in enumerate(decided):
        count += isinstance(one, Released)
        if count == take:
            return decided[: place + 1]
    return decided


def _count(decided: Sequence[Released | Withheld]) -> int:
    return sum(isinstance(one, Released) for one in decided)


def _corrected_lately(item: Item, now: datetime) -> bool:
    correction = item.correction
    return item.state is ItemState.LIVE and correction is not None and correction.at >= now - SHOWN_AGAIN


def _kept_until(item: Item, contract: Contract) -> datetime:
    assert item.withdrawn is not None
    return item.withdrawn + contract.partner.keep_withdrawn


def _urns(item: Item, names: Mapping[str, list[str]]) -> list[str]:
    """What the partner knows it by: each replay has an id of its own."""
    return [f"urn:uuid:{entry_id}" for entry_id in names.get(item.id, [item.id])]


def _expired(item: Item, urn: str, contract: Contract) -> Released:
    assert item.withdrawn is not None
    return Released(item=item, view=replace(expired_entry(item, contract, at=item.withdrawn), id=urn))


def _tombstone(item: Item, urn: str) -> Tombstone:
    assert item.withdrawn is not None
    return Tombstone(id=urn, at=item.withdrawn, note=item.withdrawn_note, item_id=item.id)


def _rank(one: Released, contract: Contract) -> tuple[bool, datetime, str]:
    # As in the public feed: what is archived and undated comes last, since it was only collected lately.
    item, published = one.item, one.view.published
    archived = contract.catalogue.is_archived(item.provenance, stated=item.archived)
    return published is not None or not archived, published.utc if published else item.collected, one.view.id


def _due(
    released: Sequence[Released],
    withheld: Sequence[Withheld],
    kept: Sequence[Item],
    contract: Contract,
    *,
    now: datetime,
) -> datetime | None:
    """When the next embargo ends, the next entry is too old, or the next expired entry leaves."""
    moments = [moment for one in withheld if (moment := _freed_at(one)) is not None]
    moments += [_kept_until(item, contract) for item in kept]
    limits = [limit for limit in (contract.partner.max_age, contract.terms.max_age) if limit is not None]
    moments += [
        aged for one in released for limit in limits if (aged := aged_at(one.item, limit)) is not None
    ]
    return min((moment for moment in moments if moment > now), default=None)


def _freed_at(one: Withheld) -> datetime | None:
    moments = [reason.until for reason in one.reasons if reason.until is not None]
    # With a reason that time does not take away, it stays out whatever ends.
    return max(moments) if len(moments) == len(one.reasons) else None
