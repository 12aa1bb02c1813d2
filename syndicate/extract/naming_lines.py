"""The elements whose whole text is one line of some kind: a heading in a page's own words."""

from collections.abc import Callable, Iterable
from functools import lru_cache

from lxml.html import HtmlElement, tostring

from syndicate.extract.lexicon.words import has_any, stems_in
from syndicate.extract.tree import BLOCK_TAGS, text_of

SHORTEST, LONGEST = 3, 90
MOST_LINES = 40


def elements_that_say(
    tree: HtmlElement, is_said: Callable[[str], bool], *, stems: Iterable[str], longest: int = LONGEST
) -> list[HtmlElement]:
    """The elements without blocks whose text `is_said` holds of, the innermost of several around one text.

    One of `stems`, in lower case, stands in each such text, which has at most `longest` characters. What
    stands before a colon in a line counts as one. Pages without such a line cost no walk.
    """
    lines = _lines(tree, is_said, stems, longest)
    if not lines:
        return []
    wanted = {*lines, *(f"{line}:" for line in lines)}
    found = [e for e in tree.iter() if (e.text or "").strip() in wanted and _says(e, is_said)]
    at_hand = {text_of(element).rstrip(": ") for element in found}
    missing = tuple(line for line, alone in lines.items() if alone and line.rstrip(": ") not in at_hand)
    if missing:
        found += [e for e in tree.iter() if _begins(e, missing) and _says(e, is_said)]
        found += [_set_apart(e, tail=tail) for e, tail in _loose(tree, missing)]
    known = set(found)
    return [e for e in found if not any(child in known for child in e.iterdescendants())]


def _says(element: HtmlElement, is_said: Callable[[str], bool]) -> bool:
    return not any(child.tag in BLOCK_TAGS for child in element) and is_said(text_of(element))


def _lines(
    tree: HtmlElement, is_said: Callable[[str], bool], stems: Iterable[str], longest: int
) -> dict[str, bool]:
    """The lines of the page that it holds of, and whether they stand alone."""
    lines, folded = _short_lines(str(tostring(tree, method="text", encoding="unicode")), longest)
    there = stems_in(folded, stems)
    if not there:
        return {}
    said = ((line, alone) for line, alone in lines.items() if has_any(there, line.casefold()))
    return dict([(" ".join(line.split()), alone) for line, alone in said if is_said(line)][:MOST_LINES])


# Briefs and related stories are sought one after the other, mostly in the same text.
@lru_cache(maxsize=1)
def _short_lines(page: str, longest: int) -> tuple[dict[str, bool], str]:
    """The short lines, and whether they stand alone; and all of them in lower case."""
    lines = set(map(str.strip, page.split("\n")))
    whole = {line: True for line in lines if SHORTEST <= len(line) <= longest}
    begun = {line.partition(":")[0]: False for line in lines if ":" in line[SHORTEST:longest]}
    return begun | whole, "\n".join((*whole, *begun)).casefold()


def _loose(tree: HtmlElement, lines: tuple[str, ...]) -> list[tuple[HtmlElement, bool]]:
    """Where one of the lines stands in no element of its own: at the beginning of one, or behind one."""
    inner = [(e, False) for e in tree.iter(*BLOCK_TAGS) if len(e) and (e.text or "").strip() in lines]
    return inner + [(e, True) for e in tree.iter() if (e.tail or "").strip() in lines]


def _set_apart(element: HtmlElement, *, tail: bool) -> HtmlElement:
    """The loose text put into an element."""
    apart = element.makeelement("b")
    if tail:
        apart.text, element.tail = element.tail, None
        element.addnext(apart)
    else:
        apart.text, element.text = element.text, None
        element.insert(0, apart)
    return apart


def _begins(element: HtmlElement, lines: tuple[str, ...]) -> bool:
    """Whether an element of several parts could say one of the lines."""
    if not isinstance(element.tag, str) or not 0 < len(element) <= 3:
        return False
    own = (element.text or "").strip() or (element[0].text or "").strip() or (element[0].tail or "").strip()
    return bool(own) and any(line.startswith(" ".join(own.split())) for line in lines)
