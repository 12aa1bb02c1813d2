"""Partners: sites that ingest our feeds under a contract, and what the contract says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from syndicate.model.feed import Format
from syndicate.model.item import ItemKind
from syndicate.model.source import Publish


class Profile(StrEnum):
    """Whose published rules a partner's documents must keep; `custom` has none beside the contract's."""

    CUSTOM = "custom"
    MSN = "msn"
    SMARTNEWS = "smartnews"
    FLIPBOARD = "flipboard"
    GOOGLE_NEWS = "google-news"


class Canonical(StrEnum):
    """Where an entry's link leads: the original's address, or our own page of the item."""

    ORIGINAL = "original"
    OURS = "ours"


class NoticePlace(StrEnum):
    """Where the archive notice stands in the content (requirement N8: moved, never dropped)."""

    LAST = "last"
    FIRST = "first"


# The HTML twin is a page for people, and no document of a contract.
PARTNER_FORMATS = (Format.RSS, Format.ATOM, Format.JSON, Format.NINJS)
READ_BY = {
    Profile.CUSTOM: PARTNER_FORMATS,
    # Its takedown dates would have no place in a tombstone, which is what Atom gets for what expired.
    Profile.MSN: (Format.RSS,),
    Profile.SMARTNEWS: (Format.RSS,),
    Profile.FLIPBOARD: (Format.RSS,),
    Profile.GOOGLE_NEWS: (Format.RSS, Format.ATOM),
}

# Whose specifications ask for the whole text of an article.
TAKE_WHOLE = frozenset({Profile.MSN, Profile.FLIPBOARD})


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """A partner and its contract. An empty tuple lets everything through.

    `publish` is the most that goes out, and never more than a source's rights. `embargo` counts from the
    publication, and `embargoes` from there by section; the longer one holds. `max_age` is None for no limit.
    `licence` and `rights_holder` stand where a source names none. `keep_withdrawn` is how long a withdrawn
    item stays as an expired entry. `contact` is whom the operator writes to. `take` and `max_bytes` are None
    for the feed's own.
    """

    name: str
    title: str
    feeds: tuple[str, ...]
    profile: Profile = Profile.CUSTOM
    formats: tuple[Format, ...] = ()
    publish: Publish = Publish.FULL
    languages: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    exclude_sections: tuple[str, ...] = ()
    kinds: tuple[ItemKind, ...] = ()
    embargo: timedelta = timedelta(0)
    embargoes: Mapping[str, timedelta] = field(default_factory=dict)
    max_age: timedelta | None = None
    canonical: Canonical = Canonical.ORIGINAL
    licence: str = ""
    rights_holder: str = ""
    notice: NoticePlace = NoticePlace.LAST
    keep_withdrawn: timedelta = timedelta(0)
    contact: str = ""
    take: int | None = None
    max_bytes: int | None = None

    @property
    def forms(self) -> tuple[Format, ...]:
        """The formats that it gets: the stated ones, or all that its profile reads."""
        return self.formats or READ_BY[self.profile]
