"""Which token keys this database was used with, by their fingerprints; the keys themselves are not here."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, delete, exists, or_, select

from syndicate.store.dialect import insert
from syndicate.store.schema import subscribers, suppressions, token_keys
from syndicate.store.services import live_owner


def list_fingerprints(conn: Connection) -> list[str]:
    """The fingerprints of every key used so far."""
    return list(conn.scalars(select(token_keys.c.fingerprint).order_by(token_keys.c.fingerprint)))


def save_fingerprints(conn: Connection, fingerprints: Collection[str], *, now: datetime) -> None:
    """Remember these as the keys in use, and no others."""
    conn.execute(delete(token_keys).where(token_keys.c.fingerprint.not_in(fingerprints)))
    for fingerprint in fingerprints:
        fresh = insert(conn, token_keys).values(fingerprint=fingerprint, since=now)
        conn.execute(fresh.on_conflict_do_nothing())


def depends_on_keys(conn: Connection, now: datetime) -> bool:
    """Whether anything here is lost with its key: people, suppressions, or a service that signs just now."""
    somebody = or_(exists(select(subscribers.c.id)), exists(select(suppressions.c.address_hash)))
    return bool(conn.scalar(select(somebody))) or live_owner(conn, now) is not None
