"""The database as the rest of the program sees it: functions of a connection, run on threads.

SQLite has one writer thread and BEGIN IMMEDIATE, since a command beside a running service is a second
writer; PostgreSQL has a pool. A call is a whole transaction: it commits when the function returns.
"""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool, QueuePool

from syndicate.errors import DatabaseFault, StorageFull, SyndicateError
from syndicate.model.site import PostgresqlSettings
from syndicate.store.faults import outlived, translated
from syndicate.store.replica import Replica
from syndicate.store.swap import finish_interrupted
from syndicate.store.timing import timed

P = ParamSpec("P")
T = TypeVar("T")

BUSY_SECONDS = 10.0
CONNECT_SECONDS = 10
REPLICA_SECONDS = 3
LOCK_SECONDS = 10
READERS = 4
# A connection that was used within so long is taken to be there.
TRUSTED_SECONDS = 1.0
# Errors are logged and kept with jobs, and the values of a statement are often addresses.
HIDE_PARAMETERS = True
PLAIN = PostgresqlSettings()
AFTER_COMMIT = "syndicate_after_commit"


class Database:
    """Owns the engine and its threads. `url` is a PostgreSQL URL, or an SQLite URL or file.

    `busy_seconds` is how long a call waits for another process that writes; `postgresql` counts for one
    alone. Every call may raise DatabaseBusy, DatabaseFault and StorageFull; then its transaction was rolled
    back whole.
    """

    def __init__(
        self,
        url: str,
        *,
        busy_seconds: float = BUSY_SECONDS,
        postgresql: PostgresqlSettings = PLAIN,
    ) -> None:
        self.address = read_url(url)
        self._postgresql = postgresql
        self.is_sqlite = self.address.get_backend_name() == "sqlite"
        self.path = Path(self.address.database or "").absolute() if self.is_sqlite else None
        self.engine = (
            _postgres_engine(self.address, postgresql)
            if self.path is None
            else _sqlite_engine(self.path, busy_seconds)
        )
        self._replica = _replica(postgresql, self.engine) if self.path is None else None
        threads = READERS if self.is_sqlite else max(1, postgresql.pool // 2)
        self._readers = ThreadPoolExecutor(threads, thread_name_prefix="db-read")
        self._writer = threading.local()
        self._kept: dict[int, tuple[Connection, float]] = {}
        self._doubted = 0.0
        self._known = False
        self._writers = ThreadPoolExecutor(
            1 if self.is_sqlite else threads,
            thread_name_prefix="db-write",
            initializer=lambda: setattr(self._writer, "here", True),
        )

    @property
    def where(self) -> str:
        """The database's name for a person: the file, or the URL without its password."""
        return str(self.path or self.address.set(drivername="postgresql"))

    async def read(self, f: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `f(conn, …)` on a reader thread; it sees one moment of the database and cannot write."""
        loop = asyncio.get_running_loop()
        call = timed("read", partial(self.read_now, f, *args, **kwargs))
        return await loop.run_in_executor(self._readers, call)

    async def look(self, f: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`read`, of what may be some seconds old: on the replica where there is one that keeps up."""
        loop = asyncio.get_running_loop()
        call = timed("read", partial(self.look_now, f, *args, **kwargs))
        return await loop.run_in_executor(self._readers, call)

    async def write(self, f: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `f(conn, …)` on a writer thread, in one transaction; an exception rolls it back.

        A cancelled caller does not stop it: what has begun is still committed.
        """
        loop = asyncio.get_running_loop()
        call = timed("write", partial(self.write_now, f, *args, **kwargs))
        return await loop.run_in_executor(self._writers, call)

    def read_now(self, f: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`read` for synchronous callers."""
        return self._run(self.engine, {"syndicate_write": False}, f, *args, **kwargs)

    def look_now(self, f: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`look` for synchronous callers."""
        if self._replica is not None and self._replica.keeps_up():
            try:
                return self._run(self._replica.engine, {"syndicate_write": False}, f, *args, **kwargs)
            except (SyndicateError, SQLAlchemyError) as error:
                self._replica.failed(error)
        return self.read_now(f, *args, **kwargs)

    def write_now(self, f: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`write` for synchronous callers."""
        return self._run(self.engine, {"syndicate_write": True}, f, *args, **kwargs)

    def alone_now(self, statement: str) -> None:
        """Run one statement of PostgreSQL's in no transaction, on a session of its own, past a pooler.

        It waits some seconds for what others hold, then raises DatabaseBusy.
        """
        direct = self._postgresql.direct
        address = read_url(direct) if direct else self.address
        engine = create_engine(address, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as conn:
                if direct or not self._postgresql.pooler:
                    conn.exec_driver_sql(f"SET lock_timeout = '{LOCK_SECONDS}s'")
                conn.exec_driver_sql(statement)
        except SQLAlchemyError as error:
            raise self.meaning(error) or error from error

    def meaning(self, error: SQLAlchemyError) -> SyndicateError | None:
        """What it means, by what this process knows of the database: see store/faults."""
        meaning = translated(error, where=self.where)
        return outlived(meaning) if self._known and not self.is_sqlite else meaning

    def close(self) -> None:
        """Wait for the threads, then close every connection."""
        self._readers.shutdown()
        self._writers.shutdown()
        for thread in list(self._kept):
            self._let_go(thread)
        self.engine.dispose()
        if self._replica is not None:
            self._replica.close()

    def _run(
        self,
        engine: Engine,
        options: dict[str, Any],
        f: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        acts: list[Callable[[], None]] = []
        options |= {AFTER_COMMIT: acts}
        if not self.is_sqlite and not options["syndicate_write"]:
            # What SQLite gives by itself: all statements of one read see the same moment.
            options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        try:
            with self._connection(engine, options) as conn, conn.begin():
                result = f(conn, *args, **kwargs)
        except SQLAlchemyError as error:
            meaning = self.meaning(error)
            if meaning is None:
                raise
            raise meaning from error
        self._known = self._known or engine is self.engine
        for act in acts:
            act()
        return result

    @contextmanager
    def _connection(self, engine: Engine, options: dict[str, Any]) -> Iterator[Connection]:
        """One from the pool; a writer thread keeps its own: a send commits 200 times a second."""
        if not getattr(self._writer, "here", False):
            with engine.connect() as conn:
                yield conn.execution_options(**options)
            return
        thread = threading.get_ident()
        conn = self._taken(thread)
        try:
            yield conn.execution_options(**options)
        except SQLAlchemyError:
            # Whatever state it is in, the next one begins anew; and so do those of the other threads.
            self._doubted = time.monotonic()
            self._let_go(thread)
            raise

    def _taken(self, thread: int) -> Connection:
        now = time.monotonic()
        conn, used = self._kept.get(thread, (None, now))
        trusted = max(now - TRUSTED_SECONDS, self._doubted)
        if conn is not None and not self.is_sqlite and used < trusted:
            # The server may have gone meanwhile: the pool asks before it lends one.
            self._let_go(thread)
            conn = None
        if conn is None:
            conn = self.engine.connect()
        self._kept[thread] = conn, now
        return conn

    def _let_go(self, thread: int) -> None:
        conn, _ = self._kept.pop(thread, (None, 0.0))
        if conn is not None:
            conn.close()


def after_commit(conn: Connection, act: Callable[[], None]) -> None:
    """Call `act` on this thread once the transaction of this `read` or `write` is committed."""
    conn.get_execution_options()[AFTER_COMMIT].append(act)


def read_url(url: str) -> URL:
    """The address that the configuration's text names. Raises DatabaseFault for what is neither kind."""
    if not url.strip():
        raise DatabaseFault("no database is named: name a file, or postgresql://USER@HOST/NAME")
    if "://" not in url:
        return URL.create("sqlite", database=url)
    scheme, rest = url.split("://", 1)
    drivers = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}
    try:
        address = make_url(f"{drivers.get(scheme, scheme)}://{rest}")
    except ValueError as error:
        right = f"{scheme}://USER:PASSWORD@HOST:PORT/NAME"
        told = (
            f"the database's URL {scheme}://… cannot be read: its port is no number; it is {right}, where a "
            "password has %40 for @, %3A for : and %2F for /"
        )
        raise DatabaseFault(told) from error
    except ArgumentError as error:
        raise DatabaseFault(f"the database's URL {scheme}://… cannot be read: {error}") from error
    if address.drivername not in ("sqlite", "postgresql+psycopg"):
        raise DatabaseFault(f"{scheme}:// is no database of ours: name a file, or postgresql://HOST/NAME")
    if address.drivername == "sqlite" and address.database in (None, "", ":memory:"):
        raise DatabaseFault("a database in memory would forget everything: name a file")
    return address


def _postgres_engine(address: URL, settings: PostgresqlSettings, **more: Any) -> Engine:
    arguments = {"connect_timeout": CONNECT_SECONDS, "application_name": "syndicate"} | more
    if settings.pooler:
        # The next transaction may be on another connection, which knows nothing of prepared statements.
        arguments["prepare_threshold"] = None
    return create_engine(
        address,
        pool_size=settings.pool,
        max_overflow=0,
        pool_pre_ping=True,
        connect_args=arguments,
        hide_parameters=HIDE_PARAMETERS,
    )


def _replica(settings: PostgresqlSettings, primary: Engine) -> Replica | None:
    if not settings.replica:
        return None
    # Readers wait for it, so that one that hangs has to be noticed soon.
    hasty = {"connect_timeout": REPLICA_SECONDS, "tcp_user_timeout": REPLICA_SECONDS * 1000}
    return Replica(_postgres_engine(read_url(settings.replica), settings, **hasty), primary)


def _sqlite_engine(path: Path, busy_seconds: float) -> Engine:
    finish_interrupted(path.parent)
    try:
        path.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
        # Never opened by us once it is there: closing it would drop this process's SQLite locks on it
        # (https://www.sqlite.org/howtocorrupt.html, section 2.2).
        path.touch(mode=0o600, exist_ok=False)
    except FileExistsError as error:
        if not path.is_file():
            raise DatabaseFault(f"the database {path} is no file: name another") from error
    except OSError as error:
        raise StorageFull(f"the database {path} could not be made: {error.strerror}") from error
    # mode=rw, so that a file that vanishes under a running service is an error and no empty database.
    connect = partial(
        sqlite3.connect,
        f"{path.as_uri()}?mode=rw",
        uri=True,
        timeout=busy_seconds,
        check_same_thread=False,
        isolation_level=None,
    )
    address = URL.create("sqlite", database=str(path))
    engine = create_engine(
        address,
        creator=connect,
        poolclass=QueuePool,
        pool_size=READERS + 1,
        hide_parameters=HIDE_PARAMETERS,
    )
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _configure_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    _enter_wal(connection)


def _enter_wal(connection: sqlite3.Connection) -> None:
    # SQLite does not wait, whatever its timeout, when two connections turn a fresh file to WAL at once.
    for pause in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            time.sleep(pause)
        else:
            return
    connection.execute("PRAGMA journal_mode=WAL")


def _begin_sqlite(conn: Connection) -> None:
    # isolation_level=None keeps the driver from its own deferred BEGIN, which fails under two writers.
    write: Any = conn.get_execution_options().get("syndicate_write")
    if conn.info.get("query_only") is not (not write):
        conn.exec_driver_sql(f"PRAGMA query_only={0 if write else 1}")
        conn.info["query_only"] = not write
    conn.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
