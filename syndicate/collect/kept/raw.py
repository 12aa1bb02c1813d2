"""The raw pages, kept by the hash of their bytes, so that they can be extracted again without the network."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import zstandard

from syndicate.collect.media import is_whole, write_once
from syndicate.collect.reading import Capture
from syndicate.store.database import Database
from syndicate.store.raw_pages import RawPage, find_raw_page, save_raw_page

SUFFIX = ".zst"
# A fifth smaller than gzip at its best, for three fifths of the time.
LEVEL = 10


def path_of(content_hash: str, *, folder: Path) -> Path:
    """Where the page of that SHA-256 (hex) lies."""
    return folder / content_hash[:2] / f"{content_hash}{SUFFIX}"


def keep_raw(data: bytes, content_hash: str, *, folder: Path) -> None:
    """Write the page, compressed and private. Raises StorageFull."""
    path = path_of(content_hash, folder=folder)
    if is_whole(path):
        # It may be about to be swept, and is needed from now on.
        os.utime(path)
        return
    write_once(path, zstandard.ZstdCompressor(level=LEVEL).compress(data), mode=0o600)


def read_raw(content_hash: str, *, folder: Path) -> bytes | None:
    """The page's bytes; None when they were never kept, were cleaned away, or are damaged."""
    try:
        packed = path_of(content_hash, folder=folder).read_bytes()
        return zstandard.ZstdDecompressor().decompress(packed)
    except (FileNotFoundError, zstandard.ZstdError):
        return None


def raw_page(capture: Capture, *, source: str, kept: datetime) -> RawPage:
    """What is remembered of a capture besides its bytes."""
    return RawPage(
        source=source,
        key=capture.key,
        hash=capture.content_hash,
        url=capture.url,
        content_type=capture.content_type,
        size=len(capture.data),
        captured=capture.captured,
        not_after=capture.not_after,
        title=capture.title,
        published=capture.published,
        kept=kept,
    )


def read_capture(page: RawPage, *, folder: Path) -> Capture | None:
    """The capture that is remembered so; None when its bytes are not there."""
    data = read_raw(page.hash, folder=folder)
    if data is None:
        return None
    return Capture(
        key=page.key,
        url=page.url,
        data=data,
        content_hash=page.hash,
        captured=page.captured,
        content_type=page.content_type,
        not_after=page.not_after,
        title=page.title,
        published=page.published,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stash:
    """A source's captures, kept as soon as they were fetched: a run that is killed before it has saved them
    has them when it goes on.
    """

    db: Database
    folder: Path
    source: str
    now: Callable[[], datetime]

    async def keep(self, capture: Capture) -> None:
        """Keep it at once. Raises DatabaseBusy and StorageFull."""
        await asyncio.to_thread(keep_raw, capture.data, capture.content_hash, folder=self.folder)
        page = raw_page(capture, source=self.source, kept=self.now())
        await self.db.write(save_raw_page, page)

    async def find(self, key: str) -> Capture | None:
        """What was kept under that key."""
        page = await self.db.read(find_raw_page, self.source, key=key)
        if page is None:
            return None
        found = await asyncio.to_thread(read_capture, page, folder=self.folder)
        # A long key is stored cut.
        return replace(found, key=key) if found else None
