"""The short way for answers that stand ready says what the long way through ASGI says, byte for byte."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from syndicate.model.site import WebSettings
from syndicate.publish.files import publish_files
from syndicate.store.database import Database
from syndicate.web.feeds import FeedFiles
from syndicate.web.quick import JOINED
from tests.web.conftest import Running, a_site

BODY = b"<rss>ferry</rss>" * 40
LARGE = bytes(range(256)) * (JOINED // 128)
GET = "GET /feeds/all.rss HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture
async def served(sqlite_db: Database, tmp_path: Path) -> AsyncIterator[Running]:
    async with a_site(sqlite_db, tmp_path, settings=WebSettings(repeats=50)) as site:
        feeds = site.serving.public_dir / "feeds"
        publish_files(feeds, {"all.rss": BODY, "all.json": LARGE})
        for form in ("rss", "json"):
            # The first answer reads the file.
            await site.get(f"/feeds/all.{form}")
        yield site


async def talk(site: Running, *sent: str, close: bool = True) -> bytes:
    """Everything that comes back on one connection for these bytes."""
    parts = urlsplit(site.base_url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    for text in sent:
        writer.write(text.encode())
        await writer.drain()
    if close:
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    answer = await asyncio.wait_for(reader.read(), 20)
    writer.close()
    return answer


def statuses(answer: bytes) -> list[int]:
    return [int(code) for code in re.findall(rb"HTTP/1\.1 (\d+) ", answer)]


def without_date(answer: bytes) -> list[bytes]:
    head, _, body = answer.partition(b"\r\n\r\n")
    return [*sorted(line for line in head.lower().split(b"\r\n") if not line.startswith(b"date:")), body]


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "Accept-Encoding: gzip\r\n",
        "Accept-Encoding: br\r\n",
        "If-None-Match: *\r\n",
        'If-None-Match: "x"\r\n',
    ],
)
async def test_it_says_what_the_long_way_says(
    served: Running, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    quick = await talk(served, f"{GET}{asked}\r\n")
    monkeypatch.setattr(FeedFiles, "ready", lambda *_: None)
    slow = await talk(served, f"{GET}{asked}\r\n")
    cut = re.compile(rb"HTTP/1\.1 \d+ .*?(?=HTTP/1\.1 \d+ |\Z)", re.DOTALL)
    assert without_date(cut.findall(quick)[0]) == without_date(cut.findall(slow)[0])
    assert quick.count(b"\r\ndate: ") == slow.count(b"\r\ndate: ") == 2


async def test_requests_in_one_packet_are_answered_in_their_order(served: Running) -> None:
    many = (
        f"{GET}\r\n" * 3
        + f"{GET}If-None-Match: *\r\n\r\n"
        + "GET /absent HTTP/1.1\r\nHost: x\r\n\r\n"
        + f"{GET}\r\n"
    )
    assert statuses(await talk(served, many)) == [200, 200, 200, 304, 404, 200, 200]


async def test_a_request_in_many_packets_is_one(served: Running) -> None:
    assert statuses(await talk(served, *f"{GET}If-None-Match: *\r\n\r\n")) == [304, 200]


async def test_a_body_that_nobody_asked_for_is_passed_over(served: Running) -> None:
    answer = await talk(served, f"{GET}Content-Length: 5\r\n\r\n", "hello", f"{GET}If-None-Match: *\r\n\r\n")
    assert statuses(answer) == [200, 304, 200]


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (f"{GET}Connection: close\r\n\r\n", b"connection: close"),
        ("GET /feeds/all.rss HTTP/1.0\r\nHost: x\r\n\r\n", b"connection: close"),
        ("HEAD /feeds/all.rss HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"content-length: 640"),
    ],
)
async def test_what_is_not_plain_goes_the_long_way(served: Running, sent: str, said: bytes) -> None:
    answer = await talk(served, sent, close=False)
    assert statuses(answer) == [200]
    assert said in answer.lower()


async def test_one_that_waits_for_permission_to_send_is_answered(served: Running) -> None:
    assert 200 in statuses(await talk(served, f"{GET}Expect: 100-continue\r\nContent-Length: 0\r\n\r\n"))


async def test_a_large_body_is_whole_though_the_client_is_slow(served: Running) -> None:
    parts = urlsplit(served.base_url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=1024)
    for _ in range(20):
        writer.write(b"GET /feeds/all.json HTTP/1.1\r\nHost: x\r\n\r\n")
    await writer.drain()
    for _ in range(20):
        await reader.readuntil(b"\r\n\r\n")
        assert await reader.readexactly(len(LARGE)) == LARGE
    writer.close()


async def test_a_rest_of_the_line_ends_the_connection(served: Running) -> None:
    answer = await talk(served, f"{GET}\r\n", "rubbish\r\n\r\n", close=False)
    assert statuses(answer) == [200, 400]


async def test_a_caller_who_repeats_is_told_to_wait_here_too(served: Running) -> None:
    answer = await talk(served, f"{GET}\r\n" * 60)
    assert statuses(answer).count(429) == 60 - 50
    assert b"retry-after: " in answer.lower()


async def test_what_changed_is_answered_at_once(served: Running) -> None:
    publish_files(served.serving.public_dir / "feeds", {"all.rss": b"<rss>new</rss>"})
    assert b"<rss>new</rss>" in await talk(served, f"{GET}\r\n")
    (served.serving.public_dir / "feeds" / "all.rss").unlink()
    assert statuses(await talk(served, f"{GET}\r\n"))[0] == 404


async def test_the_server_ends_while_such_a_connection_is_open(sqlite_db: Database, tmp_path: Path) -> None:
    async with a_site(sqlite_db, tmp_path) as site:
        publish_files(site.serving.public_dir / "feeds", {"all.rss": BODY})
        await site.get("/feeds/all.rss")
        parts = urlsplit(site.base_url)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.write(f"{GET}\r\n".encode())
        await reader.readuntil(BODY)
    assert await asyncio.wait_for(reader.read(), 20) == b""
    writer.close()
