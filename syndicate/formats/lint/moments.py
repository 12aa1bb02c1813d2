"""What is wrong with a date, in words; and the moment that it tells."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# RFC 822, section 5.1 with RFC 1123's four-digit year.
RFC_822 = re.compile(
    r"(?:(?P<name>[A-Za-z]{3}),\s+)?(?P<day>\d\d?)\s+(?P<month>[A-Za-z]{3})\s+(?P<year>\d{2}|\d{4})\s+"
    r"(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d))?(?:\s+(?P<zone>[+-]\d{4}|[A-Za-z]{1,5}))?",
    re.ASCII,
)
ZONES = {
    "GMT": 0, "UT": 0, "UTC": 0, "Z": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6,
    "PST": -8, "PDT": -7,
}  # fmt: skip
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
W3C = re.compile(r"\d{4}(?:-\d\d(?:-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?)?)?", re.ASCII)
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
# Clocks differ a little.
AHEAD = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Moment:
    """A date as it was read: what is wrong with it, what is merely old-fashioned, and when it is."""

    fault: str = ""
    old: str = ""
    weekday: str = ""
    when: datetime | None = None


def rfc_822(value: str) -> Moment:
    """A date of RSS or OPML."""
    found = RFC_822.fullmatch(value)
    if not found or found["month"].title() not in MONTHS:
        return Moment(fault="is no RFC 822 date")
    zone = found["zone"] or ""
    if zone and zone[0] not in "+-" and zone.upper() not in ZONES and len(zone) > 1:
        return Moment(fault=f"has the zone {zone}, which RFC 822 does not know")
    year = int(found["year"])
    year += 0 if len(found["year"]) == 4 else 2000 if year < 50 else 1900
    month = MONTHS.index(found["month"].title()) + 1
    clock = (int(found["hour"]), int(found["minute"]), min(int(found["second"] or 0), 59))
    try:
        when = datetime(year, month, int(found["day"]), *clock, tzinfo=timezone(_offset(zone)))
    except ValueError as error:
        return Moment(fault=f"tells no moment: {error}")
    return Moment(old=_old(found, value), weekday=_weekday(found["name"], when.date()), when=when)


def rfc_3339(value: str) -> Moment:
    """A date of Atom or JSON Feed."""
    if not RFC_3339.fullmatch(value):
        return Moment(fault="is no RFC 3339 date")
    return _iso(value)


def w3c(value: str) -> Moment:
    """A date of Dublin Core, which may end after the year, the month or the day."""
    if not W3C.fullmatch(value):
        return Moment(fault="is no W3C date")
    return _iso({4: f"{value}-01-01", 7: f"{value}-01"}.get(len(value), value))


def implausible(when: datetime, now: datetime) -> str:
    """Why nobody would believe this date."""
    try:
        if when > now + AHEAD:
            return "lies in the future"
        return "lies before 1990" if when < EARLIEST else ""
    except OverflowError:
        return "lies at the end of time"


def _iso(value: str) -> Moment:
    try:
        when = datetime.fromisoformat(value.replace(":60", ":59") if ":60" in value else value)
    except ValueError as error:
        return Moment(fault=f"tells no moment: {error}")
    return Moment(when=when if when.tzinfo else when.replace(tzinfo=UTC))


def _offset(zone: str) -> timedelta:
    if zone[:1] in ("+", "-"):
        size = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:5]))
        return -size if zone[0] == "-" else size
    return timedelta(hours=ZONES.get(zone.upper(), 0))


def _old(found: re.Match[str], value: str) -> str:
    zone = found["zone"] or ""
    if not zone:
        return "has no zone"
    if len(found["year"]) == 2:
        return "has a year of two digits"
    if len(zone) == 1 and zone != "Z":
        return f"has the military zone {zone}, which many misread"
    if zone.upper() == "UTC" or (zone[0] not in "+-" and zone != zone.upper()):
        return f"has the zone {zone}, which RFC 822 spells otherwise"
    spelt = found["month"] in MONTHS and (not found["name"] or found["name"] in DAYS)
    return "" if spelt and "  " not in value and "\n" not in value else "is spelt in an unusual way"


def _weekday(name: str | None, day: date) -> str:
    right = DAYS[day.weekday()]
    return f"says {name}, but that day was a {right}" if name and name.title() != right else ""
