"""Reads a source of kind listing: a page whose links are articles, each fetched conditionally."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

from syndicate.collect.page import visit
from syndicate.collect.reading import Capture, Failed, Finding, PutOff, Reading, Same
from syndicate.collect.visits import PAUSING
from syndicate.errors import FetchFailed, FetchRefused, HostPaused, Unreadable
from syndicate.extract.listing import links


async def read_listing(reading: Reading) -> AsyncIterator[Finding]:
    """Each linked page, those never seen first. Raises when the listing itself cannot be had or has no links.

    A host that asks for a pause ends the run: the rest is put off, like what is over the source's limit.
    """
    listing = await visit(reading, reading.source.url, own=True)
    yield listing
    urls = await _links(listing, reading)
    limit = reading.source.limit
    for position, url in enumerate(urls[:limit]):
        finding = await _visit(reading, url)
        if isinstance(finding, PutOff):
            left = urls[position:]
            yield replace(finding, count=len(left), unseen=reading.unseen(left))
            return
        yield finding
    # A page seen before waits for nothing: it is only not looked at again.
    if unseen := reading.unseen(urls[limit:]):
        yield PutOff(count=unseen, unseen=unseen, why=f"the source's limit is {limit} pages a run")


async def _visit(reading: Reading, url: str) -> Finding:
    try:
        return await visit(reading, url)
    except FetchFailed as error:
        if isinstance(error, HostPaused) or error.status in PAUSING:
            return PutOff(count=1, why=str(error), retry_after=error.retry_after)
        return Failed(key=url, error=error)
    except FetchRefused as error:
        return Failed(key=url, error=error)


async def _links(listing: Capture | Same, reading: Reading) -> list[str]:
    """The articles' addresses; a listing that is as it was has those of its known pages, newest first."""
    own = reading.source.url
    if isinstance(listing, Same):
        newest = sorted(reading.pages.values(), key=lambda page: page.captured, reverse=True)
        return [page.url for page in newest if page.url != own]
    found = await asyncio.to_thread(links, listing.data, url=listing.url, content_type=listing.content_type)
    urls = [url for url in dict.fromkeys(found) if url not in (own, listing.url)]
    if not urls:
        raise Unreadable(f"{own} is no listing: it has no links to articles")
    return sorted(urls, key=lambda url: url in reading.pages)
