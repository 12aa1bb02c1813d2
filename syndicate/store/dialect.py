"""What SQLite and PostgreSQL spell differently, and the width of text that is a key."""

import hashlib
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

from syndicate.store.types import storable


def insert(conn: Connection, table: Table) -> Any:
    """INSERT with `on_conflict_do_nothing` and `on_conflict_do_update`, which core SQL does not know."""
    return postgresql.insert(table) if conn.dialect.name == "postgresql" else sqlite.insert(table)


def fitted(key: str, width: int) -> str:
    """The key as it is stored: itself, or, too long for its column, its start and its SHA-256."""
    key = storable(key)
    if len(key) <= width:
        return key
    digest = hashlib.sha256(key.encode()).hexdigest()
    return f"{key[: width - len(digest) - 1]}#{digest}"
