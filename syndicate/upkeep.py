"""The database as a whole: its schema, its key, backups, moves. For commands that open nothing else."""

from contextlib import closing
from pathlib import Path

from syndicate.app import Clock, ready_folders
from syndicate.audience.keys import accept_keyring
from syndicate.config import Config
from syndicate.errors import MoveRefused
from syndicate.store.backup import BackupReport, Origin, backup
from syndicate.store.carrying import Say
from syndicate.store.database import Database, read_url
from syndicate.store.moves import Move, stay_here
from syndicate.store.moving import MoveReport, move, plan
from syndicate.store.restore import RestoreReport, Target, restore
from syndicate.store.swap import finish_interrupted
from syndicate.store.upgrade import SchemaState, SchemaStatus, UpgradeReport, status, upgrade

__all__ = [
    "MoveReport",
    "accept_key",
    "back_up",
    "move_database",
    "plan_move",
    "put_back",
    "schema_status",
    "stay",
    "upgrade_schema",
]


def schema_status(config: Config) -> SchemaStatus:
    """Where the database's schema stands; changes nothing. Raises DatabaseBusy."""
    finish_interrupted(config.data_dir)
    with closing(_open(config)) as db:
        return status(db)


def upgrade_schema(config: Config) -> UpgradeReport:
    """Bring the schema to this program's, after a backup. Raises SchemaMismatch, StorageFull."""
    ready_folders(config)
    with closing(_open(config)) as db:
        return upgrade(db)


def accept_key(config: Config, *, now: Clock) -> None:
    """Use the key file as it is, also where links and suppressions were made with a key that is lost.

    Raises SchemaMismatch, ConfigError, StorageFull.
    """
    paths = ready_folders(config)
    with closing(_open(config)) as db:
        upgrade(db)
        accept_keyring(db, paths.key, now=now())


def back_up(config: Config, target: Path, *, now: Clock, overwrite: bool = False) -> BackupReport:
    """Put database, keys, media and configuration into one file. Raises StorageFull, SchemaMismatch."""
    finish_interrupted(config.data_dir)
    with closing(_open(config)) as db:
        origin = Origin(
            data_dir=config.data_dir,
            media=config.paths.media,
            config=config.path,
            named=config.named_files,
        )
        return backup(db, target, origin=origin, now=now(), overwrite=overwrite)


def put_back(config: Config, source: Path, *, now: Clock, overwrite: bool = False) -> RestoreReport:
    """Restore a backup; what was there is kept aside. Raises RestoreRefused, SchemaMismatch, StorageFull."""
    target = Target(database=config.direct, data_dir=config.data_dir, config=config.path)
    return restore(source, target, now=now(), overwrite=overwrite)


def move_database(config: Config, to: str, *, now: Clock, say: Say) -> MoveReport:
    """Move the database, with its ids, to another URL or file, and compare all rows in the end.

    `say(what, done, of)` is told how far it is, in rows. Raises MoveRefused, SchemaMismatch, DatabaseBusy,
    DatabaseFault, StorageFull; the same call goes on where it stopped.
    """
    ready_folders(config)
    _require_folder(to)
    with closing(_open(config)) as db, closing(Database(to)) as target:
        return move(db, target, now=now, say=say)


def plan_move(config: Config, to: str, *, now: Clock) -> MoveReport:
    """What `move_database` would do, and what would refuse it; changes nothing, and makes no file.

    Raises as `move_database`.
    """
    finish_interrupted(config.data_dir)
    _require_folder(to)
    with closing(_open(config)) as db:
        if _is_missing_file(to):
            return plan(db, None, now=now)
        with closing(Database(to)) as target:
            return plan(db, target, now=now)


def stay(config: Config) -> Move | None:
    """Let the database be worked on again that was moved, or was about to be; the move, None without one."""
    finish_interrupted(config.data_dir)
    with closing(_open(config)) as db:
        return db.write_now(stay_here) if status(db).state is SchemaState.MOVED else None


def _open(config: Config) -> Database:
    """Past a pooler: what is done here takes long transactions, and locks."""
    return Database(config.direct, postgresql=config.settings.postgresql)


def _require_folder(url: str) -> None:
    # A folder that is made by the way is, more often than not, a name with a slip in it.
    address = read_url(url)
    folder = Path(address.database or "").absolute().parent
    if address.drivername == "sqlite" and not folder.is_dir():
        raise MoveRefused(f"{folder} is no folder: make it, or name another file")


def _is_missing_file(url: str) -> bool:
    address = read_url(url)
    return address.drivername == "sqlite" and not Path(address.database or "").exists()
