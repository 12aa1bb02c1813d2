"""The headings that stand over briefs, and which of them call them so."""

import re
from collections.abc import Set
from itertools import islice

from lxml.html import HtmlElement, tostring

from syndicate.extract.briefs_unit import is_more
from syndicate.extract.lexicon import BYLINE, has_any, matches, stems_in
from syndicate.extract.lexicon_briefs import ACTIONS, IN_BRIEF, IN_BRIEF_STEMS
from syndicate.extract.lexicon_related import OTHERS, RELATED
from syndicate.extract.segments import Segment, segments_of
from syndicate.extract.tree import BLOCK_TAGS, HEADINGS, count_words, is_sentence, text_of

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
    page = str(tostring(tree, method="text", encoding="unicode"))
    stems = stems_in(page.casefold(), IN_BRIEF_STEMS)
    if not stems or not any(_may_hold_heading(line, stems) for line in page.split("\n")):
        return []
    found: dict[HtmlElement, None] = {}
    for element in tree.iter():
        if _may_name(element, stems) and names_briefs(text_of(element)):
            found[element] = None
    return [e for e in found if not any(child in found for child in e.iterdescendants())]


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


def _may_hold_heading(line: str, stems: tuple[str, ...]) -> bool:
    """Whether a line of the page is such a heading, or begins with one and a colon."""
    if len(line) < 3 or not has_any(stems, line[: MOST_CHARACTERS * 2].casefold()):
        return False
    return names_briefs(line) or names_briefs(line.lstrip().partition(":")[0])


def _may_name(element: HtmlElement, stems: tuple[str, ...]) -> bool:
    if not isinstance(element.tag, str) or element.tag in {"script", "title", "option"} or len(element) > 3:
        return False
    text = element.text or ""
    if not text.strip() and len(element):
        text = str(tostring(element[0], method="text", encoding="unicode")) if len(element[0]) <= 3 else ""
    if not 2 < len(text.strip()) <= MOST_CHARACTERS or not has_any(stems, text.casefold()):
        return False
    return not any(child.tag in BLOCK_TAGS for child in element)


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
