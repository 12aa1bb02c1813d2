"""Headline, authors, dates, section, image and language: JSON-LD, then OpenGraph, then what is visible."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement

from syndicate.extract.language import canonical_tag
from syndicate.extract.lexicon import AND, BYLINE
from syndicate.extract.tree import HEADINGS, blocks, count_words, is_inside, is_sentence, text_of
from syndicate.formats.dates import read_date
from syndicate.formats.html import absolute, plain
from syndicate.formats.html import text_of as text_of_html
from syndicate.formats.months import fold
from syndicate.model.item import Image, Timestamp

ARTICLE_TYPES = re.compile(
    r"Article$|BlogPosting$|^Report$|^NewsItem$|^CreativeWork$|^Review$|^LiveBlogPosting$"
)
MAX_SCRIPT = 1_000_000
MAX_NODES = 2_000
BYLINE_CLASS = re.compile(
    r"\b(?:by-?line|authors?|writer|contributor)\b|author(?:-|_)?name|byline", re.IGNORECASE
)
DATE_CLASS = re.compile(r"date|time|published|posted|timestamp|dateline|meta", re.IGNORECASE)
IN_URL = re.compile(
    r"/((?:19|20)\d\d)[/-]([01]?\d)[/-]([0-3]?\d)(?=[/-])|/((?:19|20)\d\d)([01]\d)([0-3]\d)(?=\D)"
)
NO_PICTURE = re.compile(
    r"logo|sprite|icon|pixel|avatar|blank|spacer|placeholder|badge|1x1|default[-_.]", re.IGNORECASE
)
SITE_JOINT = re.compile(r"\s+[|–—·•:»/-]\s+")
NEAR = 8
SMALLEST_PICTURE = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What a page says about its article; an empty field was not stated."""

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


def read_metadata(tree: HtmlElement, *, url: str, base: str, zone: str = "") -> Metadata:
    """What the page states, strongest source first. `zone` (IANA) is that of times stated without one."""
    node = _article_node(tree)
    metas = _metas(tree)
    main = main_heading(tree)
    language = _language(tree, node, metas)
    published, updated = _dates(tree, node, metas, main=main, url=url, zone=zone, language=language)
    return Metadata(
        headline=_headline(tree, node, metas, main),
        authors=_authors(tree, node, metas, main),
        published=published,
        updated=updated if updated and (not published or updated.utc > published.utc) else None,
        section=_first(_strings(node.get("articleSection")), _every(metas, "article:section", "section")),
        summary=_first(_every(metas, "og:description", "description"), _strings(node.get("description"))),
        language=language,
        direction=_direction(tree),
        canonical_url=_canonical(tree, metas, url=url, base=base),
        image=_image(tree, node, metas, main=main, base=base),
    )


def main_heading(tree: HtmlElement) -> HtmlElement | None:
    """The article's heading: an h1 within it, else the first h1, else the first h2 in an article."""
    candidates = [h for h in tree.iter("h1") if text_of(h) and not is_inside(h, ("nav", "footer"))]
    inside = [h for h in candidates if is_inside(h, ("article", "main"))]
    if inside or candidates:
        return (inside or candidates)[0]
    return next((h for h in tree.iterfind(".//article//h2") if text_of(h)), None)


def authors_in(text: str) -> tuple[str, ...]:
    """The names in a byline, without its "By"."""
    bare = BYLINE.sub("", fold(text).strip(), count=1)
    start = len(fold(text).strip()) - len(bare)
    kept = text.strip()[start:] if len(fold(text.strip())) == len(text.strip()) else text.split(":", 1)[-1]
    names = (plain(name).strip(" .,،:|·-–—") for name in AND.split(re.split(r"\s[·|•–—]\s", kept)[0]))
    return tuple(
        dict.fromkeys(name for name in names if name and count_words(name) <= 6 and not read_date(name))
    )


def _article_node(tree: HtmlElement) -> dict[str, Any]:
    nodes = list(_linked_data(tree))
    for node in nodes:
        if any(ARTICLE_TYPES.search(kind) for kind in _strings(node.get("@type"))):
            return node
    return next((node for node in nodes if node.get("headline") and node.get("datePublished")), {})


def _linked_data(tree: HtmlElement) -> Iterator[dict[str, Any]]:
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower():
            continue
        try:
            pending = [json.loads((script.text or "")[:MAX_SCRIPT].strip().rstrip(";"), strict=False)]
        except (ValueError, RecursionError):
            continue
        for _ in range(MAX_NODES):
            if not pending:
                break
            value = pending.pop(0)
            if isinstance(value, dict):
                yield value
                pending += [
                    value[key] for key in ("@graph", "mainEntity", "mainEntityOfPage") if key in value
                ]
            elif isinstance(value, list):
                pending += value


def _strings(value: Any) -> list[str]:
    """The texts in a JSON-LD value: a string, a list of them, or objects with a name or @value."""
    if isinstance(value, str):
        # Publishers put escaped HTML into JSON-LD; a reader wants its text.
        text = text_of_html(value) if "&" in value or "<" in value else plain(value)
        return [" ".join(text.split())] if text.strip() else []
    if isinstance(value, dict):
        return _strings(value.get("name") or value.get("@value"))
    if isinstance(value, list):
        return [text for entry in value[:50] for text in _strings(entry)]
    return []


def _metas(tree: HtmlElement) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for meta in tree.iter("meta"):
        key = (meta.get("property") or meta.get("name") or meta.get("itemprop") or "").strip().lower()
        content = " ".join(plain(meta.get("content") or "").split())
        if key and content:
            found.setdefault(key, []).append(content)
    return found


def _every(metas: dict[str, list[str]], *keys: str) -> list[str]:
    return [content for key in keys for content in metas.get(key, ())]


def _first(*groups: Iterable[str]) -> str:
    return next((text for group in groups for text in group if text), "")


def _headline(
    tree: HtmlElement, node: dict[str, Any], metas: dict[str, list[str]], main: HtmlElement | None
) -> str:
    shown = plain(text_of(main)) if main is not None else ""
    title = next((plain(text_of(t)) for t in tree.iterfind(".//head/title")), "")
    stated = _first(_strings(node.get("headline")), _every(metas, "og:title", "twitter:title"))
    if stated:
        return _without_site(stated, shown, site=_first(_every(metas, "og:site_name")))
    if shown:
        return shown
    return _without_site(title, shown, site=_first(_every(metas, "og:site_name")))


def _without_site(title: str, shown: str, *, site: str) -> str:
    """The title without the site's name at either end."""
    if shown and fold(shown) in fold(title) and count_words(shown) >= 2:
        return shown
    parts = SITE_JOINT.split(title)
    if len(parts) < 2:
        return title
    joint = SITE_JOINT.search(title)
    if site and fold(parts[-1]) == fold(site):
        return title[: title.rindex(parts[-1])].rstrip(" |–—·•:»/-")
    if site and fold(parts[0]) == fold(site) and joint:
        return title[joint.end() :]
    longest = max(parts, key=count_words)
    return longest if not site and count_words(longest) >= 4 and "|" in title else title


def _authors(
    tree: HtmlElement, node: dict[str, Any], metas: dict[str, list[str]], main: HtmlElement | None
) -> tuple[str, ...]:
    stated = [name for name in _strings(node.get("author")) if not name.startswith("http")]
    if not stated:
        tags = _every(
            metas, "author", "article:author", "byl", "parsely-author", "sailthru.author", "dc.creator"
        )
        stated = [name for name in tags if "://" not in name and "/" not in name]
    if not stated:
        stated = _visible_authors(tree, main)
    names = [name for text in stated for name in authors_in(text)]
    return tuple(dict.fromkeys(names))[:12]


def _visible_authors(tree: HtmlElement, main: HtmlElement | None) -> list[str]:
    marked = [text_of(e) for e in tree.xpath("//*[@itemprop='author' or @rel='author']")]
    if marked:
        return [text for text in marked if count_words(text) <= 12]
    for element in tree.xpath("//*[@class]"):
        text = text_of(element)
        if BYLINE_CLASS.search(element.get("class")) and 0 < count_words(text) <= 14:
            return [text]
    return [
        text
        for block in _near(tree, main)
        if BYLINE.match(fold(text := text_of(block))) and not is_sentence(text)
    ]


def _near(tree: HtmlElement, main: HtmlElement | None) -> list[HtmlElement]:
    """The short blocks around the article's heading: a byline or a date may stand there."""
    if main is None:
        return []
    every = list(blocks(tree))
    at = next((i for i, block in enumerate(every) if block is main or main in block.iterancestors()), None)
    if at is None:
        return []
    around = every[at + 1 : at + 1 + NEAR] + every[max(0, at - 3) : at]
    return [block for block in around if block.tag not in HEADINGS and count_words(text_of(block)) <= 20]


def _dates(
    tree: HtmlElement,
    node: dict[str, Any],
    metas: dict[str, list[str]],
    *,
    main: HtmlElement | None,
    url: str,
    zone: str,
    language: str,
) -> tuple[Timestamp | None, Timestamp | None]:
    def read(texts: Iterable[str]) -> Iterator[Timestamp]:
        return (found for text in texts if (found := read_date(text, zone=zone, language=language)))

    stated = [
        *_strings(node.get("datePublished")),
        *_every(metas, "article:published_time", "datepublished", "og:published_time", "parsely-pub-date"),
        *_every(
            metas,
            "pubdate",
            "publishdate",
            "publish-date",
            "dc.date.issued",
            "dcterms.created",
            "dc.date",
            "date",
        ),
        *tree.xpath("//*[@itemprop='datePublished']/@datetime | //*[@itemprop='datePublished']/@content"),
    ]
    changed = [
        *_strings(node.get("dateModified")),
        *_every(metas, "article:modified_time", "og:updated_time"),
    ]
    published = _fullest(read(stated)) or _fullest(read(_visible_dates(tree, main))) or _date_in_url(url)
    return published, _fullest(read(changed))


def _fullest(found: Iterator[Timestamp]) -> Timestamp | None:
    """The first date, with the time of day that another statement of the same day gives."""
    first = next(found, None)
    if first is None or not first.day_only:
        return first
    day = first.instant.date()
    return next((other for other in found if not other.day_only and other.instant.date() == day), first)


def _visible_dates(tree: HtmlElement, main: HtmlElement | None) -> Iterator[str]:
    for element in [*tree.iterfind(".//article//time"), *tree.iter("time")]:
        if not is_inside(element, ("nav", "aside", "footer")):
            yield from (element.get("datetime") or "", text_of(element))
            break
    for block in _near(tree, main):
        if not is_sentence(text := text_of(block)):
            yield text
    for element in tree.xpath("//*[@class]"):
        marked = DATE_CLASS.search(element.get("class")) and not is_inside(
            element, ("nav", "aside", "footer", "a")
        )
        if main is not None and marked and 0 < count_words(text := text_of(element)) <= 14:
            yield text


def _date_in_url(url: str) -> Timestamp | None:
    match = IN_URL.search(url)
    if not match:
        return None
    year, month, day = match[1] or match[4], match[2] or match[5], match[3] or match[6]
    return read_date(f"{year}-{int(month):02}-{int(day):02}")


def _language(tree: HtmlElement, node: dict[str, Any], metas: dict[str, list[str]]) -> str:
    article = next(tree.iter("article"), tree)
    root = tree.getroottree().getroot()
    stated = [
        article.get("lang") or "",
        root.get("lang")
        or root.get("{http://www.w3.org/XML/1998/namespace}lang")
        or root.get("xml:lang")
        or "",
        *[body.get("lang") or "" for body in tree.iter("body")],
        *_strings(node.get("inLanguage")),
        *_every(metas, "og:locale", "dc.language", "language"),
        *[
            m.get("content") or ""
            for m in tree.iter("meta")
            if (m.get("http-equiv") or "").lower() == "content-language"
        ],
    ]
    return next((tag for text in stated if (tag := canonical_tag(text))), "")


def _direction(tree: HtmlElement) -> str:
    places = (*tree.iter("article"), *tree.iter("body"), tree.getroottree().getroot())
    return next((d for place in places if (d := (place.get("dir") or "").lower()) in {"ltr", "rtl"}), "")


def _canonical(tree: HtmlElement, metas: dict[str, list[str]], *, url: str, base: str) -> str:
    links = [
        link.get("href") or "" for link in tree.iter("link") if "canonical" in (link.get("rel") or "").split()
    ]
    for stated in [*links, *_every(metas, "og:url")]:
        found = absolute(stated, base_url=base or url)
        if found and (_path(found) != "/" or _path(url) == "/"):
            return found
    return url


def _path(url: str) -> str:
    try:
        return urlsplit(url).path or "/"
    except ValueError:
        return "/"


def _image(
    tree: HtmlElement,
    node: dict[str, Any],
    metas: dict[str, list[str]],
    *,
    main: HtmlElement | None,
    base: str,
) -> Image | None:
    shown = {name: img for img in tree.iter("img") if (name := _file_name(img.get("src") or ""))}
    stated = node.get("image") or node.get("thumbnailUrl")
    stated = stated[0] if isinstance(stated, list) and stated else stated
    of_node = stated if isinstance(stated, dict) else {"url": stated}
    candidates = [
        (
            of_node.get("url") or of_node.get("contentUrl"),
            of_node.get("caption"),
            of_node.get("width"),
            of_node.get("height"),
        ),
        *[
            (
                address,
                _first(_every(metas, "og:image:alt")),
                _first(_every(metas, "og:image:width")),
                _first(_every(metas, "og:image:height")),
            )
            for address in _every(
                metas, "og:image:secure_url", "og:image", "twitter:image", "twitter:image:src"
            )
        ],
    ]
    for address, alt, width, height in candidates:
        url = absolute(address, base_url=base) if isinstance(address, str) else ""
        if url and not NO_PICTURE.search(_file_name(url)):
            img = shown.get(_file_name(url))
            told = (img.get("alt") if img is not None else "") or _first(_strings(alt))
            return Image(
                url=url,
                alt=" ".join(plain(told or _first(_every(metas, "og:image:alt"))).split()),
                width=_number(width) or _number(img.get("width") if img is not None else ""),
                height=_number(height) or _number(img.get("height") if img is not None else ""),
            )
    return _visible_image(tree, main, base)


def _visible_image(tree: HtmlElement, main: HtmlElement | None, base: str) -> Image | None:
    """The first picture of some size after the heading, or in the article."""
    if main is None:
        return None
    for img in main.iterfollowing("img") if hasattr(main, "iterfollowing") else main.xpath("following::img"):
        source = img.get("src") or img.get("data-src") or ""
        width, height = _number(img.get("width")), _number(img.get("height"))
        too_small = (width and width < SMALLEST_PICTURE) or (height and height < SMALLEST_PICTURE // 2)
        url = "" if too_small or NO_PICTURE.search(_file_name(source)) else absolute(source, base_url=base)
        if url and not is_inside(img, ("nav", "aside", "footer", "header", "a")):
            return Image(
                url=url, alt=" ".join(plain(img.get("alt") or "").split()), width=width, height=height
            )
    return None


def _file_name(url: str) -> str:
    try:
        return unquote(urlsplit(url).path.rsplit("/", 1)[-1])
    except ValueError:
        return ""


def _number(value: Any) -> int:
    if isinstance(value, dict):
        value = value.get("value")
    match = re.match(r"\s*(\d{1,5})", str(value or ""))
    return int(match[1]) if match else 0
