"""What of the published files is to be uploaded, in which order, and with which headers. Pure."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256

from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import Format, content_type

DOCUMENT = re.compile(rf"feeds/([^/.]+)(?:/([1-9][0-9]*))?\.({'|'.join(Format)})")
SITEMAP = re.compile(r"sitemap[a-z0-9-]*\.xml")
OTHERS = {"feeds.opml": "text/x-opml; charset=utf-8"}
XML = "application/xml; charset=utf-8"
HOUR = 3600
# Objects of one name: as it is, and compressed for a server in between that asks for the sibling.
ENCODINGS = {".gz": "gzip", ".br": "br", "": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Documents to upload and to delete, each in the order in which no link is ever left dangling."""

    uploads: tuple[str, ...]
    deletions: tuple[str, ...]


def is_document(name: str) -> bool:
    """Whether a file of the public folder, `feeds/all.rss`, is one that readers ask for."""
    return bool(DOCUMENT.fullmatch(name) or SITEMAP.fullmatch(name) or name in OTHERS)


def plan(present: Collection[str], known: Collection[str], changed: Collection[str]) -> Plan:
    """What to do about the documents that are `present`, of which some `changed` since they were uploaded.

    `known` are those that stand in the storage. What others lead to goes up first and comes down last:
    archive documents by their number, then feeds, then what lists them.
    """
    gone = [name for name in known if name not in present]
    return Plan(
        uploads=tuple(sorted(changed, key=_rank)), deletions=tuple(sorted(gone, key=_rank, reverse=True))
    )


def headers_of(name: str, catalogue: Catalogue) -> dict[str, str]:
    """The headers that an object is served with."""
    found = DOCUMENT.fullmatch(name)
    feed = catalogue.feeds.get(found[1]) if found else None
    fresh = int(feed.ttl.total_seconds()) if feed else HOUR
    kind = content_type(Format(found[3])) if found else OTHERS.get(name, XML)
    return {"Content-Type": kind, "Cache-Control": f"public, max-age={fresh}"}


def variants(name: str, siblings: Mapping[str, bytes]) -> Iterator[tuple[str, bytes, dict[str, str]]]:
    """The objects of one document, `siblings` by suffix: name, bytes, and the encoding if there is one."""
    for suffix, encoding in ENCODINGS.items():
        yield name + suffix, siblings[suffix], {"Content-Encoding": encoding} if encoding else {}


def objects_of(names: Iterable[str]) -> list[str]:
    """The names of all their objects, the document itself before its compressed siblings."""
    return [name + suffix for name in names for suffix in reversed(ENCODINGS)]


def digest(data: bytes, headers: Mapping[str, str]) -> str:
    """What differs when an object has to be uploaded again."""
    return sha256(repr(sorted(headers.items())).encode() + b"\0" + data).hexdigest()[:32]


def _rank(name: str) -> tuple[int, int, str]:
    found = DOCUMENT.fullmatch(name)
    if found is None:
        # The index of sitemaps leads to the others.
        return (3 if name == "sitemap.xml" else 2, 0, name)
    return (0, int(found[2]), name) if found[2] else (1, 0, name)
