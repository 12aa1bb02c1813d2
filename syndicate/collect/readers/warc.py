"""Reads a source of kind warc: the pages in web archive files; captures of one address from the oldest on."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path

from syndicate.collect.readers.archives import (
    Archive,
    Shelf,
    Volume,
    archives_in,
    is_named_like_one,
    list_volumes,
)
from syndicate.collect.readers.holdings import Entry, Holdings, captured_at, is_wanted
from syndicate.collect.readers.payload import MAX_PAGE, is_page, payload_of
from syndicate.collect.readers.stepping import stepwise
from syndicate.collect.reading import Capture, Failed, Finding, Noted, PutOff, Reading, Same
from syndicate.errors import Unreadable
from syndicate.formats.members import Place
from syndicate.formats.warc import Damage, Http, Record

NO_ARCHIVE = "no archive: "


async def read_warc(reading: Reading) -> AsyncIterator[Finding]:
    """Each capture that no run has read. Raises Unreadable for a folder without archives, or without pages
    that are wanted.
    """
    async for finding in stepwise(_findings(reading)):
        yield finding


def _findings(reading: Reading) -> Iterator[Finding | None]:
    visit = _Visit(reading)
    reading.images.append(visit.image)
    with closing(visit.shelf):
        yield from visit.look_through()
        yield from visit.read()


class _Visit:
    """One run over a source's archives."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.now = reading.visits.now()
        self.shelf = Shelf()
        self.holdings = Holdings()
        self.fresh: list[Volume] = []
        self.known: list[Volume] = []
        self.any_wanted = False
        # When those addresses were captured last that earlier runs read here; by hash, in seconds.
        self._until: dict[int, int] = {}
        # Archives with captures older than the last one read of their address.
        self._older: set[str] = set()
        self._last: dict[int, int] = {}

    def look_through(self) -> Iterator[Finding | None]:
        """Index what is new or has changed; what is as it was costs nothing."""
        source = self.reading.source
        for volume in list_volumes(Path(source.folder), scope=source.scope):
            page = None if isinstance(volume, Failed) else self.reading.pages.get(volume.name)
            if isinstance(volume, Failed):
                yield volume
            elif page is not None and page.etag == f"{NO_ARCHIVE}{volume.state}":
                yield Same(key=volume.name)
            elif page is not None and page.etag == volume.state:
                self.known.append(volume)
                yield Same(key=volume.name)
            else:
                yield from self._look_into(volume)
        if not self.fresh and not self.known:
            raise Unreadable(f"{source.folder} holds no web archives")
        if not self.any_wanted and not self.known:
            raise Unreadable(f"the archives in {source.folder} hold {self._what_is_there()}")

    def _what_is_there(self) -> str:
        told = [said for volume in self.fresh for said in self.holdings.warnings[volume.name][:1]]
        pages = f"{self.holdings.pages} pages, but none that is wanted" if self.holdings.pages else "no pages"
        return "; ".join([pages, *told])

    def _look_into(self, volume: Volume) -> Iterator[Finding | None]:
        try:
            archives = archives_in(volume)
            for archive in archives:
                wanted = partial(self._entry, archive)
                yield from self.holdings.index(archive, shelf=self.shelf, wanted=wanted)
        except Unreadable as error:
            yield Failed(key=volume.name, error=error)
            return
        if archives:
            self.fresh.append(volume)
        elif is_named_like_one(volume):
            said = (
                f"{volume.path} is no web archive, though it is named like one; passed over until it changes"
            )
            yield replace(self._noted(volume), etag=f"{NO_ARCHIVE}{volume.state}", warnings=(said,))

    def _entry(self, archive: Archive, record: Record) -> Entry | None:
        captured = captured_at(record, archive, now=self.now)
        if not is_wanted(self.reading.source, record.url, captured):
            return None
        self.any_wanted = True
        page = self.reading.pages.get(record.url)
        stamp = int(captured.timestamp())
        if page is not None and captured <= page.captured:
            known = archive.volume.name in self.reading.pages
            if captured == page.captured:
                self._until |= {hash(record.url): stamp} if known else {}
                return None
            self._older.add(archive.volume.name)
        return Entry(
            archive=0,
            place=record.place,
            stamp=stamp,
            url=hash(record.url),
            digest=hash(record.digest) if record.digest else 0,
            unseen=page is None,
        )

    def read(self) -> Iterator[Finding | None]:
        """The captures; an archive is remembered once its last one was read."""
        # In an archive that was begun, all were read up to the last one; older ones elsewhere were not.
        self.holdings.leave_out(self._until)
        entries = self.holdings.in_order()
        archives = self.holdings.archives
        left = Counter(archives[entry.archive].volume.name for entry in entries)
        yield from (self._noted(volume) for volume in self.fresh if not left[volume.name])
        yield from self._begun(entries)
        taken = 0
        for position, entry in enumerate(entries):
            if taken == self.reading.source.limit:
                rest = entries[position:]
                why = f"the source's limit is {taken} pages a run"
                yield PutOff(count=len(rest), unseen=len({e.url for e in rest if e.unseen}), why=why)
                return
            volume = archives[entry.archive].volume
            finding = self._finding(entry)
            taken += isinstance(finding, Capture)
            yield finding
            left[volume.name] -= 1
            if not left[volume.name]:
                yield self._noted(volume)

    def _begun(self, entries: Sequence[Entry]) -> Iterator[Noted]:
        """Archives that a later run may go on with, so that it knows what it had of them."""
        unfinished = {self.holdings.archives[entry.archive].volume.name for entry in entries}
        if len(entries) <= self.reading.source.limit:
            unfinished &= self._older
        yield from (Noted(key=name) for name in sorted(unfinished - self.reading.pages.keys()))

    def _noted(self, volume: Volume) -> Noted:
        return Noted(
            key=volume.name,
            etag=volume.state,
            captured=min(datetime.fromtimestamp(volume.modified, UTC), self.now),
            warnings=tuple(self.holdings.warnings.pop(volume.name, ())),
        )

    def _finding(self, entry: Entry) -> Capture | Same | None:
        archive = self.holdings.archives[entry.archive]
        try:
            record, http, block, told = self._record(archive, entry.place, shelf=self.shelf)
            if record.kind == "revisit":
                http, block, told = self._original(record)
            data, warnings = payload_of(block, http)
        except Unreadable as error:
            self.holdings.warn(archive, entry.place, f"{error}; skipped")
            return None
        if not is_page(data, http):
            return None
        digest = sha256(data).hexdigest()
        captured = captured_at(record, archive, now=self.now)
        if self._repeats(record.url, digest, captured=captured):
            return Same(key=record.url, seen=captured)
        where = f"{archive.name}, {entry.place}"
        return Capture(
            key=record.url,
            url=record.url,
            data=data,
            content_hash=digest,
            captured=captured,
            content_type=http.headers.get("content-type", ""),
            headers={"etag": record.digest},
            warnings=tuple(f"{where}: {said}" for said in (*told, *warnings)),
        )

    def _repeats(self, url: str, digest: str, *, captured: datetime) -> bool:
        """Whether the capture before this one, in this run or an earlier one, had the same bytes."""
        before = self._last.get(hash(url))
        self._last[hash(url)] = hash(digest)
        if before is not None:
            return before == hash(digest)
        page = self.reading.pages.get(url)
        return page is not None and page.captured < captured and self.reading.is_known(url, digest)

    def image(self, url: str) -> bytes | None:
        """The bytes of an image in the archives, while they are read and after. Raises Unreadable."""
        found = self.holdings.image(url)
        if found is None:
            return None
        with closing(Shelf()) as shelf:
            _, http, block, _ = self._record(*found, shelf=shelf)
        return payload_of(block, http)[0]

    def _record(
        self, archive: Archive, place: Place, *, shelf: Shelf
    ) -> tuple[Record, Http, bytes, list[str]]:
        """A record's head, its HTTP head, the block as far as it is read, and what is to be told of it."""
        records = shelf.records(archive, place)
        record = next(iter(records), None)
        if record is None or isinstance(record, Damage):
            raise Unreadable(record.why if record else "there is no record any more")
        http = records.http(record) if record.kind != "resource" else _resource(record)
        block = records.read(MAX_PAGE)
        told = [said] if (said := _date_fault(record, now=self.now)) else []
        if record.truncated:
            told.append(f"the crawler cut the record off ({record.truncated})")
        if records.overran:
            told.append("its length reaches over the next record; what comes before that was read")
        elif records.cut:
            told.append("the record breaks off; what there is was read")
        elif len(block) == MAX_PAGE:
            told.append(f"only its first {MAX_PAGE:,} bytes were read")
        return record, http, block, told

    def _original(self, revisit: Record) -> tuple[Http, bytes, list[str]]:
        found = self.holdings.original(revisit) or self._further(revisit)
        if found is None:
            raise Unreadable("it repeats a record that none of the archives has")
        _, http, block, told = self._record(*found, shelf=self.shelf)
        return http, block, told

    def _further(self, revisit: Record) -> tuple[Archive, Place] | None:
        """The same from archives that are as they were, which were not indexed."""
        while self.known:
            for archive in archives_in(self.known.pop(0)):
                for _ in self.holdings.index(archive, shelf=self.shelf, wanted=lambda record: None):
                    pass
        return self.holdings.original(revisit)


def _date_fault(record: Record, *, now: datetime) -> str:
    """What is wrong with the time of a capture, and what stands for it."""
    if record.date is None:
        return "the record states no time that can be read; the file's own one stands for it"
    if record.date > now:
        return f"the record states a time to come, {record.date:%Y-%m-%d}; the present one stands for it"
    return ""


def _resource(record: Record) -> Http:
    return Http(status=200, headers={"content-type": record.media_type})
