"""What a page states for machines: JSON-LD and meta elements."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml.html import HtmlElement

from syndicate.formats.html import plain, text_of
from syndicate.formats.months import fold

ARTICLE_TYPES = re.compile(r"Article$|BlogPosting$|^Report$|^NewsItem$|^CreativeWork$|^Review$")
MAX_SCRIPT = 1_000_000
MAX_NODES = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """The article's JSON-LD node, and the contents of the meta elements by lower-case name."""

    node: dict[str, Any] = field(default_factory=dict)
    metas: dict[str, list[str]] = field(default_factory=dict)

    def of_node(self, *keys: str) -> list[str]:
        """The texts under these JSON-LD keys, in that order."""
        return [text for key in keys for text in strings(self.node.get(key))]

    def of_metas(self, *names: str) -> list[str]:
        """The contents of the meta elements of these names, in that order."""
        return [content for name in names for content in self.metas.get(name, ())]


def read_stated(tree: HtmlElement, *, heading: str = "") -> Stated:
    """Read both. Of several articles in JSON-LD the one under the page's heading counts, else the first."""
    return Stated(node=_article_node(tree, heading), metas=_metas(tree))


def strings(value: Any) -> list[str]:
    """The texts in a JSON-LD value: a string, a list of them, or objects with a name or @value."""
    if isinstance(value, str):
        # Publishers put escaped HTML into JSON-LD; a reader wants its text.
        text = text_of(value) if "&" in value or "<" in value else plain(value)
        return [" ".join(text.split())] if text.strip() else []
    if isinstance(value, dict):
        return strings(value.get("name") or value.get("@value"))
    if isinstance(value, list):
        return [text for entry in value[:50] for text in strings(entry)]
    return []


def first(*groups: Iterable[str]) -> str:
    """The first text that is not empty."""
    return next((text for group in groups for text in group if text), "")


def _article_node(tree: HtmlElement, heading: str) -> dict[str, Any]:
    nodes = list(_linked_data(tree))
    articles = [n for n in nodes if any(ARTICLE_TYPES.search(kind) for kind in strings(n.get("@type")))]
    articles = articles or [n for n in nodes if n.get("headline") and n.get("datePublished")]
    of_heading = [n for n in articles if heading and fold(first(strings(n.get("headline")))) == fold(heading)]
    return next(iter([*of_heading, *articles]), {})


def _linked_data(tree: HtmlElement) -> Iterator[dict[str, Any]]:
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower():
            continue
        try:
            pending = [json.loads((script.text or "")[:MAX_SCRIPT].strip().rstrip(";"), strict=False)]
        except (ValueError, RecursionError):
            continue
        for _ in range(MAX_NODES):
            if not pending:
                break
            value = pending.pop(0)
            if isinstance(value, dict):
                yield value
                pending += [
                    value[key] for key in ("@graph", "mainEntity", "mainEntityOfPage") if key in value
                ]
            elif isinstance(value, list):
                pending += value


def _metas(tree: HtmlElement) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for meta in tree.iter("meta"):
        key = (meta.get("property") or meta.get("name") or meta.get("itemprop") or "").strip().lower()
        content = " ".join(plain(meta.get("content") or "").split())
        if key and content:
            found.setdefault(key, []).append(content)
    return found
