"""Statements written by hand: they keep the same values, and fail in the same way, as all the others."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Connection, select, update
from sqlalchemy.exc import DBAPIError

from syndicate.errors import DatabaseBusy, LeaseLost, NotFound
from syndicate.model.delivery import DeliveryState, Outcome
from syndicate.store import batches, deliveries, hot
from syndicate.store.batches import Hold
from syndicate.store.database import Database
from syndicate.store.schema import batches as table
from syndicate.store.schema import deliveries as rows
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


REPLIES = (
    'said "no" {now}, then',
    'a\\b\\"c',
    "NULL",
    "",
    " \t\n{}",
    "پیک بندر، «سلام»",
    "%s ? $ids [x]",
    "'; --",
)


def test_whatever_a_relay_says_is_kept_as_it_is(db: Database) -> None:
    def record(conn: Any) -> list[str]:
        start(conn, readers=len(REPLIES), size=len(REPLIES))
        due = deliveries.list_candidates(conn, 1, batch=0, now=NOON, limit=20)
        deliveries.mark_leased(conn, 1, due, now=NOON)
        said = zip(due, REPLIES, strict=True)
        outcomes = [
            Outcome(subscriber_id=one.subscriber_id, state=DeliveryState.REFUSED, at=NOON, reply=reply)
            for one, reply in said
        ]
        deliveries.record_outcomes(conn, 1, outcomes)
        return [one.reply for one in deliveries.list_deliveries(conn, 1)]

    assert db.write_now(record) == list(REPLIES)


@pytest.mark.parametrize("at", TIMES)
def test_the_time_of_an_outcome_is_kept_to_the_microsecond(db: Database, at: datetime) -> None:
    def record(conn: Any) -> list[datetime | None]:
        start(conn, readers=2, size=2)
        due = deliveries.list_candidates(conn, 1, batch=0, now=NOON, limit=2)
        deliveries.mark_leased(conn, 1, due, now=NOON)
        later = Outcome(subscriber_id=1, state=DeliveryState.DEFERRED, at=at, next_attempt=at)
        deliveries.record_outcomes(conn, 1, [later])
        kept = deliveries.list_deliveries(conn, 1)[0]
        return [kept.changed, kept.next_attempt]

    assert db.write_now(record) == [at, at]


def test_whoever_got_an_outcome_meanwhile_is_not_leased(db: Database) -> None:
    def take(conn: Any) -> tuple[list[int], list[DeliveryState]]:
        start(conn, readers=3, size=3)
        due = deliveries.list_candidates(conn, 1, batch=0, now=NOON, limit=3)
        conn.execute(update(rows).where(rows.c.subscriber_id == 2).values(state=DeliveryState.SENT))
        taken = deliveries.mark_leased(conn, 1, due, now=NOON)
        states = [one.state for one in deliveries.list_deliveries(conn, 1)]
        return [one.subscriber_id for one in taken], states

    leased, sent = DeliveryState.LEASED, DeliveryState.SENT
    assert db.write_now(take) == ([1, 3], [leased, sent, leased])


def test_a_hold_that_passed_on_is_not_prolonged(db: Database) -> None:
    def steal(conn: Any) -> None:
        start(conn)
        hold = Hold(issue_id=1, batch=0, owner="owner-1")
        assert batches.lease_batch(conn, hold, now=NOON)
        assert batches.renew_going(conn, hold, now=NOON)
        batches.renew_going(conn, Hold(issue_id=1, batch=0, owner="owner-2"), now=NOON)

    with pytest.raises(LeaseLost):
        db.write_now(steal)


def test_an_issue_that_is_not_there_is_told(db: Database) -> None:
    with pytest.raises(NotFound):
        db.write_now(batches.renew_going, Hold(issue_id=7, batch=0, owner="owner-1"), now=NOON)
