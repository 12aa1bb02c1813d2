"""An issue for more people: those who were missed, and those who have subscribed since."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, case, func, insert, select, true, update

from syndicate.model.delivery import DeliveryState
from syndicate.model.newsletter import IssueState
from syndicate.model.subscriber import SubscriptionState
from syndicate.store.partitions import prepare_partitions
from syndicate.store.schema import batches, deliveries, issue_items, issues, subscribers, subscriptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Somebody with an active subscription; `state` is that of their delivery, None for none."""

    subscriber_id: int
    address_key: str
    state: DeliveryState | None = None


def list_missed(
    conn: Connection, issue_id: int, *, states: Sequence[DeliveryState], after: int, take: int
) -> list[Reader]:
    """Active subscribers whose delivery ended in one of these states, the first so many `after` an id.

    Those who count as unknown and are to get it once more are none of them.
    """
    ended = deliveries.c.state.in_(states), deliveries.c.next_attempt.is_(None)
    query = _readers(issue_id, deliveries.c.state).where(*ended, subscribers.c.id > after)
    return [
        Reader(subscriber_id=row.id, address_key=row.address_key, state=DeliveryState(row.state))
        for row in conn.execute(query.limit(take))
    ]


def list_newcomers(conn: Connection, issue_id: int, *, after: int, take: int) -> list[Reader]:
    """Active subscribers who have no delivery of the issue, the first so many `after` an id."""
    query = _readers(issue_id).where(deliveries.c.subscriber_id.is_(None), subscribers.c.id > after)
    found = conn.execute(query.limit(take))
    return [Reader(subscriber_id=row.id, address_key=row.address_key) for row in found]


def requeue(conn: Connection, issue_id: int, readers: Sequence[Reader], *, batch: int) -> None:
    """Queue ended deliveries again, in another batch; their attempts are counted on."""
    chosen = deliveries.c.subscriber_id.in_([one.subscriber_id for one in readers])
    again = update(deliveries).where(deliveries.c.issue_id == issue_id, chosen)
    conn.execute(again.values(state=DeliveryState.QUEUED, batch=batch, next_attempt=None))


def add_deliveries(conn: Connection, issue_id: int, readers: Sequence[Reader], *, batch: int) -> None:
    """Queue deliveries for people who have none."""
    prepare_partitions(conn, [issue_id])
    row = {"issue_id": issue_id, "batch": batch, "state": DeliveryState.QUEUED}
    conn.execute(insert(deliveries), [row | {"subscriber_id": one.subscriber_id} for one in readers])


def next_batch(conn: Connection, issue_id: int) -> int:
    """The number that the issue's next batch can have."""
    last = conn.scalar(select(func.max(batches.c.number)).where(batches.c.issue_id == issue_id))
    return 0 if last is None else last + 1


def add_batch(conn: Connection, issue_id: int, number: int) -> None:
    """One more batch, open and due."""
    conn.execute(insert(batches), {"issue_id": issue_id, "number": number})


def revive_issue(conn: Connection, issue_id: int, *, more: int, expires: datetime) -> None:
    """Let an issue be sent that was over, to `more` people than before; a paused one stays paused."""
    paused = issues.c.state == IssueState.PAUSED
    state = case((paused, IssueState.PAUSED.value), else_=IssueState.SENDING.value)
    alive = update(issues).where(issues.c.id == issue_id)
    conn.execute(
        alive.values(
            state=state,
            candidates=issues.c.candidates + more,
            finished=None,
            expires=expires,
            paused_reason=case((paused, issues.c.paused_reason), else_=""),
        )
    )


def holds_items(conn: Connection, issue_id: int) -> bool:
    """Whether the issue's items are still its own: cancelled before anybody got it, it gave them back."""
    held = select(issue_items.c.item_id).where(issue_items.c.issue_id == issue_id)
    return conn.execute(held.limit(1)).first() is not None


def find_subject(conn: Connection, issue_id: int) -> str:
    """The issue's subject."""
    return str(conn.scalars(select(issues.c.subject).where(issues.c.id == issue_id)).one())


def _readers(issue_id: int, *more: Any) -> Select[Any]:
    """Active subscribers of an issue's newsletter by id, each with the delivery of it where there is one."""
    active = and_(
        subscriptions.c.subscriber_id == subscribers.c.id,
        subscriptions.c.newsletter == issues.c.newsletter,
        subscriptions.c.state == SubscriptionState.ACTIVE.value,
    )
    mine = and_(deliveries.c.issue_id == issues.c.id, deliveries.c.subscriber_id == subscribers.c.id)
    people = select(subscribers.c.id, subscribers.c.address_key, *more)
    joined = issues.join(subscribers, true()).join(subscriptions, active).join(deliveries, mine, isouter=True)
    return people.select_from(joined).where(issues.c.id == issue_id).order_by(subscribers.c.id)
