"""Briefs: the repeated block of one- or two-sentence items, each with its own "More" link.

Found by the links: an identical short anchor that repeats marks one brief each; what lies between two of
them is the unit. Under a heading such as "In Brief" the sentences may be links themselves.
"""

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile
from statistics import median

from lxml.html import HtmlElement

from syndicate.extract.lexicon import ACTIONS, IN_BRIEF, MORE, matches
from syndicate.extract.tree import (
    BLOCK_TAGS,
    HEADINGS,
    address,
    count_words,
    is_inside,
    is_sentence,
    remove_with_shell,
    text_of,
)
from syndicate.formats.html import plain

LEAST = 3
MOST = 500
MOST_SECTIONS = 20
LEAST_UNDER_HEADING = 2
FEWEST_WORDS, MOST_WORDS = 6, 80
ANCHOR_WORDS = 4
HEADING_WORDS = 10
CLIMB = 4
# Bullets before a brief, and the brackets or arrows that stood around its link.
OUTER_SIGNS = re.compile(r"^[\s•·*▪►■–—-]+|(?:[\s\[\]|»›>–—-]|\(\s*\))+$")
TITLES = ("p", "div", "span", "strong", "b", "dt", "caption", "th", "td", "a", "header")
LISTS = frozenset({"ul", "ol", "dl", "div", "table", "tbody", "section"})
TITLED = re.compile(r"title|head|caption|label", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """A sentence or two with a link. `url` is absolute, or None; `text` is without its "More".

    `fingerprint` is a hash of the text's words, so that equal links never make two briefs one.
    """

    text: str
    url: str | None
    section: str = ""
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unit:
    """The nodes of one brief: elements that it alone fills, or a run of siblings up to its link."""

    nodes: tuple[HtmlElement, ...]
    lead: str
    anchor: HtmlElement | None

    @property
    def text(self) -> str:
        parts = [self.lead, *(_without(node, self.anchor) for node in self.nodes)]
        return OUTER_SIGNS.sub("", plain(" ".join(" ".join(parts).split())))


def take_briefs(tree: HtmlElement, *, base: str) -> tuple[Brief, ...]:
    """The page's briefs in its order; they and their headings are removed from the tree."""
    found: list[Brief] = []
    for group in [*_groups_by_link(tree), *_groups_by_heading(tree)]:
        for unit, section in group:
            url = address(unit.anchor, base) if unit.anchor is not None else ""
            if brief := make_brief(unit.text, url=url, section=section):
                found.append(brief)
        _remove(group)
    return tuple({brief.fingerprint: brief for brief in found}.values())


def make_brief(text: str, *, url: str = "", section: str = "") -> Brief | None:
    """A brief, or None when there are no words in it."""
    fingerprint = fingerprint_of(text)
    return (
        Brief(text=text, url=url or None, section=plain(section), fingerprint=fingerprint)
        if fingerprint
        else None
    )


def fingerprint_of(text: str) -> str:
    """A hash of the text's letters and digits: spacing, case, marks and punctuation do not count."""
    folded = re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", plain(text)).casefold())
    return hashlib.sha256(folded.encode()).hexdigest()[:32] if folded else ""


_Group = list[tuple[_Unit, str]]


def _groups_by_link(tree: HtmlElement) -> Iterator[_Group]:
    headed_page = any(_names_briefs(heading) for heading in tree.iter(*HEADINGS, *TITLES))
    for label, anchors in _repeated_anchors(tree).items():
        if not (headed_page or matches(MORE, label)):
            continue
        by_parent: dict[HtmlElement, list[_Unit]] = defaultdict(list)
        same = set(anchors)
        for anchor in anchors:
            filled = _filled_by(anchor, same)
            by_parent[filled.getparent()].append(_unit_of(anchor, filled, same))
        for units in by_parent.values():
            headed = [(unit, _section_of(unit)) for unit in units]
            under_heading = any(matches(IN_BRIEF, section) for _, section in headed)
            if _are_briefs(units, label, under_heading=under_heading):
                yield _with_unlinked(headed)


def _repeated_anchors(tree: HtmlElement) -> dict[str, list[HtmlElement]]:
    found: dict[str, list[HtmlElement]] = defaultdict(list)
    for anchor in tree.iter("a"):
        label = text_of(anchor)
        if label and len(label) <= 60 and count_words(label) <= ANCHOR_WORDS:
            found[label.casefold()].append(anchor)
    return {label: anchors[:MOST] for label, anchors in found.items() if len(anchors) >= LEAST_UNDER_HEADING}


def _filled_by(anchor: HtmlElement, same: set[HtmlElement]) -> HtmlElement:
    """The largest element around an anchor that holds no other anchor of its kind."""
    filled = anchor
    for around in anchor.iterancestors():
        if around.tag in {"body", "html"} or _holds_several(around, same):
            break
        filled = around
    return filled


def _holds_several(around: HtmlElement, same: set[HtmlElement]) -> bool:
    return sum(1 for _ in islice((a for a in around.iter("a") if a in same), 2)) > 1


def _unit_of(anchor: HtmlElement, filled: HtmlElement, same: set[HtmlElement]) -> _Unit:
    if count_words(_without(filled, anchor)) >= FEWEST_WORDS:
        return _Unit(nodes=(filled,), lead="", anchor=anchor)
    nodes, lead = [filled], ""
    # The words stand before the link, as siblings: back to the previous link, heading or a blank line.
    before = filled.getprevious()
    while before is not None and not _ends_unit(before, same):
        if before.tag in BLOCK_TAGS and _word_count(nodes, lead, anchor) >= FEWEST_WORDS:
            break
        if words := (before.tail or "").strip():
            lead = f"{words} {lead}"
        nodes.insert(0, before)
        before = before.getprevious()
    tail = before.tail if before is not None else _text_before(filled)
    return _Unit(nodes=tuple(nodes), lead=f"{(tail or '').strip()} {lead}".strip(), anchor=anchor)


def _word_count(nodes: list[HtmlElement], lead: str, anchor: HtmlElement) -> int:
    return count_words(lead) + sum(count_words(_without(node, anchor)) for node in nodes)


def _text_before(filled: HtmlElement) -> str | None:
    parent = filled.getparent()
    return parent.text if parent is not None else None


def _ends_unit(sibling: HtmlElement, same: set[HtmlElement]) -> bool:
    return sibling in same or _is_heading(sibling) or any(a in same for a in sibling.iter("a"))


def _are_briefs(units: Sequence[_Unit], label: str, *, under_heading: bool) -> bool:
    if len(units) < (LEAST_UNDER_HEADING if under_heading else LEAST) or matches(ACTIONS, label):
        return False
    texts = [unit.text for unit in units]
    if (
        len(set(texts)) * 10 < len(texts) * 9
        or not FEWEST_WORDS <= median(map(count_words, texts)) <= MOST_WORDS
    ):
        return False
    # A link that repeats within sentences, such as a name, is no "More".
    if sum(_ends_with_link(unit) for unit in units) * 10 < len(units) * 8:
        return False
    if under_heading:
        return True
    if not matches(MORE, label):
        return False
    whole = sum(is_sentence(text) for text in texts)
    teasers = sum(any(_has_title(node, unit.anchor) for node in unit.nodes) for unit in units)
    return whole * 2 > len(units) and teasers * 3 < len(units) and not is_inside(units[0].nodes[0], ("nav",))


def _ends_with_link(unit: _Unit) -> bool:
    """Whether nothing but punctuation stands after the unit's link."""
    node, anchor = unit.nodes[-1], unit.anchor
    if anchor is None or node is anchor:
        return anchor is not None
    after = [anchor.tail or ""]
    place = anchor
    while place is not node and (parent := place.getparent()) is not None:
        after += [text_of(sibling) + (sibling.tail or "") for sibling in place.itersiblings()]
        after.append((parent.tail or "") if parent is not node else "")
        place = parent
    return count_words("".join(after)) == 0


def _has_title(node: HtmlElement, anchor: HtmlElement | None) -> bool:
    """A heading, a picture or another link of some words: the teaser of an article, not a brief."""
    if next(node.iter(*HEADINGS, "img"), None) is not None:
        return True
    return any(a is not anchor and count_words(text_of(a)) > ANCHOR_WORDS for a in node.iter("a"))


def _groups_by_heading(tree: HtmlElement) -> Iterator[_Group]:
    """Sentences that are links themselves, under a heading that calls them briefs."""
    for heading in list(islice(filter(_names_briefs, tree.iter(*HEADINGS, *TITLES)), MOST_SECTIONS)):
        units = [
            _Unit(nodes=(child,), lead="", anchor=next(child.iter("a"), None))
            for child in _list_after(heading)
            if FEWEST_WORDS <= count_words(text_of(child)) <= MOST_WORDS
        ]
        linked = sum(unit.anchor is not None for unit in units)
        if len(units) >= LEAST_UNDER_HEADING and linked * 10 >= len(units) * 8:
            yield [(unit, text_of(heading)) for unit in units]


def _names_briefs(heading: HtmlElement) -> bool:
    if len(heading) > 3 or any(child.tag in BLOCK_TAGS for child in heading):
        return False
    text = text_of(heading)
    return 0 < len(text) <= 90 and count_words(text) <= HEADING_WORDS and matches(IN_BRIEF, text)


def _list_after(heading: HtmlElement) -> list[HtmlElement]:
    """What repeats after a heading: the next sibling's children, or the siblings up to the next heading."""
    for place in (heading, *islice(heading.iterancestors(), 2)):
        following = place.getnext()
        if following is None:
            continue
        if len(following) >= LEAST_UNDER_HEADING and following.tag in LISTS:
            return list(following)[:MOST]
        siblings = islice(place.itersiblings(), MOST)
        return list(takewhile(lambda sibling: sibling.tag not in HEADINGS, siblings))
    return []


def _section_of(unit: _Unit) -> str:
    heading = _heading_before(unit.nodes[0])
    return text_of(heading) if heading is not None else ""


def _heading_before(node: HtmlElement) -> HtmlElement | None:
    """The nearest heading before a unit: among its siblings, then among those of what is around it."""
    place = node
    for _ in range(CLIMB):
        for before in islice(place.itersiblings(preceding=True), MOST):
            if _is_heading(before):
                return before
            if place is not node and text_of(before):
                break
        parent = place.getparent()
        if parent is None or parent.tag in {"body", "html"}:
            return None
        place = parent
    return None


def _is_heading(element: HtmlElement) -> bool:
    text = text_of(element)
    if not text or count_words(text) > HEADING_WORDS or is_sentence(text):
        return False
    if element.tag in HEADINGS or matches(IN_BRIEF, text):
        return True
    named_so = element.tag in {"strong", "b", "caption"} or TITLED.search(element.get("class") or "")
    return bool(named_so) and not matches(MORE, text)


def _with_unlinked(group: _Group) -> _Group:
    """The group with the siblings between its units that have the same shape but no link."""
    if any(len(unit.nodes) > 1 for unit, _ in group):
        return group
    first, last = group[0][0].nodes[0], group[-1][0].nodes[0]
    known = {unit.nodes[0]: (unit, section) for unit, section in group}
    whole: _Group = [known[first]]
    for sibling in first.itersiblings():
        if sibling in known:
            whole.append(known[sibling])
        elif _is_alike(sibling, first):
            whole.append((_Unit(nodes=(sibling,), lead="", anchor=None), whole[-1][1]))
        if sibling is last and not _is_list(first):
            break
    return whole


def _is_list(element: HtmlElement) -> bool:
    return element.tag in {"li", "tr", "dd"}


def _is_alike(sibling: HtmlElement, unit: HtmlElement) -> bool:
    return (
        sibling.tag == unit.tag
        and sibling.get("class") == unit.get("class")
        and FEWEST_WORDS <= count_words(text_of(sibling)) <= MOST_WORDS
    )


def _without(node: HtmlElement, anchor: HtmlElement | None) -> str:
    """The node's text without its "More": the link's text, or the last words of a link that is the text."""
    label = anchor if anchor is None or count_words(text_of(anchor)) <= ANCHOR_WORDS else _closing(anchor)
    if label is None:
        return text_of(node)
    parts: list[str] = [node.text or ""] if node is not label else []
    for element in node.iterdescendants():
        inside = element is label or label in element.iterancestors()
        parts.append("" if inside else (element.text or ""))
        parts.append("" if inside and element is not label else (element.tail or ""))
        if element.tag in BLOCK_TAGS or element.tag == "br":
            parts.append(" ")
    return "".join(parts) if node is not label else ""


def _closing(anchor: HtmlElement) -> HtmlElement | None:
    return next((e for e in reversed(list(anchor.iterdescendants())) if matches(MORE, text_of(e))), None)


def _remove(group: _Group) -> None:
    headings = {heading for unit, _ in group if (heading := _heading_before(unit.nodes[0])) is not None}
    for unit, _ in group:
        for node in unit.nodes:
            _drop(node, with_tail=bool(unit.lead))
    for heading in headings:
        if heading.getparent() is not None:
            remove_with_shell(heading)


def _drop(node: HtmlElement, *, with_tail: bool) -> None:
    parent = node.getparent()
    if parent is None:
        return
    if with_tail:
        node.tail = None
        if node.getprevious() is None:
            parent.text = None
    remove_with_shell(node)
