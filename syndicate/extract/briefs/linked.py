"""Briefs found by their links: an identical short link that repeats marks one brief each."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence, Set
from itertools import islice
from statistics import median

from lxml.html import HtmlElement

from syndicate.extract.briefs.heading import heads_others, is_outside, names_briefs
from syndicate.extract.briefs.runs import FEWEST_WORDS, MOST_WORDS, Group, group_in
from syndicate.extract.briefs.unit import Unit, is_more, label_of
from syndicate.extract.lexicon.briefs import ACTIONS
from syndicate.extract.lexicon.words import matches
from syndicate.extract.tree import is_inside, is_sentence, text_of

LEAST, LEAST_UNDER_HEADING = 3, 2
MOST_ANCHORS, MOST_LABELS, MOST_CLIMBED = 500, 40, 30
WORDS_WITHOUT_STOP = 9


def linked_groups(tree: HtmlElement, naming: Sequence[HtmlElement]) -> Iterator[Group]:
    """The groups of briefs that end, or begin, with a link of one label. `naming`: headings over briefs."""
    around = {up for heading in naming for up in (heading, *islice(heading.iterancestors(), 6))}
    root = tree.getroottree().getroot()
    for label, every in _repeated(tree, headed=bool(naming)).items():
        # Those of a group that was taken are no longer in the tree.
        anchors = [anchor for anchor in every if anchor.getroottree().getroot() is root]
        groups = [group for group in _groups(anchors, around) if group.units]
        small: dict[tuple[str, str], list[Group]] = defaultdict(list)
        for group in groups:
            if len(group.units) < LEAST:
                small[_place(group)].append(group)
            elif _are_briefs([group], label):
                yield group
        for together in small.values():
            if _are_briefs(together, label):
                yield from together


def _repeated(tree: HtmlElement, *, headed: bool) -> dict[str, list[HtmlElement]]:
    found: dict[str, list[HtmlElement]] = defaultdict(list)
    for anchor in tree.iter("a", "button"):
        if (anchor.tag == "a" or not is_inside(anchor, ("a",))) and (label := label_of(anchor)):
            found[label].append(anchor)
    chosen = (
        (label, anchors[:MOST_ANCHORS])
        for label, anchors in found.items()
        if len(anchors) >= LEAST_UNDER_HEADING
        and not matches(ACTIONS, label)
        and (is_more(label) or (headed and any(map(str.isalpha, label))))
    )
    return dict(islice(chosen, MOST_LABELS))


def _groups(anchors: Sequence[HtmlElement], around_headings: Set[HtmlElement]) -> list[Group]:
    held: Counter[HtmlElement] = Counter()
    for anchor in anchors:
        held.update(islice(anchor.iterancestors(), MOST_CLIMBED))
    by_parent: dict[HtmlElement, dict[HtmlElement, HtmlElement]] = defaultdict(dict)
    for anchor in anchors:
        filled = _filled_by(anchor, held, around_headings)
        if (parent := filled.getparent()) is not None:
            by_parent[parent][filled] = anchor
    return [group_in(parent, filled, held.keys()) for parent, filled in by_parent.items()]


def _filled_by(
    anchor: HtmlElement, held: Counter[HtmlElement], around_headings: Set[HtmlElement]
) -> HtmlElement:
    """The largest element around an anchor that holds no other of its kind, and no heading over briefs."""
    filled = anchor
    for around in islice(anchor.iterancestors(), MOST_CLIMBED):
        if around.tag in {"body", "html"} or held[around] > 1 or around in around_headings:
            break
        filled = around
    return filled


def _place(group: Group) -> tuple[str, str]:
    first = group.units[0].segments[0].atoms[0]
    parent = first.element if first.inner else first.element.getparent()
    return (str(parent.tag), parent.get("class") or "") if parent is not None else ("", "")


def _are_briefs(groups: Sequence[Group], label: str) -> bool:
    units = [unit for group in groups for unit in group.units]
    headings = [text_of(h) if h is not None else "" for group in groups for h in group.headings]
    named = sum(names_briefs(heading) for heading in headings) * 2 > len(units)
    if len(units) < (LEAST_UNDER_HEADING if named else LEAST - (is_more(label) and all(headings))):
        return False
    if not _vary(units) or not _lead_on(units, label) or _ask_for_action(units):
        return False
    whole = sum(is_sentence(unit.text) for unit in units)
    if named:
        running = sum(is_sentence(unit.text) or unit.words >= WORDS_WITHOUT_STOP for unit in units)
        return running * 2 > len(units)
    if not is_more(label) or any(heads_others(heading) for heading in headings) or _is_story(groups):
        return False
    if is_outside(units[0].segments[0].atoms[0].element):
        return False
    enough = whole * 2 > len(units) if len(units) >= LEAST else whole == len(units)
    return enough and sum(unit.has_title() for unit in units) * 3 < len(units)


def _is_story(groups: Sequence[Group]) -> bool:
    """Whether they are an article's own paragraphs: under its headline, where only some lead on."""
    headed = all(h is not None and h.tag == "h1" for group in groups for h in group.headings)
    return headed and any(unit.anchor is None for group in groups for unit in group.units)


def _vary(units: Sequence[Unit]) -> bool:
    texts = [unit.text for unit in units]
    figures = sum(word[:1].isdigit() for text in texts for word in text.split())
    return (
        len(set(texts)) * 10 >= len(texts) * 9
        and FEWEST_WORDS <= median(unit.words for unit in units) <= MOST_WORDS
        and figures * 3 < sum(len(text.split()) for text in texts)
    )


def _lead_on(units: Sequence[Unit], label: str) -> bool:
    """Whether the links stand at the ends of the units: a name within sentences is no "More"."""
    linked = [unit for unit in units if unit.anchor is not None]
    return sum(unit.leads_on(loosely=is_more(label)) for unit in linked) * 10 >= len(linked) * 8


def _ask_for_action(units: Sequence[Unit]) -> bool:
    """Whether each has "Reply", "Share" and the like: what readers wrote, or wares."""
    asking = sum(
        any(
            matches(ACTIONS, text_of(e))
            for s in unit.segments
            for e in s.all("a", "button", "span")
            if len(text_of(e)) <= 30
        )
        for unit in units
    )
    return asking * 2 >= len(units)
