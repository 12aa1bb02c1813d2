"""The time of day beside a date, with its half of the day and its zone, as machines and people write them."""

import re
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from syndicate.formats.months import fold

# Minutes from UTC of the names that RFC 822 (section 5.1) defines and of those with one meaning, or the
# place (IANA) whose clock a name means. What means several (IST, AST) is left out.
OFFSETS = {
    -600: "hst", -540: "akst", -480: "pst akdt", -420: "mst pdt", -360: "cst mdt", -300: "est cdt",
    -240: "edt", -210: "nst", -180: "adt", -150: "ndt", 0: "z ut utc gmt wet", 60: "cet mez west wat",
    120: "cest mesz eet cat sast", 180: "eest msk мск trt tsi eat", 210: "irst", 270: "irdt aft", 300: "pkt",
    345: "npt", 480: "hkt sgt awst", 540: "jst kst", 570: "acst", 600: "aest", 630: "acdt", 660: "aedt",
    720: "nzst", 780: "nzdt",
}  # fmt: skip
CLOCKS = {
    "America/New_York": ("et", "eastern time"),
    "America/Chicago": ("ct", "central time"),
    "America/Denver": ("mt", "mountain time"),
    "America/Los_Angeles": ("pt", "pacific time"),
    "UTC": ("greenwich mean time",),
}
ZONES: dict[str, int | str] = {
    **{name: minutes for minutes, names in OFFSETS.items() for name in names.split()},
    **{name: place for place, names in CLOCKS.items() for name in names},
}
PLACES = {
    fold(name): zone
    for names, zone in {
        "گرینویچ غرينتش غرينيتش": "UTC",
        "تهران ایران طهران إيران": "Asia/Tehran",
        "کابل افغانستان كابول أفغانستان": "Asia/Kabul",
        "مكة السعودية الرياض": "Asia/Riyadh",
        "القاهرة مصر": "Africa/Cairo",
        "بيروت لبنان": "Asia/Beirut",
        "دمشق سوريا": "Asia/Damascus",
        "بغداد العراق": "Asia/Baghdad",
        "الإمارات أبوظبي دبي": "Asia/Dubai",
        "القدس فلسطين": "Asia/Hebron",
        "تونس": "Africa/Tunis",
        "الجزائر": "Africa/Algiers",
    }.items()
    for name in names.split()
}
BEFORE_NOON = (
    r"a\.?\s?m\b\.?|ق\.?\s?ظ\b|قبل\s?از\s?ظهر|صبح|صباحا?|ص\b|oo\b|de la manana|du matin|morgens|утра"
)
AFTER_NOON = (
    r"p\.?\s?m\b\.?|ب\.?\s?ظ\b|بعد\s?از\s?ظهر|عصر|مساء|م\b|os\b"
    r"|de la tarde|du soir|de l.apres-midi|nachmittags|abends|вечера|дня"
)
# At night and at noon the same hour may lie in either half of the day.
UNSURE = r"شب|ظهرا?|ليلا?|لیلا?|بامداد|de la noche|nachts|ночи|at night"
TIME = re.compile(
    r"(?P<h>\d{1,2})(?P<at>:|\s?h\s?|\.|(?=\d{4}z)|(?=\d\d\s?(?:gmt|utc|hrs?)\b))(?P<m>\d\d)"
    r"(?::?(?P<s>\d\d)(?:[.,]\d+)?)?(?!\d)"
    rf"(?:\s*(?:(?P<am>{BEFORE_NOON})|(?P<pm>{AFTER_NOON})|(?P<unsure>{UNSURE})))?"
    r"(?:\s*(?P<uhr>uhr|hrs?\b|h\b))?\s*[(\[]?\s*"
    r"(?P<zone>(?:به وقت|بتوقیت|توقیت)\s+\w+|(?:eastern|central|mountain|pacific|greenwich mean) time"
    r"|[^\W\d_]{1,4}(?![^\W\d_])|)"
    r"(?P<offset>\s*[+\-−]\d{1,2}:?\d\d(?!\d)|[+\-−]\d{1,2}(?!\d))?",
)
# A dot parts hours from minutes only where a word says that a time is meant.
DOT_WORD = re.compile(r"(?:saat|ore|alle|um|kl\.?|at|klokken|в|om)\s*$")
GAP = re.compile(r"[^\d]{0,25}")
OF_CHANGE = re.compile(
    r"updat|modif|aktualis|mise? a jour|actualiz|به ?روز ?رسانی|تحدیث|обновл|изменен|guncel"
)


def clock_beside(text: str, start: int, end: int) -> re.Match[str] | None:
    """The time right after the span of a date in a folded text, or just before it."""
    gap = GAP.match(text, end)
    after = _time_at(text, gap.end()) if gap else None
    if after and gap and not OF_CHANGE.search(gap[0]):
        return after
    before = [
        m for m in TIME.finditer(text, max(0, start - 60), start) if GAP.fullmatch(text, m.end(), start)
    ]
    return before[-1] if before and _is_time(text, before[-1]) else None


def moment(day: datetime, clock: re.Match[str], zone: str) -> datetime | None:
    """The day at that time, with the stated offset, else that of `zone` (IANA); None without either."""
    hour = _hour(clock)
    if hour is None or hour > 23 or int(clock["m"]) > 59:
        return None
    naive = datetime.combine(day, time(hour, int(clock["m"]), min(59, int(clock["s"] or 0))))
    stated = _stated_zone(clock, naive) or _place(zone)
    if stated is None:
        return None
    offset = naive.replace(tzinfo=stated).utcoffset() or timedelta()
    return naive.replace(tzinfo=timezone(offset) if offset else UTC)


def _time_at(text: str, at: int) -> re.Match[str] | None:
    found = TIME.match(text, at)
    return found if found and _is_time(text, found) else None


def _is_time(text: str, found: re.Match[str]) -> bool:
    return found["at"] != "." or bool(found["uhr"]) or bool(DOT_WORD.search(text, 0, found.start()))


def _hour(clock: re.Match[str]) -> int | None:
    hour = int(clock["h"])
    if hour > 12 or not (clock["am"] or clock["pm"] or clock["unsure"]):
        return hour
    return None if clock["unsure"] else hour % 12 + (12 if clock["pm"] else 0)


def _stated_zone(clock: re.Match[str], when: datetime) -> tzinfo | None:
    if clock["offset"]:
        return _offset(clock["offset"].strip())
    name = re.sub(r"^(?:به وقت|بتوقیت|توقیت)\s+", "", clock["zone"]).strip()
    if name == "bst":
        # British summer time; outside it, the letters mean another zone.
        london = ZoneInfo("Europe/London")
        return london if when.replace(tzinfo=london).utcoffset() else None
    known = ZONES.get(name)
    if isinstance(known, int):
        return timezone(timedelta(minutes=known))
    return _place(known or PLACES.get(name, ""))


def _offset(written: str) -> tzinfo | None:
    digits = written[1:].replace(":", "")
    hours, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits), 0)
    delta = timedelta(hours=hours, minutes=minutes)
    if delta >= timedelta(hours=24):
        return None
    return timezone(delta if written[0] == "+" else -delta)


@cache
def _place(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None
