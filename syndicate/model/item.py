"""Items and what they are made of. Content is immutable per revision; state is kept apart."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum


class ItemKind(StrEnum):
    """An article has a headline and a body; a brief is a sentence or two with a link."""

    ARTICLE = "article"
    BRIEF = "brief"


class ItemState(StrEnum):
    """Withdrawn is a state, not a deletion."""

    LIVE = "live"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timestamp:
    """A moment as a page states it: zone and minute kept, or a day alone where no time is known.

    `instant` is aware and keeps the stated offset; with `day_only` it is midnight UTC of that day.
    Text form: RFC 3339, or `YYYY-MM-DD` alone.
    """

    instant: datetime
    day_only: bool = False

    @classmethod
    def of_day(cls, day: date) -> "Timestamp":
        """A day without a time."""
        return cls(instant=datetime(day.year, day.month, day.day, tzinfo=UTC), day_only=True)

    @classmethod
    def parse(cls, text: str) -> "Timestamp":
        """Read the text form. Raises ValueError on anything else, a naive time included."""
        if len(text) == 10:
            return cls.of_day(date.fromisoformat(text))
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is None:
            raise ValueError(f"{text!r} has a time but no zone; RFC 3339 wants one, or the date alone")
        return cls(instant=instant)

    def __str__(self) -> str:
        return self.instant.date().isoformat() if self.day_only else self.instant.isoformat()

    @property
    def utc(self) -> datetime:
        """The instant in UTC, for ordering."""
        return self.instant.astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A lead image. `media` is its name in our media store, empty until it has been fetched."""

    url: str
    alt: str = ""
    width: int = 0
    height: int = 0
    media: str = ""
    media_type: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What tells a reader that an item comes from a site no longer updated, and where the new one is."""

    text: str
    successor_url: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a revision holds. HTML is sanitised with absolute URLs; `headline` of a brief is empty.

    `direction` is `ltr` or `rtl`. A brief's words are in `body_text`, without its "More".
    """

    headline: str = ""
    body_text: str = ""
    body_html: str = ""
    summary: str = ""
    authors: tuple[str, ...] = ()
    credit: str = ""
    section: str = ""
    language: str = ""
    direction: str = "ltr"
    url: str = ""
    published: Timestamp | None = None
    updated: Timestamp | None = None
    image: Image | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where an item's content came from. `captured` is when the raw page was seen; no date is later.

    `raw_hash` is the SHA-256 of the raw page's bytes, in hex.
    """

    source: str
    original_url: str
    captured: datetime
    raw_hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What a reader found, before the plan decides whether it is new, changed or known.

    `keys` identify the story, strongest first (`guid:…`, `url:…`, `text:…`); any match means the same item.
    `page_notice` is the notice in the page's own words; `archived` tells that upstream marks it so.
    `not_after` is a time at which the story was there already. With `dated_capture` an archive vouches for
    the time of capture, which puts several captures of one story in order. `address` is where a page was
    fetched, whatever it calls itself: empty for a file without one, None for what is no page.
    """

    kind: ItemKind
    keys: tuple[str, ...]
    content: Content
    provenance: Provenance
    page_notice: Notice | None = None
    archived: bool = False
    warnings: tuple[str, ...] = ()
    not_after: datetime | None = None
    dated_capture: bool = False
    address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What was wrong and what is right, in the operator's words for readers, and when that was said."""

    note: str
    at: datetime


class NoteKind(StrEnum):
    """What the operator did to an item; `mended` is a correction that no reader is told of."""

    CORRECTED = "corrected"
    MENDED = "mended"
    WITHDRAWN = "withdrawn"
    RESTORED = "restored"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemNote:
    """What the operator said of an item, when, and at which revision; of a correction, the one it made."""

    id: int
    item_id: str
    kind: NoteKind
    at: datetime
    revision: int
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageWords:
    """What the page itself says in the fields that the operator corrected; None where none was.

    The body is corrected as a whole: `body_text` and `body_html` are both None, or neither is.
    """

    headline: str | None = None
    summary: str | None = None
    body_text: str | None = None
    body_html: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One published thing. `id` is a UUID in text, minted once and kept for ever.

    `collected` is when the first revision was stored; `changed` when the content last changed, None for
    never. `backlog` marks what a source's first run brought. `page_notice` keeps the page's own words.
    `not_after` is the earliest capture of it: it was published then at the latest, which is no date of
    publication; None where nothing is known but when a file was copied. `stamp` counts every change that an
    output may show, in the content or beside it. `correction` is the newest one that readers are told of, and
    `page_words` keeps what a correction overrides.
    """

    id: str
    kind: ItemKind
    content: Content
    provenance: Provenance
    collected: datetime
    changed: datetime | None = None
    revision: int = 1
    state: ItemState = ItemState.LIVE
    archived: bool = False
    backlog: bool = False
    page_notice: Notice | None = None
    not_after: datetime | None = None
    stamp: int = field(default=1, compare=False)
    withdrawn: datetime | None = None
    withdrawn_note: str = ""
    correction: Correction | None = None
    page_words: PageWords | None = None

    @property
    def urn(self) -> str:
        """The id as every output shows it (RFC 9562, section 4)."""
        return f"urn:uuid:{self.id}"
