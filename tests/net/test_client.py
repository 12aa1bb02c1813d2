"""Fetching: conditions, redirects, caps, deadlines and what errors say."""

import asyncio
import gzip
import itertools
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest
from aiohttp import web

from syndicate.errors import FetchFailed, FetchRefused
from syndicate.model.site import FetchSettings, Site
from syndicate.net.client import Client, Response
from syndicate.net.headers import fresh_seconds, retry_after_seconds
from tests.neighbours.http_site import coded, http_site, never_ending, redirect

SITE = Site(base_url="https://courier.example", contact="desk@courier.example")


def a_client(*allow: str, **change: object) -> Client:
    return Client(FetchSettings(allow_hosts=allow, **change), site=SITE)  # type: ignore[arg-type]


async def fetch(path: str, answers: dict[str, object], **change: object) -> Response:
    async with http_site(answers=answers) as site, a_client(site.host, **change) as client:
        return await client.get(site.url + path)


async def test_a_page_comes_with_url_headers_and_body() -> None:
    found = await fetch("/a.html", {"/a.html": "<p>tide</p>"})
    assert (found.status, found.body, found.content_type) == (200, b"<p>tide</p>", "text/html")
    assert found.url.endswith("/a.html")
    assert "etag" in found.headers


async def test_the_program_names_itself_its_site_and_its_contact() -> None:
    async with http_site(answers={"/": "x"}) as site, a_client(site.host) as client:
        await client.get(site.url + "/")
        sent = site.asked[0][1]["User-Agent"]
    assert sent.startswith("Syndicate/")
    assert "+https://courier.example; desk@courier.example" in sent


async def test_validators_bring_a_304_without_body() -> None:
    async with http_site(answers={"/": "x"}) as site, a_client(site.host) as client:
        first = await client.get(site.url + "/")
        second = await client.get(
            site.url + "/", etag=first.headers["etag"], last_modified=first.headers["last-modified"]
        )
        assert site.asked[1][1]["If-Modified-Since"] == first.headers["last-modified"]
    assert second.not_modified
    assert second.body == b""


async def test_redirects_are_followed_and_the_last_url_is_told() -> None:
    answers = {"/a": redirect("/b", 301), "/b": redirect("sub/c", 308), "/sub/c": "here"}
    found = await fetch("/a", answers)
    assert found.body == b"here"
    assert found.url.endswith("/sub/c")


async def test_a_redirect_loop_ends() -> None:
    with pytest.raises(FetchRefused, match="more than 5 times"):
        await fetch("/a", {"/a": redirect("/b"), "/b": redirect("/a")})


async def test_a_redirect_to_nowhere_fails() -> None:
    with pytest.raises(FetchFailed, match="no Location"):
        await fetch("/a", {"/a": (302, {}, b"")})


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://courier.example/", "javascript:alert(1)"])
async def test_a_redirect_to_another_scheme_is_refused(target: str) -> None:
    with pytest.raises(FetchRefused, match="only http and https"):
        await fetch("/a", {"/a": redirect(target)})


@pytest.mark.parametrize(
    "url", ["", "courier.example", "file:///etc/passwd", "http://", "http://[::1", "//x"]
)
async def test_what_is_no_web_url_is_refused(url: str) -> None:
    async with a_client() as client:
        with pytest.raises(FetchRefused):
            await client.get(url)


async def test_nested_codings_are_decoded() -> None:
    data = gzip.compress(gzip.compress(b"tide"))
    assert (await fetch("/", {"/": coded(data, "gzip, gzip")})).body == b"tide"


async def test_a_bomb_is_refused_with_the_bound() -> None:
    data = gzip.compress(b"\0" * 30_000_000)
    with pytest.raises(FetchRefused, match="over 1000000 bytes"):
        await fetch("/", {"/": coded(data, "gzip")}, max_body_bytes=1_000_000)


async def test_a_declared_length_over_the_cap_is_refused() -> None:
    with pytest.raises(FetchRefused, match="over 1000 bytes"):
        await fetch("/", {"/": b"x" * 1001}, max_wire_bytes=1000)


async def test_an_endless_body_without_length_is_cut_at_the_cap() -> None:
    async def flood(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 10_000)

    with pytest.raises(FetchRefused, match="over 100000 bytes"):
        await fetch("/", {"/": flood}, max_wire_bytes=100_000)


async def test_one_deadline_covers_a_slow_sender() -> None:
    with pytest.raises(FetchFailed, match=r"longer than 0\.3 s"):
        await fetch("/", {"/": never_ending()}, timeout=0.3)


def dripping(
    start: bytes, then: bytes
) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    """A server that answers one byte at a time, and never to the end."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
            for byte in itertools.chain(start, itertools.cycle(then)):
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(0.02)
        writer.close()

    return answer


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100000\r\n\r\n"


@pytest.mark.parametrize(
    ("start", "then"),
    [(HEAD, b"<p>tide</p>"), (b"HTTP/1.1 200 OK\r\n", b"X-Tide: high\r\n"), (b"HTTP/1.1 200 ", b"O")],
    ids=["body", "headers", "status"],
)
async def test_a_server_that_drips_is_left_at_the_deadline(start: bytes, then: bytes) -> None:
    server = await asyncio.start_server(dripping(start, then), "127.0.0.1", 0)
    async with server, a_client("127.0.0.1", timeout=0.4) as client:
        with pytest.raises(FetchFailed, match=r"longer than 0\.4 s"):
            await client.get(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")


async def test_one_deadline_covers_all_redirects() -> None:
    with pytest.raises(FetchFailed, match=r"longer than 0\.4 s"):
        await fetch("/a", {"/a": redirect("/a")}, timeout=0.4, max_redirects=1_000_000)


async def test_a_cut_connection_is_a_passing_failure() -> None:
    async def cut(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100"})
        await response.prepare(request)
        await response.write(b"half")
        assert request.transport is not None
        request.transport.close()
        return response

    with pytest.raises(FetchFailed, match="could not be fetched"):
        await fetch("/", {"/": cut})


async def test_nobody_listening_is_a_passing_failure() -> None:
    async with http_site() as site:
        host, url = site.host, site.url
    async with a_client(host) as client:
        with pytest.raises(FetchFailed, match="could not be fetched"):
            await client.get(url)


@pytest.mark.parametrize(
    ("status", "words"), [(404, "is not there"), (410, "gone for good"), (403, "forbids")]
)
async def test_a_definite_refusal_says_which(status: int, words: str) -> None:
    with pytest.raises(FetchRefused, match=words) as caught:
        await fetch("/a", {"/a": (status, {}, b"")})
    assert caught.value.status == status


async def test_a_busy_server_says_when_to_come_back() -> None:
    with pytest.raises(FetchFailed) as caught:
        await fetch("/a", {"/a": (503, {"Retry-After": "120"}, b"")})
    assert (caught.value.status, caught.value.retry_after) == (503, 120.0)


async def test_a_304_that_nobody_asked_for_is_a_failure() -> None:
    with pytest.raises(FetchFailed, match="unconditional"):
        await fetch("/a", {"/a": (304, {}, b"")})


async def test_cookies_are_not_kept() -> None:
    async with http_site(answers={"/": (200, {"Set-Cookie": "a=b"}, b"x")}) as site:
        async with a_client(site.host) as client:
            await client.get(site.url)
            await client.get(site.url)
        assert all("Cookie" not in headers for _, headers in site.asked)


async def test_requests_at_once_keep_their_exceptions_apart() -> None:
    async with http_site(answers={"/": "x"}) as open_one, http_site(answers={"/": "x"}) as closed:
        async with a_client(open_one.host) as client:
            urls = [open_one.url, closed.url] * 10
            found = await asyncio.gather(*(client.get(url) for url in urls), return_exceptions=True)
        assert [isinstance(one, Response) for one in found] == [True, False] * 10
        assert not closed.hits


DATE = "Sun, 01 Mar 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("120", 120.0), ("Sun, 01 Mar 2026 12:02:00 GMT", 120.0), (DATE, 0.0), ("soon", None), ("", None)],
)
def test_retry_after_is_read_in_both_forms(value: str, seconds: float | None) -> None:
    assert retry_after_seconds(value, date=DATE) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"cache-control": "public, max-age=600"}, 600.0),
        ({"cache-control": "max-age=60", "expires": "Sun, 01 Mar 2026 13:00:00 GMT", "date": DATE}, 60.0),
        ({"expires": "Sun, 01 Mar 2026 13:00:00 GMT", "date": DATE}, 3600.0),
        ({"cache-control": "no-cache, max-age=600"}, 0.0),
        ({"expires": "0", "date": DATE}, 0.0),
        ({}, 0.0),
    ],
)
def test_freshness_is_read_from_either_header(headers: dict[str, str], seconds: float) -> None:
    assert fresh_seconds(headers) == seconds


PAGE = b"<p>" + b"tide " * 400


@asynccontextmanager
async def a_raw_server(*packets: bytes) -> AsyncIterator[str]:
    """Answers with these bytes as they are, whole or in parts, and closes; without any, it breaks off."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if not packets:
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            writer.transport.abort()
            return
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for packet in packets:
            writer.write(packet)
            await writer.drain()
            await asyncio.sleep(0.01)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def failure(*packets: bytes) -> str:
    async with a_raw_server(*packets) as host, a_client(host) as client:
        with pytest.raises(FetchFailed) as caught:
            await client.get(f"http://{host}/")
    return str(caught.value).partition("could not be fetched: ")[2]


def head(*lines: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", *lines, "", ""]).encode()


async def test_a_body_longer_than_announced_is_refused_however_its_packets_fall() -> None:
    beginning = head("Content-Length: 1500", "Connection: close")
    told = "the server sent more than the length that it announced"
    assert await failure(beginning + PAGE) == told
    assert await failure(beginning, PAGE) == told


async def test_a_body_shorter_than_announced_is_told_with_both_lengths() -> None:
    told = "the server sent 2,003 of the 7,003 bytes that it announced"
    assert await failure(head("Content-Length: 7003", "Connection: close") + PAGE) == told


@pytest.mark.parametrize(
    ("packets", "told"),
    [
        ((), "the server broke the connection off"),
        ((b"",), "the server closed the connection without an answer"),
        ((head("Transfer-Encoding: chunked") + b"1000\r\nabc",), "the answer broke off"),
        ((b"hello there\r\n\r\n" + PAGE,), "the answer is no proper HTTP (Bad status line)"),
        ((head("Content-Length: some") + PAGE,), "the answer is no proper HTTP"),
        ((head("X: " + "a" * 20_000) + PAGE,), "the answer is no proper HTTP"),
    ],
)
async def test_what_a_broken_server_did_is_said_in_one_line(packets: tuple[bytes, ...], told: str) -> None:
    said = await failure(*packets)
    assert said.startswith(told)
    assert "\n" not in said
    assert len(said) < 160
    assert "tide" not in said
    assert "aaa" not in said


async def test_a_post_sends_its_bytes_and_headers_and_takes_any_status_for_an_answer() -> None:
    sent: list[tuple[bytes, str]] = []

    async def take(request: web.Request) -> web.Response:
        sent.append((await request.read(), request.headers["Content-Type"]))
        return web.Response(status=410, text="gone")

    async with http_site(answers={"/in": take}) as site, a_client(site.host) as client:
        found = await client.post(site.url + "/in", b"<rss/>", headers={"Content-Type": "text/xml"})
    assert sent == [(b"<rss/>", "text/xml")]
    assert (found.status, found.body) == (410, b"")


async def test_a_post_follows_no_redirect() -> None:
    answers = {"/in": redirect("/other", 307), "/other": "taken"}
    async with http_site(answers=answers) as site, a_client(site.host) as client:
        found = await client.post(site.url + "/in", b"x", headers={})
        assert found.status == 307
        assert site.hits["/other"] == 0


async def test_an_answer_that_never_ends_does_not_hold_a_post() -> None:
    async with http_site(answers={"/in": never_ending()}) as site, a_client(site.host) as client:
        assert (await client.post(site.url + "/in", b"x", headers={})).status == 200


async def test_a_post_that_gets_no_answer_ends_at_the_deadline() -> None:
    async def hang(_: web.Request) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async with http_site(answers={"/in": hang}) as site, a_client(site.host, timeout=0.2) as client:
        with pytest.raises(FetchFailed, match=r"longer than 0\.2 s"):
            await client.post(site.url + "/in", b"x", headers={})


async def test_a_url_is_asked_in_its_own_spelling() -> None:
    seen: list[str] = []

    async def note(request: web.Request) -> web.Response:
        seen.append(request.raw_path)
        return web.Response(text="tide")

    async with http_site(answers={"/in": note}) as site, a_client(site.host) as client:
        await client.peek(site.url + "/in?sig=ab%2fcd%3D&u=%7Eme&x=a+b%20c", enough=10)
    assert seen == ["/in?sig=ab%2fcd%3D&u=%7Eme&x=a+b%20c"]


async def test_a_peek_reads_so_much_and_no_more() -> None:
    async with (
        http_site(answers={"/in": never_ending(b"tide" * 1000)}) as site,
        a_client(site.host) as client,
    ):
        assert (await client.peek(site.url + "/in", enough=6)).body == b"tideti"


@pytest.mark.parametrize("path", ["/a b", "/a\tb", "/ä", '/"', "/a\\b", "/{x}"])
async def test_a_url_that_is_not_encoded_is_not_posted_to(path: str) -> None:
    async with a_client() as client:
        with pytest.raises(FetchRefused, match="encode"):
            await client.post("https://courier.example" + path, b"x", headers={})
