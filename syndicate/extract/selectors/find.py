"""Operators' selectors over a parsed page: what they match, and what they take out of it.

A selector is bounded by what it may cost on the page, not by time, which extraction does not know.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias, cast

from cssselect import HTMLTranslator
from cssselect.parser import Matching, SelectorError
from cssselect.xpath import XPathExpr
from lxml import etree
from lxml.html import HtmlElement

from syndicate.extract.selectors.extent import extent_of
from syndicate.extract.tree import remove
from syndicate.model.extent import Extent
from syndicate.model.selector import Selector, read_selector
from syndicate.model.source import Selectors
from syndicate.model.xpath_cost import MOST, cost

Match: TypeAlias = HtmlElement | str

# Whoever loses so much of a page's text with it should know.
MOST_OF_IT = 0.9
# Of listings: nothing on an article's page is theirs.
OF_LISTINGS = frozenset({"links", "next"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What the selectors of a source match on a page, by field, in the page's order.

    `unmatched` names those that match nothing (`remove[2]` for the second of these). `warnings` tell of those
    that would have taken too long, `emptied` of those that took out most of the page's text.
    """

    found: Mapping[str, list[Match]] = field(default_factory=dict)
    unmatched: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    emptied: tuple[str, ...] = ()


def choose(tree: HtmlElement, selectors: Selectors) -> Chosen:
    """Find what the fields' selectors match, then take out of the tree what those of `remove` match."""
    wanted = {name: text for name, text in selectors.stated.items() if name not in OF_LISTINGS}
    dropped = {f"remove[{place}]": text for place, text in enumerate(selectors.remove, start=1)}
    if not wanted and not dropped:
        return Chosen()
    extent = extent_of(tree)
    asked = wanted | dropped
    costly = [name for name, text in asked.items() if _cost(text, extent) > MOST]
    found = {name: find_all(tree, text) for name, text in asked.items() if name not in costly}
    unwanted = {name: found.pop(name) for name in dropped if name in found}
    whole = [name for name, matches in unwanted.items() if tree in matches]
    emptied = _emptied(tree, unwanted)
    take_out(match for matches in unwanted.values() for match in matches if match is not tree)
    missed = [name for name, matches in (found | unwanted).items() if not matches]
    return Chosen(
        found={name: matches for name, matches in found.items() if matches},
        unmatched=tuple(missed),
        warnings=(
            *(_too_costly(name, asked[name], extent) for name in costly),
            *(f'selectors.{name} "{asked[name]}" is the whole page, which stays' for name in whole),
        ),
        emptied=tuple(f'selectors.{name} "{asked[name]}" took out {share}' for name, share in emptied),
    )


def _too_costly(name: str, text: str, extent: Extent) -> str:
    return f'selectors.{name} "{text}" may take too long on {extent.elements:,} elements, and was passed over'


def _emptied(tree: HtmlElement, unwanted: Mapping[str, list[Match]]) -> list[tuple[str, str]]:
    """The selectors that take out most of what is to be read, with how much."""
    if not any(unwanted.values()):
        return []
    whole = _length(tree)
    shares = {
        name: sum(_length(match) for match in matches if not isinstance(match, str) and match is not tree)
        for name, matches in unwanted.items()
    }
    return [
        (name, "all of its text" if length >= whole else f"{100 * length // whole} % of its text")
        for name, length in shares.items()
        if whole and length >= MOST_OF_IT * whole
    ]


def _length(element: HtmlElement) -> int:
    """How much there is to read."""
    texts = cast(list[str], _TEXTS(element))
    return sum(len(text.strip()) for text in texts)


def find_all(tree: HtmlElement, text: str) -> list[Match]:
    """The elements that a selector matches, or the texts that it takes of them; none for a faulty one."""
    selector = read_selector(text)
    try:
        result: Any = _compiled(selector)(tree)
    except (etree.XPathError, SelectorError, ValueError):
        return []
    if isinstance(result, str):
        return [result] if result.strip() else []
    found = result if isinstance(result, list) else []
    if selector.attribute:
        found = [element.get(selector.attribute) or "" for element in found]
    # XPath may give other nodes too: namespaces, comments.
    return [m for m in found if (isinstance(m, str) and m.strip()) or isinstance(m, HtmlElement)]


def take_out(matches: Iterable[Match]) -> None:
    """Take these elements out of their tree, and the containers that are empty without them."""
    elements = [match for match in matches if not isinstance(match, str)]
    # A container is judged once, however much it held.
    around = dict.fromkeys(element.getparent() for element in elements)
    for element in elements:
        remove(element)
    for container in around:
        _take_empty(container)


def _take_empty(container: HtmlElement | None) -> None:
    while container is not None and container.tag not in {"body", "html"} and _is_empty(container):
        empty, container = container, container.getparent()
        remove(empty)


def _is_empty(element: HtmlElement) -> bool:
    has_text = any(text.strip() for text in element.itertext())
    return not has_text and next(element.iter("img", "video", "audio"), None) is None


def is_too_much(tree: HtmlElement, texts: tuple[str, ...]) -> bool:
    """Whether these selectors may take too long on the page."""
    extent = extent_of(tree)
    return any(_cost(text, extent) > MOST for text in texts)


def _cost(text: str, extent: Extent) -> float:
    try:
        return cost(_expression(read_selector(text)), extent)
    except SelectorError:
        return 0


@lru_cache(maxsize=512)
def _compiled(selector: Selector) -> etree.XPath:
    # EXSLT's regular expressions know no bound.
    return etree.XPath(_expression(selector), regexp=False, smart_strings=False)


def _expression(selector: Selector) -> str:
    return selector.expression if selector.is_xpath else _TRANSLATOR.css_to_xpath(selector.expression)


class _FromTheRight(HTMLTranslator):
    """`div p` as "a p inside a div": each element is judged once by what is around it, nothing is merged."""

    def xpath_descendant_combinator(self, left: XPathExpr, right: XPathExpr) -> XPathExpr:
        return right.add_condition(f"ancestor::{left}")

    def xpath_child_combinator(self, left: XPathExpr, right: XPathExpr) -> XPathExpr:
        return right.add_condition(f"parent::{left}")

    def xpath_direct_adjacent_combinator(self, left: XPathExpr, right: XPathExpr) -> XPathExpr:
        return right.add_condition(f"preceding-sibling::*[1][self::{left}]")

    def xpath_indirect_adjacent_combinator(self, left: XPathExpr, right: XPathExpr) -> XPathExpr:
        return right.add_condition(f"preceding-sibling::{left}")

    def xpath_relation_descendant_combinator(self, left: XPathExpr, right: XPathExpr) -> XPathExpr:
        return left.add_condition(f"descendant::{right}")

    def xpath_relation_child_combinator(self, left: XPathExpr, right: XPathExpr) -> XPathExpr:
        return left.add_condition(f"child::{right}")

    def xpath_relation_direct_adjacent_combinator(self, left: XPathExpr, right: XPathExpr) -> XPathExpr:
        return left.add_condition(f"following-sibling::*[1][self::{right}]")

    def xpath_relation_indirect_adjacent_combinator(self, left: XPathExpr, right: XPathExpr) -> XPathExpr:
        return left.add_condition(f"following-sibling::{right}")

    def xpath_matching(self, matching: Matching) -> XPathExpr:
        """`:is()`; the library's own forgets what stands before it."""
        conditions = []
        for one in matching.selector_list:
            inner = self.xpath(one)
            inner.add_name_test()
            conditions.append(f"({inner.condition or '1'})")
        return self.xpath(matching.selector).add_condition(" or ".join(conditions))


_TRANSLATOR = _FromTheRight()
_TEXTS = etree.XPath(
    "descendant::text()[not(parent::script or parent::style or parent::title)]", smart_strings=False
)
