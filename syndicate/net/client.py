"""The only HTTP client: conditional GET with the address guard on every hop, caps and one deadline."""

import asyncio
import re
import socket
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from syndicate import __version__
from syndicate.errors import AddressForbidden, FetchFailed, FetchRefused
from syndicate.model.site import FetchSettings, Site
from syndicate.net.addresses import checked, exact, target
from syndicate.net.counting import counted
from syndicate.net.guard import Guard, refusal
from syndicate.net.headers import retry_after_seconds
from syndicate.net.limits import Body, CodingFault, TooLarge
from syndicate.net.names import Names

ACCEPT = "text/html, application/xhtml+xml, application/rss+xml, application/atom+xml, \
application/feed+json, text/plain;q=0.9, */*;q=0.5"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PASSING = frozenset({408, 421, 425, 429})
_BROKE_OFF = re.compile(r"received (\d+) of (\d+) bytes")
MOST_SAID = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A usable answer. `url` is where it came from after redirects; header names are lower-case.

    `body` is decoded from its content coding; with `not_modified` it is empty.
    """

    url: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    not_modified: bool = False

    @property
    def content_type(self) -> str:
        """The Content-Type header, empty when there is none."""
        return self.headers.get("content-type", "")


@dataclass(slots=True)
class _Hop:
    """What the socket factory must know of the request that dials, and what it refused."""

    excepted: bool
    refusals: list[str] = field(default_factory=list)


class _Refusal(OSError):
    """Raised inside the connector; the client turns it into AddressForbidden."""


# The factory gets an address but no host name; connection attempts inherit the request's context.
_hop: ContextVar[_Hop] = ContextVar("hop")


def _guarded_socket(info: Any) -> socket.socket:
    family, kind, proto, _, address = info
    hop = _hop.get()
    why = "" if hop.excepted else refusal(str(address[0]))
    if why:
        hop.refusals.append(why)
        raise _Refusal(why)
    return socket.socket(family=family, type=kind, proto=proto)


def user_agent(settings: FetchSettings, site: Site) -> str:
    """What we call ourselves: the operator's text, or the program with the site and its contact."""
    named = "; ".join(part for part in (f"+{site.base_url}", site.contact) if part)
    text = settings.user_agent or f"Syndicate/{__version__} ({named})"
    return "".join(c for c in text if c.isprintable()).encode("ascii", "ignore").decode()


class Client:
    """Fetches URLs. Use it as an async context manager, or call `close()`.

    `resolver` replaces the system's name resolution, of which no more than `lookups` are under way; the guard
    judges what it answers all the same. No more than `connections` are in use at a time; 0 for no bound,
    where the caller keeps one: then none stays open behind its answer, which had no bound either.
    """

    def __init__(
        self,
        settings: FetchSettings,
        *,
        site: Site | None = None,
        resolver: AbstractResolver | None = None,
        connections: int = 100,
        lookups: int = 32,
    ) -> None:
        self.settings = settings
        self._connections = connections
        self._lookups = lookups
        self.user_agent = user_agent(settings, site or Site())
        self._guard = Guard(settings.allow_hosts)
        self._resolver = resolver
        self._names: Names | None = None
        self._session: aiohttp.ClientSession | None = None
        # One thread: what several free of their large blocks, the allocator keeps for each of them.
        self._decoder = ThreadPoolExecutor(max_workers=1, thread_name_prefix="decode")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection; a later `get` opens new ones."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()
        if self._names is not None:
            await self._names.close()
        self._decoder.shutdown(wait=False)
        self._decoder = ThreadPoolExecutor(max_workers=1, thread_name_prefix="decode")

    async def get(self, url: str, *, etag: str = "", last_modified: str = "") -> Response:
        """Fetch `url`, conditionally where a validator is given; 200, 203 and 304 are answers.

        Raises FetchFailed (try later: no connection, time out, 5xx, 429), FetchRefused (4xx, too large,
        not a URL that we fetch) or AddressForbidden (the guard).
        """
        trip = Trip(self, url, etag=etag, last_modified=last_modified)
        while (found := await trip.step()) is None:
            pass
        return found

    async def post(self, url: str, body: bytes, *, headers: Mapping[str, str]) -> Response:
        """Send `body`; whatever the status says, it is an answer, and its own body is not read.

        The URL is asked as it is spelled, and no redirect is followed. Raises FetchFailed (no answer in
        time), FetchRefused (not a URL that we ask) or AddressForbidden (the guard).
        """
        return await self._once("POST", url, headers=headers, body=body)

    async def purge(self, url: str, *, headers: Mapping[str, str]) -> Response:
        """Ask a cache to forget `url`, as Varnish takes it; the answer and the errors are those of `post`."""
        return await self._once("PURGE", url, headers=headers)

    async def peek(self, url: str, *, enough: int) -> Response:
        """GET with any status for an answer, no redirect followed, and `enough` bytes of the body at most.

        Raises what `post` does, and FetchFailed for a body that breaks off.
        """
        return await self._once("GET", url, headers={}, enough=enough)

    @counted
    async def _once(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"", enough: int = 0
    ) -> Response:
        asked = exact(url)
        hop = _Hop(self._guard.excepts(asked.raw_host or "", asked.port))
        _hop.set(hop)
        try:
            async with (
                asyncio.timeout(self.settings.timeout),
                self._opened().request(
                    method, asked, headers=headers, data=body or None, allow_redirects=False
                ) as answer,
            ):
                said = await self._body(url, answer, enough=enough) if enough else b""
                return _answered(url, answer, said)
        except TimeoutError as error:
            raise FetchFailed(f"{url} took longer than {self.settings.timeout:g} s", url=url) from error
        except (TooLarge, CodingFault) as error:
            raise _unusable(url, error) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _translated(asked, hop, error) from error

    @counted
    async def ask(self, url: URL, headers: Mapping[str, str], *, enough: int | None = None) -> Response | URL:
        """One request: the answer, or where it points on to. With `enough`, no more than so many bytes of a
        longer body are read.
        """
        hop = _Hop(self._guard.excepts(url.raw_host or "", url.port))
        _hop.set(hop)
        try:
            async with self._opened().get(url, headers=headers, allow_redirects=False) as answer:
                wire = answer.connection and answer.connection.protocol
                if answer.status in _REDIRECTS:
                    return target(url, answer.headers.get("Location", ""))
                _refuse_status(str(url), answer.status, answer.headers)
                body = b"" if answer.status == 304 else await self._body(str(url), answer, enough=enough)
                _refuse_more(wire)
        except (TooLarge, CodingFault) as error:
            raise _unusable(str(url), error) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _translated(url, hop, error) from error
        return _response(str(url), answer, body, asked=bool(headers))

    async def _body(self, url: str, answer: aiohttp.ClientResponse, *, enough: int | None) -> bytes:
        limit = self.settings.max_wire_bytes
        codings = ",".join(answer.headers.getall("Content-Encoding", []))
        body = Body(codings, limit=self.settings.max_body_bytes)
        try:
            size = 0
            async for part in answer.content.iter_chunked(65_536):
                size += len(part)
                if enough is None and max(size, answer.content_length or 0) > limit:
                    answer.close()
                    raise FetchRefused(f"{url} is over {limit} bytes", url=url)
                await self._feed(body, part)
                if enough is not None and (body.size >= enough or size > limit):
                    raise TooLarge(f"{url} is over {enough} bytes", limit=enough)
            return body.end()
        except TooLarge:
            answer.close()
            if enough is None:
                raise
            return body.so_far()[:enough]
        finally:
            body.drop()

    async def _feed(self, body: Body, part: bytes) -> None:
        if body.is_coded:
            await asyncio.get_running_loop().run_in_executor(self._decoder, body.feed, part)
        else:
            body.feed(part)

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._names = Names(threads=self._lookups, timeout=self.settings.timeout)
            # trust_env would send requests through a proxy, which dials where the guard cannot see.
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    socket_factory=_guarded_socket,
                    resolver=self._resolver or self._names,
                    limit=self._connections,
                    force_close=not self._connections,
                ),
                headers={
                    "User-Agent": self.user_agent,
                    "Accept": ACCEPT,
                    "Accept-Encoding": "gzip, deflate, br, zstd",
                },
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
                auto_decompress=False,
                trust_env=False,
            )
        return self._session


class Trip:
    """The way to one document, request by request: a caller may wait between them, and see where each goes.

    `url` is what the next step asks; one deadline covers the time that all of them take. With `enough`, a
    document over so many bytes is cut there, not refused.
    """

    def __init__(
        self, client: Client, url: str, *, etag: str = "", last_modified: str = "", enough: int | None = None
    ) -> None:
        conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        self._headers = {name: value for name, value in conditions.items() if value}
        self._client = client
        self._enough = enough
        self._start = url
        self._next = checked(url, url)
        self._steps = 0
        self._left = client.settings.timeout

    @property
    def url(self) -> str:
        """What the next step asks."""
        return str(self._next)

    async def step(self) -> Response | None:
        """One request; None when it points on. Raises what `Client.get` does."""
        if self._steps > self._client.settings.max_redirects:
            times = self._client.settings.max_redirects
            raise FetchRefused(f"{self._start} redirects more than {times} times", url=self._start)
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            async with asyncio.timeout(self._left):
                found = await self._client.ask(self._next, self._headers, enough=self._enough)
        except TimeoutError as error:
            seconds = self._client.settings.timeout
            raise FetchFailed(f"{self._start} took longer than {seconds:g} s", url=self._start) from error
        finally:
            self._left -= clock() - began
        if isinstance(found, Response):
            return found
        self._steps += 1
        self._next = checked(str(found), self._start)
        return None


def _response(url: str, answer: aiohttp.ClientResponse, body: bytes, *, asked: bool) -> Response:
    if answer.status == 304 and not asked:
        raise FetchFailed(f"{url} answered 304 to an unconditional request", url=url, status=304)
    return _answered(url, answer, body)


def _answered(url: str, answer: aiohttp.ClientResponse, body: bytes) -> Response:
    flat = {name.lower(): ", ".join(answer.headers.getall(name)) for name in answer.headers}
    return Response(url=url, status=answer.status, headers=flat, body=body, not_modified=answer.status == 304)


def _unusable(url: str, error: TooLarge | CodingFault) -> FetchFailed | FetchRefused:
    if isinstance(error, CodingFault) and error.passing:
        return FetchFailed(f"{url}: {error}", url=url)
    return FetchRefused(f"{url}: {error}", url=url)


def _refuse_status(url: str, status: int, headers: Mapping[str, str]) -> None:
    if status in (200, 203, 304):
        return
    if status >= 500 or status in _PASSING or status < 300:
        pause = retry_after_seconds(headers.get("Retry-After", ""), date=headers.get("Date", ""))
        raise FetchFailed(f"{url} answered {status}", url=url, status=status, retry_after=pause)
    names = {401: "asks for a login", 403: "forbids it", 404: "is not there", 410: "is gone for good"}
    what = names.get(status, "is of no use")
    raise FetchRefused(f"{url} {what} (status {status})", url=url, status=status)


def _translated(url: URL, hop: _Hop, error: Exception) -> Exception:
    if hop.refusals:
        why = "; ".join(dict.fromkeys(hop.refusals))
        name = f"{url.host_subcomponent}:{url.port}"
        return AddressForbidden(
            f'{url} was not fetched: {why}. To allow it, add "{name}" to fetch.allow_hosts',
            url=str(url),
            why=why,
            host=name,
        )
    if isinstance(error, aiohttp.InvalidURL):
        return FetchRefused(f"{url} is not a URL that can be fetched", url=str(url))
    return FetchFailed(f"{url} could not be fetched: {_said(error)}", url=str(url))


def _refuse_more(wire: Any) -> None:
    """Raise what came behind the answer, so that it counts the same in one packet with it and in the next."""
    behind = wire.exception() if wire is not None else None
    if isinstance(behind, HttpProcessingError):
        raise aiohttp.ClientPayloadError from behind


def _said(error: BaseException) -> str:
    """What went wrong, in one line and in our words: the library's hold what the server sent."""
    cause = error.__cause__
    if isinstance(error, aiohttp.ClientResponseError | aiohttp.ClientPayloadError):
        return _said_of_answer(cause if isinstance(cause, HttpProcessingError) else error)
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "the server closed the connection without an answer"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return f"the name {error.host} is not known"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"its certificate is not valid: {_line(error.certificate_error)}"
    if isinstance(error, ConnectionResetError) or isinstance(cause, ConnectionResetError):
        return "the server broke the connection off"
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        return f"no secure connection could be made: {_line(cause or error)}"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"no connection to {error.host}:{error.port} ({_line(error.os_error)})"
    return _line(error)


def _said_of_answer(error: BaseException) -> str:
    text = getattr(error, "message", "") or str(error)
    if told := _BROKE_OFF.search(text):
        return f"the server sent {int(told[1]):,} of the {int(told[2]):,} bytes that it announced"
    if "Data after" in text:
        return "the server sent more than the length that it announced"
    if "Not enough data" in text or isinstance(error, aiohttp.ClientPayloadError):
        return "the answer broke off"
    # Behind the first line the library shows what was sent.
    what = text.strip().split("\n")[0].split(": b'")[0].rstrip(":")
    return f"the answer is no proper HTTP ({what[:MOST_SAID]})"


def _line(error: BaseException) -> str:
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(said.split())[:MOST_SAID] or type(error).__name__
