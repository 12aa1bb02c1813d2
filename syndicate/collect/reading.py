"""What a reader is given and what it finds: raw captures, pages as they were, and failures."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from syndicate.collect.visits import Visits
from syndicate.errors import SyndicateError
from syndicate.model.source import Source
from syndicate.store.pages import PageStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One run over one source; `pages` is what is remembered of its pages, by address or path."""

    source: Source
    visits: Visits
    pages: Mapping[str, PageStatus] = field(default_factory=dict)

    def is_known(self, key: str, content_hash: str) -> bool:
        """Whether these very bytes were collected before."""
        page = self.pages.get(key)
        return page is not None and page.content_hash == content_hash

    def unseen(self, keys: Iterable[str]) -> int:
        """How many of these were never read."""
        return sum(key not in self.pages for key in keys)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """The bytes of one page. `key` is what it is remembered by, `url` the address it stands for.

    `own` tells that this is the source's own document, whose `headers` say when to come again.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Same:
    """A page that is as it was: it costs no parse (requirement C1)."""

    key: str
    headers: Mapping[str, str] = field(default_factory=dict)
    own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A page that could not be read; the others go on."""

    key: str
    error: SyndicateError


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
