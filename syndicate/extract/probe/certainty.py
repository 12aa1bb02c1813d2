"""How sure each field of a page is: which of JSON-LD, meta elements and what is visible say the same."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lxml.html import HtmlElement

from syndicate.extract.language import detect
from syndicate.extract.metadata.linked import Node, strings
from syndicate.extract.metadata.stated import read_head
from syndicate.extract.page import Page
from syndicate.extract.tree import HEADINGS, count_words, text_of, visible
from syndicate.formats.dates import read_date
from syndicate.formats.months import fold

# What agreeing witnesses make of a value, by their number; each that says otherwise takes something off.
BY_WITNESSES = (0.5, 0.7, 0.9, 0.98)
CONTRADICTED = 0.15
SURE, LIKELY = 0.85, 0.6
LONGEST_SHOWN = 160

# Of each field: the JSON-LD keys and the meta elements that state it.
STATED: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "headline": (("headline", "name"), ("og:title", "twitter:title")),
    "authors": (("author", "creator"), ("author", "article:author", "dc.creator", "parsely-author")),
    "published": (("datePublished",), ("article:published_time", "date", "dc.date", "parsely-pub-date")),
    "updated": (("dateModified",), ("article:modified_time", "og:updated_time")),
    "section": (("articleSection",), ("article:section", "section")),
    "image": (("image", "thumbnailUrl"), ("og:image", "twitter:image")),
    "summary": (("description",), ("og:description", "description")),
    "language": (("inLanguage",), ("og:locale", "dc.language", "language", "content-language")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Certainty:
    """A field of a page: its value as people read it, how sure it is (0 to 1), and who says so."""

    name: str
    value: str
    sure: float
    word: str
    witnesses: tuple[str, ...] = ()


def certain(name: str, value: str, sure: float, *witnesses: str) -> Certainty:
    """The field with the word for how sure it is: `sure`, `likely`, `doubtful`, or `not found`."""
    sure = round(sure, 2) if value else 0.0
    word = "sure" if sure >= SURE else "likely" if sure >= LIKELY else "doubtful"
    return Certainty(
        name=name, value=value, sure=sure, word=word if value else "not found", witnesses=witnesses
    )


def judge(page: Page, tree: HtmlElement) -> tuple[Certainty, ...]:
    """Every field of an HTML page, in the order in which people read them. The tree is used up."""
    head = read_head(tree)
    declared = tree.get("lang") or tree.get("xml:lang") or ""
    text = fold(text_of(visible(tree)))
    headings = [fold(text_of(heading)) for heading in tree.iter(*HEADINGS)]
    shown: dict[str, Callable[[str], bool]] = {
        "headline": lambda value: fold(value) in headings,
        "authors": lambda value: all(fold(name) in text for name in page.authors),
        "published": lambda value: _shows_day(tree, value),
        "updated": lambda value: _shows_day(tree, value),
        "section": lambda value: fold(value) in text,
        "image": lambda value: _shows_image(tree, value),
        "summary": lambda value: fold(value)[:80] in text,
        "language": lambda value: _same_language(detect(page.body_text or text), value),
    }
    values = _values(page)
    judged = [
        _judged(
            name,
            values[name],
            stated={
                "JSON-LD": [t for node in head.nodes for t in _of_node(node, STATED[name][0])],
                "meta": [*head.of_metas(*STATED[name][1]), *([declared] if name == "language" else [])],
            },
            is_shown=bool(values[name]) and shown[name](values[name]),
        )
        for name in STATED
    ]
    return (*judged, *_others(page))


def _of_node(node: Node, keys: Iterable[str]) -> Iterator[str]:
    for key in keys:
        value = node.get(key)
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, dict) and isinstance(part.get("url"), str):
                yield part["url"]
            yield from strings(part)


def _values(page: Page) -> dict[str, str]:
    return {
        "headline": page.headline,
        "authors": ", ".join(page.authors),
        "published": str(page.published or ""),
        "updated": str(page.updated or ""),
        "section": page.section,
        "image": page.image.url if page.image else "",
        "summary": page.summary,
        "language": page.language,
    }


def _judged(name: str, value: str, *, stated: Mapping[str, Sequence[str]], is_shown: bool) -> Certainty:
    if not value:
        return certain(name, "", 0.0)
    agreeing = [witness for witness, told in stated.items() if any(_agrees(name, value, t) for t in told)]
    other = sum(bool(told) and witness not in agreeing for witness, told in stated.items())
    witnesses = (*agreeing, *(["visible"] if is_shown else []))
    sure = BY_WITNESSES[len(witnesses)] - CONTRADICTED * other
    return certain(name, value, max(0.1, sure), *witnesses)


def _agrees(name: str, value: str, told: str) -> bool:
    if name in {"published", "updated"}:
        day = read_date(told)
        return day is not None and value[:10] in {day.instant.date().isoformat(), day.utc.date().isoformat()}
    if name == "language":
        return _same_language(told, value)
    if name == "authors":
        return any(fold(author) in fold(told) for author in value.split(", "))
    one, other = fold(value), fold(told)
    return bool(other) and (one in other or other in one)


def _same_language(told: str, value: str) -> bool:
    return bool(told) and told.replace("_", "-").split("-")[0].lower() == value.split("-")[0].lower()


def _shows_day(tree: HtmlElement, value: str) -> bool:
    """Whether a time element, or a short line, gives the day."""
    elements = [*tree.iter("time"), *(e for e in tree.iter("p", "div", "span", "td", "li") if not len(e))]
    texts = (text for e in elements[:400] for text in (e.get("datetime") or "", text_of(e)[:120]))
    days = (read_date(text) for text in texts if text and count_words(text) <= 20)
    return any(day is not None and day.instant.date().isoformat() == value[:10] for day in days)


def _shows_image(tree: HtmlElement, value: str) -> bool:
    name = value.rsplit("/", 1)[-1].split("?")[0]
    return bool(name) and any(name in (img.get("src") or "") for img in tree.iter("img"))


def _others(page: Page) -> Iterator[Certainty]:
    """What nothing on a page states for machines: found by words and shape alone."""
    words = count_words(page.body_text)
    body = f"{words} words: {page.body_text[:LONGEST_SHOWN]}" if words else ""
    yield certain("body", body, page.agreement)
    yield certain("credit", page.credit, 0.8)
    briefs = f"{len(page.briefs)}: {page.briefs[0].text[:LONGEST_SHOWN]}" if page.briefs else ""
    yield certain("briefs", briefs, 0.9 if len(page.briefs) > 2 else 0.6)
    notice = page.notice.text if page.notice else ""
    yield certain("notice", notice, 0.9 if page.notice and page.notice.successor_url else 0.7)
