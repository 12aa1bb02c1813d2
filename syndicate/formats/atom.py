"""Atom 1.0, https://www.rfc-editor.org/rfc/rfc4287."""

from typing import Any

from lxml import etree

from syndicate.formats.dates import rfc3339
from syndicate.formats.entry import (
    ARCHIVE_SCHEME,
    ARCHIVED,
    GENERATOR,
    is_url,
    own_metadata,
    rights_line,
    tidy,
)
from syndicate.formats.feedgen_extension import new_entry, new_feed
from syndicate.model.feed import MEDIA_TYPES, EntryView, FeedView, Format

ALTERNATES = (Format.HTML, Format.RSS, Format.JSON)


def write(view: FeedView) -> bytes:
    """Render a feed as Atom 1.0, UTF-8. Raises ValueError for an entry that cannot be written."""
    view = tidy(view)
    feed = new_feed(("syndicate",))
    _feed(feed, view)
    for entry in view.entries:
        _entry(new_entry(feed), entry)
    data: bytes = feed.atom_str(pretty=True)
    return data


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
    feed.subtitle(view.description)
    feed.title(view.title)
    feed.updated(view.updated)


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
    if entry.summary:
        atom.summary(entry.summary)
    atom.title(entry.title)
    atom.updated(entry.updated)
    atom.own.add("syndicate:dates", attributes=own_metadata(entry))


def _links(atom: Any, entry: EntryView) -> None:
    # feedgen wants an alternate link when there is no content; the extension then puts these in its place.
    atom.link(href=entry.url, rel="alternate")
    _link(atom.own, "alternate", entry.url, "text/html")
    if entry.notice:
        _link(atom.own, "related", entry.notice.successor_url)
        _link(atom.own, "via", entry.original_url)
    _link(atom.own, "license", entry.licence if is_url(entry.licence) else "")
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
