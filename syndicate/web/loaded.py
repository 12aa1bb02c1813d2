"""Documents in memory: bytes in every encoding, with the headers of each answer written once."""

import gzip
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from errno import ECONNRESET, EHOSTDOWN, EHOSTUNREACH, EIO, ENOTCONN, ESTALE, ETIMEDOUT
from hashlib import sha256
from pathlib import Path

import brotli

from syndicate.errors import TryLater
from syndicate.formats.entry import uri
from syndicate.formats.links import links_of
from syndicate.publish.files import compressed
from syndicate.web.conditions import RawHeaders
from syndicate.web.documents import Document, one
from syndicate.web.guard import HEADERS

Stamp = tuple[int, int, int]

SUFFIXES = {b"br": ".br", b"gzip": ".gz"}
# The HTML twin is a page; to the other formats the policy is a guard against being sniffed as one.
POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
CORS: RawHeaders = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"ETag, Last-Modified, Link, IM, Delta-Base"),
]
# A 304 updates the headers that a cache has stored (RFC 9111, section 3.2).
GUARDED: RawHeaders = [
    (name.encode(), value.encode()) for name, value in (HEADERS | {"content-security-policy": POLICY}).items()
]
NOT_MODIFIED = b"304"
NUMBER = re.compile(r"/([0-9]+)\.[a-z]+$")
# What a disk says, local or not, of which nobody knows what is on it.
AWAY = frozenset({EIO, ESTALE, ETIMEDOUT, EHOSTDOWN, EHOSTUNREACH, ENOTCONN, ECONNRESET})
# What a document takes in memory besides its bytes.
OVERHEAD = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A document in memory. `full` and `unchanged` are the headers of a 200, by encoding, and of a 304.

    `heads` are the same as they go over the line, that of the 304 under `NOT_MODIFIED`.
    """

    document: Document
    stamp: Stamp
    etag: bytes
    modified: datetime
    bodies: dict[bytes, bytes]
    full: dict[bytes, RawHeaders]
    unchanged: RawHeaders
    described: RawHeaders
    heads: dict[bytes, bytes]

    @property
    def size(self) -> int:
        """Bytes of memory, near enough."""
        return OVERHEAD + sum(map(len, self.bodies.values()))


def stamp_of(path: Path) -> Stamp | None:
    """What tells that a file is another one than before; None for one that is not there.

    Raises TryLater where a folder that machines share is away: what is there must not look gone.
    """
    try:
        return _stamp(os.stat(path))
    except OSError as error:
        raise_if_away(error)
        return None


def raise_if_away(error: OSError) -> None:
    """Raise TryLater unless the error tells that a file is not there."""
    if error.errno in AWAY:
        raise TryLater(f"{error.filename}: {error.strerror}") from error


def load(document: Document, stamp: Stamp | None = None) -> Loaded:
    """Read a document with its compressed siblings, and write its headers once. Raises OSError.

    The stamp is that of the very file that is read; one that is given must be of it.
    """
    with open(document.path, "rb") as file:
        stamp = stamp or _stamp(os.fstat(file.fileno()))
        identity = file.read()
    bodies = {b"identity": identity, **_siblings(document.path, identity)}
    return made(document, bodies, stamp=stamp, stating=_stating(document))


def compress(identity: bytes) -> dict[bytes, bytes]:
    """A document's bytes in every encoding, where no siblings of it lie at hand."""
    made = compressed(identity)
    return {b"identity": identity, **{encoding: made[suffix] for encoding, suffix in SUFFIXES.items()}}


def made(document: Document, bodies: dict[bytes, bytes], *, stamp: Stamp, stating: bytes | None) -> Loaded:
    """A document of these bytes, by encoding, with its headers written once.

    `stating` are the bytes of the document that states licence and archive, None where there is none.
    """
    identity = bodies[b"identity"]
    modified = datetime.fromtimestamp(stamp[0] // 1_000_000_000, UTC)
    # Weak, since one tag stands for the bytes in every encoding.
    etag = f'W/"{sha256(identity).hexdigest()[:32]}"'.encode()
    unchanged = [
        (b"etag", etag),
        (b"last-modified", format_datetime(modified, usegmt=True).encode()),
        *_caching(document),
        *GUARDED,
        *([] if document.private else CORS),
    ]
    link = _link(document, stating)
    described: RawHeaders = [
        (b"content-type", document.media_type.encode()),
        *([(b"link", link.encode())] if link else []),
    ]
    full = {
        encoding: [*unchanged, *described, *_encoded(encoding), (b"content-length", str(len(body)).encode())]
        for encoding, body in bodies.items()
    }
    return Loaded(
        document=document,
        stamp=stamp,
        etag=etag,
        modified=modified,
        bodies=bodies,
        full=full,
        unchanged=unchanged,
        described=described,
        heads={
            NOT_MODIFIED: _head(b"304 Not Modified", unchanged),
            **{encoding: _head(b"200 OK", headers) for encoding, headers in full.items()},
        },
    )


def without(headers: Iterable[tuple[bytes, bytes]], *names: bytes) -> RawHeaders:
    """The headers but for these."""
    return [(name, value) for name, value in headers if name not in names]


def _head(status: bytes, headers: RawHeaders) -> bytes:
    return b"HTTP/1.1 " + status + b"\r\n" + b"".join(b"%b: %b\r\n" % pair for pair in headers)


def _stamp(stat: os.stat_result) -> Stamp:
    return (stat.st_mtime_ns, stat.st_size, stat.st_ino)


def _caching(document: Document) -> RawHeaders:
    who, vary = (
        ("private", b"Accept-Encoding, Authorization") if document.private else ("public", b"Accept-Encoding")
    )
    return [(b"cache-control", f"{who}, max-age={document.max_age}".encode()), (b"vary", vary)]


def _siblings(path: Path, identity: bytes) -> dict[bytes, bytes]:
    found = {}
    for encoding, suffix in SUFFIXES.items():
        sibling = path.with_name(path.name + suffix)
        try:
            data = sibling.read_bytes()
            decoded = gzip.decompress(data) if encoding == b"gzip" else brotli.decompress(data)
        except (OSError, EOFError, brotli.error):
            continue
        # One of a former or a coming publication: the next change of the file brings the right one.
        if decoded == identity:
            found[encoding] = data
    return found


def _encoded(encoding: bytes) -> RawHeaders:
    return [] if encoding == b"identity" else [(b"content-encoding", encoding)]


def _stating(document: Document) -> bytes | None:
    try:
        return document.stating.read_bytes() if document.stating else None
    except OSError:
        return None


def _link(document: Document, stating: bytes | None) -> str:
    if stating is None:
        return document.link
    stated, said = links_of(stating), [document.link]
    if licence := uri(stated.get("license", "")):
        said.append(one(licence, "license"))
    older = NUMBER.search(stated.get("prev-archive", ""))
    if older and document.archives:
        said.append(one(f"{document.archives}{older[1]}{document.path.suffix}", "prev-archive"))
    return ", ".join(said)
