"""The short lines beside a heading, where bylines and dates stand, and the times marked among them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from lxml.html import HtmlElement

from syndicate.extract.metadata.surroundings import is_margin
from syndicate.extract.tree import HEADINGS, count_words
from syndicate.formats.html import plain

RIGHTS = re.compile(
    r"©|\(c\)|copyright|all rights|alle rechte|tous droits|derechos|حقوق|права", re.IGNORECASE
)
ABBREVIATED = re.compile(r"(?:[ap]\.\s?m|г|ق\.ظ|ب\.ظ|Uhr|h)\.\s*$", re.IGNORECASE)
UNREAD = frozenset({
    "script", "style", "noscript", "template", "svg", "select", "option", "button", "iframe", "figure",
    "img", "form", "blockquote", "nav", "aside", "footer", "video", "audio", *HEADINGS,
})  # fmt: skip
# A list may hold the labels: "By …", a date, "5 min read".
LISTS = frozenset({"ul", "ol"})
NEAR = 10
LABEL_WORDS, LABEL_CHARACTERS = 22, 400
MAX_PIECES, MAX_PIECE = 400, 2_000
BEFORE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of text, its parts by the elements in it, and the `datetime` attributes of its times."""

    text: str
    parts: tuple[str, ...] = ()
    times: tuple[str, ...] = ()


def lines_beside(main: HtmlElement | None) -> list[Line]:
    """The short lines after the heading up to the first paragraph, then those before it in its container.

    What stands before it elsewhere is the page's head, whose date is the day of the visit.
    """
    if main is None:
        return []
    after: list[Line] = []
    for line in lines_after(main):
        if not _is_short(line) or len(after) >= NEAR:
            break
        after.append(line)
    return [*after, *_before(main)]


def lines_after(main: HtmlElement) -> Iterator[Line]:
    """The lines after a heading, in its container and those around it."""
    return _lines(_pieces_after(main))


def _before(main: HtmlElement) -> list[Line]:
    found: list[Line] = []
    holder = main.getparent()
    while holder is not None and holder.tag in {"hgroup", "header"} and main.getprevious() is None:
        main, holder = holder, holder.getparent()
    if holder is None or holder.tag in {"body", "html"}:
        return []
    for number, element in enumerate(main.itersiblings(preceding=True)):
        if number >= BEFORE or element.tag in {"header", "nav"}:
            break
        found += [line for line in islice(_lines(_pieces(element)), NEAR) if _is_short(line)]
    return found


def _is_short(line: Line) -> bool:
    return len(line.text) <= LABEL_CHARACTERS and count_words(line.text) <= LABEL_WORDS


def _lines(pieces: Iterator[tuple[str, str]]) -> Iterator[Line]:
    """Pieces of text and times put together into lines, ended where a block begins or ends."""
    texts: list[str] = []
    times: list[str] = []
    for number, (kind, value) in enumerate(pieces):
        if kind == "time":
            times.append(value)
            continue
        head, *rest = value[:MAX_PIECE].split("\n")
        texts.append(head)
        for part in rest:
            if line := _line(texts, times):
                yield line
                times = []
            texts = [part]
        if number > MAX_PIECES:
            break
    if line := _line(texts, times):
        yield line


def _line(texts: list[str], times: list[str]) -> Line | None:
    parts = tuple(part for text in texts if (part := plain(" ".join(text.split()))))
    return Line(text=" ".join(parts), parts=parts, times=tuple(times)) if parts or times else None


def _pieces_after(main: HtmlElement) -> Iterator[tuple[str, str]]:
    yield "text", main.tail or "\n"
    for up in (main, *main.iterancestors()):
        if up.tag in {"article", "main", "body"}:
            return
        if up is not main:
            yield "text", up.tail or "\n"
        for sibling in up.itersiblings():
            yield from _pieces(sibling)


def _pieces(element: HtmlElement) -> Iterator[tuple[str, str]]:
    """The texts in and after an element, and its marked times; what labels never stand in is passed over."""
    waiting: list[HtmlElement | str] = [element.tail or "", element]
    while waiting:
        top = waiting.pop()
        if isinstance(top, str):
            yield "text", top
            continue
        if _is_passed_over(top):
            continue
        if top.tag == "time" and top.get("datetime"):
            yield "time", top.get("datetime")
        if top.text:
            yield "text", top.text
        for child in reversed(top):
            waiting += [child.tail or "", child]


def _is_passed_over(element: HtmlElement) -> bool:
    if not isinstance(element.tag, str) or is_margin(element):
        return True
    if element.tag in LISTS:
        return len(element) > NEAR
    return element.tag in UNREAD
