"""Deliveries, keyed (issue, subscriber): made for an issue, marked as leased, and what became of each."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    Select,
    Update,
    and_,
    bindparam,
    distinct,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    update,
)

from syndicate.model.delivery import DeliveryState, Outcome, Recipient
from syndicate.model.subscriber import SubscriptionState
from syndicate.store.attempts import add_attempts, correct_attempts
from syndicate.store.schema import deliveries, issues, subscribers, subscriptions

REPLY_LENGTH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Somebody whose delivery is due. `address` is empty for a person who was forgotten meanwhile."""

    subscriber_id: int
    address: str
    address_key: str
    name: str
    attempt: int
    was_unknown: bool
    subscribed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRecord:
    """What happened to one issue for one person."""

    issue_id: int
    subscriber_id: int
    state: DeliveryState
    attempt: int
    was_unknown: bool
    changed: datetime | None
    next_attempt: datetime | None
    code: int
    reply: str
    relay: str


def create_deliveries(conn: Connection, issue_id: int, *, newsletter: str, batch: int) -> int:
    """One queued delivery for each active subscription, `batch` of them to a batch; how many there are."""
    place = (func.row_number().over(order_by=subscriptions.c.subscriber_id) - 1) // batch
    active = (
        select(
            literal(issue_id),
            subscriptions.c.subscriber_id,
            place,
            literal(DeliveryState.QUEUED.value),
            *(literal(value) for value in (0, False, 0, "", "")),
        )
        .where(
            subscriptions.c.newsletter == newsletter, subscriptions.c.state == SubscriptionState.ACTIVE.value
        )
        .order_by(subscriptions.c.subscriber_id)
    )
    into = ("issue_id", "subscriber_id", "batch", "state", "attempt", "was_unknown", "code", "reply", "relay")
    conn.execute(insert(deliveries).from_select(into, active))
    made = select(func.count()).select_from(deliveries).where(deliveries.c.issue_id == issue_id)
    return conn.scalars(made).one()


def count_batches(conn: Connection, issue_id: int) -> int:
    """How many batches an issue's deliveries fall into."""
    numbers = select(func.count(distinct(deliveries.c.batch))).where(deliveries.c.issue_id == issue_id)
    return conn.scalars(numbers).one()


def list_candidates(
    conn: Connection, issue_id: int, *, batch: int, now: datetime, limit: int
) -> list[Candidate]:
    """Whoever in this batch waits and is due, at most `limit`; their rows are locked."""
    later = deliveries.c.state.in_((DeliveryState.DEFERRED, DeliveryState.UNKNOWN))
    free = and_(deliveries.c.state == DeliveryState.QUEUED, deliveries.c.next_attempt.is_(None))
    paced = deliveries.c.state == DeliveryState.QUEUED
    due = or_(free, and_(or_(later, paced), deliveries.c.next_attempt <= now))
    waiting = _with_people(issue_id).where(deliveries.c.batch == batch, due)
    rows = conn.execute(
        waiting.order_by(deliveries.c.subscriber_id).limit(limit).with_for_update(of=deliveries)
    )
    return [_candidate(row) for row in rows]


def list_leased(
    conn: Connection, issue_id: int, *, batch: int, among: Collection[int] | None = None
) -> list[Candidate]:
    """Whoever in this batch is marked as leased, or those of them `among` the given."""
    leased = _with_people(issue_id).where(
        deliveries.c.batch == batch, deliveries.c.state == DeliveryState.LEASED
    )
    if among is not None:
        leased = leased.where(deliveries.c.subscriber_id.in_(list(among)))
    return [_candidate(row) for row in conn.execute(leased.order_by(deliveries.c.subscriber_id))]


def mark_leased(
    conn: Connection, issue_id: int, candidates: Sequence[Candidate], *, now: datetime
) -> list[Recipient]:
    """The durable intent: from here to an outcome, these messages count as in flight."""
    if candidates:
        chosen = deliveries.c.subscriber_id.in_([candidate.subscriber_id for candidate in candidates])
        conn.execute(
            update(deliveries)
            .where(deliveries.c.issue_id == issue_id, chosen)
            .values(
                state=DeliveryState.LEASED,
                attempt=deliveries.c.attempt + 1,
                next_attempt=None,
                changed=now,
            )
        )
    return [
        Recipient(
            subscriber_id=candidate.subscriber_id,
            address=candidate.address,
            name=candidate.name,
            attempt=candidate.attempt + 1,
            was_unknown=candidate.was_unknown,
        )
        for candidate in candidates
    ]


def mark_left(conn: Connection, issue_id: int, fates: Mapping[int, DeliveryState], *, now: datetime) -> None:
    """Record who is not written to after all: skipped or suppressed."""
    for state in set(fates.values()):
        chosen = [subscriber_id for subscriber_id, fate in fates.items() if fate == state]
        gone = update(deliveries).where(
            deliveries.c.issue_id == issue_id, deliveries.c.subscriber_id.in_(chosen)
        )
        conn.execute(gone.values(state=state, changed=now, next_attempt=None))


def record_outcomes(conn: Connection, issue_id: int, outcomes: Sequence[Outcome]) -> None:
    """Record what the relay said of leased deliveries. One that is no longer leased keeps its state."""
    for unknown in (False, True):
        rows = [
            _values(outcome) for outcome in outcomes if (outcome.state == DeliveryState.UNKNOWN) == unknown
        ]
        if rows:
            conn.execute(_marking(issue_id, unknown), rows)
    add_attempts(conn, issue_id, outcomes)


def record_late(conn: Connection, issue_id: int, entries: Mapping[tuple[int, int], Outcome | None]) -> None:
    """Mark as sent what counts as unknown, and by a journal found late had been sent at that attempt."""
    for (subscriber_id, attempt), outcome in entries.items():
        if outcome is not None and outcome.state == DeliveryState.SENT:
            late = update(deliveries).where(
                deliveries.c.issue_id == issue_id,
                deliveries.c.subscriber_id == subscriber_id,
                deliveries.c.attempt == attempt,
                deliveries.c.state == DeliveryState.UNKNOWN,
            )
            conn.execute(late.values(state=DeliveryState.SENT, changed=outcome.at, next_attempt=None))
    correct_attempts(conn, issue_id, entries)


def reopen(conn: Connection, issue_id: int, subscriber_ids: Collection[int]) -> None:
    """Queue refused deliveries again: the refusals turned out to be meant for us, not for them."""
    chosen = deliveries.c.subscriber_id.in_(list(subscriber_ids))
    refused = deliveries.c.state == DeliveryState.REFUSED
    conn.execute(
        update(deliveries)
        .where(deliveries.c.issue_id == issue_id, chosen, refused)
        .values(state=DeliveryState.QUEUED)
    )


def tally(conn: Connection, issue_id: int) -> dict[DeliveryState, int]:
    """How many deliveries stand in each state; the sum is the issue's candidates."""
    counted = select(deliveries.c.state, func.count()).where(deliveries.c.issue_id == issue_id)
    return {
        DeliveryState(state): count for state, count in conn.execute(counted.group_by(deliveries.c.state))
    }


def count_was_unknown(conn: Connection, issue_id: int) -> int:
    """How many were in flight at a crash, whatever became of them."""
    marked = deliveries.c.issue_id == issue_id, deliveries.c.was_unknown
    return conn.scalars(select(func.count()).select_from(deliveries).where(*marked)).one()


def list_deliveries(
    conn: Connection, issue_id: int, *, states: Collection[DeliveryState] = ()
) -> list[DeliveryRecord]:
    """An issue's deliveries by subscriber, those in `states` or all."""
    mine = select(deliveries).where(deliveries.c.issue_id == issue_id)
    if states:
        mine = mine.where(deliveries.c.state.in_(list(states)))
    return [_record(row) for row in conn.execute(mine.order_by(deliveries.c.subscriber_id))]


def list_for_subscriber(conn: Connection, subscriber_id: int) -> list[DeliveryRecord]:
    """Everything that was sent or meant for one person, newest issue first."""
    mine = select(deliveries).where(deliveries.c.subscriber_id == subscriber_id)
    return [_record(row) for row in conn.execute(mine.order_by(deliveries.c.issue_id.desc()))]


def _with_people(issue_id: int) -> Select[Any]:
    subscribed = and_(
        subscriptions.c.subscriber_id == deliveries.c.subscriber_id,
        subscriptions.c.newsletter == issues.c.newsletter,
        subscriptions.c.state == SubscriptionState.ACTIVE.value,
    )
    return (
        select(
            deliveries.c.subscriber_id,
            deliveries.c.attempt,
            deliveries.c.was_unknown,
            subscribers.c.address,
            subscribers.c.address_key,
            subscribers.c.name,
            subscriptions.c.state.label("subscription"),
        )
        .join(issues, issues.c.id == deliveries.c.issue_id)
        .join(subscribers, subscribers.c.id == deliveries.c.subscriber_id, isouter=True)
        .join(subscriptions, subscribed, isouter=True)
        .where(deliveries.c.issue_id == issue_id)
    )


def _marking(issue_id: int, unknown: bool) -> Update:
    changes: dict[str, Any] = {
        name: bindparam(f"new_{name}")
        for name in ("state", "code", "reply", "relay", "changed", "next_attempt")
    }
    changes["attempt"] = deliveries.c.attempt - bindparam("back")
    if unknown:
        changes["was_unknown"] = true()
    return (
        update(deliveries)
        .where(
            deliveries.c.issue_id == issue_id,
            deliveries.c.subscriber_id == bindparam("who"),
            deliveries.c.state == DeliveryState.LEASED.value,
        )
        .values(changes)
    )


def _values(outcome: Outcome) -> dict[str, object]:
    return {
        "who": outcome.subscriber_id,
        "new_state": outcome.state.value,
        "new_code": outcome.code,
        "new_reply": outcome.reply[:REPLY_LENGTH],
        "new_relay": outcome.relay,
        "new_changed": outcome.at,
        "new_next_attempt": outcome.next_attempt,
        # Put back untried: this lease was no attempt.
        "back": 1 if outcome.state == DeliveryState.QUEUED else 0,
    }


def _candidate(row: Row[Any]) -> Candidate:
    return Candidate(
        subscriber_id=row.subscriber_id,
        address=row.address or "",
        address_key=row.address_key or "",
        name=row.name or "",
        attempt=row.attempt,
        was_unknown=row.was_unknown,
        subscribed=row.subscription is not None,
    )


def _record(row: Row[Any]) -> DeliveryRecord:
    names = DeliveryRecord.__dataclass_fields__
    values = {name: getattr(row, name) for name in names}
    return DeliveryRecord(**values | {"state": DeliveryState(row.state)})
