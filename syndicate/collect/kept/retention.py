"""Cleans away raw pages that are not to be kept any more, some at a time, and what killed runs left."""

import asyncio
import os
from datetime import datetime, timedelta
from pathlib import Path

from syndicate.collect.collecting import FOREVER, Collecting
from syndicate.collect.kept.raw import SUFFIX, path_of
from syndicate.store.raw_pages import CHUNK, forget_raw_pages, list_forgettable, list_needed

# A run writes its files before it saves what needs them; meanwhile they look as if nothing did.
GRACE = timedelta(days=1)
FOLDERS = 256
# Finding what to forget looks at every page. When that was last done is the time of a file, MARK.
EVERY = timedelta(hours=1)
MARK = ".swept"
MOST = 10_000


async def sweep_raw(collecting: Collecting) -> int:
    """Forget pages that are past their time, or replaced and of no revision; how many files went.

    Bounded: some thousand pages an hour, and the strays of one folder in 256, another one each minute.
    """
    now, folder = collecting.now(), collecting.raw_dir
    gone = await _strays(collecting, folder / f"{int(now.timestamp()) // 60 % FOLDERS:02x}", now - GRACE)
    if await asyncio.to_thread(_begins, folder / MARK, now):
        gone |= await _forget(collecting, now)
        await asyncio.to_thread(_remove_unfinished, collecting.media_dir, now - GRACE)
    return await asyncio.to_thread(_remove, gone, folder, now - GRACE)


async def _strays(collecting: Collecting, folder: Path, before: datetime) -> set[str]:
    """The hashes of a folder's files that nothing needs; what was never written to its end goes at once."""
    await asyncio.to_thread(_remove_unfinished, folder, before)
    settled = await asyncio.to_thread(_list_settled, folder, before)
    return set(settled) - await collecting.db.read(list_needed, settled)


async def _forget(collecting: Collecting, now: datetime) -> set[str]:
    """Forget what is not to be kept; the hashes that nothing needs any more."""
    db, kept = collecting.db, collecting.raw_kept
    before, superseded = None if kept == FOREVER else now - kept, now - GRACE
    # Found without holding up whoever writes; a few at a time are looked at again and deleted.
    ids = await db.read(list_forgettable, before=before, superseded=superseded, limit=MOST)
    freed: set[str] = set()
    for at in range(0, len(ids), CHUNK):
        some = ids[at : at + CHUNK]
        freed |= set(await db.write(forget_raw_pages, some, before=before, superseded=superseded))
    return freed


def _begins(mark: Path, now: datetime) -> bool:
    """Whether it is time again; then it is noted. Where no folder is, no page was ever kept."""
    if not mark.parent.is_dir():
        return False
    last = mark.stat().st_mtime if mark.exists() else 0.0
    if 0 <= now.timestamp() - last < EVERY.total_seconds():
        return False
    mark.touch(mode=0o600)
    os.utime(mark, (now.timestamp(), now.timestamp()))
    return True


def _list_settled(folder: Path, before: datetime) -> list[str]:
    """The hashes of the files in a folder that nobody has touched since."""
    if not folder.is_dir():
        return []
    return [path.stem for path in folder.glob(f"*{SUFFIX}") if path.stat().st_mtime < before.timestamp()]


def _remove_unfinished(folder: Path, before: datetime) -> None:
    """Remove the temporary files of runs that were killed while they wrote."""
    for path in folder.glob(".*"):
        if path.is_file() and path.stat().st_mtime < before.timestamp():
            path.unlink(missing_ok=True)


def _remove(hashes: set[str], folder: Path, before: datetime) -> int:
    removed = 0
    for content_hash in sorted(hashes):
        path = path_of(content_hash, folder=folder)
        # Touched meanwhile, it is needed again.
        if path.exists() and path.stat().st_mtime < before.timestamp():
            path.unlink(missing_ok=True)
            removed += 1
    return removed
