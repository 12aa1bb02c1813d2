"""A partner's document is a topic by its signed URL, as long as that opens it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from syndicate.model.partner import Partner
from syndicate.partner.hub.distributing import distribute
from syndicate.partner.hub.listing import list_all
from syndicate.partner.signing import read_address, sign_query
from syndicate.partner.tokens import make_token, revoke
from syndicate.store import partner_log
from syndicate.store.database import Database
from tests.partner.hub.desk import KEYS, Desk, a_desk

NEWS = b"<rss>for the radio</rss>"
RADIO = Partner(name="quay-radio", title="Quay Radio", feeds=("all",))


@pytest.fixture
async def radio(db: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    async with a_desk(db, tmp_path, partners=(RADIO,)) as desk:
        put(desk, b"<rss/>")
        yield desk


def put(desk: Desk, data: bytes) -> None:
    """Publish other bytes for the partner."""
    assert desk.hubbing.gate
    path = desk.hubbing.gate.partners_dir / "quay-radio" / "all.rss"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def signed(desk: Desk, token_id: int) -> str:
    address = read_address("quay-radio", "all.rss")
    query = sign_query(KEYS, address, token_id=token_id, expires=desk.time() + timedelta(days=30))
    return f"{desk.site.base_url}{address.path}?{query}"


def a_token(desk: Desk) -> int:
    return desk.hubbing.db.write_now(make_token, "quay-radio", now=desk.time()).id


async def publish(desk: Desk, data: bytes) -> None:
    put(desk, data)
    await distribute(desk.hubbing, "all")
    await desk.work()


async def test_what_is_pushed_to_a_partner_stands_in_its_delivery_log(radio: Desk) -> None:
    topic = signed(radio, a_token(radio))
    await radio.subscribe(topic=topic)
    await publish(radio, NEWS)
    [taken] = radio.subscriber.taken
    assert taken.body == NEWS
    assert f'<{topic}>; rel="self"' in taken.headers["Link"]
    [row] = await radio.hubbing.db.read(partner_log.list_deliveries, "quay-radio")
    assert (row.how, row.feed, row.form, row.size) == ("push", "all", "rss", len(NEWS))


async def test_without_a_good_signature_it_is_no_topic(radio: Desk) -> None:
    good = signed(radio, a_token(radio))
    for topic in (good.partition("?")[0], good[:-1] + ("A" if good[-1] != "A" else "B"), signed(radio, 99)):
        assert (await radio.ask(topic=topic)).status == 404


async def test_a_revoked_token_ends_the_subscription_before_anything_more_is_sent(radio: Desk) -> None:
    token = a_token(radio)
    await radio.subscribe(topic=signed(radio, token))
    radio.hubbing.db.write_now(revoke, "quay-radio", token, now=radio.time())
    await publish(radio, NEWS)
    assert radio.taken == []
    assert (await radio.sweep())["denied"] == 1
    assert radio.subscriber.questions[-1]["hub.mode"] == "denied"


async def test_what_opens_a_topic_is_not_listed(radio: Desk) -> None:
    await radio.subscribe(topic=signed(radio, a_token(radio)))
    [one] = await list_all(radio.hubbing)
    assert one.topic == f"{radio.site.base_url}/partners/quay-radio/all.rss"
