"""How large a page is, in what its operator's selectors may cost on it."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import cast

from lxml import etree
from lxml.html import HtmlElement

from syndicate.model.extent import LONGEST_MARK, Extent

_SPACE = re.compile("[ \t\r\n\f]+")
_NODES = etree.XPath("count(//node())")


def extent_of(tree: HtmlElement) -> Extent:
    """Measure a page, in one walk."""
    counts: Counter[str] = Counter()
    nests: Counter[str] = Counter()
    opened: Counter[str] = Counter()
    longest: dict[str, int] = {}
    elements = attributes = depth = deepest = widest = 0
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        items = element.items()
        names = (f"<{element.tag}", *_marks(items))
        if event == "end":
            depth -= 1
            opened.subtract(names)
            continue
        depth += 1
        deepest, widest = max(deepest, depth), max(widest, len(element))
        elements += 1
        attributes += len(items)
        for name, value in items:
            longest[name] = max(longest.get(name, 0), len(value))
        for name in names:
            counts[name] += 1
            opened[name] += 1
            nests[name] = max(nests[name], opened[name])
    every = {name: (count, nests[name]) for name, count in counts.items()}
    return Extent(
        elements=elements,
        nodes=int(cast(float, _NODES(tree))),
        attributes=attributes,
        # The document is above the page, and texts stand beside elements.
        depth=deepest + 1,
        siblings=2 * widest + 1,
        characters=len(etree.tostring(tree, encoding="unicode")),
        tags={name[1:]: one for name, one in every.items() if name.startswith("<")},
        marks={name: one for name, one in every.items() if not name.startswith("<")},
        longest=longest,
    )


def _marks(items: list[tuple[str, str]]) -> Iterator[str]:
    for name, value in items:
        exact = f"{name}={value}"
        if len(exact) <= LONGEST_MARK:
            yield exact
        if name == "class":
            yield from {f"class~{word}" for word in _SPACE.split(value)}
