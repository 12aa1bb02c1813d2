"""A driver's error → the error tree: by SQLite's result code or PostgreSQL's SQLSTATE, never by chance."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from syndicate.errors import DatabaseBusy, DatabaseFault, DatabaseRefused, StorageFull, SyndicateError

# https://www.sqlite.org/rescode.html: the low byte is the primary code.
SQLITE_PRIMARY = 0xFF
SQLITE_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
SQLITE_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
SQLITE_UNUSABLE = {
    sqlite3.SQLITE_NOTADB: "it is not an SQLite database; [database] names the wrong file",
    sqlite3.SQLITE_CORRUPT: "the file is damaged; restore the last backup",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened; is it still there, and may this user write it?",
    sqlite3.SQLITE_READONLY: "the file cannot be written by this user",
    sqlite3.SQLITE_PERM: "the file cannot be used by this user",
}
# https://www.postgresql.org/docs/current/errcodes-appendix.html: connection lost, deadlock, lock held,
# serialisation, too many connections, server going down or coming up.
POSTGRES_BUSY = ("08", "40", "53300", "55P03", "57P0")
POSTGRES_FULL = ("53100", "53400")
# What it says of a lock table that is full: each partition takes a few locks of whoever reads them all.
POSTGRES_LOCKS = "53200"
# libpq gives no SQLSTATE for a refused connection, only the server's words (in English under lc_messages=C).
WHERE_IT_STANDS = (
    "; it can stand in ~/.pgpass, in PGPASSWORD, or with the whole URL in SYNDICATE_DATABASE_FILE"
)
POSTGRES_REFUSED = ("does not exist", "authentication failed", "no password supplied", "pg_hba.conf")
# Nor for one that nobody answered: what DNS says of a server that is not up yet is of this kind too.
POSTGRES_AWAY = ("connect", "resolve host", "timeout expired")


def translated(error: SQLAlchemyError, *, where: str) -> SyndicateError | None:
    """What the error means for the caller; None for a fault of ours, which is left as it is.

    `where` names the database for a person, without its password.
    """
    if isinstance(error, PoolTimeout):
        return DatabaseBusy(f"the database {where} is busy: every connection is taken")
    if not isinstance(error, DBAPIError):
        return None
    original = error.orig
    text = str(original).strip()
    if isinstance(original, sqlite3.Error):
        return _of_sqlite(getattr(original, "sqlite_errorcode", 0) & SQLITE_PRIMARY, text, where)
    return _of_postgres(getattr(original, "sqlstate", None) or "", text, where, error.connection_invalidated)


def meaning_of(error: Any, *, where: str) -> SyndicateError | None:
    """What psycopg's error means where a connection is used directly; None as for `translated`."""
    return _of_postgres(error.sqlstate or "", str(error).strip(), where, False)


def outlived(meaning: SyndicateError | None) -> SyndicateError | None:
    """What the same means to a process that has worked on this PostgreSQL before: it waits, it does not end.

    Whoever changes a password, or a line of pg_hba.conf, ends nobody who could still serve something.
    """
    if not isinstance(meaning, DatabaseRefused):
        return meaning
    return DatabaseBusy(f"{meaning}; it let us in before: after a change of password, start with the new one")


@contextmanager
def of_driver(conn: Connection, statement: str) -> Iterator[None]:
    """What the driver raises, where it is called directly, becomes what SQLAlchemy raises for the same."""
    try:
        yield
    except cast(Any, conn.dialect.dbapi).Error as error:
        raise told(conn, statement, error) from error


def told(conn: Connection, statement: str, error: Any) -> DBAPIError:
    """The driver's error as SQLAlchemy tells it, and as `translated` reads it."""
    lost = conn.dialect.is_disconnect(error, conn.connection.dbapi_connection, None)
    if lost:
        conn.invalidate(error)
    how: dict[str, Any] = {"hide_parameters": True, "connection_invalidated": lost, "dialect": conn.dialect}
    return cast(DBAPIError, DBAPIError.instance(statement, None, cast(Exception, error), Exception, **how))


def _of_sqlite(code: int, text: str, where: str) -> SyndicateError | None:
    if code in SQLITE_BUSY:
        return DatabaseBusy(f"the database {where} is locked by another process ({text}); try again")
    if code in SQLITE_FULL:
        return StorageFull(
            f"the database {where} could not be written ({text}): free some space; nothing was half-saved"
        )
    if code in SQLITE_UNUSABLE:
        return DatabaseFault(f"the database {where} cannot be used ({text}): {SQLITE_UNUSABLE[code]}")
    return None


def _of_postgres(state: str, text: str, where: str, lost: bool) -> SyndicateError | None:
    if state.startswith(POSTGRES_FULL):
        return StorageFull(
            f"the database {where} could not be written ({text}): free some space; nothing was half-saved"
        )
    if state == POSTGRES_LOCKS:
        return DatabaseFault(
            f"the database {where} has too little memory ({text}): raise max_locks_per_transaction in its "
            "postgresql.conf (256 is enough for thousands of issues), and restart it"
        )
    if not state and any(words in text for words in POSTGRES_REFUSED):
        advice = WHERE_IT_STANDS if "no password supplied" in text else ""
        return DatabaseRefused(f"the database {where} refuses us: {text}{advice}")
    if state.startswith(POSTGRES_BUSY) or lost or _is_away(state, text):
        return DatabaseBusy(f"the database {where} is busy or unreachable: {text}")
    return None


def _is_away(state: str, text: str) -> bool:
    return not state and any(words in text for words in POSTGRES_AWAY)
