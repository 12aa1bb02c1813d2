"""The documents that are in memory: as many bytes as are granted, what was asked for longest goes first."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable

from syndicate.web.documents import Document
from syndicate.web.loaded import Loaded, load, stamp_of


class Memory:
    """Loads each document once for every version of its file; `fresh` is told of each version first."""

    def __init__(self, most: int, *, fresh: Callable[[str, Loaded], None] | None = None) -> None:
        self._most = most
        self._fresh = fresh or (lambda _path, _loaded: None)
        self._kept: OrderedDict[str, Loaded] = OrderedDict()
        self._coming: dict[str, asyncio.Task[Loaded | None]] = {}
        self.size = 0

    async def get(self, path: str, document: Document) -> Loaded | None:
        """The document as its file is now; None while there is no file."""
        stamp = stamp_of(document.path)
        loaded = self._kept.get(path)
        if loaded is not None and loaded.stamp == stamp:
            self._kept.move_to_end(path)
            return loaded
        if stamp is None:
            self._forget(path)
            return None
        return await self._load_once(path, document)

    def peek(self, path: str) -> Loaded | None:
        """The document if it is in memory and its file is still the same; otherwise `get` is the way."""
        loaded = self._kept.get(path)
        if loaded is None or loaded.stamp != stamp_of(loaded.document.path):
            return None
        self._kept.move_to_end(path)
        return loaded

    async def _load_once(self, path: str, document: Document) -> Loaded | None:
        # Those who ask meanwhile wait for the same reading; whoever began it may go away.
        task = self._coming.get(path)
        if task is None:
            task = self._coming[path] = asyncio.create_task(self._load(path, document))
            task.add_done_callback(lambda _: self._coming.pop(path, None))
        return await asyncio.shield(task)

    async def _load(self, path: str, document: Document) -> Loaded | None:
        try:
            loaded = await asyncio.to_thread(load, document)
        except OSError:
            return None
        self._fresh(path, loaded)
        self._keep(path, loaded)
        return loaded

    def _keep(self, path: str, loaded: Loaded) -> None:
        self._forget(path)
        if loaded.size > self._most:
            return
        self._kept[path] = loaded
        self.size += loaded.size
        while self.size > self._most:
            _, gone = self._kept.popitem(last=False)
            self.size -= gone.size

    def _forget(self, path: str) -> None:
        gone = self._kept.pop(path, None)
        if gone is not None:
            self.size -= gone.size
