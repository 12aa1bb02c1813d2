"""The paragraphs of a body: what each voter gives, as one row of blocks of the same form."""

import re
from collections.abc import Iterable

from lxml import etree
from lxml.html import Element, HtmlElement, tostring

from syndicate.extract.tree import BLOCK_TAGS, HEADINGS, is_inside, text_of

ASCII_BLANKS = " \t\r\n\f"
WIDER = ("\n", "  ", "\t", "\r", "\f")
BLANKS = re.compile(r"[ \t\r\n\f]+")
STRONG = {"b": "strong", "i": "em"}
TRIMMED = BLOCK_TAGS - {"pre"}
WHOLE = frozenset({"p", "blockquote", "ul", "ol", "dl", "pre", "table", "figure", "img"}) | HEADINGS
# A table of which one cell has this much of the text lays a page out.
MOST = 0.6
LAID_OUT = ("h1", "h2", "h3", "article", "section", "nav", "form")


def paragraphs(body: HtmlElement) -> list[HtmlElement]:
    """The body's paragraphs, lists, quotes, tables and pictures in order, out of whatever held them, which is
    taken apart.
    """
    found: list[HtmlElement] = []
    _gather(body, _holders(body), found)
    return [block for block in found if block.tag == "img" or _has_content(block)]


def is_layout(table: HtmlElement) -> bool:
    """Whether a table lays a page out rather than telling data."""
    if table.get("role") in {"presentation", "none"}:
        return True
    if next((inner for inner in table.iter("table", *LAID_OUT) if inner is not table), None) is not None:
        return True
    cells = [len(text_of(cell)) for cell in table.iter("td", "th")]
    return len(cells) < 2 or max(cells) > MOST * len(text_of(table))


def tidy(block: HtmlElement) -> None:
    """One blank for a run of them, and no blanks and breaks at the ends of a paragraph."""
    kept = set(block.iter("pre"))
    if is_inside(block, ("pre",)):
        return
    for pre in list(kept):
        kept.update(pre.iterdescendants())
    for element in block.iter(etree.Element):
        if element.tag in STRONG:
            element.tag = STRONG[element.tag]
        if element not in kept and element.text:
            element.text = _narrowed(element.text)
        if element is not block and element.tail and element.getparent() not in kept:
            element.tail = _narrowed(element.tail)
    for element in block.iter(*TRIMMED):
        _trim_ends(element)


def _narrowed(text: str) -> str:
    # Most have none, which is asked faster than the pattern finds out.
    return BLANKS.sub(" ", text) if any(blanks in text for blanks in WIDER) else text


def serialise(element: HtmlElement) -> str:
    """The element alone, without the text after it."""
    return str(tostring(element, encoding="unicode", with_tail=False))


def paragraph_of(parts: Iterable[HtmlElement | str]) -> HtmlElement:
    """A paragraph of these texts and inline elements, which move there without what follows them."""
    paragraph = Element("p")
    for part in parts:
        if not isinstance(part, str):
            part.tail = None
            paragraph.append(part)
        elif len(paragraph):
            paragraph[-1].tail = (paragraph[-1].tail or "") + part
        else:
            paragraph.text = (paragraph.text or "") + part
    return paragraph


def _gather(holder: HtmlElement, holders: set[HtmlElement], found: list[HtmlElement]) -> None:
    loose: list[HtmlElement | str] = [holder.text or ""]
    for child in list(holder):
        tail = child.tail or ""
        whole = child.tag in WHOLE and not (child.tag == "table" and is_layout(child))
        if whole or child in holders or child.tag in BLOCK_TAGS:
            _flush(loose, found)
        if whole:
            found.extend(_split_breaks(child))
        elif child in holders or child.tag in BLOCK_TAGS:
            _gather(child, holders, found)
        else:
            loose.append(child)
        loose.append(tail)
    _flush(loose, found)


def _holders(body: HtmlElement) -> set[HtmlElement]:
    held: set[HtmlElement] = set()
    for element in body.iter(*(WHOLE | BLOCK_TAGS)):
        parent = element.getparent()
        while parent is not None and parent not in held:
            held.add(parent)
            parent = parent.getparent()
    return held


def _flush(loose: list[HtmlElement | str], found: list[HtmlElement]) -> None:
    if any(not isinstance(part, str) or part.strip() for part in loose):
        found.append(paragraph_of(loose))
    loose.clear()


def _split_breaks(block: HtmlElement) -> list[HtmlElement]:
    """One paragraph per line where breaks stand in for paragraphs."""
    if block.tag == "p":
        _trim_ends(block)
    if block.tag != "p" or len(block.findall("br")) < 2:
        return [block]
    parts: list[list[HtmlElement | str]] = [[block.text or ""]]
    for child in list(block):
        tail = child.tail or ""
        if child.tag == "br":
            parts.append([])
        else:
            parts[-1].append(child)
        parts[-1].append(tail)
    return [paragraph_of(part) for part in parts]


def _has_content(block: HtmlElement) -> bool:
    return bool("".join(block.itertext()).strip()) or block.find(".//img") is not None


def _trim_ends(element: HtmlElement) -> None:
    element.text = (element.text or "").lstrip(ASCII_BLANKS)
    while len(element) and element[0].tag == "br" and not element.text:
        element.text = (element[0].tail or "").lstrip(ASCII_BLANKS)
        element.remove(element[0])
    while len(element) and element[-1].tag == "br" and not (element[-1].tail or "").strip(ASCII_BLANKS):
        element.remove(element[-1])
    if len(element):
        element[-1].tail = (element[-1].tail or "").rstrip(ASCII_BLANKS)
    else:
        element.text = element.text.rstrip(ASCII_BLANKS)
