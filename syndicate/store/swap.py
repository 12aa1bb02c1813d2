"""New files put in the place of old ones so that a kill at any moment loses neither.

The plan is written down first. Whoever comes next after a kill carries it to its end: only renames are left.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from syndicate.errors import StorageFull

PLAN = "restore.plan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What is at `place` goes to `aside`, then `new` goes to `place`; an empty `new` leaves it free.

    All three are absolute paths in one file system.
    """

    new: str
    place: str
    aside: str


def swap(folder: Path, moves: Sequence[Move], *, staging: Path) -> None:
    """Carry out the moves, then remove the staging folder; after a kill `finish_interrupted` does the rest.

    Moves without `new` come first: whether any `new` is still there tells if the plan was carried out.
    """
    part = folder / f"{PLAN}.part"
    try:
        part.write_text(json.dumps({"staging": str(staging), "moves": [asdict(move) for move in moves]}))
        sync(part)
        os.replace(part, folder / PLAN)
        sync(folder)
    except OSError as error:
        raise StorageFull(f"nothing was changed: {part}: {error.strerror}") from error
    finish_interrupted(folder)


def finish_interrupted(folder: Path) -> bool:
    """Carry an interrupted swap to its end; False when there was none. Call it before opening anything."""
    plan = folder / PLAN
    try:
        file = plan.open()
    except (FileNotFoundError, NotADirectoryError):
        return False
    try:
        with file:
            fcntl.flock(file, fcntl.LOCK_EX)
            # Gone when another process finished it while we waited.
            if plan.exists():
                _carry_out_all(json.load(file))
                plan.unlink()
                sync(folder)
    except OSError as error:
        raise StorageFull(
            f"a restore could not be finished: {error}; mend that and start again, nothing is lost"
        ) from error
    return True


def sync(path: Path) -> None:
    """Make the file, or the folder's names, durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _carry_out_all(plan: dict[str, Any]) -> None:
    moves = [Move(**move) for move in plan["moves"]]
    arriving = [Path(move.new) for move in moves if move.new]
    # With all arrived, what lies at a place to be freed is somebody's new file, such as a new WAL.
    if not arriving or any(new.exists() for new in arriving):
        for move in moves:
            _carry_out(move)
    shutil.rmtree(plan["staging"], ignore_errors=True)


def _carry_out(move: Move) -> None:
    new, place, aside = Path(move.new), Path(move.place), Path(move.aside)
    if move.new and not new.exists():
        return
    if place.exists() and (move.new or not aside.exists()):
        os.rename(place, _free(aside))
    if move.new:
        os.rename(new, place)
    sync(place.parent)


def _free(aside: Path) -> Path:
    # Taken when somebody made a new file at the place between a kill and now.
    return aside.with_name(f"{aside.name}.later") if aside.exists() else aside
