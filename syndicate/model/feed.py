"""Feeds that we publish: their rule, and the finished view that every writer gets."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from syndicate.model.cadence import Cadence
from syndicate.model.item import Image, ItemKind, Timestamp


class Format(StrEnum):
    """The forms of a feed; the value is the file's suffix."""

    RSS = "rss"
    ATOM = "atom"
    JSON = "json"
    HTML = "html"
    NINJS = "ninjs"


MEDIA_TYPES = {
    Format.RSS: "application/rss+xml",
    Format.ATOM: "application/atom+xml",
    Format.JSON: "application/feed+json",
    Format.HTML: "text/html",
    # IPTC registered no type of its own for ninjs.
    Format.NINJS: "application/json",
}


def content_type(form: Format) -> str:
    """The Content-Type that a document is served and distributed with."""
    # RFC 8259 (section 11) has no charset for JSON.
    plain = form in (Format.JSON, Format.NINJS)
    return MEDIA_TYPES[form] if plain else f"{MEDIA_TYPES[form]}; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The rule that picks items; an empty field lets everything through. `take` caps the number."""

    sources: tuple[str, ...] = ()
    kinds: tuple[ItemKind, ...] = ()
    languages: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    take: int = 50


class Mode(StrEnum):
    """Whether a feed shows what is new, or old items again."""

    LIVE = "live"
    REPLAY = "replay"


class Order(StrEnum):
    """Which old items are replayed: one after the other, or those of this very day in former years."""

    OLDEST = "oldest"
    ON_THIS_DAY = "on-this-day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """How an archive becomes a living feed: at every moment of the cadence `take` items at most.

    With `repeat` it begins again after the last item; on this day, every year brings them anyway.
    """

    cadence: Cadence = field(default_factory=lambda: Cadence(cron="0 9 * * *"))
    order: Order = Order.OLDEST
    take: int = 1
    repeat: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A document that we publish, in several formats from one selection.

    In the mode `replay` its entries are replays, made as `replay` says. One that is `frozen` gets no new
    entry, only corrections and withdrawals, and is one document as far as `max_bytes` reaches.

    `moved_from` are names that it had, or paths of ours that begin with a slash: both lead to it for ever.
    With `moved_to` we publish it no more, and its addresses lead there.
    """

    name: str
    title: str
    description: str = ""
    language: str = "en"
    selection: Selection = field(default_factory=Selection)
    ttl: timedelta = timedelta(hours=1)
    max_bytes: int = 1_000_000
    frozen: bool = False
    mode: Mode = Mode.LIVE
    replay: Replay = field(default_factory=Replay)
    moved_from: tuple[str, ...] = ()
    moved_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeView:
    """An archive notice ready for output; `text` is plain. `site` is the old site's name.

    `successor_url` is empty unless it may be a link (requirement N3). `page_text` is the page's own
    notice, so that a copy of it left in a body is found.
    """

    text: str
    language: str
    direction: str
    site: str = ""
    successor_name: str = ""
    successor_url: str = ""
    page_text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionView:
    """What was wrong and what is right, in the operator's words, and when that was said.

    `text` is the note with its label and day, in the entry's language.
    """

    note: str
    at: datetime
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """An entry that was withdrawn (RFC 6721): the id that it had, when, and why if that may be told."""

    id: str
    at: datetime
    note: str = ""
    item_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """An element that a partner asks for in RSS; it stands in place of ours of the same name.

    `name` is `prefix:name` or a name without a namespace. `namespace` is given for a prefix that our
    documents do not declare.
    """

    name: str
    text: str
    namespace: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """Where a document stands among those of its feed (RFC 5005).

    `number` counts archive documents from 1, the oldest; 0 is the subscription document. `current`, `older`
    and `newer` are addresses by format; `older` is empty on the first document, `newer` on the subscription
    document. The one after the newest archive document is still to come.
    """

    number: int = 0
    current: dict[Format, str] = field(default_factory=dict)
    older: dict[Format, str] = field(default_factory=dict)
    newer: dict[Format, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryView:
    """One item, ready for any writer. `url` is where it is read: the original, or our item page.

    `content_html` ends in the archive notice, where there is one; without a notice it is empty if the rights
    allow only a teaser or a link. `updated` is never None, and `updated_inferred` says that it stands in for
    an unknown date (requirement F2).

    Of a `replay`, `id` is its own, `published` its time, and `issued` the original's date, if any. `expired`
    is since when a partner may not show what was withdrawn, `withdrawn_note` what the operator said of it.
    `extras` are elements that one partner alone asks for.
    """

    id: str
    kind: ItemKind
    url: str
    page_url: str
    title: str
    summary: str
    content_html: str
    updated: datetime
    updated_inferred: bool
    language: str
    direction: str
    published: Timestamp | None = None
    authors: tuple[str, ...] = ()
    credit: str = ""
    section: str = ""
    image: Image | None = None
    image_url: str = ""
    licence: str = ""
    rights_holder: str = ""
    source_title: str = ""
    source_url: str = ""
    original_url: str = ""
    captured: datetime | None = None
    notice: NoticeView | None = None
    correction: CorrectionView | None = None
    replay: bool = False
    issued: Timestamp | None = None
    expired: datetime | None = None
    withdrawn_note: str = ""
    item_id: str = ""
    revision: int = 0
    extras: tuple[Extra, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedView:
    """One document of a feed, ready for any writer: the one canonical value. `updated` is the newest entry's.

    `complete` says that the document holds every entry there is (RFC 5005, section 2), `frozen` that the feed
    will get no more.
    """

    name: str
    id: str
    title: str
    description: str
    language: str
    direction: str
    home_url: str
    urls: dict[Format, str]
    updated: datetime
    ttl_minutes: int
    publisher: str
    entries: tuple[EntryView, ...] = ()
    hub_url: str = ""
    licence: str = ""
    tombstones: tuple[Tombstone, ...] = ()
    archive: Archive = field(default_factory=Archive)
    complete: bool = False
    frozen: bool = False
    extras: tuple[Extra, ...] = ()
