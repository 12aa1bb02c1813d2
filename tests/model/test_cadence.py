"""Cron expressions, their faults, and their moments across the changes of the clock."""

import re
from datetime import UTC, datetime
from itertools import islice

import pytest

from syndicate.model.cadence import Cadence, Moment, at_once, moments, next_moment, parse_cron

BERLIN = "Europe/Berlin"


def first(cron: str, after: str, count: int = 3, zone: str = BERLIN) -> list[Moment]:
    return list(islice(moments(Cadence(cron=cron, zone=zone), after=datetime.fromisoformat(after)), count))


def walls(found: list[Moment]) -> list[str]:
    return [f"{one.local_date} {one.local_time}" for one in found]


def dues(found: list[Moment]) -> list[str]:
    return [one.due.strftime("%m-%d %H:%M") for one in found]


@pytest.mark.parametrize("sunday", ["0", "7", "sun", "SUN", "0,7", "7-7"])
def test_zero_and_seven_are_both_sunday(sunday: str) -> None:
    assert walls(first(f"0 7 * * {sunday}", "2026-03-02T00:00Z", 2)) == [
        "2026-03-08 07:00",
        "2026-03-15 07:00",
    ]


@pytest.mark.parametrize(
    ("weekday", "day"),
    [
        ("1", "2026-03-02"),
        ("2", "2026-03-03"),
        ("5", "2026-03-06"),
        ("6", "2026-03-07"),
        ("mon", "2026-03-02"),
    ],
)
def test_weekdays_count_from_monday_one(weekday: str, day: str) -> None:
    assert first(f"0 7 * * {weekday}", "2026-03-01T22:00Z", 1)[0].local_date == day


def test_a_weekday_range_may_end_on_sunday_as_seven() -> None:
    found = first("0 7 * * 5-7", "2026-03-02T00:00Z", 4)
    assert [w[:10] for w in walls(found)] == ["2026-03-06", "2026-03-07", "2026-03-08", "2026-03-13"]


def test_with_both_day_fields_restricted_either_is_enough() -> None:
    found = first("0 7 15 * mon", "2026-03-09T12:00Z", 3)
    assert [w[:10] for w in walls(found)] == ["2026-03-15", "2026-03-16", "2026-03-23"]


def test_steps_lists_and_ranges_expand() -> None:
    fields = parse_cron("*/20 6-8,22 1 jan-mar/2 *")
    assert fields.minutes == (0, 20, 40)
    assert fields.hours == (6, 7, 8, 22)
    assert fields.months == {1, 3}


def test_a_wall_time_that_spring_skips_is_due_once_after_the_gap() -> None:
    found = first("30 2 * * *", "2026-03-28T12:00Z", 2)
    assert walls(found) == ["2026-03-29 02:30", "2026-03-30 02:30"]
    assert dues(found) == ["03-29 01:30", "03-30 00:30"]


def test_a_wall_time_that_autumn_doubles_is_due_once_the_first_time() -> None:
    found = first("30 2 * * *", "2026-10-24T12:00Z", 2)
    assert walls(found) == ["2026-10-25 02:30", "2026-10-26 02:30"]
    assert dues(found) == ["10-25 00:30", "10-26 01:30"]


def test_asked_between_the_two_passes_of_autumn_the_moment_is_not_named_again() -> None:
    assert walls(first("30 2 * * *", "2026-10-25T00:45Z", 1)) == ["2026-10-26 02:30"]


def test_an_hourly_cadence_drops_nothing_and_doubles_nothing_over_spring() -> None:
    assert dues(first("30 * * * *", "2026-03-28T23:00Z", 4)) == [
        "03-28 23:30",
        "03-29 00:30",
        "03-29 01:30",
        "03-29 02:30",
    ]


def test_lord_howe_shifts_by_half_an_hour() -> None:
    found = first("15 2 * * *", "2026-10-03T00:00Z", 2, zone="Australia/Lord_Howe")
    assert walls(found) == ["2026-10-04 02:15", "2026-10-05 02:15"]


def test_moments_are_strictly_later_than_asked() -> None:
    seven = datetime(2026, 1, 5, 7, 0, tzinfo=UTC)
    assert next_moment(Cadence(cron="0 7 * * *"), after=seven).due == seven.replace(day=6)


def test_the_29th_of_february_is_found() -> None:
    assert walls(first("0 7 29 2 *", "2026-01-01T00:00Z", 1)) == ["2028-02-29 07:00"]


def test_at_once_names_the_present_minute_in_the_cadence_s_zone() -> None:
    now = datetime(2026, 3, 1, 23, 30, 12, tzinfo=UTC)
    assert walls([at_once(Cadence(cron="0 7 * * *", zone=BERLIN), now=now)]) == ["2026-03-02 00:30"]


@pytest.mark.parametrize(
    ("cron", "fault"),
    [
        ("0 7 * *", "has 4 fields, a cron expression has 5"),
        ("", "has 0 fields"),
        (",".join(map(str, range(60))) + " 7 * * *", "has 177 characters, a cron expression at most 100"),
        ("60 7 * * *", '"60" as its minute, which goes from 0 to 59'),
        ("0 24 * * *", '"24" as its hour'),
        ("0 7 0 * *", '"0" as its day, which goes from 1 to 31'),
        ("0 7 * * 8", '"8" as its weekday, which goes from 0 to 7'),
        ("0 7 * * someday", '"someday" as its weekday'),
        ("*/0 7 * * *", 'the step "0" in its minute'),
        ("0 9-7 * * *", "counts backwards"),
        ("0 7 30 2 *", "a day that no year has"),
        ("0 7 ² * *", "as its day"),
    ],
)
def test_a_bad_expression_says_what_would_be_right(cron: str, fault: str) -> None:
    with pytest.raises(ValueError, match=re.escape(fault)):
        parse_cron(cron)
