"""Where items come from: sources, their rights, and the old sites whose notice they carry."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from enum import StrEnum

WAYBACK_MACHINE = "https://web.archive.org"


class SourceKind(StrEnum):
    """How a source is read."""

    PAGE = "page"
    LISTING = "listing"
    FEED = "feed"
    FILES = "files"
    WARC = "warc"
    SITEMAP = "sitemap"
    WAYBACK = "wayback"

    @property
    def lists_pages(self) -> bool:
        """Whether its own document holds no story, but the addresses of those that do."""
        return self in {SourceKind.LISTING, SourceKind.SITEMAP}

    @property
    def is_local(self) -> bool:
        """Whether its pages lie in files of ours, so that reading them is no burden to anybody else."""
        return self in {SourceKind.FILES, SourceKind.WARC}


class Captures(StrEnum):
    """Which captures of an address are taken: `last` has the final text, `all` every version."""

    FIRST = "first"
    LAST = "last"
    ALL = "all"


class Archived(StrEnum):
    """Whether a source's items carry the archive notice (requirement N2): `auto` reads the pages."""

    AUTO = "auto"
    YES = "yes"
    NO = "no"


class Backlog(StrEnum):
    """What becomes of the old items of a source's first run: kept out of issues, or `take` per issue."""

    SKIP = "skip"
    DRIP = "drip"
    NONE = "none"


class Publish(StrEnum):
    """How much of an item we may publish (requirement P2)."""

    FULL = "full"
    TEASER = "teaser"
    LINK = "link"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """Whose the items are. `licence` is a URL or a short text; it travels with every item."""

    holder: str = ""
    licence: str = ""
    publish: Publish = Publish.TEASER


@dataclass(frozen=True, slots=True, kw_only=True)
class OldSite:
    """A site that is archived and no longer updated, and where its successor is.

    `wording` maps a language to the notice's text; `{name}`, `{successor}` are filled in. A language
    without wording takes the shipped catalogue's.
    """

    key: str
    name: str
    successor_name: str = ""
    successor_url: str = ""
    hosts: tuple[str, ...] = ()
    wording: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selectors:
    """Where the fields of a source's pages stand, where extraction errs: CSS, or XPath that begins with `/`.

    `briefs` are the elements that hold one brief each; `links` and `next` a listing's article links and the
    way to its next page; `remove` goes before anything is read. `model.selector` says how one is written.
    """

    headline: str = ""
    body: str = ""
    authors: str = ""
    credit: str = ""
    published: str = ""
    updated: str = ""
    section: str = ""
    image: str = ""
    summary: str = ""
    notice: str = ""
    briefs: str = ""
    links: str = ""
    next: str = ""
    remove: tuple[str, ...] = ()

    @property
    def stated(self) -> dict[str, str]:
        """The selectors of fields that are set, by name; without `remove`."""
        every = ((one.name, getattr(self, one.name)) for one in fields(self))
        return {name: text for name, text in every if isinstance(text, str) and text}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A place we collect from. `url` is set for page, listing, feed and sitemap; `folder` for files.

    `only` narrows a folder or a sitemap to paths like `en/*`, `since` and `until` to pages dated so. `pages`
    is how many pages of a listing are walked. `base_url` stands for the address that saved files once
    had. `notice` overrides the archive notice's text for this source; `"none"` silences it. `timezone` is
    the zone of dates written without one. For wayback `url` is the beginning of the old site's addresses,
    `archive` the web archive's own; `since` and `until` are days of capture, both counted in.
    """

    name: str
    kind: SourceKind
    title: str = ""
    url: str = ""
    folder: str = ""
    only: tuple[str, ...] = ()
    base_url: str = ""
    language: str = ""
    timezone: str = ""
    archived: Archived = Archived.AUTO
    old_site: str = ""
    notice: str = ""
    rights: Rights = Rights()
    backlog: Backlog | None = None
    interval: timedelta = timedelta(hours=1)
    limit: int = 500
    pages: int = 1
    since: date | None = None
    until: date | None = None
    captures: Captures = Captures.LAST
    archive: str = WAYBACK_MACHINE
    selectors: Selectors = Selectors()

    @property
    def scope(self) -> str:
        """Where it is and what narrows it: when that changes, old pages may come that no check has seen."""
        where = self.kind, self.url, self.folder, self.archive, self.captures
        return "\n".join(map(str, (*where, self.pages, self.since, self.until, *self.only)))

    @property
    def backlog_policy(self) -> Backlog | None:
        """The stated policy, or what `archived` implies; None where each item's own notice decides."""
        if self.backlog is not None:
            return self.backlog
        implied = {Archived.YES: Backlog.DRIP, Archived.NO: Backlog.SKIP}
        return implied.get(self.archived)
