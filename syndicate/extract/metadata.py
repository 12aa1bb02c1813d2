"""Headline, authors, dates, section and language: JSON-LD, then meta elements, then what is visible."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from syndicate.extract.heading import authors_in, labels, main_heading, shown_authors, shown_times
from syndicate.extract.language import canonical_tag
from syndicate.extract.picture import lead_image
from syndicate.extract.stated import Stated, first, read_stated
from syndicate.extract.tree import count_words, is_sentence, text_of
from syndicate.formats.dates import ambiguous_date, read_date
from syndicate.formats.html import absolute, plain
from syndicate.formats.months import fold
from syndicate.model.item import Image, Timestamp

IN_URL = re.compile(r"/((?:19|20)\d\d)([/-]?)([01]?\d)\2([0-3]?\d)(?=[/-])")
SITE_JOINT = re.compile(r"\s+[|–—·•:»/-]\s+")
PUBLISHED = (
    "article:published_time", "datepublished", "og:published_time", "parsely-pub-date", "pubdate",
    "publishdate", "publish-date", "dc.date.issued", "dcterms.created", "dc.date", "date",
)  # fmt: skip
AUTHORS = ("author", "article:author", "byl", "parsely-author", "sailthru.author", "dc.creator")
MOST_AUTHORS = 12
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What a page says about its article; an empty field was not stated.

    `ambiguous` is a date of publication as it stands there, where its day and month cannot be told apart.
    """

    headline: str = ""
    authors: tuple[str, ...] = ()
    published: Timestamp | None = None
    updated: Timestamp | None = None
    section: str = ""
    summary: str = ""
    language: str = ""
    direction: str = ""
    canonical_url: str = ""
    image: Image | None = None
    ambiguous: str = ""


def read_metadata(tree: HtmlElement, *, url: str, base: str, zone: str = "") -> Metadata:
    """What the page states, strongest source first. `zone` (IANA) is that of times stated without one."""
    main = main_heading(tree)
    stated = read_stated(tree, heading=text_of(main) if main is not None else "")
    language = _language(tree, stated)

    def read(texts: Iterable[str]) -> Timestamp | None:
        return _fullest(d for text in texts if (d := read_date(text, zone=zone, language=language)))

    told, shown = _stated_dates(tree, stated), list(_visible_dates(tree, main))
    published = read(told) or read(shown) or date_in_url(url)
    updated = read(
        [*stated.of_node("dateModified"), *stated.of_metas("article:modified_time", "og:updated_time")]
    )
    return Metadata(
        headline=_headline(tree, stated, main),
        authors=_authors(tree, stated, main),
        published=published,
        updated=updated if updated and (not published or updated.utc > published.utc) else None,
        section=first(stated.of_node("articleSection"), stated.of_metas("article:section", "section")),
        summary=first(stated.of_metas("og:description", "description"), stated.of_node("description")),
        language=language,
        direction=_direction(tree),
        canonical_url=_canonical(tree, stated, url=url, base=base),
        image=lead_image(tree, stated, main=main, base=base),
        ambiguous=""
        if published
        else first(ambiguous_date(text, language=language) for text in (*told, *shown)),
    )


def date_in_url(url: str) -> Timestamp | None:
    """The day in an address such as `/2021/10/28/` or `/20211028/`, or None."""
    match = IN_URL.search(url)
    if not match or (not match[2] and not len(match[3]) == len(match[4]) == 2):
        return None
    return read_date(f"{match[1]}-{int(match[3]):02}-{int(match[4]):02}")


def _headline(tree: HtmlElement, stated: Stated, main: HtmlElement | None) -> str:
    shown = plain(text_of(main)) if main is not None else ""
    title = first(plain(text_of(t)) for t in tree.iterfind(".//head/title"))
    told = first(stated.of_node("headline"), stated.of_metas("og:title", "twitter:title"))
    if not told and shown:
        return shown
    return _without_site(told or title, shown, site=first(stated.of_metas("og:site_name")))


def _without_site(title: str, shown: str, *, site: str) -> str:
    """The title without the site's name at either end."""
    if shown and fold(shown) in fold(title) and count_words(shown) >= 2:
        return shown
    joints = list(SITE_JOINT.finditer(title))
    if not joints:
        return title
    if site and fold(title[joints[-1].end() :]) == fold(site):
        return title[: joints[-1].start()]
    if site and fold(title[: joints[0].start()]) == fold(site):
        return title[joints[0].end() :]
    longest = max(SITE_JOINT.split(title), key=count_words)
    return longest if not site and count_words(longest) >= 4 and "|" in title else title


def _authors(tree: HtmlElement, stated: Stated, main: HtmlElement | None) -> tuple[str, ...]:
    told = [name for name in stated.of_node("author") if not name.startswith("http")]
    told = told or [name for name in stated.of_metas(*AUTHORS) if "/" not in name]
    texts = told or shown_authors(tree, main)
    return tuple(dict.fromkeys(name for text in texts for name in authors_in(text)))[:MOST_AUTHORS]


def _stated_dates(tree: HtmlElement, stated: Stated) -> list[str]:
    marked = "//*[@itemprop='datePublished'][not(ancestor::aside)]"
    return [
        *stated.of_node("datePublished"),
        *stated.of_metas(*PUBLISHED),
        *map(str, tree.xpath(f"{marked}/@datetime | {marked}/@content")),
    ]


def _visible_dates(tree: HtmlElement, main: HtmlElement | None) -> Iterator[str]:
    yield from shown_times(tree, main)
    yield from (text for text in labels(tree, main) if not is_sentence(text))


def _fullest(found: Iterator[Timestamp]) -> Timestamp | None:
    """The first date, with the time of day that another statement of the same day gives."""
    best = next(found, None)
    if best is None or not best.day_only:
        return best
    day = best.instant.date()
    return next((other for other in found if not other.day_only and other.instant.date() == day), best)


def _language(tree: HtmlElement, stated: Stated) -> str:
    root = tree.getroottree().getroot()
    elements = (*tree.iter("article"), root, *tree.iter("body"))
    tags = [
        element.get("lang") or element.get(XML_LANG) or element.get("xml:lang") or "" for element in elements
    ]
    equivalent = [m for m in tree.iter("meta") if (m.get("http-equiv") or "").lower() == "content-language"]
    tags += [*stated.of_node("inLanguage"), *stated.of_metas("og:locale", "dc.language", "language")]
    tags += [meta.get("content") or "" for meta in equivalent]
    return first(map(canonical_tag, tags))


def _direction(tree: HtmlElement) -> str:
    places = (*tree.iter("article"), *tree.iter("body"), tree.getroottree().getroot())
    stated = ((place.get("dir") or "").lower() for place in places)
    return first(direction for direction in stated if direction in {"ltr", "rtl"})


def _canonical(tree: HtmlElement, stated: Stated, *, url: str, base: str) -> str:
    """The address that the page calls its own; one that is the front page's is a mistake of its template."""
    links = [link for link in tree.iter("link") if "canonical" in (link.get("rel") or "").split()]
    for told in [*(link.get("href") or "" for link in links), *stated.of_metas("og:url")]:
        found = absolute(told, base_url=base or url)
        if found and (_path(found) != "/" or _path(url) == "/"):
            return found
    return url


def _path(url: str) -> str:
    try:
        return urlsplit(url).path or "/"
    except ValueError:
        return "/"
