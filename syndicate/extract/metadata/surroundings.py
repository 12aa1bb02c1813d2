"""Where an element stands: in the article, or among what belongs to others (comments, cards, margins)."""

import re
from collections.abc import Callable, Collection, Set
from functools import lru_cache
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

MARGINS = frozenset({"nav", "aside", "footer", "form"})
OF_OTHERS = re.compile(
    r"comment|related|teaser|recommend|sidebar|side-bar|widget|promo|newsletter|trending|popular|most-?read"
    r"|more-(?:from|on|stories|news)|read-(?:more|next|also)|also-read|latest|carousel|breaking|ticker|sponsor"
    r"|advert|embed|tweet|footer|masthead|copyright",
    re.IGNORECASE,
)
HIGHEST = 40
LONGEST_NAME = 200


class Path:
    """An XPath that finds elements, compiled once."""

    def __init__(self, path: str) -> None:
        self._find = etree.XPath(path, smart_strings=False)

    def find(self, tree: HtmlElement) -> list[HtmlElement]:
        """The elements that it leads to, in the page's order."""
        found: Any = self._find(tree)
        return list(found)


def holds_any(pieces: Collection[str]) -> Callable[[str | None], bool]:
    """A test whether one of these pieces stands in an attribute, which is asked once for each of its values:
    a page repeats its classes.
    """

    @lru_cache(maxsize=4096)
    def holds(value: str | None) -> bool:
        return value is not None and any(piece in value for piece in pieces)

    return holds


def around(main: HtmlElement | None) -> Set[HtmlElement]:
    """The elements that the heading stands in."""
    return set(main.iterancestors()) if main is not None else frozenset()


def is_of_others(element: HtmlElement, inside: Set[HtmlElement]) -> bool:
    """Whether it, or one around it, is a margin, or another article than the one that `inside` is around."""
    for height, up in enumerate((element, *element.iterancestors())):
        if up in inside or height > HIGHEST:
            return False
        if is_margin(up) or (inside and up.tag == "article"):
            return True
    return False


def is_margin(element: HtmlElement) -> bool:
    """Whether the element itself is a margin, or of a class that says that it is of others."""
    if element.tag in MARGINS:
        return True
    if element.tag in {"body", "html", "main"}:
        return False
    told = element.get("class"), element.get("id")
    return any(_is_of_others(name[:LONGEST_NAME]) for name in told if name)


@lru_cache(maxsize=4096)
def _is_of_others(name: str) -> bool:
    return bool(OF_OTHERS.search(name))


def place_of(main: HtmlElement) -> HtmlElement:
    """The article around the heading, else its grandparent while that is not the whole page."""
    article = next((up for up in main.iterancestors("article", "main")), None)
    if article is not None:
        return article
    around = [up for up in main.iterancestors() if up.tag not in {"body", "html"}]
    return around[min(1, len(around) - 1)] if around else main
