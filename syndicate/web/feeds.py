"""Published documents from memory: a raw ASGI handler that answers before any route, and renders nothing.

It stands before the guard: it reads no body, and its answers hold the guard's headers already.
"""

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from syndicate.errors import TryLater
from syndicate.model.hosts import is_loopback_url
from syndicate.telemetry.metrics import REQUESTS
from syndicate.templating import words
from syndicate.web.conditions import Asked, RawHeaders, choose_encoding, is_conditional, is_unchanged, read
from syndicate.web.counting import FILES, counted_files
from syndicate.web.documents import Documents
from syndicate.web.instances import Instances
from syndicate.web.loaded import CORS, GUARDED, NOT_MODIFIED, Loaded, load
from syndicate.web.memory import Memory
from syndicate.web.moved import Moved, redirect_headers
from syndicate.web.repeats import Repeats
from syndicate.web.serving import Serving
from syndicate.web.shelved import ShelvedMemory

log = structlog.get_logger()

__all__ = ["FeedFiles", "Loaded", "load", "respond"]

UNCHANGED, WHOLE = (FILES, "304"), (FILES, "200")
METHODS = b"GET, HEAD, OPTIONS"
PREFLIGHT: RawHeaders = [
    *CORS,
    *GUARDED,
    (b"allow", METHODS),
    (b"access-control-allow-methods", METHODS),
    (b"access-control-allow-headers", b"If-None-Match, If-Modified-Since, A-IM"),
    (b"access-control-max-age", b"86400"),
]


# What is not there for a moment must not look as if it were gone (RFC 9110, section 15.6.4).
AWAY: RawHeaders = [
    (b"retry-after", b"30"),
    (b"cache-control", b"no-store"),
    (b"content-length", b"0"),
    *GUARDED,
    *CORS,
]


class FeedFiles:
    """Answers for published files and their former addresses; all else goes on to the application within."""

    def __init__(self, inner: ASGIApp, here: Serving) -> None:
        self.inner = inner
        web, site = here.settings, here.catalogue.site
        self.documents = Documents(here)
        self.moved = Moved(here.catalogue)
        self.instances = Instances()
        self.memory = _memory(here, self.instances)
        self.repeats = Repeats(web.repeats, trusted=web.trusted_proxies, local=is_loopback_url(site.base_url))
        self.often = words(site.language)["web_often_text"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI interface."""
        path = scope["path"] if scope["type"] == "http" else ""
        document = self.documents.find(path)
        if document is not None:
            try:
                loaded = await self.memory.get(path, document)
            except TryLater as error:
                log.warning("web.storage_away", document=path, error=str(error))
                await _send(send, 503, AWAY)
                return
            if loaded is not None:
                await self._answer(scope, counted_files(send), loaded)
                return
        place = self.moved.find(path)
        if place is None:
            await self.inner(scope, receive, send)
        elif scope["method"] in {"GET", "HEAD"}:
            await _send(counted_files(send), 301, redirect_headers(place))
        else:
            await _answer_other(scope, send)

    def ready(
        self, url: bytes, headers: RawHeaders, client: tuple[str, int] | None
    ) -> tuple[bytes, bytes] | None:
        """Head, less its Date, and body of an answer to a GET that memory has; None for all else."""
        # A path that is percent-encoded is not found, and goes the other way.
        loaded = self.memory.peek(url.partition(b"?")[0].decode("latin-1"))
        if loaded is None:
            return None
        asked = read(headers)
        if is_unchanged(asked, loaded.etag, loaded.modified):
            REQUESTS.tick(UNCHANGED)
            return loaded.heads[NOT_MODIFIED], b""
        if b"a-im" in asked or not (is_conditional(asked) or self._may_repeat(headers, client, loaded)):
            return None
        encoding = _encoding(asked, loaded)
        REQUESTS.tick(WHOLE)
        return loaded.heads[encoding], loaded.bodies[encoding]

    def _may_repeat(self, headers: RawHeaders, client: tuple[str, int] | None, loaded: Loaded) -> bool:
        scope = {"client": client, "headers": headers}
        return not self.repeats.wait(scope, loaded.etag, fresh=loaded.document.max_age)

    async def _answer(self, scope: Scope, send: Send, loaded: Loaded) -> None:
        method = scope["method"]
        if method not in {"GET", "HEAD"}:
            await _answer_other(scope, send)
            return
        asked = read(scope["headers"])
        if is_unchanged(asked, loaded.etag, loaded.modified):
            await _send(send, 304, loaded.unchanged)
            return
        if b"a-im" in asked:
            part = await self.instances.answer(scope["path"], asked, loaded)
            if part is not None:
                await _send(send, 226, part[0], b"" if method == "HEAD" else part[1])
                return
        if method == "GET" and not is_conditional(asked):
            wait = self.repeats.wait(scope, loaded.etag, fresh=loaded.document.max_age)
            if wait:
                await self._put_off(send, wait)
                return
        await _send_whole(scope, send, asked, loaded)

    async def _put_off(self, send: Send, wait: int) -> None:
        body = self.often.format(seconds=wait).encode() + b"\n"
        headers = [
            (b"retry-after", str(wait).encode()),
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"cache-control", b"no-store"),
            (b"content-length", str(len(body)).encode()),
            *GUARDED,
            *CORS,
        ]
        await _send(send, 429, headers, body)


def _memory(here: Serving, instances: Instances) -> Memory | ShelvedMemory:
    most, fresh = here.settings.feed_memory, instances.remember
    if here.shelf is None:
        return Memory(most, fresh=fresh)
    return ShelvedMemory(here.shelf, here.public_dir, most=most, fresh=fresh)


async def respond(scope: Scope, send: Send, loaded: Loaded) -> None:
    """Answer a GET or HEAD for a document in memory: 304 for who has it, else the best encoding of it."""
    asked = read(scope["headers"])
    if is_unchanged(asked, loaded.etag, loaded.modified):
        await _send(send, 304, loaded.unchanged)
    else:
        await _send_whole(scope, send, asked, loaded)


async def _send_whole(scope: Scope, send: Send, asked: Asked, loaded: Loaded) -> None:
    encoding = _encoding(asked, loaded)
    body = b"" if scope["method"] == "HEAD" else loaded.bodies[encoding]
    await _send(send, 200, loaded.full[encoding], body)


def _encoding(asked: Asked, loaded: Loaded) -> bytes:
    chosen = choose_encoding(asked.get(b"accept-encoding", b""))
    return chosen if chosen in loaded.bodies else b"identity"


async def _answer_other(scope: Scope, send: Send) -> None:
    if scope["method"] == "OPTIONS":
        await _send(send, 204, PREFLIGHT)
    else:
        await _send(send, 405, [(b"allow", METHODS), (b"content-length", b"0"), *GUARDED])


async def _send(send: Send, status: int, headers: RawHeaders, body: bytes = b"") -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
