"""No connection takes more of us than its share: heads end, and requests come whole or are given up."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from syndicate.publish.files import publish_files
from syndicate.store.database import Database
from syndicate.web.bounds import LONGEST_HEAD, BoundedProtocol
from tests.web.conftest import Running, a_site

BODY = b"<rss>ferry</rss>"
GET = b"GET /feeds/all.rss HTTP/1.1\r\nHost: x\r\n"
LINE = b"X-Long: " + b"a" * 1000 + b"\r\n"
TOO_MANY = LINE * (LONGEST_HEAD // len(LINE) + 10)


@pytest.fixture
async def served(sqlite_db: Database, tmp_path: Path) -> AsyncIterator[Running]:
    async with a_site(sqlite_db, tmp_path) as site:
        publish_files(site.serving.public_dir / "feeds", {"all.rss": BODY})
        await site.get("/feeds/all.rss")
        yield site


async def talk(site: Running, *sent: bytes) -> bytes:
    """Everything that comes back until the server ends the connection, which it has to."""
    parts = urlsplit(site.base_url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        for data in sent:
            writer.write(data)
            await writer.drain()
        return await asyncio.wait_for(reader.read(), 20)
    except ConnectionError:
        return b""
    finally:
        writer.close()


@pytest.mark.parametrize("start", [GET, b"GET /healthz HTTP/1.1\r\n", GET + b"\r\n" + GET])
async def test_a_head_without_end_is_refused(served: Running, start: bytes) -> None:
    answer = await talk(served, start, TOO_MANY)
    assert b"HTTP/1.1 431 Request Header Fields Too Large\r\n" in answer
    assert b"connection: close" in answer


async def test_one_header_without_end_is_refused(served: Running) -> None:
    answer = await talk(served, GET + b"X-Long: ", *[b"a" * LONGEST_HEAD] * 100)
    assert BODY not in answer


async def test_a_long_head_is_none_of_that(served: Running) -> None:
    sent = GET + LINE * 30 + b"Connection: close\r\n\r\n"
    assert (await talk(served, sent[:5000], sent[5000:])).endswith(BODY)


async def test_many_requests_on_one_connection_are_no_long_head(served: Running) -> None:
    sent = (GET + LINE * 10 + b"\r\n") * 20 + GET + b"Connection: close\r\n\r\n"
    answer = await talk(served, *(sent[at : at + 3000] for at in range(0, len(sent), 3000)))
    assert answer.count(BODY) == 21


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET /fee",
        GET,
        b"POST /hub HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n",
        GET + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        GET + b"\r\n" + GET,
    ],
)
async def test_a_request_that_never_comes_whole_is_given_up(
    served: Running, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(BoundedProtocol, "patience", 0.05)
    await talk(served, sent)


async def test_who_sent_half_a_request_is_told(served: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BoundedProtocol, "patience", 0.05)
    assert (await talk(served, GET)).startswith(b"HTTP/1.1 408 Request Timeout\r\n")


async def test_who_is_patient_between_requests_is_no_such(
    served: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BoundedProtocol, "patience", 0.05)
    parts = urlsplit(served.base_url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(GET[:10])
    writer.write(GET[10:] + b"\r\n")
    await asyncio.wait_for(reader.readuntil(BODY), 20)
    await asyncio.sleep(0.15)
    writer.write(GET + b"Connection: close\r\n\r\n")
    assert (await asyncio.wait_for(reader.read(), 20)).endswith(BODY)
    writer.close()
