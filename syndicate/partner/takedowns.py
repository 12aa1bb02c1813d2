"""Who has an item, and who was told that it was withdrawn; for each partner, and with what to do about it.

That a withdrawal was fetched is what we know; that a partner took the item down is for the partner to say.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from syndicate.errors import NotFound
from syndicate.formats.html import truncate_words
from syndicate.model.catalogue import Catalogue
from syndicate.model.partner import Partner
from syndicate.store import partner_log, partner_receipts
from syndicate.store.connection import Connection
from syndicate.store.partner_receipts import Held, Receipt

TITLE_WORDS = 12
# Of withdrawn items without one being named.
TAKE = 200


class Standing(StrEnum):
    """How a partner stands to an item: the first three while it is live, the others once it is withdrawn."""

    NEVER = "never had it"
    CURRENT = "has the newest"
    OLDER = "has an older revision"
    OUTSTANDING = "has not fetched the withdrawal"
    GONE = "gone from its documents"
    TOLD = "fetched the withdrawal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is known of a partner and a withdrawn item besides the receipt.

    `gone_at` is when it last got a document that shows the item no more, `shown` whether one at its addresses
    still does. `behind` are those from which it last got a document with the item, as `english.rss`.
    """

    gone_at: datetime | None = None
    shown: bool = False
    behind: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerStanding:
    """A partner and an item. `revision` is the newest that it got, 0 for none; `got` is when.

    `told` is when it got the withdrawal, or the first document without the item. `last_fetch` is of anything.
    `behind` are the documents that it got last with the item still in them.
    """

    partner: str
    title: str
    standing: Standing
    revision: int = 0
    got: datetime | None = None
    told: datetime | None = None
    last_fetch: datetime | None = None
    behind: tuple[str, ...] = ()
    remedy: str = ""

    @property
    def needs_somebody(self) -> bool:
        """Whether the operator has something to do."""
        return self.standing in (Standing.OUTSTANDING, Standing.GONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemStanding:
    """An item, its newest revision, since when it is withdrawn (None while it is live), and the partners."""

    item_id: str
    headline: str
    revision: int
    withdrawn: datetime | None
    partners: tuple[PartnerStanding, ...]

    @property
    def needs_somebody(self) -> bool:
        """Whether the operator has something to do about one of the partners."""
        return any(one.needs_somebody for one in self.partners)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetches:
    """Of each partner, when it fetched anything last, and feed, format and content of what it got last."""

    last: Mapping[str, datetime]
    newest: Mapping[str, Sequence[tuple[str, str, str]]]


def list_takedowns(conn: Connection, catalogue: Catalogue) -> list[ItemStanding]:
    """The withdrawn items that a partner has or had, each with those partners.

    What needs somebody comes first, then the newest withdrawal.
    """
    found = partner_receipts.list_withdrawn(conn, take=TAKE)
    receipts = partner_receipts.list_receipts(conn, item_ids=[one.item_id for one in found])
    fetches = _fetches(conn)
    standings = [
        _standing(conn, catalogue, held, fetches=fetches, receipts={one.partner: one for one in mine})
        for held in found
        if (mine := [one for one in receipts if one.item_id == held.item_id])
    ]
    return sorted(standings, key=lambda one: not one.needs_somebody)


def find_standing(conn: Connection, catalogue: Catalogue, item_id: str) -> ItemStanding:
    """One item, live or withdrawn, with every partner there is. Raises NotFound."""
    held = partner_receipts.find_held(conn, item_id)
    if held is None:
        raise NotFound(f"there is no item {item_id}")
    had = {one.partner: one for one in partner_receipts.list_receipts(conn, item_ids=[item_id])}
    receipts: dict[str, Receipt | None] = dict.fromkeys(catalogue.partners)
    return _standing(conn, catalogue, held, fetches=_fetches(conn), receipts=receipts | had)


def decide(held: Held, receipt: Receipt | None, seen: Seen) -> Standing:
    """How a partner stands to an item."""
    if receipt is None:
        return Standing.NEVER
    if held.withdrawn is None:
        return Standing.CURRENT if receipt.revision >= held.revision else Standing.OLDER
    if receipt.withdrawal is not None and receipt.withdrawal >= held.withdrawn:
        return Standing.TOLD
    return Standing.GONE if seen.gone_at is not None else Standing.OUTSTANDING


def remedy(standing: Standing, seen: Seen, *, partner: str, contract: Partner | None) -> str:
    """What the operator can do about it, empty for nothing. Without a `contract` it gets nothing any more."""
    if contract is None:
        open_ = standing in (Standing.GONE, Standing.OUTSTANDING)
        return f"write to {partner}: without a contract it will fetch nothing any more" if open_ else ""
    write = f"write to {contract.contact or f'{partner}, and name its contact in [partners.{partner}]'}"
    if standing is Standing.GONE:
        return f"its format tells no withdrawal: {write}, or set keep_withdrawn in [partners.{partner}]"
    if standing is Standing.TOLD and seen.behind:
        which = " and ".join(seen.behind)
        return f"its last {which} still had the item; if another importer reads that, {write}"
    if standing is not Standing.OUTSTANDING:
        return ""
    if seen.shown:
        return f"its documents still show it: syndicate partner publish {partner}"
    return write


def _fetches(conn: Connection) -> Fetches:
    return Fetches(last=partner_log.last_uses(conn), newest=partner_receipts.list_newest(conn))


def _standing(
    conn: Connection,
    catalogue: Catalogue,
    held: Held,
    *,
    fetches: Fetches,
    receipts: Mapping[str, Receipt | None],
) -> ItemStanding:
    found = []
    for name, receipt in sorted(receipts.items()):
        seen = _look(conn, held, receipt, newest=fetches.newest.get(name, ()))
        one = _of_partner(held, receipt, seen, partner=name, catalogue=catalogue)
        found.append(replace(one, last_fetch=fetches.last.get(name)))
    # What needs somebody stands on top.
    found.sort(key=lambda one: not one.needs_somebody)
    return ItemStanding(
        item_id=held.item_id,
        headline=held.headline or truncate_words(held.opening, TITLE_WORDS),
        revision=held.revision,
        withdrawn=held.withdrawn,
        partners=tuple(found),
    )


def _look(
    conn: Connection, held: Held, receipt: Receipt | None, *, newest: Sequence[tuple[str, str, str]]
) -> Seen:
    if held.withdrawn is None or receipt is None:
        return Seen()
    partner, item_id = receipt.partner, held.item_id
    told = partner_receipts.list_revisions_told(conn, [content for *_, content in newest], item_id)
    live = {content for content, (_, gone) in told.items() if not gone}
    return Seen(
        gone_at=partner_receipts.first_without(conn, partner, item_id, since=held.withdrawn),
        shown=partner_receipts.is_shown(conn, partner, item_id),
        behind=tuple(f"{feed}.{form}" for feed, form, content in newest if content in live),
    )


def _of_partner(
    held: Held, receipt: Receipt | None, seen: Seen, *, partner: str, catalogue: Catalogue
) -> PartnerStanding:
    contract = catalogue.partners.get(partner)
    standing = decide(held, receipt, seen)
    return PartnerStanding(
        partner=partner,
        title=contract.title if contract else "",
        standing=standing,
        revision=receipt.revision if receipt else 0,
        got=receipt.got if receipt else None,
        told=receipt.withdrawal if receipt and standing is Standing.TOLD else seen.gone_at,
        behind=seen.behind,
        remedy=remedy(standing, seen, partner=partner, contract=contract),
    )
