"""The documents of the storage in memory: asked for again when a few seconds have passed, and not before.

While the storage is away, what is in memory is served as it is: nothing newer can have come there.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from syndicate.errors import TryLater
from syndicate.publish.shelf import FRESH_SECONDS, Found, Shelf
from syndicate.web.documents import Document
from syndicate.web.kept import Kept
from syndicate.web.loaded import Loaded, compress, made

log = structlog.get_logger()

# Addresses at which there is nothing: whoever asks for made-up ones makes up any number.
ABSENT = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    """What the storage last said of a document, and until when that counts."""

    found: Found
    until: float


class ShelvedMemory:
    """Loads each version of a document once; `folder` is what their paths begin with.

    `fresh` is told of each version first.
    """

    def __init__(
        self,
        shelf: Shelf,
        folder: Path,
        *,
        most: int,
        fresh: Callable[[str, Loaded], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._shelf, self._folder, self._fresh, self._clock = shelf, folder, fresh, clock
        self._kept = Kept(most)
        self._standing: OrderedDict[str, _Standing] = OrderedDict()
        self._absent: OrderedDict[str, float] = OrderedDict()
        self._coming: dict[str, asyncio.Task[Loaded | None]] = {}

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        return self._kept.size

    async def get(self, path: str, document: Document) -> Loaded | None:
        """The document as it stood there a moment ago; None where there is none.

        Raises TryLater where the storage is away and nothing is in memory.
        """
        loaded = self.peek(path)
        if loaded is not None or self._absent.get(path, 0.0) > self._clock():
            return loaded
        # Those who ask meanwhile wait for the same answer; whoever began it may go away.
        task = self._coming.get(path)
        if task is None:
            task = self._coming[path] = asyncio.create_task(self._load(path, document))
            task.add_done_callback(lambda ended: self._end(path, ended))
        return await asyncio.shield(task)

    def peek(self, path: str) -> Loaded | None:
        """The document if it is in memory and was asked for lately; otherwise `get` is the way."""
        loaded, standing = self._kept.find(path), self._standing.get(path)
        if loaded is None or standing is None or standing.until <= self._clock():
            return None
        self._kept.use(path)
        return loaded

    def _end(self, path: str, ended: "asyncio.Task[Loaded | None]") -> None:
        self._coming.pop(path, None)
        if not ended.cancelled():
            # All who waited may have gone away; then nobody asks what went wrong.
            ended.exception()

    async def _load(self, path: str, document: Document) -> Loaded | None:
        former, standing = self._kept.find(path), self._standing.get(path)
        known = standing.found if former is not None and standing is not None else None
        try:
            found = await self._shelf.read(self._name(document.path), known=known)
            if found is None:
                self._note_absent(path)
                return None
            loaded = former if found is known else await self._made(document, found)
        except TryLater as error:
            if former is None or known is None:
                raise
            log.warning("web.storage_away", document=path, error=str(error))
            found, loaded = known, former
        assert loaded is not None
        self._note(path, found, loaded, is_new=loaded is not former)
        return loaded

    async def _made(self, document: Document, found: Found) -> Loaded:
        stating = found.data if document.stating == document.path else None
        if document.stating is not None and stating is None:
            said = await self._shelf.read(self._name(document.stating))
            stating = said.data if said else None
        bodies = await asyncio.to_thread(compress, found.data)
        stamp = (int(found.modified.timestamp()) * 1_000_000_000, len(found.data), 0)
        return made(document, bodies, stamp=stamp, stating=stating)

    def _note(self, path: str, found: Found, loaded: Loaded, *, is_new: bool) -> None:
        if is_new:
            self._fresh(path, loaded)
            self._kept.keep(path, loaded)
        self._absent.pop(path, None)
        # What is in memory no more is known no more: the two go together.
        if self._kept.find(path) is None:
            self._standing.pop(path, None)
            return
        self._standing[path] = _Standing(found=found, until=self._clock() + FRESH_SECONDS)
        self._standing.move_to_end(path)
        while len(self._standing) > self._kept.count:
            gone = next(one for one in self._standing if self._kept.find(one) is None)
            del self._standing[gone]

    def _note_absent(self, path: str) -> None:
        self._kept.forget(path)
        self._standing.pop(path, None)
        self._absent[path] = self._clock() + FRESH_SECONDS
        self._absent.move_to_end(path)
        while len(self._absent) > ABSENT:
            self._absent.popitem(last=False)

    def _name(self, path: Path) -> str:
        return path.relative_to(self._folder).as_posix()
