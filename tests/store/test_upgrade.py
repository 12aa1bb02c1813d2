"""The migrations lead to the schema, on both databases, and nothing else is upgraded."""

import re
import sqlite3
import threading
from collections.abc import Iterator
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
from tests.neighbours.postgres import Cluster


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without any table."""
    if request.param == "sqlite":
        yield str(tmp_path / "empty.db")
        return
    cluster: Cluster = request.getfixturevalue("postgres")
    name = cluster.create()
    yield cluster.url(name)
    cluster.drop(name)


@pytest.fixture
def empty_db(empty_url: str) -> Iterator[Database]:
    database = Database(empty_url)
    yield database
    database.close()


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
    lines = {tuple(sorted(re.sub(r'["\s,]+', " ", line).strip() for line in d.splitlines())) for d in found}
    return {" | ".join(parts) for parts in lines if migrations.VERSION_TABLE not in " ".join(parts)}


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


def test_an_older_database_is_copied_before_it_is_upgraded(
    sqlite_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqlite_db.write_now(items.save_item, an_item(), keys=[])
    monkeypatch.setattr("syndicate.store.upgrade.REVISIONS", ("0001", "0002"))
    monkeypatch.setattr("syndicate.store.upgrade.HEAD", "0002")
    report = upgrade(sqlite_db, to="0001")
    assert report.before.pending == ("0002",)
    assert report.backup is not None
    assert report.backup.stat().st_mode & 0o777 == 0o600
    copy = sqlite3.connect(report.backup)
    assert copy.execute("SELECT id FROM items").fetchall() == [(an_item().id,)]
    copy.close()
