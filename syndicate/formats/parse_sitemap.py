"""Sitemaps of others → addresses: urlset, index, news sitemap, or plain text.

https://www.sitemaps.org/protocol.html ·
https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from lxml import etree

from syndicate.errors import Unreadable
from syndicate.formats.dates import read_date
from syndicate.formats.html import plain
from syndicate.formats.upstream import found_instead
from syndicate.model.item import Timestamp

# The protocol's own bound for one file.
MAX_PLACES = 50_000
MAX_URL = 2_048
_NEWS = "{http://www.google.com/schemas/sitemap-news/0.9}"
# Other vocabularies have a `loc` too, of an image or a video.
_OTHERS = ("sitemap-image", "sitemap-video", "xhtml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One address and what the sitemap says of it; `title` and `published` stand in news sitemaps."""

    url: str
    modified: Timestamp | None = None
    title: str = ""
    published: Timestamp | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitemap:
    """What one file lists: pages, or with `is_index` further sitemaps. `is_cut` at the protocol's bound."""

    places: tuple[Place, ...] = ()
    is_index: bool = False
    is_cut: bool = False


def parse_sitemap(data: bytes, *, url: str, zone: str = "") -> Sitemap:
    """Read a sitemap; `zone` (IANA) is that of times written without one.

    Raises Unreadable for anything else, naming what was found instead, and for XML that is not well-formed or
    declares entities, which are never expanded.
    """
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start.startswith((b"<", b"\xff\xfe", b"\xfe\xff")):
        return _from_text(data, url=url)
    try:
        return _from_xml(start, url=url, zone=zone)
    except etree.XMLSyntaxError as error:
        if b"<html" in start[:2000].lower():
            raise Unreadable(f"{url} is no sitemap: {found_instead(data)}") from error
        raise Unreadable(f"{url} is no sitemap: its XML is not well-formed: {error.msg}") from error


def _from_text(data: bytes, *, url: str) -> Sitemap:
    lines = [plain(line).strip() for line in data.decode("utf-8-sig", "replace").splitlines()]
    lines = [line for line in lines if line]
    if not lines or not _is_address(lines[0]):
        raise Unreadable(f"{url} is no sitemap: {found_instead(data)}")
    places = tuple(Place(url=line) for line in dict.fromkeys(lines) if _is_address(line))
    return Sitemap(places=places[:MAX_PLACES], is_cut=len(places) > MAX_PLACES)


def _from_xml(data: bytes, *, url: str, zone: str) -> Sitemap:
    places: dict[str, Place] = {}
    is_index = False
    for element in _entries(data, url):
        is_index = _name(element) == "sitemap"
        place = _place(element, url=url, zone=zone)
        if place is None or place.url in places:
            continue
        if len(places) == MAX_PLACES:
            return Sitemap(places=tuple(places.values()), is_index=is_index, is_cut=True)
        places[place.url] = place
    return Sitemap(places=tuple(places.values()), is_index=is_index)


def _entries(data: bytes, url: str) -> Iterator[etree._Element]:
    """Each `url` or `sitemap` element below the root, and none for longer than it is looked at."""
    walk = etree.iterparse(
        io.BytesIO(data),
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    _, root = next(iter(walk))
    _check_root(root, data, url)
    for event, element in walk:
        if event == "end" and element.getparent() is root:
            if _name(element) in {"url", "sitemap"}:
                yield element
            root.remove(element)


def _check_root(root: etree._Element, data: bytes, url: str) -> None:
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and declared.entities():  # type: ignore[attr-defined]
        raise Unreadable(f"{url} is no sitemap that is read: it declares entities, which none needs")
    name = _name(root)
    if name in {"urlset", "sitemapindex"}:
        return
    if name in {"rss", "feed", "RDF"}:
        raise Unreadable(f'{url} is a feed; kind "feed" reads it')
    raise Unreadable(f"{url} is no sitemap: {found_instead(data)}")


def _place(element: etree._Element, *, url: str, zone: str) -> Place | None:
    said = {_name(child): _text(child) for child in element if not _is_foreign(child)}
    news = next(element.iterchildren(f"{_NEWS}news"), None)
    about = {_name(child): _text(child) for child in news} if news is not None else {}
    address = said.get("loc", "").replace(" ", "%20")
    try:
        address = urljoin(url, address) if address else ""
    except ValueError:
        return None
    if not _is_address(address):
        return None
    return Place(
        url=address,
        modified=_date(said.get("lastmod", ""), zone),
        title=about.get("title", ""),
        published=_date(about.get("publication_date", ""), zone),
    )


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc) and len(text) <= MAX_URL


def _is_foreign(element: etree._Element) -> bool:
    return any(name in str(element.tag) for name in _OTHERS)


def _name(element: etree._Element) -> str:
    """The element's name without its namespace, which many sitemaps get wrong."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _text(element: etree._Element) -> str:
    return " ".join(plain(str(element.xpath("string()"))).split())


def _date(text: str, zone: str) -> Timestamp | None:
    try:
        # Of fifty thousand dates nearly all are written so, and this is quick.
        return Timestamp.parse(text)
    except ValueError:
        return read_date(text, zone=zone) if text else None
