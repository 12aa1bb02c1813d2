"""A move brings every row with its id, goes on where it was killed, and lets nobody work in two places."""

import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from syndicate.errors import DatabaseBusy, MoveRefused, SchemaMismatch
from syndicate.model.job import Job
from syndicate.store import carrying, jobs, lines, moving, services
from syndicate.store.carrying import Say
from syndicate.store.database import Database
from syndicate.store.move_plan import Step
from syndicate.store.moves import Direction, find_move, read_progress, stay_here
from syndicate.store.moving import MoveReport
from syndicate.store.partitions import has_partition
from syndicate.store.schema import batches, deliveries, metadata, subscribers
from syndicate.store.upgrade import SchemaState, require_current, status, upgrade
from tests.builders import NOON
from tests.neighbours.postgres import TEMPLATE, Cluster
from tests.store.filled import ROWS, TABLES, a_row, contents, fill, is_counting

ROOT = Path(__file__).parents[2]
FEW = [metadata.tables[name] for name in ("subscribers", "deliveries")]
WITH_BATCHES = [metadata.tables[name] for name in ("issues", "batches")]


@pytest.fixture(params=["to PostgreSQL", "to SQLite"])
def way(request: pytest.FixtureRequest) -> str:
    """Which way rows are moved; the test runs once with each."""
    way: str = request.param
    return way


@pytest.fixture
def source_url(way: str, request: pytest.FixtureRequest) -> str:
    """The database that is moved."""
    url: str = request.getfixturevalue("sqlite_url" if way == "to PostgreSQL" else "postgres_url")
    return url


@pytest.fixture
def source(source_url: str) -> Iterator[Database]:
    with closing(Database(source_url)) as database:
        yield database


@pytest.fixture
def target(way: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """One of the other kind without any table."""
    if way == "to PostgreSQL":
        yield request.getfixturevalue("new_db")
        return
    with closing(Database(str(tmp_path / "new" / "target.db"))) as database:
        yield database


@pytest.fixture
def new_db(postgres: Cluster) -> Iterator[Database]:
    """An empty PostgreSQL database."""
    name = postgres.create()
    with closing(Database(postgres.url(name))) as database:
        yield database
    postgres.drop(name)


def move(source: Database, target: Database, *, say: Say = lambda *_: None) -> MoveReport:
    return moving.move(source, target, now=lambda: NOON, say=say)


def change(source: Database, statement: str) -> None:
    source.write_now(lambda conn: conn.execute(text(statement)))


def fail_at(number: int) -> Callable[[str, int, int], None]:
    """A `say` that fails when it is called for the `number`-th time."""
    calls = iter(range(number))

    def say(*_: object) -> None:
        if next(calls, None) is None:
            raise InterruptedError

    return say


def interrupt(source: Database, target: Database, *, after: int) -> None:
    with pytest.raises(InterruptedError):
        move(source, target, say=fail_at(after))


def test_no_table_refers_to_itself() -> None:
    assert not any(key.column.table is table for table in TABLES for key in table.foreign_keys), (
        "a table that refers to itself: its rows do not go in the order of their keys alone"
    )


def test_every_row_of_every_table_is_in_the_other_place(source: Database, target: Database) -> None:
    fill(source)
    before = contents(source)
    assert all(len(rows) == ROWS for rows in before.values())
    report = move(source, target)
    assert (report.step, report.again, report.mended) == (Step.BEGIN, (), 0)
    assert report.rows == {table.name: ROWS for table in TABLES}
    require_current(target)
    assert contents(target) == before == contents(source)


def test_ids_go_on_where_they_were(source: Database, target: Database) -> None:
    fill(source)
    move(source, target)
    for table in filter(is_counting, TABLES):
        row = a_row(table, 900)
        del row["id"]
        insert = table.insert().values(row).returning(table.c.id)
        assert target.write_now(lambda conn, s=insert: conn.scalar(s)) == 91, table.name


def test_a_move_there_and_back_changes_nothing(sqlite_db: Database, new_db: Database, tmp_path: Path) -> None:
    fill(sqlite_db)
    before = contents(sqlite_db)
    move(sqlite_db, new_db)
    with closing(Database(str(tmp_path / "back.db"))) as back:
        move(new_db, back)
        assert contents(back) == before
        path = back.path
    assert path is not None
    assert path.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert raw.execute("PRAGMA foreign_key_check").fetchall() == []
        kinds = raw.execute("SELECT DISTINCT typeof(was_unknown), typeof(changed) FROM deliveries").fetchall()
    assert set(kinds) == {("integer", "text"), ("integer", "null")}


def test_each_issue_has_its_partition_in_postgresql(source: Database, new_db: Database) -> None:
    fill(source)
    move(source, new_db)
    assert all(new_db.read_now(has_partition, number) for number in range(1, ROWS + 1))
    assert not new_db.read_now(has_partition, ROWS + 1)
    counted = text("SELECT count(*) FROM deliveries_3")
    assert new_db.read_now(lambda conn: conn.scalar(counted)) == 1


def test_nothing_starts_on_either_side_until_all_is_there(source: Database, target: Database) -> None:
    fill(source, tables=FEW)
    interrupt(source, target, after=1)
    with pytest.raises(SchemaMismatch, match=r"is being moved to .* once more to finish that"):
        upgrade(source)
    with pytest.raises(SchemaMismatch, match=r"is being filled from .* and not all is there yet"):
        upgrade(target)
    assert (status(source).state, status(target).state) == (SchemaState.MOVED, SchemaState.MOVING)
    with pytest.raises(MoveRefused, match="not all is there yet"):
        move(target, source)


def test_nothing_starts_on_a_database_that_was_moved_until_told(source: Database, target: Database) -> None:
    fill(source, tables=FEW)
    move(source, target)
    with pytest.raises(SchemaMismatch, match=r"was moved to .* at 2026-03-01 12:00 UTC: name that one"):
        upgrade(source)
    upgrade(target)
    given_up = source.write_now(stay_here)
    assert given_up is not None
    assert given_up.other == target.where
    upgrade(source)


def test_a_service_that_slept_through_a_move_learns_of_it(source: Database, target: Database) -> None:
    fill(source, tables=FEW)
    move(source, target)
    with pytest.raises(SchemaMismatch, match="was moved to"):
        source.write_now(services.beat, "host:1", now=NOON)


def test_a_second_move_finds_the_first_one_done(source: Database, target: Database) -> None:
    fill(source, tables=FEW)
    move(source, target)
    change(target, "DELETE FROM deliveries")
    report = move(source, target)
    assert (report.step, report.rows) == (Step.DONE, {})
    assert contents(target)["deliveries"] == []


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rows make a chunk."""
    monkeypatch.setattr(carrying, "CHUNK_ROWS", 2)
    monkeypatch.setattr(lines, "FIRST_ROWS", 2)
    monkeypatch.setattr(lines, "GROUP_ROWS", 2)


@pytest.mark.usefixtures("small")
def test_a_move_goes_on_where_it_stopped(source: Database, target: Database) -> None:
    fill(source, tables=FEW)
    interrupt(source, target, after=2)
    told: list[tuple[str, int, int]] = []
    report = move(source, target, say=lambda *said: told.append(said))
    assert report.step is Step.GO_ON
    copied = [done for name, done, of in told if name == "copy deliveries"]
    assert copied == [7]
    assert contents(target) == contents(source)


@pytest.mark.usefixtures("small")
def test_a_move_that_breaks_at_any_step_goes_on(
    way: str,
    source: Database,
    postgres: Cluster,
    sqlite_template: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fill(source, tables=FEW, rows=4)
    before = contents(source, FEW)
    whole = False
    for number in range(100):
        name = postgres.create(template=TEMPLATE) if way == "to PostgreSQL" else ""
        file = shutil.copy(sqlite_template, tmp_path / f"{number}.db")
        with closing(Database(postgres.url(name) if name else str(file))) as target:
            with monkeypatch.context() as patch:
                whole = breaks(patch, number, source, target)
            report = move(source, target)
            assert contents(target, FEW) == before, f"broken at step {number}"
            assert report.again == ()
            require_current(target)
        source.write_now(stay_here)
        if name:
            postgres.drop(name)
        if whole:
            break
    assert whole
    assert number > 15


def breaks(patch: pytest.MonkeyPatch, number: int, source: Database, target: Database) -> bool:
    """Move, but break at that step, before or after a transaction. Whether it came to its end."""
    steps, write = count(), Database.write_now

    def step() -> None:
        if next(steps) == number:
            raise InterruptedError

    def brittle(self: Database, f: Any, *args: Any, **kwargs: Any) -> Any:
        step()
        result = write(self, f, *args, **kwargs)
        step()
        return result

    patch.setattr(Database, "write_now", brittle)
    try:
        move(source, target)
    except InterruptedError:
        return False
    return True


@pytest.mark.parametrize("rows", [2, 5])
def test_a_move_that_is_killed_goes_on(
    source: Database, source_url: str, target: Database, rows: int
) -> None:
    fill(source, tables=FEW)
    before = contents(source)
    url = str(target.path or target.address.render_as_string(hide_password=False))
    command = [sys.executable, "-m", "tests.store.mover", str(rows), source_url, url]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    there = target.read_now(read_progress)
    assert there["deliveries"].rows == rows
    assert move(source, target).step is Step.GO_ON
    assert contents(target) == before


@pytest.mark.usefixtures("small")
def test_what_changed_since_it_was_copied_is_copied_anew_and_told(source: Database, target: Database) -> None:
    tables = [metadata.tables[name] for name in ("sources", "subscribers", "subscriptions", "token_keys")]
    fill(source, tables=tables)
    interrupt(source, target, after=10)
    source.write_now(stay_here)
    change(source, "DELETE FROM subscriptions WHERE subscriber_id = 1")
    change(source, "DELETE FROM subscribers WHERE id = 1")
    change(source, "UPDATE subscribers SET name = 'Mina' WHERE id = 2")
    report = move(source, target)
    assert report.step is Step.GO_ON
    assert report.again == ("subscribers", "subscriptions")
    assert contents(target) == contents(source)


def test_nobody_writes_into_the_source_meanwhile(source: Database, source_url: str, target: Database) -> None:
    fill(source, tables=FEW)
    tried = []

    def write(conn: Connection) -> None:
        if conn.dialect.name == "postgresql":
            conn.execute(text("SET LOCAL lock_timeout = '100ms'"))
        conn.execute(subscribers.delete())

    def say(*_: object) -> None:
        with closing(Database(source_url, busy_seconds=0.1)) as second, pytest.raises(DatabaseBusy):
            second.write_now(write)
        tried.append(1)

    move(source, target, say=say)
    assert len(tried) >= 4
    assert contents(target) == contents(source)


def test_two_moves_at_once_do_not_mix(
    source: Database, source_url: str, target: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(source, tables=FEW)
    monkeypatch.setattr(moving, "LOCK_PATIENCE", "SET LOCAL lock_timeout = '100ms'")
    tried = []

    def say(*_: object) -> None:
        with closing(Database(source_url, busy_seconds=0.1)) as second, pytest.raises(DatabaseBusy):
            second.write_now(moving._carry, target, now=lambda: NOON, say=lambda *_: None)
        tried.append(1)

    move(source, target, say=say)
    assert len(tried) >= 4
    assert contents(target) == contents(source)


def test_a_database_in_use_is_not_moved(source: Database, target: Database) -> None:
    fill(source, tables=FEW)
    source.write_now(services.beat, "host:1", now=NOON)
    with pytest.raises(MoveRefused, match=r"the service host:1 is running on .*: stop it first"):
        move(source, target)
    assert status(source).state is SchemaState.CURRENT
    assert status(target).state is SchemaState.FRESH


def lease_job(source: Database) -> None:
    source.write_now(jobs.enqueue, Job(name="sweep"), now=NOON)
    assert source.write_now(jobs.lease_jobs, owner="host:2", now=NOON, limit=1, lease=timedelta(minutes=1))


def lease_batch(source: Database) -> None:
    until = NOON + timedelta(minutes=1)
    held = batches.update().where(batches.c.number == 2).values(owner="host:2", leased_until=until)
    source.write_now(lambda conn: conn.execute(held))


@pytest.mark.parametrize("lease", [lease_job, lease_batch])
def test_a_command_that_works_without_a_heartbeat_is_waited_for(
    source: Database, target: Database, lease: Callable[[Database], None]
) -> None:
    fill(source, tables=WITH_BATCHES)
    lease(source)
    said = r"host:2 has a (job|batch of mail) of .* in hand, until 12:01:00 UTC .* try again after that time"
    with pytest.raises(MoveRefused, match=said):
        move(source, target)
    assert status(target).state is SchemaState.FRESH
    upgrade(target)
    with pytest.raises(MoveRefused, match="host:2 has a"):
        source.write_now(moving._carry, target, now=lambda: NOON, say=lambda *_: None)
    later = NOON + timedelta(minutes=1)
    moving.move(source, target, now=lambda: later, say=lambda *_: None)
    assert contents(target) == contents(source)


def test_a_command_that_goes_on_after_a_move_gets_no_further_job(source: Database, target: Database) -> None:
    job_id = source.write_now(jobs.enqueue, Job(name="sweep"), now=NOON)
    assert job_id is not None
    move(source, target)
    mine: dict[str, Any] = {"owner": "host:2", "now": NOON, "lease": timedelta(minutes=1)}
    with pytest.raises(SchemaMismatch, match="was moved to"):
        source.write_now(jobs.lease_jobs, limit=1, **mine)
    with pytest.raises(SchemaMismatch, match="was moved to"):
        source.write_now(jobs.lease_job, job_id, key="", **mine)


def test_a_service_that_starts_in_the_last_moment_stops_the_move(
    source: Database, target: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(source, tables=FEW)

    def start_and_upgrade(target: Database) -> None:
        source.write_now(services.beat, "host:1", now=NOON)
        upgrade(target)

    monkeypatch.setattr(moving, "upgrade", start_and_upgrade)
    with pytest.raises(MoveRefused, match="host:1 is running"):
        move(source, target)
    assert status(source).state is SchemaState.CURRENT
    source.write_now(services.leave, "host:1")
    assert move(source, target).step is Step.GO_ON


def test_a_target_that_holds_an_installation_is_refused(source: Database, target: Database) -> None:
    fill(source, tables=FEW)
    upgrade(target)
    target.write_now(jobs.enqueue, Job(name="sweep"), now=NOON)
    before = contents(target)
    with pytest.raises(MoveRefused, match="holds an installation already: name an empty database"):
        move(source, target)
    assert contents(target) == before
    assert status(source).state is SchemaState.CURRENT


def test_a_target_with_nothing_but_the_schema_is_taken(source: Database, target: Database) -> None:
    fill(source, tables=FEW)
    upgrade(target)
    move(source, target)
    assert contents(target) == contents(source)


def test_a_target_with_tables_of_another_program_is_refused(source: Database, target: Database) -> None:
    fill(source, tables=FEW)
    change(target, "CREATE TABLE invoices (id INTEGER)")
    with pytest.raises(MoveRefused, match=r"holds tables of another program \(invoices\)"):
        move(source, target)


def test_a_target_that_another_move_fills_is_refused(
    source: Database, target: Database, tmp_path: Path
) -> None:
    with closing(Database(str(tmp_path / "first.db"))) as first:
        upgrade(first)
        fill(first, tables=FEW)
        interrupt(first, target, after=1)
    fill(source, tables=FEW)
    with pytest.raises(MoveRefused, match=r"is being filled from .*first\.db"):
        move(source, target)


def test_a_move_that_has_begun_goes_nowhere_else(source: Database, target: Database, tmp_path: Path) -> None:
    fill(source, tables=FEW)
    interrupt(source, target, after=1)
    with closing(Database(str(tmp_path / "third.db"))) as third:
        with pytest.raises(MoveRefused, match="is being moved to"):
            move(source, third)
        source.write_now(stay_here)
        move(source, third)


def test_a_half_filled_target_that_was_emptied_is_filled_anew(sqlite_db: Database, tmp_path: Path) -> None:
    fill(sqlite_db, tables=FEW)
    path = tmp_path / "half.db"
    with closing(Database(str(path))) as half:
        interrupt(sqlite_db, half, after=1)
    path.unlink()
    with closing(Database(str(path))) as anew:
        assert move(sqlite_db, anew).step is Step.BEGIN
        assert contents(anew) == contents(sqlite_db)


def test_the_database_in_use_is_no_target(source: Database, source_url: str) -> None:
    with closing(Database(source_url)) as same, pytest.raises(MoveRefused, match="is the database in use"):
        move(source, same)


def test_an_empty_database_is_not_moved(empty_db: Database, tmp_path: Path) -> None:
    with (
        closing(Database(str(tmp_path / "t.db"))) as target,
        pytest.raises(MoveRefused, match="nothing to move"),
    ):
        move(empty_db, target)


def test_a_plan_changes_nothing_on_either_side(source: Database, target: Database) -> None:
    fill(source, tables=FEW)
    found = moving.plan(source, target, now=lambda: NOON)
    assert found.step is Step.BEGIN
    assert {name: count for name, count in found.rows.items() if count} == {"subscribers": 7, "deliveries": 7}
    assert (status(source).state, status(target).state) == (SchemaState.CURRENT, SchemaState.FRESH)
    assert source.read_now(find_move, Direction.TO) is None


def test_a_database_that_keeps_few_letters_is_refused(sqlite_db: Database, postgres: Cluster) -> None:
    fill(sqlite_db, tables=FEW)
    postgres.run("CREATE DATABASE narrow ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
    refused = pytest.raises(MoveRefused, match="keeps texts as LATIN1")
    with closing(Database(postgres.url("narrow"))) as narrow, refused:
        move(sqlite_db, narrow)
    postgres.drop("narrow")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        ("UPDATE subscribers SET language = 'far too long a language' WHERE id = 3", "value too long"),
        ("UPDATE deliveries SET code = 3000000000 WHERE issue_id = 3", "out of range"),
        ("UPDATE subscribers SET created = 'yesterday or so' WHERE id = 3", "invalid input syntax"),
    ],
)
def test_a_row_that_postgresql_refuses_is_told_and_goes_once_it_is_mended(
    sqlite_db: Database, new_db: Database, spoil: str, said: str
) -> None:
    fill(sqlite_db, tables=FEW)
    before = contents(sqlite_db)
    change(sqlite_db, spoil)
    table, column = spoil.split()[1], spoil.split()[3]
    with pytest.raises(
        MoveRefused, match=rf"refuses a row of {table} \(one of 1.* to 7.*\): .*{said}"
    ) as found:
        move(sqlite_db, new_db)
    assert "readers.example" not in str(found.value)
    kept = {"language": "3", "code": "3", "created": "'2029-06-13 12:00:00.000003'"}[column]
    key = "issue_id" if table == deliveries.name else "id"
    change(sqlite_db, f"UPDATE {table} SET {column} = {kept} WHERE {key} = 3")
    assert move(sqlite_db, new_db).step is Step.GO_ON
    assert len(contents(new_db)[table]) == len(before[table])


def test_a_nul_is_replaced_and_told(sqlite_db: Database, new_db: Database) -> None:
    fill(sqlite_db, tables=FEW)
    change(sqlite_db, "UPDATE subscribers SET name = 'a' || char(0) || 'b' WHERE id IN (1, 2)")
    assert move(sqlite_db, new_db).mended == 2
    query = text("SELECT name FROM subscribers WHERE id = 1")
    assert new_db.read_now(lambda conn: conn.scalar(query)) == "a\ufffdb"


def test_a_target_that_loses_a_row_by_itself_is_never_used(sqlite_db: Database, new_db: Database) -> None:
    fill(sqlite_db, tables=FEW)
    upgrade(new_db)
    trigger = (
        "CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS "
        "$$BEGIN IF NEW.id = 5 THEN RETURN NULL; END IF; RETURN NEW; END$$"
    )
    change(new_db, trigger)
    change(
        new_db, "CREATE TRIGGER swallow BEFORE INSERT ON subscribers FOR EACH ROW EXECUTE FUNCTION swallow()"
    )
    with pytest.raises(MoveRefused, match="is not what was sent: subscribers"):
        move(sqlite_db, new_db)
    assert status(new_db).state is SchemaState.MOVING


def test_a_waiting_job_waits_in_the_new_place_as_it_did(source: Database, target: Database) -> None:
    made = source.write_now(jobs.enqueue, Job(name="sweep", key="sweep"), now=NOON)
    move(source, target)
    assert target.read_now(jobs.find_waiting, "sweep") == made
    assert target.write_now(jobs.enqueue, Job(name="sweep", key="sweep"), now=NOON) is None
    soon = NOON + timedelta(minutes=1)
    [leased] = target.write_now(jobs.lease_jobs, owner="me", now=soon, limit=5, lease=timedelta(minutes=1))
    assert leased.id == made
