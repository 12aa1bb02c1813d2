"""Published files go to S3-compatible storage: what changed alone, and again where it was broken off."""

import asyncio
import json
import os
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from syndicate.errors import NotFound, StorageFull
from syndicate.model.catalogue import Catalogue
from syndicate.model.site import StorageSettings
from syndicate.net.objects import ObjectStorage
from syndicate.publish.files import compressed
from syndicate.publish.image_uploads import upload_images
from syndicate.publish.turns import Turns
from syndicate.publish.uploads import digest, headers_of, is_document, objects_of, plan, variants

log = structlog.get_logger()

# A killed upload repeats no more documents than these.
SAVED_EVERY = 100
UNKNOWN = ""
PROBE = "syndicate-check.txt"

Tell = Callable[[int, int], Awaitable[None]]
Told = Callable[[Sequence[str]], Awaitable[None]]
Stamp = tuple[int, int, int]


async def nobody_is_told(_names: Sequence[str]) -> None:
    """For where no cache stands in front of the storage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploading:
    """What uploading needs; `record` is the file that says what stands in the storage.

    `seen` are digests of files by name and stamp, so that a process reads again only what changed. `told` is
    called with the names of documents that changed there, before that is recorded. `images` are those that
    are known to stand there.
    """

    catalogue: Catalogue
    public_dir: Path
    record: Path
    settings: StorageSettings
    allow_hosts: tuple[str, ...] = ()
    turns: Turns
    told: Told = nobody_is_told
    seen: dict[str, tuple[Stamp, str]] = field(default_factory=dict)
    media_dir: Path | None = None
    images: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadReport:
    """Documents that went up, that were taken away, and that stood there already."""

    place: str
    uploaded: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    unchanged: int = 0


async def upload_files(uploading: Uploading, *, tell: Tell | None = None) -> UploadReport:
    """Bring the storage to what is published. Raises UploadFailed, UploadRefused, StorageFull, NotFound.

    What is done is recorded as it goes, so that the next upload goes on where this one was broken off.
    """
    storage = _storage(uploading)
    await storage.admit()
    async with uploading.turns.take(uploading.public_dir, "upload"):
        if uploading.media_dir and uploading.settings.serves:
            # Before the pages that show them.
            room = uploading.settings.connections
            await upload_images(storage, uploading.media_dir, there=uploading.images, connections=room)
        known = await asyncio.to_thread(read_record, uploading.record, str(storage))
        present = await asyncio.to_thread(_look, uploading)
        changed = {name for name, seen in present.items() if known.get(name) != seen}
        planned = plan(present, known, changed)
        work = _Upload(uploading=uploading, storage=storage, known=known, tell=tell)
        try:
            await work.run(planned.uploads)
            await storage.delete(objects_of(planned.deletions))
            await uploading.told(planned.deletions)
            for name in planned.deletions:
                del known[name]
        finally:
            await asyncio.to_thread(write_record, uploading.record, str(storage), known)
    report = UploadReport(
        place=str(storage),
        uploaded=planned.uploads,
        deleted=planned.deletions,
        unchanged=len(present) - len(changed),
    )
    log.info("files.uploaded", uploaded=len(report.uploaded), deleted=len(report.deleted))
    return report


async def try_storage(uploading: Uploading) -> str:
    """Write and delete one object. Raises UploadFailed, UploadRefused, NotFound; gives the place's name."""
    storage = _storage(uploading)
    await storage.admit()
    await storage.put(PROBE, b"Syndicate may write here.\n", headers={"Content-Type": "text/plain"})
    await storage.delete([PROBE])
    return str(storage)


@dataclass(slots=True, kw_only=True)
class _Upload:
    """One upload under way."""

    uploading: Uploading
    storage: ObjectStorage
    known: dict[str, str]
    tell: Tell | None
    done: int = 0

    async def run(self, names: tuple[str, ...]) -> None:
        """One stage after the other: what leads to others waits until they are there."""
        stages: dict[str, list[str]] = {}
        for name in names:
            stages.setdefault(_stage(name), []).append(name)
        for stage in stages.values():
            for at in range(0, len(stage), SAVED_EVERY):
                some = stage[at : at + SAVED_EVERY]
                await self._begin(some)
                await self._some(some)
                self.done += len(some)
                if self.tell:
                    await self.tell(self.done, len(names))

    async def _begin(self, names: list[str]) -> None:
        # Killed from now on, nobody knows which version stands there: it goes up again, or is deleted.
        self.known |= dict.fromkeys(names, UNKNOWN)
        await asyncio.to_thread(write_record, self.uploading.record, str(self.storage), dict(self.known))

    async def _some(self, names: list[str]) -> None:
        room = asyncio.Semaphore(self.uploading.settings.connections)
        try:
            async with asyncio.TaskGroup() as group:
                for name in names:
                    group.create_task(self._one(name, room))
        except ExceptionGroup as failed:
            # One fault stops all; what the others met is the same.
            raise failed.exceptions[0] from None
        finally:
            await self._tell_of([name for name in names if self.known.get(name) != UNKNOWN])

    async def _tell_of(self, names: list[str]) -> None:
        try:
            await self.uploading.told(names)
        except BaseException:
            # Not in the record either: the next upload brings them again, and tells it then.
            self.known |= dict.fromkeys(names, UNKNOWN)
            raise

    async def _one(self, name: str, room: asyncio.Semaphore) -> None:
        async with room:
            headers = headers_of(name, self.uploading.catalogue)
            try:
                data = await asyncio.to_thread((self.uploading.public_dir / name).read_bytes)
            except FileNotFoundError:
                # Taken away meanwhile; the next upload deletes it there too.
                return
            siblings = {"": data, **await asyncio.to_thread(compressed, data)}
            for object_name, body, encoding in variants(name, siblings):
                await self.storage.put(object_name, body, headers=headers | encoding)
            self.known[name] = digest(data, headers)


def read_record(path: Path, place: str) -> dict[str, str]:
    """Digest by document of what stands in that place, UNKNOWN where an upload of it was under way.

    Empty for another place or a damaged record.
    """
    try:
        found: Any = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    right = isinstance(found, dict) and found.get("place") == place and isinstance(found.get("files"), dict)
    return dict(found["files"]) if right else {}


def write_record(path: Path, place: str, files: dict[str, str]) -> None:
    """Replace the record whole. Raises StorageFull."""
    text = json.dumps({"place": place, "files": dict(sorted(files.items()))}, indent=0)
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        raise StorageFull(f"{path}: {error.strerror or error}; make room, or give write access") from error


def _storage(uploading: Uploading) -> ObjectStorage:
    if not uploading.settings.url:
        raise NotFound('there is no storage to upload to; name it: [storage] url = "s3://bucket/prefix"')
    return ObjectStorage(uploading.settings, allow_hosts=uploading.allow_hosts)


def _look(uploading: Uploading) -> dict[str, str]:
    found = {}
    for path in uploading.public_dir.rglob("*"):
        name = path.relative_to(uploading.public_dir).as_posix()
        if is_document(name) and path.is_file():
            found[name] = _digest(uploading, path, name)
    return found


def _digest(uploading: Uploading, path: Path, name: str) -> str:
    stat = path.stat()
    stamp = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
    seen = uploading.seen.get(name)
    if seen is None or seen[0] != stamp:
        seen = (stamp, digest(path.read_bytes(), headers_of(name, uploading.catalogue)))
        uploading.seen[name] = seen
    return seen[1]


def _stage(name: str) -> str:
    parts = name.split("/")
    if len(parts) == 3:
        return "archive"
    return "feed" if len(parts) == 2 else "index" if name == "sitemap.xml" else "list"
