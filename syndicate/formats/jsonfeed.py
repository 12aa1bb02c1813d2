"""JSON Feed 1.1, https://www.jsonfeed.org/version/1.1/."""

import json
from collections.abc import Sequence
from typing import Any

from syndicate.formats.dates import rfc3339
from syndicate.formats.entry import (
    ARCHIVE_SCHEME,
    ARCHIVED,
    METADATA,
    first_published,
    own_metadata,
    rights_line,
    tidy_entry,
)
from syndicate.formats.framing import kept
from syndicate.model.feed import EntryView, FeedView, Format

VERSION = "https://jsonfeed.org/version/1.1"


def write(view: FeedView) -> bytes:
    """Render a feed as JSON Feed 1.1, UTF-8 without a byte order mark (RFC 8259, section 8.1)."""
    return join(view, [write_entry(entry) for entry in view.entries])


def write_entry(entry: EntryView) -> bytes:
    """One item as it stands in any document of ours."""
    return as_json(_item(tidy_entry(entry)))


def join(view: FeedView, entries: Sequence[bytes]) -> bytes:
    """The document of that view around items written before. JSON Feed knows no tombstones."""
    # An item a line: people can compare two versions, and json's fast encoder knows no indentation.
    return b"".join((_frame(view), b",\n".join(entries), b"\n]}\n"))


@kept
def _frame(view: FeedView) -> bytes:
    # https://www.jsonfeed.org/version/1.1/#top-level
    document = filled(
        {
            "version": VERSION,
            "title": view.title,
            "home_page_url": view.home_url,
            "feed_url": view.urls[Format.JSON],
            "description": view.description,
            "next_url": view.archive.older.get(Format.JSON, ""),
            "authors": [{"name": view.publisher}] if view.publisher else [],
            "language": view.language,
            "expired": True if view.frozen else None,
            "hubs": [{"type": "WebSub", "url": view.hub_url}] if view.hub_url else [],
        }
    )
    return as_json(document)[:-1] + b', "items": [\n'


def _item(entry: EntryView) -> dict[str, Any]:
    # https://www.jsonfeed.org/version/1.1/#items
    return filled(
        {
            "id": entry.id,
            "url": entry.url,
            "title": entry.title,
            "content_html": entry.content_html,
            "content_text": "" if entry.content_html else entry.summary or entry.title,
            "summary": entry.summary,
            "image": entry.image_url,
            "date_published": rfc3339(entry.published.instant) if entry.published else "",
            "date_modified": "" if entry.updated_inferred else rfc3339(entry.updated),
            "authors": [{"name": author} for author in entry.authors],
            "tags": [tag for tag in (entry.section, ARCHIVED if entry.notice else "") if tag],
            "language": entry.language,
            "attachments": _attachments(entry),
            "_archive": _archive(entry),
            "_syndicate": _metadata(entry),
        }
    )


def _attachments(entry: EntryView) -> list[dict[str, Any]]:
    image = entry.image
    if not (image and entry.image_url and image.media_type):
        return []
    return [
        filled({"url": entry.image_url, "mime_type": image.media_type, "size_in_bytes": image.size or None})
    ]


def _archive(entry: EntryView) -> dict[str, Any]:
    # https://www.jsonfeed.org/version/1.1/#extensions
    notice = entry.notice
    if notice is None:
        return {}
    return filled(
        {
            "about": ARCHIVE_SCHEME,
            "text": notice.text,
            "language": notice.language,
            "successor_url": notice.successor_url,
            "original_url": entry.original_url,
            "published": str(first_published(entry) or ""),
            "captured": rfc3339(entry.captured) if entry.captured else "",
        }
    )


def _metadata(entry: EntryView) -> dict[str, Any]:
    own = own_metadata(entry)
    correction = entry.correction
    said = filled(
        {
            **own,
            "credit": entry.credit,
            "rights": rights_line(entry),
            "licence": entry.licence,
            "correction": {"note": correction.note, "at": rfc3339(correction.at)} if correction else {},
            "issued": str(entry.issued or ""),
            "original_url": entry.original_url if entry.replay else "",
            "expired": rfc3339(entry.expired) if entry.expired else "",
            "withdrawn_note": entry.withdrawn_note,
        }
    )
    return {"about": METADATA, **said} if said else {}


def as_json(document: dict[str, Any]) -> bytes:
    """A JSON object on one line, UTF-8."""
    return json.dumps(document, ensure_ascii=False).encode()


def filled(document: dict[str, Any]) -> dict[str, Any]:
    """The object without what has nothing to say."""
    return {key: value for key, value in document.items() if value not in ("", None, [], {})}
