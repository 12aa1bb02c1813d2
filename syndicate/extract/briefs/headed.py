"""Briefs found by a heading that calls them so: the sentences under it, linked or not."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice, pairwise
from statistics import median

from lxml.html import HtmlElement

from syndicate.extract.briefs.heading import heads_others, names_briefs
from syndicate.extract.briefs.runs import FEWEST_WORDS, MOST_WORDS, Group
from syndicate.extract.briefs.scope import scope_of
from syndicate.extract.briefs.unit import Unit
from syndicate.extract.lexicon.words import PROMOTION, contains
from syndicate.extract.metadata.date_lines import is_date_line
from syndicate.extract.segments import Segment, segments_of
from syndicate.extract.tree import HEADINGS, is_inside, is_sentence, text_of

MOST_SECTIONS = 20
LEAST = 2
DEPTH = 6
WORDS_WITHOUT_STOP, PROSE_WORDS, REST_WORDS = 9, 15, 6
MOST_COLUMNS = 4
LISTS = frozenset({"ul", "ol", "dl", "table", "tbody", "thead", "tfoot"})
WRAPPERS = frozenset(
    {"div", "section", "td", "th", "article", "a", "center", "span", "font", "aside", "fieldset", "details"}
)
LONGEST_NAME = 400
NAMEABLE = ("div", "section", "ul", "ol", "dl", "table", "td", "aside")
NAMED_SO = re.compile(
    r"(?:^|[\s_-])(?:news-?)?(?:briefs|in-?brief|kurzmeldungen|en-?bref|breves)(?:$|[\s_-])", re.IGNORECASE
)


def headed_groups(tree: HtmlElement, naming: Sequence[HtmlElement]) -> Iterator[Group]:
    """The groups under headings that call them briefs, then those in containers of a class that says so."""
    for heading in naming[:MOST_SECTIONS]:
        if heading.getparent() is not None and not is_inside(heading, ("nav", "form")):
            scope, after = scope_of(heading, after=True)
            if group := _group(scope, heading, after):
                yield group
    for container in islice(_named_so(tree), MOST_SECTIONS):
        if container.getparent() is not None:
            scope = segments_of(container)
            heading = _first_heading(scope)
            if group := _group([s for s in scope if heading not in s.elements], heading, []):
                yield group


def _named_so(tree: HtmlElement) -> list[HtmlElement]:
    return [e for e in tree.iter(*NAMEABLE) if (name := e.get("class")) and _is_name_of_briefs(name)]


@lru_cache(maxsize=4096)
def _is_name_of_briefs(name: str) -> bool:
    return len(name) < LONGEST_NAME and NAMED_SO.search(name) is not None


def _first_heading(scope: Sequence[Segment]) -> HtmlElement | None:
    first = scope[0] if scope else None
    short = first is not None and first.words <= 10 and not is_sentence(first.text)
    return first.elements[0] if first is not None and short and len(first.elements) == 1 else None


def _group(scope: Sequence[Segment], heading: HtmlElement | None, after: Sequence[Segment]) -> Group | None:
    segments = _spread(list(scope))
    units, end = _units(segments)
    if not _are_briefs(units):
        return None
    linked = sum(unit.link is not None for unit in units) * 10 >= len(units) * 8
    if not linked and (_is_section(segments, heading) or _goes_on([*segments[end:], *after])):
        return None
    known = {id(segment) for unit in units for segment in unit.segments}
    rest = [s for s in segments[: end + 1] if id(s) not in known and s.words <= REST_WORDS and s.is_linked]
    return Group(units=tuple(units), headings=(heading,) * len(units), rest=tuple(rest))


def _spread(segments: list[Segment]) -> list[Segment]:
    """The segments that repeat: lists, rows and columns among them opened."""
    for _ in range(DEPTH):
        columns = [id(segment) for segment in segments if _is_column(segment)]
        opened: list[Segment] = []
        changed = False
        for segment in segments:
            block = segment.block
            if block is not None and (
                _opens(segment, block, alone=len(segments) == 1)
                or (len(columns) <= MOST_COLUMNS and id(segment) in columns)
            ):
                opened += segments_of(block)
                changed = True
            else:
                opened.append(segment)
        if not changed:
            break
        segments = opened
    return segments


def _opens(segment: Segment, block: HtmlElement, *, alone: bool) -> bool:
    if block.tag in LISTS or (block.tag == "tr" and _is_row(block)):
        return True
    return (alone and len(block) > 0) or next(segment.all("ul", "ol"), None) is not None


def _is_column(segment: Segment) -> bool:
    """Whether it holds several sentences in blocks that are alike."""
    block = segment.block
    if block is None or block.tag not in WRAPPERS:
        return False
    inner = [s for s in segments_of(block) if s.words >= FEWEST_WORDS]
    return len(inner) >= LEAST and all(s.shape == inner[0].shape and is_sentence(s.text) for s in inner)


def _is_row(row: HtmlElement) -> bool:
    cells = [s for s in segments_of(row) if s.words >= FEWEST_WORDS]
    return len(cells) >= LEAST and all(is_sentence(cell.text) for cell in cells)


def _units(segments: Sequence[Segment]) -> tuple[list[Unit], int]:
    """One unit for each sentence, with the label right before it, and where they end.

    They are the first sentences in a row that have one tag; what comes after is no longer theirs.
    """
    mains = [s for s in segments if _is_main(s)]
    tags = [s.shape[0] for s in mains]
    tag = next((one for one, next_one in pairwise(tags) if one == next_one), None)
    units: list[Unit] = []
    lead: list[Segment] = []
    end = 0
    for number, segment in enumerate(segments):
        if _is_main(segment) and segment.shape[0] == tag:
            units.append(Unit(segments=(*lead, segment)))
            lead, end = [], number + 1
        elif _is_main(segment) and units:
            break
        else:
            lead = [segment] if _is_lead(segment) else []
    return units, end


def _is_lead(segment: Segment) -> bool:
    """A place, a day, a headline before a brief's sentence."""
    if segment.is_linked or contains(PROMOTION, segment.text):
        return False
    return segment.words < FEWEST_WORDS or is_date_line(segment.text)


def _is_main(segment: Segment) -> bool:
    if not FEWEST_WORDS <= segment.words <= MOST_WORDS + 20 or contains(PROMOTION, segment.text):
        return False
    return not is_date_line(segment.text)


def _are_briefs(units: Sequence[Unit]) -> bool:
    if len(units) < LEAST:
        return False
    texts = [unit.text for unit in units]
    words = [word for text in texts for word in text.split()]
    running = sum(is_sentence(unit.text) or unit.words >= WORDS_WITHOUT_STOP for unit in units)
    return (
        len(set(texts)) * 10 >= len(texts) * 9
        and FEWEST_WORDS <= median(unit.words for unit in units) <= MOST_WORDS
        and sum(word[:1].isdigit() for word in words) * 3 < len(words)
        and running * 2 > len(units)
    )


def _is_section(segments: Sequence[Segment], heading: HtmlElement | None) -> bool:
    """Whether they are the paragraphs of an article of that headline."""
    return (
        heading is not None and heading.tag == "h1" and all(s.shape[0] in {"p", "h2", "h3"} for s in segments)
    )


def _goes_on(after: Sequence[Segment]) -> bool:
    """Whether an article goes on after them: then they are a list in its body."""
    for segment in after:
        inner = next(segment.all(*HEADINGS), None)
        if inner is not None and (names_briefs(text_of(inner)) or heads_others(text_of(inner))):
            return False
        is_leaf = segment.block is None or segment.block.tag in {"p", "div", "blockquote"}
        if (
            is_leaf
            and segment.words >= PROSE_WORDS
            and is_sentence(segment.text)
            and not _is_wrapper(segment)
        ):
            return not contains(PROMOTION, segment.text)
    return False


def _is_wrapper(segment: Segment) -> bool:
    return segment.block is not None and len(segments_of(segment.block)) > 1
