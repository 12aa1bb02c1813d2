"""When a source is checked next."""

from datetime import timedelta

import pytest

from syndicate.collect.due import plan_check, plan_retry
from tests.builders import NOON

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("headers", "ttl", "retry_after", "wait", "reason"),
    [
        ({}, timedelta(), None, HOUR, "interval"),
        ({"cache-control": "max-age=60"}, timedelta(), None, HOUR, "interval"),
        ({"cache-control": "max-age=7200"}, timedelta(), None, 2 * HOUR, "cache-control"),
        (
            {"expires": "Sun, 01 Mar 2026 15:00:00 GMT", "date": "Sun, 01 Mar 2026 12:00:00 GMT"},
            timedelta(),
            None,
            3 * HOUR,
            "expires",
        ),
        ({"cache-control": "max-age=7200"}, 4 * HOUR, None, 4 * HOUR, "ttl"),
        ({}, 4 * HOUR, 5 * 3600.0, 5 * HOUR, "retry-after"),
        ({"cache-control": "max-age=999999999"}, timedelta(), None, timedelta(days=1), "cache-control"),
        ({}, timedelta(days=30), None, timedelta(days=1), "ttl"),
    ],
)
def test_the_longest_wait_wins_up_to_a_day(
    headers: dict[str, str], ttl: timedelta, retry_after: float | None, wait: timedelta, reason: str
) -> None:
    found = plan_check(NOON, HOUR, headers=headers, ttl=ttl, retry_after=retry_after)
    assert (found.at - NOON, found.reason) == (wait, reason)


def test_the_operator_s_longer_interval_stands() -> None:
    assert plan_check(NOON, timedelta(days=7)).at - NOON == timedelta(days=7)


@pytest.mark.parametrize(("failures", "hours"), [(0, 1), (1, 2), (3, 8), (5, 24), (400, 24)])
def test_failures_in_a_row_double_the_wait(failures: int, hours: int) -> None:
    found = plan_retry(NOON, HOUR, failures=failures)
    assert (found.at - NOON, found.reason) == (timedelta(hours=hours), "failures")


def test_a_failure_waits_as_long_as_the_server_asked() -> None:
    found = plan_retry(NOON, HOUR, failures=0, retry_after=7200.0)
    assert (found.at - NOON, found.reason) == (2 * HOUR, "retry-after")
