"""What kind of page this is, how sure each of its fields is, and what else it tells of its site."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from syndicate.extract.charset import decode
from syndicate.extract.error_page import is_error_page
from syndicate.extract.listing import links
from syndicate.extract.metadata.linked import types_of
from syndicate.extract.metadata.stated import Head, read_head
from syndicate.extract.page import Page, extract
from syndicate.extract.prior import NOTHING, Prior
from syndicate.extract.probe.certainty import Certainty, judge
from syndicate.extract.tree import HEADINGS, base_of, count_words, parse, text_of
from syndicate.formats.html import absolute

FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json")
XML_ROOT = re.compile(r"<(?:\w+:)?(rss|feed|RDF|urlset|sitemapindex)\b")
LOOKED_AT = 5_000
ARTICLE_WORDS = 120
THIN_WORDS = 60
LEAST_LINKS = 5
SCRIPTED = 2_000
ERROR_SURE = 0.9


class Sight(StrEnum):
    """What an address leads to."""

    ARTICLE = "article"
    LISTING = "listing"
    BRIEFS = "page with briefs"
    FEED = "feed"
    SITEMAP = "sitemap"
    TEXT = "plain text"
    NOTHING = "nothing to collect"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A page looked at. `sure` (0 to 1) is of the kind; `links` are the articles that it lists, `feeds` those
    that it names, both absolute. `scripted` tells that a script builds the page, where we see little of it.
    """

    sight: Sight
    sure: float
    page: Page
    fields: tuple[Certainty, ...] = ()
    links: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    site: str = ""
    scripted: bool = False


def kind_of(data: bytes, content_type: str = "") -> Sight | None:
    """Feed or sitemap, by their beginning; None for a page."""
    text = decode(data[:LOOKED_AT], content_type)[0].lstrip()
    if text.startswith("{") and "jsonfeed.org/version" in text:
        return Sight.FEED
    root = XML_ROOT.search(text)
    if root is None or "<html" in text[: root.start()].lower():
        return None
    return Sight.SITEMAP if root[1] in {"urlset", "sitemapindex"} else Sight.FEED


def look(data: bytes, *, url: str, content_type: str = "", prior: Prior = NOTHING) -> Seen:
    """Look at a page that is neither feed nor sitemap. Never raises."""
    page = extract(data, url=url, content_type=content_type, prior=prior)
    text = decode(data, content_type)[0]
    tree = parse(text) if page.kind == "html" else None
    if tree is None:
        worth = bool(page.body_text or page.briefs) and not is_error_page(page)
        return Seen(sight=Sight.TEXT if worth else Sight.NOTHING, sure=1.0, page=page)
    head, base = read_head(tree), base_of(tree, url)
    feeds = tuple(dict.fromkeys(_feeds(tree, base)))
    listed = links(data, url=url, content_type=content_type)
    scripted = _is_scripted(tree, page)
    fields = judge(page, tree)
    sight, sure = _sight(page, head, tree, listed)
    return Seen(
        sight=sight,
        sure=sure,
        page=page,
        fields=fields,
        links=listed,
        feeds=feeds,
        site=next(iter(head.sites), ""),
        scripted=scripted,
    )


def _feeds(tree: HtmlElement, base: str) -> Iterator[str]:
    for link in tree.iter("link", "a"):
        told = (link.get("type") or "").split(";")[0].strip().lower()
        found = absolute(link.get("href") or "", base_url=base) if told in FEED_TYPES else ""
        if found and "alternate" in (link.get("rel") or "").lower().split():
            yield found


def _is_scripted(tree: HtmlElement, page: Page) -> bool:
    """Whether there is little to read and much to run."""
    if count_words(page.body_text) >= THIN_WORDS or page.briefs:
        return False
    code = sum(len(script.text or "") + SCRIPTED * bool(script.get("src")) for script in tree.iter("script"))
    unseen = ("script", "style", "noscript", "template")
    words = sum(count_words(element.text or "") for element in tree.iter() if element.tag not in unseen)
    return code >= SCRIPTED and words < 2 * THIN_WORDS


def _sight(page: Page, head: Head, tree: HtmlElement, listed: Sequence[str]) -> tuple[Sight, float]:
    if is_error_page(page):
        return Sight.NOTHING, ERROR_SURE
    words = count_words(page.body_text)
    article = _speaks_for_article(page, head, words)
    listing = _speaks_for_listing(page, head, tree, listed)
    if max(article, listing) <= 0 or (words < THIN_WORDS // 2 and len(listed) < LEAST_LINKS):
        return (Sight.BRIEFS, 0.9) if page.briefs else (Sight.NOTHING, 0.7)
    total = article + listing
    if article >= listing:
        return Sight.ARTICLE, round(article / total, 2)
    if page.briefs and len(listed) < LEAST_LINKS:
        return Sight.BRIEFS, 0.9
    return Sight.LISTING, round(listing / total, 2)


def _speaks_for_article(page: Page, head: Head, words: int) -> float:
    kinds = {kind for node in head.nodes for kind in types_of(node)}
    is_stated = any(re.search(r"Article$|BlogPosting$|^Report$", kind) for kind in kinds)
    told = "article" in head.of_metas("og:type")
    return (
        2.0 * is_stated
        + 1.0 * told
        + 1.0 * bool(page.published)
        + 0.5 * bool(page.authors or page.credit)
        + 1.5 * (words >= ARTICLE_WORDS)
        + 0.5 * (THIN_WORDS // 2 <= words < ARTICLE_WORDS)
    )


def _speaks_for_listing(page: Page, head: Head, tree: HtmlElement, listed: Sequence[str]) -> float:
    kinds = {kind for node in head.nodes for kind in types_of(node)}
    headed = sum(1 for a in tree.iter("a") if a.get("href") and _is_headline(a))
    path = urlsplit(page.url).path.strip("/")
    return (
        2.0 * (headed >= LEAST_LINKS)
        + 1.0 * (len(listed) >= LEAST_LINKS)
        + 1.5 * bool(kinds & {"CollectionPage", "ItemList", "SearchResultsPage"})
        + 1.5 * (not path or path in {"index.html", "index.php", "home"})
        + 0.5 * (bool(path) and "/" not in path and not re.search(r"\d|-\w+-", path))
        + 1.0 * (not page.published and len(listed) >= LEAST_LINKS)
    )


def _is_headline(anchor: HtmlElement) -> bool:
    headed = anchor.getparent().tag in HEADINGS or next(anchor.iter(*HEADINGS), None) is not None
    return headed and count_words(text_of(anchor)) >= 3
