"""Running services and their heartbeats, so that a command beside one hands its work over."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select

from syndicate.store.dialect import insert
from syndicate.store.schema import services

# Three beats of ten seconds may be missed before a service counts as gone.
LIVE_FOR = timedelta(seconds=30)


def beat(conn: Connection, owner: str, *, now: datetime) -> None:
    """Say that `owner` is alive."""
    statement = insert(conn, services).values(owner=owner, heartbeat=now)
    conn.execute(statement.on_conflict_do_update(index_elements=["owner"], set_={"heartbeat": now}))


def leave(conn: Connection, owner: str) -> None:
    """Say that `owner` has ended."""
    conn.execute(delete(services).where(services.c.owner == owner))


def live_service(conn: Connection, now: datetime) -> str | None:
    """The owner whose heartbeat is newest, None when none is younger than LIVE_FOR.

    One from the future is left from a clock that ran ahead.
    """
    young = services.c.heartbeat > now - LIVE_FOR, services.c.heartbeat < now + LIVE_FOR
    query = select(services.c.owner).where(*young)
    return conn.scalars(query.order_by(services.c.heartbeat.desc(), services.c.owner).limit(1)).one_or_none()
