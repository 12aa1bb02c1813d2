"""The operator's embargoes: an item held back from one partner or all, until a moment, or no longer."""

from dataclasses import dataclass, replace
from datetime import datetime

from syndicate.errors import NotFound, OwnFault
from syndicate.formats.html import truncate_words
from syndicate.model.job import Job
from syndicate.partner.partnering import Partnering, find_partner
from syndicate.publish.follow_ups import partner_job
from syndicate.store import partner_feeds
from syndicate.store.connection import Connection
from syndicate.store.items import find_item
from syndicate.store.partner_feeds import EVERYBODY, Embargo

TITLE_WORDS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Restrained:
    """The embargoes that stand on an item, and the jobs that put them into effect."""

    item_id: str
    title: str
    embargoes: tuple[Embargo, ...] = ()
    jobs: tuple[Job, ...] = ()
    changed: bool = True


async def hold_item(
    partnering: Partnering, item_id: str, *, until: datetime, partner: str = EVERYBODY
) -> Restrained:
    """Hold an item back from a partner, or from all of them; what stands in their feeds goes at once.

    Raises NotFound, and OwnFault for a moment that is past.
    """
    if until <= partnering.now():
        raise OwnFault(f"{until:%Y-%m-%d %H:%M} UTC is past; an embargo ends in the future, or use --lift")
    return await partnering.db.write(_hold, partnering, item_id, partner, until)


async def lift_item(partnering: Partnering, item_id: str, *, partner: str = EVERYBODY) -> Restrained:
    """Take the operator's embargo from an item: the one for a partner, or all that there are.

    A contract's own stays. Raises NotFound.
    """
    return await partnering.db.write(_lift, partnering, item_id, partner)


def jobs_of(partnering: Partnering, partner: str = EVERYBODY) -> tuple[Job, ...]:
    """The jobs that publish the feeds of a partner, or of all. Raises NotFound."""
    partners = partnering.catalogue.partners
    chosen = [find_partner(partnering.catalogue, partner)] if partner else partners.values()
    return tuple(partner_job(one.name, feed) for one in chosen for feed in one.feeds)


def enqueue_due(conn: Connection, partnering: Partnering) -> int:
    """Make a job of every feed that time has changed: an embargo ended, an age is reached; how many."""
    partners = partnering.catalogue.partners
    due = [
        (name, feed)
        for name, feed in partner_feeds.list_due(conn, partnering.now())
        if name in partners and feed in partners[name].feeds
    ]
    for name, feed in due:
        partnering.enqueue(conn, partner_job(name, feed))
    return len(due)


def _hold(
    conn: Connection, partnering: Partnering, item_id: str, partner: str, until: datetime
) -> Restrained:
    title, jobs = _title(conn, item_id), jobs_of(partnering, partner)
    partner_feeds.save_embargo(conn, item_id, partner=partner, until=until)
    return _held(conn, partnering, Restrained(item_id=item_id, title=title, jobs=jobs))


def _lift(conn: Connection, partnering: Partnering, item_id: str, partner: str) -> Restrained:
    title, jobs = _title(conn, item_id), jobs_of(partnering, partner)
    lifted = partner_feeds.delete_embargoes(conn, item_id, partner=partner)
    effect = Restrained(item_id=item_id, title=title, jobs=jobs if lifted else (), changed=lifted)
    return _held(conn, partnering, effect)


def _held(conn: Connection, partnering: Partnering, effect: Restrained) -> Restrained:
    for job in effect.jobs:
        partnering.enqueue(conn, job)
    return replace(effect, embargoes=tuple(partner_feeds.list_embargoes(conn, effect.item_id)))


def _title(conn: Connection, item_id: str) -> str:
    item = find_item(conn, item_id)
    if item is None:
        raise NotFound(f"there is no item {item_id}")
    return item.content.headline or truncate_words(item.content.body_text, TITLE_WORDS)
