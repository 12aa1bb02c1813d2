"""Statements that are asked often, built once: building one takes longer than asking it."""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any

from sqlalchemy import Select

from syndicate.model.catalogue import Catalogue


class Statements:
    """Statements by key, for one catalogue at a time. For all threads."""

    def __init__(self) -> None:
        self._catalogue: Catalogue | None = None
        self._built: dict[Hashable, Select[Any]] = {}
        self._lock = Lock()

    def find(self, catalogue: Catalogue, key: Hashable, build: Callable[[], Select[Any]]) -> Select[Any]:
        """The statement of that key."""
        with self._lock:
            # The catalogue is frozen: the same object says the same.
            if self._catalogue is not catalogue:
                self._catalogue, self._built = catalogue, {}
            if key not in self._built:
                self._built[key] = build()
            return self._built[key]


STATEMENTS = Statements()
