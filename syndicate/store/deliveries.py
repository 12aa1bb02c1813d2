"""Deliveries, keyed (issue, subscriber): made for an issue, marked as leased, and what became of each."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    Connection,
    Row,
    Select,
    and_,
    func,
    insert,
    literal,
    select,
    update,
)

from syndicate.model.delivery import DeliveryState, Outcome, Recipient
from syndicate.model.subscriber import SubscriptionState
from syndicate.store import hot
from syndicate.store.archives import find_counts
from syndicate.store.attempts import add_attempts, correct_attempts
from syndicate.store.partitions import (
    analyze_partition,
    is_partitioned,
    list_issues_by_place,
    prepare_partitions,
)
from syndicate.store.schema import deliveries, issues, subscribers, subscriptions
from syndicate.store.types import storable

REPLY_LENGTH = 500


class Candidate(NamedTuple):
    """Somebody whose delivery is due. `address` is None for a person who was forgotten meanwhile.

    `subscription` is the active one's state, None without one. A tuple, since each is a row as it comes.
    """

    subscriber_id: int
    address: str | None
    address_key: str | None
    name: str | None
    attempt: int
    was_unknown: bool
    subscription: str | None
    segment: str

    def recipient(self, attempt: int) -> Recipient:
        """The same as somebody to write to."""
        return Recipient(
            subscriber_id=self.subscriber_id,
            address=self.address or "",
            name=self.name or "",
            attempt=attempt,
            was_unknown=bool(self.was_unknown),
            segment=self.segment,
        )


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
    prepare_partitions(conn, [issue_id])
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
    # Counting them afterwards would read all of them again.
    made = insert(deliveries).from_select(into, active).execution_options(preserve_rowcount=True)
    count = conn.execute(made).rowcount
    analyze_partition(conn, issue_id)
    return count


def list_candidates(
    conn: Connection, issue_id: int, *, batch: int, now: datetime, limit: int, after: int = 0
) -> list[Candidate]:
    """Whoever in this batch waits and is due, at most `limit`, ids over `after`."""
    values = (issue_id, issue_id, batch, after, hot.moment(conn, now), limit)
    asked = hot.about(conn, issue_id, hot.CANDIDATES)
    # SQLite promises no order of what it puts into one value.
    return sorted(Candidate._make(row) for row in hot.ask_rows(conn, asked, values))


def list_leased(
    conn: Connection, issue_id: int, *, batch: int, among: Collection[int] | None = None
) -> list[Candidate]:
    """Whoever in this batch is marked as leased, or those of them `among` the given."""
    leased = _with_people(issue_id).where(
        deliveries.c.batch == batch, deliveries.c.state == DeliveryState.LEASED
    )
    if among is not None:
        leased = leased.where(deliveries.c.subscriber_id.in_(list(among)))
    return [Candidate._make(row) for row in conn.execute(leased.order_by(deliveries.c.subscriber_id))]


def list_in_vain(conn: Connection, issue_id: int, *, batch: int) -> list[int]:
    """The ids of those in this batch who are marked as leased, as a run that ends leaves them."""
    leased = hot.about(conn, issue_id, hot.LEASED)
    return [subscriber_id for (subscriber_id,) in hot.ask(conn, leased, (issue_id, batch))]


def mark_leased(
    conn: Connection, issue_id: int, candidates: Sequence[Candidate], *, now: datetime
) -> list[Recipient]:
    """The durable intent: from here to an outcome, these messages count as in flight."""
    if not candidates:
        return []
    lease, ids = hot.with_ids(
        conn, hot.about(conn, issue_id, hot.LEASE), [candidate.subscriber_id for candidate in candidates]
    )
    taken = hot.change(conn, lease, (hot.moment(conn, now), issue_id, *ids))
    if taken < len(candidates):
        candidates = _still_leased(conn, issue_id, candidates)
    return [candidate.recipient(candidate.attempt + 1) for candidate in candidates]


def mark_left(conn: Connection, issue_id: int, fates: Mapping[int, DeliveryState], *, now: datetime) -> None:
    """Record who is not written to after all: skipped or suppressed."""
    for state in set(fates.values()):
        chosen = [subscriber_id for subscriber_id, fate in fates.items() if fate == state]
        gone = update(deliveries).where(
            deliveries.c.issue_id == issue_id, deliveries.c.subscriber_id.in_(chosen)
        )
        # What was said at an earlier attempt stays with that one.
        conn.execute(gone.values(state=state, changed=now, next_attempt=None, code=0, reply=""))


def record_outcomes(conn: Connection, issue_id: int, outcomes: Sequence[Outcome]) -> None:
    """Record what the relay said of leased deliveries. One that is no longer leased keeps its state."""
    if not outcomes:
        return
    moment = hot.moments(conn)
    rows = [_said(outcome, moment) for outcome in outcomes]
    record, values = hot.with_rows(conn, hot.about(conn, issue_id, hot.RECORD), rows)
    hot.change(conn, record, (*values, issue_id))
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


def tally(conn: Connection, issue_id: int, *, batch: int | None = None) -> dict[DeliveryState, int]:
    """How many deliveries stand in each state, or those of one batch; the sum is the issue's candidates."""
    if batch is None and (kept := find_counts(conn, issue_id)):
        return {DeliveryState(state): count for state, count in kept["states"].items()}
    counted = select(deliveries.c.state, func.count()).where(deliveries.c.issue_id == issue_id)
    if batch is not None:
        counted = counted.where(deliveries.c.batch == batch)
    return {
        DeliveryState(state): count for state, count in conn.execute(counted.group_by(deliveries.c.state))
    }


def count_was_unknown(conn: Connection, issue_id: int) -> int:
    """How many were in flight at a crash, whatever became of them."""
    if kept := find_counts(conn, issue_id):
        return int(kept["was_unknown"])
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
    queries = [mine]
    if is_partitioned(conn):
        queries = [mine.where(deliveries.c.issue_id.in_(ids)) for ids in list_issues_by_place(conn)]
    found = [_record(row) for query in queries for row in conn.execute(query)]
    return sorted(found, key=lambda one: one.issue_id, reverse=True)


def _still_leased(conn: Connection, issue_id: int, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Without those who got an outcome in this very moment, from a provider's report for one."""
    ids = [candidate.subscriber_id for candidate in candidates]
    mine = deliveries.c.issue_id == issue_id, deliveries.c.subscriber_id.in_(ids)
    found = select(deliveries.c.subscriber_id).where(*mine, deliveries.c.state == DeliveryState.LEASED)
    leased = set(conn.scalars(found))
    return [candidate for candidate in candidates if candidate.subscriber_id in leased]


def _with_people(issue_id: int) -> Select[Any]:
    subscribed = and_(
        subscriptions.c.subscriber_id == deliveries.c.subscriber_id,
        subscriptions.c.newsletter == issues.c.newsletter,
        subscriptions.c.state == SubscriptionState.ACTIVE.value,
    )
    return (
        select(
            deliveries.c.subscriber_id,
            subscribers.c.address,
            subscribers.c.address_key,
            subscribers.c.name,
            deliveries.c.attempt,
            deliveries.c.was_unknown,
            subscriptions.c.state,
            deliveries.c.segment,
        )
        .join(issues, issues.c.id == deliveries.c.issue_id)
        .join(subscribers, subscribers.c.id == deliveries.c.subscriber_id, isouter=True)
        .join(subscriptions, subscribed, isouter=True)
        .where(deliveries.c.issue_id == issue_id)
    )


def _said(outcome: Outcome, moment: Callable[[datetime], Any]) -> tuple[Any, ...]:
    again = outcome.next_attempt
    return (
        outcome.subscriber_id,
        str(outcome.state),
        outcome.code,
        storable(outcome.reply[:REPLY_LENGTH]),
        storable(outcome.relay),
        moment(outcome.at),
        again and moment(again),
        # Put back untried: this lease was no attempt.
        1 if outcome.state is DeliveryState.QUEUED else 0,
        outcome.state is DeliveryState.UNKNOWN,
    )


def _record(row: Row[Any]) -> DeliveryRecord:
    names = DeliveryRecord.__dataclass_fields__
    values = {name: getattr(row, name) for name in names}
    return DeliveryRecord(**values | {"state": DeliveryState(row.state)})
