"""JSON-LD as pages have it: graphs, lists, references, broken text. Bounded in size and number."""

import json
import re
from collections import deque
from collections.abc import Iterable, Iterator
from html import unescape
from itertools import islice
from typing import Any

from lxml.html import HtmlElement

from syndicate.extract.metadata.titles import letters
from syndicate.formats.html import plain, text_of

ARTICLE_TYPES = re.compile(r"Article$|BlogPosting$|^Report$|^NewsItem$|^CreativeWork$|^Review$")
MAX_SCRIPT = 1_000_000
MAX_SCRIPTS = 40
MAX_NODES = 2_000
MAX_ENTRIES = 50
MAX_TEXT = 20_000
INNER = ("@graph", "mainEntity", "mainEntityOfPage", "publisher", "isPartOf", "breadcrumb")
WRAPPING = re.compile(r"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*.{0,40}\*/|<!\[CDATA\[)|(?:-->|//\s*\]\]>|\]\]>)\s*$")
WRAPPERS = ("<!", "/*", "-->", "]]>")
TRAILING_COMMA = re.compile(r",(?=\s{0,50}[}\]])")
BAD_ESCAPE = re.compile(r"\\(?![\"\\/bfnrtu])")
FIELD = re.compile(
    r'"(headline|datePublished|dateModified|articleSection)"\s{0,9}:\s{0,9}"((?:[^"\\]|\\.){1,500})"'
)
AUTHOR = re.compile(
    r'"author"\s{0,9}:[\s\[]{0,9}\{[^{}]{0,300}?"name"\s{0,9}:\s{0,9}"((?:[^"\\]|\\.){1,200})"'
)

# Marks a node of which only some fields could be read: it counts where its headline is the page's.
BROKEN = "@broken"

Node = dict[str, Any]


def read_linked(scripts: Iterable[HtmlElement]) -> tuple[Node, ...]:
    """Every object of the page's JSON-LD that may tell of the article, in its order; never raises."""
    linked = (script for script in scripts if "ld+json" in (script.get("type") or "").lower())
    values = (value for script in islice(linked, MAX_SCRIPTS) for value in _load(script.text or ""))
    pending = deque(islice(values, MAX_NODES))
    found: list[Node] = []
    while pending and len(found) < MAX_NODES:
        value = pending.popleft()
        if isinstance(value, dict):
            found.append(value)
            pending.extendleft(
                value[key] for key in reversed(INNER) if isinstance(value.get(key), dict | list)
            )
        elif isinstance(value, list):
            pending.extendleft(reversed(value[:MAX_NODES]))
    return tuple(found)


def types_of(node: Node) -> list[str]:
    """Its types, without the vocabulary's address."""
    return [kind.rsplit("/", 1)[-1] for kind in strings(node.get("@type"))]


def article_node(nodes: tuple[Node, ...], titles: Iterable[str], url: str) -> Node:
    """The node of the page's own article, its references followed; empty where none can be told.

    Of several articles the one under one of these titles counts, or of this address.
    """
    articles = [n for n in nodes if any(ARTICLE_TYPES.search(kind) for kind in types_of(n))]
    articles = articles or [n for n in nodes if n.get("headline") and n.get("datePublished")]
    wanted = [letters(title) for title in titles if title]
    articles = [n for n in articles if BROKEN not in n or _is_of(n, wanted)]
    if not articles:
        return {}
    own = [n for n in articles if _is_of(n, wanted) or (url and url in _addresses(n))]
    # Among several, none of them the page's own, all are cards of other articles.
    alike = len({letters(first(strings(n.get("headline")))) for n in articles}) == 1
    chosen = own[0] if own else articles[0] if alike or not wanted else {}
    known = {str(n["@id"]): n for n in nodes if isinstance(n.get("@id"), str) and len(n) > 1}
    return {key: _followed(value, known) for key, value in chosen.items()}


def strings(value: Any) -> list[str]:
    """The texts in a JSON-LD value: a string, a list of them, or objects with a name or @value."""
    if isinstance(value, str):
        value = value[:MAX_TEXT]
        # Publishers put escaped HTML into JSON-LD; a reader wants its text.
        text = text_of(value) if "&" in value or "<" in value else plain(value)
        return [" ".join(text.split())] if text.strip() else []
    if isinstance(value, dict):
        inner = value.get("name") or value.get("@value") or _full_name(value)
        return strings(inner) if not isinstance(inner, dict) else []
    if isinstance(value, list):
        return [
            text for entry in value[:MAX_ENTRIES] if not isinstance(entry, list) for text in strings(entry)
        ]
    return []


def first(*groups: Iterable[str]) -> str:
    """The first text that is not empty."""
    return next((text for group in groups for text in group if text), "")


def _load(text: str) -> Iterator[Any]:
    """The values in a script, as far as they can be read."""
    bare = text[:MAX_SCRIPT]
    if any(sign in bare for sign in WRAPPERS):
        bare = WRAPPING.sub("", WRAPPING.sub("", bare))
    bare = bare.strip().rstrip(";")
    values, whole = _decoded(bare)
    if not whole:
        values, whole = _decoded(_mended(bare))
    return iter(values if whole else [_fields(bare)])


def _decoded(text: str) -> tuple[list[Any], bool]:
    decoder, at = json.JSONDecoder(strict=False), 0
    values: list[Any] = []
    try:
        while at < len(text) and len(values) < MAX_NODES:
            value, at = decoder.raw_decode(text, at)
            values.append(value)
            at += len(text[at : at + 50]) - len(text[at : at + 50].lstrip(" \t\r\n,;"))
    except (ValueError, RecursionError):
        return values, False
    return values, True


def _mended(text: str) -> str:
    text = unescape(text) if text[:200].lstrip(" {[\n").startswith("&quot;") else text
    return BAD_ESCAPE.sub("", TRAILING_COMMA.sub("", text))


def _fields(text: str) -> Node:
    """What can be told of an object too broken to be read: fields that stand there once, or always alike."""
    found: dict[str, set[str]] = {}
    for key, value in [*FIELD.findall(text), *(("author", name) for name in AUTHOR.findall(text))]:
        found.setdefault(key, set()).add(value)
    once = {key: _unquoted(values.pop()) for key, values in found.items() if len(values) == 1}
    return {"@type": "Article", BROKEN: True, **once} if "datePublished" in once or "headline" in once else {}


def _unquoted(text: str) -> str:
    try:
        return str(json.loads(f'"{text}"', strict=False))
    except ValueError:
        return text


def _followed(value: Any, known: dict[str, Node]) -> Any:
    """The value with the node that it refers to by @id in its place."""
    if isinstance(value, list):
        return [_followed(entry, known) for entry in value[:MAX_ENTRIES] if not isinstance(entry, list)]
    if isinstance(value, dict) and isinstance(value.get("@id"), str) and not value.get("name"):
        return {**known.get(value["@id"], {}), **value}
    return value


def _is_of(node: Node, wanted: list[str]) -> bool:
    told = letters(first(strings(node.get("headline")), strings(node.get("name"))))
    return bool(told) and any(told == title or (len(told) > 15 and told in title) for title in wanted)


def _addresses(node: Node) -> set[str]:
    page = node.get("mainEntityOfPage")
    told = (node.get("url"), node.get("@id"), page.get("@id") if isinstance(page, dict) else page)
    return {address for address in told if isinstance(address, str)}


def _full_name(node: Node) -> str:
    parts = (node.get("givenName"), node.get("familyName"))
    return " ".join(part for part in parts if isinstance(part, str) and part)
