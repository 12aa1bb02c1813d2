"""A polite guest: robots.txt, one request at a time, delays and pauses."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from aiohttp import web

from syndicate.collect.visits import Visits
from syndicate.errors import FetchFailed, FetchRefused, HostPaused
from syndicate.model.site import FetchSettings
from syndicate.net.client import Client
from tests.builders import NOON
from tests.neighbours.http_site import HttpSite, http_site


class Clock:
    """A clock that only `sleep` moves."""

    def __init__(self) -> None:
        self.time = NOON
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)


def visits(site: HttpSite, clock: Clock, **change: Any) -> tuple[Client, Visits]:
    client = Client(FetchSettings(**{"allow_hosts": (site.host,), "delay": 2.0} | change))
    return client, Visits(client=client, now=clock, sleep=clock.sleep)


async def test_a_delay_lies_between_two_requests_to_a_host() -> None:
    clock = Clock()
    async with http_site(answers={"/a": "a", "/b": "b"}) as site:
        client, polite = visits(site, clock)
        async with client:
            await polite.get(site.url + "/a")
            await polite.get(site.url + "/b")
            clock.time += timedelta(seconds=1.5)
            await polite.get(site.url + "/a")
    assert clock.slept == [2.0, 2.0, 0.5], "robots.txt is a request too"


async def test_a_host_gets_one_request_at_a_time() -> None:
    async def slow(request: web.Request) -> web.Response:
        await asyncio.sleep(0.01)
        return web.Response(text="x")

    clock = Clock()
    async with http_site(answers={f"/{n}": slow for n in range(6)}) as site:
        client, polite = visits(site, clock)
        async with client:
            await asyncio.gather(*(polite.get(f"{site.url}/{n}") for n in range(6)))
        assert site.most_open == 1
        assert site.hits["/robots.txt"] == 1


@pytest.mark.parametrize(
    ("rules", "open_to_us"),
    [
        ("User-agent: *\nDisallow: /a", False),
        ("User-agent: syndicate\nDisallow: /\n\nUser-agent: *\nAllow: /", False),
        ("User-agent: other\nDisallow: /", True),
        ("User-agent: *\nDisallow: /\nAllow: /a$", True),
        ("<html>no rules here</html>", True),
    ],
)
async def test_robots_txt_is_obeyed(rules: str, open_to_us: bool) -> None:
    async with http_site(answers={"/a": "a", "/robots.txt": rules}) as site:
        client, polite = visits(site, Clock())
        async with client:
            if open_to_us:
                await polite.get(site.url + "/a")
            else:
                with pytest.raises(FetchRefused, match=r"robots\.txt"):
                    await polite.get(site.url + "/a")
        assert site.hits["/a"] == open_to_us


async def test_robots_txt_is_kept_for_a_day() -> None:
    clock = Clock()
    async with http_site(answers={"/a": "a", "/robots.txt": ""}) as site:
        client, polite = visits(site, clock)
        async with client:
            await polite.get(site.url + "/a")
            await polite.get(site.url + "/a")
            assert site.hits["/robots.txt"] == 1
            clock.time += timedelta(days=1)
            await polite.get(site.url + "/a")
        assert site.hits["/robots.txt"] == 2


async def test_a_robots_txt_that_cannot_be_read_closes_the_host_for_now() -> None:
    async with http_site(answers={"/a": "a", "/robots.txt": (500, {}, b"")}) as site:
        client, polite = visits(site, Clock())
        async with client:
            for _ in range(3):
                with pytest.raises(HostPaused):
                    await polite.get(site.url + "/a")
        assert site.hits == {"/robots.txt": 1}


async def test_the_operator_may_pass_over_robots_txt() -> None:
    async with http_site(answers={"/a": "a", "/robots.txt": "User-agent: *\nDisallow: /"}) as site:
        client, polite = visits(site, Clock(), obey_robots=False)
        async with client:
            await polite.get(site.url + "/a")
        assert site.hits == {"/a": 1}


async def test_a_crawl_delay_longer_than_ours_is_kept() -> None:
    clock = Clock()
    rules = "User-agent: *\nCrawl-delay: 7"
    async with http_site(answers={"/a": "a", "/robots.txt": rules}) as site:
        client, polite = visits(site, clock)
        async with client:
            await polite.get(site.url + "/a")
            await polite.get(site.url + "/a")
    assert clock.slept == [7.0, 7.0]


@pytest.mark.parametrize(("status", "stated", "pause"), [(429, "300", 300), (503, "300", 300), (429, "", 60)])
async def test_a_busy_host_is_left_alone_as_long_as_it_asks(status: int, stated: str, pause: int) -> None:
    clock = Clock()
    busy = (status, {"Retry-After": stated} if stated else {}, b"")
    async with http_site(answers={"/a": busy, "/b": "b"}) as site:
        client, polite = visits(site, clock)
        async with client:
            with pytest.raises(FetchFailed):
                await polite.get(site.url + "/a")
            with pytest.raises(HostPaused) as caught:
                await polite.get(site.url + "/b")
            assert caught.value.retry_after == pause
            clock.time += timedelta(seconds=pause)
            await polite.get(site.url + "/b")
        assert (site.hits["/a"], site.hits["/b"]) == (1, 1)


def failing_once(then: str) -> Callable[[web.Request], Any]:
    seen: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(request.path)
        return web.Response(status=502) if len(seen) == 1 else web.Response(text=then)

    return answer


async def test_a_hiccup_is_tried_again() -> None:
    async with http_site(answers={"/a": failing_once("ok")}) as site:
        client, polite = visits(site, Clock())
        async with client:
            assert (await polite.get(site.url + "/a")).body == b"ok"


async def test_a_definite_answer_is_not_tried_again() -> None:
    async with http_site() as site:
        client, polite = visits(site, Clock())
        async with client:
            with pytest.raises(FetchRefused):
                await polite.get(site.url + "/a")
        assert site.hits["/a"] == 1
