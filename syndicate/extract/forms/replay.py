"""Pages as web archives replay them: without the archive's toolbar, with the links that they had.

Wayback Machine and OpenWayback, pywb and what is built on it, archive.today and its like are known by their
shape, wherever they stand: addresses with the capture's time in their path lead to the original ones.
"""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from urllib.parse import unquote

from lxml.html import HtmlElement

from syndicate.extract.tree import HEADINGS, count_words, text_of
from syndicate.formats.dates import read_date
from syndicate.model.hosts import host_of
from syndicate.model.item import Timestamp

_STAMP = r"(?:(?P<stamp>\d{4,14}|\d{4}\.\d\d\.\d\d-\d{6})(?:[a-z]{2}_)?|\*|[a-z]{2}_|o/\w{4,6})"
_HOST = r"(?:(?:https?:)?//[^/?#\s]+)?"
WRAPPED = re.compile(
    rf"\s*{_HOST}(?:/[\w.~-]{{1,64}}){{0,3}}/{_STAMP}"
    r"/(?P<url>(?:https?(?::/|%3A%2F|%3A/)|//[\w-]+\.|mailto:|javascript:).*)",
    re.IGNORECASE | re.DOTALL,
)
# The same where several stand in one text, and where JSON escapes their slashes.
EMBEDDED = re.compile(
    r"(?:(?:https?:)?\\?/\\?/[\w.:-]{1,255})?(?:\\?/[\w.~-]{1,64}){0,3}\\?/"
    r"(?:\d{14}(?:[a-z]{2}_)?|\d{4}\.\d\d\.\d\d-\d{6}|[a-z]{2}_|o\\?/\w{4,6})\\?/(?=https?:\\?/)",
    re.IGNORECASE,
)
_BEFORE = re.compile(r"/(\d{14})(?:[a-z]{2}_)?$|/\d{4}\.\d\d\.\d\d-\d{6}$|/o/\w{4,6}$")
_BEFORE_LENGTH = 24
_FILED = re.compile(
    r"<!--\s*FILE ARCHIVED ON (\d{1,2}:\d\d:\d\d) ([A-Z][a-z]{2}) (\d{1,2}), (\d{4})\s+AND RETRIEVED"
)
_INIT = re.compile(
    r"__wm\.(?:wombat|bt|init)\(\s*[\"'](?P<url>https?:[^\"']+)[\"']\s*,\s*[\"'](?P<stamp>\d{14})[\"']"
)
_INFO_URL = re.compile(r"wbinfo\.url\s*=\s*[\"'](https?:[^\"']+)[\"']")
_INFO_STAMP = re.compile(r"wbinfo\.timestamp\s*=\s*[\"'](\d{14})[\"']")
MARKS = ("WAYBACK TOOLBAR", "__wm.", "wbinfo.", "WB Insert", 'id="wm-ipp', "Wayback Rewrite")
_PROSE = frozenset({"alt", "title", "aria-label", "placeholder", "class", "id"})
_BOXES = frozenset({"div", "form", "header", "nav", "table", "section", "center", "aside", "iframe"})
_TOOLBAR_WORDS = 200
# Systems that no mark tells: so many links at least, and so large a part of all, have the page's own time.
_FEWEST, _SHARE = 3, 0.6
_LOOKED_AT, _COUNTED = 80, 400
_END = 8_000
_MOST_BOXES, _HIGHEST, _MOST_LAYERS = 50, 8, 8
# What the Wayback Machine gives under such an address is the page as it was.
RAW = "id_/"
SINGLE_SLASH = re.compile(r"(https?):/{1,3}(?=[^/])", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """What a replayed page tells: its original address, and when it was captured. Empty for other pages."""

    original_url: str = ""
    captured: Timestamp | None = None


NO_REPLAY = Replay()


def clean(tree: HtmlElement, *, text: str, url: str) -> Replay:
    """Turn the replay of a page back into the page, in place; `text` is what the tree was made of.

    A page that is no replay stays as it is, which costs next to nothing. Never raises.
    """
    filed = _filed(text)
    if filed is None and not _may_be_rewritten(tree) and not original_of(url):
        return NO_REPLAY
    stamps = _stamps_in(text)
    if not stamps and filed is None and not original_of(url):
        return NO_REPLAY
    marked = filed is not None or bool(original_of(url)) or any(mark in text for mark in MARKS)
    if not marked and not _looks_so(tree, stamps):
        return NO_REPLAY
    own, stamp = _own(tree, url=url, text=text)
    if RAW in url:
        return Replay(original_url=own, captured=_captured(stamp))
    _drop_toolbars(tree, own=own, stamp=stamp or _usual(stamps))
    _restore(tree, host=host_of(own))
    return Replay(original_url=own, captured=filed or _captured(stamp or _usual(stamps)))


def original_of(url: str) -> str:
    """The address inside a replay's own; empty where it is none."""
    found = WRAPPED.match(url)
    return _mended(found["url"]) if found and found["stamp"] else ""


def _may_be_rewritten(tree: HtmlElement) -> bool:
    """Whether one of the first addresses holds another; looking through the whole text would take longer."""
    first = islice(tree.iter("a", "link", "script", "img"), _LOOKED_AT)
    return any("/http" in (one.get("href") or one.get("src") or "") for one in first)


def _stamps_in(text: str) -> Counter[str]:
    """The times in rewritten links, and how often each stands there."""
    found: Counter[str] = Counter()
    at = text.find("/http")
    while at >= 0 and found.total() < _COUNTED:
        if before := _BEFORE.search(text[max(0, at - _BEFORE_LENGTH) : at]):
            found[before[1] or ""] += 1
        at = text.find("/http", at + 1)
    return found


def _looks_so(tree: HtmlElement, stamps: Counter[str]) -> bool:
    """Whether a page is a replay by its own address, or where it states none, by most of its links."""
    if stated := _stated(tree):
        return any(map(original_of, stated))
    usual = _usual(stamps)
    if not usual or stamps[usual] < _FEWEST:
        return False
    links = [
        href for anchor in tree.iter("a") if (href := anchor.get("href") or "").startswith(("http", "/"))
    ]
    own = sum(f"/{usual}" in href for href in links)
    return own >= _FEWEST and own >= _SHARE * len(links)


def _usual(stamps: Counter[str]) -> str:
    return next((stamp for stamp, _ in stamps.most_common(2) if stamp), "")


def _own(tree: HtmlElement, *, url: str, text: str) -> tuple[str, str]:
    """The page's original address, and the time of its capture; as given where nothing tells it."""
    init = _INIT.search(text)
    told = (init["url"], init["stamp"]) if init else (_first(_INFO_URL, text), _first(_INFO_STAMP, text))
    if told[0] and not original_of(url):
        return told
    best = next((one for one in (url, *_stated(tree)) if original_of(one)), "")
    return (original_of(best), _stamp_of(best)) if best else (url, "")


def _stated(tree: HtmlElement) -> list[str]:
    """The addresses that the page states as its own."""
    stated = [element.get("href") or "" for element in tree.iterfind(".//link[@rel]") if _is_own(element)]
    stated += [element.get("content") or "" for element in tree.iterfind(".//meta[@property='og:url']")]
    return [address for address in stated if address]


def _is_own(link: HtmlElement) -> bool:
    return bool({"canonical", "bookmark"} & set((link.get("rel") or "").lower().split()))


def _drop_toolbars(tree: HtmlElement, *, own: str, stamp: str) -> None:
    """Take out what the archive put in: what it names so, and what holds the page's own address as a field,
    or links to other captures of the page.
    """
    for element in list(tree.iter()):
        if _is_named_so(element) and element.getparent() is not None:
            element.drop_tree()
    inside = [*_fields_of(tree, own), *_other_captures(tree, own=own, stamp=stamp)]
    for element in inside[:_MOST_BOXES]:
        _drop_around(element)


def _fields_of(tree: HtmlElement, own: str) -> list[HtmlElement]:
    return [one for one in tree.iter("input") if own and _plain(one.get("value") or "") == _plain(own)]


def _other_captures(tree: HtmlElement, *, own: str, stamp: str) -> list[HtmlElement]:
    return [one for one in tree.iter("a") if _is_other_capture(one.get("href") or "", own=own, stamp=stamp)]


def _is_named_so(element: HtmlElement) -> bool:
    name = element.get("id") or ""
    return name.startswith(("wm-", "_wb_", "__wb", "wb-banner", "wb_banner")) or name == "donato"


def _is_other_capture(href: str, *, own: str, stamp: str) -> bool:
    found = WRAPPED.match(href)
    if found is None or _plain(_mended(found["url"])) != _plain(own):
        return False
    return "/*/" in href or bool(found["stamp"] and stamp and found["stamp"] != stamp)


def _drop_around(element: HtmlElement) -> None:
    """Drop the largest box around the element that is too small for an article and has no heading of one."""
    box = None
    for around in islice(element.iterancestors(), _HIGHEST):
        if around.tag in {"body", "html"} or next(around.iter(*HEADINGS, "article"), None) is not None:
            break
        if count_words(text_of(around)) > _TOOLBAR_WORDS:
            break
        box = around if around.tag in _BOXES else box
    if box is not None and box.getparent() is not None:
        box.drop_tree()


def _restore(tree: HtmlElement, *, host: str) -> None:
    """Give every attribute and every script of data its original addresses back."""
    for element in tree.iter():
        for name, value in element.items():
            if "/" in value and name not in _PROSE and (original := _original(name, value, host)) != value:
                element.set(name, original)
        if element.tag in {"script", "style"} and element.text and EMBEDDED.search(element.text):
            element.text = EMBEDDED.sub("", element.text)


def _original(name: str, value: str, host: str) -> str:
    if name not in {"srcset", "style"} and (found := WRAPPED.match(value)):
        return _unwrapped(found, host)
    return EMBEDDED.sub("", value) if "http" in value else value


def _unwrapped(found: re.Match[str], host: str) -> str:
    """The address inside. One that is a replay again is left so where the page quotes an archive, and not
    where it was the page's own site that was archived twice.
    """
    inside = _mended(found["url"])
    deepest = inside
    for _ in range(_MOST_LAYERS):
        if deeper := WRAPPED.match(deepest):
            deepest = _mended(deeper["url"])
    return deepest if host and host_of(deepest) == host else inside


def _mended(url: str) -> str:
    """With both slashes and without the encoding that some archives give or take."""
    if url[:9].lower().startswith(("http%3a", "https%3a")):
        url = unquote(url)
    if url.startswith("//"):
        return f"https:{url}"
    return SINGLE_SLASH.sub(r"\1://", url, count=1).strip()


def _plain(url: str) -> str:
    return url.partition("://")[2].partition("#")[0].rstrip("/").removeprefix("www.").lower()


def _filed(text: str) -> Timestamp | None:
    at = text.find("FILE ARCHIVED ON", max(0, len(text) - _END))
    found = _FILED.search(text, max(0, at - 40)) if at >= 0 else None
    if found is None:
        return None
    time, month, day, year = found.groups()
    return read_date(f"{day} {month} {year} {time} +0000")


def _stamp_of(url: str) -> str:
    found = WRAPPED.match(url)
    return (found["stamp"] or "") if found else ""


def _captured(stamp: str) -> Timestamp | None:
    digits = re.sub(r"\D", "", stamp)
    try:
        return Timestamp(instant=datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC))
    except ValueError:
        return None


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1] if found else ""
