"""Days of the three calendars that pages date by: Gregorian, Jalali (solar), Hijri (lunar, Umm al-Qura)."""

from datetime import date
from enum import StrEnum

import jdatetime
from hijridate import Hijri


class Calendar(StrEnum):
    """Gregorian, the solar calendar of Iran and Afghanistan, or the lunar one as Umm al-Qura reckons it."""

    GREGORIAN = "gregorian"
    JALALI = "jalali"
    HIJRI = "hijri"


YEARS = {
    Calendar.GREGORIAN: range(1800, 2200),
    Calendar.JALALI: range(1250, 1500),
    # The tables of Umm al-Qura that hijridate holds: August 1924 to November 2077.
    Calendar.HIJRI: range(1343, 1501),
}


def day_of(calendar: Calendar, year: int, *, month: int, day: int) -> date | None:
    """The Gregorian day of a date in a calendar, or None where the calendar has no such day."""
    if year not in YEARS[calendar]:
        return None
    try:
        if calendar is Calendar.JALALI:
            converted: date = jdatetime.date(year, month, day).togregorian()
            return converted
        return (
            Hijri(year, month, day).to_gregorian() if calendar is Calendar.HIJRI else date(year, month, day)
        )
    except (ValueError, OverflowError):
        return None
