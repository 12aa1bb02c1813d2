"""Cards that lead to other stories: no part of the article, but worth knowing."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, takewhile

from lxml.html import HtmlElement

from syndicate.extract.briefs.scope import scope_of
from syndicate.extract.briefs.unit import Unit, is_more, label_of
from syndicate.extract.lexicon.related import RELATED, RELATED_STEMS
from syndicate.extract.lexicon.words import matches
from syndicate.extract.naming_lines import elements_that_say
from syndicate.extract.segments import Segment, drop, segments_of
from syndicate.extract.tree import (
    HEADINGS,
    address,
    count_words,
    remove_with_shell,
    text_of,
)
from syndicate.formats.html import plain

HEADING_CHARACTERS, HEADING_WORDS = 60, 8
TITLE_WORDS, MOST_TITLE_WORDS = 3, 40
PROSE_WORDS = 12
MOST_HEADINGS, MOST_LINKS, MOST_ELEMENTS = 40, 200, 1000
MOST_CONTAINERS = 100
NO_STORY = re.compile(
    r"/(?:authors?|by|staff|people|profiles?|tags?|topics?|categor(?:y|ies))/|^#", re.IGNORECASE
)
NAMED_SO = re.compile(
    r"(?:^|[\s_-])(?:related|recommended|recommendations?|read-?also|more-?(?:stories|news|articles|on|from)"
    r"|most-?(?:read|popular|viewed)|popular|trending|also-?read|see-?also|readnext|read-?next|up-?next"
    r"|outbrain|taboola)(?:$|[\s_-])",
    re.IGNORECASE,
)
LONGEST_NAME = 400
NAMEABLE = ("div", "section", "aside", "ul", "ol", "table", "nav")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A card of another story: its text on one line, and where it leads, absolute."""

    text: str
    url: str


def take_related(tree: HtmlElement, *, base: str) -> tuple[Link, ...]:
    """The cards of other stories, once each in the page's order; they leave the tree with their headings."""
    found: list[Link] = []
    headings = elements_that_say(tree, _names_related, stems=RELATED_STEMS)
    for heading in headings[:MOST_HEADINGS]:
        if heading.getparent() is None or len(found) > MOST_LINKS:
            continue
        cards = _cards_under(heading)
        if cards:
            found += _links(cards, base)
            drop(cards)
            remove_with_shell(heading)
    for container in list(islice(_named_so(tree), MOST_CONTAINERS)):
        if container.getparent() is not None and _is_all_cards(container):
            found += _links(segments_of(container), base)
            remove_with_shell(container)
    return tuple({link.url: link for link in reversed(found)}.values())[::-1]


def _names_related(text: str) -> bool:
    bare = text.strip(" :=-–—_*#")
    return len(bare) <= HEADING_CHARACTERS and count_words(bare) <= HEADING_WORDS and matches(RELATED, bare)


def _cards_under(heading: HtmlElement) -> list[Segment]:
    """What a heading stands over as far as it is links; empty where that is no card."""
    scope, _ = scope_of(heading)
    cards = list(takewhile(_leads_elsewhere, scope))
    while cards and not cards[-1].is_linked:
        cards.pop()
    if sum(_leads_on(card) for card in cards) * 2 > len(cards):
        return cards
    titles = [a for card in cards for a in card.all("a") if count_words(text_of(a)) >= TITLE_WORDS]
    return cards if titles and _linked_words(cards) * 2 >= sum(card.words for card in cards) else []


def _leads_on(card: Segment) -> bool:
    return any(is_more(label_of(anchor)) for anchor in card.all("a"))


def _leads_elsewhere(segment: Segment) -> bool:
    """Whether a segment could be of a card: linked, or a label, or the picture of one."""
    if segment.block is not None and segment.block.tag in HEADINGS and not segment.is_linked:
        return False
    return segment.is_linked or segment.words < PROSE_WORDS


def _linked_words(segments: Iterable[Segment]) -> int:
    return sum(count_words(text_of(a)) for segment in segments for a in segment.all("a"))


def _named_so(tree: HtmlElement) -> Iterator[HtmlElement]:
    for element in tree.iter(*NAMEABLE):
        name = element.get("class") or element.get("id")
        if name and _is_name_of_cards(name):
            yield element


@lru_cache(maxsize=4096)
def _is_name_of_cards(name: str) -> bool:
    return len(name) < LONGEST_NAME and NAMED_SO.search(name) is not None


def _is_all_cards(container: HtmlElement) -> bool:
    if sum(1 for _ in islice(container.iter(), MOST_ELEMENTS)) == MOST_ELEMENTS:
        return False
    words = count_words(text_of(container))
    titles = [a for a in container.iter("a") if count_words(text_of(a)) >= TITLE_WORDS]
    linked = sum(count_words(text_of(a)) for a in titles)
    return len(titles) > 0 and linked * 2 >= words and next(container.iter("h1"), None) is None


def _links(segments: Iterable[Segment], base: str) -> list[Link]:
    found: dict[str, Link] = {}
    for segment in segments:
        for anchor in segment.all("a"):
            text = _title_of(anchor)
            if is_more(label_of(anchor)) and next(segment.all(*HEADINGS), None) is None:
                text = Unit(segments=(segment,), anchor=anchor).text
            if count_words(text) < TITLE_WORDS or NO_STORY.search(anchor.get("href") or ""):
                continue
            if (url := address(anchor, base)).startswith("http"):
                found.setdefault(url, Link(text=_cut(text), url=url))
    return list(found.values())


def _cut(text: str) -> str:
    return plain(" ".join(text.split()[:MOST_TITLE_WORDS]))


def _title_of(anchor: HtmlElement) -> str:
    """The heading in a link where it has one, else all its words."""
    heading = next(anchor.iter(*HEADINGS), None)
    return text_of(heading if heading is not None else anchor)
