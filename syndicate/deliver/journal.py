"""What a sender did since its last commit, in a file that outlives a killed process.

One file per held batch, locked while its owner lives, with a slot for everybody who may be in flight: filled
before the final dot, filled again after the reply, free once the outcome is committed. So a killed process
leaves unknown only what stood between the two. The file is written whole when it is made, so that a full disk
is met then, and mapped into memory: what was copied there is the kernel's, and costs no system call.
Nothing is flushed to the disk: after the machine's own crash (another boot id) what is there counts, but
what is missing says nothing.
"""

import fcntl
import mmap
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from syndicate.deliver.records import (
    END_AT,
    HEAD_BYTES,
    SLOT_BYTES,
    Record,
    pack_end,
    pack_head,
    pack_start,
    unpack,
)
from syndicate.errors import StorageFull
from syndicate.model.delivery import Outcome
from syndicate.store.batches import Hold

SUFFIX = ".journal"
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
NO_START = bytes(END_AT)


class Journal:
    """The open journal of one hold, for `slots` recipients at a time. Raises StorageFull when it cannot be
    made.
    """

    def __init__(self, folder: Path, hold: Hold, *, slots: int) -> None:
        self.settled = False
        self.path = folder / f"{hold.owner}{SUFFIX}"
        self._file = _create_locked(self.path)
        try:
            self._map = _mapped(self._file, HEAD_BYTES + slots * SLOT_BYTES, self.path)
        except BaseException:
            os.close(self._file)
            raise
        self._map[:HEAD_BYTES] = pack_head(hold, boot_id())
        self._free = [HEAD_BYTES + number * SLOT_BYTES for number in range(slots)]
        self._taken: dict[int, int] = {}

    def start(self, subscriber_id: int, attempt: int) -> None:
        """The final dot is about to leave."""
        at = self._slot(subscriber_id)
        self._map[at : at + END_AT] = pack_start(subscriber_id, attempt)

    def end(self, outcome: Outcome, attempt: int) -> None:
        """The relay has answered, or the connection broke."""
        at = self._slot(outcome.subscriber_id) + END_AT
        part = pack_end(outcome, attempt)
        self._map[at : at + len(part)] = part

    def call_back(self, subscriber_id: int) -> None:
        """The dot did not leave after all."""
        at = self._taken.pop(subscriber_id, None)
        if at is not None:
            self._map[at : at + END_AT] = NO_START
            self._free.append(at)

    def forget(self, outcomes: Iterable[Outcome]) -> None:
        """The database has these now: their slots are for others. What stands in them stays true."""
        for outcome in outcomes:
            at = self._taken.pop(outcome.subscriber_id, None)
            if at is not None:
                self._free.append(at)

    def close(self) -> None:
        """Unlock; it stays to be replayed unless the database has everything that it says (`settled`)."""
        self._map.close()
        if self.settled:
            self.path.unlink(missing_ok=True)
        os.close(self._file)

    def _slot(self, subscriber_id: int) -> int:
        at = self._taken.get(subscriber_id)
        if at is None:
            at = self._taken[subscriber_id] = self._free.pop()
        return at


def _mapped(file: int, size: int, path: Path) -> mmap.mmap:
    try:
        if os.pwrite(file, bytes(size), 0) != size:
            raise StorageFull(f"{path}: the journal cannot be made: the disk is full")
        return mmap.mmap(file, size)
    except (OSError, ValueError) as error:
        raise StorageFull(f"{path}: the journal cannot be made: {error}") from error


def boot_id() -> str:
    """What tells one run of the machine from the next; empty where the system does not say."""
    try:
        return BOOT_ID.read_text("ascii").strip()
    except OSError:
        return ""


def list_journals(folder: Path) -> list[Path]:
    """All journals, of the living and of the dead."""
    return sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else []


def lives(folder: Path, owner: str) -> bool:
    """Whether a process on this machine still holds that owner's journal."""
    try:
        file = os.open(folder / f"{owner}{SUFFIX}", os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        return not _lock(file, wait=False)
    finally:
        os.close(file)


@contextmanager
def claim(path: Path) -> Iterator[Record | None]:
    """The record of a journal whose owner is dead, for as long as it is being replayed.

    None when its owner lives, when somebody else replays it, or when not even its head was written.
    """
    try:
        file = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        yield None
        return
    try:
        record = None
        if _lock(file, wait=False) and _same(file, path):
            record = read_record(path)
            if record is None:
                path.unlink()
        yield record
    finally:
        os.close(file)


def read_record(path: Path) -> Record | None:
    """Read a journal; None when not even its head was written."""
    return unpack(path.read_bytes(), boot=boot_id())


def _create_locked(path: Path) -> int:
    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StorageFull(f"{path}: the journal cannot be made: {error.strerror}") from error
        _lock(file, wait=True)
        # Between open and lock a sweep may have taken the empty file for a dead owner's and removed it.
        if _same(file, path):
            return file
        os.close(file)


def _lock(file: int, *, wait: bool) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True


def _same(file: int, path: Path) -> bool:
    try:
        return os.fstat(file).st_ino == path.stat().st_ino
    except FileNotFoundError:
        return False
