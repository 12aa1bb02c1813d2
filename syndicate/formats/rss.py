"""RSS 2.0, https://www.rssboard.org/rss-specification, with the modules that readers know.

content https://web.resource.org/rss/1.0/modules/content/ · dc https://www.dublincore.org/documents/dces/ ·
dcterms https://www.dublincore.org/specifications/dublin-core/dcmi-terms/ · media
https://www.rssboard.org/media-rss · sy https://web.resource.org/rss/1.0/modules/syndication/ · atom RFC 4287
· fh RFC 5005
"""

from collections.abc import Sequence
from typing import Any

from lxml import etree

from syndicate.formats.dates import rfc822, rfc3339
from syndicate.formats.entry import (
    ARCHIVE_SCHEME,
    ARCHIVED,
    GENERATOR,
    first_published,
    history_links,
    is_url,
    origin_links,
    own_metadata,
    rights_line,
    tidy_entry,
)
from syndicate.formats.feedgen_extension import UNDATED, fragment, new_entry, new_feed, qualified
from syndicate.formats.framing import kept
from syndicate.model.feed import MEDIA_TYPES, EntryView, FeedView, Format
from syndicate.model.item import Timestamp

DOCS = "https://www.rssboard.org/rss-specification"
PREFIXES = ("atom", "content", "dc", "dcterms", "fh", "media", "sy", "syndicate")
PERIODS = (("hourly", 60), ("daily", 1_440), ("weekly", 10_080))
# Where the frame is open, and how it ends.
BUILT = b"    <lastBuildDate>%s</lastBuildDate>\n"
OPEN = b"*"
END = b"  </channel>\n</rss>\n"


def write(view: FeedView) -> bytes:
    """Render a feed as RSS 2.0, UTF-8. Raises ValueError for an entry that cannot be written."""
    return join(view, [write_entry(entry) for entry in view.entries])


def write_entry(entry: EntryView) -> bytes:
    """One item as it stands in any document of ours. Raises ValueError when it cannot be written."""
    entry = tidy_entry(entry)
    item = new_entry()
    _item(item, entry)
    item.own.override(entry.extras)
    return fragment(item.rss_entry(), PREFIXES, depth=2)


def join(view: FeedView, entries: Sequence[bytes]) -> bytes:
    """The document of that view around items written before. RSS knows no tombstones."""
    before, after = _frame(view)
    built = BUILT % rfc822(view.updated).encode() if entries else b""
    return b"".join((before, built, after, *entries, END))


@kept
def _frame(view: FeedView) -> tuple[bytes, bytes]:
    feed = new_feed(PREFIXES)
    _channel(feed, view)
    feed.own.override(view.extras)
    before, _, after = feed.rss_str(pretty=True).partition(BUILT % OPEN)
    return before, after.removesuffix(END)


def _channel(feed: Any, view: FeedView) -> None:
    # https://www.rssboard.org/rss-specification#requiredChannelElements; feedgen takes the last link() of
    # any rel for the channel's, so it is given this one alone.
    feed.title(view.title)
    feed.link(href=view.home_url, rel="alternate")
    feed.description(view.description or view.title)
    feed.language(view.language)
    feed.updated(UNDATED)
    feed.own.add("lastBuildDate", OPEN.decode())
    feed.generator(GENERATOR)
    feed.docs(DOCS)
    feed.ttl(view.ttl_minutes)
    _channel_links(feed.own, view)
    _rhythm(feed.own, view.ttl_minutes)


def _channel_links(own: Any, view: FeedView) -> None:
    # https://www.rssboard.org/rss-profile#namespace-elements-atom-link
    for form in (Format.RSS, Format.ATOM, Format.JSON):
        rel = "self" if form is Format.RSS else "alternate"
        href = view.urls.get(form, "")
        own.add("atom:link", attributes=href and {"href": href, "rel": rel, "type": MEDIA_TYPES[form]})
    own.add("atom:link", attributes=view.hub_url and {"href": view.hub_url, "rel": "hub"})
    own.add("atom:link", attributes=is_url(view.licence) and {"href": view.licence, "rel": "license"})
    _history(own, view)


def _history(own: Any, view: FeedView) -> None:
    # https://www.rfc-editor.org/rfc/rfc5005, sections 2 and 4; atom:link in RSS by its section 1.1.
    for rel, href in history_links(view.archive, Format.RSS):
        own.add("atom:link", attributes={"href": href, "rel": rel, "type": MEDIA_TYPES[Format.RSS]})
    if view.archive.number:
        own.mark("fh:archive")
    elif view.complete:
        own.mark("fh:complete")


def _rhythm(own: Any, minutes: int) -> None:
    # feedgen's own module writes sy:UpdatePeriod, which no reader knows.
    for period, length in PERIODS:
        if minutes > 0 and length % minutes == 0:
            own.add("sy:updatePeriod", period)
            own.add("sy:updateFrequency", str(length // minutes))
            return


def _item(item: Any, entry: EntryView) -> None:
    # https://www.rssboard.org/rss-specification#hrelementsOfLtitemgt
    item.title(entry.title)
    item.link(href=entry.url, rel="alternate")
    item.description(entry.summary)
    item.own.add("category", entry.section)
    item.own.add("category", ARCHIVED if entry.notice else "", entry.notice and {"domain": ARCHIVE_SCHEME})
    item.own.add("enclosure", attributes=_enclosure(entry))
    item.guid(entry.id, permalink=False)
    item.own.add("pubDate", _said_date(entry.published))
    if entry.source_url:
        item.source(url=entry.source_url, title=entry.source_title)
    _modules(item.own, entry)


def _said_date(when: Timestamp | None) -> str:
    # Readers add 1900 to a year below 1000, its zeros or not (RFC 5322, section 4.3); dcterms:issued has it.
    return rfc822(when.instant) if when and when.instant.year >= 1000 else ""


def _modules(own: Any, entry: EntryView) -> None:
    own.add("content:encoded", entry.content_html)
    for author in entry.authors:
        own.add("dc:creator", author)
    own.add("dc:contributor", entry.credit)
    own.add("dc:language", entry.language)
    own.add("dc:rights", rights_line(entry))
    # W3CDTF can say a day alone, which pubDate cannot; of a replay this is the original's date.
    own.add("dcterms:issued", str(first_published(entry) or ""))
    changed = "" if entry.updated_inferred else rfc3339(entry.updated)
    own.add("dcterms:modified", changed)
    _expiry(own, entry)
    own.add("atom:updated", changed)
    for rel, href in origin_links(entry):
        own.add("atom:link", attributes={"href": href, "rel": rel})
    _media(own, entry)
    own.add("syndicate:dates", attributes=own_metadata(entry))
    correction = entry.correction
    if correction:
        own.add("syndicate:correction", correction.note, {"at": rfc3339(correction.at)})


def _expiry(own: Any, entry: EntryView) -> None:
    # https://www.dublincore.org/specifications/dublin-core/dcmi-period/, and Media RSS's own word for it:
    # https://www.rssboard.org/media-rss#media-status
    if entry.expired is not None:
        own.add("dcterms:valid", f"end={rfc3339(entry.expired)}; scheme=W3C-DTF")
        own.add("media:status", attributes={"state": "deleted"})


def _media(own: Any, entry: EntryView) -> None:
    # https://www.rssboard.org/media-rss#media-content; outside any media:group, which needs two or more.
    image = entry.image
    if not image or not entry.image_url:
        return
    said = {
        "url": entry.image_url,
        "fileSize": str(image.size or ""),
        "type": image.media_type,
        "medium": "image",
        "width": str(image.width or ""),
        "height": str(image.height or ""),
    }
    content = own.add("media:content", attributes=said)
    if image.alt:
        etree.SubElement(content, qualified("media:description"), {"type": "plain"}).text = image.alt


def _enclosure(entry: EntryView) -> dict[str, str]:
    # https://www.rssboard.org/rss-specification#ltenclosuregtSubelementOfLtitemgt: all three, or none.
    image = entry.image
    if not (image and entry.image_url and image.size and image.media_type):
        return {}
    return {"url": entry.image_url, "length": str(image.size), "type": image.media_type}
