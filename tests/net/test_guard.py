"""The address guard: what it refuses, what it lets through, and what the operator excepts."""

from collections.abc import AsyncIterator

import pytest

from syndicate.errors import AddressForbidden
from syndicate.model.site import FetchSettings
from syndicate.net.client import Client
from syndicate.net.guard import Guard, refusal
from tests.neighbours.http_site import HttpSite, http_site

_REFUSED = """
127.0.0.1 127.8.9.1 0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.254 169.254.169.254
172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.9 192.0.0.170 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1
198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
:: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:0:127.0.0.1 64:ff9b::7f00:1 64:ff9b::8.8.8.8
64:ff9b:1::7f00:1 100::1 2001::1 2001:0:53aa:64c:0:0:80ff:fffe 2001:10::1 2001:20::1 2001:db8::1
2002:7f00:1::1 2002:808:808::1 3fff::1 3ffe::1 5f00::1 fc00::1 fd12:3456::1 fe80::1 fe80::1%lo fec0::1
ff02::1 ff0e::1 4000::1 localhost
"""
REFUSED = _REFUSED.split()
_PUBLIC = "8.8.8.8 1.1.1.1 93.184.215.14 2606:4700::6810:84e5 2a00:1450:4001::1 ::ffff:8.8.8.8"
PUBLIC = _PUBLIC.split()


@pytest.fixture
async def canary() -> AsyncIterator[HttpSite]:
    async with http_site(answers={"/secret": "the canary sang"}) as site:
        yield site


def a_client(*allow: str) -> Client:
    return Client(FetchSettings(allow_hosts=allow, timeout=5.0))


@pytest.mark.parametrize("address", REFUSED)
def test_a_special_address_is_refused(address: str) -> None:
    assert refusal(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_let_through(address: str) -> None:
    assert refusal(address) == ""


async def test_the_refusal_names_the_setting_that_would_allow_it(canary: HttpSite) -> None:
    async with a_client() as client:
        with pytest.raises(AddressForbidden, match=rf'"{canary.host}" to fetch.allow_hosts'):
            await client.get(f"{canary.url}/secret")


async def test_the_refusal_names_an_ipv6_address_as_the_setting_wants_it() -> None:
    async with a_client() as client:
        with pytest.raises(AddressForbidden, match=r'"\[::1\]:8463" to fetch.allow_hosts'):
            await client.get("http://[::1]:8463/")


async def test_a_host_that_the_operator_names_is_reached(canary: HttpSite) -> None:
    async with a_client(canary.host) as client:
        assert (await client.get(f"{canary.url}/secret")).body == b"the canary sang"


async def test_an_allowed_port_does_not_allow_another(canary: HttpSite) -> None:
    async with http_site(answers={"/": "other"}) as other, a_client(other.host) as client:
        await client.get(f"{other.url}/")
        with pytest.raises(AddressForbidden):
            await client.get(f"{canary.url}/secret")
    assert not canary.hits


@pytest.mark.parametrize(
    ("entry", "host", "port", "excepted"),
    [
        ("news.example", "news.example", 80, True),
        ("news.example", "NEWS.example.", 8080, True),
        ("news.example:8080", "news.example", 80, False),
        ("news.example:8080", "news.example", 8080, True),
        ("news.example", "evil.news.example", 80, False),
        ("[::1]:8080", "::1", 8080, True),
        ("[::1]:8080", "::1", 80, False),
        ("::1", "::1", 80, True),
    ],
)
def test_an_exception_is_by_name(entry: str, host: str, port: int, excepted: bool) -> None:
    assert Guard((entry,)).excepts(host, port) is excepted
