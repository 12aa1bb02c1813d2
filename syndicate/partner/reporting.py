"""What a contract does, for the operator: what is withheld and why, and what publishing would change."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from syndicate.errors import NotFound
from syndicate.formats.html import truncate_words
from syndicate.model.catalogue import Catalogue
from syndicate.model.item import Item
from syndicate.model.partner import Partner, Profile
from syndicate.partner.choosing import Chosen, choose, decide_entry
from syndicate.partner.contracts import Released, Withheld
from syndicate.partner.documents import Documents, Written, render
from syndicate.partner.partnering import Partnering, find_contract, find_partner
from syndicate.partner.publishing import hold_reason
from syndicate.partner.rules import Reason
from syndicate.partner.terms import Contract, contract_urls
from syndicate.store import partner_feeds
from syndicate.store.connection import Connection
from syndicate.store.items import find_item, list_by_ids
from syndicate.store.partner_feeds import EVERYBODY, Given, PartnerFeed


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """An item in a partner's feed: released, or withheld for these reasons; `shown` where it stands there."""

    feed: str
    item_id: str
    title: str
    released: bool
    shown: bool = False
    reasons: tuple[Reason, ...] = ()


class Effect(StrEnum):
    """What publishing would do to an entry; `expired` and `withheld` take it away with a reason.

    `withheld` is one that stands in the document now; what was out of it and stays so is no change.
    """

    ADDED = "added"
    CHANGED = "changed"
    EXPIRED = "expired"
    WITHHELD = "withheld"
    GONE = "gone"


# What stands in the document afterwards.
STANDING = {Effect.ADDED, Effect.CHANGED, Effect.EXPIRED}
TITLE_WORDS = 12
# Whoever only looks gives no feed its id; no entry depends on it.
NO_FEED = str(UUID(int=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One entry that would look otherwise."""

    effect: Effect
    item_id: str
    title: str
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedStanding:
    """How a partner's feed stands. `due` is when time alone changes it; no token stands in the `urls`."""

    feed: str
    entries: int
    published: datetime | None
    due: datetime | None
    held: str
    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerStanding:
    """A partner and its feeds."""

    name: str
    title: str
    profile: Profile
    feeds: tuple[FeedStanding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Restraint:
    """An item that the operator holds back from a partner, or from all where `partner` is empty."""

    item_id: str
    title: str
    partner: str
    until: datetime
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What publishing a partner's feed now would change; `unchanged` entries stay as they are.

    `withheld` counts what the contract keeps out in all, `left_out` what has no room; of both, what stands
    in the document now is among the `changes` too. `held` is why it would not be
    published, empty if it would.
    """

    partner: str
    feed: str
    changes: tuple[Change, ...]
    unchanged: int
    withheld: int
    left_out: int
    held: str = ""


async def explain_withheld(
    partnering: Partnering, partner: str, *, feed: str = "", item_id: str = ""
) -> list[Explained]:
    """What the contract keeps out of a partner's feeds, and why; of one item, also that it goes out.

    Computed now, by the same decision as a publication's. Raises NotFound.
    """
    contract = find_partner(partnering.catalogue, partner)
    if feed:
        find_contract(partnering.catalogue, partner, feed)
    found: list[Explained] = []
    for name in (feed,) if feed else contract.feeds:
        bound = Contract(
            partner=contract, feed=partnering.catalogue.feeds[name], catalogue=partnering.catalogue
        )
        chosen = await partnering.db.read(choose, bound, now=partnering.now())
        documents = render(bound, chosen, feed_id=NO_FEED)
        kept_out = (*chosen.withheld, *documents.withheld, *documents.crowded)
        if item_id:
            found += await partnering.db.read(
                _explain_item, bound, item_id, kept_out=kept_out, now=partnering.now()
            )
        else:
            found += [_explained(name, one) for one in kept_out]
    if item_id and not found:
        raise NotFound(
            f"item {item_id} is no entry of {feed or ', '.join(contract.feeds)}: no rule of a feed takes it"
        )
    return found


async def preview(
    partnering: Partnering, partner: str, feed: str, *, catalogue: Catalogue | None = None
) -> Preview:
    """What publishing would change now, also under the contract of another `catalogue`. Raises NotFound."""
    seen = catalogue or partnering.catalogue
    found, its_feed = find_contract(seen, partner, feed)
    contract = Contract(partner=found, feed=its_feed, catalogue=seen)
    chosen = await partnering.db.read(choose, contract, now=partnering.now())
    documents = render(contract, chosen, feed_id=NO_FEED)
    shown = await partnering.db.read(partner_feeds.list_shown, partner, feed)
    changes = compare(chosen, documents, shown)
    gone = [change.item_id for change in changes if change.effect is Effect.GONE]
    titles = {item.id: _title(item) for item in await partnering.db.read(list_by_ids, gone)}
    return Preview(
        partner=partner,
        feed=feed,
        changes=tuple(replace(one, title=titles.get(one.item_id, one.title)) for one in changes),
        unchanged=len(documents.written) - sum(change.effect in STANDING for change in changes),
        withheld=len(chosen.withheld) + len(documents.withheld),
        left_out=len(documents.crowded),
        held=hold_reason(contract, chosen, documents, shown=shown, accept=False),
    )


def compare(chosen: Chosen, documents: Documents, shown: dict[str, Given]) -> list[Change]:
    """What differs from what the partner's document shows now; pure."""
    changes = [change for one in documents.written if (change := _changed(one, shown))]
    standing = {one.released.item.id for one in documents.written}
    withheld = {one.item.id: one for one in (*chosen.withheld, *documents.withheld, *documents.crowded)}
    for item_id in shown:
        if item_id in standing:
            continue
        if item_id in withheld:
            one = withheld[item_id]
            changes.append(
                Change(effect=Effect.WITHHELD, item_id=item_id, title=one.title, reasons=one.reasons)
            )
        else:
            changes.append(Change(effect=Effect.GONE, item_id=item_id, title=""))
    return changes


async def list_standings(partnering: Partnering) -> list[PartnerStanding]:
    """How the feeds of every configured partner stand."""
    rows = await partnering.db.read(partner_feeds.list_partner_feeds)
    known = {(one.partner, one.feed): one for one in rows}
    catalogue = partnering.catalogue
    return [
        PartnerStanding(
            name=one.name,
            title=one.title,
            profile=one.profile,
            feeds=tuple(_standing(catalogue, one, feed, known.get((one.name, feed))) for feed in one.feeds),
        )
        for one in catalogue.partners.values()
    ]


async def list_restraints(partnering: Partnering, partner: str) -> list[Restraint]:
    """The operator's embargoes that hold items back from the partner now, the first to end first."""
    wanted = (EVERYBODY, partner)
    held = await partnering.db.read(partner_feeds.list_standing, wanted, now=partnering.now())
    items = await partnering.db.read(list_by_ids, sorted({one.item_id for one in held}))
    titles = {item.id: _title(item) for item in items}
    return [
        Restraint(
            item_id=one.item_id,
            title=titles.get(one.item_id, ""),
            partner=one.partner,
            until=one.until,
            remedy=lifting(one.item_id, one.partner),
        )
        for one in held
    ]


def lifting(item_id: str, partner: str) -> str:
    """The command that takes an embargo away."""
    return f"syndicate partner embargo {item_id} --lift" + (f" --partner {partner}" if partner else "")


def _standing(catalogue: Catalogue, partner: Partner, feed: str, state: PartnerFeed | None) -> FeedStanding:
    contract = Contract(partner=partner, feed=catalogue.feeds[feed], catalogue=catalogue)
    found = state or PartnerFeed(partner=partner.name, feed=feed)
    return FeedStanding(
        feed=feed,
        entries=found.entries,
        published=found.published,
        due=found.due,
        held=found.held,
        urls=tuple(contract_urls(contract).values()),
    )


def _explain_item(
    conn: Connection, contract: Contract, item_id: str, *, kept_out: Sequence[Withheld], now: datetime
) -> list[Explained]:
    standing = partner_feeds.list_shown(conn, contract.partner.name, contract.feed.name).get(item_id)
    shown = standing is not None and not standing.withdrawn
    held = partner_feeds.find_embargoes(conn, contract.partner.name, ids=[item_id])
    if find_item(conn, item_id) is None:
        raise NotFound(f"there is no item {item_id}")
    entries = partner_feeds.find_entries(conn, contract.feed.name, item_id)
    # An old one may have stood beyond what publishing looks at; the contract has a word on it all the same.
    decided: list[Released | Withheld] = [one for one in kept_out if one.item.id == item_id]
    decided = decided or [
        decide_entry(one, contract, held_until=held.get(item_id), now=now) for one in entries
    ]
    return [_explained(contract.feed.name, one, shown=shown) for one in decided]


def _explained(feed: str, one: Released | Withheld, *, shown: bool = False) -> Explained:
    return Explained(
        feed=feed,
        item_id=one.item.id,
        title=one.title if isinstance(one, Withheld) else one.view.title,
        released=not isinstance(one, Withheld),
        shown=shown,
        reasons=one.reasons if isinstance(one, Withheld) else (),
    )


def _changed(one: Written, shown: dict[str, Given]) -> Change | None:
    item, before = one.released.item, shown.get(one.released.item.id)
    if before is None:
        effect = Effect.EXPIRED if one.expired else Effect.ADDED
    elif before.fingerprint == one.fingerprint:
        return None
    else:
        effect = Effect.EXPIRED if one.expired and not before.withdrawn else Effect.CHANGED
    return Change(effect=effect, item_id=item.id, title=_title(item))


def _title(item: Item) -> str:
    return item.content.headline or truncate_words(item.content.body_text, TITLE_WORDS)
