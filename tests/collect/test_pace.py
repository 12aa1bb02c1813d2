"""However many ask: in no span of time more requests than the limit."""

from datetime import timedelta

import pytest

from syndicate.collect.pace import Limit, Pacer
from syndicate.collect.readers.wayback import FETCHES, LISTINGS
from tests.builders import NOON


def times(limit: Limit, *asked: float) -> list[float]:
    """When requests happen that are asked for at these seconds, each after the one before it."""
    pacer, made = Pacer(limit), []
    for second in asked:
        at = max([second, *made[-1:]])
        made.append(round(at + pacer.book(NOON + timedelta(seconds=at)), 6))
    return made


@pytest.mark.parametrize(
    ("asked", "made"),
    [
        ((0,), [0]),
        ((0, 0), [0, 0]),
        ((0, 0, 0), [0, 0, 10]),
        ((0, 1, 2, 3), [0, 1, 10, 11]),
        ((0, 9, 10, 10), [0, 9, 10, 19]),
        ((0, 0, 30, 30, 30), [0, 0, 30, 30, 40]),
    ],
)
def test_two_in_ten_seconds(asked: tuple[float, ...], made: list[float]) -> None:
    assert times(Limit(count=2, seconds=10.0), *asked) == made


@pytest.mark.parametrize("limit", [LISTINGS, FETCHES])
def test_no_span_holds_more_than_the_limit(limit: Limit) -> None:
    made = times(limit, *[at * limit.seconds / 60 for at in range(200)])
    spans = [later - first for first, later in zip(made, made[limit.count :], strict=False)]
    assert min(spans) >= limit.seconds - 1e-6


def test_the_limits_are_those_that_the_wayback_machine_bears() -> None:
    assert (LISTINGS.count, LISTINGS.seconds, FETCHES.count, FETCHES.seconds) == (24, 60.0, 8, 1.0)


def test_a_clock_that_is_set_back_makes_nobody_wait_longer_than_the_span() -> None:
    pacer = Pacer(Limit(count=1, seconds=10.0))
    pacer.book(NOON)
    assert pacer.book(NOON - timedelta(hours=5)) == 10.0
