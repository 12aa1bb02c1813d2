"""The lead image: what JSON-LD, OpenGraph or microdata state, else the first large picture by the heading."""

import re
from collections.abc import Iterator, Mapping
from itertools import chain, islice
from typing import Any
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement

from syndicate.extract.metadata.linked import MAX_ENTRIES, first, strings
from syndicate.extract.metadata.stated import Stated
from syndicate.extract.metadata.surroundings import around, is_of_others, place_of
from syndicate.formats.html import absolute, plain
from syndicate.model.item import Image

NO_PICTURE = re.compile(
    r"(?<![a-z])(?:logos?|logo-.*|sprites?|icons?|favicon|pixel|avatars?|gravatar|headshots?|mugshot|blank|spacer"
    r"|placeholder|badge|noimage|no-image|fallback|transparent|loading|lazy|dummy|emoji"
    r"|default(?:-?(?:share|social|thumb|image|img|pic|og|news|photo))*\w{0,8}"
    r"|(?:default|share|social|og|site|fb)[-_](?:image|img|share|thumb\w*|social|card|logo|og)|1x1)(?![a-z])"
    r"|logo(?=[-_.\d]|$)",
    re.IGNORECASE,
)
PORTRAIT = re.compile(
    r"author|avatar|byline|writer|profile|gravatar|headshot|contributor|logo|icon|emoji|sponsor|badge|social|share"
    r"|(?<![a-z])ads?(?![a-z])|banner-ad",
    re.IGNORECASE,
)
CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
CANDIDATE = re.compile(r"\s*([^\s,]\S*[^\s,]|[^\s,])(?:\s+(\d{1,5}(?:\.\d+)?)([wx]))?[^,]{0,20}(?:,|$)")
RESIZED = re.compile(r"[?&](?:url|src|image|img|u)=(http[^&]+)", re.IGNORECASE)
PICTURE_FILE = re.compile(r"\.(?:jpe?g|png|webp|gif|avif)$", re.IGNORECASE)
SOURCES = ("data-src", "data-lazy-src", "data-original", "data-srcset", "data-lazy-srcset", "srcset", "src")
SMALLEST_WIDTH, SMALLEST_HEIGHT = 150, 75
LONGEST_SRCSET, LONGEST_URL = 20_000, 4_000
MAX_PICTURES = 300
MAX_BEFORE = 12


def lead_image(tree: HtmlElement, stated: Stated, *, main: HtmlElement | None, base: str) -> Image | None:
    """The lead image with its alternative text, and its size where the page tells it."""
    marks = [logo_of(node.get("publisher")) for node in stated.head.nodes]
    logos = {absolute(url, base_url=base) for urls in marks for url in urls}
    told = chain(_of_node(stated, base), _of_metas(stated, base), _of_marks(stated, base))
    for image in told:
        if image.url and image.url not in logos and not is_no_picture(image.url) and not _is_small(image):
            return _completed(image, _shown(tree, image.url))
    return _visible(main, base)


def file_name(url: str) -> str:
    """The last part of a URL's path, by which a picture is known again at another size."""
    try:
        return unquote(urlsplit(url).path.rsplit("/", 1)[-1])
    except ValueError:
        return ""


def is_no_picture(url: str) -> bool:
    """Whether its name says that it is a logo, an icon, a portrait's stand-in or a placeholder."""
    if not url.startswith(("http:", "https:")):
        return True
    # A server that resizes pictures is told the address of the original.
    inner = RESIZED.search(url[:LONGEST_URL])
    names = (file_name(url), file_name(unquote(inner[1])) if inner else "")
    return any(NO_PICTURE.search(CAMEL.sub("-", name[:LONGEST_URL])) for name in names)


def logo_of(publisher: Any) -> list[str]:
    """The addresses of a publisher's logo."""
    logo = publisher.get("logo") if isinstance(publisher, dict) else None
    logo = logo.get("url") if isinstance(logo, dict) else logo
    return [logo] if isinstance(logo, str) else []


def _of_node(stated: Stated, base: str) -> Iterator[Image]:
    for key in ("image", "primaryImageOfPage", "thumbnailUrl"):
        value = stated.node.get(key)
        told = value[:MAX_ENTRIES] if isinstance(value, list) else [value]
        images = [_stated_image(one if isinstance(one, dict) else {"url": one}, base) for one in told]
        # Several are the same picture in several shapes, or a gallery: the first large one leads.
        yield from sorted(images, key=lambda image: 0 < image.width < 600)


def _stated_image(told: Mapping[str, Any], base: str) -> Image:
    url = told.get("url") or told.get("contentUrl") or told.get("@id")
    return Image(
        url=_absolute(url[0] if isinstance(url, list) and url else url, base),
        alt=first(strings(told.get("alternateName")), strings(told.get("caption"))),
        width=_number(told.get("width")),
        height=_number(told.get("height")),
    )


def _of_metas(stated: Stated, base: str) -> Iterator[Image]:
    for picture in stated.head.pictures:
        yield Image(
            url=_absolute(picture.url, base),
            alt=picture.alt,
            width=_number(picture.width),
            height=_number(picture.height),
        )


def _of_marks(stated: Stated, base: str) -> Iterator[Image]:
    for url in stated.of_marks("image"):
        yield Image(url=_absolute(url, base))


def _is_small(image: Image) -> bool:
    return 0 < image.width < SMALLEST_WIDTH or 0 < image.height < SMALLEST_HEIGHT


def _shown(tree: HtmlElement, url: str) -> HtmlElement | None:
    """The page's own element of the picture, at whatever size."""
    name = file_name(url)
    for img in islice(tree.iter("img"), MAX_PICTURES if name else 0):
        addresses = (unquote(img.get(source) or "") for source in ("src", "data-src"))
        if any(name in told and file_name(told) == name for told in addresses):
            return img
    return None


def _completed(image: Image, img: HtmlElement | None) -> Image:
    """The stated image with what the page's own element adds: its text, and its size."""
    if img is None:
        return image
    width, height = _number(img.get("width")), _number(img.get("height"))
    return Image(
        url=image.url,
        alt=_alt(img) or image.alt,
        width=image.width or (width if not image.height else 0),
        height=image.height or (height if not image.width else 0),
    )


def _visible(main: HtmlElement | None, base: str) -> Image | None:
    """The first picture of some size in the article: right above its heading, or below it."""
    if main is None:
        return None
    inside = around(main)
    for img in islice(chain(_following(main), _preceding(main)), MAX_PICTURES):
        image = _image(img, base)
        if (
            image is not None
            and not _is_of_somebody(img)
            and not _is_card(img)
            and not is_of_others(img, inside)
        ):
            return image
    return None


def _following(main: HtmlElement) -> Iterator[HtmlElement]:
    """The pictures in the heading and after it in its article, or after it at all without one."""
    place = place_of(main)
    yield from main.iter("img")
    for up in (main, *main.iterancestors()):
        if up.tag == "body" or (up is place and up.tag in {"article", "main"}):
            return
        for sibling in up.itersiblings():
            yield from sibling.iter("img")


def _preceding(main: HtmlElement) -> Iterator[HtmlElement]:
    place = place_of(main)
    if place.tag == "article":
        yield from islice(place.iter("img"), MAX_BEFORE)


def _image(img: HtmlElement, base: str) -> Image | None:
    url, wide = _largest(img, base)
    width, height = _number(img.get("width")), _number(img.get("height"))
    image = Image(url=url, alt=_alt(img), width=width, height=height)
    if not url or is_no_picture(url) or (_is_small(image) and not wide):
        return None
    if wide > width:
        image = Image(url=url, alt=image.alt, width=wide, height=round(height * wide / width) if width else 0)
    return None if _is_small(image) else image


def _largest(img: HtmlElement, base: str) -> tuple[str, int]:
    """The address of the largest rendering that it or its `<picture>` offers, and its width if told."""
    sets = [img.get(name) or "" for name in SOURCES if name.endswith("srcset")]
    # The parser takes a source for a container of what follows it.
    picture = next(img.iterancestors("picture"), None)
    if picture is not None:
        sets += [source.get("srcset") or source.get("data-srcset") or "" for source in picture.iter("source")]
    rated = [
        (float(m[2] or 1) * (1000 if m[3] == "x" else 1), m[1], m[3])
        for text in sets
        for m in CANDIDATE.finditer(text[:LONGEST_SRCSET])
        if m[3] and not m[1].startswith("data:")
    ]
    if rated:
        size, url, unit = max(rated, key=lambda row: row[0])
        return _absolute(url, base), int(size) if unit == "w" else 0
    plain_sources = (img.get(name) or "" for name in SOURCES if not name.endswith("srcset"))
    return next((found for url in plain_sources if (found := _absolute(url, base))), ""), 0


def _is_of_somebody(img: HtmlElement) -> bool:
    """Whether it shows the writer, or is a sign of the site, by its class or that of what holds it."""
    near = (img, *islice(img.iterancestors(), 3))
    return any(
        PORTRAIT.search(f"{e.get('class') or ''} {e.get('id') or ''}") for e in near if e.tag != "body"
    )


def _is_card(img: HtmlElement) -> bool:
    """Whether the picture is a link to elsewhere: not to itself at a larger size, nor in a figure."""
    anchor = next(img.iterancestors("a"), None)
    if anchor is None or PICTURE_FILE.search(file_name(anchor.get("href") or "")):
        return False
    return next(anchor.iterancestors("figure"), None) is None


def _alt(img: HtmlElement) -> str:
    return " ".join(plain(img.get("alt") or "").split())


def _absolute(url: Any, base: str) -> str:
    return absolute(url, base_url=base) if isinstance(url, str) and not url.startswith("data:") else ""


def _number(value: Any) -> int:
    value = value.get("value") if isinstance(value, dict) else value
    match = re.match(r"\s*(\d{1,5})(?!\s*%)", str(value or "")[:20])
    return int(match[1]) if match else 0
