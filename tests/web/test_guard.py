import pytest
from starlette.requests import Request

from syndicate.web.guard import client_address, is_own_machine
from tests.web.conftest import Running


def a_request(peer: str, *headers: tuple[str, str]) -> Request:
    raw = [(name.lower().encode(), value.encode()) for name, value in headers]
    return Request({"type": "http", "client": (peer, 1), "headers": raw})


FORWARDED = "X-Forwarded-For"


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "client"),
    [
        ("192.0.2.1", "", (), "192.0.2.1"),
        ("192.0.2.1", "198.51.100.7", (), "192.0.2.1"),
        ("10.0.0.1", "198.51.100.7", ("10.0.0.1",), "198.51.100.7"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.7", ("10.0.0.0/8",), "198.51.100.7"),
        ("10.0.0.1", "198.51.100.7, 10.0.0.2", ("10.0.0.0/8",), "198.51.100.7"),
        ("10.0.0.1", "", ("10.0.0.1",), "10.0.0.1"),
        ("10.0.0.1", "10.0.0.2", ("10.0.0.0/8",), "10.0.0.2"),
        ("::ffff:10.0.0.1", "198.51.100.7", ("10.0.0.1",), "198.51.100.7"),
        ("2001:db8::1", "2001:db8:5::9", ("2001:db8::1",), "2001:db8:5::9"),
    ],
)
def test_only_a_trusted_proxy_says_who_the_client_is(
    peer: str, forwarded: str, trusted: tuple[str, ...], client: str
) -> None:
    headers = [(FORWARDED, forwarded)] if forwarded else []
    assert client_address(a_request(peer, *headers), trusted) == client


@pytest.mark.parametrize(
    ("peer", "headers", "own"),
    [
        ("127.0.0.1", [("Host", "127.0.0.1:8080")], True),
        ("::1", [("Host", "[::1]:8080")], True),
        ("127.0.0.1", [("Host", "localhost")], True),
        ("127.0.0.1", [("Host", "courier.example")], False),
        ("127.0.0.1", [], False),
        ("127.0.0.1", [("Host", "[::1")], False),
        ("127.0.0.1", [("Host", "localhost"), ("Via", "1.1 proxy")], False),
        ("127.0.0.1", [("Host", "localhost"), ("X-Forwarded-Host", "courier.example")], False),
        ("127.0.0.1", [("Host", "localhost"), ("X-Forwarded-Proto", "https")], False),
        ("127.0.0.1", [("Host", "localhost"), (FORWARDED, "127.0.0.1")], False),
        ("192.0.2.1", [("Host", "localhost")], False),
        ("", [("Host", "localhost")], False),
    ],
)
def test_a_person_on_this_machine_is_told_from_others(
    peer: str, headers: list[tuple[str, str]], own: bool
) -> None:
    assert is_own_machine(a_request(peer, *headers)) is own


async def test_a_body_over_64_kb_is_refused(site: Running) -> None:
    path = "/newsletters/daily/subscriptions"
    assert (await site.post(path, data={"address": "x" * 70_000})).status == 413
    assert (await site.post(path, data={"address": "x" * 60_000})).status == 400
