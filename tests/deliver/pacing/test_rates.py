"""A rate holds within one message, however late those who send wake."""

import pytest

from syndicate.deliver.pacing import rates
from syndicate.model.pacing import parse_rate
from tests.builders import NOON

START = NOON.timestamp()


def sent(rate: float, *, seconds: float, step: float, start: float = START) -> list[float]:
    """When messages left, where somebody asks every `step` seconds."""
    due, times = 0.0, []
    for tick in range(int(seconds / step)):
        now = start + tick * step
        while rates.wait(due, rate=rate, now=now) == 0.0:
            times.append(now)
            due = rates.next_due(due, rate=rate, now=now)
    return times


@pytest.mark.parametrize("text", ["10/s", "3/s", "600/m", "100/m", "3000/h"])
@pytest.mark.parametrize("step", [0.001, 0.013, 0.05])
def test_over_an_hour_a_rate_holds_within_one_message(text: str, step: float) -> None:
    rate = parse_rate(text)
    # Enough messages to see a drift, without an hour's steps for the fast ones.
    seconds = min(3600.0, max(60.0, 200 / rate)) if step >= 0.01 else 20.0
    times = sent(rate, seconds=seconds, step=step)
    for count, moment in enumerate(times, start=1):
        assert count <= rate * (moment - START) + 1 + 1e-6
    assert len(times) >= rate * seconds - 1


def test_a_rest_earns_no_burst() -> None:
    due = rates.next_due(0.0, rate=2.0, now=START)
    later = START + 3600
    assert rates.wait(due, rate=2.0, now=later) == 0.0
    due = rates.next_due(due, rate=2.0, now=later)
    assert rates.wait(due, rate=2.0, now=later) == pytest.approx(0.5)


def test_a_clock_put_back_makes_nobody_wait_longer_than_the_rate_asks_for() -> None:
    due = rates.next_due(0.0, rate=0.5, now=START)
    assert rates.wait(due, rate=0.5, now=START - 86_400) == pytest.approx(2.0)


def test_whoever_stands_further_behind_waits_longer_but_within_sight() -> None:
    waits = [rates.wait(START + 1, rate=1.0, now=START, place=place) for place in (0, 1, 9, 10_000)]
    assert waits == pytest.approx([1.0, 2.0, 10.0, rates.FARTHEST])


def test_without_a_rate_nobody_waits() -> None:
    assert rates.wait(START + 99, rate=0.0, now=START, place=99) == 0.0


@pytest.mark.parametrize(("text", "rate"), [("", 0.0), ("10/s", 10.0), ("600 / m", 10.0), ("1.5/s", 1.5)])
def test_a_rate_is_read(text: str, rate: float) -> None:
    assert parse_rate(text) == rate


@pytest.mark.parametrize("text", ["10", "0/s", "ten/s", "10/w", "-1/s"])
def test_what_is_no_rate_is_told_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match='"10/s"'):
        parse_rate(text)
