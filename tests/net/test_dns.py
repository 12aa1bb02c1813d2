"""Questions to DNS, asked of a real server on loopback."""

import pytest

from syndicate.errors import DnsTryLater, NoSuchName
from syndicate.net.dns import Resolver
from tests.neighbours.dns_server import NOISE, REFUSED, SERVFAIL, SILENCE, Zone, dns_server

ZONE: Zone = {
    "courier.example": {
        "TXT": ["v=spf1 -all", 'a note \\ with "quotes"'],
        "MX": ["20 backup.courier.example.", "10 Mail.Courier.Example."],
        "A": ["192.0.2.10"],
        "AAAA": ["2001:db8::10"],
    },
    "silent.example": {"MX": ["0 ."]},
    "www.courier.example": {"CNAME": ["courier.example."]},
    "dangling.example": {"CNAME": ["nowhere.example."]},
    "long.example": {"TXT": ["x" * 900]},
    "parts.example": {"TXT": ['"v=spf1 ip4:192.0.2.0" "/24 -all"']},
    "bytes.example": {"TXT": ['"caf\\195\\169 \\255"']},
    "10.2.0.192.in-addr.arpa": {"PTR": ["Mail.Courier.Example."]},
    "xn--mnchen-3ya.example": {"A": ["192.0.2.20"]},
}


async def test_records_are_read_as_their_kinds_say() -> None:
    async with dns_server(ZONE) as server:
        resolver = Resolver([server.address])
        assert set(await resolver.txt("courier.example")) == {"v=spf1 -all", 'a note \\ with "quotes"'}
        assert await resolver.mx("courier.example") == ("mail.courier.example", "backup.courier.example")
        assert await resolver.addresses("courier.example.") == ("192.0.2.10", "2001:db8::10")
        assert await resolver.ptr("192.0.2.10") == ("mail.courier.example",)


async def test_an_alias_is_followed() -> None:
    async with dns_server(ZONE) as server:
        resolver = Resolver([server.address])
        assert await resolver.addresses("www.courier.example") == ("192.0.2.10", "2001:db8::10")
        with pytest.raises(NoSuchName):
            await resolver.addresses("dangling.example")


async def test_a_domain_without_mail_says_so() -> None:
    async with dns_server(ZONE) as server:
        assert await Resolver([server.address]).mx("silent.example") == (".",)


async def test_strings_of_one_record_are_joined_and_bytes_that_are_no_text_stay_visible() -> None:
    async with dns_server(ZONE) as server:
        resolver = Resolver([server.address])
        assert await resolver.txt("parts.example") == ("v=spf1 ip4:192.0.2.0/24 -all",)
        assert await resolver.txt("bytes.example") == ("café \\xff",)


async def test_a_truncated_answer_is_asked_for_again_over_tcp() -> None:
    async with dns_server(ZONE) as server:
        assert await Resolver([server.address]).txt("long.example") == ("x" * 900,)
        assert server.by_tcp["long.example TXT"] == 1


async def test_a_name_without_such_records_gives_none() -> None:
    async with dns_server(ZONE) as server:
        resolver = Resolver([server.address])
        assert await resolver.mx("long.example") == ()
        # Names below it exist, so it does (RFC 8020).
        assert await resolver.txt("example") == ()


@pytest.mark.parametrize("name", ["absent.example", "a..example", "x" * 64 + ".example", "\ud800.example"])
async def test_a_name_that_does_not_exist_is_no_passing_fault(name: str) -> None:
    async with dns_server(ZONE) as server:
        with pytest.raises(NoSuchName) as caught:
            await Resolver([server.address]).txt(name)
    assert caught.value.name == name


@pytest.mark.parametrize(
    ("fault", "told"),
    [(SERVFAIL, "SERVFAIL"), (REFUSED, "REFUSED"), (SILENCE, "in time"), (NOISE, "in time")],
)
async def test_a_fault_of_dns_is_no_verdict(fault: str, told: str) -> None:
    async with dns_server(ZONE, {"courier.example": fault}) as server:
        resolver = Resolver([server.address], timeout=0.1, lifetime=0.5)
        with pytest.raises(DnsTryLater, match=rf"TXT of courier\.example: .*{told}"):
            await resolver.txt("courier.example")


async def test_the_next_server_is_asked_where_one_fails() -> None:
    async with dns_server(ZONE, {"courier.example": SERVFAIL}) as broken, dns_server(ZONE) as whole:
        resolver = Resolver([broken.address, whole.address], timeout=1)
        assert len(await resolver.txt("courier.example")) == 2


async def test_a_name_beyond_ascii_is_asked_in_punycode() -> None:
    async with dns_server(ZONE) as server:
        assert await Resolver([server.address]).addresses("münchen.example") == ("192.0.2.20",)


async def test_a_server_where_nobody_listens_is_a_passing_fault() -> None:
    async with dns_server(ZONE) as server:
        nobody = server.address
    with pytest.raises(DnsTryLater):
        await Resolver([nobody], timeout=0.2, lifetime=0.6).txt("courier.example")
