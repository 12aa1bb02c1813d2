"""A selector as an operator writes it: CSS or XPath, and what it takes of an element."""

import re
from dataclasses import dataclass

XPATH = re.compile(r"xpath:\s*|(?=/|\./|\()")
# `meta[property="og:title"]@content`: what stands in brackets or quotes is no attribute to take.
TAKEN = re.compile(r"(?P<css>.*\S)\s*@(?P<attribute>[A-Za-z_][\w:.-]*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """`attribute` is what CSS takes instead of the element, empty for the element; XPath says so itself."""

    expression: str
    is_xpath: bool = False
    attribute: str = ""


def read_selector(text: str) -> Selector:
    """Tell XPath from CSS: it begins with `/`, `./`, `(` or `xpath:`. Whether it is right is not judged."""
    text = text.strip()
    if start := XPATH.match(text):
        return Selector(expression=text[start.end() :], is_xpath=True)
    if taken := TAKEN.fullmatch(text):
        return Selector(expression=taken["css"], attribute=taken["attribute"].lower())
    return Selector(expression=text)
