"""The seat of the one that leads: an advisory lock of PostgreSQL, on a connection of its own.

Whoever dies loses it at once, and whoever is cut off within seconds: the system of either end gives up a
connection whose other end no longer answers.
"""

import asyncio
from datetime import timedelta
from typing import Any

import psycopg
import structlog
from psycopg.pq import TransactionStatus
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from syndicate.errors import DatabaseBusy, OwnFault
from syndicate.store.database import CONNECT_SECONDS, read_url
from syndicate.store.faults import meaning_of, outlived

log = structlog.get_logger()

# Any number does, as long as everybody who would lead takes the same; each schema has a seat of its own.
LEADER = 7_420_161
TAKE = f"SELECT pg_try_advisory_lock({LEADER}, hashtext(current_schema()))"
LEAVING = timedelta(seconds=1)
# Silence of so many seconds, and so many questions a second apart that nobody answers: lost after four.
IDLE, INTERVAL, COUNT = 1, 1, 3
UNANSWERED = timedelta(seconds=4)
OURS: dict[str, Any] = {
    "autocommit": True,
    "prepare_threshold": None,
    "application_name": "syndicate leader",
    "connect_timeout": CONNECT_SECONDS,
    "keepalives": 1,
    "keepalives_idle": IDLE,
    "keepalives_interval": INTERVAL,
    "keepalives_count": COUNT,
    "tcp_user_timeout": UNANSWERED // timedelta(milliseconds=1),
}
THEIRS = (
    f"SET tcp_keepalives_idle = {IDLE}; SET tcp_keepalives_interval = {INTERVAL};"
    f" SET tcp_keepalives_count = {COUNT};"
    f" SET tcp_user_timeout = {UNANSWERED // timedelta(milliseconds=1)}"
)
HELD = f"""
    SELECT pid FROM pg_locks
    WHERE locktype = 'advisory' AND granted AND pid = pg_backend_pid()
      AND classid = {LEADER} AND objsubid = 2
      AND objid::bigint = hashtext(current_schema())::bigint & 4294967295
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""  # noqa: S608 - a constant
# Where it is not held, the server would complain in its log.
GIVE = f"SELECT pg_advisory_unlock({LEADER}, hashtext(current_schema())) WHERE EXISTS ({HELD})"
POOLED = (
    "goes through a pooler, which gives each statement another session, so that nobody would lead: "
    "name the server itself in postgresql.direct"
)


class Seat:
    """The one seat of a database, as one process asks for it. `url` leads to the server, through no pooler.

    Every call may raise DatabaseBusy, DatabaseFault, and OwnFault for a pooler; then the seat is not ours.
    """

    def __init__(self, url: str) -> None:
        self._address = read_url(url)
        self._conn: psycopg.AsyncConnection[tuple[Any, ...]] | None = None
        self._session = 0
        self._known = False

    async def take(self) -> bool:
        """Ask for it; False while another session has it."""
        try:
            return bool(await _answer(await self._connected(), TAKE))
        except psycopg.Error as error:
            await self.leave()
            raise self._meaning(error) from error

    async def hold(self, *, ask: timedelta = timedelta(seconds=1)) -> None:
        """Keep it for as long as it is ours; ends by raising only. `ask` is how often the server is asked."""
        try:
            while True:
                await self._listen(ask.total_seconds())
                await self._require_session()
        except psycopg.Error as error:
            raise self._meaning(error) from error
        finally:
            await self.leave()

    async def leave(self) -> None:
        """Let go of it; the next who asks has it."""
        conn, self._conn = self._conn, None
        if conn is None:
            return
        try:
            # The server ends a session some time after its connection; whoever waits need not wait for that.
            if conn.info.transaction_status is TransactionStatus.IDLE:
                async with asyncio.timeout(LEAVING.total_seconds()):
                    await conn.execute(GIVE)
        except (psycopg.Error, TimeoutError) as error:
            log.info("leader.left_unsaid", why=str(error))
        finally:
            await conn.close()

    async def _connected(self) -> "psycopg.AsyncConnection[tuple[Any, ...]]":
        if self._conn is None:
            dialect: Any = PGDialect_psycopg
            _, given = dialect().create_connect_args(self._address)
            self._conn = await psycopg.AsyncConnection.connect(**(given | OURS))
            await self._conn.execute(THEIRS)
            self._session = await _answer(self._conn, "SELECT pg_backend_pid()")
            self._known = True
        return self._conn

    async def _listen(self, seconds: float) -> None:
        # Nobody notifies: a connection that ends is noticed at once by who reads from it.
        if self._conn is not None:
            async for _ in self._conn.notifies(timeout=seconds):
                pass

    async def _require_session(self) -> None:
        if await _answer(await self._connected(), HELD) != self._session:
            raise OwnFault(f"the connection to {self._where} {POOLED}")

    @property
    def _where(self) -> str:
        return self._address.set(drivername="postgresql").render_as_string(hide_password=True)

    def _meaning(self, error: psycopg.Error) -> Exception:
        meaning = meaning_of(error, where=self._where)
        return (outlived(meaning) if self._known else meaning) or DatabaseBusy(
            f"the database {self._where} gives no seat to who would lead: {error}"
        )


async def _answer(conn: "psycopg.AsyncConnection[tuple[Any, ...]]", query: str) -> Any:
    row = await (await conn.execute(query)).fetchone()
    return row[0] if row else None
