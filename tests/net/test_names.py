"""Names are looked up apart from all other work: resolvers that hang hold up nothing else."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from syndicate.errors import FetchFailed
from syndicate.model.site import FetchSettings
from syndicate.net.client import Client
from syndicate.net.names import Names
from tests.neighbours.http_site import http_site

LOOPBACK = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80))]


@dataclass
class Resolver:
    """A name server that tells nothing of names in `silent` until `go`."""

    asked: list[str] = field(default_factory=list)
    go: threading.Event = field(default_factory=threading.Event)

    def __call__(self, host: str, *_: Any, **__: Any) -> Sequence[Any]:
        self.asked.append(host)
        if host.endswith(".silent"):
            self.go.wait()
        return LOOPBACK


@asynccontextmanager
async def names_of(resolver: Resolver, *, threads: int = 2, patience: float = 30) -> AsyncIterator[Names]:
    names = Names(threads=threads, timeout=patience, look_up=resolver)
    try:
        yield names
    finally:
        resolver.go.set()
        await names.close()


async def until(enough: Callable[[], bool]) -> None:
    while not enough():  # noqa: ASYNC110 - a thread tells nobody
        await asyncio.sleep(0.01)


async def test_who_works_on_threads_does_not_wait_for_names() -> None:
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    resolver = Resolver()
    async with names_of(resolver) as names:
        hanging = [asyncio.create_task(names.resolve(f"{number}.silent")) for number in range(5)]
        await until(lambda: len(resolver.asked) == 2)
        assert await asyncio.to_thread(len, "work") == 4
        resolver.go.set()
        assert len(await asyncio.gather(*hanging)) == 5


async def test_no_more_are_under_way_than_may_be() -> None:
    resolver = Resolver()
    async with names_of(resolver, threads=2, patience=0.2) as names:
        hanging = [names.resolve(f"{number}.silent") for number in range(9)]
        late = await asyncio.gather(*hanging, return_exceptions=True)
        assert [type(one) for one in late] == [socket.gaierror] * 9
        assert len(resolver.asked) == 2


async def test_those_that_were_given_up_are_asked_no_more_once_there_is_room() -> None:
    resolver = Resolver()
    async with names_of(resolver, threads=1, patience=0.2) as names:
        hanging = [names.resolve(f"{number}.silent") for number in range(5)]
        await asyncio.gather(*hanging, return_exceptions=True)
        resolver.go.set()
        [found] = await names.resolve("reader.example", 80)
        assert found["host"] == "127.0.0.1"
        assert resolver.asked == ["0.silent", "reader.example"]


async def test_an_address_is_its_own_name() -> None:
    names = Names(threads=1, timeout=30)
    [found] = await names.resolve("127.0.0.1", 80)
    assert (found["host"], found["port"], found["family"]) == ("127.0.0.1", 80, socket.AF_INET)
    await names.close()


async def test_a_name_that_nobody_tells_is_one_to_try_later() -> None:
    resolver = Resolver()
    async with (
        names_of(resolver, patience=0.2) as names,
        Client(FetchSettings(timeout=30), resolver=names) as client,
    ):
        with pytest.raises(FetchFailed, match=r"the name reader\.silent is not known"):
            await client.get("http://reader.silent/")


async def test_a_client_closes_what_it_looked_names_up_with_and_opens_it_anew() -> None:
    before = set(threading.enumerate())
    async with http_site(answers={"/": "news"}) as site:
        client = Client(FetchSettings(allow_hosts=("localhost",)))
        for _ in range(2):
            assert (await client.get(f"http://localhost:{site.port}/")).status == 200
            await client.close()
        await until(lambda: not any(one.name.startswith("names") for one in _since(before)))


def _since(before: set[threading.Thread]) -> set[threading.Thread]:
    return set(threading.enumerate()) - before
