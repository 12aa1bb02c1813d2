"""The links of a listing page that lead to articles, and the way to its next page."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import unquote, urldefrag, urlsplit

from lxml import etree
from lxml.html import HtmlElement

from syndicate.extract.charset import decode
from syndicate.extract.pagination import is_page_link, next_page, site_of
from syndicate.extract.selectors.find import OF_LISTINGS, find_all, is_too_much
from syndicate.extract.tree import (
    CHROME_TAGS,
    HEADINGS,
    address,
    base_of,
    count_words,
    parse,
    text_of,
    visible,
)
from syndicate.formats.html import absolute
from syndicate.model.source import Selectors
from syndicate.model.tracking import without_tracking

_FILES = (
    r"\.(?:jpe?g|png|gif|webp|avif|svg|ico|pdf|docx?|xlsx?|pptx?|mp[34]|m4a|ogg|webm|zip|css|js|json|xml"
    r"|rss|atom)$"
)
_PLACES = (
    r"/(?:tags?|tagged|topics?|categor(?:y|ies)|authors?|search|login|sign-?in|register|subscribe|print"
    r"|contact(?:-us)?|about(?:-us)?|privacy(?:-policy)?|terms(?:-of-(?:use|service))?|feeds?|rss|imprint"
    r"|impressum|datenschutz|kontakt|mentions-legales|newsletters?|donate|advertise|careers|sitemap|users?"
    r"|profile|account|cart|wp-(?:login|admin|json)|comments?|schlagwort|kategorien?|kategori|autor(?:en|es)?"
    r"|auteurs?|yazar(?:lar)?|etiquetas?|etiket(?:ler)?|mots?-cles?|categor[ií]as?|rubrik(?:en)?|برچسب|دسته"
    r"|دسته-بندی|موضوع|نویسنده|وسم|تصنيف|كاتب|тег|метка|рубрика|автор)(?:/|\.|$)"
)
NO_ARTICLE = re.compile(f"{_FILES}|{_PLACES}", re.IGNORECASE)
# A year's, month's or day's own page lists articles.
_PERIOD = re.compile(r"/(?:19|20|13|14)\d\d(?:/\d{1,2}){0,2}/?$")
ARTICLE_PATH = re.compile(
    r"/\d{4}/\d{1,2}/|\d{5,}|/[^/]+(?:[-_][^/_-]+){2,}/?$|/[^/]+\.(?:html?|txt|php|aspx?)$", re.IGNORECASE
)
ARTICLE_QUERY = re.compile(
    r"(?:^|&)(?:p|id|[ans]id|news_?id|article_?(?:id)?|story_?(?:id)?|item_?(?:id)?|post|doc_?(?:id)?|content_?id)"
    r"=\d+(?:&|$)",
    re.IGNORECASE,
)
_NO_QUERY = re.compile(r"(?:^|&)(?:replytocom|share|action|print|s|q|query|search|login)=", re.IGNORECASE)
TITLE_WORDS = 4
# This many titled links below one folder tell that what else lies there is an article too.
SIBLINGS = 3
MAX_ANCHORS = 5_000
MAX_HREF = 2_000
NONE = Selectors()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What a listing page lists: its articles' addresses, absolute, once each, in its order; and the address
    of its next page, empty for none. `unmatched` names the selectors that found nothing.
    """

    links: tuple[str, ...] = ()
    next_url: str = ""
    unmatched: tuple[str, ...] = ()


@dataclass(slots=True)
class _Target:
    """An address and how the page speaks of it, in all the links that lead there."""

    words: int = 0
    headline: bool = False
    outside_header: bool = False
    anchors: list[HtmlElement] = field(default_factory=list)


def links(data: bytes, *, url: str, content_type: str = "") -> tuple[str, ...]:
    """The addresses of the articles that a listing page links to, as `read_listing` finds them."""
    return listed(data, url=url, content_type=content_type).links


def listed(data: bytes, *, url: str, content_type: str = "", selectors: Selectors = NONE) -> Listed:
    """Articles are on the page's own host, outside navigation, and linked by a title or from an address that
    looks like an article's. Never raises; a page without any gives none.

    `links` and `next` of the selectors say instead where they stand; one that matches nothing counts not.
    """
    tree = parse(decode(data, content_type)[0])
    if tree is None:
        return Listed()
    base = base_of(tree, url)
    chosen = {
        name: _matched(tree, text, base=base, url=url)
        for name, text in selectors.stated.items()
        if name in OF_LISTINGS
    }
    # `visible` takes link elements away.
    relations = [element for element in tree.iter("link") if "next" in (element.get("rel") or "").lower()]
    stated = next_page(relations, url=url, base=base)
    tree = visible(tree)
    anchors = [anchor for anchor in tree.iter("a") if 0 < len(anchor.get("href") or "") <= MAX_HREF]
    anchors = anchors[:MAX_ANCHORS]
    articles = chosen.get("links") or _articles(tree, anchors, url=url, base=base)
    stated = next(iter(chosen.get("next", ())), stated)
    return Listed(
        links=articles,
        next_url=stated or next_page(anchors, url=url, base=base, articles=articles),
        unmatched=tuple(name for name, found in chosen.items() if not found),
    )


def _matched(tree: HtmlElement, text: str, *, base: str, url: str) -> tuple[str, ...]:
    """The addresses on the page's host that a selector takes, or that links in what it matches have."""
    found: list[str] = []
    for match in () if is_too_much(tree, (text,)) else find_all(tree, text):
        if isinstance(match, str):
            found.append(absolute(match, base_url=base))
        else:
            found += [address(element, base) for element in match.iter("a", "link")]
    plain = (without_tracking(urldefrag(link).url) for link in found if site_of(link) == site_of(url))
    return tuple(dict.fromkeys(plain))


def _articles(tree: HtmlElement, anchors: list[HtmlElement], *, url: str, base: str) -> tuple[str, ...]:
    inside = _anchors_inside(tree, CHROME_TAGS)
    chosen = _chosen(_targets([a for a in anchors if a not in inside], tree, url=url, base=base))
    # Some pages are one form, or one aside.
    return chosen or _chosen(_targets(anchors, tree, url=url, base=base))


def _targets(anchors: Iterable[HtmlElement], tree: HtmlElement, *, url: str, base: str) -> dict[str, _Target]:
    headings, headers = _anchors_inside(tree, HEADINGS), _anchors_inside(tree, {"header"})
    found: dict[str, _Target] = {}
    for anchor in anchors:
        link = without_tracking(urldefrag(address(anchor, base)).url)
        if not _may_be_article(link, url) or is_page_link(anchor, link, url=url):
            continue
        target = found.setdefault(link, _Target())
        target.anchors.append(anchor)
        target.words = max(target.words, count_words(_title_of(anchor)))
        target.headline |= anchor in headings or next(anchor.iter(*HEADINGS), None) is not None
        target.outside_header |= anchor not in headers
    return found


def _may_be_article(link: str, url: str) -> bool:
    if not link or link == without_tracking(urldefrag(url).url) or site_of(link) != site_of(url):
        return False
    parts = urlsplit(link)
    path = unquote(parts.path)
    if NO_ARTICLE.search(path) or _NO_QUERY.search(parts.query):
        return False
    if ARTICLE_QUERY.search(parts.query):
        return True
    return path not in {"", "/"} and not _PERIOD.search(path)


def _chosen(targets: dict[str, _Target]) -> tuple[str, ...]:
    sure = [link for link, target in targets.items() if _is_sure(link, target)]
    folders = [_folder(link) for link in sure]
    common = {folder for folder in folders if folder and folders.count(folder) >= SIBLINGS}
    known = frozenset(sure)
    return tuple(
        link
        for link, target in targets.items()
        if link in known or (target.words and target.outside_header and _folder(link) in common)
    )


def _is_sure(link: str, target: _Target) -> bool:
    if target.words >= TITLE_WORDS:
        return True
    parts = urlsplit(link)
    typical = ARTICLE_PATH.search(unquote(parts.path)) or ARTICLE_QUERY.search(parts.query)
    return bool(typical) and target.outside_header


def _folder(link: str) -> str:
    """What lies above an address's last part, numbers left out; empty at the top, where sections lie too."""
    return re.sub(r"\d+", "0", urlsplit(link).path.rstrip("/").rpartition("/")[0])


def _title_of(anchor: HtmlElement) -> str:
    text = text_of(anchor)
    alternative = " ".join(image.get("alt") or "" for image in anchor.iter("img"))
    return text or alternative or anchor.get("aria-label") or anchor.get("title") or ""


def _anchors_inside(tree: HtmlElement, tags: Iterable[str]) -> frozenset[HtmlElement]:
    """The anchors below elements of these tags, in one walk however deep they lie."""
    wanted = frozenset(tags)
    found: set[HtmlElement] = set()
    depth = 0
    for event, element in etree.iterwalk(tree, events=("start", "end"), tag=(*wanted, "a")):
        if element.tag in wanted:
            depth += 1 if event == "start" else -1
        elif depth and event == "start":
            found.add(element)
    return frozenset(found)
