"""How a process tells that it is alive and ready, before there is a database and after."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from syndicate.cli.listening import listen, serve_until
from syndicate.telemetry.scrape import Scrape
from syndicate.web.door import Door
from syndicate.web.health import create_health
from syndicate.web.routes import web_of
from tests.web.conftest import Running

WAITS = {"status": "waiting for the database", "role": "worker"}
READY = {"status": "ready", "role": "worker"}


@asynccontextmanager
async def at(door: Door) -> AsyncIterator[str]:
    """The door's address while it is served from."""
    stop, listening = asyncio.Event(), listen("127.0.0.1", 0)
    serving = asyncio.create_task(serve_until(stop, door, listening))
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        stop.set()
        await serving


def a_door(told: Mapping[str, object], *, other: int = 404, scrape: Scrape | None = None) -> Door:
    async def tell() -> Mapping[str, object]:
        return told

    return Door(create_health(tell, lambda: scrape, other=other))


async def status(url: str) -> int:
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        return answer.status


@pytest.mark.parametrize(("told", "expected"), [(WAITS, 503), (READY, 200)])
async def test_a_process_is_alive_at_once_and_ready_when_it_does_its_part(
    told: Mapping[str, object], expected: int
) -> None:
    async with at(a_door(told)) as url, aiohttp.ClientSession() as http:
        assert await status(f"{url}/healthz") == 200
        async with http.get(f"{url}/readyz") as answer:
            assert (answer.status, await answer.json()) == (expected, told)
            assert answer.headers["Cache-Control"] == "no-store"


async def test_figures_are_told_once_there_are_any() -> None:
    async def nothing() -> Mapping[str, Mapping[tuple[str, ...], float]]:
        return {}

    async with at(a_door(WAITS)) as waiting, at(a_door(READY, scrape=Scrape(nothing))) as ready:
        assert await status(f"{waiting}/metrics") == 503
        assert await status(f"{ready}/metrics") == 200


@pytest.mark.parametrize("other", [404, 503])
async def test_a_reader_is_asked_to_come_again_where_there_will_be_pages(other: int) -> None:
    async with at(a_door(WAITS, other=other)) as url:
        assert await status(f"{url}/feeds/english.rss") == other


async def test_pages_are_served_at_the_same_port_once_they_are_there(site: Running, tmp_path: Path) -> None:
    door = a_door(WAITS, other=503)
    name = next(iter(site.serving.catalogue.feeds))
    feed = tmp_path / f"public/feeds/{name}.rss"
    feed.parent.mkdir(parents=True)
    feed.write_text("<rss/>", "utf-8")
    async with at(door) as url:
        before = await status(f"{url}/feeds/{name}.rss")
        door.open(web_of(site.serving))
        # Twice: the second answer is one that stands ready.
        assert (before, [await status(f"{url}/feeds/{name}.rss") for _ in range(2)]) == (503, [200, 200])
        assert await status(f"{url}/feeds") == 200
