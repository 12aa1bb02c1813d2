"""Who is subscribed to a topic at the hub, until when, and how the last delivery to each went."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, select, update

from syndicate.store.dialect import insert
from syndicate.store.hub_requests import HubRequest, key_of
from syndicate.store.schema import hub_deliveries, hub_subscriptions


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSubscription:
    """One callback's subscription to a topic; its secret is never told.

    `state` is that of its delivery: done, queued, leased or dead; `code` and `reply` are the last answer.
    """

    id: int
    topic: str
    callback: str
    host: str
    signed: bool
    created: datetime
    leased_until: datetime
    state: str
    attempt: int
    next_attempt: datetime
    delivered: datetime | None
    code: int
    reply: str


def put_subscription(conn: Connection, request: HubRequest, *, now: datetime, until: datetime) -> int:
    """Subscribe, or renew: the new secret and lease take the place of the old ones; the subscription's id."""
    own = {"secret": request.secret, "leased_until": until, "failures": 0}
    fresh = insert(conn, hub_subscriptions).values(
        topic=request.topic,
        topic_key=key_of(request.topic),
        callback=request.callback,
        callback_key=key_of(request.callback),
        host=request.host,
        created=now,
        **own,
    )
    pair = [hub_subscriptions.c.topic_key, hub_subscriptions.c.callback_key]
    put = fresh.on_conflict_do_update(index_elements=pair, set_=own).returning(hub_subscriptions.c.id)
    subscription_id: int = conn.execute(put).scalar_one()
    return subscription_id


def find_subscription(conn: Connection, topic: str, callback: str) -> int | None:
    """The id of this pair's subscription, None when there is none."""
    return conn.scalars(select(hub_subscriptions.c.id).where(_pair(topic, callback))).one_or_none()


def count_host(conn: Connection, host: str) -> int:
    """How many subscriptions a callback's host has."""
    return conn.scalars(select(func.count()).where(hub_subscriptions.c.host == host)).one()


def delete_subscriptions(conn: Connection, ids: Collection[int]) -> None:
    """Forget subscriptions, and what waits to be delivered to them."""
    conn.execute(delete(hub_deliveries).where(hub_deliveries.c.subscription_id.in_(list(ids))))
    conn.execute(delete(hub_subscriptions).where(hub_subscriptions.c.id.in_(list(ids))))


def delete_expired_subscriptions(conn: Connection, now: datetime) -> int:
    """Forget those whose lease is over (W3C WebSub, section 5.3.1); how many."""
    over = hub_subscriptions.c.leased_until <= now
    ids = select(hub_subscriptions.c.id).where(over)
    conn.execute(delete(hub_deliveries).where(hub_deliveries.c.subscription_id.in_(ids)))
    return conn.execute(delete(hub_subscriptions).where(over)).rowcount


def list_subscriptions(
    conn: Connection, *, state: str = "", ids: Collection[int] | None = None
) -> list[HubSubscription]:
    """Every subscription, the newest last; or those whose delivery is in `state`, or of these `ids`."""
    wanted = select(hub_subscriptions, *_OF_DELIVERY).join(
        hub_deliveries, hub_deliveries.c.subscription_id == hub_subscriptions.c.id
    )
    if state:
        wanted = wanted.where(hub_deliveries.c.state == state)
    if ids is not None:
        wanted = wanted.where(hub_subscriptions.c.id.in_(list(ids)))
    return [_subscription(row) for row in conn.execute(wanted.order_by(hub_subscriptions.c.id))]


def list_topics(conn: Connection) -> list[str]:
    """Every topic that somebody is subscribed to."""
    first = select(func.min(hub_subscriptions.c.id)).group_by(hub_subscriptions.c.topic_key)
    return list(conn.scalars(select(hub_subscriptions.c.topic).where(hub_subscriptions.c.id.in_(first))))


def list_of_topic(conn: Connection, topic: str, *, limit: int) -> list[HubSubscription]:
    """The first who are subscribed to this topic."""
    of_topic = select(hub_subscriptions.c.id).where(hub_subscriptions.c.topic_key == key_of(topic))
    return list_subscriptions(conn, ids=list(conn.scalars(of_topic.limit(limit))))


def count_failure(conn: Connection, ids: Collection[int]) -> None:
    """These callbacks failed once more in a row."""
    failed = update(hub_subscriptions).where(hub_subscriptions.c.id.in_(list(ids)))
    conn.execute(failed.values(failures=hub_subscriptions.c.failures + 1))


def clear_failures(conn: Connection, ids: Collection[int]) -> None:
    """These callbacks took something."""
    failing = and_(hub_subscriptions.c.id.in_(list(ids)), hub_subscriptions.c.failures > 0)
    conn.execute(update(hub_subscriptions).where(failing).values(failures=0))


_OF_DELIVERY = (
    hub_deliveries.c.state,
    hub_deliveries.c.attempt,
    hub_deliveries.c.next_attempt,
    hub_deliveries.c.delivered,
    hub_deliveries.c.code,
    hub_deliveries.c.reply,
)


def _pair(topic: str, callback: str) -> ColumnElement[bool]:
    return and_(
        hub_subscriptions.c.topic_key == key_of(topic),
        hub_subscriptions.c.callback_key == key_of(callback),
    )


def _subscription(row: Row[Any]) -> HubSubscription:
    return HubSubscription(
        id=row.id,
        topic=row.topic,
        callback=row.callback,
        host=row.host,
        signed=bool(row.secret),
        created=row.created,
        leased_until=row.leased_until,
        state=row.state,
        attempt=row.attempt,
        next_attempt=row.next_attempt,
        delivered=row.delivered,
        code=row.code,
        reply=row.reply,
    )
