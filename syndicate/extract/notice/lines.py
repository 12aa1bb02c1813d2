"""The page as lines: each block that holds no other, and each stretch of loose text between blocks."""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from itertools import islice

from lxml.html import HtmlElement

from syndicate.extract.tree import BLOCK_TAGS, text_of

# A block of more characters whose lines are told apart by breaks is several lines.
LONG = 500
BOUNDS = BLOCK_TAGS | {"br"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Text that no block divides. `element` holds it alone; loose text lies in `holder` instead, from behind
    `behind` (None: from the beginning) through the `inline` elements.
    """

    text: str
    holder: HtmlElement
    element: HtmlElement | None = None
    behind: HtmlElement | None = None
    inline: tuple[HtmlElement, ...] = ()

    @property
    def tag(self) -> str:
        """The tag of the element that it fills; empty for loose text."""
        return str(self.element.tag) if self.element is not None else ""

    @property
    def shape(self) -> tuple[str, str, str, str]:
        """Tag and class of it and of what is around it: alike for the paragraphs of one text."""
        own = (self.tag, self.element.get("class") or "") if self.element is not None else ("", "")
        return (*own, str(self.holder.tag), self.holder.get("class") or "")

    @property
    def anchors(self) -> list[HtmlElement]:
        """The links in it, and the one around it."""
        places = (self.element,) if self.element is not None else self.inline
        around = [up for up in (self.holder, *islice(self.holder.iterancestors(), 4)) if up.tag == "a"]
        return around + [anchor for place in places for anchor in place.iter("a", "area")]

    @property
    def stands(self) -> bool:
        """Whether it is still where it was read."""
        if self.element is not None:
            return self.element.getparent() is self.holder
        return self.behind is None or self.behind.getparent() is self.holder

    def as_element(self) -> HtmlElement:
        """The element that holds it alone; loose text is put into one."""
        if self.element is not None:
            return self.element
        wrapper = self.holder.makeelement("div")
        if self.behind is None:
            wrapper.text, self.holder.text = self.holder.text, None
            self.holder.insert(0, wrapper)
        else:
            wrapper.text, self.behind.tail = self.behind.tail, None
            self.behind.addnext(wrapper)
        for element in self.inline:
            wrapper.append(element)
        return wrapper


def lines_of(tree: HtmlElement) -> list[Line]:
    """Every line of the page with words, in the page's order."""
    holders = _holders(tree)
    found: list[Line] = []
    for element in tree.iter(*BLOCK_TAGS):
        if element in holders:
            found.extend(_loose(element, holders, BLOCK_TAGS))
            continue
        text = text_of(element)
        if len(text) > LONG and element.find("br") is not None:
            found.extend(_loose(element, holders, BOUNDS))
        elif text and (parent := element.getparent()) is not None:
            found.append(Line(text=text, holder=parent, element=element))
    # Old pages put blocks into <font>, and text beside them.
    for element in holders:
        if element.tag not in BLOCK_TAGS:
            found.extend(_loose(element, holders, BLOCK_TAGS))
    return found


def _holders(tree: HtmlElement) -> dict[HtmlElement, None]:
    """The elements that hold blocks."""
    held: dict[HtmlElement, None] = {}
    for element in tree.iter(*BLOCK_TAGS):
        parent = element.getparent()
        while parent is not None and parent not in held:
            held[parent] = None
            parent = parent.getparent()
    return held


def _loose(holder: HtmlElement, holders: dict[HtmlElement, None], bounds: Set[str]) -> Iterator[Line]:
    behind: HtmlElement | None = None
    inline: list[HtmlElement] = []
    parts = [holder.text or ""]
    for child in holder:
        if child.tag in bounds or child in holders:
            if text := " ".join("".join(parts).split()):
                yield Line(text=text, holder=holder, behind=behind, inline=tuple(inline))
            behind, inline, parts = child, [], [child.tail or ""]
        else:
            inline.append(child)
            parts += [text_of(child), child.tail or ""]
    if text := " ".join("".join(parts).split()):
        yield Line(text=text, holder=holder, behind=behind, inline=tuple(inline))
