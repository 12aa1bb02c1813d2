"""Counters that expire by themselves: how often somebody may ask for something."""

from datetime import datetime

from sqlalchemy import Connection, case, delete, select

from syndicate.store.dialect import insert
from syndicate.store.schema import caps


def count_up(conn: Connection, key: str, *, now: datetime, expires: datetime) -> int:
    """Count one more under `key` and tell how many there are; an expired counter starts again at 1."""
    fresh = insert(conn, caps).values(key=key, count=1, expires=expires)
    over = caps.c.expires <= now
    raised = fresh.on_conflict_do_update(
        index_elements=[caps.c.key],
        set_={
            "count": case((over, 1), else_=caps.c.count + 1),
            "expires": case((over, fresh.excluded.expires), else_=caps.c.expires),
        },
    )
    return int(conn.execute(raised.returning(caps.c.count)).scalar_one())


def find_expiry(conn: Connection, key: str) -> datetime | None:
    """When a counter starts again, None if it is not there."""
    return conn.execute(select(caps.c.expires).where(caps.c.key == key)).scalar()


def delete_expired(conn: Connection, now: datetime) -> int:
    """Remove the counters whose time is over (P1: addresses live as long as the caps need)."""
    return conn.execute(delete(caps).where(caps.c.expires <= now)).rowcount
