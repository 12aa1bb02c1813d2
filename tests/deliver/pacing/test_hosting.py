"""Whose mail host a domain has, by a real DNS server."""

from pathlib import Path

import pytest
from sqlalchemy import Connection, insert

from syndicate.deliver.pacing.hosting import host_of, resolve_hosts
from syndicate.model.site import DeliverySettings
from syndicate.net.dns import Resolver
from syndicate.store import paces
from syndicate.store.database import Database
from syndicate.store.schema import subscribers, subscriptions
from tests.builders import NOON
from tests.deliver.sender import a_sending
from tests.neighbours.dns_server import SERVFAIL, dns_server
from tests.neighbours.smtp_server import SmtpServer

ZONE = {
    "one.example": {"MX": ["20 backup.elsewhere.example.", "10 mx1.host.example."]},
    "two.example": {"MX": ["10 in.mail.host.example."]},
    "own.example": {"MX": ["10 mail.own.example."]},
    "plain.example": {"A": ["127.0.0.9"]},
    "none.example": {"MX": ["0 ."]},
}


@pytest.mark.parametrize(
    ("domain", "host"),
    [
        ("one.example", "host.example"),
        ("two.example", "host.example"),
        ("own.example", "own.example"),
        ("plain.example", "plain.example"),
        ("none.example", "none.example"),
        ("missing.example", ""),
        ("broken.example", ""),
    ],
)
async def test_a_domain_s_mail_host_is_the_domain_of_its_preferred_mx(domain: str, host: str) -> None:
    async with dns_server(ZONE, {"broken.example": SERVFAIL}) as server:
        assert await host_of(domain, Resolver([server.address])) == host


def add_people(conn: Connection) -> None:
    for number, domain in enumerate(("one.example", "two.example", "missing.example"), start=1):
        address = f"reader@{domain}"
        person = {"id": number, "address": address, "address_key": address, "created": NOON}
        conn.execute(insert(subscribers).values(person))
        active = {"subscriber_id": number, "newsletter": "daily", "state": "active", "since": NOON}
        conn.execute(insert(subscriptions).values(active))


async def test_hosts_are_asked_for_once_and_only_where_that_is_of_use(
    sqlite_db: Database, tmp_path: Path
) -> None:
    sqlite_db.write_now(add_people)
    async with dns_server(ZONE) as server:
        settings = DeliverySettings(nameservers=(server.address,))
        sending = a_sending(sqlite_db, SmtpServer().relay(), tmp_path, settings=settings)
        assert await resolve_hosts(sending, wanted=False) == 0
        assert not server.asked
        assert await resolve_hosts(sending, wanted=True) == 3
        assert await resolve_hosts(sending, wanted=True) == 0
    hosts = await sqlite_db.read(paces.list_hosts)
    assert hosts == {"one.example": "host.example", "two.example": "host.example"}
