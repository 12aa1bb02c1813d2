"""One holder at a time of each name, among all processes and machines that share a PostgreSQL database.

The lock lasts as long as a transaction of its own (PostgreSQL, "Advisory Locks"), so that a pooler in between
keeps it where it is, and who is killed, or cut off, loses it at once.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from hashlib import blake2b

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from syndicate.errors import DatabaseBusy
from syndicate.store.database import HIDE_PARAMETERS, Database
from syndicate.store.faults import translated

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
        self._engine: Engine | None = None

    @contextlib.asynccontextmanager
    async def hold(self, name: str) -> AsyncIterator[None]:
        """Wait for the name, and have it meanwhile. Raises DatabaseBusy, also for one that was lost.

        Then another may have had it too: what was done is to be done again.
        """
        conn = await self._wait(name)
        try:
            yield
        except BaseException:
            await asyncio.to_thread(_drop, conn)
            raise
        await asyncio.to_thread(self._give_back, conn, name)

    def close(self) -> None:
        """Close its connections."""
        if self._engine is not None:
            self._engine.dispose()

    async def _wait(self, name: str) -> Connection:
        pause = FIRST_WAIT
        while True:
            trying = asyncio.ensure_future(asyncio.to_thread(self._try, name))
            try:
                conn = await asyncio.shield(trying)
            except asyncio.CancelledError:
                # The thread may have it in a moment, and nobody would give it back.
                trying.add_done_callback(_drop_late)
                raise
            if conn is not None:
                return conn
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_WAIT)

    def _try(self, name: str) -> Connection | None:
        conn = None
        try:
            conn = self._opened().connect()
            conn.execute(PATIENT)
            if conn.scalar(TRY, {"key": key_of(name)}):
                return conn
        except SQLAlchemyError as error:
            _drop(conn)
            raise translated(error, where=self._db.where) or error from error
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

    def _opened(self) -> Engine:
        if self._engine is None:
            # As the database's own, pooler and all.
            pool = self._db.engine.pool.recreate()
            self._engine = create_engine(self._db.address, pool=pool, hide_parameters=HIDE_PARAMETERS)
        return self._engine


def alone(conn: Connection, name: str) -> None:
    """Wait until nobody else's transaction has this name, and have it until this one ends.

    SQLite has one writer anyway.
    """
    if conn.dialect.name == "postgresql":
        conn.execute(WAIT, {"key": key_of(name)})


def key_of(name: str) -> int:
    """The number that stands for a name: 64 bits, signed."""
    digest = blake2b(f"turn:{name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def _drop(conn: Connection | None) -> None:
    if conn is not None:
        # One that is broken has lost its lock already.
        with contextlib.suppress(SQLAlchemyError):
            conn.close()


def _drop_late(trying: "asyncio.Future[Connection | None]") -> None:
    if not trying.cancelled() and trying.exception() is None:
        _drop(trying.result())
