"""What is kept in memory, up to so many bytes: what was asked for longest ago goes first."""

from collections import OrderedDict

from syndicate.web.loaded import Loaded


class Kept:
    """Documents in memory by path, no more than `most` bytes of them."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[str, Loaded] = OrderedDict()
        self.size = 0

    @property
    def count(self) -> int:
        """How many documents."""
        return len(self._kept)

    def find(self, path: str) -> Loaded | None:
        """The document, whoever asks for it being no reason to keep it."""
        return self._kept.get(path)

    def use(self, path: str) -> None:
        """Somebody was given it."""
        self._kept.move_to_end(path)

    def keep(self, path: str, loaded: Loaded) -> None:
        """Keep it in place of its former version; what is larger than all that is granted is not kept."""
        self.forget(path)
        if loaded.size > self._most:
            return
        self._kept[path] = loaded
        self.size += loaded.size
        while self.size > self._most:
            _, gone = self._kept.popitem(last=False)
            self.size -= gone.size

    def forget(self, path: str) -> None:
        """Let go of it."""
        gone = self._kept.pop(path, None)
        if gone is not None:
            self.size -= gone.size
