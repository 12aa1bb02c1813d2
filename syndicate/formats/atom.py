"""Atom 1.0, https://www.rfc-editor.org/rfc/rfc4287, with archived feeds (RFC 5005), tombstones (RFC 6721)."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from lxml import etree

from syndicate.formats.dates import rfc3339
from syndicate.formats.entry import (
    ARCHIVE_SCHEME,
    ARCHIVED,
    GENERATOR,
    history_links,
    is_url,
    origin_links,
    own_metadata,
    rights_line,
    tidy_entry,
)
from syndicate.formats.feedgen_extension import fragment, new_entry, new_feed, qualified
from syndicate.formats.framing import kept
from syndicate.formats.html import plain
from syndicate.model.feed import MEDIA_TYPES, EntryView, FeedView, Format, Tombstone

ALTERNATES = (Format.HTML, Format.RSS, Format.JSON)
PREFIXES = ("at", "dcterms", "fh", "syndicate")
# Where the frame is open, and how it ends.
UPDATED = b"  <updated>%s</updated>\n"
OPEN = b"*"
END = b"</feed>\n"
TOMBSTONE = b"  <at:deleted-entry"


def write(view: FeedView) -> bytes:
    """Render a feed as Atom 1.0, UTF-8. Raises ValueError for an entry that cannot be written."""
    return join(view, [write_entry(entry) for entry in view.entries])


def write_entry(entry: EntryView) -> bytes:
    """One entry as it stands in any document of ours; a tombstone where it expired.

    Raises ValueError when it cannot be written.
    """
    if entry.expired is not None:
        said = {"note": entry.withdrawn_note, "item_id": entry.item_id}
        return _tombstone(Tombstone(id=entry.id, at=entry.expired, **said))
    entry = tidy_entry(entry)
    atom = new_entry()
    _entry(atom, entry)
    atom.own.override(entry.extras)
    return fragment(atom.atom_entry(), PREFIXES, depth=1)


def join(view: FeedView, entries: Sequence[bytes]) -> bytes:
    """The document of that view around entries written before, with the view's tombstones."""
    before, after = _frame(view)
    graves = [*map(_tombstone, view.tombstones), *(each for each in entries if each.startswith(TOMBSTONE))]
    living = (each for each in entries if not each.startswith(TOMBSTONE))
    # RFC 4287's grammar (appendix B) wants foreign elements before the first entry.
    return b"".join((before, UPDATED % rfc3339(view.updated).encode(), after, *graves, *living, END))


@kept
def _frame(view: FeedView) -> tuple[bytes, bytes]:
    feed = new_feed(PREFIXES)
    _feed(feed, view)
    feed.own.override(view.extras)
    before, _, after = feed.atom_str(pretty=True).partition(UPDATED % OPEN)
    return before, after.removesuffix(END)


@lru_cache(maxsize=4_096)
def _tombstone(tombstone: Tombstone) -> bytes:
    # https://www.rfc-editor.org/rfc/rfc6721#section-3
    said = {"ref": tombstone.id, "when": rfc3339(tombstone.at)}
    element = etree.Element(qualified("at:deleted-entry"), said)
    if note := plain(tombstone.note).strip():
        etree.SubElement(element, qualified("at:comment")).text = note
    return fragment(element, PREFIXES, depth=1)


def _feed(feed: Any, view: FeedView) -> None:
    # RFC 4287, section 4.1.1. feedgen's default generator and clock are replaced.
    feed.own.language = view.language
    feed.author(name=view.publisher or view.title)
    feed.generator(GENERATOR)
    feed.id(view.id)
    _link(feed.own, "self", view.urls[Format.ATOM], MEDIA_TYPES[Format.ATOM])
    # Section 4.1.1: no two alternates of one type and language; the HTML twin is the home page.
    for form in ALTERNATES:
        href = view.home_url if form is Format.HTML else view.urls.get(form, "")
        _link(feed.own, "alternate", href, MEDIA_TYPES[form])
    _link(feed.own, "hub", view.hub_url)
    _link(feed.own, "license", view.licence if is_url(view.licence) else "")
    _history(feed.own, view)
    feed.subtitle(view.description)
    feed.title(view.title)
    feed.own.replace("updated", OPEN.decode())


def _history(own: Any, view: FeedView) -> None:
    # https://www.rfc-editor.org/rfc/rfc5005, sections 2 and 4
    for rel, href in history_links(view.archive, Format.ATOM):
        _link(own, rel, href, MEDIA_TYPES[Format.ATOM])
    if view.archive.number:
        own.mark("fh:archive")
    elif view.complete:
        own.mark("fh:complete")


def _entry(atom: Any, entry: EntryView) -> None:
    # RFC 4287, section 4.1.2
    atom.own.language = entry.language
    for author in entry.authors:
        atom.author(name=author)
    atom.own.add("category", attributes=entry.section and {"term": entry.section})
    atom.own.add("category", attributes=entry.notice and {"term": ARCHIVED, "scheme": ARCHIVE_SCHEME})
    if entry.content_html:
        atom.content(entry.content_html, type="html")
    if entry.credit:
        atom.contributor(name=entry.credit)
    atom.id(entry.id)
    _links(atom, entry)
    atom.own.add("published", rfc3339(entry.published.instant) if entry.published else "")
    atom.own.add("rights", rights_line(entry))
    _source(atom.own, entry)
    # Section 4.1.3.3 lets both be missing, yet some readers then show nothing: a bare link says its title.
    summary = entry.summary or ("" if entry.content_html else entry.title)
    if summary:
        atom.summary(summary)
    atom.title(entry.title)
    atom.own.replace("updated", rfc3339(entry.updated))
    atom.own.add("dcterms:issued", str(entry.issued or ""))
    atom.own.add("syndicate:dates", attributes=own_metadata(entry))
    correction = entry.correction
    if correction:
        atom.own.add("syndicate:correction", correction.note, {"at": rfc3339(correction.at)})


def _links(atom: Any, entry: EntryView) -> None:
    # feedgen wants an alternate link when there is no content; the extension then puts these in its place.
    atom.link(href=entry.url, rel="alternate")
    _link(atom.own, "alternate", entry.url, "text/html")
    for rel, href in origin_links(entry):
        _link(atom.own, rel, href)
    image = entry.image
    if image and entry.image_url and image.size and image.media_type:
        enclosure = _link(atom.own, "enclosure", entry.image_url, image.media_type)
        enclosure.set("length", str(image.size))


def _source(own: Any, entry: EntryView) -> None:
    # Section 4.2.11: id, title and updated. The feed it came from is at least as new as the entry.
    if not entry.source_url:
        return
    source = etree.Element("source")
    own.parts.append(source)
    for name, text in (
        ("id", entry.source_url),
        ("title", entry.source_title or entry.source_url),
        ("updated", rfc3339(entry.updated)),
    ):
        etree.SubElement(source, name).text = text


def _link(own: Any, rel: str, href: str, media_type: str = "") -> Any:
    return own.add("link", attributes=href and {"rel": rel, "type": media_type, "href": href})
