"""A document as the rules look at it: its kind, its frame and its entries, each indexed once."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

ATOM = "{http://www.w3.org/2005/Atom}"
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
RSS_1 = "{http://purl.org/rss/1.0/}"
RSS_090 = "{http://my.netscape.com/rdf/simple/0.9/}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
DC = "{http://purl.org/dc/elements/1.1/}"
DCTERMS = "{http://purl.org/dc/terms/}"
SY = "{http://purl.org/rss/1.0/modules/syndication/}"
MEDIA = "{http://search.yahoo.com/mrss/}"
HISTORY = "{http://purl.org/syndication/history/1.0}"
AT = "{http://purl.org/atompub/tombstones/1.0}"
XHTML = "{http://www.w3.org/1999/xhtml}"
XML = "{http://www.w3.org/XML/1998/namespace}"


class Kind(StrEnum):
    """What a document is; the value is its name for people."""

    RSS = "RSS 2.0"
    OLD_RSS = "RSS 0.9x"
    RDF = "RSS 1.0"
    ATOM = "Atom 1.0"
    OLD_ATOM = "Atom 0.3"
    ENTRY = "an Atom entry"
    JSON = "JSON Feed"
    NINJS = "ninjs"
    OPML = "OPML"
    MAIL = "a mail"
    HTML = "an HTML page"
    SITEMAP = "a sitemap"
    OTHER_XML = "XML, but no feed"
    OTHER_JSON = "JSON, but no feed"
    NOTHING = "nothing that this reads"


RSS_KINDS = frozenset({Kind.RSS, Kind.OLD_RSS, Kind.RDF})
XML_KINDS = RSS_KINDS | {Kind.ATOM, Kind.ENTRY, Kind.OPML}


class Part:
    """An entry, or what stands around the entries: an element without those of its children."""

    def __init__(self, element: Any, entries: frozenset[str] = frozenset()) -> None:
        self.element = element
        self._entries = entries

    @cached_property
    def children(self) -> dict[str, list[Any]]:
        """The children by name."""
        found: dict[str, list[Any]] = defaultdict(list)
        for child in self.element:
            if type(child.tag) is str and child.tag not in self._entries:
                found[child.tag].append(child)
        return found

    @cached_property
    def inside(self) -> list[Any]:
        """Every element in it, itself first."""
        if not self._entries:
            return [each for each in self.element.iter() if type(each.tag) is str]
        kept = (child for child in self.element if child.tag not in self._entries)
        return [self.element, *(each for child in kept for each in child.iter() if type(each.tag) is str)]

    @cached_property
    def named(self) -> dict[str, list[Any]]:
        """Every element in it by name."""
        found: dict[str, list[Any]] = defaultdict(list)
        for element in self.inside:
            found[element.tag].append(element)
        return found

    def all(self, *tags: str) -> Iterator[Any]:
        """The children of these names."""
        for tag in tags:
            yield from self.children.get(tag, ())

    def text(self, tag: str) -> str:
        """The text of the first child of this name."""
        found = self.children.get(tag)
        return text_of(found[0]) if found else ""


@dataclass(frozen=True, kw_only=True)
class Around:
    """What a rule may know beyond its part. `now` is None where nothing is to be said of plausible dates.

    `ids` are those of entries that will stand in the document besides the ones in it. `authored`: the feed
    itself names an author.
    """

    kind: Kind
    root: Any = None
    data: bytes = b""
    url: str = ""
    now: datetime | None = None
    ours: bool = False
    authored: bool = True
    ids: tuple[str, ...] = ()
    entries: Sequence[Any] = field(default=())


def text_of(element: Any) -> str:
    """An element's own text, without what surrounds it."""
    return (element.text or "").strip()


def local(element: Any) -> str:
    """Its name without the namespace, or with the prefix that people know it by."""
    # A name of a document that was mended while it was read may be none that QName takes.
    name = str(element.tag).rpartition("}")[2]
    return f"{element.prefix}:{name}" if element.prefix else name


def has_base(element: Any) -> bool:
    """Whether an xml:base says against what relative references are read."""
    name = f"{XML}base"
    return element.get(name) is not None or any(
        each.get(name) is not None for each in element.iterancestors()
    )
