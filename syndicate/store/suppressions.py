"""Addresses never to be written to, as keyed hashes."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from syndicate.model.subscriber import SuppressionReason
from syndicate.store import hot
from syndicate.store.departures import note_departure
from syndicate.store.dialect import insert
from syndicate.store.schema import suppressions

CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """One suppression, as it is kept: the address is not."""

    address_hash: str
    reason: SuppressionReason
    since: datetime
    note: str


def save_suppression(
    conn: Connection, address_hash: str, *, reason: SuppressionReason, now: datetime, note: str = ""
) -> bool:
    """Keep an address from being written to; False when it was already. The first reason stays."""
    row = {"address_hash": address_hash, "reason": reason.value, "since": now, "note": note}
    statement = insert(conn, suppressions).values(row).on_conflict_do_nothing()
    # Not rowcount: psycopg gives none for an INSERT of this form.
    if conn.execute(statement.returning(suppressions.c.reason)).first() is None:
        return False
    note_departure(conn)
    return True


def find_suppressed(conn: Connection, address_hashes: Collection[str]) -> dict[str, SuppressionReason]:
    """Which of these hashes are suppressed, and why."""
    wanted = list(address_hashes)
    found: dict[str, SuppressionReason] = {}
    for start in range(0, len(wanted), CHUNK):
        for digest, reason in hot.ask(
            conn, *hot.with_ids(conn, hot.SUPPRESSED, wanted[start : start + CHUNK])
        ):
            found[digest] = SuppressionReason(reason)
    return found


def list_suppressions(conn: Connection) -> list[Suppressed]:
    """All of them, the newest first."""
    query = select(suppressions).order_by(suppressions.c.since.desc(), suppressions.c.address_hash)
    return [
        Suppressed(**{**row._mapping, "reason": SuppressionReason(row.reason)}) for row in conn.execute(query)
    ]


def delete_suppressions(conn: Connection, address_hashes: Collection[str]) -> int:
    """Let these addresses be written to again; an operator's decision."""
    return conn.execute(
        delete(suppressions).where(suppressions.c.address_hash.in_(list(address_hashes)))
    ).rowcount
