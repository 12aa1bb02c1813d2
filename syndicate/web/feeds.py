"""Feeds from memory: a raw ASGI handler that answers before any route, and renders nothing for a 304.

RFC 9110: conditional requests (section 13), content negotiation by encoding (section 12.5.3).
"""

import gzip
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote

import brotli
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from syndicate.errors import NotFound
from syndicate.formats.entry import uri
from syndicate.formats.licence import licence_of
from syndicate.model import links
from syndicate.model.feed import MEDIA_TYPES, Feed, Format
from syndicate.publish.feeds import is_retired
from syndicate.templating import words
from syndicate.web.answers import Told, message
from syndicate.web.serving import Serving, serving

RawHeaders = list[tuple[bytes, bytes]]

OPML_PATH = "/feeds.opml"
OPML_TTL_MINUTES = 60
METHODS = b"GET, HEAD, OPTIONS"
SUFFIXES = {b"br": ".br", b"gzip": ".gz"}
# The HTML twin is a page; to the other formats the policy is a guard against being sniffed as one.
POLICY = b"default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
CORS: RawHeaders = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"ETag, Last-Modified, Link"),
]
PREFLIGHT: RawHeaders = [
    *CORS,
    (b"allow", METHODS),
    (b"access-control-allow-methods", METHODS),
    (b"access-control-allow-headers", b"If-None-Match, If-Modified-Since"),
    (b"access-control-max-age", b"86400"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file that is served, and what its answers say besides the bytes.

    `licensed` is the file of the same feed that states its licence, None where there is none to state.
    """

    path: Path
    media_type: str
    max_age: int
    link: str = ""
    licensed: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A document in memory. `full` and `unchanged` are the headers of a 200 and a 304, by encoding."""

    stamp: tuple[int, int, int]
    etag: bytes
    modified: datetime
    bodies: dict[bytes, bytes]
    full: dict[bytes, RawHeaders]
    unchanged: RawHeaders


class FeedFiles:
    """Answers for the files of the configured feeds; everything else goes on to the application within."""

    def __init__(self, inner: ASGIApp, here: Serving) -> None:
        self.inner = inner
        self.documents = documents(here)
        self.loaded: dict[str, Loaded] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI interface."""
        document = self.documents.get(scope["path"]) if scope["type"] == "http" else None
        loaded = self._load(scope["path"], document) if document else None
        if loaded is None:
            await self.inner(scope, receive, send)
        elif scope["method"] in {"GET", "HEAD"}:
            await _answer(scope, send, loaded)
        else:
            await _answer_other(scope, send)

    def _load(self, name: str, document: Document) -> Loaded | None:
        try:
            stat = document.path.stat()
        except OSError:
            return None
        stamp = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        loaded = self.loaded.get(name)
        if loaded is None or loaded.stamp != stamp:
            loaded = load(document, stamp)
            self.loaded[name] = loaded
        return loaded


def documents(here: Serving) -> dict[str, Document]:
    """Every file of every configured feed, by its path in a URL."""
    folder = here.public_dir
    found = {
        OPML_PATH: Document(
            path=folder / "feeds.opml", media_type="text/x-opml; charset=utf-8", max_age=OPML_TTL_MINUTES * 60
        )
    }
    for feed in here.catalogue.feeds.values():
        for form in Format:
            path = unquote(links.feed_path(feed.name, form))
            file = folder / path.removeprefix("/")
            found[path] = Document(
                path=file,
                media_type=_media_type(form),
                max_age=int(feed.ttl.total_seconds()),
                link=_link_header(feed, form, here.catalogue.site.base_url),
                licensed=file if form is Format.RSS else file.with_suffix(f".{Format.ATOM}"),
            )
    return found


def load(document: Document, stamp: tuple[int, int, int]) -> Loaded:
    """Read a document with its compressed siblings, and write its headers once."""
    identity = document.path.read_bytes()
    bodies = {b"identity": identity, **_siblings(document.path, identity)}
    modified = datetime.fromtimestamp(stamp[0] // 1_000_000_000, UTC)
    # Weak, since one tag stands for the bytes in every encoding.
    etag = f'W/"{sha256(identity).hexdigest()[:32]}"'.encode()
    unchanged: RawHeaders = [
        (b"etag", etag),
        (b"last-modified", format_datetime(modified, usegmt=True).encode()),
        (b"cache-control", f"public, max-age={document.max_age}".encode()),
        (b"vary", b"Accept-Encoding"),
        # A 304 updates the headers that a cache has stored (RFC 9111, section 3.2).
        (b"content-security-policy", POLICY),
        *CORS,
    ]
    described: RawHeaders = [
        (b"content-type", document.media_type.encode()),
        *([(b"link", _links(document).encode())] if document.link else []),
    ]
    full = {
        encoding: [*unchanged, *described, *_encoded(encoding), (b"content-length", str(len(body)).encode())]
        for encoding, body in bodies.items()
    }
    return Loaded(stamp=stamp, etag=etag, modified=modified, bodies=bodies, full=full, unchanged=unchanged)


def is_unchanged(headers: dict[bytes, bytes], etag: bytes, modified: datetime) -> bool:
    """Whether a conditional request has what we have; If-None-Match wins over If-Modified-Since."""
    tags = headers.get(b"if-none-match")
    if tags is not None:
        opaque = etag.removeprefix(b"W/")
        return tags.strip() == b"*" or opaque in {tag.strip().removeprefix(b"W/") for tag in tags.split(b",")}
    since = _read_date(headers.get(b"if-modified-since"))
    return since is not None and modified <= since


@lru_cache(maxsize=512)
def choose_encoding(accept: bytes) -> bytes:
    """The best of br, gzip and identity for an Accept-Encoding header; br before gzip where equal."""
    weights: dict[bytes, float] = {}
    for part in accept.lower().split(b","):
        name, _, parameters = part.partition(b";")
        weights[name.strip()] = _weight(parameters)
    star = weights.get(b"*", 0.0)
    ranked = {name: weights.get(name, star) for name in (b"br", b"gzip")}
    best = max(ranked, key=lambda name: ranked[name])
    return best if ranked[best] > 0 and ranked[best] >= weights.get(b"identity", 0.0) else b"identity"


async def missing_feed(request: Request) -> Response:
    """A feed file that is not there: 410 where the feed is configured no more."""
    here = serving(request)
    name, _, suffix = request.path_params.get("file", "").rpartition(".")
    if suffix not in set(Format) or not await is_retired(here.people.db, name):
        raise NotFound("no such feed")
    said = words(here.catalogue.site.language)
    told = Told(title=said["web_retired_title"], texts=(said["web_retired_text"],))
    return message(here, told, status=410)


async def _answer(scope: Scope, send: Send, loaded: Loaded) -> None:
    headers = _headers(scope["headers"])
    if is_unchanged(headers, loaded.etag, loaded.modified):
        await send({"type": "http.response.start", "status": 304, "headers": loaded.unchanged})
        await send({"type": "http.response.body", "body": b""})
        return
    encoding = choose_encoding(headers.get(b"accept-encoding", b""))
    encoding = encoding if encoding in loaded.bodies else b"identity"
    body = b"" if scope["method"] == "HEAD" else loaded.bodies[encoding]
    await send({"type": "http.response.start", "status": 200, "headers": loaded.full[encoding]})
    await send({"type": "http.response.body", "body": body})


async def _answer_other(scope: Scope, send: Send) -> None:
    asked = scope["method"] == "OPTIONS"
    headers = PREFLIGHT if asked else [(b"allow", METHODS), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 204 if asked else 405, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    # Repeated fields are one list (RFC 9110, section 5.3).
    found: dict[bytes, bytes] = {}
    for name, value in raw:
        found[name] = found[name] + b"," + value if name in found else value
    return found


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


def _media_type(form: Format) -> str:
    # RFC 8259 (section 11) has no charset for JSON.
    return MEDIA_TYPES[form] if form is Format.JSON else f"{MEDIA_TYPES[form]}; charset=utf-8"


def _link_header(feed: Feed, form: Format, base_url: str) -> str:
    def one(each: Format, rel: str) -> str:
        url = links.absolute(base_url, links.feed_path(feed.name, each))
        return f'<{url}>; rel="{rel}"; type="{MEDIA_TYPES[each]}"'

    others = [one(each, "alternate") for each in Format if each not in (form, Format.NINJS)]
    return ", ".join([one(form, "self"), *others])


def _links(document: Document) -> str:
    try:
        licence = uri(licence_of(document.licensed.read_bytes())) if document.licensed else ""
    except OSError:
        licence = ""
    return f'{document.link}, <{licence}>; rel="license"' if licence else document.link


def _weight(parameters: bytes) -> float:
    for parameter in parameters.split(b";"):
        name, _, value = parameter.partition(b"=")
        if name.strip() == b"q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def _read_date(value: bytes | None) -> datetime | None:
    try:
        date = parsedate_to_datetime(value.decode("ascii")) if value else None
    except (ValueError, TypeError, OverflowError):
        return None
    return date.replace(tzinfo=UTC) if date and date.tzinfo is None else date
