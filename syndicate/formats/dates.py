"""Dates in and out: for machines (RFC 822, RFC 3339), for people in their calendar, and from pages."""

import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import jdatetime
from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime

from syndicate.formats.clock import TIME, clock_beside, moment
from syndicate.formats.days import Written, days_in, same_day, two_meanings
from syndicate.formats.months import JALALI, fold
from syndicate.model.item import Timestamp
from syndicate.model.language import primary

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
PERSIAN_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")

# Day before month unless a reader's locale says otherwise: the order that most readers of `en` expect.
LOCALES = {"en": "en_GB"}

LONGEST = 300
# A date has at least a day and a year.
DIGITS = re.compile(r"\d\D{0,30}\d")


def rfc822(when: datetime) -> str:
    """RSS's date (RFC 822 with a four-digit year) with a numeric zone, whatever the process's locale."""
    day, month = DAYS[when.weekday()], MONTHS[when.month - 1]
    return f"{day}, {when.day:02} {month} {when.year:04} {when:%H:%M:%S} {_offset(when, '')}"


def rfc3339(when: datetime) -> str:
    """Atom's and JSON Feed's date, to the second, with a numeric zone (`Z` is not used)."""
    return f"{when.replace(tzinfo=None).isoformat(timespec='seconds')}{_offset(when, ':')}"


def for_people(
    when: Timestamp, language: str, *, zone: str = "", calendar: str = "", with_time: bool = True
) -> str:
    """A date as readers of `language` write it: Jalali with Persian digits for `fa`, Gregorian otherwise.

    A time is shown with its zone's name, in `zone` (IANA) where given, else at the offset that the page
    stated; a day without a time stays one. `calendar` (`gregorian`, `jalali`) overrides the language's.
    """
    instant = when.instant if when.day_only or not zone else when.instant.astimezone(ZoneInfo(zone))
    jalali = (calendar or ("jalali" if primary(language) == "fa" else "gregorian")) == "jalali"
    locale = people_locale(language)
    day = _jalali_day(instant.date()) if jalali else format_date(instant.date(), "long", locale=locale)
    if when.day_only or not with_time:
        return people_digits(day, language)
    joint = "، " if primary(language) in {"fa", "ar"} else ", "
    return people_digits(f"{day}{joint}{instant:%H:%M} {_zone_name(instant, locale)}", language)


def read_date(text: str, *, zone: str = "", language: str = "") -> Timestamp | None:
    """The first date in a text: ISO 8601, RFC 822, or as people write it in our languages; or None.

    Gregorian, Jalali and Hijri (by Umm al-Qura), in Latin, Arabic and Persian digits. Where one day stands
    there in two calendars, the Gregorian one counts. Nothing is invented: a time without a zone counts only
    where `zone` (IANA) says where it was written, otherwise the day stands alone. `03/04/2024` is read only
    where it has one meaning, or the language settles it.
    """
    return _read(text[:LONGEST], zone, language)


def ambiguous_date(text: str, *, language: str = "") -> str:
    """The first date in a text that `read_date` leaves unread for its two meanings, as it stands; or ""."""
    return two_meanings(fold(text[:LONGEST]), language)


@lru_cache(maxsize=2048)
def _read(text: str, zone: str, language: str) -> Timestamp | None:
    if not DIGITS.search(text):
        return None
    folded = fold(text)
    days = days_in(folded, language)
    if not days:
        return None
    run = same_day(folded, days)
    day = Timestamp.of_day(run[0].day)
    beside = (_clock(folded, written) for written in run)
    when = next((moment(day.instant, clock, zone) for clock in beside if clock), None)
    return Timestamp(instant=when) if when else day


def _clock(text: str, written: Written) -> re.Match[str] | None:
    return TIME.match(written.inner) if written.inner else clock_beside(text, written.start, written.end)


def _offset(when: datetime, colon: str) -> str:
    minutes = round((when.utcoffset() or timedelta()).total_seconds() / 60)
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02}{colon}{abs(minutes) % 60:02}"


def people_locale(language: str) -> Locale:
    """The locale of a language tag; English where it is unknown."""
    tag = LOCALES.get(language, language or "en_GB")
    try:
        return Locale.parse(tag.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en_GB")


def people_digits(text: str, language: str) -> str:
    """Persian digits where the language is Persian."""
    return text.translate(PERSIAN_DIGITS) if primary(language) == "fa" else text


def _jalali_day(day: date) -> str:
    jalali = jdatetime.date.fromgregorian(date=day)
    name = next(name for name, number in JALALI.items() if number == jalali.month)
    return f"{jalali.day} {name} {jalali.year}"


def _zone_name(instant: datetime, locale: Locale) -> str:
    if not instant.utcoffset():
        return "UTC"
    named = isinstance(instant.tzinfo, ZoneInfo)
    return format_datetime(instant, "vvvv" if named else "OOOO", tzinfo=instant.tzinfo, locale=locale)
