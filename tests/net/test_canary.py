"""No spelling, redirect, resolver or proxy leads to a canary on loopback (requirement C3)."""

import asyncio
import itertools
import socket
from collections.abc import AsyncIterator, Iterator

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from syndicate.errors import AddressForbidden, FetchFailed, FetchRefused
from syndicate.model.site import FetchSettings
from syndicate.net.client import Client
from tests.neighbours.canary import Canary, can_connect, canary
from tests.neighbours.http_site import http_site, redirect

# Everything here means this machine, or one inside, to some resolver, URL parser or operating system.
_HOSTS = """
127.0.0.1 127.0.0.1. 127.1 127.0.1 127.000.000.001 127.0.0.01 2130706433 0x7f000001 0x7F000001 0x7f.0.0.1
0x7f.1 0x7f.0x0.0x0.0x1 0X7F.1 0177.0.0.1 0177.1 017700000001 0177.0x0.0.1 00000177.0.0.1 0 0.0.0.0 0x0 00 0.0
127.255.255.254 127.2.3.4 4294967295 4294967297 localhost LOCALHOST localhost. LocalHost a.localhost
ip6-localhost localhost.localdomain
[::1] [::] [0:0:0:0:0:0:0:1] [0000::0001] [::ffff:127.0.0.1] [::ffff:7f00:1] [0:0:0:0:0:ffff:127.0.0.1]
[::FFFF:7F00:0001] [::ffff:0:127.0.0.1] [::127.0.0.1] [64:ff9b::7f00:1] [64:ff9b::127.0.0.1]
[64:ff9b:1::7f00:1] [2002:7f00:1::] [2001:0:7f00:1::] [2001:0:4136:e378:8000:63bf:80ff:fffe]
[::ffff:0.0.0.0] [fe80::1%25lo] [fe80::1%lo] [::1%25lo] [::1%251] [fec0::1] [fd00::1] [ff02::1] [2001:db8::1]
①②⑦.⓪.⓪.① 127。0。0。1 127．0．0．1 127｡0｡0｡1 １２７.0.0.1 ⓛocalhost %31%32%37.0.0.1 127%2e0%2e0%2e1
loc%61lhost ｌｏｃａｌｈｏｓｔ localhost%00 127.0.0.1%00.courier.example 127.0.0.1%0d%0a
user@127.0.0.1 user:pass@127.0.0.1 @127.0.0.1 8.8.8.8@127.0.0.1 courier.example:80@127.0.0.1
courier.example%40127.0.0.1 courier.example\\@127.0.0.1 127.0.0.1\\@courier.example
10.0.0.1 172.16.0.1 192.168.1.1 169.254.169.254 2852039166 0xA9FEA9FE 0251.0376.0251.0376
[::ffff:169.254.169.254] 100.64.0.1 100.100.100.200 198.18.0.1 240.0.0.1 255.255.255.255 192.0.0.192
192.88.99.1 224.0.0.1
"""
HOSTS = _HOSTS.split()
# The same with what browsers and libraries take out or turn round before they look.
URLS = (
    "http:/{host}/secret",
    "http:\\\\{host}\\secret",
    "http://\t{host}/secret",
    "ht\ntp://{host}/secret",
    "http://{host}\r\n/secret",
    " http://{host}/secret",
    "HTTP://{host}/secret",
    "http:///{host}/secret",
    "//{host}/secret",
    "http://{host}#@courier.example/",
    "http://{host}?@courier.example/",
    "http://{host};courier.example/secret",
)
REFUSALS = (AddressForbidden, FetchFailed, FetchRefused)
STATUSES = (301, 302, 303, 307, 308)
# No machine has this address: nothing of 3000::/8 is assigned (RFC 4291, and IANA's registry).
PUBLIC = "3000::1"


class Names(AbstractResolver):
    """Says that every name has these addresses, one answer at each question, the last one for ever."""

    def __init__(self, *answers: str) -> None:
        self._answers = itertools.chain(answers, itertools.repeat(answers[-1]))

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in next(self._answers).split()
        ]

    async def close(self) -> None:
        return None


@pytest.fixture
async def bird() -> AsyncIterator[Canary]:
    async with canary() as found:
        yield found


def a_client(*allow: str, resolver: AbstractResolver | None = None, timeout: float = 5.0) -> Client:
    return Client(FetchSettings(allow_hosts=allow, timeout=timeout), resolver=resolver)


def spelled(host: str, bird: Canary) -> str:
    return f"http://{host}:{bird.port}/secret"


def test_there_are_at_least_forty_spellings() -> None:
    assert len(set(HOSTS)) >= 80


async def test_the_canary_sings_when_it_is_reached(bird: Canary) -> None:
    async with a_client(f"127.0.0.1:{bird.port}") as client:
        assert (await client.get(spelled("127.0.0.1", bird))).body == b"the canary sang"
    assert bird.touched == 1


async def test_many_spellings_would_reach_it(bird: Canary) -> None:
    plain = [host for host in HOSTS if set(host) <= set("0123456789abcdefx.XFA")]
    reached = [host for host in plain if await asyncio.to_thread(can_connect, bird, host)]
    assert len(reached) >= 8


@pytest.mark.parametrize("host", HOSTS)
async def test_no_spelling_reaches_it_directly(host: str, bird: Canary) -> None:
    async with a_client() as client:
        with pytest.raises(REFUSALS):
            await client.get(spelled(host, bird))
    assert bird.touched == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "localhost", "[::1]", "[::ffff:127.0.0.1]"])
@pytest.mark.parametrize("url", URLS)
async def test_no_odd_url_reaches_it(url: str, host: str, bird: Canary) -> None:
    async with a_client() as client:
        with pytest.raises(REFUSALS):
            await client.get(url.format(host=f"{host}:{bird.port}"))
    assert bird.touched == 0


@pytest.mark.parametrize("host", HOSTS)
async def test_no_redirect_reaches_it(host: str, bird: Canary) -> None:
    absolute = spelled(host, bird).encode("utf-8").decode("latin-1")
    targets = [absolute, absolute.removeprefix("http:")]
    paths = {f"/{status}/{n}": redirect(to, status) for status in STATUSES for n, to in enumerate(targets)}
    async with http_site(answers=paths) as front, a_client(front.host) as client:
        for path in paths:
            with pytest.raises(REFUSALS):
                await client.get(front.url + path)
        assert all(front.hits[path] == 1 for path in paths)
    assert bird.touched == 0


@pytest.mark.parametrize("url", URLS)
async def test_no_odd_location_reaches_it(url: str, bird: Canary) -> None:
    target = url.format(host=f"127.0.0.1:{bird.port}").translate({10: None, 13: None})
    async with http_site(answers={"/go": redirect(target)}) as front, a_client(front.host) as client:
        with pytest.raises(REFUSALS):
            await client.get(f"{front.url}/go")
    assert bird.touched == 0


async def test_a_chain_of_redirects_is_judged_at_each_step(bird: Canary) -> None:
    chain = {"/a": redirect("/b"), "/b": redirect("c", 307), "/c": redirect(spelled("127.0.0.1", bird), 308)}
    async with http_site(answers=chain) as front, a_client(front.host) as client:
        with pytest.raises(AddressForbidden):
            await client.get(f"{front.url}/a")
    assert bird.touched == 0


LIES = [host.strip("[]") for host in HOSTS if set(host.lower()) <= set("[]0123456789abcdef:.")]
ADDRESSES = [lie for lie in LIES if ":" in lie or lie.rstrip(".").count(".") == 3]


@pytest.mark.parametrize("address", ADDRESSES)
async def test_no_resolver_that_lies_reaches_it(address: str, bird: Canary) -> None:
    async with a_client(resolver=Names(address)) as client:
        with pytest.raises(REFUSALS):
            await client.get(spelled("news.courier.example", bird))
    assert bird.touched == 0


async def test_a_name_that_is_rebound_does_not_reach_it(bird: Canary) -> None:
    resolver = Names(PUBLIC, "127.0.0.1", "::1", f"{PUBLIC} 127.0.0.1")
    async with a_client(resolver=resolver, timeout=0.3) as client:
        for _ in range(4):
            with pytest.raises(REFUSALS):
                await client.get(spelled("news.courier.example", bird))
    assert bird.touched == 0


async def test_a_name_that_is_rebound_between_two_redirects_does_not_reach_it(bird: Canary) -> None:
    targets = {"/go": redirect(spelled("news.courier.example", bird))}
    resolver = Names("127.0.0.1")
    async with http_site(answers=targets) as front, a_client(front.host, resolver=resolver) as client:
        with pytest.raises(AddressForbidden, match="not a public address"):
            await client.get(f"{front.url}/go")
    assert bird.touched == 0


def _proxies() -> Iterator[dict[str, str]]:
    names = ("http_proxy", "https_proxy", "all_proxy", "ftp_proxy")
    for spell in (str, str.upper):
        yield {spell(name): "http://127.0.0.1:{port}" for name in names}
        yield {spell(name): "socks5://[::1]:{port}" for name in names}
        yield {spell(name): "http://user:pass@127.1:{port}" for name in names} | {spell("no_proxy"): "x"}
        yield {spell("no_proxy"): "*"}


@pytest.mark.parametrize("variables", list(_proxies()))
@pytest.mark.parametrize("host", ["news.courier.example", "127.0.0.1", "localhost", "169.254.169.254"])
async def test_no_proxy_of_the_environment_is_used(
    variables: dict[str, str], host: str, bird: Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value.format(port=bird.port))
    resolver = Names("10.0.0.1") if host == "news.courier.example" else None
    async with a_client(resolver=resolver) as client:
        with pytest.raises(AddressForbidden):
            await client.get(f"http://{host}/secret")
    assert bird.touched == 0


async def test_a_page_that_refreshes_itself_is_not_followed(bird: Canary) -> None:
    target = spelled("127.0.0.1", bird)
    page = f'<meta http-equiv="refresh" content="0;url={target}"><script>location = "{target}"</script>'
    headers = {"Refresh": f"0; url={target}", "Content-Type": "text/html", "Link": f"<{target}>; rel=preload"}
    async with (
        http_site(answers={"/": (200, headers, page.encode())}) as front,
        a_client(front.host) as client,
    ):
        assert (await client.get(f"{front.url}/")).url == f"{front.url}/"
    assert bird.touched == 0


async def test_neither_cookies_nor_credentials_go_with_a_redirect(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = f"{tmp_path}/netrc"
    with open(netrc, "w") as file:  # noqa: ASYNC230
        file.write("default login reader password secret\n")
    monkeypatch.setenv("NETRC", netrc)

    async def go(request: web.Request) -> web.Response:
        return web.Response(
            status=302, headers={"Location": far.url + "/", "Set-Cookie": "who=reader; Path=/"}
        )

    async with http_site(answers={"/": "here"}) as far, http_site(answers={"/go": go}) as near:
        async with a_client(far.host, near.host) as client:
            for _ in range(2):
                await client.get(f"{near.url}/go")
        sent = [headers for site in (near, far) for _, headers in site.asked]
    assert len(sent) == 4
    assert not any(name.lower() in {"cookie", "authorization"} for headers in sent for name in headers)


async def test_a_redirect_with_a_password_is_refused() -> None:
    async with http_site(answers={"/": "here"}) as far:
        target = far.url.replace("//", "//reader:secret@") + "/"
        async with (
            http_site(answers={"/go": redirect(target)}) as near,
            a_client(far.host, near.host) as client,
        ):
            with pytest.raises(FetchRefused, match="user name or password"):
                await client.get(f"{near.url}/go")
        assert not far.hits


@pytest.mark.parametrize("host", HOSTS)
async def test_nothing_is_posted_to_it_in_any_spelling(host: str, bird: Canary) -> None:
    async with a_client() as client:
        with pytest.raises(REFUSALS):
            await client.post(spelled(host, bird), b"news", headers={})
        with pytest.raises(REFUSALS):
            await client.peek(spelled(host, bird), enough=100)
    assert bird.touched == 0


async def test_a_name_that_turns_to_it_between_two_requests_is_not_posted_to(bird: Canary) -> None:
    async with a_client(resolver=Names(PUBLIC, "127.0.0.1"), timeout=0.5) as client:
        for _ in range(2):
            with pytest.raises(REFUSALS):
                await client.post(f"http://callback.example:{bird.port}/in", b"news", headers={})
    assert bird.touched == 0
