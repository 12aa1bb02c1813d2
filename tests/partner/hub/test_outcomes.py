"""Decisions of the hub, each by itself."""

from datetime import timedelta
from typing import Any

import pytest

from syndicate.model.hub import Hub, Signature
from syndicate.net.client import Response
from syndicate.partner.hub.hosts import Hosts
from syndicate.partner.hub.outcomes import Reply, outcome_of, reply_of, retry_delay, signed
from syndicate.store.hub_deliveries import Fate, HubDelivery
from tests.builders import NOON

HUB = Hub(attempts=3, retry_first=timedelta(seconds=30), retry_cap=timedelta(hours=4))
HOST = "reader.example"


def a_delivery(**change: Any) -> HubDelivery:
    base: dict[str, Any] = {
        "id": 1,
        "subscription_id": 1,
        "topic": "https://courier.example/feeds/all.rss",
        "callback": "https://reader.example/in",
        "host": HOST,
        "secret": "",
        "stamp": 1,
        "attempt": 1,
        "since": NOON,
        "content": "",
    }
    return HubDelivery(**base | change)


@pytest.mark.parametrize(
    ("code", "attempt", "fate"),
    [
        (200, 1, Fate.TAKEN),
        (202, 3, Fate.TAKEN),
        (204, 9, Fate.TAKEN),
        (301, 1, Fate.LATER),
        (308, 1, Fate.LATER),
        (404, 2, Fate.LATER),
        (410, 1, Fate.GONE),
        (429, 2, Fate.LATER),
        (500, 3, Fate.DEAD),
        (0, 1, Fate.LATER),
        (0, 3, Fate.DEAD),
    ],
)
def test_an_answer_decides_what_becomes_of_a_delivery(code: int, attempt: int, fate: Fate) -> None:
    delivery = a_delivery(attempt=attempt)
    found = outcome_of(delivery, Reply(code=code), HUB, now=NOON, chance=0.5, content="new")
    assert found.fate is fate


@pytest.mark.parametrize(
    ("attempt", "chance", "asked", "seconds"),
    [
        (1, 1.0, None, 30),
        (1, 0.0, None, 15),
        (2, 1.0, None, 60),
        (4, 1.0, None, 240),
        (40, 1.0, None, 14_400),
        (1, 1.0, 600.0, 600),
        (1, 1.0, 1e9, 14_400),
    ],
)
def test_the_wait_doubles_up_to_its_cap_and_is_as_long_as_asked(
    attempt: int, chance: float, asked: float | None, seconds: int
) -> None:
    assert retry_delay(HUB, attempt, chance=chance, asked=asked) == timedelta(seconds=seconds)


def test_retry_after_is_read_from_the_answer() -> None:
    answer = Response(url="https://reader.example/in", status=503, headers={"retry-after": "120"})
    assert reply_of(answer).retry_after == 120.0


def test_a_signature_is_that_of_rfc_4231() -> None:
    """Its test case 2."""
    found = signed(b"what do ya want for nothing?", "Jefe", Signature.SHA256)
    assert found == "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"


def test_a_host_rests_after_three_failures_in_a_row_and_longer_each_time() -> None:
    hosts = Hosts()
    for _ in range(2):
        hosts.failed(HOST, NOON)
    assert hosts.resting(NOON) == set()
    hosts.failed(HOST, NOON)
    assert hosts.resting(NOON + timedelta(seconds=9)) == {HOST}
    assert hosts.resting(NOON + timedelta(seconds=10)) == set()
    hosts.failed(HOST, NOON)
    assert hosts.resting(NOON + timedelta(seconds=19)) == {HOST}
    hosts.answered(HOST)
    hosts.failed(HOST, NOON)
    assert hosts.resting(NOON) == set()


def test_a_host_rests_ten_minutes_at_most() -> None:
    hosts = Hosts()
    for _ in range(50):
        hosts.failed(HOST, NOON)
    assert hosts.resting(NOON + timedelta(minutes=9, seconds=59)) == {HOST}
    assert hosts.resting(NOON + timedelta(minutes=10)) == set()


def test_what_was_asked_is_forgotten_after_a_minute() -> None:
    hosts = Hosts()
    hosts.note_asked(HOST, NOON)
    hosts.note_asked(HOST, NOON + timedelta(seconds=30))
    assert hosts.asked_lately(NOON + timedelta(seconds=59)) == {HOST: 2}
    assert hosts.asked_lately(NOON + timedelta(seconds=60)) == {HOST: 1}
