"""A call is a whole transaction; what the database cannot do is said in words that help."""

import asyncio
import sqlite3
import threading
import traceback
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, StatementError

from syndicate.errors import DatabaseBusy, DatabaseFault
from syndicate.model.site import PostgresqlSettings
from syndicate.store import services
from syndicate.store.database import Database, after_commit
from syndicate.store.schema import services as services_table
from syndicate.store.schema import subscribers
from tests.builders import NOON
from tests.neighbours.postgres import Cluster, running_cluster

# Half of the connections that a process has by default.
WRITERS = PostgresqlSettings().pool // 2


def owners(conn: Connection) -> list[str]:
    return list(conn.scalars(services_table.select().order_by("owner")))


async def test_what_a_call_writes_the_next_one_reads(db: Database) -> None:
    await db.write(services.beat, "one", now=NOON)
    assert await db.read(owners) == ["one"]


def test_an_exception_undoes_the_whole_call(db: Database) -> None:
    def half(conn: Connection) -> None:
        services.beat(conn, "one", now=NOON)
        raise LookupError("half-way")

    with pytest.raises(LookupError):
        db.write_now(half)
    assert db.read_now(owners) == []


def test_what_waits_for_the_commit_sees_what_was_written(db: Database) -> None:
    seen: list[list[str]] = []

    def write(conn: Connection, *, fails: bool) -> None:
        services.beat(conn, "one", now=NOON)
        after_commit(conn, lambda: seen.append(db.read_now(owners)))
        assert seen == []
        if fails:
            raise LookupError("half-way")

    with pytest.raises(LookupError):
        db.write_now(write, fails=True)
    assert seen == []
    db.write_now(write, fails=False)
    assert seen == [["one"]]


def test_a_read_cannot_write(db: Database) -> None:
    with pytest.raises((DBAPIError, DatabaseFault), match=r"readonly|read-only"):
        db.read_now(services.beat, "one", now=NOON)
    db.write_now(services.beat, "two", now=NOON)
    assert db.read_now(owners) == ["two"]


def test_a_read_sees_one_moment(db: Database) -> None:
    def twice(conn: Connection) -> tuple[list[str], list[str]]:
        before = owners(conn)
        db.write_now(services.beat, "one", now=NOON)
        return before, owners(conn)

    assert db.read_now(twice) == ([], [])


def test_an_error_does_not_tell_the_values_of_its_statement(db: Database) -> None:
    def save(conn: Connection) -> None:
        row = {"address": "ada@readers.example", "address_key": "ada", "created": NOON, "language": "x" * 400}
        conn.execute(subscribers.insert(), [row, row])

    with pytest.raises((DBAPIError, DatabaseFault)) as caught:
        db.write_now(save)
    told = "".join(traceback.format_exception(caught.value))
    assert "INSERT INTO subscribers" in told
    assert "readers.example" not in told


def test_a_naive_datetime_is_refused(db: Database) -> None:
    with pytest.raises(StatementError, match="naive datetime"):
        db.write_now(services.beat, "one", now=datetime(2026, 3, 1, 12))  # noqa: DTZ001 - what is tested
    assert db.read_now(owners) == []


async def test_many_calls_at_once_all_get_through(db: Database) -> None:
    names = [f"owner-{n:03}" for n in range(100)]
    await asyncio.gather(*(db.write(services.beat, name, now=NOON) for name in names))
    seen = await asyncio.gather(*(db.read(owners) for _ in range(20)))
    assert all(found == names for found in seen)


def test_two_databases_objects_write_at_once(database_url: str) -> None:
    def beats(prefix: str) -> None:
        db = Database(database_url)
        for number in range(50):
            db.write_now(services.beat, f"{prefix}{number}", now=NOON)
        db.close()

    threads = [threading.Thread(target=beats, args=(prefix,)) for prefix in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db = Database(database_url)
    assert len(db.read_now(owners)) == 100
    db.close()


def test_sqlite_is_told_to_be_durable(sqlite_db: Database) -> None:
    def pragmas(conn: Connection) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys")
        return [conn.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]

    assert sqlite_db.read_now(pragmas) == ["wal", 2, 1]


def test_a_locked_database_is_busy(sqlite_url: str) -> None:
    db = Database(sqlite_url, busy_seconds=0.05)
    holder = sqlite3.connect(sqlite_url, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseBusy, match=r"syndicate\.db is locked by another process"):
        db.write_now(services.beat, "one", now=NOON)
    assert db.read_now(owners) == []
    holder.execute("COMMIT")
    db.write_now(services.beat, "one", now=NOON)
    holder.close()
    db.close()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "letter.db"
    path.write_text("Dear reader, " * 200)
    db = Database(str(path))
    with pytest.raises(DatabaseFault, match="not an SQLite database"):
        db.read_now(owners)
    db.close()
    assert path.read_text() == "Dear reader, " * 200


def test_a_missing_folder_is_made_and_the_file_is_private(tmp_path: Path) -> None:
    path = tmp_path / "var" / "deep" / "syndicate.db"
    Database(str(path)).close()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_folder_in_the_database_s_place_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatabaseFault, match="is no file"):
        Database(str(tmp_path))


def test_a_file_in_the_folder_s_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("")
    with pytest.raises(DatabaseFault, match="is no file"):
        Database(str(tmp_path / "var" / "syndicate.db"))


def test_a_database_that_vanished_is_not_made_anew(sqlite_url: str) -> None:
    db = Database(sqlite_url)
    Path(sqlite_url).unlink()
    with pytest.raises(DatabaseFault, match="is it still there"):
        db.read_now(owners)
    db.close()
    assert not Path(sqlite_url).exists()


@pytest.mark.parametrize("name", ["with space.db", "a?b.db", "a#b.db", "a%20b.db", "پیک.db"])
def test_odd_file_names_work(tmp_path: Path, name: str) -> None:
    db = Database(str(tmp_path / name))
    assert db.read_now(lambda conn: conn.scalar(text("SELECT 1"))) == 1
    db.close()
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(
    "url", ["mysql://localhost/x", "sqlite://", "sqlite:///:memory:", "postgresql://h:port/x"]
)
def test_what_is_no_database_of_ours_is_refused(url: str) -> None:
    with pytest.raises(DatabaseFault):
        Database(url)


def test_whoever_gives_no_password_is_told_where_one_can_stand(monkeypatch) -> None:
    monkeypatch.delenv("PGPASSWORD", raising=False)
    monkeypatch.setenv("PGPASSFILE", "/dev/null")
    with running_cluster() as cluster:
        cluster.run("CREATE ROLE desk LOGIN PASSWORD 'harbour'")
        cluster.stop()
        rules = cluster.folder / "data" / "pg_hba.conf"
        rules.write_text("local all desk scram-sha-256\n" + rules.read_text())
        cluster.start()
        url = cluster.url("postgres").replace("postgres@", "desk@")
        db = Database(url)
        with pytest.raises(DatabaseFault, match=r"no password supplied.*~/\.pgpass"):
            db.read_now(owners)
        db.close()
        monkeypatch.setenv("PGPASSWORD", "harbour")
        other = Database(url)
        assert other.read_now(lambda conn: conn.scalar(text("SELECT current_user"))) == "desk"
        other.close()


def test_the_database_s_name_hides_the_password() -> None:
    db = Database("postgresql://desk:secret@db.example/news")
    assert "secret" not in db.where
    assert "desk:***@db.example/news" in db.where
    db.close()


def test_a_server_whose_name_nobody_knows_yet_is_busy() -> None:
    db = Database("postgresql://syndicate@nobody.invalid/newsroom")
    with pytest.raises(DatabaseBusy, match="busy or unreachable"):
        db.read_now(owners)
    db.close()


def test_an_unreachable_server_is_busy(tmp_path: Path) -> None:
    db = Database(f"postgresql://postgres@/news?host={tmp_path}")
    with pytest.raises(DatabaseBusy, match="busy or unreachable"):
        db.read_now(owners)
    db.close()


def test_a_database_that_does_not_exist_is_our_own_fault(postgres: Cluster) -> None:
    db = Database(postgres.url("nowhere"))
    with pytest.raises(DatabaseFault, match="does not exist"):
        db.read_now(owners)
    db.close()


def test_a_lost_connection_is_busy_and_the_next_call_works(postgres_url: str) -> None:
    db = Database(postgres_url)
    with pytest.raises(DatabaseBusy):
        db.write_now(lambda conn: conn.scalar(text("SELECT pg_terminate_backend(pg_backend_pid())")))
    db.write_now(services.beat, "one", now=NOON)
    assert db.read_now(owners) == ["one"]
    db.close()


def test_who_worked_before_waits_when_the_database_shuts_it_out(postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as conn:
        conn.execute("CREATE ROLE reader_once LOGIN")
        url = postgres_url.replace("postgres@", "reader_once@")
        db = Database(url)
        try:
            assert db.read_now(lambda conn: conn.scalar(text("SELECT 1"))) == 1
            conn.execute("ALTER ROLE reader_once RENAME TO reader_never")
            conn.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", ["reader_never"]
            )
            for _ in range(2):
                with pytest.raises(DatabaseBusy):
                    db.read_now(lambda conn: conn.scalar(text("SELECT 1")))
            fresh = Database(url)
            with pytest.raises(DatabaseFault, match="does not exist"):
                fresh.read_now(lambda conn: conn.scalar(text("SELECT 1")))
            fresh.close()
            conn.execute("ALTER ROLE reader_never RENAME TO reader_once")
            assert db.read_now(lambda conn: conn.scalar(text("SELECT 1"))) == 1
        finally:
            db.close()
            conn.execute("DROP ROLE reader_once")


def test_a_deadlock_is_busy_for_one_and_nothing_for_the_other(postgres_url: str) -> None:
    db = Database(postgres_url)
    for owner in ("one", "two"):
        db.write_now(services.beat, owner, now=NOON)
    both_hold_one = threading.Barrier(2)
    faults = []

    def cross(first: str, second: str) -> None:
        def work(conn: Connection) -> None:
            services.beat(conn, first, now=NOON)
            both_hold_one.wait()
            services.beat(conn, second, now=NOON)

        try:
            db.write_now(work)
        except DatabaseBusy as error:
            faults.append(error)

    threads = [threading.Thread(target=cross, args=pair) for pair in (("one", "two"), ("two", "one"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.close()
    assert len(faults) == 1


async def test_a_writer_whose_connection_was_lost_gets_another(postgres_url: str) -> None:
    db, other = Database(postgres_url, postgresql=PostgresqlSettings(pool=2)), Database(postgres_url)
    backend = text("SELECT pg_backend_pid()")
    lost = await db.write(lambda conn: conn.scalar(backend))
    assert await db.write(lambda conn: conn.scalar(backend)) == lost
    other.write_now(lambda conn: conn.execute(text(f"SELECT pg_terminate_backend({lost})")))
    # After a rest it is asked whether it is there, and nobody is told.
    with suppress(DatabaseBusy):
        await db.write(lambda conn: conn.scalar(backend))
    assert await db.write(lambda conn: conn.scalar(backend)) != lost
    db.close()
    other.close()


async def test_once_one_thread_has_met_a_server_that_was_away_all_ask_anew() -> None:
    with running_cluster() as cluster:
        db = Database(cluster.url(cluster.create()))
        together = threading.Barrier(WRITERS)

        def meet(conn: Connection) -> int:
            together.wait(30)
            return int(conn.scalar(text("SELECT 1")))

        assert await asyncio.gather(*(db.write(meet) for _ in range(WRITERS))) == [1] * WRITERS
        await asyncio.to_thread(cluster.stop)
        await asyncio.to_thread(cluster.start)
        with suppress(DatabaseBusy):
            await db.write(lambda conn: conn.scalar(text("SELECT 1")))
        assert await asyncio.gather(*(db.write(meet) for _ in range(WRITERS))) == [1] * WRITERS
        db.close()
