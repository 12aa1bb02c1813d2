from datetime import timedelta

from syndicate.store import caps
from syndicate.store.database import Database
from tests.builders import NOON

HOUR = timedelta(hours=1)


def test_a_counter_counts_up(db: Database) -> None:
    counts = [db.write_now(caps.count_up, "ip:x", now=NOON, expires=NOON + HOUR) for _ in range(3)]
    assert counts == [1, 2, 3]


def test_a_counter_does_not_live_longer_by_being_used(db: Database) -> None:
    db.write_now(caps.count_up, "ip:x", now=NOON, expires=NOON + HOUR)
    db.write_now(caps.count_up, "ip:x", now=NOON + HOUR / 2, expires=NOON + HOUR * 3 / 2)
    assert db.read_now(caps.find_expiry, "ip:x") == NOON + HOUR


def test_an_expired_counter_starts_again(db: Database) -> None:
    db.write_now(caps.count_up, "ip:x", now=NOON, expires=NOON + HOUR)
    later = NOON + HOUR
    assert db.write_now(caps.count_up, "ip:x", now=later, expires=later + HOUR) == 1
    assert db.read_now(caps.find_expiry, "ip:x") == later + HOUR


def test_expired_counters_are_removed(db: Database) -> None:
    db.write_now(caps.count_up, "ip:x", now=NOON, expires=NOON + HOUR)
    db.write_now(caps.count_up, "ip:y", now=NOON, expires=NOON + 2 * HOUR)
    assert db.write_now(caps.delete_expired, NOON + HOUR) == 1
    assert db.read_now(caps.find_expiry, "ip:x") is None
