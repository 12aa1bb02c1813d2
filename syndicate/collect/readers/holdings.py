"""What the archives of a source hold: an index of their pages by address and time, made of heads alone."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from syndicate.collect.readers.archives import CUT_OFF, Archive, Shelf
from syndicate.collect.readers.payload import is_image, may_be_page
from syndicate.collect.scope import matches
from syndicate.formats.members import Place
from syndicate.formats.warc import Damage, Http, Record, Records
from syndicate.model.source import Source

# Enough to see what is wrong with a file.
MAX_TOLD = 20
MOST_IMAGES = 500_000
_SAME_PAYLOAD = "identical-payload-digest"


class Entry(NamedTuple):
    """One capture of a page: where it lies, and what it is compared by. Small, for there may be a million.

    `url` and `digest` are hashes, `stamp` is in seconds; `unseen` says that no run has read that address.
    """

    archive: int
    place: Place
    stamp: int
    url: int
    digest: int
    unseen: bool


class Holdings:
    """The pages of archives that were indexed. `pages` counts all of them, wanted or not."""

    def __init__(self) -> None:
        self.archives: list[Archive] = []
        self.entries: list[Entry] = []
        self.warnings: defaultdict[str, list[str]] = defaultdict(list)
        self.pages = 0
        self._payloads: dict[int, tuple[int, Place]] = {}
        self._images: dict[int, tuple[int, Place]] = {}

    def index(
        self, archive: Archive, *, shelf: Shelf, wanted: Callable[[Record], Entry | None]
    ) -> Iterator[None]:
        """Take up one archive; breathes between its records. Raises Unreadable."""
        number = len(self.archives)
        self.archives.append(archive)
        if archive.is_cut:
            self.warn(archive, Place(), CUT_OFF)
        records = shelf.records(archive)
        last: Place | None = None
        for record in records:
            yield None
            if isinstance(record, Damage):
                # What breaks off a page that will be read is told of that page.
                if last is None or record.place not in (last, Place(last.offset)):
                    self.warn(archive, record.place, f"{record.why}; skipped")
                continue
            http = _answer(record, records)
            is_taken = http is not None and self._take(record, http, number=number, entry=wanted(record))
            last = record.place if is_taken else None

    def _take(self, record: Record, http: Http, *, number: int, entry: Entry | None) -> bool:
        is_page = may_be_page(http, record.url)
        if is_image(http) and len(self._images) < MOST_IMAGES:
            self._images[_address(record.url)] = number, record.place
        if is_page and record.kind != "revisit":
            self.pages += 1
            if record.digest:
                self._payloads.setdefault(hash(record.digest), (number, record.place))
        if not is_page or entry is None:
            return False
        self.entries.append(entry._replace(archive=number))
        return True

    def original(self, record: Record) -> tuple[Archive, Place] | None:
        """Where the payload of a revisit lies; None when no archive that was indexed has it."""
        found = self._payloads.get(hash(record.digest)) if record.digest else None
        return (self.archives[found[0]], found[1]) if found else None

    def image(self, url: str) -> tuple[Archive, Place] | None:
        """Where the image of an address lies, if one of the archives has it."""
        found = self._images.get(_address(url))
        return (self.archives[found[0]], found[1]) if found else None

    def warn(self, archive: Archive, place: Place, said: str) -> None:
        """Keep a warning about an archive, unless it has very many."""
        told = self.warnings[archive.volume.name]
        if len(told) < MAX_TOLD:
            told.append(f"{archive.name}, {place}: {said}")
        elif len(told) == MAX_TOLD:
            told.append(f"{archive.name}: more is damaged than is told here")

    def leave_out(self, until: Mapping[int, int]) -> None:
        """Forget the captures of an address (its hash) up to a time, in seconds."""
        kept = (entry for entry in self.entries if entry.stamp > until.get(entry.url, entry.stamp - 1))
        self.entries = list(kept)

    def in_order(self) -> list[Entry]:
        """The captures as they lie, those of one address oldest first; none repeats the one before it."""
        spots: defaultdict[int, list[int]] = defaultdict(list)
        for spot, entry in enumerate(self.entries):
            spots[entry.url].append(spot)
        ordered: list[Entry | None] = list(self.entries)
        for own in spots.values():
            if len(own) > 1:
                _settle(own, ordered)
        return [entry for entry in ordered if entry is not None]


def _settle(spots: list[int], ordered: list[Entry | None]) -> None:
    captures = sorted((entry for spot in spots if (entry := ordered[spot])), key=lambda entry: entry.stamp)
    before = 0
    for spot, entry in zip(spots, captures, strict=True):
        ordered[spot] = None if entry.digest and entry.digest == before else entry
        before = entry.digest


def _address(url: str) -> int:
    return hash(url.partition("://")[2].partition("#")[0])


def _answer(record: Record, records: Records) -> Http | None:
    """The head of an answer that can be a page's; None for every other record."""
    if not record.url.startswith(("http://", "https://")):
        return None
    if record.kind == "resource":
        return Http(status=200, headers={"content-type": record.media_type})
    if record.kind == "revisit" and _SAME_PAYLOAD in record.profile:
        return records.http(record) if record.length else Http(status=200)
    return records.http(record) if record.kind == "response" else None


def is_wanted(source: Source, url: str, captured: datetime) -> bool:
    """Whether the source's `only`, `since` and `until` let a capture in."""
    if source.since and captured.date() < source.since:
        return False
    if source.until and captured.date() > source.until:
        return False
    return matches(url, source.only)


def captured_at(record: Record, archive: Archive, *, now: datetime) -> datetime:
    """When the page was captured, by the record, else by the file's age; never in the future."""
    return min(record.date or datetime.fromtimestamp(archive.volume.modified, UTC), now)
