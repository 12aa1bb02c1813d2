"""Reads a source of kind sitemap: the pages that a site lists for machines, each fetched when it changed."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from syndicate.collect.readers.listing import read_pages, visit_one
from syndicate.collect.readers.page import visit
from syndicate.collect.reading import Capture, Failed, Finding, Reading, Same
from syndicate.collect.robots import sitemaps_of
from syndicate.collect.scope import is_in_scope
from syndicate.errors import Unreadable
from syndicate.formats.parse_sitemap import Place, Sitemap, parse_sitemap
from syndicate.model.hosts import host_of
from syndicate.model.item import Timestamp
from syndicate.net.limits import unpacked

# An index, an index of it, and the pages.
MAX_DEPTH = 3
MAX_FILES = 500
MAX_PLACES = 200_000
# The protocol's bound for one file.
MAX_BYTES = 52_428_800
# How long a page is looked at again whose sitemap does not say when it changed.
RECENT = timedelta(days=7)
_DAY = timedelta(days=1)
# The day is over everywhere this long after it is over at Greenwich.
_BEHIND = timedelta(hours=12)
# And begins so long before it begins there.
_AHEAD = timedelta(hours=14)
_NEVER = datetime.min.replace(tzinfo=UTC)


async def read_sitemap(reading: Reading) -> AsyncIterator[Finding]:
    """The pages never seen and those that changed, the newest first. Raises when the source's own document
    cannot be had, is no sitemap, or lists nothing that is wanted.
    """
    survey = _Survey(reading=reading)
    async for finding in survey.files():
        yield finding
    survey.judge()
    urls, same = survey.chosen()
    for url in same:
        yield Same(key=url)
    async for finding in read_pages(reading, urls):
        yield _with_hints(finding, survey.places, reading)


def may_have_changed(place: Place, captured: datetime, *, now: datetime) -> bool:
    """Whether a page that was seen before may be another now, by what its sitemap says."""
    if place.modified is None:
        return now - captured < RECENT
    return _latest(place.modified) > captured


def believable(place: Place, *, now: datetime) -> Place:
    """The place without a date of change that is still to come: it would be news at every check."""
    if place.modified is None:
        return place
    ahead = _AHEAD if place.modified.day_only else timedelta()
    return replace(place, modified=None) if place.modified.utc > now + ahead else place


def _latest(when: Timestamp) -> datetime:
    """The last moment that a stated time can mean."""
    return when.utc + _DAY + _BEHIND if when.day_only else when.utc


def _with_hints(finding: Finding, places: dict[str, Place], reading: Reading) -> Finding:
    place = places.get(getattr(finding, "key", ""))
    if place is None:
        return finding
    if isinstance(finding, Capture):
        return replace(finding, title=place.title, published=place.published)
    if isinstance(finding, Same) and place.modified:
        # Else it would be asked for again at every check.
        return replace(finding, seen=reading.visits.now())
    return finding


@dataclass(slots=True)
class _Survey:
    """The way through a site's sitemaps; `places` are the pages that are wanted, by address."""

    reading: Reading
    places: dict[str, Place] = field(default_factory=dict)
    home: str = ""
    foreign: int = 0
    unwanted: int = 0
    passed_over: int = 0

    async def files(self) -> AsyncIterator[Finding]:
        """Each file that is there and new; of a long way, as much as one check can use."""
        source = self.reading.source
        waiting, asked = [(Place(url=source.url), 1)], {source.url}
        count = 0
        while waiting and not self._has_enough():
            place, depth = waiting.pop(0)
            if count == MAX_FILES:
                yield Failed(key=place.url, error=Unreadable(f"{place.url}: over {MAX_FILES} sitemaps"))
                return
            if depth > 1 and self._is_known(place):
                self.passed_over += 1
                continue
            count += 1
            finding, inner = await self._read(place.url, depth=depth)
            yield finding
            fresh = [one for one in inner if one.url not in asked]
            asked |= {one.url for one in fresh}
            waiting += [(one, depth + 1) for one in sorted(fresh, key=_moment, reverse=True)]

    async def _read(self, url: str, *, depth: int) -> tuple[Finding, tuple[Place, ...]]:
        """One file; and the further sitemaps that it names."""
        first = depth == 1
        found = visit(self.reading, url, own=True) if first else visit_one(self.reading, url, own=True)
        finding = await found
        if not isinstance(finding, Capture):
            self.passed_over += isinstance(finding, Same)
            return finding, ()
        try:
            listed = await asyncio.to_thread(_parse, finding, self.reading)
        except Unreadable as error:
            if first:
                raise
            return Failed(key=url, error=error, own=True), ()
        if first:
            self.home = host_of(finding.url)
        read = replace(finding, data=b"")
        if listed.is_index:
            return self._index(read, listed, depth=depth)
        warnings, unseen = self._take(listed, url)
        return replace(read, warnings=warnings, exhausted=not unseen), ()

    def _index(self, read: Capture, listed: Sitemap, *, depth: int) -> tuple[Finding, tuple[Place, ...]]:
        if depth < MAX_DEPTH:
            return read, listed.places
        said = f"{read.url} names further sitemaps, {MAX_DEPTH} levels down; they are left out"
        return replace(read, warnings=(said,)), ()

    def _take(self, listed: Sitemap, url: str) -> tuple[tuple[str, ...], bool]:
        """Keep what is wanted; what there is to say, and whether any of it was never seen."""
        own = [place for place in listed.places if host_of(place.url) == self.home]
        wanted = [place for place in own if is_in_scope(place, self.reading.source)]
        room = max(0, MAX_PLACES - len(self.places))
        self.foreign += len(listed.places) - len(own)
        self.unwanted += len(own) - len(wanted)
        for place in wanted[:room]:
            self.places.setdefault(place.url, place)
        said = []
        if len(own) < len(listed.places):
            said.append(f"{url}: {len(listed.places) - len(own)} addresses of other hosts were left out")
        if listed.is_cut or len(wanted) > room:
            said.append(f"{url} lists more addresses than are read; the rest is left out")
        return tuple(said), bool(self.reading.unseen(place.url for place in wanted))

    def judge(self) -> None:
        """Raise Unreadable where all that the site lists is left out."""
        if self.places or self.passed_over or not (self.foreign or self.unwanted):
            return
        why = (
            "matches `only`, `since` and `until`"
            if self.unwanted
            else f"stands on its own host, {self.home}; name the robots.txt of the pages' host as `url`"
        )
        raise Unreadable(f"{self.reading.source.url} lists no page that {why}")

    def chosen(self) -> tuple[list[str], list[str]]:
        """The pages to ask for, those never seen first; and those that are as they were."""
        same: list[Place] = []
        changed: list[Place] = []
        unseen = [place for place in self.places.values() if place.url not in self.reading.pages]
        for place in self.places.values():
            known = self.reading.pages.get(place.url)
            if known is None or known.failures:
                continue
            is_other = may_have_changed(place, known.captured, now=self.reading.visits.now())
            (changed if is_other else same).append(place)
        newest = [sorted(group, key=_moment, reverse=True) for group in (unseen, changed)]
        urls = [place.url for group in newest for place in group]
        return [*urls, *self.reading.refused], [place.url for place in same]

    def _has_enough(self) -> bool:
        if not self.reading.thorough or len(self.places) <= self.reading.source.limit:
            return False
        return self.reading.unseen(self.places) > self.reading.source.limit

    def _is_known(self, place: Place) -> bool:
        """Whether a further sitemap says that it is as it was when it was read."""
        known = self.reading.pages.get(place.url)
        if known is None:
            return False
        if known.failures:
            return not self.reading.may_ask(place.url)
        return place.modified is not None and _latest(place.modified) <= known.captured


def _moment(place: Place) -> datetime:
    stated = place.modified or place.published
    return stated.utc if stated else _NEVER


def _parse(capture: Capture, reading: Reading) -> Sitemap:
    data = unpacked(capture.data, name=capture.url, limit=MAX_BYTES)
    if urlsplit(capture.key).path == "/robots.txt":
        named = sitemaps_of(data)
        if not named:
            raise Unreadable(f"{capture.url} names no sitemap; give the sitemap's own address as `url`")
        return Sitemap(places=tuple(Place(url=url) for url in named), is_index=True)
    listed = parse_sitemap(data, url=capture.url, zone=reading.source.timezone)
    now = reading.visits.now()
    return replace(listed, places=tuple(believable(place, now=now) for place in listed.places))
