"""The address guard: no spelling, redirect or resolver leads to a loopback canary."""

import socket
from collections.abc import AsyncIterator

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from syndicate.errors import AddressForbidden, FetchFailed, FetchRefused
from syndicate.model.site import FetchSettings
from syndicate.net.client import Client
from syndicate.net.guard import Guard, refusal
from tests.neighbours.http_site import HttpSite, http_site, redirect

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

# Everything here means this machine to some resolver, URL parser or operating system.
_SPELLINGS = """
127.0.0.1 127.0.0.1. 127.1 127.0.1 127.000.000.001 127.0.0.01 2130706433 0x7f000001 0x7F000001 0x7f.0.0.1
0x7f.1 0x7f.0x0.0x0.0x1 0177.0.0.1 0177.1 017700000001 0177.0x0.0.1 00000177.0.0.1 0 0.0.0.0 0x0 00 0.0
127.255.255.254 127.2.3.4 localhost LOCALHOST localhost. LocalHost [::1] [::] [0:0:0:0:0:0:0:1]
[0000::0001] [::ffff:127.0.0.1] [::ffff:7f00:1] [0:0:0:0:0:ffff:127.0.0.1] [::FFFF:7F00:0001] [::127.0.0.1]
[64:ff9b::7f00:1] [64:ff9b:1::7f00:1] [2002:7f00:1::] [::ffff:0.0.0.0] [fe80::1%25lo] [::1%25lo]
①②⑦.⓪.⓪.① 127。0。0。1 127．0．0．1 １２７.0.0.1 ⓛocalhost %31%32%37.0.0.1 loc%61lhost
user@127.0.0.1 user:pass@127.0.0.1 @127.0.0.1 8.8.8.8@127.0.0.1 10.0.0.1 169.254.169.254
"""
SPELLINGS = _SPELLINGS.split()
REFUSALS = (AddressForbidden, FetchFailed, FetchRefused)


class LyingResolver(AbstractResolver):
    """Says that every name is this address."""

    def __init__(self, address: str) -> None:
        self.address = address

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        kind = socket.AF_INET6 if ":" in self.address else socket.AF_INET
        return [
            ResolveResult(
                hostname=host,
                host=self.address,
                port=port,
                family=kind,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None:
        return None


@pytest.fixture
async def canary() -> AsyncIterator[HttpSite]:
    async with http_site(answers={"/secret": "the canary sang"}) as site:
        yield site


def a_client(*allow: str, resolver: AbstractResolver | None = None) -> Client:
    return Client(FetchSettings(allow_hosts=allow, timeout=5.0), resolver=resolver)


def test_there_are_at_least_forty_spellings() -> None:
    assert len(set(SPELLINGS)) >= 40


@pytest.mark.parametrize("address", REFUSED)
def test_a_special_address_is_refused(address: str) -> None:
    assert refusal(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_let_through(address: str) -> None:
    assert refusal(address) == ""


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_no_spelling_reaches_the_canary_directly(spelling: str, canary: HttpSite) -> None:
    async with a_client() as client:
        with pytest.raises(REFUSALS):
            await client.get(f"http://{spelling}:{canary.port}/secret")
    assert not canary.hits


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_no_spelling_reaches_the_canary_through_a_redirect(spelling: str, canary: HttpSite) -> None:
    async with http_site(answers={"/go": redirect(f"http://{spelling}:{canary.port}/secret")}) as front:
        async with a_client(front.host) as client:
            with pytest.raises(REFUSALS):
                await client.get(f"{front.url}/go")
        assert front.hits["/go"] == 1
    assert not canary.hits


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "127.0.0.2", "0.0.0.0", "::1", "::ffff:127.0.0.1", "10.0.0.1", "fe80::1"]
)
async def test_a_lying_resolver_reaches_nothing(address: str, canary: HttpSite) -> None:
    async with a_client(resolver=LyingResolver(address)) as client:
        with pytest.raises(AddressForbidden, match="not a public address"):
            await client.get(f"http://news.courier.example:{canary.port}/secret")
    assert not canary.hits


async def test_a_lying_resolver_behind_a_redirect_reaches_nothing(canary: HttpSite) -> None:
    target = f"http://news.courier.example:{canary.port}/secret"
    liar = LyingResolver("127.0.0.1")
    async with (
        http_site(answers={"/go": redirect(target)}) as front,
        a_client(front.host, resolver=liar) as c,
    ):
        with pytest.raises(AddressForbidden):
            await c.get(f"{front.url}/go")
    assert not canary.hits


async def test_a_proxy_from_the_environment_is_not_used(
    canary: HttpSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, canary.url)
    async with a_client(resolver=LyingResolver("10.0.0.1")) as client:
        with pytest.raises(AddressForbidden):
            await client.get("http://news.courier.example/secret")
    assert not canary.hits


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
