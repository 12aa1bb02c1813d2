"""The licence that a feed of ours states for all its entries, read back from the document."""

from lxml import etree

LINK = "{http://www.w3.org/2005/Atom}link"


def licence_of(document: bytes) -> str:
    """The address in the feed's own rel=license (RFC 4946) of an RSS or Atom document, empty without one."""
    try:
        root = etree.fromstring(document, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        return ""
    channel = root.find("channel")
    found = (root if channel is None else channel).find(f"{LINK}[@rel='license']")
    return "" if found is None else str(found.get("href", ""))
