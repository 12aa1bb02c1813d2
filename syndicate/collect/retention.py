"""Cleans away raw pages that are not to be kept any more, a few at a time."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

from syndicate.collect.raw import FOREVER, SUFFIX, path_of
from syndicate.collect.refresh import Collecting
from syndicate.store.raw_pages import forget_raw_pages, list_needed

# A run writes its files before it saves what needs them; meanwhile they look as if nothing did.
GRACE = timedelta(days=1)
FOLDERS = 256


async def sweep_raw(collecting: Collecting) -> int:
    """Forget pages that are past their time, or replaced and of no revision; how many files went.

    Bounded: some hundred pages, and the strays of one folder in 256, another one each minute.
    """
    now, kept = collecting.now(), collecting.raw_kept
    before = None if kept == FOREVER else now - kept
    freed = await collecting.db.write(forget_raw_pages, before=before, superseded=now - GRACE)
    folder = collecting.raw_dir / f"{int(now.timestamp()) // 60 % FOLDERS:02x}"
    strays = await asyncio.to_thread(_list_settled, folder, now - GRACE)
    needed = await collecting.db.read(list_needed, strays)
    gone = {*freed, *(stray for stray in strays if stray not in needed)}
    return await asyncio.to_thread(_remove, gone, collecting.raw_dir, now - GRACE)


def _list_settled(folder: Path, before: datetime) -> list[str]:
    """The hashes of the files in a folder that nobody has touched since."""
    if not folder.is_dir():
        return []
    return [path.stem for path in folder.glob(f"*{SUFFIX}") if path.stat().st_mtime < before.timestamp()]


def _remove(hashes: set[str], folder: Path, before: datetime) -> int:
    removed = 0
    for content_hash in sorted(hashes):
        path = path_of(content_hash, folder=folder)
        # Touched meanwhile, it is needed again.
        if path.exists() and path.stat().st_mtime < before.timestamp():
            path.unlink(missing_ok=True)
            removed += 1
    return removed
