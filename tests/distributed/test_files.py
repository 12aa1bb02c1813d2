"""Published files past one machine: two workers, a bucket, two web nodes without a file, a cache in front."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from syndicate.config import load
from syndicate.store.database import Database
from syndicate.store.upgrade import upgrade
from tests.builders import NOON
from tests.neighbours import s3
from tests.neighbours.ports import free_port
from tests.neighbours.s3 import KEY, Storage
from tests.publish.archives import story
from tests.publish.storing import keep, withdraw

COMMAND = Path(sys.executable).parent / "syndicate"
PATIENCE = 240
CONFIG = """
database = "{database}"
[dispatch]
engine = "procrastinate"
[health]
listen = ""
[web]
allow_root = true
repeats = 0
[site]
base_url = "https://news.courier.example"
contact = "desk@courier.example"
[sources.harbour]
kind = "feed"
url = "https://old.courier.example/feed"
[feeds.all]
title = "Everything"
[storage]
url = "s3://news/site"
serves = true
endpoint = "http://{storage}"
access_key_id = "{key}"
secret_access_key = "{key}"
[purge]
url = "http://{cache}"
[fetch]
allow_hosts = ["{storage}", "{cache}"]
"""


@dataclass
class Cache:
    """Asks every node for what it is told to forget, as a cache does when the next reader comes."""

    nodes: list[str] = field(default_factory=list)
    forgot: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    gone: bytes = b""
    told: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: web.BaseRequest) -> web.Response:
        self.forgot.append(request.path)
        async with aiohttp.ClientSession() as http:
            for node in self.nodes:
                async with http.get(node + request.path) as found:
                    if self.gone and self.gone in await found.read():
                        self.stale.append(node + request.path)
        if self.gone and request.path == "/feeds/all.json":
            self.told.set()
        return web.Response()


@asynccontextmanager
async def a_cache() -> AsyncIterator[tuple[Cache, str]]:
    cache = Cache()
    runner = web.ServerRunner(web.Server(cache.answer), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield cache, f"127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


class Machines:
    """Processes of the program, each with a data folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, machine: str, *words: str, **environ: str) -> subprocess.Popen[bytes]:
        """Start a role, or a command, on a machine."""
        data = self.folder / machine
        data.mkdir(exist_ok=True)
        # Several nodes are given one key.
        if (self.folder / "secret.key").exists():
            shutil.copy(self.folder / "secret.key", data)
        clean = {key: value for key, value in os.environ.items() if not key.startswith("SYNDICATE_")}
        with (self.folder / f"{machine}.log").open("ab") as log:
            process = subprocess.Popen(
                [COMMAND, "-c", self.folder / "syndicate.toml", *words],
                env=clean | {"SYNDICATE_DATA_DIR": str(data)} | environ,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        self.running.append(process)
        return process

    async def command(self, machine: str, *words: str, **environ: str) -> None:
        """Call a command, and wait for its end."""
        process = self.start(machine, *words, **environ)
        code = await asyncio.to_thread(process.wait)
        self.running.remove(process)
        assert code == 0, self.told(machine)

    def told(self, machine: str) -> str:
        return (self.folder / f"{machine}.log").read_text("utf-8", "replace")


@contextmanager
def machines(folder: Path) -> Iterator[Machines]:
    found = Machines(folder)
    try:
        yield found
    finally:
        for process in found.running:
            process.send_signal(signal.SIGKILL)
            process.wait()


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    with s3.running(tmp_path / "s3") as running:
        yield running


async def shown(http: aiohttp.ClientSession, url: str) -> tuple[int, str, bytes]:
    """Status, tag and body; 0 from a node that does not listen yet."""
    try:
        async with http.get(url) as answer:
            return answer.status, answer.headers.get("ETag", ""), await answer.read()
    except aiohttp.ClientConnectionError:
        return 0, "", b""


async def until_shown(http: aiohttp.ClientSession, url: str, text: bytes, *, absent: bytes = b"\0") -> str:
    """Come back when a node shows this and not that; its tag."""
    async with asyncio.timeout(PATIENCE):
        status, tag, body = await shown(http, url)
        while status != 200 or text not in body or absent in body:
            await asyncio.sleep(0.1)
            status, tag, body = await shown(http, url)
    return tag


async def test_what_any_worker_publishes_every_web_node_serves_and_the_cache_forgets(
    postgres_url: str, tmp_path: Path, storage: Storage
) -> None:
    shared = {"SYNDICATE_STORAGE__FOLDER": str(tmp_path / "shared")}
    (tmp_path / "shared").mkdir()
    async with a_cache() as (cache, at), aiohttp.ClientSession() as http:
        told = {"database": postgres_url, "storage": storage.host, "key": KEY, "cache": at}
        (tmp_path / "syndicate.toml").write_text(CONFIG.format(**told), "utf-8")
        catalogue = load(tmp_path / "syndicate.toml", environ={}).catalogue
        with ExitStack() as stack, machines(tmp_path) as all_:
            db = Database(postgres_url)
            stack.callback(db.close)
            upgrade(db)
            keep(db, catalogue, story(1), story(2))
            await all_.command("first", "publish", **shared)
            shutil.copy(tmp_path / "first" / "secret.key", tmp_path)
            for name in ("one", "two"):
                all_.start(name, "worker", **shared)
            for name in ("left", "right"):
                port = str(free_port())
                all_.start(name, "web", SYNDICATE_WEB__PORT=port)
                cache.nodes.append(f"http://127.0.0.1:{port}")
            tags = {await until_shown(http, f"{node}/feeds/all.json", b"Story 2") for node in cache.nodes}
            assert len(tags) == 1
            cache.gone = b"Story 1"
            withdraw(db, catalogue, story(1), at=NOON + timedelta(hours=1), note="It was another ferry.")
            keep(db, catalogue, story(3))
            await all_.command("first", "publish", **shared)
            tags = {
                await until_shown(http, f"{node}/feeds/all.json", b"Story 3", absent=b"Story 1")
                for node in cache.nodes
            }
            assert len(tags) == 1
            await asyncio.wait_for(cache.told.wait(), PATIENCE)
            assert "/feeds/all.rss" in cache.forgot
            assert cache.stale == []
            assert not (tmp_path / "left" / "public").exists()
