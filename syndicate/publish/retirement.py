"""The files of feeds configured no more: without them a web server asks us, and we say 410 or 301."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import structlog

from syndicate.errors import StorageFull
from syndicate.model.feed import Format
from syndicate.publish.publishing import Publishing
from syndicate.store import feeds as feed_store

log = structlog.get_logger()

OURS = re.compile(rf"(.+?)\.({'|'.join(Format)})(\.gz|\.br)?")
NUMBERED = re.compile(rf"[0-9]+\.({'|'.join(Format)})(\.gz|\.br)?")


async def clear_retired(publishing: Publishing) -> tuple[str, ...]:
    """Take away the documents of retired feeds; the names of those that had some. Raises StorageFull.

    Only files that we name so are touched, and only of feeds that the database knows as retired.
    """
    retired = set(await publishing.db.read(feed_store.list_retired)) - publishing.catalogue.feeds.keys()
    there = await asyncio.to_thread(_published, publishing.folder) if retired else set()
    cleared = tuple(sorted(retired & there))
    for name in cleared:
        async with publishing.turns.take(publishing.folder, name):
            await asyncio.to_thread(_clear, publishing.folder, name)
        log.info("feed.cleared", feed=name)
    return cleared


def _published(folder: Path) -> set[str]:
    found = set()
    for path in folder.iterdir() if folder.is_dir() else ():
        named = OURS.fullmatch(path.name)
        if path.is_dir() and any(NUMBERED.fullmatch(each.name) for each in path.iterdir()):
            found.add(path.name)
        elif named:
            found.add(named[1])
    return found


def _clear(folder: Path, name: str) -> None:
    try:
        for path in _documents(folder, name):
            path.unlink(missing_ok=True)
        if (folder / name).is_dir() and not any((folder / name).iterdir()):
            (folder / name).rmdir()
    except OSError as error:
        raise StorageFull(
            f"{error.filename}: {error.strerror}; give write access, so that the files of a feed that is "
            f"configured no more can be taken away"
        ) from error


def _documents(folder: Path, name: str) -> Iterator[Path]:
    # Archive documents last: no document is left that leads to one that is gone.
    for form in Format:
        for suffix in ("", ".gz", ".br"):
            yield folder / f"{name}.{form}{suffix}"
    if (folder / name).is_dir():
        yield from [path for path in (folder / name).iterdir() if NUMBERED.fullmatch(path.name)]
