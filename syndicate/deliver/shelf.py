"""The file of an issue whose deliveries leave the database: JSON lines, compressed by zstd, private.

`zstd -dc FILE` shows it. It appears under its name only when it is whole, on the disk, and was read back.
"""

import hashlib
import json
import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
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


def name_of(issue_id: int | str) -> str:
    """What the file of an issue is called."""
    return f"deliveries-{issue_id}.jsonl.zst"


def part_of(path: Path) -> Path:
    """A name beside `path` that nobody else writes to."""
    return path.with_name(f"{path.name}.{secrets.token_hex(8)}.part")


def write_part(part: Path, lines: Iterable[dict[str, Any]]) -> Written:
    """Write one object a line, and read it back. Raises StorageFull, also when it reads otherwise."""
    try:
        meant = _write(part, lines)
        written, found = _read_back(part)
        if found != meant:
            raise OSError(f"{part} reads otherwise than it was written")
    except (OSError, zstandard.ZstdError) as error:
        part.unlink(missing_ok=True)
        raise _unwritten(part, error) from error
    return written


def put_in_place(part: Path, path: Path) -> None:
    """Give what was written its name, for good. Raises StorageFull."""
    try:
        os.replace(part, path)
        _sync(path.parent)
    except OSError as error:
        raise _unwritten(path, error) from error


def forget_parts(folder: Path, *, before: datetime) -> None:
    """Remove what killed processes left; what was written to later than `before` somebody may be writing."""
    for part in folder.glob(f"{name_of('*')}.*.part"):
        with suppress(FileNotFoundError):
            if part.stat().st_mtime < before.timestamp():
                part.unlink()


def is_whole(path: Path, sha256: str) -> bool:
    """Whether the file is there as it was written."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except OSError:
        return False


def _unwritten(path: Path, error: Exception) -> StorageFull:
    return StorageFull(f"the archive {path} could not be written: {error}; nothing was removed")


def _write(part: Path, lines: Iterable[dict[str, Any]]) -> str:
    """The SHA-256 of what went in."""
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
