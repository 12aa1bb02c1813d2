"""What whoever watches is told of jobs, issues, sources and processes."""

from datetime import datetime, timedelta

from sqlalchemy import insert, update

from syndicate.model.job import Job
from syndicate.model.role import Role
from syndicate.store import jobs, services
from syndicate.store.database import Database
from syndicate.store.gauges import read_gauges
from syndicate.store.schema import batches, hub_deliveries, issues, messages, sources
from syndicate.telemetry import metrics
from syndicate.telemetry.tallies import Gauge, Labels
from tests.builders import NOON

MINUTE = timedelta(minutes=1)


def told(db: Database, gauge: Gauge, now: datetime = NOON) -> dict[Labels, float]:
    return dict(db.read_now(read_gauges, now)[gauge.described.name])


def put(db: Database, name: str, due: datetime) -> None:
    assert db.write_now(jobs.enqueue, Job(name=name, due=due), now=NOON) is not None


def add_issue(db: Database, state: str, number: int = 1, **change: object) -> None:
    row = {"newsletter": "daily", "number": number, "state": state, "compiled": NOON, **change}
    db.write_now(lambda conn: conn.execute(insert(issues).values(**row)))


def add_batch(db: Database, number: int, **change: object) -> None:
    row = {"issue_id": 1, "number": number, **change}
    db.write_now(lambda conn: conn.execute(insert(batches).values(**row)))


def test_an_empty_database_tells_of_every_queue_that_nothing_waits(db: Database) -> None:
    assert told(db, metrics.QUEUE_LAG) == {("collect",): 0, ("publish",): 0, ("deliver",): 0}
    assert set(told(db, metrics.QUEUE_JOBS).values()) == {0}
    assert told(db, metrics.ISSUES) == {("compiled",): 0, ("sending",): 0, ("paused",): 0}
    assert told(db, metrics.ISSUE_LAG) == {(): 0}
    assert told(db, metrics.SOURCE_LAG) == {(): 0}


def test_jobs_are_counted_by_queue_and_the_lag_is_that_of_the_one_due_longest(db: Database) -> None:
    put(db, "source.refresh", NOON - MINUTE)
    put(db, "source.reprocess", NOON - 3 * MINUTE)
    put(db, "delivery.batch", NOON + MINUTE)
    found = told(db, metrics.QUEUE_JOBS)
    assert (found["collect", "due"], found["deliver", "later"], found["deliver", "due"]) == (2, 1, 0)
    assert told(db, metrics.QUEUE_LAG) == {("collect",): 180, ("publish",): 0, ("deliver",): 0}


def test_leased_jobs_are_no_lag_and_those_that_ended_are_not_told(db: Database) -> None:
    put(db, "feed.publish", NOON - MINUTE)
    put(db, "feed.publish", NOON - MINUTE)
    [first, _] = db.write_now(jobs.lease_jobs, owner="me", now=NOON, limit=2, lease=MINUTE)
    db.write_now(jobs.finish_job, first.id, owner="me", now=NOON)
    found = told(db, metrics.QUEUE_JOBS)
    assert (found["publish", "leased"], found["publish", "due"]) == (1, 0)
    assert told(db, metrics.QUEUE_LAG)["publish",] == 0


def test_leases_that_ran_out_are_told_until_somebody_takes_them_up(db: Database) -> None:
    put(db, "feed.publish", NOON)
    db.write_now(jobs.lease_jobs, owner="me", now=NOON, limit=1, lease=MINUTE)
    add_issue(db, "sending")
    add_batch(db, 1, owner="me", leased_until=NOON + MINUTE)
    late = NOON + 2 * MINUTE
    assert told(db, metrics.LEASES_OVERDUE) == {("batch",): 0, ("job",): 0}
    assert told(db, metrics.LEASES_OVERDUE, late) == {("batch",): 1, ("job",): 1}
    db.write_now(jobs.requeue_stale, late)
    assert told(db, metrics.LEASES_OVERDUE, late) == {("batch",): 1, ("job",): 0}


def test_open_batches_count_while_their_issue_is_being_sent(db: Database) -> None:
    add_issue(db, "sending", started=NOON - MINUTE)
    add_batch(db, 1)
    add_batch(db, 2, owner="me", leased_until=NOON + MINUTE)
    add_batch(db, 3, next_attempt=NOON + MINUTE)
    add_batch(db, 4, open=False)
    assert told(db, metrics.OPEN_BATCHES) == {("due",): 1, ("leased",): 1, ("later",): 1}
    assert told(db, metrics.ISSUE_LAG) == {(): 60}
    db.write_now(lambda conn: conn.execute(update(issues).values(state="paused")))
    assert set(told(db, metrics.OPEN_BATCHES).values()) == {0}
    assert told(db, metrics.ISSUES)["paused",] == 1


def test_issues_that_are_over_are_not_told(db: Database) -> None:
    for number, state in enumerate(("finished", "cancelled", "compiled"), start=1):
        add_issue(db, state, number)
    assert told(db, metrics.ISSUES) == {("compiled",): 1, ("sending",): 0, ("paused",): 0}


def test_sources_are_told_by_how_they_fare_but_not_those_that_are_retired(db: Database) -> None:
    rows = [
        {"name": "new"},
        {"name": "well", "last_checked": NOON, "next_check": NOON + MINUTE},
        {"name": "late", "last_checked": NOON, "next_check": NOON - 2 * MINUTE},
        {"name": "bad", "last_checked": NOON, "failures": 3, "next_check": NOON + MINUTE},
        {"name": "gone", "failures": 9, "retired": NOON, "next_check": NOON - 60 * MINUTE},
    ]
    for row in rows:
        db.write_now(lambda conn, row=row: conn.execute(insert(sources).values(kind="feed", **row)))
    assert told(db, metrics.SOURCES) == {("failing",): 1, ("new",): 1, ("well",): 2}
    assert told(db, metrics.SOURCE_LAG) == {(): 120}


def test_processes_are_told_by_role_while_their_hearts_beat(db: Database) -> None:
    for owner, role in (("a", Role.WORKER), ("b", Role.WORKER), ("c", Role.SCHEDULER)):
        db.write_now(services.beat, owner, role=role, now=NOON)
    assert told(db, metrics.SERVICES) == {("worker",): 2, ("scheduler",): 1}
    assert told(db, metrics.SERVICES, NOON + MINUTE) == {}


def test_mails_and_news_that_wait_are_counted(db: Database) -> None:
    mail = {"kind": "alert", "address": "desk@courier.example", "created": NOON}
    rows = [{**mail, "dedupe_key": state, "state": state} for state in ("queued", "deferred", "sent")]
    news = [
        {"subscription_id": n, "topic_key": "t", "since": NOON, "next_attempt": NOON, "state": state}
        for n, state in enumerate(("queued", "done"))
    ]
    db.write_now(lambda conn: conn.execute(insert(messages), rows))
    db.write_now(lambda conn: conn.execute(insert(hub_deliveries), news))
    assert told(db, metrics.NOTICES_WAITING) == {(): 2}
    assert told(db, metrics.HUB_WAITING) == {(): 1}


def test_only_gauges_that_exist_are_read(db: Database) -> None:
    names = {one.described.name for one in metrics.METRICS}
    assert db.read_now(read_gauges, NOON).keys() <= names
