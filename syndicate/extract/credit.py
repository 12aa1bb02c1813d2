"""The credit line under an article: "With reporting by …", in the words of six languages."""

import re

from lxml.html import HtmlElement

from syndicate.extract.lexicon import CREDIT, CREDIT_AT_END, contains, opens
from syndicate.extract.tree import blocks, count_words, is_inside, text_of
from syndicate.formats.html import plain

SHELL = re.compile(r"^[\s(\[*_—–-]+|[\s)\]*_]+$")
MAX_WORDS = 30
MAX_CHARACTERS = 400
# "Source: …" under a picture credits the picture.
PICTURES = ("figure", "figcaption", "table")
INLINE = ("em", "i", "span", "small", "b", "strong")


def find_credit(tree: HtmlElement) -> tuple[str, HtmlElement] | None:
    """The credit line and the element that holds it alone, or None."""
    for block in blocks(tree):
        if is_inside(block, PICTURES):
            continue
        if credit := as_credit(text_of(block)):
            return credit, block
    for element in tree.iter(*INLINE):
        if credit := as_credit(text_of(element)):
            return credit, element
    return None


def as_credit(text: str) -> str:
    """The text without brackets if it is a credit line, else empty."""
    bare = SHELL.sub("", text)
    if len(bare) > MAX_CHARACTERS or not 2 <= count_words(bare) <= MAX_WORDS:
        return ""
    return plain(bare) if opens(CREDIT, bare) or contains(CREDIT_AT_END, bare) else ""
