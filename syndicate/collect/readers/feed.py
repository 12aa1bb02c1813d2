"""Reads a source of kind feed: upstream's RSS, Atom or JSON Feed, fetched conditionally."""

from collections.abc import AsyncIterator

from syndicate.collect.readers.page import visit
from syndicate.collect.reading import Finding, Reading


async def read_feed(reading: Reading) -> AsyncIterator[Finding]:
    """The feed's document, or that it is as it was. Raises FetchFailed and FetchRefused."""
    yield await visit(reading, reading.source.url, own=True)
