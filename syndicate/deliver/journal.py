"""What a sender did since its last commit, in a file that outlives a killed process.

One file per held batch, locked while its owner lives; a line before the final dot, a line after the reply.
So a killed process leaves unknown only what stood between the two. Writes are not flushed to the disk:
after the machine's own crash (another boot id) a line that is there counts, but one that is missing says
nothing.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from syndicate.errors import StorageFull
from syndicate.model.delivery import DeliveryState, Outcome
from syndicate.store.batches import Hold

SUFFIX = ".journal"
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")

Key = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A dead owner's journal. `entries` by (subscriber, attempt): the outcome, or None for a dot alone.

    `complete`: whoever is not in it was not written to.
    """

    hold: Hold
    entries: Mapping[Key, Outcome | None]
    complete: bool


class Journal:
    """The open journal of one hold. Raises StorageFull when a line cannot be written."""

    def __init__(self, folder: Path, hold: Hold) -> None:
        self.settled = False
        self.path = folder / f"{hold.owner}{SUFFIX}"
        self._file = _create_locked(self.path)
        head = {"issue": hold.issue_id, "batch": hold.batch, "owner": hold.owner, "boot": boot_id()}
        self._write(head)

    def start(self, subscriber_id: int, attempt: int) -> None:
        """The final dot is about to leave."""
        self._write([subscriber_id, attempt])

    def end(self, outcome: Outcome, attempt: int) -> None:
        """The relay has answered, or the connection broke."""
        later = outcome.next_attempt.isoformat() if outcome.next_attempt else None
        words = [outcome.state, outcome.at.isoformat(), outcome.code, outcome.reply, outcome.relay, later]
        self._write([outcome.subscriber_id, attempt, *words])

    def close(self) -> None:
        """Unlock; it stays to be replayed unless the database has everything that it says (`settled`)."""
        if self.settled:
            self.path.unlink(missing_ok=True)
        os.close(self._file)

    def _write(self, line: object) -> None:
        data = json.dumps(line, separators=(",", ":")).encode() + b"\n"
        try:
            # Unbuffered, so that the line is the kernel's before anything else happens.
            written = os.write(self._file, data)
        except OSError as error:
            raise StorageFull(f"{self.path}: the journal cannot be written: {error.strerror}") from error
        if written != len(data):
            raise StorageFull(f"{self.path}: the journal cannot be written: the disk is full")


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

    None when its owner lives, when somebody else replays it, or when not even its first line was written.
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
    """Read a journal; a last line that was cut off counts as not written."""
    lines = [line for raw in path.read_bytes().splitlines() if (line := _parse(raw)) is not None]
    if not lines or not isinstance(lines[0], dict):
        return None
    head = lines[0]
    entries: dict[Key, Outcome | None] = {}
    for line in lines[1:]:
        entries[line[0], line[1]] = _outcome(line) if len(line) > 2 else None
    hold = Hold(issue_id=head["issue"], batch=head["batch"], owner=head["owner"])
    return Record(hold=hold, entries=entries, complete=head["boot"] == boot_id() != "")


def _create_locked(path: Path) -> int:
    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
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


def _parse(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return None


def _outcome(line: list[Any]) -> Outcome:
    subscriber_id, _attempt, state, at, code, reply, relay, later = line
    return Outcome(
        subscriber_id=subscriber_id,
        state=DeliveryState(state),
        at=datetime.fromisoformat(at),
        code=code,
        reply=reply,
        relay=relay,
        next_attempt=datetime.fromisoformat(later) if later else None,
    )
