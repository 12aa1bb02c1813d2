"""Deliveries stand in a partition for each issue on PostgreSQL, and nothing else changes."""

import asyncio
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from syndicate.deliver.send import start_issue
from syndicate.errors import DatabaseBusy
from syndicate.model.site import Relay
from syndicate.store import database, deliveries, hot, partitions
from syndicate.store.database import Database
from syndicate.store.partitions import (
    Place,
    drop_partitions,
    find_place,
    has_partition,
    list_before,
    prepare_partitions,
    remove_partition,
)
from syndicate.store.upgrade import upgrade
from tests.builders import NOON, a_newsletter
from tests.deliver.sender import a_sending, add_issue

ROW = "INSERT INTO deliveries VALUES (:issue, :person, 0, 'sent', 1, false, NULL, NULL, 250, 'Ok', '', '')"
CHANGE = text("UPDATE deliveries SET state = 'sent' WHERE issue_id = :issue")
PLACES = text("SELECT tableoid::regclass::text FROM deliveries ORDER BY issue_id, subscriber_id")


@pytest.fixture
def postgres_db(postgres_url: str) -> Iterator[Database]:
    database = Database(postgres_url)
    yield database
    database.close()


def add(db: Database, *, issue: int, person: int = 1) -> None:
    db.write_now(lambda conn: conn.execute(text(ROW), {"issue": issue, "person": person}))


def places(db: Database) -> list[str]:
    return db.read_now(lambda conn: list(conn.scalars(PLACES)))


def test_deliveries_from_before_stay_where_they_are_and_new_issues_get_partitions(postgres) -> None:
    name = postgres.create()
    db = Database(postgres.url(name))
    upgrade(db, to="0005")
    for issue in (3, 7):
        add(db, issue=issue)
    upgrade(db)
    db.write_now(prepare_partitions, [7, 8])
    add(db, issue=8)
    add(db, issue=7, person=2)
    assert places(db) == ["deliveries_before", "deliveries_before", "deliveries_before", "deliveries_8"]
    assert db.read_now(list_before) == {3, 7}
    db.close()
    postgres.drop(name)


def test_a_place_is_made_once(postgres_db: Database) -> None:
    for _ in range(2):
        postgres_db.write_now(prepare_partitions, [5, 4, 5])
    add(postgres_db, issue=5)
    add(postgres_db, issue=4)
    assert places(postgres_db) == ["deliveries_4", "deliveries_5"]
    assert not postgres_db.read_now(has_partition, 6)


@pytest.fixture
def impatient(postgres_url: str) -> Iterator[Database]:
    """One that gives up at once where it would have to wait for a lock."""
    database = Database(f"{postgres_url}&options=-clock_timeout%3D1000")
    yield database
    database.close()


STATEMENTS = {
    "CANDIDATES": lambda conn: (hot.CANDIDATES, [2, 2, 0, 0, NOON, 10]),
    "LEASE": lambda conn: _with(hot.with_ids(conn, hot.LEASE, [1, 2]), before=[NOON], issue=2),
    "RECORD": lambda conn: _recorded(conn, issue=2),
    "SOONEST": lambda conn: (hot.SOONEST, [NOON, 2, 0]),
    "LEASED": lambda conn: (hot.LEASED, [2, 0]),
}


def _with(ids, *, before, issue):
    return ids[0], [*before, issue, *ids[1]]


def _recorded(conn: Connection, *, issue: int):
    statement, values = hot.with_rows(conn, hot.RECORD, [(1, "sent", 250, "", "", NOON, None, 0, False)])
    return statement, [*values, issue]


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_of_a_send_touches_its_own_partition_alone(postgres_db: Database, name: str) -> None:
    postgres_db.write_now(prepare_partitions, [1, 2, 3])

    def explain(conn: Connection) -> str:
        statement, values = STATEMENTS[name](conn)
        statement = hot.about(conn, 2, statement)
        explained = hot.about(conn, 2, f"EXPLAIN (FORMAT JSON) {statement}")
        return str(hot.ask(conn, explained, values).fetchall())

    plan = postgres_db.write_now(explain)
    assert set(re.findall(r"'Relation Name': '(deliveries\w+)'", plan)) == {"deliveries_2"}


def test_nobody_who_sends_or_reads_waits_for_a_new_partition_nor_it_for_them(
    postgres_db: Database, impatient: Database
) -> None:
    for issue in (1, 2):
        postgres_db.write_now(prepare_partitions, [issue])
        add(postgres_db, issue=issue)
    everything = text("SELECT count(*) FROM deliveries")

    def prepare_meanwhile(conn: Connection) -> None:
        # As a send, a report and a backup hold them, until after the partition is there.
        conn.execute(everything)
        conn.execute(CHANGE, {"issue": 1})
        impatient.write_now(prepare_partitions, [3])
        postgres_db.write_now(send_meanwhile)

    def send_meanwhile(conn: Connection) -> None:
        prepare_partitions(conn, [4])
        impatient.read_now(lambda other: other.execute(everything))
        impatient.write_now(lambda other: other.execute(CHANGE, {"issue": 2}))

    postgres_db.write_now(prepare_meanwhile)
    assert [postgres_db.read_now(has_partition, issue) for issue in (3, 4)] == [True, True]


def test_two_that_make_the_same_place_at_once_both_have_it(postgres_db: Database) -> None:
    together = threading.Barrier(4)

    def prepare(_number: int) -> None:
        together.wait()
        postgres_db.write_now(prepare_partitions, [9])

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(prepare, range(4)))
    add(postgres_db, issue=9)
    assert places(postgres_db) == ["deliveries_9"]


def test_a_partition_that_somebody_reads_for_long_leaves_later_and_nobody_else_waits(
    postgres_db: Database, impatient: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "LOCK_SECONDS", 1)
    postgres_db.write_now(prepare_partitions, [1, 2])
    for issue in (1, 2):
        add(postgres_db, issue=issue)

    def back_up(conn: Connection) -> None:
        # As pg_dump does, which holds every table for as long as it takes.
        conn.execute(text("LOCK TABLE deliveries, deliveries_1, deliveries_2 IN ACCESS SHARE MODE"))
        with ThreadPoolExecutor(1) as threads:
            leaving = threads.submit(remove_partition, postgres_db, 1)
            while postgres_db.read_now(find_place, 1) is Place.ATTACHED:
                impatient.write_now(lambda other: other.execute(CHANGE, {"issue": 2}))
            impatient.write_now(prepare_partitions, [3])
            add(impatient, issue=3)
            with pytest.raises(DatabaseBusy):
                leaving.result()
        assert postgres_db.read_now(find_place, 1) is Place.LEAVING
        assert places(impatient) == ["deliveries_2", "deliveries_3"]

    postgres_db.read_now(back_up)
    remove_partition(postgres_db, 1)
    remove_partition(postgres_db, 1)
    assert postgres_db.read_now(find_place, 1) is Place.NONE
    assert places(postgres_db) == ["deliveries_2", "deliveries_3"]


def test_an_issue_leaves_after_another_whose_leaving_was_broken_off(
    postgres_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "LOCK_SECONDS", 1)
    postgres_db.write_now(prepare_partitions, [1, 2])

    def back_up(conn: Connection) -> None:
        conn.execute(text("LOCK TABLE deliveries, deliveries_1, deliveries_2 IN ACCESS SHARE MODE"))
        with pytest.raises(DatabaseBusy):
            remove_partition(postgres_db, 2)
        assert postgres_db.read_now(find_place, 2) is Place.LEAVING
        with pytest.raises(DatabaseBusy):
            remove_partition(postgres_db, 1)
        with pytest.raises(DatabaseBusy, match="another partition of deliveries is being detached"):
            partitions._detach(postgres_db, "deliveries_1", "CONCURRENTLY")

    postgres_db.read_now(back_up)
    remove_partition(postgres_db, 1)
    remove_partition(postgres_db, 2)
    assert [postgres_db.read_now(find_place, issue) for issue in (1, 2)] == [Place.NONE, Place.NONE]


def test_partitions_of_another_schema_stay_when_ours_are_dropped(postgres_db: Database) -> None:
    postgres_db.write_now(prepare_partitions, [1])

    def drop(conn: Connection) -> None:
        conn.execute(text("CREATE SCHEMA elsewhere"))
        conn.execute(text("CREATE TABLE elsewhere.deliveries_7 (id INTEGER)"))
        drop_partitions(conn)
        assert conn.scalar(text("SELECT to_regclass('elsewhere.deliveries_7')")) is not None
        assert find_place(conn, 1) is Place.NONE

    postgres_db.write_now(drop)


def test_what_was_detached_and_not_yet_dropped_is_dropped(postgres_db: Database) -> None:
    postgres_db.write_now(prepare_partitions, [1])
    postgres_db.alone_now("ALTER TABLE deliveries DETACH PARTITION deliveries_1 CONCURRENTLY")
    assert postgres_db.read_now(find_place, 1) is Place.DETACHED
    remove_partition(postgres_db, 1)
    assert postgres_db.read_now(find_place, 1) is Place.NONE


async def test_issues_that_begin_at_once_do_not_wait_for_each_other_to_be_filled(
    postgres_db: Database, impatient: Database, tmp_path: Path
) -> None:
    first = postgres_db.write_now(add_issue, readers=3)
    second = postgres_db.write_now(add_issue, readers=3, newsletter="weekly", first=4)
    sending = a_sending(impatient, Relay(), tmp_path, newsletter=a_newsletter(name="weekly"))

    def fill(conn: Connection) -> int:
        deliveries.create_deliveries(conn, first, newsletter="daily", batch=500)
        return asyncio.run(start_issue(sending, second))

    postgres_db.write_now(prepare_partitions, [first])
    assert await postgres_db.write(fill) == 3
    assert set(places(postgres_db)) == {"deliveries_1", "deliveries_2"}
