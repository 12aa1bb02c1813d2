"""What a page marks in its own text: microdata (itemprop) and RDFa (property), of the article alone."""

from collections.abc import Iterable, Set
from itertools import islice

from lxml.html import HtmlElement

from syndicate.extract.metadata.linked import ARTICLE_TYPES, MAX_NODES
from syndicate.extract.metadata.surroundings import Path, around, is_of_others
from syndicate.formats.html import plain

WANTED = frozenset({
    "headline", "datepublished", "datemodified", "author", "creator", "image", "articlesection",
    "description", "inlanguage",
})  # fmt: skip
MAX_WANTED = 400
MARKED = Path("descendant::*[@itemprop or (@property and not(self::meta))]")
NAMES = Path("descendant::*[contains(@itemprop, 'name') or contains(@property, 'name')][position() <= 12]")
ADDRESSES = {"a": "href", "link": "href", "img": "src"}

Marked = dict[str, list[str]]


def read_marked(tree: HtmlElement, main: HtmlElement | None) -> Marked:
    """Property, in lower case → its values within the article around `main`, in the page's order.

    Properties outside of any scope count where they are neither in the page's margins nor a comment's.
    """
    scopes: dict[HtmlElement | None, Marked] = {}
    inside = around(main)
    wanted = ((element, names) for element in MARKED.find(tree)[:MAX_NODES] if (names := _names(element)))
    for element, names in islice(wanted, MAX_WANTED):
        scope = _scope_of(element)
        if scope is None and is_of_others(element, inside):
            continue
        if scope is None or _is_article(scope):
            told = scopes.setdefault(scope, {})
            for name in names:
                told.setdefault(name, []).extend(_values(element, name))
    return _own(scopes, inside)


def _own(scopes: dict[HtmlElement | None, Marked], inside: Set[HtmlElement]) -> Marked:
    """The properties of the scope around the heading; else of the only one; else of none."""
    loose = scopes.pop(None, {})
    own = [told for scope, told in scopes.items() if scope in inside]
    if own:
        return own[-1]
    shown = [told for scope, told in scopes.items() if scope is not None and not is_of_others(scope, inside)]
    if len(shown) == 1:
        return shown[0]
    return loose


def _names(element: HtmlElement) -> list[str]:
    told = f"{element.get('itemprop') or ''} {element.get('property') or ''}".lower().split()
    bare = (name.rsplit(":", 1)[-1].rsplit("/", 1)[-1] for name in told)
    return [name for name in bare if name in WANTED]


def _scope_of(element: HtmlElement) -> HtmlElement | None:
    return next((up for up in element.iterancestors() if "itemscope" in up.attrib or up.get("typeof")), None)


def _is_article(scope: HtmlElement) -> bool:
    kinds = f"{scope.get('itemtype') or ''} {scope.get('typeof') or ''}".split()
    return not kinds or any(
        ARTICLE_TYPES.search(kind.rsplit("/", 1)[-1].rsplit(":", 1)[-1]) for kind in kinds
    )


def _values(element: HtmlElement, name: str) -> Iterable[str]:
    stated = element.get("content") or element.get("datetime")
    if name == "image":
        inner = element if element.tag == "img" else next(element.iter("img"), element)
        stated = stated or inner.get(ADDRESSES.get(inner.tag, "src")) or ""
    elif not stated and name in {"author", "creator"}:
        named = [_text(e) for e in NAMES.find(element)]
        return [text for text in named or [_text(element)] if text]
    text = " ".join(plain(stated).split()) if stated else _text(element)
    return [text] if text else []


def _text(element: HtmlElement) -> str:
    told = element.get("content") or "".join(islice(element.itertext(), 200))
    return " ".join(plain(told).split())
