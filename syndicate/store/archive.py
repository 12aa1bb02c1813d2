"""A backup's file: a tar of named members, compressed by zstd, its manifest last.

The manifest holds each member's SHA-256, so an archive that was cut short or changed is known as such.
`tar --zstd -tf FILE` lists it.
"""

import hashlib
import io
import json
import os
import re
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

import zstandard

from syndicate.errors import RestoreRefused, StorageFull

FORMAT = 1
MANIFEST = "manifest.json"
# What we write is all that we take back: a member can leave no folder of ours (no `..`, no link).
MEMBER = re.compile(
    r"secret\.key|database/[a-z_]+\.(db|jsonl)|(media|config|named|archive)/(?!\.\.?(/|$))[^\0]+"
)
BLOCK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What an archive says of itself. `kind` is the database it was made from, `schema` its revision.

    `tables` maps each table, parents first, to its number of rows; `last_ids` to the last id it gave out.
    """

    created: str
    program: str
    kind: str
    schema: str
    tables: Mapping[str, int] = field(default_factory=dict)
    last_ids: Mapping[str, int] = field(default_factory=dict)
    format: int = FORMAT


class Packing:
    """An archive being written; made by `packing`."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.hashes: dict[str, str] = {}

    def add(self, name: str, path: Path) -> None:
        """Add a file under a member's name."""
        with path.open("rb") as file:
            info = tarfile.TarInfo(name)
            info.size = os.fstat(file.fileno()).st_size
            info.mode = 0o600
            hashed = _Hashing(file)
            self._tar.addfile(info, hashed)
        self.hashes[name] = hashed.digest()

    def finish(self, manifest: Manifest) -> None:
        """Add the manifest; nothing follows it."""
        data = json.dumps(asdict(manifest) | {"members": self.hashes}, indent=1).encode()
        info = tarfile.TarInfo(MANIFEST)
        info.size = len(data)
        self._tar.addfile(info, io.BytesIO(data))


@contextmanager
def packing(target: Path) -> Iterator[Packing]:
    """Write an archive, private to this user; it appears under its name only when it is whole and on disk.

    Raises StorageFull when it cannot be written; then no part of it is left.
    """
    part = target.with_name(f".{target.name}.part")
    try:
        part.unlink(missing_ok=True)
        with open(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            compressor = zstandard.ZstdCompressor(level=6, write_checksum=True)
            with (
                compressor.stream_writer(file, closefd=False) as stream,
                tarfile.open(fileobj=stream, mode="w|") as tar,
            ):
                yield Packing(tar)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, target)
    except OSError as error:
        raise StorageFull(f"the backup {target} could not be written: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)


def unpack(source: Path, folder: Path) -> Manifest:
    """Write the archive's members below `folder` and check them against the manifest.

    Raises RestoreRefused for what is no whole archive of ours, StorageFull when the folder is full.
    """
    try:
        return _unpack(source, folder)
    except FileNotFoundError as error:
        raise RestoreRefused(f"there is no file {source}") from error
    except (tarfile.TarError, zstandard.ZstdError, ValueError, KeyError, TypeError) as error:
        raise RestoreRefused(f"{source} is no backup of ours, or damaged ({error})") from error
    except OSError as error:
        raise StorageFull(f"{source} could not be unpacked into {folder}: {error}") from error


def _unpack(source: Path, folder: Path) -> Manifest:
    hashes: dict[str, str] = {}
    manifest = b""
    with (
        source.open("rb") as file,
        zstandard.ZstdDecompressor().stream_reader(file) as stream,
        tarfile.open(fileobj=stream, mode="r|") as tar,
    ):
        for member in tar:
            content = tar.extractfile(member) if member.isreg() else None
            if content is None or manifest:
                raise ValueError(f"unexpected member {member.name!r}")
            if member.name == MANIFEST:
                manifest = content.read()
            else:
                hashes[member.name] = _write(content, _place(folder, member.name))
    return _checked(manifest, hashes)


def _place(folder: Path, name: str) -> Path:
    if not MEMBER.fullmatch(name) or ".." in name.split("/"):
        raise ValueError(f"unexpected member {name!r}")
    return folder / name


def _write(content: IO[bytes], path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    hashed = _Hashing(content)
    with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        while block := hashed.read(BLOCK):
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    return hashed.digest()


def _checked(manifest: bytes, hashes: dict[str, str]) -> Manifest:
    if not manifest:
        raise ValueError("it ends before its manifest")
    data = json.loads(manifest)
    if data["format"] != FORMAT:
        raise ValueError(f"format {data['format']}, and this program reads {FORMAT}")
    if data.pop("members") != hashes:
        raise ValueError("its members are not those of its manifest")
    return Manifest(**data)


class _Hashing:
    """Reads through to another file, and knows the SHA-256 of what was read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        block = self._file.read(size)
        self._hash.update(block)
        return block

    def digest(self) -> str:
        return self._hash.hexdigest()
