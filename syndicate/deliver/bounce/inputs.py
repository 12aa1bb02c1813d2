"""Mails out of what a person names: a file, a pipe, an mbox, a Maildir or another folder, packed or not."""

import glob
import gzip
import re
import sys
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import BinaryIO, cast

from syndicate.deliver.bounce.mail import LARGEST
from syndicate.errors import Unreadable

STANDARD_INPUT = "-"
PACKED = b"\x1f\x8b"
LINE = 65_536
# The line before each mail of an mbox; it ends in a date as asctime writes it, with or without a zone behind.
FROM_LINE = re.compile(rb"From \S.*\d{1,2}:\d{2}(?::\d{2})?\s.*\d{4}(?:\s+[-+]\d{4})?\s*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One mail: what it is called and its first bytes; `error` in words, when it could not be read."""

    name: str
    data: bytes = b""
    error: str = ""


def read_given(names: tuple[str, ...]) -> Iterator[Given]:
    """Every mail, in the order of the names; those of a folder by their paths; patterns such as `*.eml` too.

    A mail of an mbox after its first one is called `NAME#2`, `NAME#3` …; of each, 4 MB are read.
    """
    for name in names:
        paths = _matching(name)
        if not paths:
            yield Given(name=name, error="no file has a name like that")
        for path in paths:
            yield from _mails_at(path)


def _matching(name: str) -> list[str]:
    if name == STANDARD_INPUT or Path(name).exists() or not glob.has_magic(name):
        return [name]
    return sorted(glob.glob(name, recursive=True))


def _mails_at(name: str) -> Iterator[Given]:
    path = Path(name)
    if name != STANDARD_INPUT and path.is_dir():
        for each in _files_in(path):
            yield from _mails_of(str(each))
        return
    yield from _mails_of(name)


def _files_in(folder: Path) -> list[Path]:
    # What stands in a Maildir's tmp is not there yet.
    maildir = (folder / "cur").is_dir() or (folder / "new").is_dir()
    roots = [folder / "new", folder / "cur"] if maildir else [folder]
    found = (path for root in roots if root.is_dir() for path in sorted(root.rglob("*")))
    return [path for path in found if path.is_file() and not path.name.startswith(".")]


def _mails_of(name: str) -> Iterator[Given]:
    try:
        with _opened(name) as file:
            for number, data in enumerate(_split(file), start=1):
                yield Given(name=name if number == 1 else f"{name}#{number}", data=data)
    except (OSError, EOFError, zlib.error, Unreadable) as error:
        reason = getattr(error, "strerror", None) or str(error) or "it ends too early"
        yield Given(name=name, error=reason)


@contextmanager
def _opened(name: str) -> Iterator[BinaryIO]:
    with ExitStack() as stack:
        raw = sys.stdin.buffer if name == STANDARD_INPUT else stack.enter_context(Path(name).open("rb"))
        # A pipe cannot be read twice, so that it is looked into and not taken from.
        file = raw if isinstance(raw, BufferedReader) else BufferedReader(cast(RawIOBase, raw))
        packed = file.peek(2)[:2] == PACKED
        yield cast(BinaryIO, stack.enter_context(gzip.GzipFile(fileobj=file)) if packed else file)


def _split(file: BinaryIO) -> Iterator[bytes]:
    """The mails of a file: one, or those of an mbox, which begins with a From line."""
    line = file.readline(LINE)
    if not FROM_LINE.match(line):
        yield line + file.read(LARGEST)
        return
    kept, size, blank = [line], len(line), False
    while line := file.readline(LINE):
        if blank and FROM_LINE.match(line):
            yield b"".join(kept)
            kept, size = [], 0
        if size < LARGEST:
            kept.append(line)
            size += len(line)
        blank = not line.strip()
    yield b"".join(kept)
