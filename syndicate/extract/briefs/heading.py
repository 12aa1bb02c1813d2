"""The headings that stand over briefs, and which of them call them so."""

import re
from collections.abc import Set
from itertools import islice

from lxml.html import HtmlElement

from syndicate.extract.briefs.unit import is_more
from syndicate.extract.lexicon.briefs import ACTIONS, IN_BRIEF, IN_BRIEF_STEMS
from syndicate.extract.lexicon.related import OTHERS, RELATED
from syndicate.extract.lexicon.words import BYLINE, matches
from syndicate.extract.naming_lines import elements_that_say
from syndicate.extract.segments import Segment, segments_of
from syndicate.extract.tree import BLOCK_TAGS, HEADINGS, count_words, is_sentence

HEADING_WORDS, SHORT_WORDS = 10, 8
MOST_CHARACTERS = 90
CLIMB = 5
TITLED = re.compile(r"title|head|caption|label|rubri", re.IGNORECASE)
STRONG = frozenset({"strong", "b", "caption", "legend", "summary", "header", "dt", "th", "big"})
# What briefs never stand in: navigation, and what readers and advertisers wrote.
OUTSIDE = re.compile(
    r"(?:^|[\s_-])(?:comments?|disqus|replies|reviews?|nav|navbar|menu|breadcrumbs?|pagination|pager|share|social"
    r"|tags?|tag-?cloud|authors?|bio|gallery|weather|recipe|related|recommend\w*|testimonials?)(?:$|[\s_-])",
    re.IGNORECASE,
)


def naming_headings(tree: HtmlElement) -> list[HtmlElement]:
    """The elements whose whole text calls what follows briefs, the innermost of several around one text."""
    return elements_that_say(tree, names_briefs, stems=IN_BRIEF_STEMS)


def names_briefs(text: str) -> bool:
    """Whether a text, as a heading, calls what follows briefs."""
    bare = text.strip(" :=-_*#")
    return 0 < len(bare) <= MOST_CHARACTERS and count_words(bare) <= HEADING_WORDS and matches(IN_BRIEF, bare)


def heads_others(text: str) -> bool:
    """Whether a heading stands over cards of other stories, comments, people, prices and the like."""
    return matches(RELATED, text) or matches(OTHERS, text)


def heading_before(segment: Segment, alike: Set[HtmlElement]) -> HtmlElement | None:
    """The nearest heading before a segment: among its siblings, then among those of what is around it.

    Only `alike`, the blocks of the same group, and breaks may stand between.
    """
    place = segment.atoms[0].element
    if segment.atoms[0].inner:
        parent: HtmlElement | None = place
        before: list[Segment] = []
    else:
        parent = place.getparent()
        before = _segments_before(parent, place) if parent is not None else []
    for climbed in range(CLIMB):
        for other in reversed(before):
            if (block := _heading_in(other, direct=climbed < 2)) is not None:
                return block
            if other.block not in alike:
                return None
        if parent is None or parent.tag in {"body", "html"}:
            return None
        place, parent = parent, parent.getparent()
        before = _segments_before(parent, place) if parent is not None else []
    return None


def is_outside(element: HtmlElement) -> bool:
    """Whether it lies in navigation, comments and the like."""
    for up in [element, *islice(element.iterancestors(), 8)]:
        if up.tag in {"nav", "form"} or OUTSIDE.search(f"{up.get('class') or ''} {up.get('id') or ''}"):
            return up.tag not in {"body", "html"}
    return False


def _segments_before(parent: HtmlElement, place: HtmlElement) -> list[Segment]:
    """The segments of a parent up to one of its children."""
    found: list[Segment] = []
    for segment in segments_of(parent, begins=(place,)):
        if any(atom.element is place and not atom.loose for atom in segment.atoms):
            break
        found.append(segment)
    return found


def _heading_in(segment: Segment, *, direct: bool) -> HtmlElement | None:
    """The element of a segment that is a heading over what follows, or None."""
    text = segment.text
    if count_words(text) > HEADING_WORDS or is_sentence(text) or is_more(text) or matches(ACTIONS, text):
        return None
    if len(segment.elements) != 1:
        return None
    element = segment.elements[0]
    marked = next(element.iter(*HEADINGS, *STRONG), None)
    if marked is not None or names_briefs(text) or TITLED.search(element.get("class") or ""):
        return element
    short = direct and element.tag in BLOCK_TAGS and count_words(text) <= SHORT_WORDS
    return (
        element if short and not BYLINE.match(text) and next(element.iter("a", "li"), None) is None else None
    )
