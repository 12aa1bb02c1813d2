"""The migrations lead to the schema, on both databases, and nothing else is upgraded."""

import re
import sqlite3
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

import syndicate.store.migrations as migrations
from syndicate.errors import SchemaMismatch
from syndicate.store import items
from syndicate.store.database import Database
from syndicate.store.schema import metadata
from syndicate.store.upgrade import SchemaState, require_current, status, upgrade
from tests.builders import an_item


def set_revision(db: Database, revision: str) -> None:
    change = text(f"UPDATE {migrations.VERSION_TABLE} SET version_num = :revision")
    db.write_now(lambda conn: conn.execute(change, {"revision": revision}))


def definitions(conn: Connection) -> set[str]:
    """Every table, index and constraint in the database's own words."""
    if conn.dialect.name == "sqlite":
        queries = ["SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"]
    else:
        queries = [
            "SELECT table_name || ' ' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || "
            "coalesce(character_maximum_length, 0) || ' ' || coalesce(column_default, '') "
            "FROM information_schema.columns WHERE table_schema = 'public'",
            "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
            "SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) "
            "FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
        ]
    found = [definition for query in queries for definition in conn.scalars(text(query))]
    return {in_order(definition) for definition in found if migrations.VERSION_TABLE not in definition}


def in_order(definition: str) -> str:
    """A definition whose columns and constraints, if it is a table's, stand in the order of the alphabet."""
    head, _, body = definition.partition("(")
    if not head.startswith("CREATE TABLE"):
        return " ".join(definition.replace('"', "").split())
    parts = re.split(r",(?![^()]*\))", body.rpartition(")")[0])
    return " | ".join(sorted(" ".join(part.replace('"', "").split()) for part in (head, *parts)))


def test_migrations_and_schema_describe_the_same_database(empty_db: Database) -> None:
    upgrade(empty_db)
    options = {"version_table": migrations.VERSION_TABLE, "compare_type": True}
    differences = empty_db.read_now(
        lambda conn: compare_metadata(MigrationContext.configure(conn, opts=options), metadata)
    )
    assert differences == []
    migrated = empty_db.read_now(definitions)
    empty_db.write_now(metadata.drop_all)
    empty_db.write_now(metadata.create_all)
    created = empty_db.read_now(definitions)
    assert migrated - created == created - migrated


def test_the_named_revisions_are_the_ones_in_the_folder() -> None:
    folder = Path(migrations.__file__).parent
    script = ScriptDirectory(str(folder))
    walked = [step.revision for step in script.walk_revisions()]
    assert tuple(reversed(walked)) == migrations.REVISIONS


def test_a_fresh_database_is_created_by_migrations(empty_db: Database) -> None:
    assert status(empty_db).state is SchemaState.FRESH
    report = upgrade(empty_db)
    assert (report.before.state, report.after.state, report.backup) == (
        SchemaState.FRESH,
        SchemaState.CURRENT,
        None,
    )
    empty_db.write_now(items.save_item, an_item(), keys=["guid:1"])
    require_current(empty_db)


def test_an_upgrade_of_a_current_database_changes_nothing(db: Database) -> None:
    report = upgrade(db)
    assert report.before == report.after
    assert report.backup is None


def test_a_fresh_database_is_not_current(empty_db: Database) -> None:
    with pytest.raises(SchemaMismatch, match="run `syndicate db upgrade`"):
        require_current(empty_db)


@pytest.mark.parametrize("refused", [upgrade, require_current])
def test_a_newer_schema_is_refused_with_what_to_do(db: Database, refused) -> None:
    set_revision(db, "0999")
    with pytest.raises(SchemaMismatch, match=r"schema 0999.*install the Syndicate that upgraded it"):
        refused(db)
    assert status(db).state is SchemaState.NEWER


def test_tables_of_another_program_are_refused(empty_db: Database) -> None:
    empty_db.write_now(lambda conn: conn.execute(text("CREATE TABLE items (name TEXT)")))
    with pytest.raises(SchemaMismatch, match="belongs to another program"):
        upgrade(empty_db)


def test_two_that_upgrade_at_once_wait_for_each_other(empty_url: str) -> None:
    together = threading.Barrier(2)
    faults = []

    def run() -> None:
        db = Database(empty_url)
        together.wait()
        try:
            upgrade(db)
        except Exception as error:  # noqa: BLE001 - shown by the assertion
            faults.append(error)
        db.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def test_an_older_database_is_copied_before_it_is_upgraded(tmp_path: Path) -> None:
    db = Database(str(tmp_path / "old.db"))
    upgrade(db, to="0001")
    db.write_now(
        lambda conn: conn.execute(text("INSERT INTO caps VALUES ('kept', 3, '2026-03-01 12:00:00')"))
    )
    report = upgrade(db)
    db.close()
    assert (report.before.revision, report.after.state) == ("0001", SchemaState.CURRENT)
    assert report.before.pending == migrations.REVISIONS[1:]
    assert report.backup is not None
    assert report.backup.stat().st_mode & 0o777 == 0o600
    copy = sqlite3.connect(report.backup)
    assert copy.execute("SELECT key, count FROM caps").fetchall() == [("kept", 3)]
    copy.close()
