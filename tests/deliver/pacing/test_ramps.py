"""A ramp: so many on the first day, more on each day after one that was used."""

from datetime import date, timedelta

import pytest

from syndicate.deliver.pacing.counting import Ramp
from syndicate.deliver.pacing.ramps import allowance, day_of, until_tomorrow
from syndicate.model.pacing import WarmUp
from tests.builders import NOON

FIRST = date(2026, 3, 1)
RAMP = WarmUp(first_day=200, growth=50, full=10_000)


def walk(warm_up: WarmUp, *, days: int, demand: int = 1_000_000) -> list[int | None]:
    """What each day allows when all of it is used, as far as there is a demand."""
    sent: dict[date, int] = {}
    allowed = []
    for number in range(days):
        today = FIRST + timedelta(days=number)
        allowed.append(allowance(sent, warm_up=warm_up, today=today))
        sent[today] = min(demand, allowed[-1] or demand)
    return allowed


def test_a_ramp_grows_day_by_day_until_it_is_over() -> None:
    assert walk(RAMP, days=13) == [
        200, 300, 450, 675, 1013, 1520, 2280, 3420, 5130, 7695, 10_000, None, None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "allowed"),
    [
        ({}, 200),
        ({-1: 20}, 200),
        ({-1: 1000}, 1500),
        ({-2: 1000, -1: 3}, 1500),
        ({-30: 1000}, 1500),
        ({-31: 1000}, 200),
        ({0: 150}, 200),
        ({-1: 9_999}, 10_000),
        ({-1: 10_000}, None),
    ],
)
def test_a_day_allows_by_the_busiest_of_the_last_thirty(sent: dict[int, int], allowed: int | None) -> None:
    days = {FIRST + timedelta(days=back): count for back, count in sent.items()}
    assert allowance(days, warm_up=RAMP, today=FIRST) == allowed


def test_without_a_first_day_there_is_no_ramp() -> None:
    assert allowance({}, warm_up=WarmUp(), today=FIRST) is None


def test_days_of_rest_earn_nothing() -> None:
    assert walk(RAMP, days=5, demand=10) == [200] * 5


def test_no_day_takes_more_than_its_share_over_restarts_and_what_came_back_counts_not() -> None:
    """A hundred ask in each of a day's hours, and the process starts anew in each of them."""
    warm_up, kept = WarmUp(first_day=40, growth=100, full=1_000), dict[date, int]()
    now = NOON.replace(hour=0).timestamp()
    for hour in range(72):
        ramp = Ramp(warm_up)
        ramp.know(dict(kept))
        for number in range(100):
            moment = now + hour * 3600 + number
            if ramp.wait(moment) == 0.0:
                ramp.enter()
                ramp.leave(arrived=number % 5 != 0)
        for day, count in ramp.take().items():
            kept[day] = kept.get(day, 0) + count
    assert list(kept.values()) == [40, 80, 160]


def test_those_under_way_have_taken_their_places() -> None:
    ramp, now = Ramp(WarmUp(first_day=3)), NOON.timestamp()
    for _ in range(3):
        assert ramp.wait(now) == 0.0
        ramp.enter()
    assert ramp.wait(now) == 12 * 3600
    ramp.leave(arrived=False)
    assert ramp.wait(now) == 0.0


def test_several_processes_share_what_is_left_of_a_day() -> None:
    left = 0
    for _ in range(4):
        ramp = Ramp(WarmUp(first_day=10), processes=4)
        while ramp.wait(NOON.timestamp()) == 0.0:
            ramp.enter()
            left += 1
    assert left == 8


def test_the_day_ends_at_midnight_utc() -> None:
    now = NOON.timestamp()
    assert day_of(now) == date(2026, 3, 1)
    assert until_tomorrow(now) == 12 * 3600
