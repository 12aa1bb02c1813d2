"""Fingerprints: what a feed was filled by, and what its bytes depend on besides its entries."""

import hashlib
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from threading import Lock

from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import Feed, Selection
from syndicate.templating import Templates

PROGRAM = Path(__file__).parent.parent
# The code that makes bytes: where it changes, what stands may not be what it would write.
WRITING = ("formats", "publish", "model")
TEMPLATES = ("web/feed.html", "web/feed_entry.html", "web/base.html")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prints:
    """`filled` is of the rule that picks a feed's items, `entries` of all that an entry's bytes depend on
    besides its item, `rendered` of all that a feed's documents do. `filling` is of both the rule and that.
    """

    filled: str
    filling: str
    entries: str
    rendered: str

    def at(self, place: str) -> "Prints":
        """The same where documents lie in the folder of that mark, which `rendered` then begins with."""
        return replace(self, rendered=(place + self.rendered)[: len(self.rendered)])


class Fingerprints:
    """Takes fingerprints of feeds, once as long as nothing changes. For all threads."""

    def __init__(self) -> None:
        self._catalogue: Catalogue | None = None
        self._templates = ""
        self._entries = ""
        self._taken: dict[str, Prints] = {}
        self._lock = Lock()

    def take(self, feed: Feed, *, catalogue: Catalogue, templates: Templates) -> Prints:
        """The fingerprints of a feed of the catalogue as it is configured now."""
        said = templates.fingerprint(*TEMPLATES)
        with self._lock:
            # The catalogue is frozen: the same object says the same.
            if self._catalogue is not catalogue or self._templates != said:
                self._catalogue, self._templates = catalogue, said
                self._entries, self._taken = entries_by(catalogue, said), {}
            if feed.name not in self._taken:
                filled = filled_by(feed)
                rendered = _digest(self._entries, repr(replace(feed, selection=Selection())))
                self._taken[feed.name] = Prints(
                    filled=filled,
                    filling=_digest(filled, rendered),
                    entries=self._entries,
                    rendered=rendered,
                )
            return self._taken[feed.name]


def filled_by(feed: Feed) -> str:
    """The fingerprint of what picks a feed's items, and of whether it is one document for ever."""
    return _digest(repr(replace(feed.selection, take=0)), feed.mode, str(feed.frozen))


def entries_by(catalogue: Catalogue, templates: str) -> str:
    """The fingerprint of all that an entry's bytes depend on besides its item."""
    named = (catalogue.site, dict(catalogue.sources), dict(catalogue.old_sites), catalogue.hub_url)
    return _digest(program(), templates, *map(repr, named))


@cache
def program() -> str:
    """The fingerprint of the code that makes bytes."""
    files = (path for folder in WRITING for path in sorted((PROGRAM / folder).rglob("*.py")))
    return _digest(*(hashlib.sha256(path.read_bytes()).hexdigest() for path in files))


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
