"""Reads a source of kind files: a folder of saved HTML and plain text, in the order of their paths."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path, PurePosixPath
from urllib.parse import quote, unquote, urljoin, urlsplit

from syndicate.collect.reading import Capture, Failed, Finding, PutOff, Reading, Same
from syndicate.errors import Unreadable

SUFFIXES = {
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "application/xhtml+xml",
    ".txt": "text/plain",
}
MAX_BYTES = 20_000_000


async def read_files(reading: Reading) -> AsyncIterator[Finding]:
    """Each saved page, those never seen first. Raises Unreadable for a folder that is missing or has none."""
    folder = Path(reading.source.folder)
    paths = await asyncio.to_thread(list_pages, folder, only=reading.source.only)
    names = {path: path.relative_to(folder).as_posix() for path in paths}
    ordered = sorted(paths, key=lambda path: names[path] in reading.pages)
    taken = 0
    for position, path in enumerate(ordered):
        finding = await asyncio.to_thread(_read, path, names[path], reading=reading)
        if isinstance(finding, Capture) and taken == reading.source.limit:
            limit = f"the source's limit is {reading.source.limit} pages a run"
            left = [names[path] for path in ordered[position:]]
            yield PutOff(count=len(left), unseen=reading.unseen(left), why=limit)
            return
        taken += isinstance(finding, Capture)
        yield finding


def list_pages(folder: Path, *, only: tuple[str, ...] = ()) -> list[Path]:
    """The saved pages under a folder, sorted; hidden ones are passed over.

    `only` narrows them to relative paths that match one of its patterns; `*` stands for slashes too.
    """
    if not folder.is_dir():
        raise Unreadable(f"{folder} is not a folder; `folder` names the one that holds the saved pages")
    try:
        found = [path for path in sorted(folder.rglob("*")) if _is_page(path.relative_to(folder))]
    except OSError as error:
        raise Unreadable(f"{folder} cannot be read: {error.strerror}") from error
    if not found:
        raise Unreadable(f"{folder} holds no saved pages ({', '.join(SUFFIXES)})")
    chosen = [path for path in found if _is_chosen(path.relative_to(folder).as_posix(), only)]
    if not chosen:
        raise Unreadable(f"{folder} holds {len(found)} saved pages, but none matches {', '.join(only)}")
    return chosen


def address_of(name: str, base_url: str) -> str:
    """The address that a saved page once had: the base URL and its relative path; empty without a base."""
    return urljoin(base_url.rstrip("/") + "/", quote(name)) if base_url else ""


def read_image(url: str, *, folder: Path, base_url: str) -> bytes | None:
    """The bytes of an image saved beside the pages; None where its address lies not under the base URL.

    Raises Unreadable when it should be there and is not.
    """
    if not base_url or not url.startswith(base_url.rstrip("/") + "/"):
        return None
    name = unquote(urlsplit(url.removeprefix(base_url.rstrip("/") + "/")).path)
    path = (folder / PurePosixPath(name)).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise Unreadable(f"{url} leads out of {folder}")
    try:
        return _bytes(path)
    except OSError as error:
        raise Unreadable(f"{path} cannot be read: {error.strerror}") from error


def _is_page(relative: Path) -> bool:
    hidden = any(part.startswith(".") for part in relative.parts)
    return not hidden and relative.suffix.lower() in SUFFIXES


def _is_chosen(name: str, only: tuple[str, ...]) -> bool:
    return not only or any(fnmatchcase(name, pattern) for pattern in only)


def _read(path: Path, name: str, *, reading: Reading) -> Capture | Same | Failed:
    try:
        data, saved = _bytes(path), datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError as error:
        return Failed(key=name, error=Unreadable(f"{path} cannot be read: {error.strerror}"))
    except Unreadable as error:
        return Failed(key=name, error=error)
    digest = sha256(data).hexdigest()
    if reading.is_known(name, digest):
        return Same(key=name)
    return Capture(
        key=name,
        url=address_of(name, reading.source.base_url),
        data=data,
        content_hash=digest,
        # A file from a machine whose clock runs ahead was not seen in the future.
        captured=min(saved, reading.visits.now()),
        content_type=SUFFIXES[path.suffix.lower()],
    )


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise Unreadable(f"{path} is over {MAX_BYTES:,} bytes")
    return data
