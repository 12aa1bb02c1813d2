"""What a saved page tells of where and when it was saved: the comment that browsers and savers leave."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from syndicate.formats.dates import read_date
from syndicate.model.item import Timestamp

HEAD = 6_000
# What stands for a picture or a font in the page itself; shorter ones cost nothing.
_INLINED = re.compile(r"data:[\w.+-]{1,40}/[\w.+-]{1,80}[;,][^\"'()<>\s\\]{200,}")
# Less is read quickly enough as it is.
_LARGE = 1_000_000
_WEB = r"(?P<url>https?://[^\s\"'<>]+)"
_ONE_FILE = re.compile(
    rf"<!--\s*Page saved with SingleFile\s+url:\s*{_WEB}(?:\s+saved date:\s*(?P<date>[^\n<]{{1,120}}))?"
)
_BROWSER = re.compile(rf"<!--\s*saved from url=\(\d{{4,6}}\){_WEB}")
_MONOLITH = re.compile(rf"<!--\s*Saved from {_WEB} at (?P<date>\S{{1,40}}) using monolith")
_HTTRACK = re.compile(
    r"<!--\s*Mirrored from (?P<bare>[^\s\"'<>]+) by HTTrack[^<>]{0,80}?, (?P<date>\w{3}, [^<>]{10,40}?)\s*-->"
)
_SCRAPBOOK = re.compile(rf"<html[^>]{{0,2000}}?\sdata-scrapbook-source=[\"']{_WEB}")
_SCRAPBOOK_DATE = re.compile(r"\sdata-scrapbook-create=[\"'](\d{14,17})[\"']")
_CLOCK = re.compile(r"\w{3} (\w{3}) (\d{1,2}) (\d{4}) (\d\d:\d\d:\d\d) GMT([+-]\d{4})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """The address that a page had, and when it was saved; empty for a page that tells neither."""

    url: str = ""
    captured: Timestamp | None = None


NOWHERE = Saved()


def read_saved(text: str) -> Saved:
    """What the page's own beginning tells: SingleFile, "Save page as", monolith, HTTrack, ScrapBook."""
    head = text[:HEAD]
    for mark, pattern, read in _SAVERS:
        if mark in head and (found := pattern.search(head)):
            told = found.groupdict()
            url = told.get("url") or f"http://{told['bare']}"
            return Saved(url=url, captured=read(told.get("date") or "", head))
    return NOWHERE


def without_inlined(text: str) -> str:
    """A large page without the pictures, fonts and films that it holds as text."""
    return _INLINED.sub("data:,", text) if len(text) > _LARGE and "data:" in text else text


def _by_clock(text: str, head: str) -> Timestamp | None:
    """How JavaScript writes a date; the zone's name in brackets is in the language of who saved the page."""
    found = _CLOCK.match(text)
    return read_date("{1} {0} {2} {3} {4}".format(*found.groups())) if found else None


def _as_stated(text: str, head: str) -> Timestamp | None:
    return read_date(text) if text else None


def _by_digits(text: str, head: str) -> Timestamp | None:
    found = _SCRAPBOOK_DATE.search(head)
    if found is None:
        return None
    try:
        return Timestamp(instant=datetime.strptime(found[1][:14] + "+0000", "%Y%m%d%H%M%S%z"))
    except ValueError:
        return None


_Read = Callable[[str, str], Timestamp | None]
_SAVERS: tuple[tuple[str, re.Pattern[str], _Read], ...] = (
    ("SingleFile", _ONE_FILE, _by_clock),
    ("saved from url", _BROWSER, _as_stated),
    ("using monolith", _MONOLITH, _as_stated),
    ("HTTrack", _HTTRACK, _as_stated),
    ("data-scrapbook-source", _SCRAPBOOK, _by_digits),
)
