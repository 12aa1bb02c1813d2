"""How long calls of the database wait for a thread, and how long their transactions take."""

from collections.abc import Callable
from time import perf_counter
from typing import TypeVar

from syndicate.errors import DatabaseBusy, DatabaseFault, StorageFull
from syndicate.telemetry.metrics import DATABASE_ERRORS, DATABASE_SECONDS, DATABASE_WAIT_SECONDS

T = TypeVar("T")


def timed(kind: str, call: Callable[[], T]) -> Callable[[], T]:
    """The same call, to be made on another thread; its waiting begins now."""
    asked = perf_counter()

    def make() -> T:
        began = perf_counter()
        DATABASE_WAIT_SECONDS.observe(began - asked, kind)
        try:
            return call()
        except (DatabaseBusy, DatabaseFault, StorageFull) as error:
            DATABASE_ERRORS.add(1, type(error).__name__)
            raise
        finally:
            DATABASE_SECONDS.observe(perf_counter() - began, kind)

    return make
