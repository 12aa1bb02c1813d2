"""Dates in and out: for machines (RFC 822, RFC 3339), for people in their calendar, and from pages."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import jdatetime
from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime

from syndicate.formats.months import JALALI, fold, month_numbers, month_pattern
from syndicate.model.item import Timestamp
from syndicate.model.language import primary

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
PERSIAN_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")

# Day before month unless a reader's locale says otherwise: the order that most readers of `en` expect.
LOCALES = {"en": "en_GB"}

# Offsets in minutes of the zone names that RFC 822 (section 5.1) defines and of a few with one meaning.
ZONES = {
    **dict.fromkeys(("z", "ut", "utc", "gmt", "wet"), 0),
    **dict.fromkeys(("est", "cdt"), -300),
    **dict.fromkeys(("cst", "mdt"), -360),
    **dict.fromkeys(("mst", "pdt"), -420),
    "edt": -240,
    "pst": -480,
    "cet": 60,
    "west": 60,
    "cest": 120,
    "eet": 120,
    "eest": 180,
    "mez": 60,
    "mesz": 120,
    "irst": 210,
    "irdt": 270,
    "گرینویچ": 0,
    "غرینتش": 0,
}
GREGORIAN_YEARS = range(1800, 2200)
JALALI_YEARS = range(1250, 1500)
# Beyond these, digits alone may be a Hijri year; such dates are not converted, as they depend on sightings.
JALALI_YEARS_IN_DIGITS = range(1300, 1414)

NUMERIC = re.compile(
    r"(?<!\d)(?:(?P<y>\d{4})(?P<s>[-/.])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})"
    r"|(?P<a>\d{1,2})(?P<t>[-/.])(?P<b>\d{1,2})(?P=t)(?P<year>\d{4})"
    r"|(?P<cy>\d{4})(?P<cm>\d\d)(?P<cd>\d\d)(?=t\d))(?!\d)"
)
TIME = re.compile(
    r"(?P<h>\d{1,2})(?::|h|(?=\d{4}z)|\.(?=\d\d\s*uhr))(?P<m>\d\d)(?::?(?P<s>\d\d)(?:[.,]\d+)?)?"
    r"(?P<half>\s*(?:[ap]\.?m\b\.?|ق\.?ظ|ب\.?ظ|[صم]\b))?"
    r"(?:\s*uhr)?\s*[(\[]?(?P<zone>به وقت گرینویچ|[a-z]{1,4}(?![a-z])|گرینویچ|غرینتش|)"
    r"\s*(?P<offset>[+\-−]\d{1,2}(?::?\d\d)?(?!\d))?",
)
BEFORE_TIME = re.compile(r"[^\d]{0,25}")


@cache
def _named() -> re.Pattern[str]:
    month = rf"(?P<M%d>{month_pattern()})(?!\w)\.?(?:\s*[/(]\s*(?:{month_pattern()})\)?)?"
    ordinal = r"(?:st|nd|rd|th|er|\.|º|ª|o)?"
    joint = r"[\s,،/-]*(?:ماه|del?|of)?[\s,،-]*"
    return re.compile(
        rf"(?<!\d)(?P<d0>\d{{1,2}}){ordinal}{joint}{month % 0}{joint}(?P<y0>\d{{4}}|\d\d(?=\s+\d\d:))(?!\d)"
        rf"|(?<!\w){month % 1}\s*(?P<d1>\d{{1,2}}){ordinal},?\s+(?P<y1>\d{{4}})(?!\d)"
        rf"|(?<!\d)(?P<y2>\d{{4}}){joint}{month % 2}\s*(?P<d2>\d{{1,2}})(?!\d)"
    )


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

    Nothing is invented: a time without a zone counts only where `zone` (IANA) says where it was
    written, otherwise the day stands alone. `03/04/2024` is read only where it has one meaning, or the
    language settles it. Hijri dates are not read.
    """
    folded = fold(text[:300])
    found = next(iter(sorted(_days(folded, language), key=lambda row: row[0].start())), None)
    if found is None:
        return None
    span, day = found
    return _with_time(day, _clock(folded, span), zone)


def ambiguous_date(text: str, *, language: str = "") -> str:
    """The first date in a text that `read_date` leaves unread for its two meanings, as it stands; or ""."""
    found = (match[0] for match in NUMERIC.finditer(fold(text[:300])) if _has_two_meanings(match, language))
    return next(found, "")


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


def _days(text: str, language: str) -> Iterator[tuple[re.Match[str], date]]:
    for match in _named().finditer(text):
        n = next(n for n in "012" if match[f"M{n}"])
        month, jalali = month_numbers()[match[f"M{n}"]]
        year = int(match[f"y{n}"])
        if len(match[f"y{n}"]) == 2:
            year += 1900 if year >= 69 else 2000
        if day := _day(year, month, int(match[f"d{n}"]), jalali=jalali):
            yield match, day
    for match in NUMERIC.finditer(text):
        if day := _numeric_day(match, language):
            yield match, day


def _numeric_day(match: re.Match[str], language: str) -> date | None:
    if match["cy"]:
        return _day(int(match["cy"]), int(match["cm"]), int(match["cd"]))
    if match["y"]:
        year, month, day = int(match["y"]), int(match["m"]), int(match["d"])
    else:
        if _has_two_meanings(match, language):
            return None
        year, day, month = int(match["year"]), int(match["a"]), int(match["b"])
        if month > 12 and match["t"] == "/":
            day, month = month, day
    jalali = year in JALALI_YEARS_IN_DIGITS and primary(language) != "ar"
    return _day(year, month, day, jalali=jalali)


def _has_two_meanings(match: re.Match[str], language: str) -> bool:
    if not match["a"] or match["t"] == "." or primary(language) not in {"", "en"}:
        return False
    one, other = int(match["a"]), int(match["b"])
    return one != other and max(one, other) <= 12


def _day(year: int, month: int, day: int, *, jalali: bool = False) -> date | None:
    if year not in (JALALI_YEARS if jalali else GREGORIAN_YEARS):
        return None
    try:
        return jdatetime.date(year, month, day).togregorian() if jalali else date(year, month, day)
    except ValueError:
        return None


def _clock(text: str, span: re.Match[str]) -> re.Match[str] | None:
    """The time beside a date: right after it, or just before."""
    gap = BEFORE_TIME.match(text, span.end())
    after = TIME.match(text, gap.end() if gap else span.end())
    if after:
        return after
    before = [
        m for m in TIME.finditer(text, 0, span.start()) if BEFORE_TIME.fullmatch(text, m.end(), span.start())
    ]
    return before[-1] if before else None


def _with_time(day: date, clock: re.Match[str] | None, zone: str) -> Timestamp:
    if clock is None or int(clock["h"]) > 23 or int(clock["m"]) > 59:
        return Timestamp.of_day(day)
    moment = datetime.combine(day, time(_hour(clock), int(clock["m"]), min(59, int(clock["s"] or 0))))
    stated = _stated_zone(clock) or _zone(zone)
    if stated is None:
        return Timestamp.of_day(day)
    aware = moment.replace(tzinfo=stated)
    return Timestamp(instant=aware.replace(tzinfo=_fixed(aware.utcoffset() or timedelta())))


def _hour(clock: re.Match[str]) -> int:
    hour, half = int(clock["h"]), (clock["half"] or "").strip()
    if not half or hour > 12:
        return hour
    return hour % 12 + (12 if half[0] in "pبم" else 0)


def _stated_zone(clock: re.Match[str]) -> tzinfo | None:
    name, offset = clock["zone"].removeprefix("به وقت ").strip(), clock["offset"]
    if offset:
        digits = offset[1:].replace(":", "")
        hours, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits), 0)
        delta = timedelta(hours=hours, minutes=minutes)
        return _fixed(delta if offset[0] == "+" else -delta) if delta < timedelta(hours=24) else None
    return _fixed(timedelta(minutes=ZONES[name])) if name in ZONES else None


def _zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _fixed(offset: timedelta) -> tzinfo:
    return timezone(offset) if offset else UTC
