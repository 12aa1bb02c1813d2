"""Reads a source of kind page: one address, fetched conditionally."""

from collections.abc import AsyncIterator
from hashlib import sha256

from syndicate.collect.reading import Capture, Finding, Reading, Same


async def read_page(reading: Reading) -> AsyncIterator[Finding]:
    """The page, or that it is as it was. Raises FetchFailed and FetchRefused."""
    yield await visit(reading, reading.source.url, own=True)


async def visit(reading: Reading, url: str, *, own: bool = False, afresh: bool = False) -> Capture | Same:
    """Fetch one page of the source; a 304 or equal bytes make it the same, unless asked for `afresh`."""
    known = None if afresh else reading.pages.get(url)
    found = await reading.visits.get(
        url, etag=known.etag if known else "", last_modified=known.last_modified if known else ""
    )
    digest = sha256(found.body).hexdigest()
    if found.not_modified or (not afresh and reading.is_known(url, digest)):
        return Same(key=url, headers=found.headers, own=own)
    return Capture(
        key=url,
        url=found.url,
        data=found.body,
        content_hash=digest,
        captured=reading.visits.now(),
        content_type=found.content_type,
        headers=found.headers,
        own=own,
    )
