"""Turns: who writes published files of one name does so alone, wherever the others are."""

import asyncio
import contextlib
import fcntl
import os
from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path

from syndicate.errors import StorageFull
from syndicate.publish.files import make_folder
from syndicate.store.database import Database
from syndicate.store.turnstile import Turnstile


class Turns:
    """One publication of a feed at a time: in this process, and among those that share the folder.

    With `turnstile`, among those that share its database: not every folder that machines share knows locks.
    """

    def __init__(self, turnstile: Turnstile | None = None) -> None:
        self._turnstile = turnstile
        self._locks: dict[tuple[str, str], asyncio.Lock] = defaultdict(asyncio.Lock)

    @contextlib.asynccontextmanager
    async def take(self, folder: Path, name: str) -> AsyncIterator[None]:
        """Wait for the turn of what has that name in the folder. Raises StorageFull, DatabaseBusy."""
        # The folder's own name: machines may have it at different places.
        async with self._locks[folder.name, name]:
            if self._turnstile is None:
                async with _locked(folder, name):
                    yield
            else:
                async with self._turnstile.hold(f"{folder.name}/{name}"):
                    yield

    def close(self) -> None:
        """Let go of the database."""
        if self._turnstile is not None:
            self._turnstile.close()


def turns_over(db: Database) -> Turns:
    """Turns among all that work on this database: SQLite's are on one machine, where files can be locked."""
    return Turns(None if db.is_sqlite else Turnstile(db))


@contextlib.asynccontextmanager
async def _locked(folder: Path, name: str) -> AsyncIterator[None]:
    descriptor = _open_lock(folder, name)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            await asyncio.to_thread(fcntl.flock, descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _open_lock(folder: Path, name: str) -> int:
    try:
        make_folder(folder)
        return os.open(folder / f".{name}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StorageFull(
            f"{folder}: {error.strerror or error}; make room, or give write access, and publish again"
        ) from error
