"""A running service is known by its heartbeat."""

from datetime import timedelta

import pytest

from syndicate.model.job import QUEUES
from syndicate.model.role import Role
from syndicate.store import services
from syndicate.store.database import Database
from syndicate.store.services import LIVE_FOR, Live
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


@pytest.mark.parametrize(
    ("role", "does_jobs"), [(Role.RUN, True), (Role.WORKER, True), (Role.SCHEDULER, False), (Role.WEB, False)]
)
def test_work_is_handed_over_to_who_does_jobs(db: Database, role: Role, does_jobs: bool) -> None:
    db.write_now(services.beat, "host:1", role=role, now=NOON)
    assert (db.read_now(services.live_service, NOON) is not None) is does_jobs
    assert (db.read_now(services.list_served, NOON) != set()) is does_jobs
    assert db.read_now(services.live_owner, NOON) == "host:1"
    assert db.read_now(services.list_live, NOON) == [
        Live(owner="host:1", role=role, queues=QUEUES if does_jobs else ())
    ]


def test_the_queues_that_are_served_are_those_of_all_workers(db: Database) -> None:
    for owner, queues in (("host:1", ("collect",)), ("host:2", ("collect", "deliver"))):
        db.write_now(services.beat, owner, role=Role.WORKER, queues=queues, now=NOON)
    assert db.read_now(services.list_served, NOON) == {"collect", "deliver"}
    assert db.read_now(services.list_served, NOON + LIVE_FOR) == set()


def test_who_was_killed_is_forgotten_after_a_day(db: Database) -> None:
    db.write_now(services.beat, "host:1", now=NOON)
    assert db.write_now(services.forget_gone, NOON + timedelta(hours=23)) == 0
    assert db.write_now(services.forget_gone, NOON + timedelta(hours=25)) == 1
