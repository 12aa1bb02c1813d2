"""A domain in trouble gets slower, is paused, tried again, and comes back."""

import pytest

from syndicate.deliver.pacing import trouble
from syndicate.deliver.pacing.trouble import Kind, Trouble
from tests.builders import NOON

NOW = NOON.timestamp()
WHY = "RCPT: 451 4.7.1 later"


def slowed(found: Trouble | None, now: float, *, cap: float = 0.0, chance: float = 0.5) -> Trouble:
    return trouble.slowed(found, now=now, cap=cap, why=WHY, chance=chance)


def a_trouble(**change: object) -> Trouble:
    usual = {"kind": Kind.SLOWED, "rate": 1.0, "since": NOW, "changed": NOW, "why": WHY}
    return Trouble(**usual | change)  # type: ignore[arg-type]


@pytest.mark.parametrize(("cap", "rate"), [(0.0, 1.0), (10.0, 1.0), (1.0, 0.5)])
def test_the_first_sign_slows_down_at_once(cap: float, rate: float) -> None:
    found = slowed(None, NOW, cap=cap)
    assert (found.rate, found.since, found.why, found.paused(NOW)) == (rate, NOW, WHY, False)


def test_a_burst_of_signs_is_one_sign() -> None:
    found = slowed(None, NOW)
    for tick in range(40):
        found = slowed(found, NOW + tick / 10)
    assert (found.rate, found.signs) == (1.0, 1)


def test_each_further_sign_halves_until_the_fifth_in_a_row_pauses() -> None:
    found, rates = slowed(None, NOW), []
    for number in range(1, 4):
        found = slowed(found, NOW + 10 * number)
        rates.append(found.rate)
    assert rates == [0.5, 0.25, 0.125]
    found = slowed(found, NOW + 40)
    assert found.until == NOW + 40 + 300


def test_nothing_gets_slower_than_one_message_in_a_minute() -> None:
    assert slowed(a_trouble(rate=trouble.LEAST), NOW + 10).rate == trouble.LEAST


@pytest.mark.parametrize(("pauses", "minutes"), [(0, 5), (1, 10), (2, 20), (5, 160), (6, 240), (50, 240)])
def test_each_pause_is_twice_as_long_up_to_four_hours(pauses: int, minutes: int) -> None:
    assert trouble.paused(a_trouble(pauses=pauses), now=NOW, chance=0.5).until == NOW + 60 * minutes


@pytest.mark.parametrize("chance", [0.0, 0.3, 0.999])
def test_jitter_stays_within_a_quarter(chance: float) -> None:
    wait = trouble.paused(a_trouble(), now=NOW, chance=chance).until - NOW
    assert 0.75 * 300 <= wait <= 1.25 * 300


def test_a_first_try_that_fails_after_a_pause_pauses_again_for_longer() -> None:
    found = trouble.paused(a_trouble(), now=NOW, chance=0.5)
    again = slowed(found, found.until + 1)
    assert again.until == found.until + 1 + 600


def test_what_was_under_way_when_the_pause_began_changes_nothing() -> None:
    found = trouble.paused(a_trouble(), now=NOW, chance=0.5)
    assert slowed(found, NOW + 20) == found
    assert trouble.accepted(found, now=NOW + 20, cap=0.0) == found
    assert trouble.refused(found, now=NOW + 20, why="x", chance=0.5) == found


@pytest.mark.parametrize(("cap", "minutes"), [(0.0, 6), (10.0, 4), (1.5, 1)])
def test_without_further_signs_it_doubles_each_minute_until_the_cap(cap: float, minutes: int) -> None:
    found: Trouble | None = slowed(None, NOW, cap=cap)
    seconds = 0
    while found is not None:
        seconds += 1
        found = trouble.accepted(found, now=NOW + seconds, cap=cap)
        assert seconds < 3600
    assert seconds == 60 * minutes


def test_a_domain_that_recovers_from_a_pause_is_at_full_speed_within_a_quarter_of_an_hour() -> None:
    found: Trouble | None = trouble.paused(a_trouble(), now=NOW, chance=0.5)
    now = NOW + 300.0
    while found is not None:
        found = trouble.accepted(found, now=now, cap=0.0)
        now += 1 / found.rate if found else 0.0
    assert now - NOW - 300 <= 15 * 60


def test_whoever_refuses_is_left_alone_for_an_hour() -> None:
    found = trouble.refused(None, now=NOW, why="RCPT: 550 5.7.1 blocked", chance=0.5)
    assert (found.kind, found.until, found.why) == (Kind.REFUSED, NOW + 3600, "RCPT: 550 5.7.1 blocked")


def test_a_trouble_that_nobody_tried_for_a_day_is_forgotten() -> None:
    found = a_trouble(until=NOW + 100)
    assert not found.forgotten(NOW + 86_400)
    assert found.forgotten(NOW + 86_501)


@pytest.mark.parametrize(
    ("begun", "accepted", "relay"),
    [([0, 1, 2], -5, True), ([0, 1], -5, False), ([0, 1, 2], 1, False), ([-100, -90, 2], -200, False)],
)
def test_many_domains_at_once_and_nothing_accepted_mean_the_relay(
    begun: list[float], accepted: float, relay: bool
) -> None:
    assert trouble.spreads([NOW + one for one in begun], accepted=NOW + accepted, now=NOW + 3) == relay
