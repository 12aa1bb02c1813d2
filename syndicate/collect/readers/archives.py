"""Web archive files in a folder, known by their content: WARC and ARC, plain or in gzip members, and WACZ.

https://specs.webrecorder.net/wacz/1.1.1/
"""

import zipfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, cast

from syndicate.collect.readers.folder import check_file, list_files, state_of
from syndicate.collect.reading import Failed
from syndicate.errors import Unreadable
from syndicate.formats.members import GZIP, Place, Stream
from syndicate.formats.steady import SteadyFile
from syndicate.formats.warc import Records, begins

SUFFIXES = (".warc", ".warc.gz", ".arc", ".arc.gz", ".wacz")
CUT_OFF = "the archive's directory at its end is missing; the file was cut off"
_ZIP = b"PK\x03\x04"
_LOOKED_AT = 8_192
_UNUSABLE = (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """A file on disk; `name` is its path below the source's folder. `state` changes with the file, and with
    what the source wants of it.
    """

    name: str
    path: Path
    state: str
    modified: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """Records in a volume: the file itself, or the one `inside` it where it is a WACZ; `is_cut` where its end
    is missing.
    """

    volume: Volume
    packed: bool
    inside: str = ""
    is_cut: bool = False

    @property
    def name(self) -> str:
        """What people are told."""
        return f"{self.volume.name}!{self.inside}" if self.inside else self.volume.name


def list_volumes(where: Path, *, scope: str = "") -> list[Volume | Failed]:
    """The files that may be archives: that one, or those under that folder, by path; hidden ones never.

    Raises Unreadable where there is nothing.
    """
    failed: list[Volume | Failed] = []

    def tell(name: str, error: Unreadable) -> None:
        failed.append(Failed(key=name, error=error))

    if where.is_dir():
        paths = sorted(list_files(where, tell))
        found = [_volume(path, path.relative_to(where).as_posix(), where, scope=scope) for path in paths]
    elif where.exists():
        found = [_volume(where, where.name, where.resolve().parent, scope=scope)]
    else:
        raise Unreadable(f"{where} is not there; `folder` names a web archive, or a folder of them")
    if not found:
        raise Unreadable(f"{where} holds no web archives ({', '.join(SUFFIXES)})")
    return failed + found


def _volume(path: Path, name: str, folder: Path, *, scope: str) -> Volume | Failed:
    try:
        told = check_file(path, folder)
    except Unreadable as error:
        return Failed(key=name, error=error)
    state = sha256(f"{state_of(told)} {scope}".encode()).hexdigest()[:40]
    return Volume(name=name, path=path, state=state, modified=told.st_mtime)


def archives_in(volume: Volume) -> list[Archive]:
    """What the volume holds; nothing for a file that is no archive. Raises Unreadable."""
    try:
        with volume.path.open("rb") as file:
            if file.read(len(_ZIP)) == _ZIP:
                return list(_in_zip(volume)) if zipfile.is_zipfile(file) else [_cut_off(volume, file)]
            return [Archive(volume=volume, packed=packed) for packed in _sniffed(SteadyFile(file))]
    except _UNUSABLE as error:
        raise Unreadable(f"{volume.path} cannot be read: {error}") from error


def _cut_off(volume: Volume, file: IO[bytes]) -> Archive:
    """A WACZ without its end, read like what is damaged: its archives lie in it as they are, in members."""
    if not _leads_to_records(SteadyFile(file)):
        raise Unreadable(f"{volume.path}: {CUT_OFF}, and no records in gzip members are in what there is")
    return Archive(volume=volume, packed=True, is_cut=True)


def is_named_like_one(volume: Volume) -> bool:
    """Whether a file that has something in it calls itself an archive."""
    return volume.name.lower().endswith(SUFFIXES) and volume.path.stat().st_size > 0


def _in_zip(volume: Volume) -> Iterator[Archive]:
    with zipfile.ZipFile(volume.path) as packed:
        for entry in packed.infolist():
            if entry.is_dir():
                continue
            with packed.open(entry) as file:
                found = _sniffed(SteadyFile(file))
            yield from (Archive(volume=volume, packed=one, inside=entry.filename) for one in found)


def _sniffed(file: SteadyFile) -> Iterable[bool]:
    """One value where the file holds records: whether they are in gzip members."""
    file.seek(0)
    head = file.read(_LOOKED_AT)
    if head.startswith(GZIP):
        return (True,) if _leads_to_records(file) else ()
    return (False,) if begins(head.lstrip()) else ()


def _leads_to_records(file: SteadyFile) -> bool:
    stream = Stream(file, packed=True)
    first = stream.read(_LOOKED_AT).lstrip()
    # What is damaged at its beginning may be whole further on.
    return begins(first) or bool(stream.fault and stream.recover(begins))


class Shelf:
    """Opens archives, one at a time, and reads on where it stands; close it at the end."""

    def __init__(self) -> None:
        self._archive: Archive | None = None
        self._files: list[SteadyFile | zipfile.ZipFile] = []
        self._records: Records | None = None

    def records(self, archive: Archive, place: Place | None = None) -> Records:
        """The archive's records, from a place on. Raises Unreadable."""
        try:
            file = self._open(archive)
            if place is None or self._records is None or not self._records.forward(place):
                self._records = Records(Stream(file, packed=archive.packed, place=place))
        except _UNUSABLE as error:
            raise Unreadable(f"{archive.name} cannot be read: {error}") from error
        return self._records

    def _open(self, archive: Archive) -> SteadyFile:
        if archive != self._archive:
            self.close()
            self._archive = archive
            if archive.inside:
                packed = zipfile.ZipFile(archive.volume.path)
                self._files += [packed, SteadyFile(packed.open(archive.inside))]
            else:
                self._files.append(SteadyFile(archive.volume.path.open("rb")))
        return cast(SteadyFile, self._files[-1])

    def close(self) -> None:
        """Let go of the open archive."""
        for file in reversed(self._files):
            with closing(file):
                pass
        self._archive, self._files, self._records = None, [], None
