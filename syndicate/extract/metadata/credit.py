"""The credit line under an article: "With reporting by …", in the words of eight languages."""

import re
from collections.abc import Iterator
from itertools import islice

from lxml.html import HtmlElement, tostring

from syndicate.extract.lexicon.words import CREDIT, CREDIT_AT_END, contains, opens
from syndicate.extract.metadata.surroundings import Path
from syndicate.extract.tree import BLOCK_TAGS, count_words, is_inside, is_sentence
from syndicate.formats.html import plain
from syndicate.formats.months import fold

SHELL = re.compile(r"^[\s(\[*_—–-]+|[\s)\]*_]+$")
MAX_WORDS = 30
MAX_CHARACTERS = 400
# "Source: …" under a picture credits the picture.
PICTURES = ("figure", "figcaption", "table")
INLINE = ("em", "i", "span", "small", "b", "strong")
OPENING, ENOUGH = 45, 24
FIRST_PIECES = 4
MAX_ENDS = 50
# A longer line that goes on in lower case, or ends as a sentence, tells something of its own.
NAMES_ONLY, TELLING = 8, 14
ARTICLES = frozenset(
    ("the", "our", "a", "an", "der", "die", "das", "den", "dem", "le", "la", "les", "el", "los")
)
# With what a credit begins that has none but ASCII's letters.
BEGINNINGS = (
    "with ", "additional ", "further ", "extra ", "reporting ", "based on ", "source", "mit",
    "unter mitarbeit ", "quelle", "avec ", "con ", "fuente", "kaynak", "katki", "ek haber ", "haber ",
)  # fmt: skip
AT_END = "contributed"
ENDING = Path("descendant::*[text()[contains(., 'contributed')]]")
OUTER = " \t\r\n()[]*_—–-"


def find_credit(tree: HtmlElement) -> tuple[str, HtmlElement] | None:
    """The credit line and the element that holds it alone, or None."""
    within: tuple[str, HtmlElement] | None = None
    for element in (*_opened(tree), *_ended(tree)):
        credit = as_credit(_line(element))
        if credit and element.tag in BLOCK_TAGS and not _holds_blocks(element):
            return credit, element
        if credit and within is None and element.tag in INLINE:
            within = credit, element
    return within


def as_credit(text: str) -> str:
    """The text without brackets if it is a credit line, else empty."""
    bare = SHELL.sub("", text)
    if len(bare) > MAX_CHARACTERS or not (AT_END in bare or _opens(bare)):
        return ""
    if not 2 <= count_words(bare) <= MAX_WORDS:
        return ""
    if AT_END in bare and contains(CREDIT_AT_END, bare):
        return plain(bare)
    return plain(bare) if _opens(bare) and not _tells(bare) else ""


def _opens(text: str) -> bool:
    # Nearly every line of a page is asked, and most need no pattern.
    if text.isascii() and not text.lstrip().lower().startswith(BEGINNINGS):
        return False
    return opens(CREDIT, text)


def _opened(tree: HtmlElement) -> Iterator[HtmlElement]:
    """The elements whose first words are a credit's."""
    seen: dict[str, bool] = {}
    for element in tree.iter(*BLOCK_TAGS, *INLINE):
        opening = _opening(element)
        if opening not in seen:
            seen[opening] = bool(opening) and _opens(opening)
        if seen[opening] and not is_inside(element, PICTURES):
            yield element


def _opening(element: HtmlElement) -> str:
    """Its first words, without brackets; empty where another block begins it, which is looked at itself."""
    own = (element.text or "").strip(OUTER)
    if len(own) >= ENOUGH or not len(element) or (not own and element[0].tag in BLOCK_TAGS):
        return own[:OPENING]
    return "".join(islice(element.itertext(), FIRST_PIECES)).strip(OUTER)[:OPENING]


def _ended(tree: HtmlElement) -> Iterator[HtmlElement]:
    """The elements whose last words may be a credit's."""
    if AT_END not in str(tostring(tree, method="text", encoding="unicode")):
        return
    for element in ENDING.find(tree)[-MAX_ENDS:]:
        around = (
            up for up in (element, *islice(element.iterancestors(), 2)) if up.tag not in {"body", "html"}
        )
        yield from (up for up in around if not is_inside(up, PICTURES))


def _line(element: HtmlElement) -> str:
    """The element's text, of which no more is read than shows that it is no line."""
    pieces, length = [], 0
    for piece in element.itertext():
        pieces.append(piece)
        length += len(piece.strip())
        if length > MAX_CHARACTERS * 2:
            break
    return " ".join("".join(pieces).split())


def _holds_blocks(element: HtmlElement) -> bool:
    return next(element.iterdescendants(*BLOCK_TAGS), None) is not None


def _tells(text: str) -> bool:
    """Whether a line that opens like a credit goes on as a sentence: "With reports of smoke, …"."""
    words = text.split()
    opened = CREDIT.match(fold(text).lstrip())
    rest = words[len(opened[0].split()) :] if opened else words
    name = next((word for word in rest if word.lower() not in ARTICLES), "")
    if len(words) > NAMES_ONLY and name[:1].islower():
        return True
    return len(words) > TELLING and is_sentence(text) and not name[:1].isupper()
