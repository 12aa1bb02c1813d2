"""JSON Feed 1.0 and 1.1 of others, https://www.jsonfeed.org/version/1.1/, with our `_archive` extension."""

import json
from datetime import timedelta
from html import escape
from typing import Any

from syndicate.errors import Unreadable
from syndicate.formats.dates import read_date
from syndicate.formats.entry import ARCHIVE_SCHEME
from syndicate.formats.html import absolute, plain, sanitize
from syndicate.formats.upstream import UpstreamEntry, UpstreamFeed, split_notice
from syndicate.model.item import Image, Notice, Timestamp

_BOM = b"\xef\xbb\xbf"


def is_json(data: bytes) -> bool:
    """Whether the bytes are JSON rather than XML or HTML, by their first character."""
    return data.removeprefix(_BOM).lstrip()[:1] in (b"{", b"[")


def parse_json_feed(data: bytes, *, url: str, zone: str = "") -> UpstreamFeed:
    """Read a JSON Feed. Raises Unreadable for broken JSON and for JSON that is no feed."""
    try:
        document = json.loads(data.removeprefix(_BOM))
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"{url} is no feed: its JSON is broken ({error})") from error
    if not isinstance(document, dict) or "jsonfeed.org/version/" not in _text(document, "version"):
        raise Unreadable(f"{url} is no feed: it is JSON without a JSON Feed version")
    base = absolute(_text(document, "home_page_url"), base_url=url) or url
    items = [raw for raw in _list(document, "items") if isinstance(raw, dict)]
    entries = tuple(_entry(raw, document, base=base, zone=zone) for raw in items)
    return UpstreamFeed(title=_line(document, "title"), ttl=timedelta(), entries=entries)


def _entry(raw: dict[str, Any], document: dict[str, Any], *, base: str, zone: str) -> UpstreamEntry:
    body, written = split_notice(_body(raw, base))
    said = _mapping(raw, "_archive")
    ours = said if _text(said, "about") == ARCHIVE_SCHEME else {}
    tags = [tag for tag in _list(raw, "tags") if isinstance(tag, str) and not (ours and tag == "archived")]
    return UpstreamEntry(
        guid=_identity(raw),
        url=absolute(_text(raw, "url"), base_url=base),
        title=_line(raw, "title"),
        body_html=body,
        summary=_line(raw, "summary"),
        authors=_authors(raw) or _authors(document),
        published=_day(ours, zone) or read_date(_text(raw, "date_published"), zone=zone),
        updated=read_date(_text(raw, "date_modified"), zone=zone),
        section=plain(tags[0]) if tags else "",
        language=_text(raw, "language") or _text(document, "language"),
        image=_image(raw, base),
        archived=bool(ours) or written is not None,
        notice=_notice(ours) or written,
        original_url=absolute(_text(ours, "original_url"), base_url=base),
    )


def _body(raw: dict[str, Any], base: str) -> str:
    html = _text(raw, "content_html")
    if not html:
        parts = _text(raw, "content_text").split("\n\n")
        html = "".join(f"<p>{escape(part)}</p>" for part in parts if part.strip())
    return sanitize(html, base_url=base)


def _identity(raw: dict[str, Any]) -> str:
    # The specification asks readers to coerce a number to a string.
    found = raw.get("id", "")
    return plain(str(found)) if isinstance(found, str | int | float) else ""


def _notice(ours: dict[str, Any]) -> Notice | None:
    text = _line(ours, "text")
    if not text:
        return None
    successor = absolute(_text(ours, "successor_url"), base_url="")
    return Notice(text=text, successor_url=successor, language=_text(ours, "language"))


def _day(ours: dict[str, Any], zone: str) -> Timestamp | None:
    """The original publication as our extension states it, which may be a day alone."""
    return read_date(_text(ours, "published"), zone=zone)


def _authors(raw: dict[str, Any]) -> tuple[str, ...]:
    found = [a for a in [*_list(raw, "authors"), raw.get("author")] if isinstance(a, dict)]
    return tuple(dict.fromkeys(name for author in found if (name := _line(author, "name"))))


def _image(raw: dict[str, Any], base: str) -> Image | None:
    attached = [a for a in _list(raw, "attachments") if isinstance(a, dict)]
    found = [_text(raw, "image"), _text(raw, "banner_image")]
    found += [_text(a, "url") for a in attached if _text(a, "mime_type").startswith("image/")]
    urls = (absolute(url, base_url=base) for url in found)
    return next((Image(url=url) for url in urls if url), None)


def _text(raw: dict[str, Any], name: str) -> str:
    found = raw.get(name)
    return plain(found) if isinstance(found, str) else ""


def _line(raw: dict[str, Any], name: str) -> str:
    return " ".join(_text(raw, name).split())


def _list(raw: dict[str, Any], name: str) -> list[Any]:
    found = raw.get(name)
    return found if isinstance(found, list) else []


def _mapping(raw: dict[str, Any], name: str) -> dict[str, Any]:
    found = raw.get(name)
    return found if isinstance(found, dict) else {}
