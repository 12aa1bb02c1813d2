"""The one feedgen extension: mends what feedgen 1.0.0 gets wrong and adds the elements it lacks.

feedgen builds the tree of a feed and of each entry, then hands them to the extensions. Ours takes out
what cannot be right, puts in what the writer added, and sorts the children into the specification's order.
Elements that feedgen would date by the process's locale or by the clock never reach it (`Undated`).
"""

from collections.abc import Iterable, Mapping, Set
from datetime import UTC, datetime
from typing import Any

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from syndicate.formats.entry import METADATA
from syndicate.model.feed import Extra

NAMESPACES = {
    "at": "http://purl.org/atompub/tombstones/1.0",
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "fh": "http://purl.org/syndication/history/1.0",
    "media": "http://search.yahoo.com/mrss/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "syndicate": METADATA,
}

ISSUED = f"{{{NAMESPACES['dcterms']}}}issued"
# https://www.rssboard.org/rss-specification#requiredChannelElements, #optionalChannelElements
CHANNEL_ORDER = (
    *("title", "link", "description", "language", "copyright", "managingEditor", "webMaster", "pubDate"),
    *("lastBuildDate", "category", "generator", "docs", "cloud", "ttl", "image"),
)
# https://www.rssboard.org/rss-specification#hrelementsOfLtitemgt; some take the later of dcterms:issued
# and pubDate for the publication, and of a replay these differ: its own time has to stand last. So in Atom.
ITEM_ORDER = (
    *("title", "link", "description", "author", "category", "comments", "enclosure", "guid"),
    *(ISSUED, "pubDate", "source"),
)
# https://www.rfc-editor.org/rfc/rfc4287, sections 4.1.1 and 4.1.2
ATOM_ORDER = (
    *("author", "category", "content", "contributor", "generator", "icon", "id", "link", "logo", ISSUED),
    *("published", "rights", "source", "subtitle", "summary", "title", "updated"),
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
        self.replaced: set[str] = set()
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

    def replace(self, name: str, text: str) -> None:
        """Add an element in the place of feedgen's own of that name."""
        self.replaced.add(name)
        self.add(name, text)

    def override(self, extras: Iterable[Extra]) -> None:
        """Add a partner's own elements in the place of all of ours of the same names."""
        elements = [_own_element(extra) for extra in extras]
        names = {each.tag for each in elements}
        self.parts = [part for part in self.parts if part.tag not in names] + elements
        self.replaced |= names

    def mark(self, name: str) -> None:
        """Add an element that says all by being there."""
        self.parts.append(etree.Element(qualified(name)))

    def extend_ns(self) -> dict[str, str]:
        """The prefixes that the root declares, so that no entry has to."""
        return dict(self.namespaces)

    def extend_rss(self, root: etree._Element) -> etree._Element:
        """Complete a channel or an item."""
        parent, order = (root, ITEM_ORDER) if root.tag == "item" else (root[0], CHANNEL_ORDER)
        self._clear(parent, self.replaced)
        parent.extend(self.parts)
        _sort(parent, order)
        return root

    def extend_atom(self, root: etree._Element) -> etree._Element:
        """Complete a feed or an entry. feedgen's own links lose rel, type and length: ours replace them."""
        self._clear(root, {"link", *self.replaced})
        if self.language:
            root.set("{http://www.w3.org/XML/1998/namespace}lang", self.language)
        root.extend(self.parts)
        _sort(root, ATOM_ORDER)
        return root

    @staticmethod
    def _clear(parent: etree._Element, names: Set[str]) -> None:
        for wrong in [child for child in parent if child.tag in names]:
            parent.remove(wrong)


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


def new_entry() -> Any:
    """An entry with the extension as `.own`; its `rss_entry()` or `atom_entry()` builds its tree."""
    entry = FeedEntry()
    entry.register_extension("own", Extension)
    return entry


def fragment(element: etree._Element, prefixes: Iterable[str], *, depth: int) -> bytes:
    """An element's bytes as they stand at that depth of a document that declares these prefixes."""
    wrapper = parent = etree.Element("_", nsmap={prefix: NAMESPACES[prefix] for prefix in prefixes})
    for _ in range(depth - 1):
        parent = etree.SubElement(parent, "_")
    parent.append(element)
    data: bytes = etree.tostring(wrapper, encoding="UTF-8", pretty_print=True, xml_declaration=False)
    # Each wrapper's tags stand on lines of their own: `  <_>` before, `  </_>` after.
    start = end = 0
    for level in range(depth):
        start = data.index(b"\n", start) + 1
        end += len("  " * level + "</_>\n")
    return data[start:-end]


def _own_element(extra: Extra) -> etree._Element:
    prefix, _, local = extra.name.rpartition(":")
    namespace = extra.namespace or (NAMESPACES[prefix] if prefix else "")
    name = f"{{{namespace}}}{local}" if namespace else local
    element = etree.Element(name, nsmap={prefix: namespace} if namespace else None)
    element.text = extra.text
    return element


def _sort(parent: etree._Element, order: tuple[str, ...]) -> None:
    ranks = {name: rank for rank, name in enumerate(order)}
    parent[:] = sorted(parent, key=lambda child: ranks.get(child.tag, len(order)))
