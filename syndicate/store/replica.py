"""A streaming replica: asked what may be some seconds old while it keeps up, let alone while it does not."""

import threading
import time
from collections.abc import Callable
from decimal import Decimal

import structlog
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from syndicate.errors import DatabaseBusy, DatabaseFault

log = structlog.get_logger()

# What is read from it is at most twice as old, in seconds: it has replayed what the primary had then.
CHECK_SECONDS = 5.0
REST_SECONDS = 30.0

_WRITTEN = text("SELECT pg_current_wal_lsn() - '0/0'")
_REPLAYED = text("SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() - '0/0' END")


class Replica:
    """One replica of a primary, both by their engines. `clock` counts seconds, from whenever."""

    def __init__(
        self, engine: Engine, primary: Engine, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.engine = engine
        self._primary = primary
        self._clock = clock
        self._checking = threading.Lock()
        self._next_check = clock()
        self._good = False
        self._told = False
        self._wanted: Decimal | None = None

    def keeps_up(self) -> bool:
        """Whether to ask it. Looked at every few seconds, by one thread while the others go on."""
        if self._clock() < self._next_check or not self._checking.acquire(blocking=False):
            return self._good
        try:
            self._next_check = self._clock() + CHECK_SECONDS
            self._note(self._check())
        except SQLAlchemyError as error:
            self.failed(error)
        finally:
            self._checking.release()
        return self._good

    def failed(self, error: Exception) -> None:
        """It gave this error; one that is no fault of its own, as that nothing was found, changes nothing."""
        if isinstance(error, (SQLAlchemyError, DatabaseBusy, DatabaseFault)):
            self._next_check = self._clock() + REST_SECONDS
            self._note(False, why=str(error).partition("\n")[0])

    def _check(self) -> bool:
        """Whether it has what the primary had at the last check, or, the first time, what it has now."""
        wanted, self._wanted = self._wanted, self._written()
        if wanted is None:
            wanted = self._wanted
        with self.engine.connect() as conn:
            replayed: Decimal | None = conn.scalar(_REPLAYED)
        return replayed is not None and (wanted is None or replayed >= wanted)

    def _written(self) -> Decimal | None:
        try:
            with self._primary.connect() as conn:
                written: Decimal | None = conn.scalar(_WRITTEN)
                return written
        except SQLAlchemyError:
            # While the primary is away, what the replica has is all there is.
            return None

    def _note(self, good: bool, *, why: str = "it is behind, or no replica") -> None:
        self._good = good
        if good and self._told:
            log.info("database.replica_back")
        if not good and not self._told:
            log.warning("database.replica_left", reason=why, meaning="the primary is asked instead")
        self._told = not good

    def close(self) -> None:
        """Close its connections."""
        self.engine.dispose()
