"""Sitemaps of our pages: one for each month that brought articles, one of other pages, the news, the index.

A month is written again only when one of its articles changed. Old stories never stand in the news sitemap
(requirement F13).
"""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from itertools import islice

from syndicate.formats.sitemap import (
    MAX_NEWS,
    MAX_PAGES,
    News,
    Page,
    write_index,
    write_news,
    write_pages,
)
from syndicate.model import links
from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import Format
from syndicate.model.source import Publish
from syndicate.publish.feeds import Publishing
from syndicate.publish.files import publish_files, remove_files
from syndicate.publish.places import mark_place, place_of
from syndicate.publish.views import entry_view
from syndicate.store import sitemaps
from syndicate.store.connection import Connection
from syndicate.store.sitemaps import Listed, Month, Written

# Google takes a story for news so long.
NEWS_AGE = timedelta(days=2)
TURN = "sitemaps"
INDEX, NEWS_FILE, SITE_FILE = "sitemap.xml", "sitemap-news.xml", "sitemap-site.xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class SitemapReport:
    """Which files changed, and how many the index lists."""

    written: tuple[str, ...]
    files: int


async def publish_news_sitemap(publishing: Publishing) -> tuple[str, ...]:
    """Write what was published in the last two days; the file's name if it changed. Raises StorageFull."""
    async with publishing.turns.take(publishing.public_dir, TURN):
        return await _publish_news(publishing)


async def publish_sitemaps(publishing: Publishing) -> SitemapReport:
    """Write the sitemaps whose pages changed, and the index of all. Raises StorageFull."""
    # Of two at a time the one that read first could write last, and be recorded before the other.
    async with publishing.turns.take(publishing.public_dir, TURN):
        return await _publish_all(publishing)


async def _publish_news(publishing: Publishing) -> tuple[str, ...]:
    now = publishing.now()
    found = await publishing.db.read(
        sitemaps.list_news,
        _sources(publishing.catalogue),
        since=now - NEWS_AGE,
        until=now,
        take=MAX_NEWS,
        catalogue=publishing.catalogue,
    )
    catalogue = publishing.catalogue
    entries = [entry_view(item, catalogue) for item in found]
    articles = [
        News(url=entry.page_url, title=entry.title, language=entry.language, published=entry.published)
        for entry in entries
        if entry.published
    ]
    data = write_news(articles, publication=catalogue.site.name)
    return await asyncio.to_thread(publish_files, publishing.public_dir, {NEWS_FILE: data})


async def _publish_all(publishing: Publishing) -> SitemapReport:
    await asyncio.to_thread(mark_place, publishing.public_dir, mint=publishing.mint)
    written = list(await _publish_news(publishing))
    sources = _sources(publishing.catalogue)
    months = await publishing.db.read(sitemaps.list_months, sources)
    before = await publishing.db.read(sitemaps.list_written)
    stands: dict[str, Written] = {}
    for month in months:
        known = before.get(month.name)
        if known is None or not _is_current(known, month, publishing):
            known = await _publish_month(publishing, month, known)
            written += files_of(known)
        stands[month.name] = known
    index = [Page(url=_url(publishing, name)) for name in (SITE_FILE, NEWS_FILE)]
    for one in stands.values():
        index += [Page(url=_url(publishing, name), modified=one.modified) for name in files_of(one)]
    rest = {SITE_FILE: write_pages(_site_pages(publishing.catalogue)), INDEX: write_index(index)}
    written += await asyncio.to_thread(publish_files, publishing.public_dir, rest)
    await _forget(publishing, [one for name, one in before.items() if name not in stands])
    return SitemapReport(written=tuple(written), files=len(index))


def files_of(written: Written) -> list[str]:
    """A month's files: `sitemap-2026-11.xml`, and `sitemap-2026-11-2.xml` where one cannot hold it."""
    numbers = ("", *(f"-{number}" for number in range(2, written.files + 1)))
    return [f"sitemap-{written.name}{number}.xml" for number in numbers]


async def _publish_month(publishing: Publishing, month: Month, known: Written | None) -> Written:
    written = await publishing.db.read(_write_month, publishing, month)
    if known:
        gone = set(files_of(known)) - set(files_of(written))
        remove_files(publishing.public_dir, sorted(gone))
    await publishing.db.write(sitemaps.record_written, written)
    return written


def _write_month(conn: Connection, publishing: Publishing, month: Month) -> Written:
    # File by file: a first run may have brought a hundred thousand pages in one month.
    pages = sitemaps.list_month(conn, month, _sources(publishing.catalogue))
    files, modified = 0, month.start
    for chunk in _chunks(pages):
        files += 1
        modified = max(modified, *(page.modified for page in chunk))
        data = write_pages(_page(page, publishing.catalogue) for page in chunk)
        written = Written(name=month.name, fingerprint="", files=files, modified=modified)
        publish_files(publishing.public_dir, {files_of(written)[-1]: data})
    return Written(
        name=month.name,
        fingerprint=_fingerprint(month, publishing),
        files=max(files, 1),
        modified=modified,
    )


def _is_current(known: Written, month: Month, publishing: Publishing) -> bool:
    same = known.fingerprint == _fingerprint(month, publishing)
    return same and all((publishing.public_dir / name).is_file() for name in files_of(known))


def _fingerprint(month: Month, publishing: Publishing) -> str:
    place, catalogue = place_of(publishing.public_dir), publishing.catalogue
    said = json.dumps([place, month.state, catalogue.site.base_url, _sources(catalogue)])
    return sha256(said.encode()).hexdigest()


async def _forget(publishing: Publishing, gone: list[Written]) -> None:
    if gone:
        remove_files(publishing.public_dir, [name for one in gone for name in files_of(one)])
        await publishing.db.write(sitemaps.forget, [one.name for one in gone])


def _sources(catalogue: Catalogue) -> list[str]:
    """Those whose articles can be read on our pages: of the others there is only a link."""
    named = (one for one in catalogue.sources.values() if one.rights.publish is not Publish.LINK)
    return sorted(one.name for one in named)


def _site_pages(catalogue: Catalogue) -> list[Page]:
    paths = ["/", "/feeds"]
    paths += [links.feed_path(name, Format.HTML) for name in catalogue.feeds]
    paths += [links.newsletter_path(name) for name in catalogue.newsletters]
    return [Page(url=links.absolute(catalogue.site.base_url, path)) for path in paths]


def _page(listed: Listed, catalogue: Catalogue) -> Page:
    url = links.absolute(catalogue.site.base_url, links.item_path(listed.item_id))
    return Page(url=url, modified=listed.modified)


def _url(publishing: Publishing, name: str) -> str:
    return links.absolute(publishing.catalogue.site.base_url, f"/{name}")


def _chunks(pages: Iterator[Listed]) -> Iterator[list[Listed]]:
    while chunk := list(islice(pages, MAX_PAGES)):
        yield chunk
