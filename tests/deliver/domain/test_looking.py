"""A whole look at domains: over a real DNS server, and at a real relay."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from syndicate.deliver.domain.finding import Finding, State
from syndicate.deliver.domain.looking import Outlook, look_at_domains, look_at_records
from syndicate.model.site import Relay, Security
from tests.builders import NOON
from tests.deliver.test_dkim import ED25519, RSA
from tests.deliver.test_smtp import a_certificate, a_server
from tests.neighbours.dns_server import SERVFAIL, DnsServer, Zone, dns_server
from tests.neighbours.smtp_server import SmtpServer, running

HOST = "courier.example"
IP = "192.0.2.10"


def a_zone(**change: dict[str, list[str]]) -> Zone:
    """All that a domain needs."""
    return {
        HOST: {"TXT": ["v=spf1 include:spf.relay.example -all"], "MX": ["10 mx.courier.example."]},
        "spf.relay.example": {"TXT": [f"v=spf1 ip4:{IP} -all"]},
        "mx.courier.example": {"A": ["192.0.2.20"]},
        "_dmarc.courier.example": {"TXT": ["v=DMARC1; p=reject; rua=mailto:dmarc@courier.example"]},
        "_mta-sts.courier.example": {"TXT": ["v=STSv1; id=1"]},
        RSA.name: {"TXT": [RSA.record]},
        ED25519.name: {"TXT": [ED25519.record]},
        "10.2.0.192.in-addr.arpa": {"PTR": ["out.relay.example."]},
        "out.relay.example": {"A": [IP]},
        **change,
    }


def an_outlook(server: DnsServer, **change: Any) -> Outlook:
    """One domain, signed by two keys; its relay is a folder, since nobody is to be dialled."""
    base: dict[str, Any] = {
        "nameservers": (server.address,),
        "signers": (RSA, ED25519),
        "relays": (Relay(local=False, host="file:out", sends_from=(IP,)),),
        "bounce_domain": "",
        "base_url": "https://news.courier.example",
        "now": NOON,
    }
    return Outlook(**base | change)


def of(found: list[Finding], start: str) -> Finding:
    """The only finding about it."""
    (one,) = [one for one in found if one.what.startswith(start)]
    return one


def to_do(found: list[Finding]) -> list[str]:
    return [one.what for one in found if one.state is State.TO_DO]


async def test_a_domain_where_all_is_well() -> None:
    async with dns_server(a_zone()) as server:
        found = await look_at_domains(an_outlook(server), [HOST])
    assert {one.state for one in found} == {State.OK}
    assert [one.what for one in found] == [
        "DKIM signing for courier.example",
        "DKIM key s2026._domainkey.courier.example",
        "DKIM key ed._domainkey.courier.example",
        "SPF of courier.example",
        "SPF of courier.example for 192.0.2.10",
        "DMARC of courier.example",
        "DMARC alignment of courier.example",
        "MX of courier.example",
        "MTA-STS of courier.example",
        "PTR of 192.0.2.10",
    ]
    # Nothing is asked twice, however many want to know.
    assert set(server.asked.values()) == {1}


async def test_a_domain_that_has_nothing_is_told_everything_to_publish() -> None:
    async with dns_server({"com": {"TXT": []}}) as server:
        found = await look_at_domains(an_outlook(server), [HOST])
    records = {f"{one.record.name} {one.record.type}": one.record.value for one in found if one.record}
    assert records == {
        f"{RSA.name} TXT": RSA.record,
        f"{ED25519.name} TXT": ED25519.record,
        "courier.example TXT": "v=spf1 ip4:192.0.2.10 ~all",
        "_dmarc.courier.example TXT": "v=DMARC1; p=none; rua=mailto:dmarc@courier.example",
        "courier.example MX": "10 news.courier.example.",
        "10.2.0.192.in-addr.arpa PTR": "a name of yours",
    }


async def test_where_bounces_go_is_looked_at_too() -> None:
    zone = a_zone(**{"bounce.courier.example": {"TXT": ["v=spf1 -all"]}})
    async with dns_server(zone) as server:
        found = await look_at_domains(an_outlook(server, bounce_domain="bounce.courier.example"), [HOST])
    assert to_do(found) == ["SPF of bounce.courier.example for 192.0.2.10", "MX of bounce.courier.example"]
    missing = of(found, "MX of bounce").record
    assert missing is not None
    assert (missing.name, missing.value) == ("bounce.courier.example", "10 mx.courier.example.")
    assert of(found, "DMARC alignment").told.endswith("envelope senders of bounce.courier.example")


async def test_each_sender_is_judged_by_its_own_keys() -> None:
    quay = replace(RSA, domain="quay.example", selector="q")
    async with dns_server(a_zone(**{quay.name: {"TXT": [RSA.record]}})) as server:
        outlook = an_outlook(server, signers=(RSA, quay))
        found = await look_at_domains(outlook, [HOST, "quay.example", "pier.example"])
    assert of(found, "DKIM signing for quay.example").told == "by q (rsa)"
    assert of(found, "DKIM signing for pier.example").state is State.TO_DO
    assert of(found, "DKIM signing for courier.example").told == "by s2026 (rsa)"


async def test_faults_of_dns_are_no_verdicts() -> None:
    async with dns_server(a_zone(), {HOST: SERVFAIL}) as server:
        found = await look_at_domains(an_outlook(server), [HOST])
    assert to_do(found) == []
    unasked = [one.what for one in found if one.state is State.UNASKED]
    assert unasked == ["SPF of courier.example", "MX of courier.example"]


async def test_a_machine_without_a_network_says_so_and_gives_no_verdict() -> None:
    async with dns_server() as server:
        outlook = an_outlook(server)
    found = await look_at_domains(outlook, [HOST])
    assert to_do(found) == []
    assert of(found, "SPF").told.startswith("could not ask: ")


async def test_a_rotation_is_followed_by_its_days() -> None:
    today = NOON.date()
    new = replace(RSA, selector="new", signs_from=today + timedelta(days=1))
    async with dns_server(a_zone()) as server:
        found = await look_at_records(an_outlook(server, signers=(RSA, new)))
        assert [one.state for one in found] == [State.OK, State.TO_DO]
        assert found[0].told.endswith(f"it signs until {today + timedelta(days=1)}")
        server.zone[new.name] = {"TXT": [new.record]}
        later = an_outlook(server, signers=(RSA, new), now=NOON + timedelta(days=3))
        found = await look_at_records(later)
    assert [one.state for one in found] == [State.OK, State.OK]
    assert "may go on" in found[0].told


async def test_the_relay_s_certificate_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = a_certificate(tmp_path, days=29)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with dns_server(a_zone()) as server, running(a_server(certificate)) as relay:
        well = relay.relay(security=Security.STARTTLS, verify=True)
        found = await look_at_domains(an_outlook(server, relays=(well,)), [HOST])
        assert of(found, "TLS").told.startswith("secured by starttls, the certificate is right for")
        monkeypatch.delenv("SSL_CERT_FILE")
        found = await look_at_domains(an_outlook(server, relays=(well,)), [HOST])
    assert (of(found, "TLS").state, "cannot be trusted" in of(found, "TLS").told) == (State.TO_DO, True)


async def test_a_relay_that_signs_and_one_on_this_machine() -> None:
    async with dns_server(a_zone()) as server, running(SmtpServer()) as relay:
        near = relay.relay(signs=True)
        found = await look_at_domains(an_outlook(server, relays=(near,), signers=()), [HOST])
    assert of(found, "DKIM signing").state is State.OK
    assert of(found, "TLS").told == "unencrypted, and no further than this machine or network"
