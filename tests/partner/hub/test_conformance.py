"""What the public WebSub conformance suite (websub.rocks) asks of a hub, case by case, in our own words."""

import pytest

from tests.neighbours.subscriber import is_signed
from tests.partner.hub.desk import SECRET, Desk

NEWS = b"<rss><channel><title>News</title></channel></rss>"


async def test_hub_100_a_plain_request_is_accepted_verified_and_served_unsigned(desk: Desk) -> None:
    answer = await desk.ask()
    assert answer.status == 202
    await desk.work()
    asked = desk.subscriber.questions[0]
    assert (asked["hub.mode"], asked["hub.topic"]) == ("subscribe", desk.topic)
    assert int(asked["hub.lease_seconds"]) == 864_000
    assert asked["hub.challenge"]
    await desk.publish(NEWS)
    [taken] = desk.subscriber.taken
    served = await desk.site.get("/feeds/all.rss")
    assert taken.body == NEWS == served.body
    assert taken.headers["Content-Type"] == served.headers["content-type"]
    hub = desk.hubbing.catalogue.hub_url
    assert f'<{hub}>; rel="hub"' in taken.headers["Link"]
    assert f'<{desk.topic}>; rel="self"' in taken.headers["Link"]
    assert "X-Hub-Signature" not in taken.headers


async def test_hub_101_with_a_secret_every_delivery_is_signed(desk: Desk) -> None:
    await desk.subscribe(secret=SECRET)
    await desk.publish(NEWS)
    await desk.publish(NEWS + b"\n")
    assert [is_signed(taken, SECRET) for taken in desk.subscriber.taken] == [True, True]
    assert not is_signed(desk.subscriber.taken[0], "another secret")


async def test_hub_102_parameters_that_are_not_known_are_passed_over(desk: Desk) -> None:
    fields = {"hub.mode": "subscribe", "hub.topic": desk.topic, "hub.callback": desk.subscriber.callback()}
    answer = await desk.site.post("/hub", fields | {"foo": "bar", "hub.foo": "hub.bar"})
    assert answer.status == 202
    await desk.work()
    await desk.publish(NEWS)
    assert desk.taken == [NEWS]


async def test_hub_103_subscribing_again_renews_the_one_subscription(desk: Desk) -> None:
    await desk.subscribe(lease_seconds=7200, secret="the first")
    before = (await desk.list())[0]
    desk.time.pass_(seconds=3600)
    await desk.subscribe(lease_seconds=7200, secret=SECRET)
    [after] = await desk.list()
    assert after.id == before.id
    assert (after.leased_until - before.leased_until).total_seconds() == 3600
    await desk.publish(NEWS)
    assert [is_signed(taken, SECRET) for taken in desk.subscriber.taken] == [True]


async def test_hub_104_who_has_left_gets_nothing_more(desk: Desk) -> None:
    await desk.subscribe()
    await desk.subscribe(mode="unsubscribe")
    assert desk.subscriber.questions[1]["hub.mode"] == "unsubscribe"
    await desk.publish(NEWS)
    assert desk.taken == []
    assert await desk.list() == []


@pytest.mark.parametrize("form", ["html", "atom", "ninjs"])
async def test_hub_105_whatever_the_topic_is_it_comes_as_it_is_served(desk: Desk, form: str) -> None:
    await _comes_as_served(desk, form, "<p>پیک بندر</p>".encode())


async def test_hub_106_a_json_topic_comes_as_json(desk: Desk) -> None:
    served = await _comes_as_served(desk, "json", b'{"items": []}')
    assert served == "application/feed+json"


async def _comes_as_served(desk: Desk, form: str, data: bytes) -> str:
    desk.write(b"before", form)
    await desk.subscribe(topic=desk.topic_of(form))
    await desk.publish(data, form)
    [taken] = desk.subscriber.taken
    served = await desk.site.get(f"/feeds/all.{form}")
    assert taken.body == data == served.body
    assert taken.headers["Content-Type"] == served.headers["content-type"]
    return taken.headers["Content-Type"]
