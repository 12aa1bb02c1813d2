"""A running service is known by its heartbeat."""

from datetime import timedelta

from syndicate.store import services
from syndicate.store.database import Database
from syndicate.store.services import LIVE_FOR
from tests.builders import NOON


def test_a_service_is_live_while_its_heartbeat_is_young(db: Database) -> None:
    db.write_now(services.beat, "host:1", now=NOON)
    assert db.read_now(services.live_service, NOON + LIVE_FOR / 2) == "host:1"
    assert db.read_now(services.live_service, NOON + LIVE_FOR) is None


def test_the_newest_heartbeat_wins(db: Database) -> None:
    db.write_now(services.beat, "host:1", now=NOON)
    db.write_now(services.beat, "host:2", now=NOON)
    db.write_now(services.beat, "host:1", now=NOON + timedelta(seconds=1))
    assert db.read_now(services.live_service, NOON) == "host:1"


def test_a_service_that_left_is_gone(db: Database) -> None:
    db.write_now(services.beat, "host:1", now=NOON)
    db.write_now(services.leave, "host:1")
    assert db.read_now(services.live_service, NOON) is None
