"""The article's body: trafilatura's choice, else readability's; then what is no body goes.

trafilatura is read as a tree, since its text output loses ZWNJ and bidi marks (requirement C6).
"""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import trafilatura
from lxml import etree
from lxml.html import HtmlElement, fromstring, tostring
from readability import Document

from syndicate.extract.credit import as_credit
from syndicate.extract.lexicon import BYLINE, PROMOTION, contains
from syndicate.extract.picture import file_name
from syndicate.extract.tree import BLOCK_TAGS, HEADINGS, count_words, is_inside, is_sentence, text_of
from syndicate.formats.dates import ambiguous_date, read_date
from syndicate.formats.html import sanitize
from syndicate.formats.html import text_of as text_of_html
from syndicate.formats.months import fold

# Both tell of every page they can do nothing with; our warnings say it per page instead.
for _name in ("trafilatura", "readability"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)

# What parsers of others' pages have been seen to raise on broken input.
FAILURES = (
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    AssertionError,
    RecursionError,
    etree.LxmlError,
)

TAGS = {
    "head": "h2",
    "item": "li",
    "quote": "blockquote",
    "lb": "br",
    "row": "tr",
    "graphic": "img",
    "ref": "a",
}
RENDITIONS = {"#b": "strong", "#i": "em", "#u": "u", "#t": "code", "#sub": "sub", "#sup": "sup"}
BLANKS = re.compile(r"[ \t\r\n\f]+")
WHOLE = frozenset({"p", "blockquote", "ul", "ol", "dl", "pre", "table", "figure", "img"}) | HEADINGS
FEW_WORDS = 40
AT_TOP = 6
# A paragraph that is one link leads elsewhere; at the end of an article so does one that is mostly a link.
LINKED, LINKED_AT_END = 0.95, 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What stands beside a body and is not part of it."""

    headline: str = ""
    section: str = ""
    authors: tuple[str, ...] = ()
    image_url: str = ""


def extract_body(tree: HtmlElement, *, base: str, around: Around, fast: bool = False) -> tuple[str, str]:
    """The body as sanitised HTML and as text, one paragraph a line with a blank line between.

    Both are empty when the page has no article. `fast` skips the second opinion.
    """
    body = _by_trafilatura(tree, fast=fast)
    best = _finish(body, base, around)
    if count_words(best[1]) < FEW_WORDS and not fast:
        other = _finish(_by_readability(tree), base, around)
        best = max(best, other, key=lambda found: count_words(found[1]))
    return best


def _by_trafilatura(tree: HtmlElement, *, fast: bool) -> HtmlElement | None:
    try:
        found = trafilatura.bare_extraction(
            tree,
            fast=fast,
            include_comments=False,
            include_formatting=True,
            include_links=True,
            include_images=True,
            output_format="xml",
        )
    except FAILURES:
        return None
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
        else:
            element.tag = TAGS.get(element.tag, element.tag)
        if target := element.get("target"):
            element.set("href", target)
    return body


def _by_readability(tree: HtmlElement) -> HtmlElement | None:
    try:
        summary = Document(tostring(tree, encoding="unicode")).summary(html_partial=True)
        return fromstring(summary) if summary.strip() else None
    except FAILURES:
        return None


def _finish(body: HtmlElement | None, base: str, around: Around) -> tuple[str, str]:
    if body is None:
        return "", ""
    kept = _trim_top(_trim_end(_blocks_of(body)), around)
    kept = [block for block in kept if not _is_beside(block, around)]
    for block in kept:
        _tidy(block)
    html = sanitize("\n".join(_serialise(block) for block in kept), base_url=base)
    return html, text_of_html(html)


def _tidy(block: HtmlElement) -> None:
    """One blank for a run of them, and no blanks and breaks at the ends of a paragraph."""
    for element in block.iter(etree.Element):
        if not is_inside(element, ("pre",)):
            element.text = BLANKS.sub(" ", element.text or "")
        if element is not block and not is_inside(element.getparent(), ("pre",)):
            element.tail = BLANKS.sub(" ", element.tail or "")
    for element in block.iter(*(BLOCK_TAGS - {"pre"})):
        _trim_ends(element)


def _trim_ends(element: HtmlElement) -> None:
    element.text = (element.text or "").lstrip(" ")
    while len(element) and element[0].tag == "br" and not element.text:
        element.text = (element[0].tail or "").lstrip(" ")
        element.remove(element[0])
    while len(element) and element[-1].tag == "br" and not (element[-1].tail or "").strip(" "):
        element.remove(element[-1])
    if len(element):
        element[-1].tail = (element[-1].tail or "").rstrip(" ")
    else:
        element.text = element.text.rstrip(" ")


def _blocks_of(body: HtmlElement) -> list[HtmlElement]:
    """The body's paragraphs, lists, quotes, tables and pictures in order, out of whatever held them."""
    found: list[HtmlElement] = []
    loose: list[HtmlElement | str] = [body.text or ""]

    def flush() -> None:
        if (paragraph := _paragraph(loose)) is not None:
            found.append(paragraph)
        loose.clear()

    for child in body:
        if child.tag in WHOLE:
            flush()
            found.extend(_split_breaks(child))
        elif any(element.tag in WHOLE or element.tag in BLOCK_TAGS for element in child.iter()):
            flush()
            found.extend(_blocks_of(child))
        else:
            loose.append(child)
        loose.append(child.tail or "")
    flush()
    return [
        block for block in found if block.tag == "img" or text_of(block) or block.find(".//img") is not None
    ]


def _paragraph(loose: Sequence[HtmlElement | str]) -> HtmlElement | None:
    parts = [escape(part, quote=False) if isinstance(part, str) else _serialise(part) for part in loose]
    inner = "".join(parts).strip()
    return fromstring(f"<p>{inner}</p>") if inner else None


def _split_breaks(block: HtmlElement) -> list[HtmlElement]:
    """One paragraph per line where breaks stand in for paragraphs."""
    breaks = list(block.iterchildren("br"))
    if block.tag != "p" or len(breaks) < 2:
        return [block]
    parts: list[list[HtmlElement | str]] = [[block.text or ""]]
    for child in block:
        if child.tag == "br":
            parts.append([])
        else:
            parts[-1].append(child)
        parts[-1].append(child.tail or "")
    return [paragraph for part in parts if (paragraph := _paragraph(part)) is not None]


def _serialise(element: HtmlElement) -> str:
    return str(tostring(element, encoding="unicode", with_tail=False))


def _trim_top(blocks: list[HtmlElement], around: Around) -> list[HtmlElement]:
    """Without the headline, and without the crumbs, labels and bylines that stand before and after it."""
    wanted = _letters(around.headline)
    at = next((i for i, b in enumerate(blocks[:AT_TOP]) if wanted and _letters(text_of(b)) == wanted), None)
    if at is not None:
        before = [
            block for block in blocks[:at] if is_sentence(text_of(block)) or block.tag in {"img", "figure"}
        ]
        blocks = [*before, *blocks[at + 1 :]]
    top = [block for block in blocks[:AT_TOP] if not _is_label(block, around)]
    return [*top, *blocks[AT_TOP:]]


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", fold(text))


def _is_label(block: HtmlElement, around: Around) -> bool:
    text = text_of(block)
    if not text or count_words(text) > 20 or is_sentence(text) or block.tag in HEADINGS:
        return False
    folded = fold(text)
    if folded == fold(around.section) or any(fold(author) in folded for author in around.authors):
        return True
    dated = read_date(text) is not None or bool(ambiguous_date(text))
    return bool(BYLINE.match(text)) or (count_words(text) <= 12 and dated)


def _trim_end(blocks: list[HtmlElement]) -> list[HtmlElement]:
    """Without headings that head nothing, and links and labels after the last sentence."""
    kept = list(blocks)
    while kept and _ends_nothing(kept[-1]):
        kept.pop()
    return kept


def _ends_nothing(block: HtmlElement) -> bool:
    text = text_of(block)
    if block.tag in HEADINGS:
        return True
    if block.tag != "p" or not text:
        return False
    if (count_words(text) <= 8 and not is_sentence(text)) or _linked_share(block) > LINKED_AT_END:
        return True
    return count_words(text) <= 40 and contains(PROMOTION, text)


def _linked_share(block: HtmlElement) -> float:
    linked = sum(len(text_of(anchor)) for anchor in block.iter("a"))
    return linked / max(1, len(text_of(block)))


def _is_beside(block: HtmlElement, around: Around) -> bool:
    text = text_of(block)
    if block.tag in {"img", "figure"}:
        return _is_lead_image(block, around.image_url)
    if not _letters(text) or (block.tag == "p" and count_words(text) >= 4 and _linked_share(block) > LINKED):
        return True
    return bool(as_credit(text))


def _is_lead_image(block: HtmlElement, url: str) -> bool:
    name = file_name(url)
    return bool(name) and any(file_name(img.get("src") or "") == name for img in block.iter("img"))
