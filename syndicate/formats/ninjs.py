"""ninjs 3.1, https://iptc.org/standards/ninjs/: a JSON array of news objects, as partners' systems read them.

The standard admits no properties of our own, so what has no place in it stands in `edNote`, for people.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from syndicate.formats.dates import rfc3339
from syndicate.formats.entry import ARCHIVE_SCHEME, ARCHIVED, first_published, is_url, tidy_entry
from syndicate.formats.html import plain
from syndicate.formats.jsonfeed import as_json, filled
from syndicate.model.feed import EntryView, FeedView, Tombstone
from syndicate.model.language import enumerated

STANDARD = {
    "name": "ninjs",
    "version": "3.1",
    "schema": "http://www.iptc.org/std/ninjs/ninjs-schema_3.1.json#",
}
# A genre of https://cv.iptc.org/newscodes/genre/
ARCHIVE_GENRE = {"name": "Archive material"}
NOTICE_ROLE = "archive-notice"


def write(view: FeedView) -> bytes:
    """Render a feed as a JSON array of ninjs objects, UTF-8."""
    return join(view, [write_entry(entry) for entry in view.entries])


def write_entry(entry: EntryView) -> bytes:
    """One news object as it stands in any document of ours."""
    return as_json(_object(tidy_entry(entry)))


def join(view: FeedView, entries: Sequence[bytes]) -> bytes:
    """The document around objects written before, one a line; a tombstone is a canceled object."""
    return b"[\n%s\n]\n" % b",\n".join((*entries, *map(_canceled, view.tombstones)))


def _object(entry: EntryView) -> dict[str, Any]:
    # In the order of the schema's properties.
    created = first_published(entry)
    return filled(
        {
            "uri": entry.id,
            "type": "text",
            "version": str(entry.revision or ""),
            "versionCreated": rfc3339(entry.updated),
            "contentCreated": rfc3339(created.instant) if created else "",
            "pubStatus": "canceled" if entry.expired else "usable",
            "copyrightHolder": entry.rights_holder,
            "usageTerms": "" if is_url(entry.licence) else entry.licence,
            "edNote": " ".join(_notes(entry)),
            "language": entry.language,
            "descriptions": list(_descriptions(entry)),
            "bodies": _texts("main", entry.content_html, "text/html"),
            "headlines": _texts("main", entry.title),
            "people": [{"name": author, "rel": "author"} for author in entry.authors],
            "subjects": list(_subjects(entry)),
            "infoSources": _sources(entry),
            "by": enumerated(entry.authors, entry.language),
            "renditions": [{"name": "web", "href": entry.url, "contentType": "text/html"}],
            "associations": _associations(entry),
            "altIds": [{"role": "original-url", "value": entry.original_url}] if entry.original_url else [],
            "standard": STANDARD,
            "genres": [ARCHIVE_GENRE] if entry.notice else [],
            "expires": rfc3339(entry.expired) if entry.expired else "",
            "rightsInfo": {"linkedRights": entry.licence} if is_url(entry.licence) else {},
        }
    )


def _notes(entry: EntryView) -> Iterator[str]:
    if entry.withdrawn_note:
        yield " ".join(entry.withdrawn_note.split())
    if entry.correction:
        yield entry.correction.text or entry.correction.note
    if entry.notice:
        yield entry.notice.text
        if entry.notice.successor_url not in entry.notice.text:
            yield entry.notice.successor_url
    if entry.replay:
        yield f"Published again; first published {entry.issued or 'at an unknown date'}."
    created = first_published(entry)
    if created and created.day_only:
        yield "Of contentCreated only the day is known."
    if entry.updated_inferred:
        yield "The date of publication is unknown; versionCreated is when it was collected."


def _descriptions(entry: EntryView) -> Iterator[dict[str, str]]:
    yield from _texts("summary", entry.summary)
    yield from _texts("credit", entry.credit)
    if entry.correction:
        yield from _texts("correction", entry.correction.text or entry.correction.note)
    if entry.notice:
        yield from _texts(NOTICE_ROLE, entry.notice.text)


def _subjects(entry: EntryView) -> Iterator[dict[str, str]]:
    if entry.section:
        yield {"name": entry.section, "rel": "section"}
    if entry.notice:
        yield {"name": ARCHIVED, "uri": f"{ARCHIVE_SCHEME}:{ARCHIVED}"}


def _sources(entry: EntryView) -> list[dict[str, str]]:
    if not entry.source_url:
        return []
    return [filled({"name": entry.source_title, "uri": entry.source_url})]


def _associations(entry: EntryView) -> list[dict[str, Any]]:
    image = entry.image
    if not (image and entry.image_url):
        return []
    rendition = {
        "name": "main",
        "href": entry.image_url,
        "contentType": image.media_type,
        "width": image.width or None,
        "height": image.height or None,
        "sizeInBytes": image.size or None,
    }
    picture = {
        "uri": entry.image_url,
        "type": "picture",
        "descriptions": _texts("alt", image.alt),
        "renditions": [filled(rendition)],
        "name": "lead-image",
    }
    return [filled(picture)]


def _texts(role: str, value: str, media_type: str = "text/plain") -> list[dict[str, str]]:
    return [{"role": role, "contentType": media_type, "value": value}] if value else []


@lru_cache(maxsize=4_096)
def _canceled(tombstone: Tombstone) -> bytes:
    when = rfc3339(tombstone.at)
    return as_json(
        filled(
            {
                "uri": tombstone.id,
                "type": "text",
                "versionCreated": when,
                "pubStatus": "canceled",
                "edNote": plain(tombstone.note).strip(),
                "standard": STANDARD,
                "expires": when,
            }
        )
    )
