"""Deliveries as rows: made once, marked, counted, and never taken back by a late record."""

from typing import Any

from sqlalchemy import update

from syndicate.model.delivery import DeliveryState, Outcome
from syndicate.store import batches, deliveries, schema, subscriptions
from syndicate.store.batches import Hold
from syndicate.store.database import Database
from tests.builders import NOON
from tests.deliver.sender import add_issue

HOLD = Hold(issue_id=1, batch=0, owner="owner-1")


def start(conn: Any, *, readers: int = 5, size: int = 2) -> int:
    """An issue being sent."""
    issue_id = add_issue(conn, readers=readers)
    count = deliveries.create_deliveries(conn, issue_id, newsletter="daily", batch=size)
    batches.create_batches(conn, issue_id, count=-(-count // size))
    batches.begin_issue(conn, issue_id, candidates=count, now=NOON, expires=NOON.replace(day=3))
    return issue_id


def lease(conn: Any, hold: Hold = HOLD, limit: int = 10) -> list[int]:
    """Whom a leased batch gives."""
    assert batches.lease_batch(conn, hold, now=NOON)
    due = deliveries.list_candidates(conn, hold.issue_id, batch=hold.batch, now=NOON, limit=limit)
    taken = deliveries.mark_leased(conn, hold.issue_id, due, now=NOON)
    return [recipient.subscriber_id for recipient in taken]


def an_outcome(subscriber_id: int, state: DeliveryState = DeliveryState.SENT) -> Outcome:
    return Outcome(subscriber_id=subscriber_id, state=state, at=NOON, code=250, reply="ok")


def state(db: Database, subscriber_id: int) -> DeliveryState:
    rows = db.read_now(deliveries.list_for_subscriber, subscriber_id)
    return rows[0].state


def test_active_subscriptions_become_deliveries_in_batches(db: Database) -> None:
    def prepare(conn: Any) -> None:
        add_issue(conn, readers=5)
        subscriptions.end_subscription(conn, 3, "daily", now=NOON, reason="one-click")
        assert deliveries.create_deliveries(conn, 1, newsletter="daily", batch=2) == 4

    db.write_now(prepare)
    rows = db.read_now(deliveries.list_deliveries, 1)
    assert [row.subscriber_id for row in rows] == [1, 2, 4, 5]
    assert db.read_now(deliveries.tally, 1) == {DeliveryState.QUEUED: 4}
    assert [db.read_now(deliveries.tally, 1, batch=one) for one in (0, 1, 2)] == [
        {DeliveryState.QUEUED: 2},
        {DeliveryState.QUEUED: 2},
        {},
    ]


def test_a_batch_is_leased_to_one(db: Database) -> None:
    db.write_now(start)
    assert db.write_now(lease) == [1, 2]
    other = Hold(issue_id=1, batch=0, owner="owner-2")
    assert db.write_now(batches.lease_batch, other, now=NOON) is None


def test_only_leased_deliveries_take_an_outcome(db: Database) -> None:
    db.write_now(start)
    db.write_now(lease)
    db.write_now(deliveries.record_outcomes, 1, [an_outcome(1), an_outcome(3)])
    assert [state(db, n) for n in (1, 2, 3)] == [
        DeliveryState.SENT,
        DeliveryState.LEASED,
        DeliveryState.QUEUED,
    ]


def test_a_bounce_that_was_quicker_than_our_commit_stays(db: Database) -> None:
    db.write_now(start)
    db.write_now(lease)
    bounced = update(schema.deliveries).where(schema.deliveries.c.subscriber_id == 1).values(state="bounced")
    db.write_now(lambda conn: conn.execute(bounced))
    db.write_now(deliveries.record_outcomes, 1, [an_outcome(1)])
    assert state(db, 1) == DeliveryState.BOUNCED


def test_what_is_put_back_untried_costs_no_attempt(db: Database) -> None:
    db.write_now(start)
    db.write_now(lease)
    db.write_now(deliveries.record_outcomes, 1, [an_outcome(1, DeliveryState.QUEUED)])
    rows = db.read_now(deliveries.list_deliveries, 1)
    assert [row.attempt for row in rows] == [0, 1, 0, 0, 0]


def test_the_mark_of_doubt_is_kept(db: Database) -> None:
    db.write_now(start)
    db.write_now(lease)
    db.write_now(deliveries.record_outcomes, 1, [an_outcome(1, DeliveryState.UNKNOWN)])
    db.write_now(deliveries.record_late, 1, {(1, 1): an_outcome(1), (2, 1): an_outcome(2), (1, 9): None})
    assert state(db, 1) == DeliveryState.SENT
    assert state(db, 2) == DeliveryState.LEASED
    assert db.read_now(deliveries.count_was_unknown, 1) == 1


def test_the_last_batch_that_closes_finishes_the_issue(db: Database) -> None:
    db.write_now(start)
    for number in range(3):
        hold = Hold(issue_id=1, batch=number, owner="owner-1")
        assert db.read_now(batches.find_progress, 1).state == "sending"
        ids = db.write_now(lease, hold)
        db.write_now(deliveries.record_outcomes, 1, [an_outcome(one) for one in ids])
        assert db.write_now(batches.settle_batch, hold, now=NOON)
    assert db.read_now(batches.find_progress, 1).state == "finished"
    assert db.read_now(batches.list_due, NOON) == []
