"""The entries of a document of ours as pieces of its bytes: what a reader who had a former version lacks.

RFC 3229 with the instance manipulation "feed": the document, with new and changed entries alone.
"""

import json
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any
from xml.parsers import expat

from syndicate.model.feed import Format

# Where entries stand: RSS 2.0's rss/channel/item, RFC 4287's feed/entry.
PLACES = {Format.RSS: ["rss", "channel", "item"], Format.ATOM: ["feed", "entry"]}


def digests(document: bytes, form: Format) -> frozenset[bytes]:
    """A short hash of each entry as it stands there. Raises ValueError for what is no such document."""
    if form is Format.JSON:
        return frozenset(_digest(_said(item)) for item in _items(json.loads(document)))
    return frozenset(_digest(document[start:end]) for start, end in _spans(document, form))


def without(document: bytes, form: Format, known: Container[bytes]) -> bytes:
    """The document less the entries whose digest is `known`. Raises ValueError like `digests`."""
    if form is Format.JSON:
        feed = json.loads(document)
        kept = [item for item in _items(feed) if _digest(_said(item)) not in known]
        return json.dumps(feed | {"items": kept}, ensure_ascii=False, indent=1).encode()
    pieces, place = [], 0
    for start, end in _spans(document, form):
        if _digest(document[start:end]) in known:
            # The line on which it stood goes with it.
            pieces.append(document[place:start].rstrip())
            place = end
    return b"".join([*pieces, document[place:]])


def _items(feed: Any) -> list[Any]:
    found = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(found, list):
        raise ValueError("there are no items")
    return found


def _said(item: Any) -> bytes:
    return json.dumps(item, ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass")


def _digest(piece: bytes) -> bytes:
    return blake2b(piece, digest_size=12).digest()


def _spans(document: bytes, form: Format) -> Iterator[tuple[int, int]]:
    reader = _Spans(PLACES[form])
    reader.read(document)
    yield from reader.found


@dataclass(slots=True)
class _Spans:
    """Reads where elements begin and end, in bytes; text that looks like a tag is none to a parser."""

    place: list[str]
    found: list[tuple[int, int]] = field(default_factory=list)
    _open: list[str] = field(default_factory=list)
    _start: int = 0

    def read(self, document: bytes) -> None:
        parser = expat.ParserCreate("utf-8")

        def began(name: str, _attributes: Any) -> None:
            self._open.append(name)
            if self._open == self.place:
                self._start = parser.CurrentByteIndex

        def ended(_name: str) -> None:
            if self._open == self.place:
                end = document.index(b">", parser.CurrentByteIndex) + 1
                self.found.append((self._start, end))
            self._open.pop()

        parser.StartElementHandler, parser.EndElementHandler = began, ended
        try:
            parser.Parse(document, True)
        except expat.ExpatError as error:
            raise ValueError(str(error)) from error
