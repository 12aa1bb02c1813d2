"""The article's heading, and the short lines beside it: where bylines and dates stand."""

import re
from collections.abc import Iterator
from itertools import takewhile

from lxml.html import HtmlElement

from syndicate.extract.lexicon import AND, BYLINE
from syndicate.extract.tree import HEADINGS, blocks, count_words, is_inside, is_sentence, text_of
from syndicate.formats.dates import read_date
from syndicate.formats.html import plain

BYLINE_CLASS = re.compile(
    r"\b(?:by-?line|authors?|writer|contributor)\b|author[-_]?name|byline", re.IGNORECASE
)
COMMENT_CLASS = re.compile(r"comment|related|teaser|recommend", re.IGNORECASE)
NEAR = 8
LABEL_WORDS = 20
NAME_WORDS = 6
TITLE_WORDS = 50
ASIDE = ("nav", "aside", "footer")


def main_heading(tree: HtmlElement) -> HtmlElement | None:
    """The article's heading: an h1 within it, else the first h1, else the first h2 in an article."""
    candidates = [h for h in tree.iter("h1") if _is_title(h) and not is_inside(h, ("nav", "footer"))]
    inside = [h for h in candidates if is_inside(h, ("article", "main"))]
    if inside or candidates:
        return (inside or candidates)[0]
    return next((h for h in tree.iterfind(".//article//h2") if _is_title(h)), None)


def labels(tree: HtmlElement, main: HtmlElement | None) -> list[str]:
    """The short lines after the heading up to the first paragraph, then those before it in its container.

    What stands before it elsewhere is the page's head, whose date is the day of the visit.
    """
    if main is None:
        return []
    every = list(blocks(tree))
    at = next((i for i, block in enumerate(every) if block is main or main in block.iterancestors()), None)
    if at is None:
        return []
    after = list(takewhile(_is_short, every[at + 1 : at + 1 + NEAR]))
    before = [b for b in every[max(0, at - 3) : at] if _is_short(b) and main.getparent() in b.iterancestors()]
    return [text_of(block) for block in (*after, *before) if block.tag not in HEADINGS]


def shown_times(tree: HtmlElement, main: HtmlElement | None) -> Iterator[str]:
    """What the first `<time>` of the article says: its `datetime`, then its text."""
    place = _place_of(main)
    for element in place.iter("time") if place is not None else ():
        if not is_inside(element, ASIDE) and not _is_of_others(element):
            yield from (element.get("datetime") or "", text_of(element))
            return


def shown_authors(tree: HtmlElement, main: HtmlElement | None) -> list[str]:
    """Texts that name the authors: marked so, of a class that says so, or a byline by the heading."""
    marked = [
        text_of(e) for e in tree.xpath("//*[@itemprop='author' or @rel='author']") if not _is_of_others(e)
    ]
    if marked:
        return [text for text in marked if count_words(text) <= LABEL_WORDS]
    for element in tree.xpath("//*[@class]"):
        if (
            BYLINE_CLASS.search(element.get("class"))
            and not is_inside(element, ASIDE)
            and not _is_of_others(element)
        ):
            text = text_of(element)
            if 0 < count_words(text) <= LABEL_WORDS:
                return [text]
    return [text for text in labels(tree, main) if BYLINE.match(text) and not is_sentence(text)]


def authors_in(text: str) -> tuple[str, ...]:
    """The names in a byline, without its "By"."""
    kept = re.split(r"\s[·|•–—]\s", BYLINE.sub("", text.strip(), count=1))[0]
    names = (plain(name).strip(" .,،:|·-–—()") for name in AND.split(kept))
    return tuple(dict.fromkeys(name for name in names if _is_name(name)))


def _is_title(heading: HtmlElement) -> bool:
    """Not empty, and not so long that an unclosed tag has swallowed the article."""
    return 0 < count_words(text_of(heading)) <= TITLE_WORDS


def _is_name(text: str) -> bool:
    return 0 < count_words(text) <= NAME_WORDS and read_date(text) is None


def _is_short(block: HtmlElement) -> bool:
    return count_words(text_of(block)) <= LABEL_WORDS


def _place_of(main: HtmlElement | None) -> HtmlElement | None:
    """The article around the heading, else its grandparent while that is not the whole page."""
    if main is None:
        return None
    article = next(main.iterancestors("article"), None)
    if article is not None:
        return article
    around = [up for up in main.iterancestors() if up.tag not in {"body", "html"}]
    return around[min(1, len(around) - 1)] if around else None


def _is_of_others(element: HtmlElement) -> bool:
    return any(COMMENT_CLASS.search(up.get("class") or "") for up in element.iterancestors())
