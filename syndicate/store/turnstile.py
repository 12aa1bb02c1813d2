"""One holder at a time of each name, among all processes and machines that share a PostgreSQL database.

The lock lasts as long as a transaction of its own (PostgreSQL, "Advisory Locks"), so that a pooler in between
keeps it where it is, and who is killed, or cut off, loses it at once.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import blake2b
from typing import ParamSpec, TypeVar

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from syndicate.errors import DatabaseBusy
from syndicate.store.database import HIDE_PARAMETERS, Database

P = ParamSpec("P")
T = TypeVar("T")

FIRST_WAIT = 0.02
LONGEST_WAIT = 0.5
# A publication may take minutes, in which the lock's own transaction says nothing.
PATIENT = text("SET LOCAL idle_in_transaction_session_timeout = 0")
WAIT = text("SELECT pg_advisory_xact_lock(:key)")
TRY = text("SELECT pg_try_advisory_xact_lock(:key)")


class Turnstile:
    """Lets one in for each name. Its connections are its own: who holds a name needs others besides."""

    def __init__(self, db: Database) -> None:
        self._db = db
        # As the database's own, pooler and all.
        pool = db.engine.pool.recreate()
        assert isinstance(pool, QueuePool)
        self._engine = create_engine(db.address, pool=pool, hide_parameters=HIDE_PARAMETERS)
        # One for each connection: who waits for a connection, and not for a name, keeps no thread.
        self._room = asyncio.Semaphore(pool.size())
        # Not the loop's own, which the work that is done in a turn needs.
        self._threads = ThreadPoolExecutor(pool.size(), thread_name_prefix="turns")

    @contextlib.asynccontextmanager
    async def hold(self, name: str) -> AsyncIterator[None]:
        """Wait for the name, and have it meanwhile. Raises DatabaseBusy, also for one that was lost.

        Then another may have had it too: what was done is to be done again.
        """
        conn = await self._wait(name)
        try:
            try:
                yield
            except BaseException:
                await self._in_thread(_drop, conn)
                raise
            await self._in_thread(self._give_back, conn, name)
        finally:
            self._room.release()

    def close(self) -> None:
        """Close its connections."""
        self._threads.shutdown()
        self._engine.dispose()

    async def _wait(self, name: str) -> Connection:
        pause = FIRST_WAIT
        while True:
            await self._room.acquire()
            trying = self._in_thread(self._try, name)
            try:
                conn = await asyncio.shield(trying)
            except asyncio.CancelledError:
                # The thread may have it in a moment, and nobody would give it back.
                trying.add_done_callback(self._drop_late)
                raise
            except BaseException:
                self._room.release()
                raise
            if conn is not None:
                return conn
            self._room.release()
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_WAIT)

    def _try(self, name: str) -> Connection | None:
        conn = None
        try:
            conn = self._engine.connect()
            conn.execute(PATIENT)
            if conn.scalar(TRY, {"key": key_of(name)}):
                return conn
        except SQLAlchemyError as error:
            _drop(conn)
            raise self._db.meaning(error) or error from error
        _drop(conn)
        return None

    def _give_back(self, conn: Connection, name: str) -> None:
        try:
            conn.commit()
        except SQLAlchemyError as error:
            raise DatabaseBusy(
                f"the turn of {name} was lost, since the database {self._db.where} was away meanwhile"
            ) from error
        finally:
            _drop(conn)

    def _in_thread(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> "asyncio.Future[T]":
        return asyncio.get_running_loop().run_in_executor(self._threads, partial(call, *args, **kwargs))

    def _drop_late(self, trying: "asyncio.Future[Connection | None]") -> None:
        if not trying.cancelled() and trying.exception() is None:
            _drop(trying.result())
        self._room.release()


def alone(conn: Connection, name: str) -> None:
    """Wait until nobody else's transaction has this name, and have it until this one ends.

    SQLite has one writer anyway.
    """
    if conn.dialect.name == "postgresql":
        conn.execute(WAIT, {"key": key_of(name)})


def try_alone(conn: Connection, name: str) -> bool:
    """Have this name until the transaction ends; False while another transaction has it.

    On SQLite always True: who reads keeps nobody out there.
    """
    return conn.dialect.name != "postgresql" or bool(conn.scalar(TRY, {"key": key_of(name)}))


def key_of(name: str) -> int:
    """The number that stands for a name: 64 bits, signed."""
    digest = blake2b(f"turn:{name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def _drop(conn: Connection | None) -> None:
    if conn is not None:
        # One that is broken has lost its lock already.
        with contextlib.suppress(SQLAlchemyError):
            conn.close()
