"""`A-IM: feed` (RFC 3229): who names the version that they have gets what came or changed since.

What a version held is remembered from its own bytes, so that a former one is known as long as this process
runs; where it is not, the whole document is the answer.
"""

import asyncio
import gzip
from collections import OrderedDict

from syndicate.formats.instance import digests, without
from syndicate.web.conditions import GZIP, Asked, RawHeaders, manipulations, opaque, opaque_tags
from syndicate.web.loaded import Loaded
from syndicate.web.loaded import without as headers_without

# Of a feed that changes every quarter of an hour, what a reader saw four hours ago.
VERSIONS = 16
DOCUMENTS = 500
ANSWERS = 200
# RFC 3229, section 10.8.2: a cache that does not know 226 must not keep it, one that does may.
CACHING = b"no-store, im"

Answer = tuple[RawHeaders, bytes]


class Instances:
    """What former versions of divided documents held, and the answers made of that."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, OrderedDict[bytes, frozenset[bytes]]] = OrderedDict()
        self._made: OrderedDict[tuple[bytes, bytes, bytes], bytes] = OrderedDict()

    def remember(self, path: str, loaded: Loaded) -> None:
        """Take note of what this version of a document holds."""
        form = loaded.document.divided
        if form is None:
            return
        try:
            held = digests(loaded.bodies[b"identity"], form)
        except ValueError:
            return
        versions = self._held.setdefault(path, OrderedDict())
        self._held.move_to_end(path)
        versions[opaque(loaded.etag)] = held
        _bound(versions, VERSIONS)
        _bound(self._held, DOCUMENTS)

    async def answer(self, path: str, asked: Asked, loaded: Loaded) -> Answer | None:
        """Headers and body of a 226; None where it is not asked for, or the caller's version is unknown."""
        wanted = manipulations(asked.get(b"a-im", b""))
        base = self._base(path, asked) if wanted else None
        if base is None:
            return None
        body = await self._body(path, base, wanted, loaded)
        headers = headers_without(loaded.unchanged, b"cache-control", b"vary")
        headers += [
            (b"cache-control", CACHING),
            (b"vary", b"A-IM, If-None-Match, Accept-Encoding"),
            (b"im", b", ".join(wanted)),
            (b"delta-base", b"W/" + base),
            *loaded.described,
            (b"content-length", str(len(body)).encode()),
        ]
        return headers, body

    def _base(self, path: str, asked: Asked) -> bytes | None:
        versions = self._held.get(path, OrderedDict())
        named = opaque_tags(asked.get(b"if-none-match", b""))
        # Of several, the newest: least is missing from it.
        return next((tag for tag in reversed(versions) if tag in named), None)

    async def _body(self, path: str, base: bytes, wanted: tuple[bytes, ...], loaded: Loaded) -> bytes:
        key = (base, opaque(loaded.etag), b",".join(wanted))
        body = self._made.get(key)
        if body is None:
            body = await asyncio.to_thread(_make, loaded, self._held[path][base], wanted)
            self._made[key] = body
            _bound(self._made, ANSWERS)
        return body


def _make(loaded: Loaded, known: frozenset[bytes], wanted: tuple[bytes, ...]) -> bytes:
    form = loaded.document.divided
    assert form is not None
    body = without(loaded.bodies[b"identity"], form, known)
    return gzip.compress(body, mtime=0) if GZIP in wanted else body


def _bound(kept: OrderedDict, most: int) -> None:  # type: ignore[type-arg]
    while len(kept) > most:
        kept.popitem(last=False)
