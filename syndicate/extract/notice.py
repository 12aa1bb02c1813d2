"""The archive notice in a page's own words: that its site is no longer updated, and where the new one is.

Only a whole block counts. A sentence of an article may say the same of another site and stays.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from syndicate.extract.language import detect
from syndicate.extract.lexicon import HERE, STALE, contains
from syndicate.extract.tree import address, blocks, count_words, remove_with_shell, text_of
from syndicate.formats.html import plain
from syndicate.model.item import Notice

DOMAIN = re.compile(
    r"(?<![\w@.-])(?:(https?)://)?((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,18})"
    r"(/[\w\-./%?=&]*[\w/]|/)?(?![\w@-])",
    re.IGNORECASE,
)
FILE_ENDINGS = frozenset({"html", "htm", "php", "asp", "aspx", "pdf", "jpg", "png", "gif", "txt", "xml"})
MAX_WORDS = 70
MAX_CHARACTERS = 900
MIN_WORDS = 4
SENTENCE_WORDS = 15
NOT_IN_NOTICE = ("h1", "h2", "h3", "ul", "ol", "nav")


def take_notice(tree: HtmlElement, *, base: str) -> Notice | None:
    """The notice, of several the first with a successor, or None; what holds nothing else leaves the tree."""
    found: list[Notice] = []
    for block in [b for b in blocks(tree) if is_notice(text_of(b)) and not _is_amid_article(b)]:
        whole = _whole(block)
        text = plain(text_of(whole))
        successor = _linked(whole, base) or named(text)
        found.append(Notice(text=text, successor_url=successor, language=detect(text)))
        remove_with_shell(whole)
    return next((notice for notice in found if notice.successor_url), found[0] if found else None)


def is_notice(text: str) -> bool:
    """Whether a whole block of text is an archive notice: it speaks of its own page, and as of one left."""
    if len(text) > MAX_CHARACTERS or not MIN_WORDS <= count_words(text) <= MAX_WORDS:
        return False
    return contains(STALE, text) and contains(HERE, text)


def named(text: str) -> str:
    """The first web address in a text, `https://…` put before a bare domain; empty for none."""
    for match in DOMAIN.finditer(text):
        if match[2].rsplit(".", 1)[1].lower() not in FILE_ENDINGS:
            return f"{(match[1] or 'https').lower()}://{match[2].lower()}{match[3] or ''}"
    return ""


def notice_of_text(text: str) -> Notice:
    """The notice of a plain text block."""
    return Notice(text=plain(text), successor_url=named(text), language=detect(text))


def _is_amid_article(block: HtmlElement) -> bool:
    """Paragraphs of an article stand on both sides of it: then it is one of them."""
    return _is_long(block.getprevious(), block) and _is_long(block.getnext(), block)


def _is_long(sibling: HtmlElement | None, block: HtmlElement) -> bool:
    if sibling is None or sibling.tag != block.tag:
        return False
    text = text_of(sibling)
    return count_words(text) >= SENTENCE_WORDS and not is_notice(text)


def _whole(block: HtmlElement) -> HtmlElement:
    """The largest element around a block that still reads as the notice alone."""
    whole = block
    for around in block.iterancestors():
        text = text_of(around)
        if around.tag in {"body", "html", "main", "article"} or count_words(text) > MAX_WORDS:
            break
        if (
            next(around.iter("h1", "h2", "h3", "ul", "ol", "nav"), None) is not None
            or len(list(around.iter("a"))) > 2
        ):
            break
        whole = around
    return whole


def _linked(element: HtmlElement, base: str) -> str:
    here = _host(base)
    for anchor in _anchors(element):
        href = (anchor.get("href") or "").strip()
        # A link written without its scheme is a domain that the page's author forgot to finish.
        if DOMAIN.fullmatch(href) and named(href):
            return named(href)
        url = address(anchor, base)
        if url and (_host(url) != here or named(text_of(anchor))):
            return url
    return ""


def _anchors(element: HtmlElement) -> Iterator[HtmlElement]:
    around = next(element.iterancestors("a"), None)
    if around is not None:
        yield around
    yield from element.iter("a")


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
