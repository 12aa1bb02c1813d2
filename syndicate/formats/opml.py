"""OPML 2.0, http://opml.org/spec2.opml: the list of our feeds, for a reader to import at once.

An outline has one address for readers; those of the other formats stand beside it in our own namespace, as
the specification's part on extending OPML has it.
"""

from collections.abc import Iterable

from lxml import etree

from syndicate.formats.entry import METADATA
from syndicate.formats.html import plain
from syndicate.model.feed import FeedView, Format

OTHERS = (Format.ATOM, Format.JSON, Format.NINJS)


def write_list(title: str, feeds: Iterable[FeedView]) -> bytes:
    """Render the feeds as OPML, UTF-8, in the order given; without a date, so that equal lists are equal."""
    opml = etree.Element("opml", version="2.0", nsmap={"syndicate": METADATA})
    head = etree.SubElement(opml, "head")
    etree.SubElement(head, "title").text = plain(title)
    body = etree.SubElement(opml, "body")
    for feed in feeds:
        etree.SubElement(body, "outline", _outline(feed))
    return etree.tostring(opml, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _outline(feed: FeedView) -> dict[str, str]:
    # http://opml.org/spec2.opml#subscriptionLists
    said = {
        "text": feed.title,
        "type": "rss",
        "xmlUrl": feed.urls[Format.RSS],
        "description": feed.description,
        "htmlUrl": feed.home_url,
        "language": feed.language,
        "title": feed.title,
        "version": "RSS2",
    }
    said |= {f"{{{METADATA}}}{form}Url": url for form, url in sorted(feed.urls.items()) if form in OTHERS}
    return {name: plain(value) for name, value in said.items() if value}
