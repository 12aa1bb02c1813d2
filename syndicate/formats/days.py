"""The days written in a text, in three calendars and many languages; the text comes folded."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

from syndicate.formats.calendars import Calendar, day_of
from syndicate.formats.clock import OF_CHANGE
from syndicate.formats.months import fold, month_of, month_pattern, month_words
from syndicate.model.language import primary

# Beyond these, digits alone may be a Hijri year.
JALALI_YEARS_IN_DIGITS = range(1300, 1414)
HIJRI_YEARS_IN_DIGITS = range(1343, 1501)
JALALI_LANGUAGES = frozenset({"fa", "ps"})
# Where 03.05.24 is the third of May.
DOTTED_LANGUAGES = frozenset({"de", "ru", "tr", "uk", "pl", "az", "fr", "it", "nl"})
MARK = (
    r"(?:\s?[(\[]?(?P<mark>ه\.?\s?[شق]\b|هجری\s?(?:شمسی|خورشیدی|قمری)|هجریه?\b|شمسی|خورشیدی|قمری|[هشق]\b"
    r"|a\.?\s?h\b))?"
)
NUMERIC = re.compile(
    r"(?<!\d)(?:(?P<y>\d{4})(?P<s>[-/.])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})"
    r"|(?P<a>\d{1,2})(?P<t>[-/.])(?P<b>\d{1,2})(?P=t)(?P<year>\d{4})"
    r"|(?P<x>\d\d)(?P<u>[/.])(?P<xm>\d\d)(?P=u)(?P<z>\d\d)(?![./]\d)"
    rf"|(?P<ky>\d{{4}})\s?[年{fold('년')}]+\s?(?P<km>\d{{1,2}})\s?[月{fold('월')}]+\s?(?P<kd>\d{{1,2}})"
    r"|(?P<cy>\d{4})(?P<cm>\d\d)(?P<cd>\d\d)(?=t\d))(?!\d)" + MARK
)
WORDS = re.compile(r"[^\W\d_]+")
# What may stand between two spellings of one day: words, and a time.
BETWEEN = re.compile(r"\D{0,25}(?:\d{1,2}[:.]\d\d(?::\d\d)?\D{0,25})?")
CLOSE_DAYS = 2
PREFERENCE = (Calendar.GREGORIAN, Calendar.JALALI, Calendar.HIJRI)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A day, and where in the folded text it stands; `inner` is a time in it: `May 3 14:05:06 2024`."""

    day: date
    calendar: Calendar
    start: int
    end: int
    inner: str = ""


def days_in(text: str, language: str) -> list[Written]:
    """Every day of a folded text, in its order, none inside another."""
    found = sorted((*_named_days(text), *_numeric_days(text, language)), key=lambda row: row.start)
    kept: list[Written] = []
    for written in found:
        if not kept or written.start >= kept[-1].end:
            kept.append(written)
    return kept


def same_day(text: str, days: list[Written]) -> list[Written]:
    """The first day with its spellings in other calendars beside it, the one that counts in front.

    The Gregorian one counts, then the Jalali: a Hijri date depends on sightings, by a day or two.
    """
    run = days[:1]
    for other in days[1:]:
        between = text[run[-1].end : other.start]
        if other.calendar in {one.calendar for one in run} or OF_CHANGE.search(between):
            break
        near = abs((other.day - run[0].day).days) <= CLOSE_DAYS
        if not near and not BETWEEN.fullmatch(between):
            break
        run.append(other)
    return sorted(run, key=lambda one: PREFERENCE.index(one.calendar))


def two_meanings(text: str, language: str) -> str:
    """The first date in digits of a folded text whose day and month nothing tells apart; or ""."""
    return next((m[0] for m in NUMERIC.finditer(text) if _has_two_meanings(m, language)), "")


@cache
def _named() -> re.Pattern[str]:
    month = rf"(?P<M%d>{month_pattern()})(?:ماه)?(?!\w)\.?(?:\s*[/(-]\s*(?:{month_pattern()})\)?)?"
    ordinal = r"(?:st|nd|rd|th|er|\.|º|ª|o)?"
    joint = r"[\s,،./-]*(?:ماه|del?|of|من|سال|ماه سال)?[\s,،-]*"
    return re.compile(
        rf"(?<!\d)(?P<d0>\d{{1,2}}){ordinal}{joint}{month % 0}{joint}(?P<y0>\d{{4}}|\d\d(?=\s+\d\d:))(?!\d)"
        rf"|(?<!\w){month % 1}\s*(?P<d1>\d{{1,2}}){ordinal}[,،]?\s+(?P<y1>\d{{4}})(?!\d)"
        rf"|(?<!\d)(?P<y2>\d{{4}}){joint}{month % 2}\s*(?P<d2>\d{{1,2}})(?!\d)"
        rf"|(?<!\w){month % 3}\s+(?P<d3>\d{{1,2}}),?\s+(?P<inner>\d\d?:\d\d(?::\d\d)?(?:\s+[a-z]{{2,5}})?)"
        r"\s+(?P<y3>\d{4})(?!\d)"
    )


def _named_days(text: str) -> Iterator[Written]:
    if month_words().isdisjoint(WORDS.findall(text)):
        return
    for match in _named().finditer(text):
        n = next(n for n in "0123" if match[f"M{n}"])
        month, calendar = month_of(match[f"M{n}"])
        year = int(match[f"y{n}"])
        if len(match[f"y{n}"]) == 2:
            year = _of_century(year)
        if day := day_of(calendar, year, month=month, day=int(match[f"d{n}"])):
            yield Written(
                day=day,
                calendar=calendar,
                start=match.start(),
                end=match.end(),
                inner=match["inner"] or "",
            )


def _numeric_days(text: str, language: str) -> Iterator[Written]:
    for match in NUMERIC.finditer(text):
        numbers = _numbers(match, language)
        if numbers is None:
            continue
        year, month, number = numbers
        calendar = _calendar(match, year, language)
        if day := day_of(calendar, year, month=month, day=number):
            yield Written(day=day, calendar=calendar, start=match.start(), end=match.end())


def _numbers(match: re.Match[str], language: str) -> tuple[int, int, int] | None:
    """Year, month and day, where the order is certain."""
    for names in (("y", "m", "d"), ("ky", "km", "kd"), ("cy", "cm", "cd")):
        if match[names[0]]:
            return int(match[names[0]]), int(match[names[1]]), int(match[names[2]])
    if match["x"]:
        return _of_short_year(match, language)
    if _has_two_meanings(match, language):
        return None
    day, month = int(match["a"]), int(match["b"])
    swapped = month > 12 and match["t"] == "/"
    return (int(match["year"]), day, month) if swapped else (int(match["year"]), month, day)


def _of_short_year(match: re.Match[str], language: str) -> tuple[int, int, int] | None:
    """98/12/12 in Persian, 03.05.24 where dots part days; elsewhere such digits may be anything."""
    first, middle, last = int(match["x"]), int(match["xm"]), int(match["z"])
    if match["u"] == "/" and primary(language) in JALALI_LANGUAGES and first > 31:
        return 1300 + first, middle, last
    if match["u"] == "." and primary(language) in DOTTED_LANGUAGES:
        return _of_century(last), middle, first
    return None


def _calendar(match: re.Match[str], year: int, language: str) -> Calendar:
    mark = match["mark"] or ""
    if year >= HIJRI_YEARS_IN_DIGITS.stop:
        return Calendar.GREGORIAN
    if mark:
        solar = "ش" in mark
        return Calendar.JALALI if solar else Calendar.HIJRI
    if primary(language) == "ar":
        return Calendar.HIJRI if year in HIJRI_YEARS_IN_DIGITS else Calendar.GREGORIAN
    return Calendar.JALALI if year in JALALI_YEARS_IN_DIGITS else Calendar.GREGORIAN


def _of_century(year: int) -> int:
    return year + (1900 if year >= 69 else 2000)


def _has_two_meanings(match: re.Match[str], language: str) -> bool:
    if not match["a"] or match["t"] == "." or match["mark"] or primary(language) not in {"", "en"}:
        return False
    one, other = int(match["a"]), int(match["b"])
    return one != other and max(one, other) <= 12
