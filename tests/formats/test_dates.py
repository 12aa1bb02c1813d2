"""Dates: what machines and people read, and what is read from pages."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from syndicate.formats.dates import for_people, read_date, rfc822, rfc3339
from syndicate.model.item import Timestamp

TEHRAN = timezone(timedelta(hours=3, minutes=30))


@pytest.mark.parametrize(
    ("when", "mail", "internet"),
    [
        (
            datetime(2024, 5, 3, 14, 5, tzinfo=UTC),
            "Fri, 03 May 2024 14:05:00 +0000",
            "2024-05-03T14:05:00+00:00",
        ),
        (
            datetime(2024, 12, 1, 0, 0, 9, 5, tzinfo=TEHRAN),
            "Sun, 01 Dec 2024 00:00:09 +0330",
            "2024-12-01T00:00:09+03:30",
        ),
        (
            datetime(999, 1, 1, tzinfo=timezone(-timedelta(hours=5))),
            "Tue, 01 Jan 0999 00:00:00 -0500",
            "0999-01-01T00:00:00-05:00",
        ),
    ],
)
def test_dates_for_machines_have_a_numeric_zone(when: datetime, mail: str, internet: str) -> None:
    assert rfc822(when) == mail
    assert rfc3339(when) == internet


@pytest.mark.parametrize(
    ("text", "zone", "wanted"),
    [
        ("2024-05-03", "", "2024-05-03"),
        ("2024-05-03T14:05:06Z", "", "2024-05-03T14:05:06+00:00"),
        ("2024-05-03T14:05:06.123+03:30", "", "2024-05-03T14:05:06+03:30"),
        ("2024-05-03T14:05+0330", "", "2024-05-03T14:05:00+03:30"),
        ("2024-05-03 14:05:00 -0500", "", "2024-05-03T14:05:00-05:00"),
        ("20240503T140506Z", "", "2024-05-03T14:05:06+00:00"),
        ("2024-05-03T14:05", "", "2024-05-03"),
        ("2024-05-03T14:05", "Asia/Tehran", "2024-05-03T14:05:00+03:30"),
        ("2024-07-03T14:05", "Europe/Berlin", "2024-07-03T14:05:00+02:00"),
        ("2024-05-03T14:05", "Mars/Olympus", "2024-05-03"),
        ("Fri, 03 May 2024 14:05:06 GMT", "", "2024-05-03T14:05:06+00:00"),
        ("Fri, 3 May 24 14:05:06 EST", "", "2024-05-03T14:05:06-05:00"),
        ("3 May 2024 14:05 -0000", "", "2024-05-03T14:05:00+00:00"),
        ("Published May 3, 2024", "", "2024-05-03"),
        ("Updated: Sept. 3rd, 2024 at 2:05 p.m. UTC", "", "2024-09-03T14:05:00+00:00"),
        ("12:10 AM GMT, 3 May 2024", "", "2024-05-03T00:10:00+00:00"),
        ("3. März 2024, 14.05 Uhr MEZ", "", "2024-03-03T14:05:00+01:00"),
        ("le 1er août 2024 à 14h05", "Europe/Paris", "2024-08-01T14:05:00+02:00"),
        ("3 de septiembre de 2024", "", "2024-09-03"),
        ("3 أيار/مايو 2024", "", "2024-05-03"),
        ("٣ أغسطس ٢٠٢٤", "", "2024-08-03"),
        ("۱۴ اردیبهشت ۱۴۰۳", "", "2024-05-03"),
        ("جمعه ۱۴ ارديبهشت‌ماه ۱۴۰۳، ساعت ۱۴:۰۵", "", "2024-05-03"),
        ("جمعه ۱۴ اردیبهشت ۱۴۰۳، ساعت ۱۴:۰۵", "Asia/Tehran", "2024-05-03T14:05:00+03:30"),
        ("۱۴۰۳/۰۲/۱۴ ۱۴:۰۵ به وقت گرینویچ", "", "2024-05-03T14:05:00+00:00"),
        ("۱۰ سرطان ۱۴۰۰", "", "2021-07-01"),
        ("۳ مه ۲۰۲۴", "", "2024-05-03"),
        ("۳ مهر ۱۴۰۲", "", "2023-09-25"),
        ("03.05.2024", "", "2024-05-03"),
        ("25/12/2024", "", "2024-12-25"),
        ("12/25/2024", "", "2024-12-25"),
        ("May 3, 2024 25:70 UTC", "", "2024-05-03"),
        ("3 May 2024 14:05 XYZ", "", "2024-05-03"),
    ],
)
def test_a_stated_date_is_read_with_its_zone_and_minute(text: str, zone: str, wanted: str) -> None:
    assert str(read_date(text, zone=zone)) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2024",
        "May 2024",
        "2024-13-45",
        "31 February 2024",
        "03/04/2024",
        "1445/10/24",
        "3 Moon 2024",
        "call 555-1234",
        "\ud800",
    ],
)
def test_what_is_no_certain_date_is_not_read(text: str) -> None:
    assert read_date(text) is None


def test_the_language_settles_an_order_of_day_and_month() -> None:
    assert str(read_date("03/04/2024", language="fr")) == "2024-04-03"


@pytest.mark.parametrize(
    ("language", "wanted"),
    [
        ("en", "3 May 2024, 14:05 UTC"),
        ("en-US", "May 3, 2024, 14:05 UTC"),
        ("de", "3. Mai 2024, 14:05 UTC"),
        ("fr", "3 mai 2024, 14:05 UTC"),
        ("es", "3 de mayo de 2024, 14:05 UTC"),
        ("ar", "3 مايو 2024، 14:05 UTC"),
        ("fa", "۱۴ اردیبهشت ۱۴۰۳، ۱۴:۰۵ UTC"),
        ("", "3 May 2024, 14:05 UTC"),
        ("xx-nonsense", "3 May 2024, 14:05 UTC"),
    ],
)
def test_people_read_their_own_calendar_and_digits(language: str, wanted: str) -> None:
    assert for_people(Timestamp.parse("2024-05-03T14:05:00+00:00"), language) == wanted


def test_people_read_the_time_in_a_named_zone() -> None:
    when = Timestamp.parse("2024-05-03T22:05:00+00:00")
    assert for_people(when, "en", zone="Asia/Tehran") == "4 May 2024, 01:35 Iran Time"
    assert for_people(when, "fa", zone="Asia/Tehran") == "۱۵ اردیبهشت ۱۴۰۳، ۰۱:۳۵ وقت ایران"
    assert for_people(when, "fa", calendar="gregorian", with_time=False).endswith("۲۰۲۴")


def test_a_stated_offset_is_named_where_no_zone_is() -> None:
    assert for_people(Timestamp.parse("2024-05-03T14:05:00+03:30"), "en") == "3 May 2024, 14:05 GMT+03:30"


def test_a_day_alone_gets_no_time() -> None:
    day = Timestamp.parse("2024-05-03")
    assert for_people(day, "en", zone="America/New_York") == "3 May 2024"
    assert for_people(day, "fa") == "۱۴ اردیبهشت ۱۴۰۳"
