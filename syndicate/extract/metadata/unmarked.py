"""The headline of pages older than headings: the line that says what the page's title says.

It becomes the heading that it stands for, so that all who look for one find it.
"""

from collections.abc import Iterable, Sequence
from itertools import islice

from lxml.html import HtmlElement

from syndicate.extract.metadata.labels import LABEL_WORDS, lines_after
from syndicate.extract.metadata.surroundings import is_margin
from syndicate.extract.metadata.titles import JOINT, LEAST_WORDS, is_site_name, letters
from syndicate.extract.naming_lines import elements_that_say
from syndicate.extract.tree import count_words, is_hidden, is_sentence, text_of

LONGEST, FEWEST_LETTERS = 300, 8
MOST_JOINTS, MOST_SHORT_LINES, HIGHEST = 12, 8, 40
PROSE_WORDS, MOST_LINES = 12, 40
# Each text has this in it.
ANY = ("",)
# What lists other stories, or takes one's name into a form.
ELSEWHERE = frozenset({"nav", "aside", "footer", "form", "li", "select", "option", "button", "label"})
# What may be a heading itself; anything else gets one inside.
SHELLS = frozenset(
    {"div", "p", "span", "font", "b", "strong", "big", "em", "i", "u", "h2", "h3", "h4", "h5", "h6"}
)


def title_line(tree: HtmlElement, titles: Iterable[str], sites: Sequence[str]) -> HtmlElement | None:
    """The line that is one of the titles, or a title's part beside the site's name, as an `h1`; or None.

    Of several the longest, and of equal ones the first that leads nowhere. Some text follows it soon:
    a masthead has a menu below.
    """
    body = tree.find("body")
    wanted = {letters(part) for title in titles for part in _parts(title, sites)}
    if body is None or not wanted:
        return None
    lengths = {len(bare) for bare in wanted}

    def is_title(line: str) -> bool:
        # A line has at least as many characters as letters, and seldom many more.
        near = any(length <= len(line) <= 2 * length for length in lengths)
        return near and letters(line) in wanted

    said = elements_that_say(body, is_title, stems=ANY, longest=LONGEST)
    found = [e for e in said[:MOST_LINES] if _is_its_own(e) and _stands_over_text(e)]
    found.sort(key=lambda element: (-len(letters(text_of(element))), _is_linked(element)))
    return _as_heading(found[0]) if found else None


def _parts(title: str, sites: Sequence[str]) -> list[str]:
    """The title, and what stands before and after each joint in it."""
    text = " ".join(title[:LONGEST].split())
    joints = list(islice(JOINT.finditer(text), MOST_JOINTS))
    parts = [text, *(text[: joint.start()] for joint in joints), *(text[joint.end() :] for joint in joints)]
    return [
        part
        for part in parts
        if count_words(part) >= LEAST_WORDS
        and len(letters(part)) >= FEWEST_LETTERS
        and not is_site_name(part, sites)
    ]


def _is_its_own(element: HtmlElement) -> bool:
    around = [element, *islice(element.iterancestors(), HIGHEST)]
    return not any(up.tag in ELSEWHERE or is_margin(up) or is_hidden(up) for up in around)


def _stands_over_text(element: HtmlElement) -> bool:
    for line in islice(lines_after(element), MOST_SHORT_LINES):
        words = count_words(line.text)
        if words > LABEL_WORDS or (words >= PROSE_WORDS and is_sentence(line.text)):
            return True
    return False


def _is_linked(element: HtmlElement) -> bool:
    return any(up.tag == "a" for up in (element, *element.iterancestors()))


def _as_heading(element: HtmlElement) -> HtmlElement:
    text, outer = text_of(element), element.getparent()
    while outer is not None and outer.tag in SHELLS and text_of(outer) == text:
        element, outer = outer, outer.getparent()
    if element.tag in SHELLS:
        element.tag = "h1"
        element.tail = f"\n{element.tail or ''}"
        return element
    heading = element.makeelement("h1")
    heading.text, element.text = element.text, None
    for child in list(element):
        heading.append(child)
    element.append(heading)
    return heading
