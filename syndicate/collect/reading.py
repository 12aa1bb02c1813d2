"""What a reader is given and what it finds: raw captures, pages as they were, and failures."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from syndicate.collect.visits import Visits
from syndicate.errors import SyndicateError
from syndicate.model.item import Timestamp
from syndicate.model.source import Source
from syndicate.store.pages import PageStatus


class Stash(Protocol):
    """Where a capture is kept as soon as it was fetched, so that no kill costs it."""

    async def keep(self, capture: "Capture") -> None:
        """Keep it at once."""

    async def find(self, key: str) -> "Capture | None":
        """What was kept under that key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One run over one source; `pages` is what is remembered of its pages, by address or path.

    `thorough` asks to look further than where nothing is new: the first run is not over, or the last check
    left pages to come. What is fetched slowly is kept in `stash` at once. A reader of archives adds to
    `images` what finds an image in them, by its address.
    """

    source: Source
    visits: Visits
    pages: Mapping[str, PageStatus] = field(default_factory=dict)
    thorough: bool = False
    stash: Stash | None = None
    images: list[Callable[[str], bytes | None]] = field(default_factory=list)

    def is_known(self, key: str, content_hash: str) -> bool:
        """Whether these very bytes were collected before."""
        page = self.pages.get(key)
        return page is not None and page.content_hash == content_hash

    def unseen(self, keys: Iterable[str]) -> int:
        """How many of these were never read."""
        return sum(key not in self.pages for key in keys)

    def may_ask(self, key: str) -> bool:
        """Whether it is time to ask for this one: a page that refused us is left alone for a while."""
        page = self.pages.get(key)
        return page is None or page.not_before is None or page.not_before <= self.visits.now()

    @property
    def refused(self) -> list[str]:
        """The pages with a story that could not be had when they were last asked for."""
        return [page.url for page in self.pages.values() if page.failures and not page.own]


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """The bytes of one page. `key` is what it is remembered by, `url` the address it stands for.

    `own` tells that this is the source's own document, whose `headers` say when to come again. `not_after` is
    an earlier capture that an archive has of this address. `title` and `published` are what a sitemap says
    of it, for where the page says nothing; `exhausted` that all the pages which it lists were read before.
    """

    key: str
    url: str
    data: bytes
    content_hash: str
    captured: datetime
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    own: bool = False
    warnings: tuple[str, ...] = ()
    not_after: datetime | None = None
    title: str = ""
    published: Timestamp | None = None
    exhausted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Same:
    """A page that is as it was: it costs no parse (requirement C1). `seen` is when that was found, where it
    counts from when on it may have changed.
    """

    key: str
    headers: Mapping[str, str] = field(default_factory=dict)
    own: bool = False
    seen: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A page that could not be read; the others go on. `own` marks one that lists pages."""

    key: str
    error: SyndicateError
    own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PutOff:
    """Pages that wait for the next run, and why; `unseen` of them were never read. `retry_after` is in
    seconds.
    """

    count: int
    why: str
    unseen: int = 0
    retry_after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What is no page and is remembered like one, once all that came before it is saved: an archive file that
    was read to its end. `etag` tells it from a later state of it; `warnings` are told in this run alone.
    """

    key: str
    etag: str = ""
    captured: datetime | None = None
    warnings: tuple[str, ...] = ()


Finding = Capture | Same | Failed | PutOff | Noted
