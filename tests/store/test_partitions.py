"""Deliveries stand in a partition for each issue on PostgreSQL, and nothing else changes."""

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, text

from syndicate.store import hot
from syndicate.store.database import Database
from syndicate.store.partitions import has_partition, list_before, prepare_partitions
from syndicate.store.upgrade import upgrade
from tests.builders import NOON

ROW = "INSERT INTO deliveries VALUES (:issue, :person, 0, 'sent', 1, false, NULL, NULL, 250, 'Ok', '', '')"
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
    change = text("UPDATE deliveries SET state = 'sent' WHERE issue_id = :issue")

    def prepare_meanwhile(conn: Connection) -> None:
        # As a send, a report and a backup hold them, until after the partition is there.
        conn.execute(everything)
        conn.execute(change, {"issue": 1})
        impatient.write_now(prepare_partitions, [3])
        postgres_db.write_now(send_meanwhile)

    def send_meanwhile(conn: Connection) -> None:
        prepare_partitions(conn, [4])
        impatient.read_now(lambda other: other.execute(everything))
        impatient.write_now(lambda other: other.execute(change, {"issue": 2}))

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
