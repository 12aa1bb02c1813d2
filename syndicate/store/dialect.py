"""What SQLite and PostgreSQL spell differently, and the width of text that is a key."""

import hashlib
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, func

from syndicate.store.types import storable

# An index of PostgreSQL holds rows of 2,704 bytes; the rest is for the other columns of a key.
KEY_BYTES = 2_400


def insert(conn: Connection, table: Table) -> Any:
    """INSERT with `on_conflict_do_nothing` and `on_conflict_do_update`, which core SQL does not know."""
    # Each imported where it is in use: PostgreSQL's takes 7 MB.
    if conn.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table)
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(table)


def domain_in(conn: Connection, key: ColumnElement[str]) -> ColumnElement[str]:
    """The domain of an address (audience/addresses: it has one @)."""
    if conn.dialect.name == "postgresql":
        return func.split_part(key, "@", 2)
    return func.substr(key, func.instr(key, "@") + 1)


def forget_in_a_crash(conn: Connection) -> None:
    """Let this transaction's end not wait for PostgreSQL's disk: a crash of the server may undo it whole.

    For what somebody else would make good. SQLite keeps it in any case.
    """
    if conn.dialect.name == "postgresql":
        conn.exec_driver_sql("SET LOCAL synchronous_commit TO off")


def fitted(key: str, width: int) -> str:
    """The key as it is stored: itself, or, too long for its column or an index, its start and its SHA-256.

    `width` counts characters; no key is longer than KEY_BYTES.
    """
    key = storable(key)
    data = key.encode()
    if len(key) <= width and len(data) <= KEY_BYTES:
        return key
    mark = f"#{hashlib.sha256(data).hexdigest()}"
    start = key[: width - len(mark)].encode()[: KEY_BYTES - len(mark)]
    return start.decode(errors="ignore") + mark
