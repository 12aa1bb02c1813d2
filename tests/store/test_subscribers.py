from datetime import timedelta

from syndicate.model.subscriber import Consent, SubscriptionState
from syndicate.store import subscribers, subscriptions
from syndicate.store.database import Database
from tests.builders import NOON


def save(db: Database, key: str, address: str = "") -> int:
    return db.write_now(subscribers.save_subscriber, key, address=address or key, language="en", now=NOON)


def test_a_known_address_keeps_its_id_and_its_spelling(db: Database) -> None:
    first = save(db, "mina@example.org", "Mina@example.org")
    assert save(db, "mina@example.org", "MINA@example.org") == first
    found = db.read_now(subscribers.find_by_key, "mina@example.org")
    assert found is not None
    assert (found.id, found.address) == (first, "Mina@example.org")


def test_an_id_is_never_used_twice(db: Database) -> None:
    first = save(db, "a@example.org")
    db.write_now(subscribers.delete_subscriber, first)
    assert save(db, "b@example.org") > first


def test_details_are_filled_in_where_they_are_given(db: Database) -> None:
    mina = save(db, "mina@example.org")
    db.write_now(subscribers.set_details, mina, name="Mina", language="")
    found = db.read_now(subscribers.find_subscriber, mina)
    assert found is not None
    assert (found.name, found.language) == ("Mina", "en")


def test_a_wiped_person_leaves_neither_address_nor_subscriptions(db: Database) -> None:
    mina = save(db, "mina@example.org")
    db.write_now(subscriptions.request_subscription, mina, "daily", now=NOON)
    assert db.write_now(subscribers.delete_subscriber, mina)
    assert db.read_now(subscribers.find_subscriber, mina) is None
    assert db.read_now(subscriptions.list_subscriptions, mina) == []
    assert not db.write_now(subscribers.delete_subscriber, mina)


def test_people_without_subscriptions_are_removed_after_a_while(db: Database) -> None:
    save(db, "idle@example.org")
    mina = save(db, "mina@example.org")
    consent = Consent(at=NOON, source="test", wording="yes")
    db.write_now(subscriptions.activate, mina, "daily", consent=consent)
    assert db.write_now(subscribers.delete_idle, NOON) == 0
    assert db.write_now(subscribers.delete_idle, NOON + timedelta(seconds=1)) == 1
    assert [person.id for person, _ in db.read_now(subscribers.list_subscribers)] == [mina]


def test_people_are_listed_with_all_their_subscriptions(db: Database) -> None:
    mina, ben, ada = (save(db, f"{name}@example.org") for name in ("mina", "ben", "ada"))
    for person, newsletter in ((mina, "daily"), (ben, "weekly"), (ben, "daily")):
        db.write_now(subscriptions.request_subscription, person, newsletter, now=NOON)
    db.write_now(subscriptions.end_subscription, ben, "daily", now=NOON, reason="test")
    pending, ended = SubscriptionState.PENDING, SubscriptionState.ENDED
    states = {mina: {"daily": pending}, ben: {"daily": ended, "weekly": pending}, ada: {}}
    assert {one.id: found for one, found in db.read_now(subscribers.list_subscribers)} == states
    weekly = db.read_now(subscribers.list_subscribers, "weekly")
    assert [(one.id, found) for one, found in weekly] == [(ben, states[ben])]
