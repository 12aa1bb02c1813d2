"""The raw pages, kept by the hash of their bytes, so that they can be extracted again without the network."""

import gzip
from pathlib import Path

from syndicate.collect.media import write_once


def path_of(content_hash: str, *, folder: Path) -> Path:
    """Where the page of that SHA-256 (hex) lies."""
    return folder / content_hash[:2] / f"{content_hash}.gz"


def keep_raw(data: bytes, content_hash: str, *, folder: Path) -> None:
    """Write the page, compressed and private. Raises StorageFull."""
    # mtime=0 keeps equal pages equal files.
    write_once(path_of(content_hash, folder=folder), gzip.compress(data, mtime=0), mode=0o600)


def read_raw(content_hash: str, *, folder: Path) -> bytes | None:
    """The page's bytes; None when they were never kept, or cleaned away."""
    try:
        return gzip.decompress(path_of(content_hash, folder=folder).read_bytes())
    except FileNotFoundError:
        return None
