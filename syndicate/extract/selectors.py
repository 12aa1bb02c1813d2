"""Operators' selectors over a parsed page: what they match, and what they take out of it.

A selector is bounded by the page's size instead of by time, which extraction does not know.
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

from syndicate.extract.tree import MAX_ELEMENTS, remove
from syndicate.model.selector import Selector, read_selector
from syndicate.model.source import Selectors

Match: TypeAlias = HtmlElement | str

# libxml2 merges the nodes of overlapping steps one by one: `//div//p` costs elements² × depth at worst, which
# is two seconds here. CSS is asked the other way round and costs no more than elements × depth.
MOST_WORK = 3_000_000_000
# libxml2 goes no deeper; to tell how deep a page goes costs more than to ask it.
DEEPEST = 256
# Of listings: nothing on an article's page is theirs.
OF_LISTINGS = frozenset({"links", "next"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What the selectors of a source match on a page, by field, in the page's order.

    `unmatched` names those that match nothing (`remove[2]` for the second of these); a `warning` tells that a
    page was too large to be asked.
    """

    found: Mapping[str, list[Match]] = field(default_factory=dict)
    unmatched: tuple[str, ...] = ()
    warning: str = ""


def choose(tree: HtmlElement, selectors: Selectors) -> Chosen:
    """Find what the fields' selectors match, then take out of the tree what those of `remove` match."""
    wanted = {name: text for name, text in selectors.stated.items() if name not in OF_LISTINGS}
    dropped = {f"remove[{place}]": text for place, text in enumerate(selectors.remove, start=1)}
    if not wanted and not dropped:
        return Chosen()
    if is_too_much(tree, (*wanted.values(), *dropped.values())):
        return Chosen(warning="the page is too large for its source's selectors, which were passed over")
    found = {name: find_all(tree, text) for name, text in wanted.items()}
    unwanted = {name: find_all(tree, text) for name, text in dropped.items()}
    take_out(match for matches in unwanted.values() for match in matches if match is not tree)
    missed = [name for name, matches in (found | unwanted).items() if not matches]
    return Chosen(
        found={name: matches for name, matches in found.items() if matches}, unmatched=tuple(missed)
    )


def find_all(tree: HtmlElement, text: str) -> list[Match]:
    """The elements that a selector matches, or the texts that it takes of them; none for a faulty one."""
    selector = read_selector(text)
    try:
        result: Any = _compiled(selector)(tree)
    except (etree.XPathError, SelectorError):
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
    """Whether the page is too large for these selectors."""
    elements = int(cast(float, _COUNT(tree)))
    if elements > MAX_ELEMENTS:
        return True
    if elements * elements * DEEPEST <= MOST_WORK or not any(read_selector(text).is_xpath for text in texts):
        return False
    return elements * elements * _depth(tree) > MOST_WORK


def _depth(tree: HtmlElement) -> int:
    deepest = depth = 0
    for event, _ in etree.iterwalk(tree, events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
    return deepest


@lru_cache(maxsize=512)
def _compiled(selector: Selector) -> etree.XPath:
    expression = selector.expression if selector.is_xpath else _TRANSLATOR.css_to_xpath(selector.expression)
    # EXSLT's regular expressions know no bound.
    return etree.XPath(expression, regexp=False, smart_strings=False)


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
_COUNT = etree.XPath("count(descendant-or-self::*)")
