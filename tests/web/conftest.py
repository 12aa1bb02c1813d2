"""A real server on loopback for each test, over a fresh database and folder."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import uvicorn

from syndicate.audience.people import People
from syndicate.audience.tokens import Keyring
from syndicate.model.catalogue import Catalogue
from syndicate.model.site import Site
from syndicate.model.source import Publish, Rights
from syndicate.publish.feeds import Publishing
from syndicate.store.database import Database
from syndicate.templating import Templates
from syndicate.web.routes import web_of
from syndicate.web.server import server_settings
from syndicate.web.serving import Serving
from tests.builders import FEED_ID, a_clock, a_feed, a_newsletter, a_source, an_old_site

RING = Keyring(current=b"k" * 32)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave what measures time out of an ordinary run: beside other processes it would say nothing."""
    away = [] if "TIMING" in os.environ else [item for item in items if item.path.name == "test_timing.py"]
    items[:] = [item for item in items if item not in away]
    if away:
        config.hook.pytest_deselected(items=away)


@dataclass(frozen=True, kw_only=True)
class Running:
    """A running site; `get` and `post` are requests that follow no redirect."""

    base_url: str
    serving: Serving
    http: aiohttp.ClientSession

    @property
    def people(self) -> People:
        return self.serving.people

    @property
    def db(self) -> Database:
        return self.serving.people.db

    @property
    def publishing(self) -> Publishing:
        return Publishing(
            db=self.db,
            catalogue=self.serving.catalogue,
            public_dir=self.serving.public_dir,
            now=self.people.now,
            mint=lambda: FEED_ID,
            templates=self.serving.templates,
        )

    async def ask(self, method: str, path: str, **more: Any) -> "Answer":
        async with self.http.request(method, self.base_url + path, allow_redirects=False, **more) as response:
            return Answer(status=response.status, headers=response.headers, body=await response.read())

    async def get(self, path: str, **headers: str) -> "Answer":
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.ask("GET", path, headers=named)

    async def post(self, path: str, data: Any = None, **more: Any) -> "Answer":
        return await self.ask("POST", path, data=data, **more)


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


def a_catalogue(base_url: str, **change: Any) -> Catalogue:
    base: dict[str, Any] = {
        "site": Site(name="Harbour Courier", base_url=base_url, contact="desk@courier.example"),
        "old_sites": {"old-courier": an_old_site(hosts=("old.courier.example",))},
        "sources": {"harbour": a_source(rights=Rights(publish=Publish.FULL))},
        "feeds": {"all": a_feed(ttl=timedelta(minutes=30))},
        "newsletters": {
            "daily": a_newsletter(),
            "weekly": a_newsletter(name="weekly", title="هفته‌نامهٔ بندر", language="fa"),
        },
    }
    return Catalogue(**base | change)


@asynccontextmanager
async def a_site(
    db: Database,
    folder: Path,
    *,
    now: Callable[[], datetime] | None = None,
    catalogue: dict[str, Any] | Callable[[str], dict[str, Any]] | None = None,
    people_change: Mapping[str, Any] | None = None,
    **change: Any,
) -> AsyncIterator[Running]:
    listener = socket.socket()
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    changes = catalogue(base_url) if callable(catalogue) else catalogue or {}
    named = a_catalogue(base_url, **changes)
    people = People(db=db, catalogue=named, keyring=RING, now=now or a_clock(), **people_change or {})
    serving = Serving(
        people=people,
        templates=Templates(),
        public_dir=folder / "public",
        media_dir=folder / "media",
        mailbox_dir=folder / "mailbox",
    )
    serving = replace(
        serving, **{name: one(serving) if callable(one) else one for name, one in change.items()}
    )
    server = uvicorn.Server(server_settings(web_of(serving)))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        async with aiohttp.ClientSession(
            auto_decompress=False, skip_auto_headers=["Accept-Encoding"]
        ) as http:
            yield Running(base_url=base_url, serving=serving, http=http)
    finally:
        server.should_exit = True
        await task
        listener.close()


@pytest.fixture
async def site(sqlite_db: Database, tmp_path: Path) -> AsyncIterator[Running]:
    async with a_site(sqlite_db, tmp_path) as running:
        yield running
