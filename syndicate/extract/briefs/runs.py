"""The units of one container whose links are known: what lies from one link to the next.

Of how many segments a unit is, most of the units tell; the rest of a run is a heading or a unit without link.
"""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from lxml.html import HtmlElement

from syndicate.extract.briefs.heading import heading_before, names_briefs
from syndicate.extract.briefs.unit import Unit
from syndicate.extract.segments import Segment, segments_of
from syndicate.extract.tree import HEADINGS, count_words, is_sentence, text_of

FEWEST_WORDS, MOST_WORDS = 6, 80
OWN_WORDS = 4
MOST_SEGMENTS = 4
REST_WORDS = 6
LISTED = frozenset({"li", "tr", "dd"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Units side by side, each with the heading over it; `rest` leads on from all of them."""

    units: tuple[Unit, ...]
    headings: tuple[HtmlElement | None, ...]
    rest: tuple[Segment, ...] = ()


Filled = Mapping[HtmlElement, HtmlElement]


def group_in(parent: HtmlElement, filled: Filled, held: Set[HtmlElement]) -> Group:
    """The units of a container. `filled` has the elements in it that hold one link each, with the link;
    `held` are all elements around such links.
    """
    before = _stands_before(parent, filled)
    marks = tuple(filled)
    segments = segments_of(parent, begins=marks if before else (), ends=() if before else marks)
    at = [i for i, segment in enumerate(segments) if _mark(segment, filled) is not None]
    if not at:
        return Group(units=(), headings=())
    starts = at if before else [0, *(i + 1 for i in at[:-1])]
    ends = [*at[1:], len(segments)] if before else [i + 1 for i in at]
    runs = [segments[start:end] for start, end in zip(starts, ends, strict=True)]
    rest = () if before else tuple(segments[ends[-1] :])
    return _read(_Runs(filled=filled, before=before, runs=runs, rest=rest), held)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Runs:
    filled: Filled
    before: bool
    runs: Sequence[Sequence[Segment]]
    rest: tuple[Segment, ...]

    @property
    def inner(self) -> Sequence[Sequence[Segment]]:
        """The runs that begin and end with a link."""
        return self.runs[:-1] if self.before else self.runs[1:]

    def headed(self) -> bool:
        """Whether each unit has a heading of its own."""
        with_heading = sum(any(_is_tagged_heading(s) for s in run) for run in self.inner)
        return len(self.inner) > 0 and with_heading * 3 >= len(self.inner) * 2

    def size(self, *, headed: bool) -> int:
        """Of how many segments most units are."""
        if not self.inner:
            return 1 if _own_words(self.runs[0], self.filled) >= OWN_WORDS else 2
        sizes = Counter(sum(headed or not _is_heading(s) for s in run) for run in self.inner)
        most = max(sizes.values())
        return max(1, min(MOST_SEGMENTS, *(size for size, count in sizes.items() if count == most)))


def _read(found: _Runs, held: Set[HtmlElement]) -> Group:
    headed = found.headed()
    size = found.size(headed=headed)
    units: list[Unit] = []
    headings: list[HtmlElement | None] = []
    heading: HtmlElement | None = None
    for number, run in enumerate(found.runs):
        for segment in run:
            if _is_heading(segment) and not (headed and not names_briefs(segment.text)):
                heading = segment.elements[0] if segment.elements else heading
        usable = [s for s in run if not _is_heading(s) or (headed and not names_briefs(s.text))]
        unit, others = _unit(usable, size, found)
        for other in others if number or _is_listed(unit) else []:
            if _is_alike(other, unit):
                units.append(Unit(segments=(other,)))
                headings.append(heading)
        units.append(unit)
        headings.append(heading)
    after = [other for other in found.rest if _is_listed(units[-1]) and _is_alike(other, units[-1])]
    units += [Unit(segments=(other,)) for other in after]
    headings += [heading] * len(after)
    over = heading_before(units[0].segments[0], held) if headings[0] is None else None
    rest = tuple(s for s in found.rest[:1] if s not in after and s.words <= REST_WORDS and s.is_linked)
    return Group(
        units=tuple(units), headings=tuple(h if h is not None else over for h in headings), rest=rest
    )


def _unit(usable: Sequence[Segment], size: int, found: _Runs) -> tuple[Unit, list[Segment]]:
    """The unit of a run, and the segments of the run that are not in it."""
    anchor = next(found.filled[mark] for s in usable if (mark := _mark(s, found.filled)) is not None)
    if found.before:
        return Unit(segments=tuple(usable[:size]), anchor=anchor), list(usable[size:])
    unit = Unit(segments=tuple(usable[-size:]), anchor=anchor)
    if unit.words < OWN_WORDS and len(usable) > size:
        unit, size = Unit(segments=tuple(usable[-size - 1 :]), anchor=anchor), size + 1
    return unit, list(usable[:-size])


def _mark(segment: Segment, filled: Filled) -> HtmlElement | None:
    return next((element for element in segment.elements if element in filled), None)


def _own_words(run: Sequence[Segment], filled: Filled) -> int:
    """The words of the segment with the link, without the link's."""
    own = next((s, mark) for s in run if (mark := _mark(s, filled)) is not None)
    return own[0].words - count_words(text_of(filled[own[1]]))


def _stands_before(parent: HtmlElement, filled: Filled) -> bool:
    """Whether the link stands before its words."""
    first = next(iter(filled))
    if count_words(text_of(first)) - count_words(text_of(filled[first])) >= OWN_WORDS:
        return False
    words = 0
    for segment in segments_of(parent, begins=(first,)):
        if first in segment.elements:
            return words < OWN_WORDS
        words = 0 if _is_heading(segment) else words + segment.words
    return False


def _is_tagged_heading(segment: Segment) -> bool:
    return segment.block is not None and segment.block.tag in HEADINGS


def _is_heading(segment: Segment) -> bool:
    return _is_tagged_heading(segment) or names_briefs(segment.text)


def _is_listed(unit: Unit) -> bool:
    return unit.segments[-1].shape[0] in LISTED


def _is_alike(segment: Segment, unit: Unit) -> bool:
    """Whether a segment has the shape of a unit's words, and could be one without a link."""
    main = max(unit.segments, key=lambda s: s.words)
    if segment.shape != main.shape or not FEWEST_WORDS <= segment.words <= MOST_WORDS:
        return False
    return _is_listed(unit) or is_sentence(segment.text)
