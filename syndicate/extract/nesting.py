"""Markup that nests deeper than any parser follows, made flat enough to be read: no text is lost."""

import re
from collections import defaultdict

# libxml2 stops at 256 elements inside each other, and drops what follows.
DEEPEST = 200
# From here on, elements that only wrap others are left out; paragraphs and links inside them still find room.
WRAPPED = 100
INLINE = frozenset({
    "abbr", "b", "big", "cite", "code", "em", "font", "i", "small", "span", "strike", "strong", "sub", "sup",
    "tt", "u",
})  # fmt: skip
WRAPPERS = INLINE | {
    "article", "aside", "blockquote", "body", "center", "dd", "div", "dl", "fieldset", "figure", "footer",
    "form", "header", "html", "li", "main", "nav", "ol", "section", "table", "tbody", "td", "tr", "ul",
}  # fmt: skip
# They hold nothing, or end by themselves (HTML 13.1.2).
NEVER_OPEN = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "keygen", "link", "meta", "option", "p",
    "param", "source", "track", "wbr",
})  # fmt: skip
# As libxml2 ranks them; all others are weaker.
STRENGTH = {
    "div": 1, "td": 2, "th": 2, "tr": 3, "tbody": 4, "thead": 4, "tfoot": 4, "table": 5, "body": 6, "html": 7,
}  # fmt: skip
# What stands in them is no markup.
RAW = re.compile(r"<(script|style|textarea|title|xmp)\b", re.IGNORECASE)
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]*)[^<>]*>")


def flatten(markup: str) -> str:
    """The markup with no element inside more than `DEEPEST` others; text stays, in its order."""
    kept: list[str] = []
    stack = _Stack()
    at = 0
    for tag in TAG.finditer(markup):
        if tag.start() < at:
            continue
        name = tag[2].lower()
        end = _raw_end(markup, tag, name)
        if end:
            kept.append(markup[at:end])
            at = end
        elif name not in NEVER_OPEN:
            fits = stack.close(name) if tag[1] else stack.open(name)
            if not fits:
                kept += [markup[at : tag.start()], "" if name in INLINE else "<br>"]
                at = tag.end()
    kept.append(markup[at:])
    return "".join(kept)


def _raw_end(markup: str, tag: re.Match[str], name: str) -> int:
    """Where a script, style and the like ends; 0 for any other tag."""
    if tag[1] or not RAW.match(tag[0]):
        return 0
    end = re.compile(rf"</{name}[^<>]*>", re.IGNORECASE).search(markup, tag.end())
    return end.end() if end else len(markup)


class _Stack:
    """The elements that are open, and which of them were kept."""

    def __init__(self) -> None:
        self._open: list[tuple[str, bool]] = []
        self._places: dict[str, list[int]] = defaultdict(list)
        self._depth = 0

    def open(self, name: str) -> bool:
        """Whether there is room for one more."""
        fits = self._depth < (WRAPPED if name in WRAPPERS else DEEPEST)
        self._places[name].append(len(self._open))
        self._open.append((name, fits))
        self._depth += fits
        return fits

    def close(self, name: str) -> bool:
        """Whether the element that this ends was kept; an end that ends nothing is left to the parser."""
        if not self._places[name] or self._is_held(name):
            return True
        fitted = True
        for _ in range(len(self._open) - self._places[name][-1]):
            opened, fitted = self._open.pop()
            self._places[opened].pop()
            self._depth -= fitted
        return fitted

    def _is_held(self, name: str) -> bool:
        """Whether a stronger element was opened since, which the parser lets no weaker end close.

        A mark such as `<b>` ends by itself where a paragraph begins, so that its end closes marks alone.
        """
        since = self._places[name][-1]
        if name in INLINE and any(self._open[at][0] not in INLINE for at in range(since, len(self._open))):
            return True
        stronger = (other for other, strength in STRENGTH.items() if strength > STRENGTH.get(name, 0))
        return any(places[-1] > since for other in stronger if (places := self._places[other]))
