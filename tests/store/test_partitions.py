"""Deliveries stand in a partition for each issue on PostgreSQL, and nothing else changes."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from syndicate.store.database import Database
from syndicate.store.partitions import has_partition, list_before, prepare_partitions
from syndicate.store.upgrade import upgrade

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
