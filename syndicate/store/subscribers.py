"""People by their address. Ids are never used twice, so that an old link never opens another's data."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, exists, select, update

from syndicate.model.subscriber import Subscriber, SubscriptionState
from syndicate.store.attempts import blank_attempts
from syndicate.store.departures import note_departure
from syndicate.store.dialect import insert
from syndicate.store.schema import deliveries, subscribers, subscriptions

COLUMNS = (subscribers.c.id, subscribers.c.address, subscribers.c.name, subscribers.c.language)


def save_subscriber(
    conn: Connection, address_key: str, *, address: str, language: str, now: datetime, name: str = ""
) -> int:
    """The id of the person with this key; a new one is made when there is none, a known one left as it is."""
    fresh = insert(conn, subscribers).values(
        address=address, address_key=address_key, name=name, language=language, created=now
    )
    # A no-op update, since DO NOTHING returns no id for a row that is there.
    kept = fresh.on_conflict_do_update(
        index_elements=[subscribers.c.address_key], set_={"address_key": subscribers.c.address_key}
    )
    return int(conn.execute(kept.returning(subscribers.c.id)).scalar_one())


def find_subscriber(conn: Connection, subscriber_id: int) -> Subscriber | None:
    """One person, or None once forgotten."""
    row = conn.execute(select(*COLUMNS).where(subscribers.c.id == subscriber_id)).first()
    return _subscriber(row) if row else None


def find_by_key(conn: Connection, address_key: str) -> Subscriber | None:
    """The person with this lower-case address."""
    row = conn.execute(select(*COLUMNS).where(subscribers.c.address_key == address_key)).first()
    return _subscriber(row) if row else None


def list_subscribers(
    conn: Connection, newsletter: str = ""
) -> list[tuple[Subscriber, dict[str, SubscriptionState]]]:
    """Everybody, or those of one newsletter, by id, each with the state of every subscription."""
    mine = subscriptions.c.subscriber_id == subscribers.c.id
    query = (
        select(*COLUMNS, subscriptions.c.newsletter, subscriptions.c.state)
        .join(subscriptions, mine, isouter=True)
        .order_by(subscribers.c.id, subscriptions.c.newsletter)
    )
    if newsletter:
        this = subscriptions.alias()
        query = query.join(this, this.c.subscriber_id == subscribers.c.id)
        query = query.where(this.c.newsletter == newsletter)
    found: dict[int, tuple[Subscriber, dict[str, SubscriptionState]]] = {}
    for row in conn.execute(query):
        _, states = found.setdefault(row.id, (_subscriber(row), {}))
        if row.newsletter is not None:
            states[row.newsletter] = SubscriptionState(row.state)
    return list(found.values())


def set_details(conn: Connection, subscriber_id: int, *, name: str, language: str) -> None:
    """Fill in a name and a language where they are given; an empty one changes nothing."""
    given = {key: value for key, value in (("name", name), ("language", language)) if value}
    if given:
        conn.execute(update(subscribers).where(subscribers.c.id == subscriber_id).values(**given))


def delete_subscriber(conn: Connection, subscriber_id: int) -> bool:
    """Wipe a person and all subscriptions; deliveries keep the bare id, since replies quote addresses."""
    conn.execute(update(deliveries).where(deliveries.c.subscriber_id == subscriber_id).values(reply=""))
    blank_attempts(conn, subscriber_id)
    note_departure(conn)
    conn.execute(delete(subscriptions).where(subscriptions.c.subscriber_id == subscriber_id))
    return conn.execute(delete(subscribers).where(subscribers.c.id == subscriber_id)).rowcount > 0


def delete_idle(conn: Connection, before: datetime) -> int:
    """Remove people without any subscription who came before then."""
    has_one = exists().where(subscriptions.c.subscriber_id == subscribers.c.id)
    return conn.execute(delete(subscribers).where(subscribers.c.created < before, ~has_one)).rowcount


def _subscriber(row: Any) -> Subscriber:
    return Subscriber(id=row.id, address=row.address, name=row.name, language=row.language)
