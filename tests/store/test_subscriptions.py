from datetime import datetime, timedelta

import pytest

from syndicate.model.subscriber import Consent, SubscriptionState
from syndicate.store import subscribers, subscriptions
from syndicate.store.database import Database
from tests.builders import NOON

MINUTE = timedelta(minutes=1)


@pytest.fixture
def mina(db: Database) -> int:
    return db.write_now(
        subscribers.save_subscriber, "mina@example.org", address="mina@example.org", language="en", now=NOON
    )


def ask(db: Database, person: int, at: datetime = NOON) -> None:
    db.write_now(subscriptions.request_subscription, person, "daily", now=at)


def activate(db: Database, person: int, at: datetime = NOON) -> Consent:
    consent = Consent(at=at, source="test", wording="Yes, send me the Tide")
    db.write_now(subscriptions.activate, person, "daily", consent=consent)
    return consent


def end(db: Database, person: int, at: datetime = NOON) -> bool:
    return db.write_now(subscriptions.end_subscription, person, "daily", now=at, reason="test")


def state(db: Database, person: int) -> SubscriptionState | None:
    found = db.read_now(subscriptions.find_subscription, person, "daily")
    return found.state if found else None


def test_a_sign_up_is_pending_and_awaits_a_confirmation(db: Database, mina: int) -> None:
    ask(db, mina)
    assert state(db, mina) is SubscriptionState.PENDING
    assert db.read_now(subscriptions.list_awaiting, mina) == ["daily"]


def test_a_confirmed_one_is_active_with_its_consent(db: Database, mina: int) -> None:
    ask(db, mina)
    consent = activate(db, mina)
    found = db.read_now(subscriptions.find_subscription, mina, "daily")
    assert found is not None
    assert (found.state, found.consent) == (SubscriptionState.ACTIVE, consent)
    assert db.read_now(subscriptions.list_awaiting, mina) == []


def test_asking_again_leaves_an_active_one_active(db: Database, mina: int) -> None:
    activate(db, mina)
    ask(db, mina, NOON + MINUTE)
    assert state(db, mina) is SubscriptionState.ACTIVE
    assert db.read_now(subscriptions.list_awaiting, mina) == []


def test_an_ended_one_awaits_nothing_until_asked_for_again(db: Database, mina: int) -> None:
    ask(db, mina)
    end(db, mina, NOON + MINUTE)
    assert db.read_now(subscriptions.list_awaiting, mina) == []
    ask(db, mina, NOON + 2 * MINUTE)
    assert state(db, mina) is SubscriptionState.ENDED
    assert db.read_now(subscriptions.list_awaiting, mina) == ["daily"]


def test_ending_twice_keeps_the_first_time(db: Database, mina: int) -> None:
    activate(db, mina)
    assert end(db, mina, NOON + MINUTE)
    assert not end(db, mina, NOON + 2 * MINUTE)
    found = db.read_now(subscriptions.find_subscription, mina, "daily")
    assert found is not None
    assert found.ended == NOON + MINUTE


def test_ending_what_was_asked_for_again_withdraws_the_request(db: Database, mina: int) -> None:
    activate(db, mina)
    end(db, mina, NOON + MINUTE)
    ask(db, mina, NOON + 2 * MINUTE)
    end(db, mina, NOON + 3 * MINUTE)
    assert db.read_now(subscriptions.list_awaiting, mina) == []


def test_what_was_never_confirmed_is_removed(db: Database, mina: int) -> None:
    ask(db, mina)
    assert db.write_now(subscriptions.delete_unconfirmed, NOON) == 0
    assert db.write_now(subscriptions.delete_unconfirmed, NOON + MINUTE) == 1
    assert state(db, mina) is None


def test_removing_the_unconfirmed_keeps_the_ended(db: Database, mina: int) -> None:
    activate(db, mina)
    end(db, mina)
    ask(db, mina, NOON + MINUTE)
    assert db.write_now(subscriptions.delete_unconfirmed, NOON + 2 * MINUTE) == 0
    assert state(db, mina) is SubscriptionState.ENDED
    assert db.read_now(subscriptions.list_awaiting, mina) == []


def test_subscriptions_are_counted_by_state(db: Database, mina: int) -> None:
    activate(db, mina)
    assert db.read_now(subscriptions.count_subscriptions, "daily") == {SubscriptionState.ACTIVE: 1}
