"""What the hub has to deliver: one row for each subscription, whatever happens to its topic meanwhile."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Update, and_, bindparam, case, func, select, update

from syndicate.store.dialect import insert
from syndicate.store.hub_requests import key_of, within
from syndicate.store.hub_subscriptions import clear_failures, count_failure, delete_subscriptions
from syndicate.store.schema import hub_deliveries, hub_subscriptions
from syndicate.store.types import UtcDateTime

REPLY_LENGTH = 300


class State(StrEnum):
    """`done` waits for news; `dead` was given up, and waits for news or for the operator."""

    DONE = "done"
    QUEUED = "queued"
    LEASED = "leased"
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class HubDelivery:
    """A delivery that is ours until its lease ends. `content` is the SHA-256 of what was taken last.

    `attempt` counts this one; `since` is when there first was something to deliver.
    """

    id: int
    subscription_id: int
    topic: str
    callback: str
    host: str
    secret: str = field(repr=False)
    stamp: int
    attempt: int
    since: datetime
    content: str


class Fate(StrEnum):
    """What becomes of a delivery: taken, tried later, given up, or its subscription is over."""

    TAKEN = "taken"
    LATER = "later"
    DEAD = "dead"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class HubOutcome:
    """How one attempt ended, at `at`; `next_attempt` is for those that are tried again.

    `content` is the SHA-256 of what was taken, `code` the status of the answer, 0 for none.
    """

    delivery: HubDelivery
    fate: Fate
    at: datetime
    next_attempt: datetime
    content: str = ""
    code: int = 0
    reply: str = ""


def begin_deliveries(
    conn: Connection, subscription_id: int, *, topic: str, content: str, now: datetime
) -> None:
    """Keep a row for a subscription that has none: what it has seen of the topic is `content`."""
    row = {
        "subscription_id": subscription_id,
        "topic_key": key_of(topic),
        "state": State.DONE,
        "content": content,
        "since": now,
        "next_attempt": now,
    }
    conn.execute(insert(conn, hub_deliveries).values(row).on_conflict_do_nothing())


def queue_news(conn: Connection, topic: str, *, content: str, now: datetime) -> int:
    """Queue a topic's news for all who are subscribed and have not taken just that; how many.

    What waits already goes out with the news, at its own time.
    """
    of_topic = and_(hub_deliveries.c.topic_key == key_of(topic), hub_deliveries.c.content != content)
    resting = hub_deliveries.c.state.in_((State.DONE, State.DEAD))
    found = conn.execute(update(hub_deliveries).where(of_topic, resting).values(**_afresh(now)))
    leased = hub_deliveries.c.state == State.LEASED
    stamped = update(hub_deliveries).where(of_topic, leased).values(stamp=hub_deliveries.c.stamp + 1)
    return found.rowcount + conn.execute(stamped).rowcount


def retry_dead(conn: Connection, ids: Collection[int], *, now: datetime) -> int:
    """Queue what was given up for these subscriptions, or for all where there are none; how many."""
    dead = update(hub_deliveries).where(hub_deliveries.c.state == State.DEAD)
    if ids:
        dead = dead.where(hub_deliveries.c.subscription_id.in_(list(ids)))
    return conn.execute(dead.values(**_afresh(now))).rowcount


def next_delivery_due(conn: Connection, now: datetime, busy: Collection[str] = ()) -> datetime | None:
    """When the next delivery is due, None when none waits; those to `busy` hosts are not looked at."""
    waiting = _waiting(now), hub_subscriptions.c.host.not_in(list(busy))
    found: datetime | None = conn.scalar(
        select(func.min(hub_deliveries.c.next_attempt)).select_from(_JOINED).where(*waiting)
    )
    return found


def lease_deliveries(
    conn: Connection, *, now: datetime, until: datetime, room: int, busy: Mapping[str, int], per_host: int
) -> list[HubDelivery]:
    """Take up to `room` due deliveries, those to callbacks that failed last time behind all others.

    Nobody else gets them before `until`. `busy` says how many to a host are under way already, of the
    `per_host` that may be.
    """
    full = [host for host, count in busy.items() if count >= per_host]
    due = _waiting(now), hub_deliveries.c.next_attempt <= now, hub_subscriptions.c.host.not_in(full)
    order = hub_subscriptions.c.failures > 0, hub_deliveries.c.next_attempt, hub_deliveries.c.id
    columns = (*_OF_SUBSCRIPTION, *hub_deliveries.c)
    wanted = select(*columns).select_from(_JOINED).where(*due).order_by(*order).limit(room * 4)
    rows = conn.execute(wanted.with_for_update(of=hub_deliveries, skip_locked=True)).all()
    taken = within(rows, room=room, busy=busy, per_host=per_host)
    changes = {"state": State.LEASED, "attempt": hub_deliveries.c.attempt + 1, "next_attempt": until}
    chosen = hub_deliveries.c.id.in_([row.id for row in taken])
    conn.execute(update(hub_deliveries).where(chosen).values(**changes))
    return [_delivery(row) for row in taken]


def record_deliveries(conn: Connection, outcomes: Sequence[HubOutcome]) -> None:
    """Record how deliveries ended that are still ours. News that came meanwhile are queued again."""
    by_fate = {fate: [o.delivery.subscription_id for o in outcomes if o.fate is fate] for fate in Fate}
    for fate, ended in _ENDED.items():
        if found := [_said(outcome) for outcome in outcomes if outcome.fate is fate]:
            conn.execute(ended, found)
    clear_failures(conn, by_fate[Fate.TAKEN])
    count_failure(conn, [*by_fate[Fate.LATER], *by_fate[Fate.DEAD]])
    delete_subscriptions(conn, by_fate[Fate.GONE])


_JOINED = hub_deliveries.join(hub_subscriptions, hub_subscriptions.c.id == hub_deliveries.c.subscription_id)
_OF_SUBSCRIPTION = (
    hub_subscriptions.c.topic,
    hub_subscriptions.c.callback,
    hub_subscriptions.c.host,
    hub_subscriptions.c.secret,
)


def _waiting(now: datetime) -> ColumnElement[bool]:
    states = hub_deliveries.c.state.in_((State.QUEUED, State.LEASED))
    return and_(states, hub_subscriptions.c.leased_until > now)


def _afresh(now: datetime) -> dict[str, Any]:
    return {
        "state": State.QUEUED,
        "stamp": hub_deliveries.c.stamp + 1,
        "since": now,
        "attempt": 0,
        "next_attempt": now,
    }


def _said(outcome: HubOutcome) -> dict[str, Any]:
    return {
        "of_id": outcome.delivery.id,
        "of_attempt": outcome.delivery.attempt,
        "of_stamp": outcome.delivery.stamp,
        "at": outcome.at,
        "again": outcome.next_attempt,
        "taken": outcome.content,
        "status": outcome.code,
        "said": outcome.reply[:REPLY_LENGTH],
    }


def _ended(**changes: Any) -> Update:
    ours = and_(
        hub_deliveries.c.id == bindparam("of_id"),
        hub_deliveries.c.state == State.LEASED,
        hub_deliveries.c.attempt == bindparam("of_attempt"),
    )
    said: dict[str, Any] = {
        "code": bindparam("status"),
        "reply": bindparam("said"),
        "next_attempt": bindparam("again"),
    }
    return update(hub_deliveries).where(ours).values(**said, **changes)


def _over(state: State) -> dict[str, Any]:
    # What came meanwhile begins anew, with all its attempts.
    newer = hub_deliveries.c.stamp != bindparam("of_stamp")
    return {
        "state": case((newer, State.QUEUED.value), else_=state.value),
        "since": case((newer, bindparam("at", type_=UtcDateTime)), else_=hub_deliveries.c.since),
        "attempt": case((newer, 0), else_=hub_deliveries.c.attempt),
    }


# One statement for all that ended alike: a hundred one by one take several times as long.
_ENDED = {
    Fate.TAKEN: _ended(
        **_over(State.DONE), content=bindparam("taken"), delivered=bindparam("at", type_=UtcDateTime)
    ),
    Fate.LATER: _ended(state=State.QUEUED.value),
    Fate.DEAD: _ended(**_over(State.DEAD)),
}


def _delivery(row: Row[Any]) -> HubDelivery:
    return HubDelivery(
        id=row.id,
        subscription_id=row.subscription_id,
        topic=row.topic,
        callback=row.callback,
        host=row.host,
        secret=row.secret,
        stamp=row.stamp,
        attempt=row.attempt + 1,
        since=row.since,
        content=row.content,
    )
