"""Files that are served: written beside their place, then renamed into it, with .gz and .br siblings."""

import contextlib
import gzip
import os
import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import brotli

from syndicate.errors import StorageFull
from syndicate.model.feed import Format

FOLDER_MODE = 0o755
FILE_MODE = 0o644
PRIVATE_FOLDER_MODE = 0o700
PRIVATE_FILE_MODE = 0o600
# Of 1 MB of RSS, quality 11 saves another 6 % and takes forty times as long.
BROTLI_QUALITY = 5
# Of prose, level 6 saves another 1 % and takes half as long again.
GZIP_LEVEL = 5


def publish_files(folder: Path, documents: Mapping[str, bytes], *, private: bool = False) -> tuple[str, ...]:
    """Replace these files of a folder and their compressed siblings; the names of those that changed.

    All are written and synced before the first becomes visible, so that a full disk leaves every old file
    as it was; equal bytes are not rewritten. What is `private` nobody but this user may read.
    Raises StorageFull.
    """
    try:
        for each in {folder, *((folder / name).parent for name in documents)}:
            make_folder(each, PRIVATE_FOLDER_MODE if private else FOLDER_MODE)
        changed = {name: data for name, data in documents.items() if not _stands(folder / name, data)}
        _replace_all(folder, changed, PRIVATE_FILE_MODE if private else FILE_MODE)
    except OSError as error:
        raise StorageFull(
            f"{folder}: {error.strerror or error}; the files published before stay as they were: make room, "
            f"or give write access, and publish again"
        ) from error
    return tuple(changed)


def remove_files(folder: Path, names: Iterable[str]) -> None:
    """Take away these files and their compressed siblings, whichever are there. Raises StorageFull."""
    try:
        for name in names:
            for suffix in ("", ".gz", ".br"):
                (folder / (name + suffix)).unlink(missing_ok=True)
    except OSError as error:
        raise StorageFull(
            f"{folder}: {error.strerror or error}; give write access, and publish again"
        ) from error


def remove_parts(folder: Path, name: str) -> None:
    """Take away what a killed process left half-written of a feed, in its turn. Raises StorageFull."""
    forms = "|".join(Format)
    document = re.compile(rf"\.{re.escape(name)}\.({forms})(\.gz|\.br)?\.[^.]+\.part")
    try:
        for each in folder.glob(".*.part"):
            if document.fullmatch(each.name):
                each.unlink(missing_ok=True)
        for each in (folder / name).glob(".*.part"):
            each.unlink(missing_ok=True)
    except OSError as error:
        raise StorageFull(
            f"{folder}: {error.strerror or error}; give write access, and publish again"
        ) from error


def count_files(folder: Path) -> Counter[int]:
    """Of the numbered files in a folder, `3.rss` and its siblings, how many each number has."""
    found: Counter[int] = Counter()
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            number = entry.name.partition(".")[0]
            if number.isascii() and number.isdigit():
                found[int(number)] += 1
    return found


def compressed(data: bytes) -> dict[str, bytes]:
    """The siblings by suffix; equal input gives equal bytes (no time in the gzip header)."""
    return {
        ".gz": gzip.compress(data, GZIP_LEVEL, mtime=0),
        ".br": brotli.compress(data, mode=brotli.MODE_TEXT, quality=BROTLI_QUALITY),
    }


def _stands(path: Path, data: bytes) -> bool:
    siblings = (path.with_name(path.name + suffix) for suffix in (".gz", ".br"))
    return path.is_file() and path.read_bytes() == data and all(each.is_file() for each in siblings)


def _replace_all(folder: Path, documents: Mapping[str, bytes], mode: int) -> None:
    staged: list[tuple[Path, Path]] = []
    try:
        for name, data in documents.items():
            for suffix, content in (*compressed(data).items(), ("", data)):
                final = folder / (name + suffix)
                staged.append((_stage(final, content, mode), final))
        for temporary, final in staged:
            temporary.replace(final)
    finally:
        for temporary, _ in staged:
            temporary.unlink(missing_ok=True)
    for each in {final.parent for _, final in staged}:
        _sync_folder(each)


def _stage(final: Path, data: bytes, mode: int) -> Path:
    handle, name = tempfile.mkstemp(dir=final.parent, prefix=f".{final.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def make_folder(folder: Path, mode: int = FOLDER_MODE) -> None:
    """Make a folder that is served, and the one above it."""
    # The umask may take away what nginx needs.
    for each in (folder.parent, folder):
        if not each.is_dir():
            # Several feeds are published at once, and one of them is first.
            each.mkdir(parents=True, exist_ok=True)
            each.chmod(mode)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
