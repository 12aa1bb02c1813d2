"""The documents of a folder in memory, each as its file is now."""

import asyncio
from collections.abc import Callable
from errno import ESTALE

from syndicate.errors import TryLater
from syndicate.web.documents import Document
from syndicate.web.kept import Kept
from syndicate.web.loaded import Loaded, load, raise_if_away, stamp_of

# A file that is replaced so often while it is read is no file.
REPLACED = 5


class Memory:
    """Loads each document once for every version of its file; `fresh` is told of each version first."""

    def __init__(self, most: int, *, fresh: Callable[[str, Loaded], None] | None = None) -> None:
        self._fresh = fresh or (lambda _path, _loaded: None)
        self._kept = Kept(most)
        self._coming: dict[str, asyncio.Task[Loaded | None]] = {}

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        return self._kept.size

    async def get(self, path: str, document: Document) -> Loaded | None:
        """The document as its file is now; None while there is no file. Raises TryLater."""
        stamp = stamp_of(document.path)
        loaded = self._kept.find(path)
        if loaded is not None and loaded.stamp == stamp:
            self._kept.use(path)
            return loaded
        if stamp is None:
            self._kept.forget(path)
            return None
        return await self._load_once(path, document)

    def peek(self, path: str) -> Loaded | None:
        """The document if it is in memory and its file is still the same; otherwise `get` is the way."""
        loaded = self._kept.find(path)
        try:
            if loaded is None or loaded.stamp != stamp_of(loaded.document.path):
                return None
        except TryLater:
            return None
        self._kept.use(path)
        return loaded

    async def _load_once(self, path: str, document: Document) -> Loaded | None:
        # Those who ask meanwhile wait for the same reading; whoever began it may go away.
        task = self._coming.get(path)
        if task is None:
            task = self._coming[path] = asyncio.create_task(self._load(path, document))
            task.add_done_callback(lambda ended: self._end(path, ended))
        return await asyncio.shield(task)

    def _end(self, path: str, ended: "asyncio.Task[Loaded | None]") -> None:
        self._coming.pop(path, None)
        if not ended.cancelled():
            # All who waited may have gone away; then nobody asks what went wrong.
            ended.exception()

    async def _load(self, path: str, document: Document) -> Loaded | None:
        loaded = await asyncio.to_thread(_load_whole, document)
        if loaded is not None:
            self._fresh(path, loaded)
            self._kept.keep(path, loaded)
        return loaded


def _load_whole(document: Document) -> Loaded | None:
    for _ in range(REPLACED):
        try:
            return load(document)
        except OSError as error:
            # Another machine replaced the file on a shared folder while we read the former one.
            if error.errno != ESTALE:
                raise_if_away(error)
                return None
    raise TryLater(f"{document.path}: it was replaced each time while it was read")
