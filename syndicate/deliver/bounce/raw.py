"""Mails that came back, as files: a queue on the disk until each is applied, then kept for a while.

`new/NAME.eml` waits, with `new/NAME.json` beside it that tells how it came; `NAME.eml` was applied. The name
is a hash of the bytes, so that the same mail is one file however often it comes.
"""

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from syndicate.deliver.bounce.returning import Intake
from syndicate.errors import StorageFull

NEW = "new"
SUFFIX = ".eml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """How a mail came in, and to which addresses, as far as that is known."""

    intake: Intake
    recipients: tuple[str, ...] = ()


def keep(folder: Path, data: bytes, envelope: Envelope) -> str:
    """Put a mail into the queue; when this returns its name, no crash loses it. Raises StorageFull."""
    name = hashlib.sha256(data).hexdigest()
    about = {"intake": envelope.intake.value, "recipients": list(envelope.recipients)}
    new = folder / NEW
    try:
        for private in (folder, new):
            private.mkdir(mode=0o700, exist_ok=True)
        # The mail comes last: whoever sees it finds its envelope too.
        _write(new / f"{name}.json", json.dumps(about).encode())
        _write(new / f"{name}{SUFFIX}", data)
        _sync(new)
    except OSError as error:
        raise StorageFull(f"{new}: a mail that came back cannot be kept: {error.strerror}") from error
    return name


def list_waiting(folder: Path) -> list[str]:
    """The names of the mails that wait to be applied, oldest first."""
    found = []
    for path in (folder / NEW).glob(f"[!.]*{SUFFIX}"):
        # Another process may have applied it meanwhile.
        with contextlib.suppress(FileNotFoundError):
            found.append((path.stat().st_mtime, path.stem))
    return [name for _, name in sorted(found)]


def load(folder: Path, name: str) -> tuple[bytes, Envelope] | None:
    """A mail that waits; None when another process has applied it meanwhile."""
    try:
        data = (folder / NEW / f"{name}{SUFFIX}").read_bytes()
    except FileNotFoundError:
        return None
    try:
        about = json.loads((folder / NEW / f"{name}.json").read_bytes())
        return data, Envelope(intake=Intake(about["intake"]), recipients=tuple(about["recipients"]))
    except (OSError, ValueError, KeyError, TypeError):
        return data, Envelope(intake=Intake.LISTENER)


def settle(folder: Path, name: str) -> None:
    """Take an applied mail out of the queue; it stays beside it until it is removed."""
    with contextlib.suppress(FileNotFoundError):
        (folder / NEW / f"{name}{SUFFIX}").replace(folder / f"{name}{SUFFIX}")
    with contextlib.suppress(FileNotFoundError):
        (folder / NEW / f"{name}.json").unlink()


def list_applied(folder: Path) -> set[str]:
    """The names of the mails that were applied and are kept."""
    return {path.stem for path in folder.glob(f"*{SUFFIX}")}


def remove_old(folder: Path, unnamed: Collection[str], *, before: datetime) -> int:
    """Remove these applied mails, and what has waited since `before`; how many."""
    gone = [folder / f"{name}{SUFFIX}" for name in unnamed]
    gone += [path for path in (folder / NEW).glob("*") if _is_older(path, before)]
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)


def _is_older(path: Path, before: datetime) -> bool:
    try:
        return path.stat().st_mtime < before.timestamp()
    except FileNotFoundError:
        return False


def _write(path: Path, data: bytes) -> None:
    descriptor, draft = tempfile.mkstemp(prefix=".", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(path)
    except OSError:
        Path(draft).unlink(missing_ok=True)
        raise


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
