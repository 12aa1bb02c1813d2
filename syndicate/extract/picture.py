"""The lead image: what JSON-LD or OpenGraph state, else the first picture of some size under the heading."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement

from syndicate.extract.stated import Stated, first, strings
from syndicate.extract.tree import is_inside
from syndicate.formats.html import absolute, plain
from syndicate.model.item import Image

NO_PICTURE = re.compile(
    r"logo|sprite|icon|pixel|avatar|blank|spacer|placeholder|badge|1x1|default[-_.]", re.IGNORECASE
)
SMALLEST_WIDTH, SMALLEST_HEIGHT = 150, 75


def lead_image(tree: HtmlElement, stated: Stated, *, main: HtmlElement | None, base: str) -> Image | None:
    """The lead image with its alternative text, and its size where the page tells it."""
    shown = {name: img for img in tree.iter("img") if (name := file_name(img.get("src") or ""))}
    for image in (*_of_node(stated, base), *_of_metas(stated, base)):
        if image.url and not NO_PICTURE.search(file_name(image.url)):
            return _completed(image, shown.get(file_name(image.url)))
    return _visible(main, base)


def file_name(url: str) -> str:
    """The last part of a URL's path, by which a picture is known again at another size."""
    try:
        return unquote(urlsplit(url).path.rsplit("/", 1)[-1])
    except ValueError:
        return ""


def _of_node(stated: Stated, base: str) -> Iterator[Image]:
    value = stated.node.get("image") or stated.node.get("thumbnailUrl")
    value = value[0] if isinstance(value, list) and value else value
    told = value if isinstance(value, dict) else {"url": value}
    yield Image(
        url=_absolute(told.get("url") or told.get("contentUrl"), base),
        alt=first(strings(told.get("caption"))),
        width=_number(told.get("width")),
        height=_number(told.get("height")),
    )


def _of_metas(stated: Stated, base: str) -> Iterator[Image]:
    for url in stated.of_metas("og:image:secure_url", "og:image", "twitter:image", "twitter:image:src"):
        yield Image(
            url=_absolute(url, base),
            alt=first(stated.of_metas("og:image:alt", "twitter:image:alt")),
            width=_number(first(stated.of_metas("og:image:width"))),
            height=_number(first(stated.of_metas("og:image:height"))),
        )


def _completed(image: Image, img: HtmlElement | None) -> Image:
    """The stated image with what the page's own element adds."""
    if img is None:
        return image
    return Image(
        url=image.url,
        alt=_alt(img) or image.alt,
        width=image.width or _number(img.get("width")),
        height=image.height or _number(img.get("height")),
    )


def _visible(main: HtmlElement | None, base: str) -> Image | None:
    for img in main.xpath("following::img") if main is not None else ():
        source = img.get("src") or img.get("data-src") or ""
        width, height = _number(img.get("width")), _number(img.get("height"))
        if 0 < width < SMALLEST_WIDTH or 0 < height < SMALLEST_HEIGHT or NO_PICTURE.search(file_name(source)):
            continue
        url = _absolute(source, base)
        if url and not is_inside(img, ("nav", "aside", "footer", "header", "a")):
            return Image(url=url, alt=_alt(img), width=width, height=height)
    return None


def _alt(img: HtmlElement) -> str:
    return " ".join(plain(img.get("alt") or "").split())


def _absolute(url: Any, base: str) -> str:
    return absolute(url, base_url=base) if isinstance(url, str) else ""


def _number(value: Any) -> int:
    value = value.get("value") if isinstance(value, dict) else value
    match = re.match(r"\s*(\d{1,5})", str(value or ""))
    return int(match[1]) if match else 0
