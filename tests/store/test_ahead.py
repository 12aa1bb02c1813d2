"""A clock that ran ahead and was put right leaves nothing waiting for years."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from syndicate.model.cadence import Cadence
from syndicate.model.delivery import NoticeKind, NoticeMail
from syndicate.model.job import Job
from syndicate.model.schedule import Schedule
from syndicate.store import batches, caps, jobs, messages, schedules, schema, services, sources
from syndicate.store.ahead import LONGEST_LEASE, settle_ahead
from syndicate.store.database import Database
from syndicate.store.partitions import prepare_partitions
from syndicate.store.sources import Check
from tests.builders import NOON, a_source

YEARS = NOON + timedelta(days=1500)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def record(db: Database, outcome: str, *, due, now=YEARS) -> None:
    moment = {"local_date": f"{due:%Y-%m-%d}", "local_time": "07:00", "due": due, "now": now}
    occurrence = db.write_now(schedules.record_occurrence, "daily", **moment)
    db.write_now(schedules.set_outcome, occurrence, outcome=outcome)


def test_a_right_clock_leaves_nothing_to_settle(db: Database) -> None:
    db.write_now(jobs.enqueue, Job(name="sweep", due=NOON + 23 * HOUR), now=NOON)
    db.write_now(sources.upsert_sources, [a_source(name="harbour")], now=NOON)
    db.write_now(sources.record_check, "harbour", check=Check(at=NOON, outcome="new", next_check=YEARS))
    db.write_now(caps.count_up, "someone", now=NOON, expires=NOON + HOUR)
    record(db, "missed", due=NOON - HOUR, now=NOON)
    assert db.write_now(settle_ahead, NOON) == 0


def test_jobs_wait_no_longer_than_a_job_ever_does(db: Database) -> None:
    db.write_now(jobs.enqueue, Job(name="sweep"), now=YEARS)
    assert db.write_now(settle_ahead, NOON) == 1
    assert db.read_now(jobs.next_due) == NOON


def test_a_lease_of_a_dead_runner_ends_within_the_hour(db: Database) -> None:
    db.write_now(jobs.enqueue, Job(name="sweep"), now=NOON)
    db.write_now(jobs.lease_jobs, owner="dead", now=YEARS, limit=1, lease=MINUTE)
    db.write_now(settle_ahead, NOON)
    assert db.write_now(jobs.requeue_stale, NOON + LONGEST_LEASE - MINUTE) == 0
    assert db.write_now(jobs.requeue_stale, NOON + LONGEST_LEASE + MINUTE) == 1


def test_a_source_looked_at_in_the_future_is_due(db: Database) -> None:
    db.write_now(sources.upsert_sources, [a_source(name="harbour")], now=NOON)
    db.write_now(
        sources.record_check, "harbour", check=Check(at=YEARS, outcome="new", next_check=YEARS + HOUR)
    )
    db.write_now(settle_ahead, NOON)
    assert db.read_now(sources.list_due, NOON) == ["harbour"]


def test_a_batch_put_off_into_the_future_is_due_with_those_in_it(db: Database) -> None:
    db.write_now(put_off_batch, at=YEARS)
    assert db.read_now(batches.list_due, NOON) == []
    db.write_now(settle_ahead, NOON)
    assert db.read_now(batches.list_due, NOON) == [(1, 0)]
    assert db.read_now(lambda conn: conn.scalar(select(schema.deliveries.c.next_attempt))) == NOON


def put_off_batch(conn: Connection, *, at: datetime) -> None:
    named = {"newsletter": "daily", "number": 1, "state": "sending", "compiled": NOON, "expires": at}
    conn.execute(schema.issues.insert().values(id=1, **named))
    conn.execute(schema.batches.insert().values(issue_id=1, number=0, next_attempt=at))
    one = {"issue_id": 1, "subscriber_id": 1, "batch": 0, "state": "deferred", "next_attempt": at}
    prepare_partitions(conn, [1])
    conn.execute(schema.deliveries.insert().values(**one))


def test_a_notice_mail_leased_in_the_future_is_looked_at_again(db: Database) -> None:
    mail = {"kind": NoticeKind.CONFIRMATION, "dedupe_key": "k", "address": "mina@readers.example"}
    db.write_now(messages.add_message, NoticeMail(**mail, newsletter="daily", language="en", created=NOON))
    db.write_now(messages.lease_messages, now=YEARS, limit=1, lease=15 * MINUTE)
    db.write_now(settle_ahead, NOON)
    assert db.read_now(messages.list_overdue, NOON + LONGEST_LEASE) == []
    assert len(db.read_now(messages.list_overdue, NOON + LONGEST_LEASE + MINUTE)) == 1


def test_moments_that_were_only_missed_in_the_future_are_still_to_come(db: Database) -> None:
    record(db, "missed", due=NOON + 24 * HOUR)
    record(db, "fired", due=NOON + 48 * HOUR)
    assert db.write_now(settle_ahead, NOON) == 1
    last = db.read_now(schedules.last_occurrence, "daily", now=YEARS)
    assert last is not None
    assert last.outcome == "fired"


def test_a_cadence_that_began_in_the_future_begins_now(db: Database) -> None:
    schedule = Schedule(name="daily", cadence=Cadence(cron="0 7 * * *"))
    db.write_now(schedules.upsert_schedules, [schedule], now=YEARS)
    db.write_now(settle_ahead, NOON)
    assert db.read_now(schedules.list_schedules)[0].since == NOON


def test_a_counter_that_would_last_for_years_is_forgotten(db: Database) -> None:
    db.write_now(caps.count_up, "someone", now=YEARS, expires=YEARS + HOUR)
    db.write_now(settle_ahead, NOON)
    assert db.read_now(caps.find_expiry, "someone") is None


def test_a_heartbeat_from_the_future_is_nobody_s(db: Database) -> None:
    db.write_now(services.beat, "dead", now=YEARS)
    assert db.read_now(services.live_service, NOON) is None
