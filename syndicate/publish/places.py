"""Which folder it is that files are published into: a mark in it that stays, wherever it is mounted.

A feed that was published last into another folder is written anew as a whole: what lies in this one is of
another time, and may show what was taken back since.
"""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from syndicate.errors import StorageFull
from syndicate.publish.files import FILE_MODE, make_folder

MARK = ".place"
LENGTH = 12
# No fingerprint begins so.
FIRST = "p"


def place_of(folder: Path) -> str:
    """The folder's mark, empty for one that has none."""
    try:
        return (folder / MARK).read_text("ascii").strip()[:LENGTH]
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise StorageFull(f"{folder / MARK}: {error}; give read access, and publish again") from error


def mark_place(folder: Path, *, mint: Callable[[], str]) -> str:
    """The folder's mark, made of a new id where there is none. Raises StorageFull."""
    return place_of(folder) or _mark(folder, FIRST + mint()[: LENGTH - 1])


def differ(here: str, there: str) -> bool:
    """Whether two fingerprints tell of two folders."""
    return here[:LENGTH] != there[:LENGTH] and here.startswith(FIRST) and there.startswith(FIRST)


def _mark(folder: Path, mark: str) -> str:
    try:
        make_folder(folder)
        handle, name = tempfile.mkstemp(dir=folder, prefix=f"{MARK}.", suffix=".part")
        try:
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(mark)
                os.fchmod(file.fileno(), FILE_MODE)
            # Whole at once, and the first one stays.
            os.link(name, folder / MARK)
        except FileExistsError:
            pass
        finally:
            Path(name).unlink()
    except OSError as error:
        raise StorageFull(
            f"{folder}: {error.strerror or error}; make room, or give write access, and publish again"
        ) from error
    return place_of(folder)
