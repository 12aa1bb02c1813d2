"""Selectors for an element: short ones, by what is likely to stay when the site's pages are made anew.

Names that a program made up (`css-1x2y3z`), that style instead of mean (`mt-4`, `col-8`), or that belong to
one page (`post-123`) are passed over, and so is an element's place among its siblings.
"""

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
NAME = re.compile(r"[A-Za-z][A-Za-z_-]*[A-Za-z]")
VOWEL = re.compile(r"[aeiouy]", re.IGNORECASE)
SHORT = frozenset({"h", "hd", "kw", "ts", "txt", "hdr", "img", "btn", "nav", "art", "str", "pg", "dt"})
STYLE = re.compile(
    r"^(?:css|sc|jsx|emotion|svelte|styled|chakra|mui|tw|is|has|js|no|wp|elementor|et|vc|col|row|grid|flex|block"
    r"|inline|hidden|visible|float|left|right|center|clear|clearfix|container|wrapper|wrap|inner|outer|m|p|mt|mb"
    r"|ml|mr|mx|my|pt|pb|pl|pr|px|py|w|h|text|font|bg|border|rounded|shadow|space|gap|items|justify|self|active"
    r"|current|first|last|odd|even|open|closed|category|tag|hentry|ng|v|post-?id|page-?id|sm|md|lg|xl)(?:[-_]|$)",
    re.IGNORECASE,
)
MEANT = frozenset({"h1", "h2", "h3", "time", "article", "main", "address", "figure", "blockquote"})
VAGUE = frozenset(
    {"div", "span", "p", "a", "li", "ul", "ol", "td", "tr", "table", "section", "img", "header"}
)
ATTRIBUTES = ("itemprop", "rel", "role", "data-testid", "data-component", "data-role", "data-qa")
METAS = ("property", "name", "itemprop")
ANCESTORS = 8
# What a selector costs: what says what it means is cheap, a way through two elements dear.
BY_MEANING, BY_CLASS, BY_TAG, BY_OTHER, BY_META, OF_VAGUE, WITH_ANCESTOR = 1.0, 2.0, 3.0, 4.0, 30.0, 9.0, 3.0


def selectors_for(element: HtmlElement) -> Iterator[tuple[float, str]]:
    """CSS selectors that may name the element, each with its cost: the cheapest that holds is the best."""
    if element.tag == "meta":
        yield from _of_meta(element)
        return
    own = list(_simple(element))
    for cost, text in own:
        if cost < OF_VAGUE:
            yield cost, text
    for distance, around in enumerate(_ancestors(element)):
        for outer_cost, outer in _simple(around):
            if outer_cost >= OF_VAGUE:
                continue
            for cost, text in own:
                yield outer_cost + min(cost, BY_OTHER) + WITH_ANCESTOR + distance / 10, f"{outer} {text}"


def is_lasting(name: str) -> bool:
    """Whether a class or an id says what it holds, as people name things."""
    if not NAME.fullmatch(name) or len(name) > 40 or STYLE.search(name):
        return False
    words = WORDS.findall(name)
    good = [word for word in words if word.lower() in SHORT or (len(word) > 2 and VOWEL.search(word))]
    return len(good) == len(words) and any(len(word) > 2 for word in words)


def _simple(element: HtmlElement) -> Iterator[tuple[float, str]]:
    tag = str(element.tag)
    for name in ATTRIBUTES:
        value = element.get(name) or ""
        if is_lasting(value):
            yield (BY_MEANING if name in {"itemprop", "rel"} else BY_OTHER), f'[{name}="{value}"]'
    for name in (element.get("class") or "").split():
        if is_lasting(name):
            yield BY_CLASS, f".{name}"
            yield BY_CLASS + 0.5, f"{tag}.{name}"
    if is_lasting(element.get("id") or ""):
        yield BY_TAG, f"#{element.get('id')}"
    if tag in MEANT:
        yield (BY_MEANING if tag == "time" else BY_TAG), tag
    elif tag in VAGUE:
        yield OF_VAGUE, tag


def _ancestors(element: HtmlElement) -> list[HtmlElement]:
    found = [around for around in element.iterancestors() if around.tag not in {"body", "html"}]
    return found[:ANCESTORS]


def _of_meta(element: HtmlElement) -> Iterator[tuple[float, str]]:
    for name in METAS:
        value = element.get(name) or ""
        if re.fullmatch(r"[\w.:-]{2,60}", value):
            yield BY_META, f'meta[{name}="{value}"]@content'
