"""Reads a source of kind listing: pages whose links are articles, each fetched conditionally."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import urldefrag

from syndicate.collect.readers.page import visit
from syndicate.collect.reading import Capture, Failed, Finding, PutOff, Reading, Same
from syndicate.collect.visits import PAUSING
from syndicate.errors import FetchFailed, FetchRefused, HostPaused, Unreadable
from syndicate.extract.listing import Listed, listed


async def read_listing(reading: Reading) -> AsyncIterator[Finding]:
    """Each linked page, those never seen first. Raises when the listing itself cannot be had or has no links.

    A host that asks for a pause ends the run: the rest is put off, like what is over the source's limit.
    """
    walk = _Walk(reading=reading)
    async for finding in walk.pages():
        yield finding
    urls = sorted(walk.found, key=lambda url: url in reading.pages)
    # What was linked from a page that is not walked to again is asked for all the same.
    async for finding in read_pages(reading, dict.fromkeys((*urls, *reading.refused))):
        yield finding


async def read_pages(reading: Reading, urls: Iterable[str]) -> AsyncIterator[Finding]:
    """These pages up to the source's limit, in this order; those that refused us lately are left alone."""
    limit = reading.source.limit
    due = [url for url in urls if reading.may_ask(url)]
    for position, url in enumerate(due[:limit]):
        finding = await visit_one(reading, url)
        if isinstance(finding, PutOff):
            left = due[position:]
            yield replace(finding, count=len(left), unseen=reading.unseen(left))
            return
        yield finding
    # A page seen before waits for nothing: it is only not looked at again.
    if unseen := reading.unseen(due[limit:]):
        yield PutOff(count=unseen, unseen=unseen, why=f"the source's limit is {limit} pages a run")


async def visit_one(reading: Reading, url: str, *, own: bool = False, afresh: bool = False) -> Finding:
    """One page, whose fault is a finding too."""
    try:
        return await visit(reading, url, own=own, afresh=afresh)
    except FetchFailed as error:
        if isinstance(error, HostPaused) or error.status in PAUSING:
            return PutOff(count=1, unseen=int(own), why=str(error), retry_after=error.retry_after)
        return Failed(key=url, error=error, own=own)
    except FetchRefused as error:
        return Failed(key=url, error=error, own=own)


@dataclass(slots=True)
class _Walk:
    """The way through a listing's pages; `found` are the articles that they link to, in their order."""

    reading: Reading
    found: dict[str, None] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)

    async def pages(self) -> AsyncIterator[Finding]:
        """The listing, and as many pages after it as the source says and have anything new."""
        url = self.reading.source.url
        for number in range(self.reading.source.pages):
            self.asked.add(url)
            finding = await self._visit(url, first=number == 0)
            if not isinstance(finding, Capture):
                yield finding
                break
            page = await asyncio.to_thread(
                listed,
                finding.data,
                url=finding.url,
                content_type=finding.content_type,
                selectors=self.reading.source.selectors,
            )
            for failed in self._unmatched(page, finding.key, first=number == 0):
                yield failed
            fresh = self._take(page, finding.url, first=number == 0)
            # What it says is known now, and a long walk's pages need not be held.
            yield replace(finding, data=b"")
            url = page.next_url
            if not self._goes_on(url, fresh):
                break

    async def _visit(self, url: str, *, first: bool) -> Finding:
        # Of a page that is as it was, nobody knows the links.
        afresh = self.reading.thorough
        if not first:
            return await visit_one(self.reading, url, own=True, afresh=afresh)
        finding = await visit(self.reading, url, own=True, afresh=afresh)
        if isinstance(finding, Same):
            self.found |= dict.fromkeys(_known(self.reading))
        return finding

    def _unmatched(self, page: Listed, key: str, *, first: bool) -> Iterator[Failed]:
        """Selectors that match nothing, which somebody has to mend; a last page has no way on."""
        source = self.reading.source
        for name in page.unmatched:
            if name == "links" or (first and source.pages > 1):
                text = source.selectors.stated[name]
                said = f"{key}: sources.{source.name}.selectors.{name} matches nothing: {text}"
                yield Failed(key=key, error=Unreadable(said), own=True)

    def _take(self, page: Listed, url: str, *, first: bool) -> list[str]:
        """The page's articles that no page before it had. Raises Unreadable for a listing without any."""
        if first and not page.links:
            raise Unreadable(f"{self.reading.source.url} is no listing: it has no links to articles")
        self.asked.add(urldefrag(url).url)
        fresh = [link for link in page.links if link not in self.found and link not in self.asked]
        self.found |= dict.fromkeys(fresh)
        return fresh

    def _goes_on(self, url: str, fresh: list[str]) -> bool:
        if not url or url in self.asked or not self.reading.may_ask(url) or not fresh:
            return False
        if not self.reading.thorough:
            return bool(self.reading.unseen(fresh))
        return self.reading.unseen(self.found) <= self.reading.source.limit


def _known(reading: Reading) -> list[str]:
    """The articles seen so far, the newest first."""
    articles = [page for page in reading.pages.values() if not page.own and page.url != reading.source.url]
    return [page.url for page in sorted(articles, key=lambda page: page.captured, reverse=True)]
