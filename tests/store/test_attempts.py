"""What was said at each attempt is kept; what was simply accepted, and what was no attempt, leaves no row."""

from collections.abc import Sequence

from sqlalchemy import Connection

from syndicate.model.delivery import DeliveryState, Outcome
from syndicate.store import attempts, deliveries, subscribers
from syndicate.store.database import Database
from tests.builders import NOON
from tests.deliver.sender import add_issue


def lease(conn: Connection, issue_id: int) -> None:
    due = deliveries.list_candidates(conn, issue_id, batch=0, now=NOON, limit=10)
    deliveries.mark_leased(conn, issue_id, due, now=NOON)


def attempted(db: Database, *rounds: Sequence[tuple[DeliveryState, int]]) -> int:
    """An issue whose only reader is leased and settled again for each of the outcomes (state, code)."""

    def act(conn: Connection) -> int:
        issue_id = add_issue(conn, readers=1)
        deliveries.create_deliveries(conn, issue_id, newsletter="daily", batch=10)
        for number, said in enumerate(rounds, start=1):
            lease(conn, issue_id)
            for state, code in said:
                later = NOON if state in (DeliveryState.DEFERRED, DeliveryState.UNKNOWN) else None
                outcome = Outcome(
                    subscriber_id=1,
                    state=state,
                    at=NOON,
                    code=code,
                    reply="words",
                    attempt=number,
                    next_attempt=later,
                )
                deliveries.record_outcomes(conn, issue_id, [outcome])
        return issue_id

    return db.write_now(act)


def kept(db: Database) -> list[tuple[int, DeliveryState, int]]:
    return [(one.attempt, one.state, one.code) for one in db.read_now(attempts.list_attempts, 1)]


def test_what_is_accepted_at_once_leaves_no_row(db: Database) -> None:
    attempted(db, [(DeliveryState.SENT, 250)])
    assert kept(db) == []


def test_each_attempt_of_what_was_deferred_is_kept_and_the_last_too(db: Database) -> None:
    attempted(
        db, [(DeliveryState.DEFERRED, 450)], [(DeliveryState.DEFERRED, 451)], [(DeliveryState.SENT, 250)]
    )
    assert kept(db) == [
        (1, DeliveryState.DEFERRED, 450),
        (2, DeliveryState.DEFERRED, 451),
        (3, DeliveryState.SENT, 250),
    ]


def test_a_delivery_put_back_untried_was_no_attempt(db: Database) -> None:
    attempted(db, [(DeliveryState.QUEUED, 0)], [(DeliveryState.REFUSED, 550)])
    assert kept(db) == [(1, DeliveryState.REFUSED, 550)]


def test_an_outcome_told_twice_is_one_attempt(db: Database) -> None:
    attempted(db, [(DeliveryState.REFUSED, 550), (DeliveryState.SENT, 250)])
    assert kept(db) == [(1, DeliveryState.REFUSED, 550)]


def test_a_journal_found_late_corrects_the_attempt_too(db: Database) -> None:
    issue_id = attempted(db, [(DeliveryState.UNKNOWN, 0)])
    sent = Outcome(subscriber_id=1, state=DeliveryState.SENT, at=NOON, code=250)
    db.write_now(deliveries.record_late, issue_id, {(1, 1): sent})
    assert kept(db) == [(1, DeliveryState.SENT, 250)]


def test_somebody_who_is_forgotten_leaves_no_words_behind(db: Database) -> None:
    attempted(db, [(DeliveryState.REFUSED, 550)])
    db.write_now(subscribers.delete_subscriber, 1)
    assert [one.reply for one in db.read_now(attempts.list_attempts, 1)] == [""]
