"""Schedules follow the configuration; an occurrence happens once."""

from datetime import timedelta

from syndicate.model.cadence import Cadence
from syndicate.model.newsletter import Missed
from syndicate.model.schedule import Schedule
from syndicate.store import schedules
from syndicate.store.database import Database
from tests.builders import NOON

HOUR = timedelta(hours=1)


def a_schedule(cron: str = "0 7 * * *", **change) -> Schedule:
    base = {"name": "newsletter:daily", "cadence": Cadence(cron=cron, zone="Europe/Berlin")}
    return Schedule(**base | change)


def upsert(db: Database, *wanted: Schedule, now=NOON) -> None:
    db.write_now(schedules.upsert_schedules, wanted, now=now)


def record(
    db: Database, *, day: str = "2026-03-02", time: str = "07:00", due=NOON, schedule="newsletter:daily"
):
    when = {"local_date": day, "local_time": time, "due": due, "now": NOON}
    return db.write_now(schedules.record_occurrence, schedule, **when)


def test_a_schedule_begins_when_it_is_first_seen(db: Database) -> None:
    upsert(db, a_schedule(missed=Missed.SKIP))
    upsert(db, a_schedule(missed=Missed.SKIP), now=NOON + HOUR)
    assert db.read_now(schedules.list_schedules) == [a_schedule(missed=Missed.SKIP, since=NOON)]


def test_a_changed_cadence_begins_anew_and_a_changed_policy_does_not(db: Database) -> None:
    upsert(db, a_schedule())
    upsert(db, a_schedule(missed=Missed.SKIP), now=NOON + HOUR)
    assert db.read_now(schedules.list_schedules)[0].since == NOON
    upsert(db, a_schedule("30 7 * * *"), now=NOON + HOUR)
    assert db.read_now(schedules.list_schedules)[0].since == NOON + HOUR


def test_a_vanished_schedule_is_retired_and_begins_anew_when_it_comes_back(db: Database) -> None:
    upsert(db, a_schedule())
    upsert(db, now=NOON + HOUR)
    assert db.read_now(schedules.list_schedules) == []
    upsert(db, a_schedule(), now=NOON + 2 * HOUR)
    assert db.read_now(schedules.list_schedules)[0].since == NOON + 2 * HOUR


def test_an_occurrence_belongs_to_whoever_records_it_first(db: Database) -> None:
    assert record(db) is not None
    assert record(db) is None
    assert record(db, time="08:00") is not None
    assert record(db, day="2026-03-03") is not None
    assert record(db, schedule="newsletter:weekly") is not None


def test_the_last_occurrence_is_the_one_due_last_with_its_outcome(db: Database) -> None:
    later = record(db, day="2026-03-03", due=NOON + HOUR)
    record(db, due=NOON)
    db.write_now(schedules.set_outcome, later, outcome="issue", issue_id=5)
    last = db.read_now(schedules.last_occurrence, "newsletter:daily", now=NOON + HOUR)
    assert (last.id, last.outcome, last.issue_id, last.due) == (later, "issue", 5, NOON + HOUR)
    before = db.read_now(schedules.last_occurrence, "newsletter:daily", now=NOON)
    assert before.due == NOON
    assert db.read_now(schedules.last_occurrence, "newsletter:weekly", now=NOON) is None
