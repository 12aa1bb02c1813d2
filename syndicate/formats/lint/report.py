"""Anyone's file → what is to be said of it. Never raises, whatever the bytes."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from typing import Any
from urllib.parse import urljoin

from syndicate.formats.lint.check import Told, tell
from syndicate.formats.lint.finding import Finding, Rule, Severity
from syndicate.formats.lint.kinds import kind_of, kind_of_json, kind_of_root
from syndicate.formats.lint.lines import lines_of
from syndicate.formats.lint.markup import ATTRIBUTE
from syndicate.formats.lint.parts import Around, Kind
from syndicate.formats.lint.reading import read_text, read_xml
from syndicate.formats.lint.tables import TABLES

LARGEST = 20_000_000
MOST_TAGS = 500_000
MOST_OF_A_RULE = 50
# Later ones are like those before; only their ids are looked at.
MOST_ENTRIES = 10_000
LINK = re.compile(r"<link\b([^<>]{0,2000})>", re.IGNORECASE)
FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a file is, and what was found in it. `unreadable` says why there is nothing more to say.

    `offers` are the addresses of feeds that an HTML page names.
    """

    kind: Kind
    findings: tuple[Finding, ...] = ()
    entries: int = 0
    unreadable: str = ""
    offers: tuple[str, ...] = ()

    def count(self, severity: Severity) -> int:
        """How many findings are so bad."""
        return sum(each.severity is severity for each in self.findings)


def lint(data: bytes, *, url: str = "", now: datetime | None = None) -> Report:
    """Read a feed, an OPML list or ninjs by its content, and check it; `url` is where it was fetched.

    Without `now` nothing is said of dates in the future. A mail is recognised, and not read here.
    """
    if len(data) > LARGEST:
        return _unreadable(Kind.NOTHING, f"it has {len(data):,} bytes; nobody reads a feed over {LARGEST:,}")
    kind = kind_of(data)
    if kind is Kind.NOTHING:
        return _unreadable(
            kind, "it is empty" if not data.strip(b"\0 \t\r\n") else "it is no text of any feed"
        )
    if kind is Kind.MAIL:
        return Report(kind=kind)
    if kind is Kind.HTML:
        told = "it is an HTML page, no feed"
        return Report(kind=kind, unreadable=told, offers=_offers(data, url))
    if kind is Kind.JSON:
        return _of_json(data, url=url, now=now)
    return _of_xml(data, kind, url=url, now=now)


def _of_xml(data: bytes, kind: Kind, *, url: str, now: datetime | None) -> Report:
    if data.count(b"<") > MOST_TAGS:
        return _unreadable(kind, f"it has more than {MOST_TAGS:,} tags; no reader goes through them")
    root, failures = read_xml(data)
    if root is None:
        if kind in TABLES:
            return Report(kind=kind, findings=failures)
        return _unreadable(kind, f"it is no feed, and no XML either: {failures[0].message}")
    kind = kind_of_root(root)
    if kind not in TABLES:
        return _unreadable(kind, f"it is {kind}{_instead(kind, root)}")
    around = Around(kind=kind, data=data, url=url, now=now)
    told, counts = _counted(tell(root, around, most=MOST_ENTRIES))
    lined = [(rule, _line(where), 0, message) for rule, where, message in told]
    return Report(kind=kind, findings=(*failures, *_findings(lined, counts)), entries=_entries(root, kind))


def _of_json(data: bytes, *, url: str, now: datetime | None) -> Report:
    found, failures = read_text(data)
    if failures:
        return Report(kind=Kind.JSON, findings=failures)
    kind = kind_of_json(found)
    if kind not in TABLES:
        return _unreadable(kind, f"it is {kind}")
    around = Around(kind=kind, data=data, url=url, now=now)
    told, counts = _counted(tell(found, around, most=MOST_ENTRIES))
    places = lines_of(data.decode("utf-8"), {where for _, where, _ in told if isinstance(where, tuple)})
    lined = [(rule, *places.get(_path(where), (0, 0)), message) for rule, where, message in told]
    items = found if isinstance(found, list) else found.get("items", [found])
    count = len(items) if isinstance(items, list) else 0
    return Report(kind=kind, findings=tuple(_findings(lined, counts)), entries=count)


def _counted(told: Iterable[Told]) -> tuple[list[Told], Counter[Rule]]:
    """The first of each rule, and how many there are."""
    counts: Counter[Rule] = Counter()
    kept = []
    for each in told:
        counts[each[0]] += 1
        if counts[each[0]] <= MOST_OF_A_RULE:
            kept.append(each)
    return kept, counts


def _findings(told: Iterable[tuple[Rule, int, int, str]], counts: Counter[Rule]) -> Iterator[Finding]:
    for rule, line, column, message in sorted(told, key=lambda each: each[1]):
        yield rule.finding(message, line=line, column=column)
    for rule, count in counts.items():
        if count > MOST_OF_A_RULE:
            yield rule.finding(f"and {count - MOST_OF_A_RULE:,} more like these")


def _entries(root: Any, kind: Kind) -> int:
    names = {Kind.OPML: "{*}outline", Kind.ATOM: "{*}entry"}
    return 1 if kind is Kind.ENTRY else sum(1 for _ in root.iter(names.get(kind, "{*}item")))


def _line(where: Any) -> int:
    if isinstance(where, int):
        return where
    return int(getattr(where, "sourceline", 0) or 0)


def _path(where: Any) -> tuple[Any, ...]:
    return where if isinstance(where, tuple) else ("",)


def _unreadable(kind: Kind, why: str) -> Report:
    return Report(kind=kind, unreadable=why)


def _instead(kind: Kind, root: Any) -> str:
    if kind is Kind.SITEMAP:
        return ", for search engines; these rules are for feeds, lists of feeds and mails"
    if kind is Kind.OLD_ATOM:
        return ", which was given up in 2005; publish Atom 1.0: https://www.rfc-editor.org/rfc/rfc4287"
    return f": its root is <{root.tag}>"


def _offers(data: bytes, url: str) -> tuple[str, ...]:
    found = []
    for link in LINK.finditer(data[:500_000].decode("utf-8", "replace")):
        said = {m[1].lower(): unescape(m[2].strip("\"'")) for m in ATTRIBUTE.finditer(link[1])}
        kind = said.get("type", "").partition(";")[0].strip().lower()
        if "alternate" in said.get("rel", "").lower().split() and kind in FEED_TYPES and said.get("href"):
            found.append(_joined(url, said["href"].strip()))
    return tuple(dict.fromkeys(found))


def _joined(base: str, href: str) -> str:
    try:
        return urljoin(base, href)
    except ValueError:
        return href
