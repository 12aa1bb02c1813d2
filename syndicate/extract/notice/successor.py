"""Where an archive notice says that the new site is: a link, or an address in its words."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from syndicate.extract.lexicon.notice import EXPLAINS, ONWARD
from syndicate.extract.lexicon.words import contains
from syndicate.extract.tree import address, count_words, text_of
from syndicate.formats.months import fold
from syndicate.model.hosts import bare_host, host_of

LABEL = r"[^\W_](?:[^\W_]|-(?=[\w-])){0,61}"
# Letters of other scripts end a name only where a registry has it: words run together look like one too.
ENDING = (
    r"(?:[a-z]{2,18}|xn--[a-z0-9-]{2,30}|рф|рус|укр|бел|срб|бг|москва|саит|сайт|онлайн|орг|дети|ею|қаз|мкд|ελ|גשר|ישראל"
    r"|ایران|پاکستان|بھارت|امارات|السعودية|مصر|المغرب|الاردن|قطر|عمان|فلسطين|تونس|سورية|سوريا|الجزائر|عراق"
    r"|موقع|شبكة|بازار|همراه|موريتانيا|اليمن|ليبيا|البحرين|中国|中國|公司|网络|みんな|한국)"
)
DOMAIN = re.compile(
    rf"(?<![\w@.-])(?:(https?)://)?((?:{LABEL}\.)+{ENDING})"
    r"(:\d{2,5})?(/[\w\-./%?=&#~+]*[\w/]|/)?(?![A-Za-z0-9_@-])",
    re.IGNORECASE,
)
FILE_ENDINGS = frozenset({"html", "htm", "php", "asp", "aspx", "pdf", "jpg", "png", "gif", "txt", "xml"})
ARCHIVES = re.compile(
    r"(?:^|\.)(?:web\.)?archive\.(?:org|is|ph|today)$|(?:^|\.)perma\.cc$|(?:^|\.)webcitation\.org$"
)
EXPLAINING = re.compile(
    r"/(?:help|faq|about|hilfe|aide|ayuda|support|archiv\w*-?(?:policy|info|notice)?)(?:[/._-]|$)",
    re.IGNORECASE,
)


def named(text: str, *, except_host: str = "") -> str:
    """The first web address in a text, `https://…` put before a bare domain; empty for none.

    Of several, the first after words such as "visit"; `except_host` is passed over.
    """
    found = [match for match in DOMAIN.finditer(text) if _is_domain(match)]
    found = [match for match in found if not except_host or bare_host(match[2]) != except_host] or []
    if not found:
        return ""
    onward = ONWARD.search(fold(text)) if len(found) > 1 else None
    after = [match for match in found if onward and match.start() >= onward.start()]
    return _as_url((after or found)[0])


def successor_of(elements: Iterable[HtmlElement], text: str, *, base: str) -> str:
    """The address of the new site that a notice links to or names; empty for none.

    A link that explains what archiving is, that leads to a web archive or to the same host is none.
    """
    here = host_of(base)
    anchors = [anchor for element in elements for anchor in _anchors(element)]
    linked = [(anchor, url) for anchor in anchors if (url := _target(anchor, base, here))]
    by_name = [url for anchor, url in linked if named(text_of(anchor))]
    onward = [url for anchor, url in linked if contains(ONWARD, text_of(anchor))]
    other = [url for anchor, url in linked if not _only_explains(anchor, url)]
    if url := next(iter((*by_name, *onward)), ""):
        return url
    return named(text, except_host=here) or next(iter(other), "")


def leads_away(anchors: Iterable[HtmlElement], *, base: str) -> bool:
    """Whether one of the links leads to a place that could be the new site."""
    here = host_of(base)
    return any((url := _target(a, base, here)) and not _only_explains(a, url) for a in anchors)


def _is_domain(match: re.Match[str]) -> bool:
    rest, ending = match[2].rsplit(".", 1)
    if ending.lower() in FILE_ENDINGS:
        return False
    # "updated.Visit" is two sentences.
    return bool(match[1]) or not (ending[:1].isupper() and rest.islower())


def _as_url(match: re.Match[str]) -> str:
    return f"{(match[1] or 'https').lower()}://{match[2].lower()}{match[3] or ''}{match[4] or ''}"


def _target(anchor: HtmlElement, base: str, here: str) -> str:
    href = (anchor.get("href") or "").strip()
    # A link written without its scheme is a domain that the page's author forgot to finish.
    bare = named(href) if "//" not in href and DOMAIN.fullmatch(href) else ""
    url = bare or address(anchor, base)
    if not url.startswith(("http://", "https://")) or ARCHIVES.search(host_of(url)):
        return ""
    return url if host_of(url) != here or named(text_of(anchor)) else ""


def _only_explains(anchor: HtmlElement, url: str) -> bool:
    text = text_of(anchor)
    if contains(EXPLAINS, text):
        return True
    return count_words(text) > 0 and bool(EXPLAINING.search(urlsplit(url).path))


def _anchors(element: HtmlElement) -> Iterator[HtmlElement]:
    around = next(element.iterancestors("a"), None)
    if around is not None:
        yield around
    yield from element.iter("a", "area")
