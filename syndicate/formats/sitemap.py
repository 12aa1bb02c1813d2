"""Sitemaps of our own pages: a list of addresses, the news of two days, and the index of both.

https://www.sitemaps.org/protocol.html ·
https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lxml import etree

from syndicate.formats.dates import rfc3339
from syndicate.formats.html import plain
from syndicate.model.item import Timestamp
from syndicate.model.language import primary

NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
NEWS = "http://www.google.com/schemas/sitemap-news/0.9"
# Without a prefix, as some readers of sitemaps want it.
BARE: dict[Any, str] = {None: NAMESPACE}
# The protocol allows 50,000 addresses or 50 MB in one file; smaller ones are rewritten for less.
MAX_PAGES = 10_000
MAX_NEWS = 1_000
# Google asks for the ISO 639 code, and for these two in full.
WHOLE_TAGS = {"zh-cn", "zh-tw"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An address of ours, absolute, and when what stands there changed last."""

    url: str
    modified: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """An article's page. `title` is plain text, `language` a BCP 47 tag."""

    url: str
    title: str
    language: str
    published: Timestamp


def write_pages(pages: Iterable[Page]) -> bytes:
    """A sitemap of these pages, UTF-8, in their order."""
    urls = etree.Element(f"{{{NAMESPACE}}}urlset", nsmap=BARE)
    for page in pages:
        _place(urls, "url", page)
    return _bytes(urls)


def write_index(parts: Iterable[Page]) -> bytes:
    """The sitemap of sitemaps."""
    index = etree.Element(f"{{{NAMESPACE}}}sitemapindex", nsmap=BARE)
    for part in parts:
        _place(index, "sitemap", part)
    return _bytes(index)


def write_news(articles: Iterable[News], *, publication: str) -> bytes:
    """A news sitemap; whoever calls sees to it that no article is older than two days."""
    urls = etree.Element(f"{{{NAMESPACE}}}urlset", nsmap={**BARE, "news": NEWS})
    for article in articles:
        place = _place(urls, "url", Page(url=article.url))
        news = etree.SubElement(place, f"{{{NEWS}}}news")
        paper = etree.SubElement(news, f"{{{NEWS}}}publication")
        _said(paper, "name", publication)
        _said(paper, "language", _language(article.language))
        _said(news, "publication_date", str(article.published))
        _said(news, "title", article.title)
    return _bytes(urls)


def _place(parent: etree._Element, name: str, page: Page) -> etree._Element:
    place = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    etree.SubElement(place, f"{{{NAMESPACE}}}loc").text = page.url
    if page.modified:
        etree.SubElement(place, f"{{{NAMESPACE}}}lastmod").text = rfc3339(page.modified)
    return place


def _said(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, f"{{{NEWS}}}{name}").text = " ".join(plain(text).split())


def _language(tag: str) -> str:
    return tag.lower() if tag.lower() in WHOLE_TAGS else primary(tag)


def _bytes(root: etree._Element) -> bytes:
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
