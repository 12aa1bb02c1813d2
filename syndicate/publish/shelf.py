"""The shelf: published files as they stand in the storage, for web nodes that have none on their own disk."""

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import timedelta

from syndicate.errors import OwnFault, TryLater
from syndicate.model.site import StorageSettings
from syndicate.net.objects import Found, ObjectStorage

__all__ = ["FRESH_SECONDS", "Found", "Shelf"]

# So long after an upload, a node may still answer with the former version.
FRESH_SECONDS = 3.0
# A reader waits meanwhile.
PATIENCE = timedelta(seconds=8)
ADMITTED_SECONDS = 60.0


class Shelf:
    """Reads files by their names in the public folder, `feeds/all.rss`, and images as `media/NAME`."""

    def __init__(
        self,
        settings: StorageSettings,
        *,
        allow_hosts: Sequence[str] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._storage = ObjectStorage(settings, allow_hosts=allow_hosts, patience=PATIENCE)
        self._clock = clock
        self._room = asyncio.Semaphore(settings.connections)
        self._admitted = float("-inf")

    async def read(self, name: str, *, known: Found | None = None) -> Found | None:
        """A file, `known` itself while that is the newest, None where there is none.

        Raises TryLater where the storage is away, and where it refuses us: neither is the reader's fault.
        """
        try:
            await self._admit()
            async with self._room:
                return await self._storage.get(name, known=known)
        except OwnFault as error:
            raise TryLater(str(error)) from error

    async def _admit(self) -> None:
        now = self._clock()
        if now - self._admitted >= ADMITTED_SECONDS:
            await self._storage.admit()
            self._admitted = now
