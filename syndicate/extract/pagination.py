"""The way from one page of a listing to the next: stated, in words, or numbered."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urldefrag, urlsplit

from lxml.html import HtmlElement

from syndicate.extract.tree import address, text_of
from syndicate.model.tracking import TRACKING


def _labels(text: str) -> frozenset[str]:
    return frozenset(label for line in text.strip().splitlines() for label in line.split("|"))


# Whole labels, lower case, without arrows.
NEXT = _labels("""
next|next page|older|older posts|older entries|older articles|older stories|older news|earlier
earlier posts|earlier stories|previous posts|previous entries|previous articles
بعدی|بعد|صفحه بعد|صفحه بعدی|صفحهٔ بعد|صفحه‌ی بعد|قدیمی‌تر|قدیمی تر|مطالب قدیمی‌تر
نوشته‌های قدیمی‌تر|نوشته‌های پیشین|خبرهای پیشین
التالي|التالية|التالى|الصفحة التالية|الأقدم|أقدم|المقالات الأقدم|مقالات أقدم
weiter|nächste|nächste seite|ältere|ältere beiträge|ältere artikel|ältere meldungen|eine seite weiter
suivant|suivante|suivants|page suivante|plus anciens|articles plus anciens|articles précédents
siguiente|siguientes|página siguiente|siguiente página|más antiguas|más antiguos|entradas antiguas
entradas más antiguas|entradas anteriores|noticias anteriores
далее|дальше|вперёд|вперед|следующая|следующая страница|старые записи|более старые|предыдущие записи
sonraki|sonraki sayfa|ileri|daha eski|eski yazılar|önceki yazılar|eski haberler
próxima|próximo|próxima página|seguinte|successiva|successivo|prossima|pagina successiva|avanti|volgende
volgende pagina|oudere|następna|następny|następna strona|dalej|nästa|nästa sida|äldre|berikutnya
下一页|下一頁|下页|次へ|次のページ|다음|다음 페이지
""")
PREVIOUS = _labels("""
previous|previous page|prev|newer|newer posts|قبلی|صفحه قبل|صفحه قبلی|جدیدتر|السابق|السابقة|الأحدث
zurück|vorherige|neuere|neuere beiträge|précédent|précédente|page précédente|plus récents|anterior
página anterior|más recientes|назад|предыдущая|новые записи|önceki|önceki sayfa|daha yeni
""")
# These end teasers too, so that a link called so may lead to an article.
TEASER = _labels("weiter|suivant|далее|дальше|dalej|avanti|ileri|بعد")
_TRIM = re.compile(r"^[^\w]+|[^\w]+$")
_CLASS = re.compile(r"(?:^|[\s_-])(?:next|older)(?:posts?|page|link|postslink)?(?:$|[\s_-])", re.IGNORECASE)
_SLIDES = re.compile(r"slick|swiper|carousel|slide|owl|gallery", re.IGNORECASE)
_WORDS = "page|pages|seite|pagina|página|pagine|sayfa|strona|strana|stranica|str|blz|صفحه|الصفحة|страница"
_PARAMETER = re.compile(rf"(?:{_WORDS}|paged|pg|pn|page_?(?:no|num|number|index|nr)|cur_?page|_page)", re.I)
_LOOSE_PARAMETER = re.compile(r"(?:p|start|offset|from|skip|n|pos|s|begin)", re.I)
_SUFFIX = re.compile(rf"[/_-](?:{_WORDS})[/_=:-]?(?P<n>\d{{1,5}})(?:\.\w{{2,5}})?/?$", re.I)
_LOOSE_SUFFIX = re.compile(
    r"(?<!/(?:19|20)\d\d)(?<!/(?:19|20)\d\d/\d\d)(?:[/_-]|(?<=index)|(?<=/p)|(?<=,))"
    r"(?P<n>\d{1,3})(?:\.\w{2,5})?/?$",
    re.I,
)
_INDEX = re.compile(r"(?:index|default|home)?(?:\.(?:html?|php|aspx?|jsp))?$", re.I)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A listing's address without its page number, and that number, 0 where it has none.

    `loose` tells that the number might mean something else, such as an article's.
    """

    root: str
    number: int = 0
    loose: bool = False


def site_of(url: str) -> str:
    """Host and port, without `www.`; empty where the address makes no sense."""
    try:
        return urlsplit(url).netloc.lower().removeprefix("www.")
    except ValueError:
        return ""


@lru_cache(maxsize=1_000)
def place_of(url: str) -> tuple[Place, ...]:
    """How an address can be read as a page of a listing, the surest reading first."""
    try:
        parts = urlsplit(urldefrag(url).url)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return ()
    pairs = [pair for pair in pairs if not TRACKING.fullmatch(pair[0])]
    return tuple(_readings(site_of(url), unquote(parts.path), pairs))


def _readings(host: str, path: str, pairs: list[tuple[str, str]]) -> Iterator[Place]:
    for pattern, loose in ((_PARAMETER, False), (_LOOSE_PARAMETER, True)):
        for name, value in pairs:
            if pattern.fullmatch(name) and value.isdecimal() and len(value) <= 6:
                rest = [pair for pair in pairs if pair != (name, value)]
                yield Place(root=_root(host, path, rest), number=int(value), loose=loose)
    for pattern, loose in ((_SUFFIX, False), (_LOOSE_SUFFIX, True)):
        if found := pattern.search(path):
            shorter = path[: found.start()]
            yield Place(root=_root(host, shorter, pairs), number=int(found["n"]), loose=loose)
    yield Place(root=_root(host, path, pairs))


def _root(host: str, path: str, pairs: list[tuple[str, str]]) -> str:
    folder, _, last = path.rpartition("/")
    path = folder if _INDEX.fullmatch(last) else re.sub(r"\.(?:html?|php|aspx?)$", "", path)
    return f"{host}{path.rstrip('/')}?{sorted(pairs)}"


def number_in(link: str, *, of: str) -> Place | None:
    """The link as another page of the listing `of`, or None when it is none."""
    roots = {place.root for place in place_of(of)}
    return next((place for place in place_of(link) if place.root in roots), None)


def label_of(anchor: HtmlElement) -> str:
    """What a link is called: its text, else its label or title, in lower case without arrows."""
    for text in (text_of(anchor), anchor.get("aria-label") or "", anchor.get("title") or ""):
        if label := _TRIM.sub("", " ".join(text.casefold().split())):
            return label
    return ""


def is_page_link(anchor: HtmlElement, link: str, *, url: str) -> bool:
    """Whether a link leads to another page of the listing instead of to an article."""
    if any(place.number and not place.loose for place in place_of(link)):
        return True
    place = number_in(link, of=url)
    label = label_of(anchor)
    if place is not None and (not place.number or _as_number(label) is not None):
        return True
    if {"next", "prev"} & set((anchor.get("rel") or "").lower().split()):
        return True
    return (label in NEXT or label in PREVIOUS) and (place is not None or label not in TEASER)


def next_page(elements: Iterable[HtmlElement], *, url: str, base: str, articles: Iterable[str] = ()) -> str:
    """The address of the listing's next page, on its own host, by its links; empty where there is none.

    `articles` are links that lead to articles, and are no pages of the listing whatever they are called.
    """
    own, taken = urldefrag(url).url, frozenset(articles)
    anchors = [(element, address(element, base)) for element in elements]
    here = [
        (anchor, urldefrag(link).url)
        for anchor, link in anchors
        if link and site_of(link) == site_of(url) and urldefrag(link).url != own
    ]
    found = (_stated(here), _named(here, url=url, taken=taken), _numbered(here, url=url))
    return next((link for link in found if link), "")


def _stated(links: list[tuple[HtmlElement, str]]) -> str:
    return next((link for a, link in links if "next" in (a.get("rel") or "").lower().split()), "")


def _named(links: list[tuple[HtmlElement, str]], *, url: str, taken: frozenset[str]) -> str:
    """By its words or its class; words that many links share belong to teasers."""
    named = [link for anchor, link in links if anchor.tag == "a" and _says_next(anchor)]
    different = list(dict.fromkeys(link for link in named if link not in taken))
    current = max(place.number for place in place_of(url))
    pages = [link for link in different if (place := number_in(link, of=url)) and place.number > current]
    if pages:
        return pages[0]
    return different[0] if len(different) == 1 and number_in(different[0], of=url) is None else ""


def _says_next(anchor: HtmlElement) -> bool:
    if label_of(anchor) in NEXT:
        return True
    parent = anchor.getparent()
    classes = f"{anchor.get('class') or ''} {parent.get('class') or '' if parent is not None else ''}"
    return bool(_CLASS.search(classes)) and not _SLIDES.search(classes)


def _numbered(links: list[tuple[HtmlElement, str]], *, url: str) -> str:
    """The link to the number after this page's; some sites count from 0."""
    mine = {place.root: place.number for place in reversed(place_of(url))}
    others = [
        (_as_number(label_of(anchor)), place, link)
        for anchor, link in links
        for place in place_of(link)
        if place.root in mine and place.number
    ]
    first = 0 if any(label == place.number + 1 for label, place, _ in others) else 1
    for label, place, link in others:
        follows = place.number == (mine[place.root] or first) + 1
        if follows and (not place.loose or label == place.number + 1 - first):
            return link
    return ""


def _as_number(label: str) -> int | None:
    return int(label) if label.isdecimal() and len(label) <= 5 else None
