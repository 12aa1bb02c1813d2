"""When a source is checked next."""

from datetime import timedelta

import pytest

from syndicate.collect.due import after_failure, next_check
from tests.builders import NOON

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("headers", "ttl", "retry_after", "wait"),
    [
        ({}, timedelta(), None, HOUR),
        ({"cache-control": "max-age=60"}, timedelta(), None, HOUR),
        ({"cache-control": "max-age=7200"}, timedelta(), None, 2 * HOUR),
        (
            {"expires": "Sun, 01 Mar 2026 15:00:00 GMT", "date": "Sun, 01 Mar 2026 12:00:00 GMT"},
            timedelta(),
            None,
            3 * HOUR,
        ),
        ({"cache-control": "max-age=7200"}, 4 * HOUR, None, 4 * HOUR),
        ({}, 4 * HOUR, 5 * 3600.0, 5 * HOUR),
        ({"cache-control": "max-age=999999999"}, timedelta(), None, timedelta(days=1)),
        ({}, timedelta(days=30), None, timedelta(days=1)),
    ],
)
def test_the_longest_wait_wins_up_to_a_day(
    headers: dict[str, str], ttl: timedelta, retry_after: float | None, wait: timedelta
) -> None:
    found = next_check(NOON, HOUR, headers=headers, ttl=ttl, retry_after=retry_after)
    assert found - NOON == wait


def test_the_operator_s_longer_interval_stands() -> None:
    assert next_check(NOON, timedelta(days=7)) - NOON == timedelta(days=7)


@pytest.mark.parametrize(("failures", "hours"), [(0, 1), (1, 2), (3, 8), (5, 24), (400, 24)])
def test_failures_in_a_row_double_the_wait(failures: int, hours: int) -> None:
    assert after_failure(NOON, HOUR, failures=failures) - NOON == timedelta(hours=hours)


def test_a_failure_waits_as_long_as_the_server_asked() -> None:
    assert after_failure(NOON, HOUR, failures=0, retry_after=7200.0) - NOON == 2 * HOUR
