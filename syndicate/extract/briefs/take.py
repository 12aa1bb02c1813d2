"""Briefs: the repeated block of one- or two-sentence items, each with its own "More" link or under a heading
that calls them briefs.

briefs_linked finds them by their links, briefs_headed by their heading; what was found leaves the tree.
"""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from itertools import chain

from lxml.html import HtmlElement

from syndicate.extract.briefs.headed import headed_groups
from syndicate.extract.briefs.heading import naming_headings
from syndicate.extract.briefs.linked import linked_groups
from syndicate.extract.briefs.runs import Group
from syndicate.extract.briefs.unit import trimmed, without_more
from syndicate.extract.segments import drop
from syndicate.extract.tree import address, remove_with_shell, text_of
from syndicate.formats.html import plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """A sentence or two with a link. `url` is absolute, or None; `text` is without its "More".

    `fingerprint` is a hash of the text's words, so that equal links never make two briefs one.
    """

    text: str
    url: str | None
    section: str = ""
    fingerprint: str


def take_briefs(tree: HtmlElement, *, base: str) -> tuple[Brief, ...]:
    """The page's briefs in its order; they and their headings are removed from the tree."""
    naming = naming_headings(tree)
    order: dict[HtmlElement, int] = {}
    found: list[tuple[int, Brief]] = []
    for group in chain(linked_groups(tree, naming), headed_groups(tree, naming)):
        order = order or {element: number for number, element in enumerate(tree.iter())}
        for unit, heading in zip(group.units, group.headings, strict=True):
            section = trimmed(text_of(heading)) if heading is not None else ""
            url = address(unit.link, base) if unit.link is not None else ""
            text = unit.text if unit.anchor is not None else without_more(unit.text)
            if brief := make_brief(text, url=url, section=section):
                found.append((order.get(unit.segments[0].atoms[0].element, 0), brief))
        _remove(group)
    found.sort(key=lambda placed: placed[0])
    return tuple({brief.fingerprint: brief for _, brief in reversed(found)}.values())[::-1]


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


def _remove(group: Group) -> None:
    drop([*(segment for unit in group.units for segment in unit.segments), *group.rest])
    for heading in dict.fromkeys(group.headings):
        if heading is not None and heading.getparent() is not None:
            remove_with_shell(heading)
