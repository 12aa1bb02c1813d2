"""The one feedgen extension: mends what feedgen 1.0.0 gets wrong and adds the elements it lacks.

feedgen builds the tree of a feed and of each entry, then hands them to the extensions. Ours takes out
what cannot be right, puts in what the writer added, and sorts the children into the specification's order.
Elements that feedgen would date by the process's locale or by the clock never reach it (`Undated`).
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from feedgen.ext.base import BaseEntryExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from syndicate.formats.entry import METADATA

NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "media": "http://search.yahoo.com/mrss/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "syndicate": METADATA,
}

# https://www.rssboard.org/rss-specification#requiredChannelElements, #optionalChannelElements
CHANNEL_ORDER = (
    *("title", "link", "description", "language", "copyright", "managingEditor", "webMaster", "pubDate"),
    *("lastBuildDate", "category", "generator", "docs", "cloud", "ttl", "image"),
)
# https://www.rssboard.org/rss-specification#hrelementsOfLtitemgt
ITEM_ORDER = (
    *("title", "link", "description", "author", "category", "comments", "enclosure", "guid", "pubDate"),
    "source",
)
# https://www.rfc-editor.org/rfc/rfc4287, sections 4.1.1 and 4.1.2
ATOM_ORDER = (
    *("author", "category", "content", "contributor", "generator", "icon", "id", "link", "logo", "published"),
    *("rights", "source", "subtitle", "summary", "title", "updated"),
)


class Undated(datetime):
    """A moment that feedgen holds for none: it would stamp its own clock, through the process's locale."""

    def __bool__(self) -> bool:
        return False


UNDATED = Undated(1970, 1, 1, tzinfo=UTC)


class Extension(BaseEntryExtension):  # type: ignore[misc]
    """Serves feeds and entries alike; `namespaces` counts on the feed only."""

    def __init__(self) -> None:
        self.namespaces: Mapping[str, str] = {}
        self.parts: list[etree._Element] = []
        self.language = ""

    def add(
        self, name: str, text: str = "", attributes: Mapping[str, str] | None = None
    ) -> etree._Element | None:
        """Add an element, `prefix:name` or a name without namespace; one with nothing to say is left out."""
        if not text and not attributes:
            return None
        element = etree.Element(qualified(name), {k: v for k, v in (attributes or {}).items() if v})
        element.text = text or None
        self.parts.append(element)
        return element

    def extend_ns(self) -> dict[str, str]:
        """The prefixes that the root declares, so that no entry has to."""
        return dict(self.namespaces)

    def extend_rss(self, root: etree._Element) -> etree._Element:
        """Complete a channel or an item."""
        parent, order = (root, ITEM_ORDER) if root.tag == "item" else (root[0], CHANNEL_ORDER)
        parent.extend(self.parts)
        _sort(parent, order)
        return root

    def extend_atom(self, root: etree._Element) -> etree._Element:
        """Complete a feed or an entry. feedgen's own links lose rel, type and length: ours replace them."""
        for link in root.findall("link"):
            root.remove(link)
        if self.language:
            root.set("{http://www.w3.org/XML/1998/namespace}lang", self.language)
        root.extend(self.parts)
        _sort(root, ATOM_ORDER)
        return root


def qualified(name: str) -> str:
    """`dc:creator` in lxml's notation."""
    prefix, _, local = name.rpartition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}" if prefix else local


def new_feed(prefixes: Iterable[str]) -> Any:
    """A FeedGenerator with the extension as `.own`, on the feed and on every entry."""
    feed = FeedGenerator()
    feed.register_extension("own", Extension, Extension)
    feed.own.namespaces = {prefix: NAMESPACES[prefix] for prefix in prefixes}
    return feed


def new_entry(feed: Any) -> Any:
    """The next entry, behind the ones that are there (feedgen's default puts it before them)."""
    return feed.add_entry(order="append")


def _sort(parent: etree._Element, order: tuple[str, ...]) -> None:
    ranks = {name: rank for rank, name in enumerate(order)}
    parent[:] = sorted(parent, key=lambda child: ranks.get(child.tag, len(order)))
