"""The raw pages, kept by the hash of their bytes, so that they can be extracted again without the network."""

import gzip
import os
from datetime import datetime, timedelta
from pathlib import Path

from syndicate.collect.media import write_once
from syndicate.collect.reading import Capture
from syndicate.store.raw_pages import RawPage

FOREVER = timedelta.max


def path_of(content_hash: str, *, folder: Path) -> Path:
    """Where the page of that SHA-256 (hex) lies."""
    return folder / content_hash[:2] / f"{content_hash}.gz"


def keep_raw(data: bytes, content_hash: str, *, folder: Path) -> None:
    """Write the page, compressed and private. Raises StorageFull."""
    path = path_of(content_hash, folder=folder)
    if path.is_file():
        # It may be about to be swept, and is needed from now on.
        os.utime(path)
        return
    # mtime=0 keeps equal pages equal files.
    write_once(path, gzip.compress(data, mtime=0), mode=0o600)


def read_raw(content_hash: str, *, folder: Path) -> bytes | None:
    """The page's bytes; None when they were never kept, or cleaned away."""
    try:
        return gzip.decompress(path_of(content_hash, folder=folder).read_bytes())
    except FileNotFoundError:
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
        kept=kept,
    )
