"""readability-lxml as a voter, on a copy of the tree that is there already.

Its steps that serialise every element, or search every name again, are done here once for each: on a page of
nested divisions they would be quadratic.
"""

import logging
from copy import deepcopy
from functools import lru_cache

from lxml.html import HtmlElement, tostring
from readability import Document
from readability.readability import REGEXES, Unparseable

from syndicate.extract.tree import is_inside, remove

logging.getLogger("readability").setLevel(logging.CRITICAL)

# What keeps a division from being a paragraph, and what may stand in one.
DIVIDING = ("blockquote", "dl", "div", "img", "ol", "p", "pre", "picture", "table", "ul")
INLINE = frozenset({
    "a", "b", "cite", "code", "em", "font", "i", "small", "span", "strong", "sub", "sup", "u",
})  # fmt: skip
KEPT_WITHIN = frozenset({"pre", "code"})
KEPT_WITH = ("main", "article", "math")
STAYING = frozenset({"html", "body", *KEPT_WITH})


def by_readability(tree: HtmlElement) -> HtmlElement | None:
    """What readability takes for the article; None where it finds none. The tree stays as it is."""
    reading = _Reading(tree)
    try:
        found = reading.summary(html_partial=True)
    except Unparseable:
        return None
    return reading.html if found.strip() else None


class _Reading(Document):  # type: ignore[misc]
    def _parse(self, given: HtmlElement) -> HtmlElement:
        return deepcopy(given)

    def get_clean_html(self) -> str:
        return str(tostring(self.html, encoding="unicode"))

    def get_link_density(self, element: HtmlElement) -> float:
        everything = _length(element)
        linked = sum(_length(anchor) for anchor in element.iter("a") if anchor is not element)
        return linked / max(everything, 1)

    def remove_unlikely_candidates(self) -> None:
        wanted = _above(self.html, KEPT_WITH)
        for element in list(self.html.iter()):
            named = f"{element.get('class', '')} {element.get('id', '')}"
            if len(named) < 2 or not _is_unlikely(named[:1000]) or element.tag in STAYING:
                continue
            if element not in wanted and not is_inside(element, KEPT_WITHIN):
                remove(element)

    def transform_misused_divs_into_paragraphs(self) -> None:
        divided = _above(self.html, DIVIDING)
        divisions = list(self.html.iter("div"))
        for division in divisions:
            if division not in divided:
                division.tag = "p"
        for division in divisions:
            if division.tag == "div":
                _wrap_loose(division, divided)


def _wrap_loose(division: HtmlElement, divided: set[HtmlElement]) -> None:
    """Text and inline elements that stand between blocks become paragraphs; a break begins a new one."""
    children = list(division)
    paragraph = _paragraph(division, division.text)
    division.text = None
    if paragraph is not None:
        division.insert(0, paragraph)
    for child in children:
        if child.tag in INLINE and child not in divided:
            if paragraph is None:
                paragraph = division.makeelement("p")
                child.addprevious(paragraph)
            paragraph.append(child)
            continue
        tail, child.tail = child.tail, None
        paragraph = _paragraph(division, tail)
        if paragraph is not None:
            child.addnext(paragraph)
        if child.tag == "br":
            division.remove(child)


def _paragraph(division: HtmlElement, text: str | None) -> HtmlElement | None:
    if not (text or "").strip():
        return None
    paragraph = division.makeelement("p")
    paragraph.text = text
    return paragraph


def _above(tree: HtmlElement, tags: tuple[str, ...]) -> set[HtmlElement]:
    """The elements that hold one of these tags."""
    found: set[HtmlElement] = set()
    for element in tree.iter(*tags):
        parent = element.getparent()
        while parent is not None and parent not in found:
            found.add(parent)
            parent = parent.getparent()
    return found


def _length(element: HtmlElement) -> int:
    return len(" ".join("".join(element.itertext()).split()))


@lru_cache(maxsize=4096)
def _is_unlikely(named: str) -> bool:
    unlikely = REGEXES["unlikelyCandidatesRe"].search(named)
    return bool(unlikely) and not REGEXES["okMaybeItsACandidateRe"].search(named)
