"""What the writers of RSS, Atom and JSON Feed have in common: clean values, and our own metadata.

`ARCHIVE_SCHEME` and `METADATA` are documented in docs/reference/feeds.md and never change.
"""

import re
from collections.abc import Hashable
from dataclasses import fields, is_dataclass, replace
from functools import cache, lru_cache
from typing import Any, cast
from urllib.parse import quote, urlsplit, urlunsplit

from syndicate.formats.html import cut, plain
from syndicate.model.feed import Archive, EntryView, FeedView, Format
from syndicate.model.item import Timestamp

GENERATOR = "Syndicate"
ARCHIVE_SCHEME = "urn:syndicate:archive"
ARCHIVED = "archived"
METADATA = "urn:syndicate:metadata"

# RFC 3986, sections 2.1 to 2.3: what may stand in an address, and what must be percent-encoded.
RESERVED = "%:/?#[]@!$&'()*+,;=-._~"
UNSAFE = re.compile(r"""[\s"<>\\^`{|}]""")

TITLE_LIMIT = 300
SUMMARY_LIMIT = 4_000


def tidy(view: FeedView) -> FeedView:
    """The view with nothing in it that XML 1.0 or UTF-8 forbids, titles on one line and of a sane length."""
    return replace(tidy_frame(view), entries=tuple(map(tidy_entry, view.entries)))


def tidy_frame(view: FeedView) -> FeedView:
    """The same without its entries."""
    clean: FeedView = _cleaned(replace(view, entries=()))
    return replace(clean, title=_cut(clean.title, TITLE_LIMIT))


# Every writer asks for the same one in turn.
@lru_cache(maxsize=16)
def tidy_entry(entry: EntryView) -> EntryView:
    """One entry, made so."""
    entry = _cleaned(entry)
    notice = entry.notice
    return replace(
        entry,
        url=uri(entry.url),
        title=_cut(entry.title, TITLE_LIMIT),
        summary=_cut(entry.summary, SUMMARY_LIMIT, lines=True),
        licence=uri(entry.licence) if is_url(entry.licence) else entry.licence,
        source_url=uri(entry.source_url),
        original_url=uri(entry.original_url),
        notice=notice and replace(notice, successor_url=uri(notice.successor_url)),
    )


def own_metadata(entry: EntryView) -> dict[str, str]:
    """What no standard element can say: how exact a date is (requirement F2)."""
    found = {}
    if entry.published is not None and entry.published.day_only:
        found["published"] = "day"
    if entry.updated_inferred:
        found["updated"] = "inferred"
    return found


def rights_line(entry: EntryView) -> str:
    """Who holds the rights, with the licence where that is words; a licence's URL goes into a link."""
    licence = "" if is_url(entry.licence) else entry.licence
    return ", ".join(part for part in (entry.rights_holder, licence) if part)


def first_published(entry: EntryView) -> Timestamp | None:
    """When the story first came out, which of a replay is not when it was published again."""
    return entry.issued if entry.replay else entry.published


def origin_links(entry: EntryView) -> list[tuple[str, str]]:
    """Where an entry comes from and leads to beside its own address: rel and href, none of them empty."""
    notice = entry.notice
    found = (
        ("related", notice.successor_url if notice else ""),
        ("via", entry.original_url if notice or entry.replay else ""),
        ("license", entry.licence if is_url(entry.licence) else ""),
    )
    return [(rel, href) for rel, href in found if href]


def history_links(archive: Archive, form: Format) -> list[tuple[str, str]]:
    """RFC 5005, section 4: the documents beside this one in that format, rel and href."""
    # The subscription document is no archive document, so nothing is its predecessor by next-archive.
    current, newer = (archive.current, archive.newer) if archive.number else ({}, {})
    found = (("current", current), ("prev-archive", archive.older), ("next-archive", newer))
    return [(rel, urls[form]) for rel, urls in found if form in urls]


def is_url(text: str) -> bool:
    """Whether the text is an http or https URL."""
    return text.startswith(("https://", "http://"))


def uri(url: str) -> str:
    """An address as RFC 3986 wants it: ASCII, so that every reader resolves it alike."""
    if url.isascii() and not UNSAFE.search(url):
        return url
    try:
        parts = urlsplit(url)
        host = parts.netloc.encode("idna").decode("ascii") if not parts.netloc.isascii() else parts.netloc
    except ValueError:
        return ""
    return quote(urlunsplit(parts._replace(netloc=host)), safe=RESERVED)


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        # Most values are short and plain: this asks no regular expression.
        return value if value.isascii() and value.isprintable() else plain(value)
    if isinstance(value, tuple):
        cleaned = tuple(map(_cleaned, value))
        return value if cleaned == value else cleaned
    if is_dataclass(value) and not isinstance(value, type):
        return _cleaned_fields(value)
    return value


def _cleaned_fields(value: Any) -> Any:
    change = {}
    for name in _field_names(cast(Hashable, type(value))):
        old = getattr(value, name)
        if old and (new := _cleaned(old)) is not old:
            change[name] = new
    return replace(value, **change) if change else value


@cache
def _field_names(kind: Hashable) -> tuple[str, ...]:
    return tuple(each.name for each in fields(cast(Any, kind)))


def _cut(text: str, limit: int, *, lines: bool = False) -> str:
    return cut(text.strip() if lines else " ".join(text.split()), limit)
