"""The database as the rest of the program sees it: functions of a connection, run on threads.

SQLite has one writer thread and BEGIN IMMEDIATE, since a command beside a running service is a second
writer; PostgreSQL has a pool. A call is a whole transaction: it commits when the function returns.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from syndicate.errors import DatabaseBusy, StorageFull

P = ParamSpec("P")
T = TypeVar("T")

BUSY_TIMEOUT_MS = 10_000
READERS = 4


class Database:
    """Owns the engine and its threads. `url` is a SQLAlchemy URL or a path to an SQLite file."""

    def __init__(self, url: str) -> None:
        self.url = _normalise(url)
        self.engine = _engine(self.url)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="db-read")
        self._writers = ThreadPoolExecutor(1 if self.is_sqlite else READERS, thread_name_prefix="db-write")

    async def read(self, f: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `f(conn, …)` on a reader thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, lambda: self.read_now(f, *args, **kwargs))

    async def write(self, f: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `f(conn, …)` on the writer thread, in one transaction; an exception rolls it back."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._writers, lambda: self.write_now(f, *args, **kwargs))

    def read_now(self, f: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`read` for synchronous callers."""
        try:
            with self.engine.connect() as conn:
                return f(conn, *args, **kwargs)
        except DBAPIError as error:
            raise _translated(error) from error

    def write_now(self, f: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`write` for synchronous callers."""
        try:
            with self.engine.connect().execution_options(syndicate_write=True) as conn, conn.begin():
                return f(conn, *args, **kwargs)
        except DBAPIError as error:
            raise _translated(error) from error

    def close(self) -> None:
        """Wait for the threads, then close every connection."""
        self._readers.shutdown()
        self._writers.shutdown()
        self.engine.dispose()


def _normalise(url: str) -> str:
    if url.startswith(("postgresql://", "postgres://")):
        return "postgresql+psycopg://" + url.split("://", 1)[1]
    return url if "://" in url else f"sqlite:///{url}"


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_size=READERS * 2, pool_pre_ping=True)
    Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, pool_size=READERS + 1, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _configure_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    # The driver's own BEGIN is deferred and fails under two writers; _begin_sqlite issues ours instead.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(conn: Connection) -> None:
    write: Any = conn.get_execution_options().get("syndicate_write")
    conn.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _translated(error: DBAPIError) -> Exception:
    text = str(error.orig)
    if "disk is full" in text or "disk I/O error" in text:
        return StorageFull(
            f"the database could not be written: {text}; free some space, nothing was half-saved"
        )
    if isinstance(error, OperationalError) and (
        "locked" in text or "connect" in text or error.connection_invalidated
    ):
        return DatabaseBusy(f"the database is busy or unreachable: {text.strip()}")
    return error
