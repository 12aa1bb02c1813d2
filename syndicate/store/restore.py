"""A backup put back, into either kind of database: first made ready aside, then moved into place."""

import os
import shutil
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from syndicate.errors import DatabaseBusy, RestoreRefused, SchemaMismatch, StorageFull, SyndicateError
from syndicate.store.archive import Manifest, unpack
from syndicate.store.backup import ARCHIVED, DATABASE, KEY, MEDIA, NAMED
from syndicate.store.database import Database, read_url
from syndicate.store.migrations import HEAD, REVISIONS
from syndicate.store.move_plan import at_work
from syndicate.store.rows import copy_rows, last_ids, load_rows, set_last_ids
from syndicate.store.standstill import stand_still
from syndicate.store.swap import Move, finish_interrupted, swap, sync
from syndicate.store.upgrade import SchemaState, copy_database, create_anew, status, upgrade

STAGING = ".restore"
JOURNAL = "journal"
# What takes the place of what is there.
WHOLE = (KEY, MEDIA, ARCHIVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a backup goes: the database's URL or file, `data_dir`, and the configuration's path if any."""

    database: str
    data_dir: Path
    config: Path | None = None

    @property
    def file(self) -> Path | None:
        """The SQLite file, None for PostgreSQL."""
        address = read_url(self.database)
        return Path(address.database or "").absolute() if address.drivername == "sqlite" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreReport:
    """What a restore did. `aside` are the replaced files; `config` is where the backup's settings lie now."""

    created: datetime
    schema: str
    aside: tuple[Path, ...]
    config: Path | None


def restore(source: Path, target: Target, *, now: datetime, overwrite: bool = False) -> RestoreReport:
    """Put a backup back and upgrade it to today's schema; what was there is kept aside, and no mail leaves.

    The configuration is never overwritten: it comes to lie beside the one in use. Raises RestoreRefused when
    something is there and `overwrite` is False, a service runs, or the archive is damaged; SchemaMismatch for
    one of a newer program; StorageFull. After each of these everything is as it was.
    """
    finish_interrupted(_folder(target))
    _refuse_running(target, now)
    if target.file is None:
        _refuse_foreign(target.database)
    if not overwrite:
        _refuse_overwriting(target)
    staging = target.data_dir.absolute() / STAGING
    try:
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(mode=0o700, parents=True)
        manifest = unpack(source, staging)
        if not overwrite:
            _refuse_replacing([place for _, place in _named(staging, target)])
        ready = _stage_database(staging, manifest, now=now)
        config = _place_config(staging, target)
        moves = _plan(staging, ready, target, f"before-restore-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}")
        if target.file is None:
            _fill(target.database, ready)
    except OSError as error:
        raise StorageFull(f"{source} could not be restored: {error}; nothing was changed") from error
    swap(_folder(target), moves, staging=staging)
    return RestoreReport(
        created=datetime.fromisoformat(manifest.created),
        schema=HEAD,
        aside=tuple(path for move in moves if (path := Path(move.aside)).exists()),
        config=config,
    )


def _folder(target: Target) -> Path:
    # Beside the database, where whoever opens it finds an interrupted swap.
    return target.file.parent if target.file else target.data_dir.absolute()


def _refuse_running(target: Target, now: datetime) -> None:
    if target.file is not None and not target.file.is_file():
        return
    with closing(Database(target.database)) as db:
        try:
            told = db.read_now(at_work, db.where, now=now)
        except DatabaseBusy:
            raise
        except (SyndicateError, SQLAlchemyError):
            # A damaged or foreign database is a reason to restore, and nothing runs on it.
            return
    if told:
        raise RestoreRefused(told)


def _refuse_overwriting(target: Target) -> None:
    there = [target.data_dir / name for name in WHOLE]
    if target.file is not None:
        there.append(target.file)
    elif _has_schema(target.database):
        there.append(Path(read_url(target.database).database or ""))
    _refuse_replacing(there)


def _refuse_replacing(there: Sequence[Path]) -> None:
    if there := [path for path in there if _holds_something(path)]:
        names = ", ".join(str(path) for path in there)
        raise RestoreRefused(f"a restore would replace {names}: --overwrite lets it (they are kept aside)")


def _holds_something(path: Path) -> bool:
    return any(path.iterdir()) if path.is_dir() else path.exists() and path.stat().st_size > 0


def _has_schema(url: str) -> bool:
    with closing(Database(url)) as db:
        return status(db).state is not SchemaState.FRESH


def _refuse_foreign(url: str) -> None:
    with closing(Database(url)) as db:
        if status(db).state is SchemaState.FOREIGN:
            raise RestoreRefused(
                f"the tables in {db.where} are another program's: name a database of our own"
            )


def _stage_database(staging: Path, manifest: Manifest, *, now: datetime) -> Path:
    if manifest.schema not in REVISIONS:
        raise SchemaMismatch(
            f"the backup has schema {manifest.schema}, and this program knows none above {HEAD}: "
            f"restore it with Syndicate {manifest.program} or newer"
        )
    path = staging / DATABASE
    ready = path.with_name("ready.db")
    with closing(Database(str(path))) as db:
        if manifest.kind != "sqlite":
            upgrade(db, to=manifest.schema)
            db.write_now(_load, path.parent, manifest)
        upgrade(db)
        db.write_now(stand_still, created=datetime.fromisoformat(manifest.created), now=now)
    copy_database(path, ready)
    sync(ready)
    return ready


def _load(conn: Connection, folder: Path, manifest: Manifest) -> None:
    load_rows(conn, folder, tables=manifest.tables)
    set_last_ids(conn, manifest.last_ids)


def _fill(url: str, ready: Path) -> None:
    with closing(Database(url)) as db, closing(Database(str(ready))) as origin:
        db.write_now(lambda conn: origin.read_now(_replace_all, conn))


def _replace_all(origin: Connection, conn: Connection) -> None:
    create_anew(conn)
    copy_rows(origin, conn)
    set_last_ids(conn, last_ids(origin))


def _place_config(staging: Path, target: Target) -> Path | None:
    found = next((staging / "config").glob("*"), None)
    if found is None:
        return None
    place = target.config or target.data_dir / found.name
    if place.exists() and place.read_bytes() == found.read_bytes():
        return place
    if place.exists():
        place = place.with_name(f"{place.stem}.restored{place.suffix}")
    place.unlink(missing_ok=True)
    # Private from its first byte on: there may be passwords in it.
    with open(os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(found.read_bytes())
    return place


def _named(staging: Path, target: Target) -> list[tuple[Path, Path]]:
    """Each file that the configuration names, and where it goes; not those that are there as they are."""
    data_dir = target.data_dir.absolute()
    found = sorted(path for path in (staging / NAMED).rglob("*") if path.is_file())
    pairs = [(path, data_dir / path.relative_to(staging / NAMED)) for path in found]
    return [
        (new, place)
        for new, place in pairs
        if not (place.is_file() and place.read_bytes() == new.read_bytes())
    ]


def _plan(staging: Path, ready: Path, target: Target, stamp: str) -> list[Move]:
    data_dir = target.data_dir.absolute()
    # The journal tells of deliveries after the backup: replayed on it, it would mark the wrong ones.
    leaving = [Move(new="", place=str(data_dir / JOURNAL), aside=f"{data_dir / JOURNAL}.{stamp}")]
    coming = [_move(staging / name, data_dir / name, stamp) for name in WHOLE if (staging / name).exists()]
    for file, home in _named(staging, target):
        home.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        coming.append(_move(file, home, stamp))
    if target.file is not None:
        # The old write-ahead log too: beside the new file it would be replayed into it.
        for suffix in ("-wal", "-shm"):
            place, aside = f"{target.file}{suffix}", f"{target.file}.{stamp}{suffix}"
            leaving.append(Move(new="", place=place, aside=aside))
        beside = target.file.with_name(f"{target.file.name}.restoring")
        shutil.move(ready, beside)
        sync(beside)
        coming.append(_move(beside, target.file, stamp))
    return leaving + coming


def _move(new: Path, place: Path, stamp: str) -> Move:
    return Move(new=str(new), place=str(place), aside=f"{place}.{stamp}")
