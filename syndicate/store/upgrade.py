"""The schema's revision: what the database has, what this program wants, and the way between them."""

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from syndicate.errors import SchemaMismatch, StorageFull
from syndicate.store.database import Database
from syndicate.store.migrations import HEAD, REVISIONS, VERSION_TABLE
from syndicate.store.moves import Direction, explain, unsettled
from syndicate.store.partitions import drop_partitions
from syndicate.store.schema import metadata, moves

# Any number does, as long as everybody who upgrades takes the same.
ADVISORY_LOCK = 7_420_162


class SchemaState(StrEnum):
    """Fresh has no tables of ours; newer comes from a later program; foreign has tables but no revision.

    Of a move (store/moving), moved is where the rows were, and moving where not all of them are yet.
    """

    FRESH = "fresh"
    BEHIND = "behind"
    CURRENT = "current"
    NEWER = "newer"
    FOREIGN = "foreign"
    MOVED = "moved"
    MOVING = "moving"


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaStatus:
    """Where the database stands. `revision` is empty for fresh and foreign ones; `why` says in words why a
    moved or moving one is none to work on.
    """

    state: SchemaState
    revision: str
    head: str = HEAD
    pending: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpgradeReport:
    """What an upgrade did: nothing when `before` equals `after`. `backup` is the copy made first."""

    before: SchemaStatus
    after: SchemaStatus
    backup: Path | None = None


def status(db: Database) -> SchemaStatus:
    """Where the database stands; changes nothing."""
    return db.read_now(_status, db.where)


def require_current(db: Database) -> None:
    """Raise SchemaMismatch, saying what to do, unless the schema is exactly this program's."""
    found = status(db)
    _refuse_unknown(found, db.where)
    if found.state is not SchemaState.CURRENT:
        raise SchemaMismatch(
            f"the database {db.where} has schema {found.revision or 'none'}, this program wants {HEAD}: "
            "run `syndicate db upgrade`"
        )


def upgrade(db: Database, *, to: str = HEAD) -> UpgradeReport:
    """Bring the schema to `to`: a fresh database is created, an older one is backed up first (SQLite).

    All steps are one transaction, and two processes that upgrade at once wait for each other. Raises
    SchemaMismatch for a newer or foreign schema.
    """
    before = status(db)
    _refuse_unknown(before, db.where)
    kept = None
    if before.state is SchemaState.BEHIND and db.path is not None:
        kept = _copy_aside(db.path, before.revision)
    if before.state in (SchemaState.BEHIND, SchemaState.FRESH):
        db.write_now(_run_steps, to)
    return UpgradeReport(before=before, after=status(db), backup=kept)


def _status(conn: Connection, where: str) -> SchemaStatus:
    names = set(inspect(conn).get_table_names())
    if VERSION_TABLE not in names:
        state = SchemaState.FOREIGN if names & set(metadata.tables) else SchemaState.FRESH
        return SchemaStatus(state=state, revision="", pending=REVISIONS)
    revision = conn.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}")) or ""  # noqa: S608 - a constant
    if revision not in REVISIONS:
        return SchemaStatus(state=SchemaState.NEWER, revision=revision)
    if moves.name in names and (move := unsettled(conn)):
        state = SchemaState.MOVED if move.direction is Direction.TO else SchemaState.MOVING
        return SchemaStatus(state=state, revision=revision, why=explain(move, where))
    pending = REVISIONS[REVISIONS.index(revision) + 1 :]
    state = SchemaState.BEHIND if pending else SchemaState.CURRENT
    return SchemaStatus(state=state, revision=revision, pending=pending)


def _refuse_unknown(found: SchemaStatus, where: str) -> None:
    if found.state is SchemaState.NEWER:
        raise SchemaMismatch(
            f"the database {where} has schema {found.revision}, and this program knows none above {HEAD}: "
            "install the Syndicate that upgraded it, or restore a backup from before"
        )
    if found.state is SchemaState.FOREIGN:
        raise SchemaMismatch(
            f"the database {where} has tables named like ours but no {VERSION_TABLE}: "
            "it belongs to another program; name a database of our own"
        )
    if found.why:
        raise SchemaMismatch(found.why)


def create_anew(conn: Connection) -> None:
    """Drop every table of ours and create today's schema, within the caller's transaction (PostgreSQL)."""
    drop_partitions(conn)
    for name in (*(table.name for table in metadata.sorted_tables), VERSION_TABLE):
        conn.execute(text(f"DROP TABLE IF EXISTS {name} CASCADE"))
    _run_steps(conn, HEAD)


def _run_steps(conn: Connection, to: str) -> None:
    # Alembic costs a tenth of a second to import, and most starts have nothing to upgrade.
    from alembic import command
    from alembic.config import Config

    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
    config = Config(attributes={"connection": conn})
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    command.upgrade(config, to)


def _copy_aside(path: Path, revision: str) -> Path:
    target = path.with_name(f"{path.name}.before-{HEAD}-was-{revision}")
    part = target.with_name(target.name + ".part")
    try:
        copy_database(path, part)
        os.replace(part, target)
    except (OSError, sqlite3.Error) as error:
        part.unlink(missing_ok=True)
        raise StorageFull(f"no backup before the upgrade, so no upgrade: {target}: {error}") from error
    return target


def copy_database(path: Path, target: Path) -> None:
    """Copy an SQLite database in use into one file, private to this user (SQLite's online backup API)."""
    target.unlink(missing_ok=True)
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    with closing(sqlite3.connect(path)) as origin, closing(sqlite3.connect(target)) as copy:
        origin.backup(copy)
        # The copy is to be one file: a WAL beside it would be left behind when it is moved.
        copy.execute("PRAGMA journal_mode=DELETE")
