"""The raw pages, kept by the hash of their bytes, so that they can be extracted again without the network."""

import os
from datetime import datetime, timedelta
from pathlib import Path

import zstandard

from syndicate.collect.media import is_whole, write_once
from syndicate.collect.reading import Capture
from syndicate.store.raw_pages import RawPage

FOREVER = timedelta.max
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
