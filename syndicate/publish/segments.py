"""Renderings by segment: what readers get who speak another language or chose some of the sections."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from syndicate.model.language import primary
from syndicate.model.newsletter import IssueRendering, Newsletter
from syndicate.model.segment import Segment
from syndicate.publish.drawing import Chosen, Compiling, draw
from syndicate.store import renderings
from syndicate.templating import spoken

# More would take longer to render than people want to wait; who chose what hardly anybody did gets it all.
MOST_SEGMENTS = 200

log = structlog.get_logger()


async def find_segments(
    compiling: Compiling, letter: Newsletter, *, kept: Sequence[Segment] = ()
) -> tuple[Segment, ...]:
    """The segments to render an issue of this newsletter for, beside those that are `kept` in any case."""
    languages = [one for one in sorted(spoken()) if one != primary(letter.language)]
    counts = await compiling.db.read(
        renderings.count_segments, letter.name, languages=languages, sections=letter.sections_choice
    )
    chosen = choose_segments(counts, letter, kept=kept)
    every = choose_segments(counts, letter, kept=kept, most=len(counts) + len(kept))
    if left_out := len(every) - len(chosen):
        log.warning("issue.segments_left_out", newsletter=letter.name, left_out=left_out)
    return chosen


def choose_segments(
    counts: Mapping[Segment, int],
    letter: Newsletter,
    *,
    kept: Sequence[Segment] = (),
    most: int = MOST_SEGMENTS,
) -> tuple[Segment, ...]:
    """Of the segments that occur, those with most readers. The whole newsletter needs no other rendering."""
    titles = {section.title for section in letter.sections}
    readers: Counter[Segment] = Counter()
    for segment, count in counts.items():
        whole = not segment.sections or not _known(segment, titles) or titles.issubset(segment.sections)
        readers[Segment(language=segment.language) if whole else segment] += count
    del readers[Segment()]
    ordered = sorted(readers, key=lambda one: (-readers[one], one.key))
    return tuple(dict.fromkeys([*kept, *ordered]))[: max(most, len(kept))]


async def draw_segments(
    compiling: Compiling,
    letter: Newsletter,
    chosen: Chosen,
    *,
    segments: Sequence[Segment],
    at: datetime,
) -> tuple[IssueRendering, ...]:
    """Render what was chosen for each of the segments. Raises TemplateFault."""
    return tuple([await _draw(compiling, letter, chosen, segment=one, at=at) for one in segments])


def narrowed(chosen: Chosen, segment: Segment, letter: Newsletter) -> Chosen:
    """What of an issue the segment is for: its sections' items, and corrections of what stood in them.

    A section that the newsletter has no longer is nobody's choice: what stood there is corrected for all.
    """
    titles = {section.title for section in letter.sections}
    known = _known(segment, titles)
    if not known:
        return chosen
    return replace(
        chosen,
        picks=tuple(pick for pick in chosen.picks if pick.section in known),
        told=tuple(one for one in chosen.told if one.section in known or one.section not in titles),
    )


async def _draw(
    compiling: Compiling, letter: Newsletter, chosen: Chosen, *, segment: Segment, at: datetime
) -> IssueRendering:
    part = narrowed(chosen, segment, letter)
    if not (part.picks or part.told):
        return IssueRendering(segment=segment)
    spoken = replace(letter, language=segment.language or letter.language)
    draft = await draw(compiling, spoken, part, at=at, for_web=False)
    return IssueRendering(
        segment=segment,
        subject=draft.rendering.letter_subject or draft.view.subject,
        html=draft.rendering.html,
        text=draft.rendering.text,
        slot_key=draft.rendering.slot_key,
    )


def _known(segment: Segment, titles: Collection[str]) -> set[str]:
    return {title for title in segment.sections if title in titles}
