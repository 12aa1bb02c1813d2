"""The file of an issue whose deliveries leave the database: JSON lines, compressed by zstd, private.

`zstd -dc FILE` shows it. It appears under its name only when it is whole, on the disk, and was read back.
"""

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import zstandard

from syndicate.errors import StorageFull

LEVEL = 10
BLOCK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A file as it lies there: `size` its bytes, `sha256` of these."""

    size: int
    sha256: str


def name_of(issue_id: int) -> str:
    """What the file of an issue is called."""
    return f"deliveries-{issue_id}.jsonl.zst"


def write_file(path: Path, lines: Iterable[dict[str, Any]]) -> Written:
    """Write one object a line, and read it back. Raises StorageFull, also when it reads otherwise."""
    part = path.with_name(f"{path.name}.part")
    try:
        meant = _write(part, lines)
        written, found = _read_back(part)
        if found != meant:
            raise OSError(f"{part} reads otherwise than it was written")
        os.replace(part, path)
        _sync(path.parent)
    except (OSError, zstandard.ZstdError) as error:
        raise StorageFull(f"the archive {path} could not be written: {error}; nothing was removed") from error
    finally:
        part.unlink(missing_ok=True)
    return written


def _write(part: Path, lines: Iterable[dict[str, Any]]) -> str:
    """The SHA-256 of what went in."""
    part.unlink(missing_ok=True)
    content = hashlib.sha256()
    compressor = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True)
    with open(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        with compressor.stream_writer(file, closefd=False) as stream:
            for line in lines:
                data = json.dumps(line, default=datetime.isoformat, separators=(",", ":")).encode() + b"\n"
                content.update(data)
                stream.write(data)
        file.flush()
        os.fsync(file.fileno())
    return content.hexdigest()


def _read_back(part: Path) -> tuple[Written, str]:
    """The file as it lies on the disk, and the SHA-256 of what comes out of it."""
    content = hashlib.sha256()
    with part.open("rb") as file:
        packed = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        with zstandard.ZstdDecompressor().stream_reader(file, closefd=False) as stream:
            while block := stream.read(BLOCK):
                content.update(block)
        size = file.seek(0, os.SEEK_END)
    return Written(size=size, sha256=packed), content.hexdigest()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
