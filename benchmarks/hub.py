"""From an item stored to a subscriber's hands: a whole service, 100 subscribers over HTTP in a process apart.

They stand on ten addresses of loopback. The aim is a second at the 99th percentile, so there is no reference
to run; the machine's speed counts, and whatever else runs on it.
"""

import asyncio
import contextlib
import re
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import aiohttp
import uvicorn
from aiohttp import web

from benchmarks.row import Row
from syndicate.app import App, open_app
from syndicate.config import Config
from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import Feed, Selection
from syndicate.model.hub import Hub
from syndicate.model.item import Content, Item, ItemKind, Provenance, Timestamp
from syndicate.model.site import FetchSettings, Settings, Site
from syndicate.model.source import Publish, Rights, Source, SourceKind
from syndicate.schedule.service import Service
from syndicate.store.connection import Connection
from syndicate.store.feed_changes import touch_items
from syndicate.store.hub_subscriptions import list_subscriptions
from syndicate.store.items import save_item
from syndicate.web.routes import create_web
from syndicate.web.server import server_settings

SUBSCRIBERS = 100
ADDRESSES = 10
ROUNDS = 30
AIM = 1_000.0
START = datetime(2019, 5, 3, tzinfo=UTC)
PARAGRAPH = "<p>The ferry sailed at dawn with forty passengers, and the harbour was quiet again by noon.</p>"
HARBOUR = Source(
    name="harbour",
    kind=SourceKind.PAGE,
    url="http://127.0.0.1/",
    rights=Rights(publish=Publish.FULL),
    # The guard refuses it, so that nobody collects: what is measured begins where an item is stored.
    interval=timedelta(days=1),
)
MARK = re.compile(rb"Ferry number (\d+) sails")


def measure() -> list[Row]:
    """Two rows: the middle and the 99th percentile, in milliseconds."""
    found = sorted(asyncio.run(_measure()))
    middle, late = statistics.median(found), found[int(len(found) * 0.99) - 1]
    return [
        Row(
            name=f"an item stored → {SUBSCRIBERS} subscribers, {name}",
            ours=ms,
            reference=AIM,
            unit="ms",
            against="the aim",
        )
        for name, ms in (("p50", middle), ("p99", late))
    ]


async def _measure() -> list[float]:
    with tempfile.TemporaryDirectory() as folder:
        async with _subscribers() as (port, lines), _serving(Path(folder), port) as app:
            await _subscribe(app, port)
            for number in range(50):
                await app.db.write(_store, app, number)
            await _settled(app, 49, lines)
            return [ms for number in range(50, 50 + ROUNDS) for ms in await _round(app, number, lines)]


async def _round(app: App, number: int, lines: asyncio.StreamReader) -> list[float]:
    await app.db.write(_store, app, number)
    stored = time.monotonic()
    return [(at - stored) * 1000 for at in await _settled(app, number, lines)]


async def _settled(app: App, number: int, lines: asyncio.StreamReader) -> list[float]:
    """When each subscriber got the document that holds this item."""
    found: list[float] = []
    while len(found) < SUBSCRIBERS:
        came, at = (await asyncio.wait_for(lines.readline(), 60)).split()
        if int(came) == number:
            found.append(float(at))
    # What was under way is over, so that each round starts from rest.
    await asyncio.sleep(0.3)
    return found


def _store(conn: Connection, app: App, number: int) -> None:
    item = _item(number)
    save_item(conn, item, keys=[item.id])
    touch_items(conn, [item], feeds=app.catalogue.feeds.values(), enqueue=app.enqueue)


async def _subscribe(app: App, port: int) -> None:
    site = app.catalogue.site.base_url
    async with aiohttp.ClientSession() as http:
        for number in range(SUBSCRIBERS):
            fields = {
                "hub.mode": "subscribe",
                "hub.topic": f"{site}/feeds/all.rss",
                "hub.callback": f"http://127.0.0.{number % ADDRESSES + 1}:{port}/{number}",
                "hub.secret": f"secret {number}",
            }
            async with http.post(f"{site}/hub", data=fields) as answer:
                assert answer.status == 202, await answer.text()
    while len(await app.db.read(list_subscriptions)) < SUBSCRIBERS:  # noqa: ASYNC110 - no event of ours tells it
        await asyncio.sleep(0.05)


@asynccontextmanager
async def _serving(folder: Path, port: int) -> AsyncIterator[App]:
    listening = socket.create_server(("127.0.0.1", 0))
    base_url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    hosts = tuple(f"127.0.0.{number + 1}:{port}" for number in range(ADDRESSES))
    config = Config(
        path=folder / "syndicate.toml",
        catalogue=Catalogue(
            site=Site(base_url=base_url),
            feeds={"all": Feed(name="all", title="All stories", selection=Selection(take=50))},
            hub=Hub(requests_per_ip_hour=10_000, verifications_per_host_minute=1_000),
            sources={"harbour": HARBOUR},
        ),
        settings=Settings(data_dir=str(folder), fetch=FetchSettings(allow_hosts=hosts)),
    )
    async with open_app(config, now=lambda: datetime.now(UTC)) as app:
        server = uvicorn.Server(server_settings(create_web(app)))
        stop = asyncio.Event()
        tasks = [
            asyncio.create_task(server.serve(sockets=[listening])),
            asyncio.create_task(Service(app, owner=str(uuid4())).run_until(stop)),
        ]
        yield app
        stop.set()
        server.should_exit = True
        await asyncio.gather(*tasks)


@asynccontextmanager
async def _subscribers() -> AsyncIterator[tuple[int, asyncio.StreamReader]]:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.hub", stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    try:
        yield int(await child.stdout.readline()), child.stdout
    finally:
        child.terminate()
        await child.wait()


def _item(number: int) -> Item:
    address = f"https://old.courier.example/2019/{number}"
    return Item(
        id=str(uuid4()),
        kind=ItemKind.ARTICLE,
        content=Content(
            headline=f"Ferry number {number} sails",
            body_html=PARAGRAPH * 30,
            summary="The ferry sailed at dawn.",
            authors=("Mina Vale",),
            language="en",
            url=address,
            published=Timestamp(instant=START + timedelta(minutes=number)),
        ),
        provenance=Provenance(source="harbour", original_url=address, captured=START, raw_hash="0" * 64),
        collected=START + timedelta(minutes=number),
    )


async def _receive() -> None:
    """The other side: say of each delivery which item is the newest in it, and when it was there."""

    async def handle(request: web.BaseRequest) -> web.Response:
        if request.method == "GET":
            return web.Response(text=request.query.get("hub.challenge", ""))
        body = await request.read()
        at = time.monotonic()
        newest = max((int(number) for number in MARK.findall(body)), default=-1)
        print(newest, at, flush=True)
        return web.Response(status=204)

    runner = web.ServerRunner(web.Server(handle))
    await runner.setup()
    listener = web.TCPSite(runner, "0.0.0.0", 0)
    await listener.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_receive())
