"""An issue's deliveries counted by relay, by domain and by what was said."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, update

from syndicate.model.delivery import DeliveryState, Outcome
from syndicate.store import deliveries, ledger, schema, subscribers
from syndicate.store.database import Database
from tests.builders import NOON
from tests.deliver.sender import add_issue, address

STATES = DeliveryState
LATER = NOON + timedelta(minutes=5)


def an_outcome(subscriber_id: int, state: DeliveryState, **change: object) -> Outcome:
    usual = {"subscriber_id": subscriber_id, "state": state, "at": NOON, "relay": "one:25", "attempt": 1}
    return Outcome(**usual | change)  # type: ignore[arg-type]


@pytest.fixture
def issue_id(db: Database) -> int:
    """Five readers: two have it, one was refused, one deferred, one waits; the last two of another domain."""

    def act(conn: Connection) -> int:
        made = add_issue(conn, readers=5)
        deliveries.create_deliveries(conn, made, newsletter="daily", batch=10)
        people = update(schema.subscribers).where(schema.subscribers.c.id > 3)
        conn.execute(people.values(address_key="n" + schema.subscribers.c.address_key + ".test"))
        due = deliveries.list_candidates(conn, made, batch=0, now=NOON, limit=4)
        deliveries.mark_leased(conn, made, due, now=NOON)
        refused = {"code": 550, "reply": "RCPT: 5.1.1 no such user"}
        deferred = {"code": 450, "reply": "RCPT: 4.2.0 later", "relay": "two:25", "next_attempt": LATER}
        outcomes = [
            an_outcome(1, STATES.SENT, code=250, reply="end of data: 2.0.0 queued as 4bX"),
            an_outcome(2, STATES.SENT, code=250),
            an_outcome(3, STATES.REFUSED, **refused),
            an_outcome(4, STATES.DEFERRED, **deferred),
        ]
        deliveries.record_outcomes(conn, made, outcomes)
        return made

    return db.write_now(act)


def test_relays_are_counted_by_who_was_tried_over_them(db: Database, issue_id: int) -> None:
    assert db.read_now(ledger.count_by_relay, issue_id) == {
        "one:25": {STATES.SENT: 2, STATES.REFUSED: 1},
        "two:25": {STATES.DEFERRED: 1},
    }


def test_domains_are_counted_with_those_who_wait_and_those_who_were_forgotten(
    db: Database, issue_id: int
) -> None:
    db.write_now(subscribers.delete_subscriber, 2)
    assert db.read_now(ledger.count_by_domain, issue_id) == {
        "readers.example": {STATES.SENT: 1, STATES.REFUSED: 1},
        "readers.example.test": {STATES.DEFERRED: 1, STATES.QUEUED: 1},
        "": {STATES.SENT: 1},
    }


def test_what_was_said_is_told_of_those_alone_who_have_not_got_it(db: Database, issue_id: int) -> None:
    said = db.read_now(lambda conn: list(ledger.list_said(conn, issue_id)))
    assert {(one.state, one.code, one.count) for one in said} == {
        (STATES.REFUSED, 550, 1),
        (STATES.DEFERRED, 450, 1),
    }


def test_the_people_of_a_state_are_listed_also_once_they_are_forgotten(db: Database, issue_id: int) -> None:
    db.write_now(subscribers.delete_subscriber, 2)
    people = db.read_now(ledger.list_addressees, issue_id, state=STATES.SENT)
    assert [(one.subscriber_id, one.address) for one in people] == [(1, address(1)), (2, "")]


def test_speed_counts_what_was_settled_since(db: Database, issue_id: int) -> None:
    assert db.read_now(ledger.count_settled, issue_id, since=NOON) == 3
    assert db.read_now(ledger.count_settled, issue_id, since=NOON + timedelta(seconds=1)) == 0
    assert db.read_now(ledger.next_try, issue_id) == LATER
