"""One file that holds everything which cannot be made again: database, key, media and configuration."""

import sqlite3
import tempfile
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from syndicate import __version__
from syndicate.errors import SchemaMismatch, StorageFull
from syndicate.store.archive import Manifest, Packing, packing
from syndicate.store.database import Database
from syndicate.store.rows import dump_rows, last_ids
from syndicate.store.upgrade import SchemaState, SchemaStatus, copy_database, require_current, status

KEY = "secret.key"
MEDIA = "media"
# Deliveries that the database no longer has.
ARCHIVED = "archive"
# Files of data_dir that the configuration names: keys that sign our mail, certificates for a relay.
NAMED = "named"
DATABASE = "database/syndicate.db"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What is backed up besides the database. Of the `named` files, which the configuration names, those in
    `data_dir`: the others are not ours to keep. Images lie in `media`, None for `data_dir`.
    """

    data_dir: Path
    media: Path | None = None
    config: Path | None = None
    named: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupReport:
    """What a backup holds. `size` is the file's, in bytes; `media` counts files."""

    file: Path
    size: int
    schema: str
    media: int
    key: bool
    config: bool


def backup(
    db: Database, target: Path, *, origin: Origin, now: datetime, overwrite: bool = False
) -> BackupReport:
    """Write everything into `target` (tar.zst, mode 0600) while the service runs on.

    SQLite goes in as a database file, PostgreSQL as JSON lines; either restores into either. Raises
    StorageFull when the file cannot be written or is there already, SchemaMismatch without a schema of ours.
    """
    if target.exists() and not overwrite:
        raise StorageFull(f"{target} is there already: name another file")
    schema = _schema(db)
    folder = target.absolute().parent
    try:
        with (
            tempfile.TemporaryDirectory(prefix=".backup-", dir=folder) as temporary,
            packing(target) as archive,
        ):
            manifest = _pack_database(db, archive, Path(temporary), schema=schema, now=now)
            packed = {name for name, path in _files(origin).items() if _pack(archive, name, path)}
            archive.finish(manifest)
    except (OSError, sqlite3.Error) as error:
        raise StorageFull(f"the backup {target} could not be written: {error}") from error
    return BackupReport(
        file=target,
        size=target.stat().st_size,
        schema=schema.revision,
        media=sum(name.startswith(f"{MEDIA}/") for name in packed),
        key=KEY in packed,
        config=any(name.startswith("config/") for name in packed),
    )


def _schema(db: Database) -> SchemaStatus:
    found = status(db)
    if found.state is SchemaState.BEHIND and db.is_sqlite:
        return found
    if found.state is SchemaState.FRESH:
        raise SchemaMismatch(f"the database {db.where} is empty: there is nothing to back up")
    require_current(db)
    return found


def _pack_database(
    db: Database, archive: Packing, folder: Path, *, schema: SchemaStatus, now: datetime
) -> Manifest:
    about = partial(Manifest, created=now.isoformat(), program=__version__, schema=schema.revision)
    if db.path is not None:
        copy_database(db.path, folder / "copy.db")
        archive.add(DATABASE, folder / "copy.db")
        return about(kind="sqlite")
    tables, ids = db.read_now(lambda conn: (dump_rows(conn, folder), last_ids(conn)))
    for table in tables:
        archive.add(f"database/{table}.jsonl", folder / f"{table}.jsonl")
    return about(kind="postgresql", tables=tables, last_ids=ids)


def _files(origin: Origin) -> dict[str, Path]:
    data_dir, config = origin.data_dir, origin.config
    media = origin.media or data_dir / MEDIA
    images = sorted(path for path in media.rglob("*") if path.is_file())
    files = {f"{MEDIA}/{path.relative_to(media)}": path for path in images}
    files |= {f"{ARCHIVED}/{path.name}": path for path in sorted((data_dir / ARCHIVED).glob("*.zst"))}
    ours = data_dir.resolve()
    inside = [path for named in origin.named if (path := named.resolve()).is_relative_to(ours)]
    files |= {f"{NAMED}/{path.relative_to(ours)}": path for path in inside}
    return files | {KEY: data_dir / KEY} | ({f"config/{config.name}": config} if config else {})


def _pack(archive: Packing, name: str, path: Path) -> bool:
    if not path.is_file():
        return False
    archive.add(name, path)
    return True
