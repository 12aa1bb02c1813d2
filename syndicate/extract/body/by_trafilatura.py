"""trafilatura as a voter, read as a tree: its text output loses ZWNJ and bidi marks (requirement C6)."""

import logging

import trafilatura
from lxml import etree
from lxml.html import HtmlElement

from syndicate.extract.tree import HEADINGS

# It tells of every page it can do nothing with; our warnings say it per page instead.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)

TAGS = {
    "item": "li",
    "quote": "blockquote",
    "lb": "br",
    "row": "tr",
    "graphic": "img",
    "ref": "a",
}
RENDITIONS = {"#b": "strong", "#i": "em", "#u": "u", "#t": "code", "#sub": "sub", "#sup": "sup"}


def by_trafilatura(tree: HtmlElement) -> HtmlElement | None:
    """What trafilatura takes for the article, as HTML; None where it finds none. The tree stays as it is.

    Its fast mode does without the readability and justext inside it: readability votes here by itself.
    """
    found = trafilatura.bare_extraction(
        tree,
        fast=True,
        include_comments=False,
        include_formatting=True,
        include_links=True,
        include_images=True,
        output_format="xml",
    )
    body = getattr(found, "body", None)
    return _as_html(body) if body is not None else None


def _as_html(body: HtmlElement) -> HtmlElement:
    for element in body.iter(etree.Element):
        rendition = element.get("rend") or ""
        if element.tag == "list":
            element.tag = "ol" if rendition == "ol" else "ul"
        elif element.tag == "hi":
            element.tag = RENDITIONS.get(rendition, "span")
        elif element.tag == "head":
            element.tag = rendition if rendition in HEADINGS - {"h1"} else "h2"
        elif element.tag == "cell":
            element.tag = "th" if element.get("role") == "head" else "td"
        elif element.tag in TAGS:
            element.tag = TAGS[element.tag]
        if target := element.get("target"):
            element.set("href", target)
    return body
