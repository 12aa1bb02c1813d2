"""The links of a listing page that lead to articles."""

import re
from urllib.parse import urldefrag, urlsplit

from lxml.html import HtmlElement

from syndicate.extract.charset import decode
from syndicate.extract.tree import (
    CHROME_TAGS,
    address,
    base_of,
    count_words,
    is_inside,
    parse,
    text_of,
    visible,
)

NO_ARTICLE = re.compile(
    r"\.(?:jpe?g|png|gif|webp|svg|pdf|mp[34]|zip|css|js|xml|rss|atom)$"
    r"|/(?:tags?|topics?|categor(?:y|ies)|authors?|search|login|signin|register|subscribe|contact|about"
    r"|privacy|terms|feed|rss)(?:/|\.|$)",
    re.IGNORECASE,
)
ARTICLE_PATH = re.compile(
    r"/\d{4}/\d{1,2}/|\d{5,}|/[^/]+(?:-[^/]+){2,}/?$|/[^/]+\.(?:html?|txt|php|aspx?)$", re.IGNORECASE
)
TITLE_WORDS = 4


def links(data: bytes, *, url: str, content_type: str = "") -> tuple[str, ...]:
    """The addresses of the articles that a listing page links to, absolute, once each, in its order.

    Articles are on the page's own host, outside navigation, and linked by a title or from an address that
    looks like an article's. Never raises; a page without any gives an empty tuple.
    """
    tree = parse(decode(data, content_type)[0])
    if tree is None:
        return ()
    base = base_of(tree, url)
    tree = visible(tree)
    anchors = [anchor for anchor in tree.iter("a") if anchor.get("href")]
    outside = [anchor for anchor in anchors if not is_inside(anchor, CHROME_TAGS)]
    found = (_article_address(anchor, base=base, url=url) for anchor in outside or anchors)
    return tuple(dict.fromkeys(link for link in found if link))


def _article_address(anchor: HtmlElement, *, base: str, url: str) -> str:
    link = urldefrag(address(anchor, base)).url
    if not link or link == urldefrag(url).url or _host(link) != _host(url):
        return ""
    path = urlsplit(link).path
    if path in {"", "/"} or NO_ARTICLE.search(path):
        return ""
    titled = count_words(text_of(anchor)) >= TITLE_WORDS
    return link if titled or (ARTICLE_PATH.search(path) and not is_inside(anchor, ("header",))) else ""


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc.lower().removeprefix("www.")
    except ValueError:
        return ""
