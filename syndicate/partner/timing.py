"""When a contract lets an item go, and when it has to leave again. Never early: doubt counts as later."""

from datetime import datetime, timedelta

from syndicate.model.item import Item
from syndicate.model.partner import Partner

# A day that a page states begins at UTC+14 and ends at UTC-12: noon of the next day in UTC.
END_OF_DAY = timedelta(hours=36)


def latest_publication(item: Item) -> datetime:
    """The latest moment at which the item can have been published.

    What was collected had been published, so that a day alone, or no date at all, ends there.
    """
    published, seen = item.content.published, item.not_after or item.collected
    if published is None:
        return min(seen, item.collected)
    if not published.day_only:
        return published.utc
    return max(published.utc, min(published.utc + END_OF_DAY, seen, item.collected))


def delay_of(item: Item, partner: Partner) -> timedelta:
    """How long the contract holds it back: the longer of its general delay and that of the item's section."""
    section = folded(item.content.section)
    own = [delay for name, delay in partner.embargoes.items() if folded(name) == section]
    return max([partner.embargo, *own])


def released_at(item: Item, partner: Partner, *, held_until: datetime | None) -> datetime:
    """When every embargo on the item is over: the contract's, and the operator's on this very item."""
    by_contract = latest_publication(item) + delay_of(item, partner)
    return by_contract if held_until is None else max(by_contract, held_until)


def aged_at(item: Item, limit: timedelta) -> datetime | None:
    """When the item is as old as the limit, None where its date is unknown."""
    published = item.content.published
    return None if published is None else published.utc + limit


def folded(text: str) -> str:
    """A section's name for comparison."""
    return " ".join(text.split()).casefold()
