"""The files of a source's folder, by path: hidden ones and links that lead out of it are left alone."""

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from syndicate.errors import Unreadable

# What browsers, in the language of who saves, append to a page's name for the folder of its pictures.
COMPANIONS = (
    "_files", ".files", "-filer", "_file", "-Dateien", "_fichiers", "_archivos", "_arquivos", "_bestanden",
    "_bestander", "_pliki", "_soubory", "_dosyalar", "_elemei", "_tiedostot", "_fitxers", "_failid",
    "_datoteke", "_fajlovi", "_fails", "_bylos", "_ficheiros", "_fisiere", "_subory", "_filer", "-filer",
)  # fmt: skip
_PAGES = (".html", ".htm", ".xhtml")


def list_files(folder: Path, failed: Callable[[str, Unreadable], None]) -> Iterator[Path]:
    """Every file below the folder, one folder after the other; not hidden ones, nor a saved page's own.

    `failed` is told each folder that cannot be looked into.
    """

    def tell(error: OSError) -> None:
        name = Path(error.filename).relative_to(folder).as_posix()
        failed(name, Unreadable(f"{error.filename} cannot be read: {error.strerror}"))

    for place, folders, names in os.walk(folder, onerror=tell):
        kept = (name for name in folders if not name.startswith(".") and not _is_companion(name, names))
        folders[:] = sorted(kept)
        yield from (Path(place) / name for name in sorted(names) if not name.startswith("."))


def check_file(path: Path, folder: Path) -> os.stat_result:
    """What the system tells of a file. Raises Unreadable for what is none, or lies outside the folder."""
    try:
        told = path.stat()
        leads_out = path.is_symlink() and not path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is a link to itself"
        raise Unreadable(f"{path} cannot be read: {reason}") from error
    if leads_out:
        raise Unreadable(f"{path} is a link that leads out of {folder}; copy the file, or name its folder")
    if not stat.S_ISREG(told.st_mode):
        raise Unreadable(f"{path} is no file")
    return told


def state_of(told: os.stat_result) -> str:
    """What changes with a file, for little more than a look at it."""
    return f"{told.st_size}-{told.st_mtime_ns}"


def _is_companion(name: str, beside: list[str]) -> bool:
    stem = next((name.removesuffix(ending) for ending in COMPANIONS if name.endswith(ending)), "")
    return bool(stem) and any(f"{stem}{ending}" in beside for ending in _PAGES)
