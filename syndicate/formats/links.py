"""The links that a feed document of ours states for itself, read back from it."""

from lxml import etree

LINK = "{http://www.w3.org/2005/Atom}link"


def links_of(document: bytes) -> dict[str, str]:
    """Address by relation of an RSS or Atom document's own links; empty for what is neither."""
    try:
        root = etree.fromstring(document, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        return {}
    channel = root.find("channel")
    found = (root if channel is None else channel).findall(LINK)
    return {str(link.get("rel", "alternate")): str(link.get("href", "")) for link in found}
