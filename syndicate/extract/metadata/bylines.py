"""Who wrote the article: stated for machines, marked in the page, or named in a line beside the headline."""

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from itertools import islice
from typing import Any

from lxml.html import HtmlElement

from syndicate.extract.metadata.labels import ABBREVIATED, Line
from syndicate.extract.metadata.linked import MAX_ENTRIES, strings, types_of
from syndicate.extract.metadata.names import authors_in, is_byline, is_organisation, persons_of
from syndicate.extract.metadata.stated import Stated
from syndicate.extract.metadata.surroundings import Path, around, holds_any, is_of_others
from syndicate.extract.tree import count_words, is_sentence

AUTHOR_METAS = (
    "author", "article:author", "og:article:author", "article:author_name", "byl", "byline", "parsely-author",
    "sailthru.author", "dc.creator", "dcterms.creator", "creator", "citation_author", "authors",
)  # fmt: skip
LABELS = ("twitter:label1", "twitter:label2")
ORGANISATIONS = frozenset(
    {"Organization", "NewsMediaOrganization", "Corporation", "NGO", "GovernmentOrganization"}
)
BY_RELATION = Path("descendant::*[@rel and contains(concat(' ', @rel, ' '), ' author ')]")
NAMES_WRITER = holds_any(("yline", "by-line", "uthor", "riter", "contributor", "reporter"))
MAX_MARKED = 40
BARS = re.compile(r"\s*[|·•]\s*")
LABEL_WORDS = 20


def authors(
    tree: HtmlElement, stated: Stated, main: HtmlElement | None, lines: Sequence[Line]
) -> tuple[str, ...]:
    """Their names: of persons from the strongest place that names any, else of an organisation."""
    fallback: tuple[str, ...] = ()
    for place in _places(tree, stated, main, lines):
        found = persons_of(place, sites=stated.sites)
        if found and not all(is_organisation(name) for name in found):
            return found
        fallback = fallback or found
    return fallback or persons_of(_organisations(stated.node.get("author")), sites=stated.sites)


def _places(
    tree: HtmlElement, stated: Stated, main: HtmlElement | None, lines: Sequence[Line]
) -> Iterator[list[str]]:
    """The names that each place tells, strongest first; later ones are looked at only when needed."""
    yield _names(_people(stated.node.get("author") or stated.node.get("creator")), listed=True)
    yield _names(_of_metas(stated), listed=True)
    yield _names(stated.of_marks("author", "creator"), listed=True)
    inside = around(main)
    yield _names(_marked(BY_RELATION.find(tree), inside))
    yield _names(told for line in lines if (told := _byline_in(line)))
    by_class = (element for element in tree.iterdescendants() if NAMES_WRITER(element.get("class")))
    # Of a class, the first that names anybody: further down stand the writers of other articles.
    yield next((names for text in _marked(by_class, inside) if (names := _names([text]))), [])


def _byline_in(line: Line) -> str:
    """The line from where a byline opens: at its start, at an element in it, or after a bar."""
    if is_sentence(ABBREVIATED.sub("", line.text)):
        return ""
    ends = (" ".join(line.parts[at:]) for at in range(len(line.parts)))
    return next((text for text in (*ends, *BARS.split(line.text)) if is_byline(text)), "")


def _names(texts: Iterable[str], *, listed: bool = False) -> list[str]:
    return [name for text in texts for name in authors_in(text, listed=listed)]


def _people(value: Any) -> list[str]:
    entries = value[:MAX_ENTRIES] if isinstance(value, list) else [value]
    return [text for entry in entries if not _is_organisation(entry) for text in strings(entry)]


def _organisations(value: Any) -> list[str]:
    entries = value[:MAX_ENTRIES] if isinstance(value, list) else [value]
    return [text for entry in entries if _is_organisation(entry) for text in strings(entry)]


def _is_organisation(entry: Any) -> bool:
    return isinstance(entry, dict) and not ORGANISATIONS.isdisjoint(types_of(entry))


def _of_metas(stated: Stated) -> list[str]:
    labelled = [
        text
        for label in LABELS
        if any(is_byline(f"{told} X") for told in stated.of_metas(label))
        for text in stated.of_metas(label.replace("label", "data"))
    ]
    return [*stated.of_metas(*AUTHOR_METAS), *labelled]


def _marked(elements: Iterable[HtmlElement], inside: Set[HtmlElement]) -> Iterator[str]:
    for element in islice(elements, MAX_MARKED):
        text = " ".join("\n".join(islice(element.itertext(), 60)).split()) if element.tag != "meta" else ""
        if 0 < count_words(text) <= LABEL_WORDS and not is_of_others(element, inside):
            yield text
