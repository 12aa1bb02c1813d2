"""The section that an article stands in: stated, or the last step of the breadcrumbs before it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from lxml.html import HtmlElement

from syndicate.extract.metadata.linked import Node, first, strings, types_of
from syndicate.extract.metadata.stated import Stated
from syndicate.extract.metadata.surroundings import Path, holds_any
from syndicate.extract.metadata.titles import is_site_name, letters
from syndicate.extract.tree import count_words, text_of

SECTION_METAS = (
    "article:section", "og:article:section", "parsely-section", "section", "sailthru.section",
    "cxenseparse:recs:category", "article:category", "category", "dc.type.section",
)  # fmt: skip
HOME = frozenset({
    "home", "homepage", "article", "articles", "story", "stories", "post", "posts", "uncategorized",
    "frontpage", "start", "startseite", "hauptseite", "accueil", "inicio", "portada", "principal",
    "главная", "главнаястраница", "anasayfa", "خانه", "صفحهاصلی", "صفحهنخست", "نخست", "الرییسیه",
    "الصفحهالرییسیه",
})  # fmt: skip
NAMES_CRUMBS = holds_any(("breadcrumb", "bread-crumb"))
LINKS = Path("descendant::a[@href][position() <= 12]")
MAX_WORDS = 6


def section(tree: HtmlElement, stated: Stated, *, headline: str) -> str:
    """Its name; empty where only the site's own name or "Home" is told."""
    told = (
        *stated.of_node("articleSection"),
        *stated.of_metas(*SECTION_METAS),
        *stated.of_marks("articlesection"),
    )
    known = first(name for text in told if (name := _fit(text, stated.sites, headline)))
    if known:
        return known
    for steps in (*_linked_steps(stated.head.nodes), *_visible_steps(tree)):
        names = [name for step in steps if (name := _fit(step, stated.sites, headline))]
        if names:
            return names[-1]
    return ""


def _fit(text: str, sites: Iterable[str], headline: str) -> str:
    # Several, as a list without blanks: the first.
    name = " ".join(re.split(r",(?=\S)", text)[0].split()).strip(" >/|›»")
    if not 0 < count_words(name) <= MAX_WORDS or "//" in name or is_site_name(name, sites):
        return ""
    bare = letters(name)
    return (
        ""
        if bare in HOME or bare == letters(headline) or (len(bare) > 20 and bare in letters(headline))
        else name
    )


def _linked_steps(nodes: Sequence[Node]) -> Iterator[list[str]]:
    for node in nodes:
        entries = node.get("itemListElement")
        if "BreadcrumbList" in types_of(node) and isinstance(entries, list):
            placed = sorted((e for e in entries[:12] if isinstance(e, dict)), key=_position)
            yield [first(strings(e), strings(e.get("item"))) for e in placed]


def _position(entry: dict[str, Any]) -> float:
    try:
        return float(entry.get("position") or 0)
    except (TypeError, ValueError):
        return 0.0


def _visible_steps(tree: HtmlElement) -> Iterator[list[str]]:
    for element in islice(filter(_is_crumbs, tree.iterdescendants()), 4):
        yield [text_of(link) for link in LINKS.find(element)]


def _is_crumbs(element: HtmlElement) -> bool:
    return (
        NAMES_CRUMBS(element.get("class"))
        or "breadcrumb" in element.get("id", "")
        or "readcrumb" in element.get("aria-label", "")
        or "BreadcrumbList" in element.get("itemtype", "")
    )
