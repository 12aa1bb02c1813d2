"""Frees pages of what their site shows on other stories too: known from earlier runs, or seen in this one."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence

from syndicate.collect.identity import url_key
from syndicate.collect.reading import Capture
from syndicate.errors import SyndicateError
from syndicate.extract.chrome import lines_of_page, shared_lines, site_of, without_chrome
from syndicate.extract.page import Page
from syndicate.model.hosts import host_of
from syndicate.store.host_lines import ShownLines

# What is known of sites: the lines that several of their stories show.
Recall = Callable[[Collection[str]], Awaitable[Mapping[str, frozenset[int]]]]


async def nothing_known(sites: Collection[str]) -> Mapping[str, frozenset[int]]:
    """The memory of who has none."""
    return dict.fromkeys(sites, frozenset())


def sites_of(captures: Iterable[Capture], *, source: str) -> set[str]:
    """The sites that the captures may be of, before anything of them is read."""
    return {host_of(capture.url) or _unnamed(source) for capture in captures}


async def without_site_lines(
    pages: Sequence[Page | SyndicateError], *, source: str, recall: Recall
) -> list[Page | SyndicateError]:
    """The pages, each without the lines that other stories of its site show."""
    sites = {_site(page, source) for page in pages if not isinstance(page, SyndicateError)}
    known = await recall(sites) if sites else {}
    return await asyncio.to_thread(_without, pages, known, source=source)


def _without(
    pages: Sequence[Page | SyndicateError], known: Mapping[str, frozenset[int]], *, source: str
) -> list[Page | SyndicateError]:
    sites: dict[str, list[Page]] = defaultdict(list)
    for page in pages:
        if not isinstance(page, SyndicateError):
            sites[_site(page, source)].append(page)
    chrome = {
        site: known[site] | shared_lines([lines_of_page(page) for page in here])
        for site, here in sites.items()
    }
    return [
        page if isinstance(page, SyndicateError) else without_chrome(page, chrome[_site(page, source)])
        for page in pages
    ]


def shown_lines(
    captures: Sequence[Capture], pages: Sequence[Page | SyndicateError], *, source: str
) -> tuple[ShownLines, ...]:
    """What to remember of the pages as they were extracted, before anything was taken from them."""
    return tuple(
        _shown(capture, page, source)
        for capture, page in zip(captures, pages, strict=True)
        if not isinstance(page, SyndicateError) and page.body_text
    )


def _shown(capture: Capture, page: Page, source: str) -> ShownLines:
    lines = lines_of_page(page)
    story = url_key(page.url or page.canonical_url) or capture.key
    return ShownLines(site=_site(page, source), story=story, lines=lines.every, body=lines.body)


def _site(page: Page, source: str) -> str:
    return site_of(page) or _unnamed(source)


def _unnamed(source: str) -> str:
    # A saved page may say nothing of where it stood; what came from one source stood together.
    return f"source {source}"
