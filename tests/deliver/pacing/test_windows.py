"""When mail may leave: hours of the day, over midnight and over changes of the clock."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from syndicate.deliver.pacing.windows import closing, opening
from syndicate.model.pacing import parse_window

DAY = "07:00-21:00"
NIGHT = "21:00-06:00"
BERLIN = "Europe/Berlin"


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("window", "zone", "now", "opens"),
    [
        ("", "UTC", "2026-03-01T03:00", None),
        (DAY, "UTC", "2026-03-01T07:00", None),
        (DAY, "UTC", "2026-03-01T20:59", None),
        (DAY, "UTC", "2026-03-01T21:00", "2026-03-02T07:00"),
        (DAY, "UTC", "2026-03-01T06:59", "2026-03-01T07:00"),
        (DAY, "UTC", "2026-02-28T23:00", "2026-03-01T07:00"),
        (NIGHT, "UTC", "2026-03-01T23:00", None),
        (NIGHT, "UTC", "2026-03-01T05:59", None),
        (NIGHT, "UTC", "2026-03-01T06:00", "2026-03-01T21:00"),
        ("00:00-24:00", "UTC", "2026-03-01T12:00", None),
        (DAY, BERLIN, "2026-03-28T22:00", "2026-03-29T07:00"),
        (DAY, BERLIN, "2026-10-24T22:00", "2026-10-25T07:00"),
        (DAY, "Asia/Tehran", "2026-03-01T22:00", "2026-03-02T07:00"),
        # The clock jumps from 02:00 to 03:00.
        ("02:30-04:00", BERLIN, "2026-03-29T01:00", "2026-03-29T03:30"),
    ],
)
def test_a_window_opens(window: str, zone: str, now: str, opens: str | None) -> None:
    expected = at(opens, zone) if opens else None
    assert opening(window, zone=zone, now=at(now, zone)) == expected


def test_walking_from_one_turn_to_the_next_through_a_year_sees_each_day_open_once() -> None:
    now, openings = at("2026-01-01T00:00", BERLIN), []
    while now < at("2027-01-01T00:00", BERLIN):
        opens = opening(DAY, zone=BERLIN, now=now)
        if opens:
            openings.append(opens.astimezone(ZoneInfo(BERLIN)))
        now = opens or closing(DAY, zone=BERLIN, now=now) or now
    assert [(one.date() - date(2026, 1, 1)).days for one in openings] == list(range(366))
    assert {(one.hour, one.minute) for one in openings} == {(7, 0)}


@pytest.mark.parametrize("text", ["7-21", "07:00", "07:00-07:00", "24:00-07:00", "07:00-24:30"])
def test_what_is_no_window_is_told_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match='"07:00-21:00"'):
        parse_window(text)
