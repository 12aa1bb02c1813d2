"""Statements written by hand: they keep the same values, and fail in the same way, as all the others."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Connection, select, update
from sqlalchemy.exc import DBAPIError

from syndicate.errors import DatabaseBusy
from syndicate.store import batches, deliveries, hot
from syndicate.store.batches import Hold
from syndicate.store.database import Database
from syndicate.store.schema import batches as table
from tests.builders import NOON
from tests.store.test_deliveries import start

TIMES = [
    datetime(2026, 3, 1, 12, 0, 0, 1, tzinfo=UTC),
    datetime(2026, 3, 1, 12, tzinfo=UTC),
    datetime(2026, 3, 1, 15, 30, 0, 250_000, tzinfo=timezone(timedelta(hours=3, minutes=30))),
]


@pytest.mark.parametrize("at", TIMES)
def test_a_time_is_kept_as_every_other_is(db: Database, at: datetime) -> None:
    db.write_now(start)

    def by_hand(conn: Connection) -> None:
        hot.change(conn, "UPDATE batches SET leased_until = ? WHERE number = 0", [hot.moment(conn, at)])
        conn.execute(update(table).where(table.c.number == 1).values(leased_until=at))

    db.write_now(by_hand)
    kept = select(table.c.leased_until).where(table.c.number < 2)
    assert db.read_now(lambda conn: list(conn.scalars(kept))) == [at, at]
    same = "SELECT count(DISTINCT leased_until) FROM batches WHERE number < 2"
    assert db.read_now(lambda conn: hot.ask(conn, same, ()).fetchone()) == (1,)


def test_a_mistake_in_a_statement_is_no_fault_of_the_database(db: Database) -> None:
    with pytest.raises(DBAPIError, match="nowhere") as caught:
        db.write_now(hot.ask, "SELECT name FROM nowhere WHERE id = ?", [7])
    assert "7" not in str(caught.value).partition("\n")[0]


def test_a_lost_connection_is_told_and_replaced(postgres_url: str) -> None:
    db, other = Database(postgres_url), Database(postgres_url)

    def lose(conn: Connection) -> None:
        (process,) = hot.ask(conn, "SELECT pg_backend_pid()", ()).fetchone()
        other.write_now(hot.ask, "SELECT pg_terminate_backend(?)", [process])
        hot.ask(conn, "SELECT 1", ())

    with pytest.raises(DatabaseBusy):
        db.write_now(lose)
    assert db.write_now(lambda conn: hot.ask(conn, "SELECT 1", ()).fetchone()) == (1,)
    db.close()
    other.close()


def test_only_the_next_ones_are_looked_at(db: Database) -> None:
    def take(conn: Any) -> list[list[int]]:
        start(conn, readers=5, size=5)
        assert batches.lease_batch(conn, Hold(issue_id=1, batch=0, owner="owner-1"), now=NOON)
        last, groups = 0, []
        while due := deliveries.list_candidates(conn, 1, batch=0, now=NOON, limit=2, after=last):
            last = due[-1].subscriber_id
            groups.append([one.subscriber_id for one in due])
        return groups

    assert db.write_now(take) == [[1, 2], [3, 4], [5]]
