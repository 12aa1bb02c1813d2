"""What partners use: how often and how much they fetch, and how far behind the newest documents they are."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from syndicate.model.catalogue import Catalogue
from syndicate.store import partner_log, partner_receipts
from syndicate.store.connection import Connection
from syndicate.store.partner_log import Handed, Use
from syndicate.store.partner_receipts import Document


class By(StrEnum):
    """What usage is summed up by."""

    DAY = "day"
    FEED = "feed"
    FORMAT = "format"


KEYS: dict[By, Callable[[Use], str]] = {
    By.DAY: lambda use: use.day,
    By.FEED: lambda use: use.feed,
    By.FORMAT: lambda use: use.form,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageLine:
    """What a partner used of one feed or format, or on one day (`key`).

    `requests` counts the answered ones, `unchanged` those of them with 304, `refused` others. `size` is in
    bytes. An empty `partner` stands for callers that named none there is.
    """

    partner: str
    key: str
    requests: int = 0
    unchanged: int = 0
    pushed: int = 0
    refused: int = 0
    size: int = 0
    last: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressStanding:
    """How a partner stands to one of its documents.

    `requests` were answered, `unchanged` of them with 304, and `size` bytes sent. `last` is when it last got
    the document, or was told that it has the newest. `behind_since` is since when there is a newer one, None
    for who has the newest, or has had nothing. `item_id` and `revision` are what of it the partner got last.
    """

    partner: str
    feed: str
    form: str
    requests: int = 0
    unchanged: int = 0
    pushed: int = 0
    size: int = 0
    last: datetime | None = None
    behind_since: datetime | None = None
    item_id: str = ""
    revision: int = 0


def sum_up(uses: Iterable[Use], by: By) -> list[UsageLine]:
    """Usage by partner and feed, format or day, in the order of these."""
    found: dict[tuple[str, str], UsageLine] = {}
    for use in uses:
        place = (use.partner, KEYS[by](use))
        line = found.get(place) or UsageLine(partner=place[0], key=place[1])
        found[place] = _added(line, use)
    return [found[place] for place in sorted(found)]


def list_usage(conn: Connection, by: By, *, since: str, partner: str = "") -> list[UsageLine]:
    """What one partner or all of them used since a day (`2026-03-01`, UTC)."""
    return sum_up(partner_log.list_uses(conn, partner, since=since), by)


def list_addresses(
    conn: Connection, catalogue: Catalogue, *, since: str, partner: str = ""
) -> list[AddressStanding]:
    """How partners, or one of them, stand to each document that is published; counted since a day."""
    uses = partner_log.list_uses(conn, partner, since=since)
    documents = partner_receipts.list_documents(conn)
    wanted = [one for one in documents if one.partner in catalogue.partners and partner in ("", one.partner)]
    return [_counted(_address(conn, one), uses) for one in wanted]


def _counted(address: AddressStanding, uses: Iterable[Use]) -> AddressStanding:
    place = (address.partner, address.feed, address.form)
    mine = [use for use in uses if (use.partner, use.feed, use.form) == place]
    return replace(
        address,
        requests=sum(use.fetched + use.unchanged for use in mine),
        unchanged=sum(use.unchanged for use in mine),
        pushed=sum(use.pushed for use in mine),
        size=sum(use.size for use in mine),
    )


def _address(conn: Connection, document: Document) -> AddressStanding:
    held = partner_log.find_held(conn, document.partner, document.feed, document.form)
    found = AddressStanding(partner=document.partner, feed=document.feed, form=document.form)
    if held is None:
        return found
    newest = partner_receipts.newest_receipt(conn, document.partner, held.content)
    return replace(
        found,
        last=held.at,
        behind_since=behind_since(document, held),
        item_id=newest.item_id if newest else "",
        revision=newest.revision if newest else 0,
    )


def behind_since(document: Document, held: Handed) -> datetime | None:
    """Since when there is something newer than what a partner holds."""
    return None if held.content == document.content else document.made


def _added(line: UsageLine, use: Use) -> UsageLine:
    ends = [at for at in (line.last, use.last) if at is not None]
    return replace(
        line,
        requests=line.requests + use.fetched + use.unchanged,
        unchanged=line.unchanged + use.unchanged,
        pushed=line.pushed + use.pushed,
        refused=line.refused + use.refused,
        size=line.size + use.size,
        last=max(ends, default=None),
    )
