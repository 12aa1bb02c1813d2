"""The page as one row of text blocks, read in a single pass: what the own extractor weighs."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from lxml.html import HtmlElement, tostring

from syndicate.extract.tree import BLOCK_TAGS, CHROME_TAGS, HEADINGS, count_words, is_sentence

PROSE_WORDS, SENTENCE_WORDS = 12, 5
MOSTLY_LINKED = 0.5
# What authors of pages call the parts that stand beside a story, as whole words of a class or an id.
APART = re.compile(
    r"(?:^|[\s_-])(?:ads?|advert\w*|sponsor\w*|promo\w*|banner|outbrain|taboola|related\w*|recommend\w*|more-?(?:on|from)"
    r"|read-?(?:more|next|also)|recirc\w*|trending|popular|most-?(?:read|viewed)|latest|sidebar|side-?bar|rail"
    r"|aside|comments?|disqus|respond|replies|newsletters?|subscri\w+|sign-?up|signup|donat\w+|share|sharing"
    r"|shar(?:e|ing)-?\w*|social\w*|follow|toolbar|tools|footer|foot|masthead|menu|nav\w*|breadcrumbs?|crumbs"
    r"|pagination|pager|tags?|taxonomy|topics?|author-?(?:bio|box|info)|bio|byline|dateline|timestamp|caption"
    r"|copyright|disclaimer|cookies?|consent|gdpr|modal|popup|overlay|skip|credits?)(?=$|[\s_-])",
    re.IGNORECASE,
)
APART_ROLES = frozenset(
    {"navigation", "complementary", "contentinfo", "banner", "search", "dialog", "menu", "alert"}
)


@dataclass(frozen=True, kw_only=True)
class Block:
    """A piece of text that no other block divides. `element` is what it is, or, where it stands loose among
    other blocks, what holds it; `run` has its parts then. `apart` are its containers that are named as
    something beside a story.
    """

    element: HtmlElement
    text: str
    linked: int
    run: tuple[HtmlElement | str, ...] = ()
    apart: tuple[HtmlElement, ...] = ()

    @cached_property
    def words(self) -> int:
        """How many words it has."""
        return count_words(self.text)

    @property
    def is_heading(self) -> bool:
        """Whether it is marked up as a heading."""
        return self.element.tag in HEADINGS

    @cached_property
    def is_linked(self) -> bool:
        """Whether more than half of it leads elsewhere."""
        return self.linked > MOSTLY_LINKED * len(self.text)

    @cached_property
    def is_prose(self) -> bool:
        """Whether it reads as part of a story: sentences, or a long paragraph, that are no links."""
        if self.is_heading or self.is_linked or self.words < SENTENCE_WORDS:
            return False
        return self.words >= PROSE_WORDS or is_sentence(self.text)


@dataclass(frozen=True, slots=True)
class _Within:
    """What a part of the page stands in: a link; elements that are named as something beside a story."""

    linked: bool = False
    apart: tuple[HtmlElement, ...] = ()

    def inside(self, element: HtmlElement) -> "_Within":
        is_link, is_apart = element.tag == "a", _is_apart(element)
        if not (is_link or is_apart):
            return self
        return _Within(self.linked or is_link, (*self.apart, element) if is_apart else self.apart)


def read_blocks(tree: HtmlElement) -> list[Block]:
    """Every block of the page with text, in order. The page may nest no deeper than `tree` reads it."""
    found: list[Block] = []
    body = tree.find("body")
    start = tree if body is None else body
    _walk(start, _holders(start), found, _Within())
    return found


def _holders(tree: HtmlElement) -> set[HtmlElement]:
    held: set[HtmlElement] = set()
    for element in tree.iter(*BLOCK_TAGS):
        parent = element.getparent()
        while parent is not None and parent not in held:
            held.add(parent)
            parent = parent.getparent()
    return held


def _walk(element: HtmlElement, holders: set[HtmlElement], found: list[Block], within: _Within) -> None:
    loose: list[HtmlElement | str] = [element.text] if element.text else []
    for child in element:
        is_holder = child in holders
        if is_holder or child.tag in BLOCK_TAGS:
            if loose:
                _flush(loose, element, found, within)
            inside = within.inside(child)
            if is_holder:
                _walk(child, holders, found, inside)
            else:
                _add(found, child, inside)
        else:
            loose.append(child)
        if (tail := child.tail) and (loose or not tail.isspace()):
            loose.append(tail)
    if loose:
        _flush(loose, element, found, within)


def _add(found: list[Block], element: HtmlElement, within: _Within) -> None:
    text = " ".join(_text(element).split())
    if text:
        linked = len(text) if within.linked else _linked(element)
        found.append(Block(element=element, text=text, linked=linked, apart=within.apart))


def _flush(loose: list[HtmlElement | str], holder: HtmlElement, found: list[Block], within: _Within) -> None:
    parts = tuple(loose)
    loose.clear()
    text = " ".join("".join(_texts(parts)).split())
    if text:
        anchors = (_linked(part) for part in parts if not isinstance(part, str))
        linked = len(text) if within.linked else sum(anchors)
        found.append(Block(element=holder, text=text, linked=linked, run=parts, apart=within.apart))


def _texts(parts: Sequence[HtmlElement | str]) -> list[str]:
    return [part if isinstance(part, str) else _text(part) for part in parts]


def _text(element: HtmlElement) -> str:
    if not len(element):
        return element.text or ""
    return str(tostring(element, method="text", encoding="unicode", with_tail=False))


def _linked(element: HtmlElement) -> int:
    if not len(element):
        return len(_text(element).strip()) if element.tag == "a" else 0
    return sum(len("".join(anchor.itertext()).strip()) for anchor in element.iter("a"))


def _is_apart(element: HtmlElement) -> bool:
    if element.tag in CHROME_TAGS or element.get("role") in APART_ROLES:
        return True
    classes, name = element.get("class"), element.get("id")
    return bool(classes and names_apart(classes)) or bool(name and names_apart(name))


@lru_cache(maxsize=4096)
def names_apart(named: str) -> bool:
    """Whether a class or an id says that this stands beside a story."""
    return bool(APART.search(named[:500]))
