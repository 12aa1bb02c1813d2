"""Subscriptions: subscriber × newsletter, pending → active → ended."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, case, delete, func, null, or_, select, update

from syndicate.model.segment import read_sections, written
from syndicate.model.subscriber import Consent, Subscription, SubscriptionState
from syndicate.store.departures import note_departure
from syndicate.store.dialect import insert
from syndicate.store.schema import subscriptions

KEYS = (subscriptions.c.subscriber_id, subscriptions.c.newsletter)
COLUMNS = (
    *KEYS,
    subscriptions.c.state,
    subscriptions.c.since,
    subscriptions.c.ended,
    subscriptions.c.consent_at,
    subscriptions.c.consent_source,
    subscriptions.c.consent_wording,
    subscriptions.c.sections,
)
# An ended one comes back only when it was asked for after its end: an old mail's link revives nothing.
AWAITING = or_(
    subscriptions.c.state == SubscriptionState.PENDING,
    and_(subscriptions.c.state == SubscriptionState.ENDED, subscriptions.c.requested > subscriptions.c.ended),
)


def request_subscription(conn: Connection, subscriber_id: int, newsletter: str, *, now: datetime) -> None:
    """A sign-up: pending when new; one that is there only remembers when it was last asked for."""
    row = {
        "subscriber_id": subscriber_id,
        "newsletter": newsletter,
        "state": SubscriptionState.PENDING.value,
        "since": now,
        "requested": now,
    }
    fresh = insert(conn, subscriptions).values(row)
    conn.execute(
        fresh.on_conflict_do_update(index_elements=KEYS, set_={"requested": fresh.excluded.requested})
    )


def list_awaiting(conn: Connection, subscriber_id: int) -> list[str]:
    """The newsletters that this person asked for and has yet to confirm, by name."""
    mine = and_(subscriptions.c.subscriber_id == subscriber_id, AWAITING)
    chosen = select(subscriptions.c.newsletter).where(mine).order_by(subscriptions.c.newsletter)
    return list(conn.execute(chosen).scalars())


def activate(conn: Connection, subscriber_id: int, newsletter: str, *, consent: Consent) -> None:
    """Make a subscription active, whatever it was; the consent replaces an older one."""
    values = {
        "state": SubscriptionState.ACTIVE.value,
        "since": consent.at,
        "requested": None,
        "ended": None,
        "ended_reason": "",
        "consent_at": consent.at,
        "consent_source": consent.source,
        "consent_wording": consent.wording,
    }
    fresh = insert(conn, subscriptions).values(subscriber_id=subscriber_id, newsletter=newsletter, **values)
    conn.execute(fresh.on_conflict_do_update(index_elements=KEYS, set_=values))


def end_subscription(
    conn: Connection, subscriber_id: int, newsletter: str, *, now: datetime, reason: str
) -> bool:
    """End a subscription; False when there was none to end. The first end's time and reason stay."""
    mine = update(subscriptions).where(
        subscriptions.c.subscriber_id == subscriber_id,
        subscriptions.c.newsletter == newsletter,
        or_(subscriptions.c.state != SubscriptionState.ENDED, subscriptions.c.requested.is_not(None)),
    )
    ended = mine.values(
        state=SubscriptionState.ENDED.value,
        requested=None,
        ended=func.coalesce(subscriptions.c.ended, now),
        ended_reason=case((subscriptions.c.ended.is_(null()), reason), else_=subscriptions.c.ended_reason),
    )
    if not conn.execute(ended).rowcount:
        return False
    note_departure(conn)
    return True


def set_sections(conn: Connection, subscriber_id: int, newsletter: str, *, sections: Collection[str]) -> None:
    """Keep which sections this person chose; none stands for all."""
    mine = and_(subscriptions.c.subscriber_id == subscriber_id, subscriptions.c.newsletter == newsletter)
    conn.execute(update(subscriptions).where(mine).values(sections=written(sections)))


def list_choices(conn: Connection) -> dict[int, dict[str, tuple[str, ...]]]:
    """Subscriber → newsletter → sections, of those who chose some."""
    chosen = select(*KEYS, subscriptions.c.sections).where(subscriptions.c.sections != "")
    found: dict[int, dict[str, tuple[str, ...]]] = {}
    for row in conn.execute(chosen.order_by(*KEYS)):
        found.setdefault(row.subscriber_id, {})[row.newsletter] = read_sections(row.sections)
    return found


def find_subscription(conn: Connection, subscriber_id: int, newsletter: str) -> Subscription | None:
    """One subscription."""
    mine = and_(subscriptions.c.subscriber_id == subscriber_id, subscriptions.c.newsletter == newsletter)
    row = conn.execute(select(*COLUMNS).where(mine)).first()
    return _subscription(row) if row else None


def list_subscriptions(conn: Connection, subscriber_id: int) -> list[Subscription]:
    """All of one person's, by newsletter."""
    mine = subscriptions.c.subscriber_id == subscriber_id
    rows = conn.execute(select(*COLUMNS).where(mine).order_by(subscriptions.c.newsletter))
    return [_subscription(row) for row in rows]


def count_subscriptions(conn: Connection, newsletter: str) -> dict[SubscriptionState, int]:
    """How many there are of each state."""
    counted = (
        select(subscriptions.c.state, func.count())
        .where(subscriptions.c.newsletter == newsletter)
        .group_by(subscriptions.c.state)
    )
    return {SubscriptionState(state): number for state, number in conn.execute(counted)}


def delete_unconfirmed(conn: Connection, before: datetime) -> int:
    """Remove what was asked for before then and never confirmed; an ended one stays, no longer asked for."""
    late = subscriptions.c.requested < before
    conn.execute(
        update(subscriptions)
        .where(subscriptions.c.state != SubscriptionState.PENDING, late)
        .values(requested=None)
    )
    pending = subscriptions.c.state == SubscriptionState.PENDING
    return conn.execute(delete(subscriptions).where(pending, late)).rowcount


def _subscription(row: Any) -> Subscription:
    consent = None
    if row.consent_at is not None:
        consent = Consent(at=row.consent_at, source=row.consent_source, wording=row.consent_wording)
    return Subscription(
        subscriber_id=row.subscriber_id,
        newsletter=row.newsletter,
        state=SubscriptionState(row.state),
        since=row.since,
        consent=consent,
        ended=row.ended,
        sections=read_sections(row.sections),
    )
