"""What a heading stands over."""

from lxml.html import HtmlElement

from syndicate.extract.briefs.heading import names_briefs
from syndicate.extract.segments import Segment, segments_of
from syndicate.extract.tree import HEADINGS, text_of

CLIMB, FURTHER = 5, 3
ENDS = frozenset({"footer", "nav", "form", "aside"})
APART = frozenset({"body", "html", "article", "main", "aside", "td"})


def scope_of(heading: HtmlElement, *, after: bool = False) -> tuple[list[Segment], list[Segment]]:
    """What a heading stands over, and, if `after` is asked for, what comes after that in the same container
    and around it.
    """
    place = heading
    for _ in range(CLIMB):
        parent = place.getparent()
        if parent is None:
            break
        following = _following(parent, place)
        if following:
            end = next((i for i, s in enumerate(following) if _ends_scope(s, heading)), len(following))
            return following[:end], [*following[end:], *_further(parent)] if after else []
        if parent.tag in {"body", "html"}:
            break
        place = parent
    return [], []


def _following(parent: HtmlElement, place: HtmlElement) -> list[Segment]:
    segments = segments_of(parent, ends=(place,))
    at = next((i for i, s in enumerate(segments) if place in s.elements), len(segments))
    return segments[at + 1 :]


def _further(parent: HtmlElement) -> list[Segment]:
    """What follows a container and those around it, up to the article or the page."""
    found: list[Segment] = []
    for _ in range(FURTHER):
        above = parent.getparent()
        if above is None or parent.tag in APART:
            break
        found += _following(above, parent)
        parent = above
    return found


def _ends_scope(segment: Segment, heading: HtmlElement) -> bool:
    if segment.block is None:
        return False
    inner = next(segment.all(*HEADINGS), None)
    if segment.block.tag in ENDS or names_briefs(segment.text):
        return True
    if segment.block.tag not in HEADINGS and (inner is None or text_of(inner) != segment.text):
        return inner is not None and names_briefs(text_of(inner))
    level = heading.tag if heading.tag in HEADINGS else "h3"
    return inner is not None and str(inner.tag) <= str(level)
