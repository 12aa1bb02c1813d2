"""Feeds of others → entries: RSS and Atom through feedparser, JSON Feed by its specification.

https://www.rssboard.org/rss-specification · RFC 4287 · https://www.jsonfeed.org/version/1.1/
"""

import io
import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from html import escape
from typing import Any

import feedparser

from syndicate.errors import Unreadable
from syndicate.formats.dates import read_date
from syndicate.formats.entry import ARCHIVE_SCHEME
from syndicate.formats.html import absolute, plain, sanitize, text_of
from syndicate.formats.parse_json import is_json, parse_json_feed
from syndicate.formats.upstream import (
    UpstreamEntry,
    UpstreamFeed,
    found_instead,
    split_notice,
)
from syndicate.model.item import Image, Timestamp

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_PERIODS = {"hourly": 60, "daily": 1440, "weekly": 10_080, "monthly": 43_200, "yearly": 525_600}


def parse_feed(data: bytes, *, url: str, content_type: str = "", zone: str = "") -> UpstreamFeed:
    """Read RSS, Atom or JSON Feed; `zone` (IANA) is that of dates written without one.

    Raises Unreadable when it is none of these, naming what was found instead.
    """
    if is_json(data):
        return parse_json_feed(data, url=url, zone=zone)
    parsed = _parsed(data, url=url, content_type=content_type)
    if not parsed.get("version"):
        raise Unreadable(f"{url} is no feed: {found_instead(data)}")
    feed = parsed.feed
    base = _link(feed.get("links", ()), "alternate") or url
    language = _text(feed, "language")
    entries = tuple(_entry(raw, base=base, language=language, zone=zone) for raw in parsed.entries)
    return UpstreamFeed(title=_plain_text(feed, "title"), ttl=_ttl(feed), entries=entries)


def _parsed(data: bytes, *, url: str, content_type: str) -> Any:
    # Without a charset `text/xml` would mean ASCII to feedparser; RFC 7303, section 3 lets XML decide.
    charset = _CHARSET.search(content_type)
    kind = f"application/xml; charset={charset[1]}" if charset else "application/xml"
    headers = {"content-location": url, "content-type": kind}
    try:
        return feedparser.parse(io.BytesIO(data), response_headers=headers, sanitize_html=False)
    except (ValueError, LookupError, AttributeError, AssertionError, TypeError, RecursionError) as error:
        raise Unreadable(f"{url} cannot be read as a feed: {type(error).__name__}: {error}") from error


def _entry(raw: Any, *, base: str, language: str, zone: str) -> UpstreamEntry:
    links = raw.get("links", ())
    url = absolute(_text(raw, "link"), base_url=base)
    body, notice = split_notice(_html(_longest(raw.get("content", ())), base) or _summary_html(raw, base))
    scheme_terms = [(tag.get("scheme") or "", tag.get("term") or "") for tag in raw.get("tags", ())]
    archived = (ARCHIVE_SCHEME, "archived") in scheme_terms or notice is not None
    return UpstreamEntry(
        guid=_text(raw, "id"),
        url=url,
        title=_plain_text(raw, "title"),
        body_html=body,
        summary=text_of(split_notice(_summary_html(raw, base))[0]) if raw.get("content") else "",
        authors=_authors(raw),
        published=_date(raw, "published", zone),
        updated=_date(raw, "updated", zone),
        section=next((plain(term) for scheme, term in scheme_terms if term and scheme != ARCHIVE_SCHEME), ""),
        language=_entry_language(raw) or language,
        image=_image(raw, base=base),
        archived=archived,
        notice=notice,
        original_url=absolute(_link(links, "via"), base_url=base),
    )


def _html(detail: Mapping[str, Any], base: str) -> str:
    value = detail.get("value") or ""
    if detail.get("type") == "text/plain":
        value = "".join(f"<p>{escape(part)}</p>" for part in value.split("\n\n") if part.strip())
    return sanitize(value, base_url=detail.get("base") or base)


def _longest(details: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    return max(details, key=lambda detail: len(detail.get("value") or ""), default={})


def _summary_html(raw: Any, base: str) -> str:
    return _html(raw.get("summary_detail", {}), base)


def _plain_text(raw: Any, name: str) -> str:
    detail = raw.get(f"{name}_detail", {})
    value = _text(raw, name)
    html = detail.get("type", "text/plain") != "text/plain"
    return " ".join(plain(text_of(value) if html else value).split())


def _authors(raw: Any) -> tuple[str, ...]:
    names = [plain(author.get("name") or "").strip() for author in raw.get("authors", ())]
    return tuple(dict.fromkeys(name for name in names if name))


def _date(raw: Any, name: str, zone: str) -> Timestamp | None:
    # feedparser's own `get` answers with `published` where there is no `updated`.
    return read_date(str(dict.get(raw, name) or ""), zone=zone)


def _entry_language(raw: Any) -> str:
    details = [*raw.get("content", ()), raw.get("title_detail", {})]
    return next((found for d in details if (found := _text(d, "language"))), "")


def _text(raw: Mapping[str, Any], name: str) -> str:
    found = raw.get(name)
    return plain(found) if isinstance(found, str) else ""


def _link(links: Iterable[Mapping[str, Any]], rel: str) -> str:
    return next((_text(link, "href") for link in links if link.get("rel") == rel), "")


def _image(raw: Any, *, base: str) -> Image | None:
    media = [m for m in raw.get("media_content", ()) if _is_image(m.get("medium"), m.get("type"))]
    enclosed = [e for e in raw.get("enclosures", ()) if _is_image("", e.get("type"))]
    found = [m.get("url") for m in media] + [e.get("href") for e in enclosed]
    found += [m.get("url") for m in raw.get("media_thumbnail", ())]
    urls = (absolute(url or "", base_url=base) for url in found)
    return next((Image(url=url) for url in urls if url), None)


def _is_image(medium: str | None, kind: str | None) -> bool:
    return medium == "image" or (kind or "").startswith("image/")


def _ttl(feed: Any) -> timedelta:
    stated = str(feed.get("ttl", ""))
    if stated.isascii() and stated.isdecimal():
        return timedelta(minutes=int(stated[:6]))
    often = str(feed.get("sy_updatefrequency", "1"))
    times = int(often[:4]) if often.isascii() and often.isdecimal() else 1
    minutes = _PERIODS.get(str(feed.get("sy_updateperiod", "")).strip().lower(), 0)
    return timedelta(minutes=minutes / max(1, times))
