"""Looks at an address or a saved page before it becomes a source; nothing is stored."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from statistics import median

from syndicate.collect.robots import origin_of, sitemaps_of
from syndicate.collect.visits import Visits, opened
from syndicate.errors import FetchFailed, FetchRefused, SyndicateError, Unreadable
from syndicate.extract.charset import decode
from syndicate.extract.page import Page
from syndicate.extract.prior import NOTHING, Prior
from syndicate.extract.probe.certainty import Certainty
from syndicate.extract.probe.learning import Specimen, learn, learn_links, specimen
from syndicate.extract.probe.look import Seen, Sight, kind_of, look
from syndicate.extract.tree import base_of, count_words, parse
from syndicate.formats.html import text_of
from syndicate.formats.parse import parse_feed
from syndicate.formats.parse_sitemap import parse_sitemap
from syndicate.model.site import FetchSettings, Site
from syndicate.net.limits import unpacked

TEASER_WORDS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """What a listing, feed or sitemap leads to; `words` are those of its text, None where nobody looked."""

    url: str
    headline: str = ""
    words: int | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What there is to collect. `sure` is 0 to 1; `selectors` hold on every page that was looked at.

    `of` is the page that `fields` were read on: the page itself, or a listing's first article. `remarks` are
    for the operator: what stands in the way, and what would do better.
    """

    where: str
    url: str
    sight: Sight
    sure: float
    site: str = ""
    of: str = ""
    language: str = ""
    fields: tuple[Certainty, ...] = ()
    selectors: Mapping[str, str] = field(default_factory=dict)
    looked_at: int = 0
    links: tuple[Linked, ...] = ()
    feeds: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    notice: str = ""
    successor_url: str = ""
    remarks: tuple[str, ...] = ()

    @property
    def is_barren(self) -> bool:
        """Whether there is nothing to collect."""
        return self.sight is Sight.NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    data: bytes
    url: str
    content_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How a probe asks: within these limits, in this site's name; `pages` are how many articles of a listing
    are looked at.
    """

    settings: FetchSettings
    site: Site
    now: Callable[[], datetime]
    pages: int = 3


async def probe_url(url: str, asking: Asking) -> Probe:
    """Look at an address, and at some of the articles that it lists.

    Raises FetchFailed, FetchRefused, and Unreadable for a feed or sitemap that is broken.
    """
    async with opened(asking.settings, site=asking.site, now=asking.now) as visits:
        return await _probe(url, visits=visits, pages=asking.pages)


async def _probe(url: str, *, visits: Visits, pages: int) -> Probe:
    document = await _fetch(visits, url)
    probe, seen = await asyncio.to_thread(_look, document)
    if seen is not None and seen.sight is Sight.LISTING:
        probe = await _with_articles(probe, seen, document, visits=visits, pages=pages)
    elif seen is not None:
        probe = await asyncio.to_thread(_with_own, probe, document)
    return replace(probe, where=url, sitemaps=await _sitemaps(visits, document.url))


def probe_file(path: Path, *, url: str = "") -> Probe:
    """Look at a saved page; `url` is the address that it once had. Raises Unreadable."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Unreadable(f"{path} cannot be read: {error.strerror}") from error
    document = _Document(data=unpacked(data, name=str(path)), url=url)
    probe, seen = _look(document)
    probe = replace(probe, where=str(path))
    return probe if seen is None or seen.sight is Sight.LISTING else _with_own(probe, document)


async def _fetch(visits: Visits, url: str) -> _Document:
    found = await visits.get(url)
    data = unpacked(found.body, name=found.url)
    # Of a file that is packed as such, like sitemap.xml.gz, the type tells nothing of what it holds.
    return _Document(data=data, url=found.url, content_type=found.content_type if data == found.body else "")


def _look(document: _Document) -> tuple[Probe, Seen | None]:
    kind = kind_of(document.data, document.content_type)
    if kind is Sight.FEED:
        return _of_feed(document), None
    if kind is Sight.SITEMAP:
        return _of_sitemap(document), None
    seen = look(document.data, url=document.url, content_type=document.content_type)
    page = seen.page
    probe = Probe(
        where=document.url,
        url=document.url,
        sight=seen.sight,
        sure=seen.sure,
        site=seen.site,
        of=document.url,
        language=page.language,
        fields=seen.fields,
        links=tuple(Linked(url=link) for link in seen.links if seen.sight is Sight.LISTING),
        feeds=seen.feeds,
        remarks=tuple(_remarks(seen)),
    )
    return _with_notice(probe, page), seen


def _with_notice(probe: Probe, page: Page) -> Probe:
    if page.notice is None or probe.notice:
        return probe
    return replace(probe, notice=page.notice.text, successor_url=page.notice.successor_url)


def _remarks(seen: Seen) -> list[str]:
    told = list(seen.page.warnings)
    if seen.scripted:
        instead = "one of its feeds" if seen.feeds else "a feed or a sitemap"
        told.append(
            f"a script builds this page, and none is run: what readers see is not in it. Try {instead}"
        )
    if seen.sight is Sight.LISTING and seen.page.briefs:
        told.append(
            f"it holds {len(seen.page.briefs)} briefs too, which kind listing leaves: a page does not"
        )
    return told


def _of_feed(document: _Document) -> Probe:
    feed = parse_feed(document.data, url=document.url, content_type=document.content_type)
    links = [
        Linked(url=entry.url, headline=entry.title, words=count_words(text_of(entry.body_html)))
        for entry in feed.entries
    ]
    typical = median(link.words or 0 for link in links) if links else 0
    told = [] if links else ["it has no entries now"]
    if links and typical < TEASER_WORDS:
        told.append(
            f"its entries are teasers of {typical:.0f} words; kind listing reads the articles themselves: "
            "probe the page that lists them"
        )
    return Probe(
        where=document.url,
        url=document.url,
        sight=Sight.FEED,
        sure=1.0,
        site=feed.title,
        language=next((entry.language for entry in feed.entries if entry.language), ""),
        links=tuple(links),
        remarks=tuple(told),
    )


def _of_sitemap(document: _Document) -> Probe:
    found = parse_sitemap(document.data, url=document.url)
    told = (
        [f"it is an index of {len(found.places)} sitemaps, which are read in turn"] if found.is_index else []
    )
    return Probe(
        where=document.url,
        url=document.url,
        sight=Sight.SITEMAP,
        sure=1.0,
        links=tuple(Linked(url=place.url, headline=place.title) for place in found.places),
        remarks=tuple(told),
    )


def _with_own(probe: Probe, document: _Document) -> Probe:
    one = specimen(document.data, url=document.url, content_type=document.content_type, prior=NOTHING)
    return replace(probe, selectors=learn([one]) if one else {}, looked_at=1)


async def _with_articles(
    probe: Probe, seen: Seen, document: _Document, *, visits: Visits, pages: int
) -> Probe:
    """The listing, with what its first articles say; for one that cannot be had the next one is tried."""
    looked_at: dict[str, Linked] = {}
    specimens: list[Specimen] = []
    first: Seen | None = None
    for link in seen.links[: 2 * pages]:
        if len(specimens) >= pages:
            break
        try:
            article = await _fetch(visits, link)
        except (FetchFailed, FetchRefused, Unreadable) as error:
            looked_at[link] = Linked(url=link, fault=str(error))
            continue
        found = await asyncio.to_thread(
            look, article.data, url=article.url, content_type=article.content_type
        )
        looked_at[link] = _linked(link, found.page)
        one = await asyncio.to_thread(_specimen, article, seen.page.language)
        if one is not None and found.sight is Sight.ARTICLE:
            specimens.append(one)
            first = first or found
    learned = await asyncio.to_thread(learn, specimens) if specimens else {}
    listed = await asyncio.to_thread(_learn_links, document, seen.links)
    probe = replace(
        probe,
        links=tuple(looked_at.get(link.url, link) for link in probe.links),
        selectors={**({"links": listed} if listed else {}), **learned},
        looked_at=len(specimens),
    )
    if first is None:
        return replace(probe, fields=())
    read = replace(
        probe, of=first.page.url, fields=first.fields, language=first.page.language or probe.language
    )
    return _with_notice(read, first.page)


def _specimen(document: _Document, language: str) -> Specimen | None:
    prior = Prior(language=language)
    return specimen(document.data, url=document.url, content_type=document.content_type, prior=prior)


def _learn_links(document: _Document, urls: Sequence[str]) -> str:
    tree = parse(decode(document.data, document.content_type)[0])
    return learn_links(tree, urls, base=base_of(tree, document.url)) if tree is not None else ""


def _linked(link: str, page: Page) -> Linked:
    return Linked(url=link, headline=page.headline, words=count_words(page.body_text))


async def _sitemaps(visits: Visits, url: str) -> tuple[str, ...]:
    try:
        return sitemaps_of((await visits.get(f"{origin_of(url)}/robots.txt")).body)
    except SyndicateError:
        return ()
