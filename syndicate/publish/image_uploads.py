"""Images go to the storage where web nodes have no folder of their own; each once, since none is changed."""

import asyncio
import os
import re
from collections.abc import Set
from pathlib import Path

from syndicate.net.objects import ObjectStorage

FOLDER = "media"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*\.([a-z0-9]+)")
TYPES = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
}
FOR_EVER = "public, max-age=31536000, immutable"


def lacking(folder: Path, there: Set[str]) -> list[str]:
    """The images in the folder that do not stand in the storage yet, by name."""
    if not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        names = (entry.name for entry in entries)
        return sorted(name for name in names if NAME.fullmatch(name) and f"{FOLDER}/{name}" not in there)


async def upload_images(storage: ObjectStorage, folder: Path, *, there: set[str], connections: int) -> int:
    """Bring the images up that are not `there` yet, which is added to; how many. Raises UploadFailed."""
    if not there:
        there |= await storage.list(FOLDER)
    names, room = await asyncio.to_thread(lacking, folder, there), asyncio.Semaphore(connections)

    async def one(name: str) -> None:
        async with room:
            data = await asyncio.to_thread((folder / name).read_bytes)
            kind = TYPES.get(name.rpartition(".")[2], "application/octet-stream")
            headers = {"Content-Type": kind, "Cache-Control": FOR_EVER}
            await storage.put(f"{FOLDER}/{name}", data, headers=headers)
            there.add(f"{FOLDER}/{name}")

    try:
        async with asyncio.TaskGroup() as group:
            for name in names:
                group.create_task(one(name))
    except ExceptionGroup as failed:
        # One fault stops all; what the others met is the same.
        raise failed.exceptions[0] from None
    return len(names)
