"""A polite guest: robots.txt, one request at a time, delays and pauses."""

import asyncio
import gzip
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
from tests.neighbours.http_site import HttpSite, http_site, redirect


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


async def test_a_redirect_waits_for_its_host_s_turn_and_obeys_its_rules() -> None:
    clock = Clock()
    async with http_site(answers={"/b": "b", "/robots.txt": "User-agent: *\nDisallow: /secret"}) as far:
        target = f"http://localhost:{far.port}"
        answers = {"/a": redirect(f"{target}/b"), "/x": redirect(f"{target}/secret"), "/robots.txt": ""}
        async with http_site(answers=answers) as near:
            client, polite = visits(near, clock, allow_hosts=(near.host, f"localhost:{far.port}"))
            async with client:
                assert (await polite.get(near.url + "/a")).body == b"b"
                with pytest.raises(FetchRefused, match=r"/secret is closed to us by http://localhost"):
                    await polite.get(near.url + "/x")
        assert far.hits == {"/robots.txt": 1, "/b": 1}
    assert clock.slept == [2.0, 2.0], "each robots.txt before the page; by then the first host is rested"


async def test_a_redirect_on_the_same_host_waits_like_any_request() -> None:
    clock = Clock()
    async with http_site(answers={"/a": redirect("/b", 301), "/b": "b", "/robots.txt": ""}) as site:
        client, polite = visits(site, clock)
        async with client:
            await polite.get(site.url + "/a")
    assert clock.slept == [2.0, 2.0]


async def test_a_paused_host_is_not_asked_by_way_of_another() -> None:
    async with http_site(answers={"/b": (429, {"Retry-After": "300"}, b""), "/robots.txt": ""}) as far:
        target = f"http://localhost:{far.port}/b"
        async with http_site(answers={"/a": redirect(target), "/c": redirect(target), "/d": "d"}) as near:
            client, polite = visits(near, Clock(), allow_hosts=(near.host, f"localhost:{far.port}"))
            async with client:
                with pytest.raises(FetchFailed):
                    await polite.get(near.url + "/a")
                with pytest.raises(HostPaused):
                    await polite.get(near.url + "/c")
                assert (await polite.get(near.url + "/d")).body == b"d"
        assert far.hits["/b"] == 1


async def test_a_robots_txt_that_is_redirected_is_read_where_it_lies() -> None:
    rules = "User-agent: *\nDisallow: /a"
    async with http_site(answers={"/a": "a", "/robots.txt": redirect("/r"), "/r": rules}) as site:
        client, polite = visits(site, Clock())
        async with client:
            with pytest.raises(FetchRefused, match=r"closed to us"):
                await polite.get(site.url + "/a")


@pytest.mark.parametrize("target", ["/robots.txt", "ftp://courier.example/robots.txt"])
async def test_a_robots_txt_that_leads_nowhere_closes_nothing_and_is_asked_once(target: str) -> None:
    async with http_site(answers={"/a": "a", "/b": "b", "/robots.txt": redirect(target)}) as site:
        client, polite = visits(site, Clock())
        async with client:
            assert (await polite.get(site.url + "/a")).body == b"a"
            hits = site.hits["/robots.txt"]
            assert (await polite.get(site.url + "/b")).body == b"b"
        assert site.hits["/robots.txt"] == hits


@pytest.mark.parametrize("coding", ["", "gzip"])
async def test_of_a_robots_txt_that_is_too_long_the_beginning_counts(coding: str) -> None:
    rules = b"User-agent: *\nDisallow: /a\n" + b"# the tide is turning\n" * 100_000
    rules += b"Disallow: /b\n"
    answer = (200, {"Content-Encoding": coding}, gzip.compress(rules)) if coding else rules
    async with http_site(answers={"/a": "a", "/b": "b", "/robots.txt": answer}) as site:
        client, polite = visits(site, Clock(), max_wire_bytes=600_000, max_body_bytes=600_000)
        async with client:
            with pytest.raises(FetchRefused, match=r"closed to us"):
                await polite.get(site.url + "/a")
            assert (await polite.get(site.url + "/b")).body == b"b"
        assert site.hits["/robots.txt"] == 1


async def test_a_robots_txt_in_an_unknown_coding_closes_the_host_for_now() -> None:
    damaged = (200, {"Content-Encoding": "tide"}, b"x")
    async with http_site(answers={"/a": "a", "/robots.txt": damaged}) as site:
        client, polite = visits(site, Clock())
        async with client:
            for _ in range(2):
                with pytest.raises(HostPaused):
                    await polite.get(site.url + "/a")
        assert site.hits == {"/robots.txt": 1}


async def test_two_hosts_whose_robots_txt_point_at_each_other_do_not_wait_for_ever() -> None:
    async with (
        http_site(answers={"/a": "a", "/r": ""}) as one,
        http_site(answers={"/a": "a", "/r": ""}) as two,
    ):
        one.answers["/robots.txt"] = redirect(f"http://localhost:{two.port}/r")
        two.answers["/robots.txt"] = redirect(f"{one.url}/r")
        client, polite = visits(one, Clock(), allow_hosts=(one.host, f"localhost:{two.port}"))
        async with client, asyncio.timeout(5):
            urls = [f"{one.url}/a", f"http://localhost:{two.port}/a"]
            found = await asyncio.gather(*(polite.get(url) for url in urls))
    assert [answer.body for answer in found] == [b"a", b"a"]


async def test_ports_and_schemes_of_one_host_share_its_turn() -> None:
    clock = Clock()
    async with http_site(answers={"/a": "a"}) as one, http_site(answers={"/a": "a"}) as two:
        client, polite = visits(one, clock, allow_hosts=(one.host, two.host), obey_robots=False)
        async with client:
            await asyncio.gather(polite.get(one.url + "/a"), polite.get(two.url + "/a"))
    assert clock.slept == [2.0]


async def test_robots_txt_may_always_be_read() -> None:
    async with http_site(answers={"/robots.txt": "User-agent: *\nDisallow: /"}) as site:
        client, polite = visits(site, Clock())
        async with client:
            assert b"Disallow" in (await polite.get(site.url + "/robots.txt")).body


async def test_a_retry_after_may_be_a_date() -> None:
    busy = {"Retry-After": "Sun, 01 Mar 2026 12:05:00 GMT", "Date": "Sun, 01 Mar 2026 12:00:00 GMT"}
    async with http_site(answers={"/a": (503, busy, b""), "/robots.txt": ""}) as site:
        client, polite = visits(site, Clock())
        async with client:
            with pytest.raises(FetchFailed):
                await polite.get(site.url + "/a")
            with pytest.raises(HostPaused) as caught:
                await polite.get(site.url + "/a")
    assert caught.value.retry_after == 300.0
