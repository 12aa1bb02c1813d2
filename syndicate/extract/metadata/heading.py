"""The article's headline: the heading that a reader sees, and what the page says that its title is."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from lxml.html import HtmlElement

from syndicate.extract.metadata.surroundings import is_margin
from syndicate.extract.metadata.titles import is_site_name, letters
from syndicate.extract.metadata.unmarked import title_line
from syndicate.extract.tree import count_words, text_of

MAX_HEADINGS = 40
TITLE_WORDS = 50
TITLE_CLASS = re.compile(
    r"headline|(?:entry|post|article|story|news|page)[-_]?title|\btitle\b", re.IGNORECASE
)


def main_heading(
    tree: HtmlElement, titles: Sequence[str] = (), sites: Sequence[str] = ()
) -> HtmlElement | None:
    """The article's heading: the h1, else h2 or title block, that agrees with one of the page's titles.

    Without any that does: the first h1 within the article, else a line that says the title, which becomes an
    h1, else the first h1, else the first h2 in an article; never one that is the site's own name.
    """
    wanted = [letters(title) for title in titles]
    ones = [h for h in _headings(tree, "h1") if not is_site_name(text_of(h), sites)]
    agreeing = next((h for h in ones if _agrees(letters(text_of(h)), wanted)), None)
    if agreeing is not None:
        named = text_of(agreeing)
        line = title_line(tree, titles, [*sites, named]) if _may_be_masthead(named, wanted) else None
        return agreeing if line is None else line
    inside = [h for h in ones if next(h.iterancestors("article", "main"), None) is not None]
    blocks = () if inside else _title_blocks(tree)
    lesser = next((h for h in blocks if _agrees(letters(text_of(h)), wanted)), None)
    if lesser is not None:
        return lesser
    if inside:
        return inside[0]
    if (line := title_line(tree, titles, sites)) is not None:
        return line
    if ones:
        return ones[0]
    return next(
        (h for h in _headings(tree, "h2") if next(h.iterancestors("article"), None) is not None), None
    )


def _headings(tree: HtmlElement, tag: str) -> Iterator[HtmlElement]:
    for heading in islice(tree.iter(tag), MAX_HEADINGS):
        # An unclosed tag may have swallowed the article: that is no title.
        told = "".join(islice(heading.itertext(), 200))
        if 0 < count_words(told) <= TITLE_WORDS and not _in_margin(heading):
            yield heading


def _in_margin(heading: HtmlElement) -> bool:
    return any(up.tag in {"nav", "footer", "aside"} for up in heading.iterancestors()) or is_margin(heading)


def _title_blocks(tree: HtmlElement) -> Iterator[HtmlElement]:
    yield from _headings(tree, "h2")
    marked = tree.xpath(
        "(descendant::*[@itemprop='headline' or contains(@class, 'title') or contains(@class, 'headline')])"
    )
    for element in marked[:MAX_HEADINGS]:
        named = element.get("itemprop") == "headline" or TITLE_CLASS.search(element.get("class") or "")
        if (
            named
            and element.tag not in {"meta", "body", "html"}
            and 0 < count_words(text_of(element)) <= TITLE_WORDS
        ):
            yield element


def _may_be_masthead(shown: str, wanted: Sequence[str]) -> bool:
    """Whether the titles only begin or end with it and are longer: "Ferry returns | Harbour Courier"."""
    bare = letters(shown)
    return bare not in wanted and any(
        (title.startswith(bare) or title.endswith(bare)) and len(title) > 2 * len(bare) for title in wanted
    )


def _agrees(shown: str, wanted: Iterable[str]) -> bool:
    return len(shown) >= 4 and any(
        shown == title or (len(shown) >= 12 and shown in title) for title in wanted
    )
