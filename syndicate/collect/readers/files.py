"""Reads a source of kind files: a folder of saved pages, in the order of their paths."""

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path, PurePosixPath
from urllib.parse import quote, unquote, urljoin, urlsplit

from syndicate.collect.readers.folder import check_file, list_files, state_of
from syndicate.collect.readers.stepping import stepwise
from syndicate.collect.reading import Capture, Failed, Finding, PutOff, Reading, Same
from syndicate.collect.scope import matches
from syndicate.errors import Unreadable
from syndicate.formats.front_matter import MAX_CHARACTERS, FrontMatterFault, split_front_matter
from syndicate.net.limits import MAX_FILE, unpacked

MARKDOWN = "text/markdown"
SUFFIXES = {
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "application/xhtml+xml",
    ".txt": "text/plain",
    ".md": MARKDOWN,
    ".markdown": MARKDOWN,
    ".mhtml": "multipart/related",
    ".mht": "multipart/related",
}
PACKED = ".gz"


async def read_files(reading: Reading) -> AsyncIterator[Finding]:
    """Each saved page, those never seen first. Raises Unreadable for a folder that is missing or has none."""
    async for finding in stepwise(_findings(reading)):
        yield finding


def _findings(reading: Reading) -> Iterator[Finding | None]:
    folder = Path(reading.source.folder)
    failed: list[Finding] = []

    def tell(name: str, error: Unreadable) -> None:
        failed.append(Failed(key=name, error=error))

    paths = list_pages(folder, only=reading.source.only, failed=tell)
    yield from failed
    named = [(path.relative_to(folder).as_posix(), path) for path in paths]
    ordered = sorted(named, key=lambda one: one[0] in reading.pages)
    taken = 0
    for position, (name, path) in enumerate(ordered):
        finding = _read(path, name, reading=reading)
        if isinstance(finding, Capture) and taken == reading.source.limit:
            limit = f"the source's limit is {reading.source.limit} pages a run"
            left = [name for name, _ in ordered[position:]]
            yield PutOff(count=len(left), unseen=reading.unseen(left), why=limit)
            return
        taken += isinstance(finding, Capture)
        yield finding


def list_pages(
    folder: Path, *, only: tuple[str, ...] = (), failed: Callable[[str, Unreadable], None] = lambda *_: None
) -> list[Path]:
    """The saved pages under a folder, sorted; hidden ones are passed over.

    `only` narrows them to relative paths that match one of its patterns; `*` stands for slashes too. `failed`
    is told the folders inside that cannot be read. Raises Unreadable.
    """
    if not folder.is_dir():
        raise Unreadable(f"{folder} is not a folder; `folder` names the one that holds the saved pages")
    found = sorted(path for path in list_files(folder, failed) if media_type_of(path.name))
    if not found:
        raise Unreadable(f"{folder} holds no saved pages ({', '.join(SUFFIXES)})")
    chosen = [path for path in found if matches(path.relative_to(folder).as_posix(), only)]
    if not chosen:
        raise Unreadable(f"{folder} holds {len(found)} saved pages, but none matches {', '.join(only)}")
    return chosen


def media_type_of(name: str) -> str:
    """What a file of that name holds, packed or not; empty where that is no page."""
    return SUFFIXES.get(PurePosixPath(name.lower().removesuffix(PACKED)).suffix, "")


def address_of(name: str, base_url: str) -> str:
    """The address that a saved page once had: the base URL and its relative path; empty without a base."""
    return urljoin(base_url.rstrip("/") + "/", quote(name.removesuffix(PACKED))) if base_url else ""


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
    check_file(path, folder)
    return _bytes(path)


def _read(path: Path, name: str, *, reading: Reading) -> Capture | Same | Failed | None:
    try:
        told = check_file(path, Path(reading.source.folder))
        state = state_of(told)
        known = reading.pages.get(name)
        if known is not None and known.etag == state:
            return Same(key=name)
        data = unpacked(_bytes(path), name=str(path))
        if media_type_of(name) == MARKDOWN and _is_draft(data, path):
            return None
    except Unreadable as error:
        return Failed(key=name, error=error)
    digest = sha256(data).hexdigest()
    if reading.is_known(name, digest):
        return Same(key=name, headers={"etag": state})
    return Capture(
        key=name,
        url=address_of(name, reading.source.base_url),
        data=data,
        content_hash=digest,
        # A file from a machine whose clock runs ahead was not seen in the future.
        captured=min(datetime.fromtimestamp(told.st_mtime, UTC), reading.visits.now()),
        content_type=media_type_of(name),
        headers={"etag": state},
    )


def _is_draft(data: bytes, path: Path) -> bool:
    """Whether a Markdown file is not to be published. Raises Unreadable, with the line, for a fault in it."""
    try:
        # An end that is cut off here would be too far down anyway.
        beginning = data[: MAX_CHARACTERS * 4].decode("utf-8", "replace")
        return split_front_matter(beginning).is_draft
    except FrontMatterFault as fault:
        raise Unreadable(f"{path}, line {fault.line}: {fault}") from fault


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE + 1)
    except OSError as error:
        raise Unreadable(f"{path} cannot be read: {error.strerror}") from error
    if len(data) > MAX_FILE:
        raise Unreadable(f"{path} is over {MAX_FILE:,} bytes")
    return data
