"""The archive notice in a page's own words: that its site is no longer updated, and where the new one is.

Only a whole block counts. A sentence of an article may say the same of another site and stays.
"""

import re
from collections.abc import Sequence
from itertools import islice

from lxml.html import HtmlElement, tostring

from syndicate.extract.chrome import is_chrome
from syndicate.extract.language import detect
from syndicate.extract.lexicon.notice import (
    EXPLAINS,
    HERE,
    LEFT,
    NOTICE_STEMS,
    OF_OTHERS,
    OLD,
    OLD_STEMS,
    OLD_THINGS,
    ONWARD,
    READER,
    REPORTED,
)
from syndicate.extract.lexicon.words import has_any, stems_in
from syndicate.extract.notice.doubtful import (
    MAX_CHARACTERS,
    MAX_WORDS,
    MIN_CHARACTERS,
    MIN_WORDS,
    is_weak_notice,
)
from syndicate.extract.notice.lines import Line, lines_of
from syndicate.extract.notice.successor import leads_away, named, successor_of
from syndicate.extract.tree import HEADINGS, count_words, is_inside, is_sentence, remove_with_shell, text_of
from syndicate.formats.html import plain
from syndicate.formats.months import fold
from syndicate.model.item import Notice

PROSE_WORDS = 9
# A notice in the row of an article's paragraphs says at once what it is.
BEGINNING = 80
LABEL_CHARACTERS, SHORT_WORDS = 20, 12
LABEL_WORDS, CONTINUED_WORDS, EXPLAINED_WORDS = 3, 16, 10
MOST_CLIMBED, MOST_NOTICES, MOST_LINES = 12, 20, 4
EXAMINED = 1000
STEM_CHARACTERS, MOST_STEMS = 80, 100
# What a notice quotes is said by others; a name in quotes is short.
QUOTED = re.compile(r"[“\"„«‹][^”\"»›“]{24,}[”\"»›“]")
WHOLE_PAGES = frozenset({"body", "html", "main", "article"})
PARTED = ("h1", "h2", "ul", "ol", "nav")


def take_notice(tree: HtmlElement, *, base: str, chrome: frozenset[int] = frozenset()) -> Notice | None:
    """The notice, or None; of several, one with a successor, in the page's language, the first.

    What holds nothing else leaves the tree. Of lines in `chrome`, those that other stories of the host show
    too, weaker words are enough.
    """
    page = " ".join(str(tostring(tree, method="text", encoding="unicode")).casefold().split())
    stems = stems_in(page, NOTICE_STEMS)
    lines = lines_of(tree) if chrome or _tells_of_an_end(page, stems) else []
    found: list[Notice] = []
    taken: set[int] = set()
    # A page of thousands of such lines is an attack: notices stand at its ends.
    for at, line in _ends(list(enumerate(lines))):
        if at in taken or len(found) == MOST_NOTICES:
            continue
        together = _notice_at(lines, at, base) if _may_be_notice(line, stems) else []
        if (
            not together
            and is_chrome(line.text, chrome)
            and is_weak_notice(line.text, line.anchors, base=base)
        ):
            together = [at]
        if together and all(lines[i].stands for i in together):
            taken |= set(together)
            found.append(_take([lines[i] for i in together], base))
    declared = (tree.get("lang") or "")[:2].lower()
    found.sort(key=lambda notice: (not notice.successor_url, notice.language != declared))
    return found[0] if found else None


def is_notice(text: str) -> bool:
    """Whether a whole block of text is an archive notice: it speaks of its own page, and as of one left."""
    if len(text) > MAX_CHARACTERS or not MIN_WORDS <= count_words(text) <= MAX_WORDS:
        return False
    folded = fold(QUOTED.sub(" … ", text))
    if OF_OTHERS.search(folded):
        return False
    if LEFT.search(folded) and _speaks_of_itself(folded):
        return True
    # An old site may be a quarry: then nobody is reading it, or sent to a new one.
    led_on = ONWARD.search(folded) or named(text)
    return bool(OLD.search(folded) and (READER.search(folded) or (led_on and HERE.search(folded))))


def _speaks_of_itself(folded: str) -> bool:
    """Whether it tells which page is left; "an archived page" says so of itself only at the start."""
    if READER.search(folded):
        return True
    left = [match.span() for match in LEFT.finditer(folded)]
    here = [match.span() for match in HERE.finditer(folded)]
    if any(end <= start or until <= begin for begin, end in here for start, until in left):
        return True
    return any(begin < LABEL_CHARACTERS for begin, _ in here) and count_words(folded) <= SHORT_WORDS


def notice_of_text(text: str, *, base: str = "") -> Notice:
    """The notice of a plain text block."""
    return Notice(text=plain(text), successor_url=successor_of((), text, base=base), language=detect(text))


def _ends(lines: list[tuple[int, Line]]) -> list[tuple[int, Line]]:
    return lines if len(lines) <= 2 * EXAMINED else lines[:EXAMINED] + lines[-EXAMINED:]


def _tells_of_an_end(page: str, stems: Sequence[str]) -> bool:
    """Whether a notice's words stand around one of the stems: most pages can be left at that."""
    looked_at = 0
    for stem in stems:
        at = page.find(stem)
        while at >= 0:
            around = page[max(0, at - STEM_CHARACTERS) : at + STEM_CHARACTERS]
            at = page.find(stem, at + STEM_CHARACTERS // 2)
            if stem in OLD_STEMS and not has_any(OLD_THINGS, around):
                continue
            looked_at += 1
            folded = fold(around)
            if looked_at > MOST_STEMS or LEFT.search(folded) or OLD.search(folded):
                return True
    return False


def _may_be_notice(line: Line, stems: Sequence[str]) -> bool:
    return MIN_CHARACTERS <= len(line.text) <= MAX_CHARACTERS and has_any(stems, line.text.casefold())


def _notice_at(lines: Sequence[Line], at: int, base: str) -> list[int]:
    """The lines of the notice at a place: itself, and what goes on with it; none for no notice."""
    line = lines[at]
    if line.tag == "h1" or is_inside(line.holder, ("blockquote",)) or line.tag == "blockquote":
        return []
    if is_notice(line.text):
        return [] if _is_of_article(lines, at) else _with_neighbours(lines, [at], base)
    before = lines[at - 1] if at else None
    # "You are viewing the old Courier." – "It is no longer updated."
    if before is None or before.tag == "h1" or not LEFT.search(fold(line.text)):
        return []
    if count_words(before.text) > CONTINUED_WORDS or not _are_near(before, line):
        return []
    split = is_notice(f"{before.text} {line.text}") and not _is_of_article(lines, at)
    return _with_neighbours(lines, [at - 1, at], base) if split else []


def _is_of_article(lines: Sequence[Line], at: int) -> bool:
    """Whether it stands in the row of an article's paragraphs and reads like one of them."""
    line = lines[at]
    around = [lines[i] for i in (at - 1, at + 1) if 0 <= i < len(lines) and _is_prose_beside(lines[i], line)]
    if sum(other.shape == line.shape for other in around) == 2 or (around and line.tag == "li"):
        return True
    if line.tag in HEADINGS:
        return at + 1 < len(lines) and _is_prose(lines[at + 1])
    if not around:
        return False
    folded = fold(line.text)
    found = min((match.start() for pattern in (HERE, READER) if (match := pattern.search(folded))), default=0)
    return found > BEGINNING or bool(REPORTED.search(folded))


def _is_prose_beside(other: Line, line: Line) -> bool:
    return (
        other.tag == line.tag
        and (other.holder is line.holder or other.shape == line.shape)
        and _is_prose(other)
    )


def _is_prose(line: Line) -> bool:
    return count_words(line.text) >= PROSE_WORDS and is_sentence(line.text) and not is_notice(line.text)


def _with_neighbours(lines: Sequence[Line], found: list[int], base: str) -> list[int]:
    """With the lines before and after that go on with the notice: where to, or that it is left."""
    for step, place in ((1, found[-1] + 1), (-1, found[0] - 1)):
        while 0 <= place < len(lines) and _goes_on(lines[place], lines[place - step], base):
            if len(found) == MOST_LINES:
                break
            found.append(place)
            place += step
    return sorted(found)


def _goes_on(line: Line, beside: Line, base: str) -> bool:
    words = count_words(line.text)
    if words > CONTINUED_WORDS or line.tag in HEADINGS or not _are_near(line, beside):
        return False
    folded = fold(line.text)
    if is_notice(line.text) or LEFT.search(folded):
        return True
    led = ONWARD.search(folded) or words <= LABEL_WORDS
    return bool(led) and (bool(named(line.text)) or leads_away(line.anchors, base=base))


def _are_near(one: Line, other: Line) -> bool:
    around = {up for line in (one,) for up in _around(line)}
    return any(up in around for up in _around(other))


def _around(line: Line) -> list[HtmlElement]:
    return [line.holder, *islice(line.holder.iterancestors(), 2)]


def _take(lines: Sequence[Line], base: str) -> Notice:
    elements = [line.as_element() for line in lines]
    text = plain(" ".join(line.text for line in lines))
    successor = successor_of(elements, text, base=base)
    for element in dict.fromkeys(_shell_of(element, elements) for element in elements):
        remove_with_shell(element)
    return Notice(text=text, successor_url=successor, language=detect(text))


def _shell_of(element: HtmlElement, parts: Sequence[HtmlElement]) -> HtmlElement:
    """The largest element around that holds the notice alone, but for a label, a picture or a link that
    explains it.
    """
    shell, known = element, sum(count_words(text_of(part)) for part in parts)
    for around in islice(element.iterancestors(), MOST_CLIMBED):
        if around.tag in WHOLE_PAGES or count_words(text_of(around)) > known + EXPLAINED_WORDS:
            break
        if next(around.iter(*PARTED), None) is not None or not _holds_only(around, parts):
            break
        shell = around
    return shell


def _holds_only(around: HtmlElement, parts: Sequence[HtmlElement]) -> bool:
    for line in lines_of(around):
        if any(part is line.element or part is line.holder for part in parts):
            continue
        words, linked = count_words(line.text), bool(line.anchors)
        if words > LABEL_WORDS and not (linked and EXPLAINS.search(fold(line.text))):
            return False
        if linked and not EXPLAINS.search(fold(line.text)):
            return False
    return True
