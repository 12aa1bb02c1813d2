"""What a schedule does on a given clock: the changes of the hour, absences, and two schedulers at once."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from syndicate.model.cadence import Cadence
from syndicate.model.job import Job
from syndicate.model.newsletter import Missed
from syndicate.model.schedule import Schedule
from syndicate.schedule.firing import (
    FIRED,
    MISSED,
    SKIPPED,
    fire_again,
    fire_at_once,
    fire_due,
    plan_firings,
)
from syndicate.store.ahead import settle_ahead
from syndicate.store.database import Database
from syndicate.store.jobs import enqueue, finish_job, lease_jobs
from syndicate.store.schedules import last_occurrence, list_schedules, set_outcome, upsert_schedules
from syndicate.store.schema import issues
from tests.builders import a_newsletter


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def a_schedule(**change: Any) -> Schedule:
    cadence = Cadence(cron=change.pop("cron", "30 2 * * *"), zone="Europe/Berlin")
    base: dict[str, Any] = {"name": "daily", "cadence": cadence, "since": at("2026-01-01T00:00Z")}
    return Schedule(**base | change)


class Jobs:
    """Keeps what is enqueued."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []

    def __call__(self, conn: Any, job: Job) -> None:
        self.jobs.append(job)


def tick_through(db: Database, schedule: Schedule, start: str, end: str, step: timedelta) -> list[datetime]:
    """Let a clock run, firing at every step; the times at which an issue was asked for."""
    jobs, fired, now = Jobs(), [], at(start)
    while now <= at(end):
        if db.write_now(fire_due, schedule, now=now, enqueue=jobs):
            fired.append(now)
        now += step
    assert len(jobs.jobs) == len(fired)
    return fired


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (
            "2026-03-28T00:00Z",
            "2026-03-31T00:00Z",
            ["2026-03-28T01:30Z", "2026-03-29T01:30Z", "2026-03-30T00:30Z"],
        ),
        (
            "2026-10-24T00:00Z",
            "2026-10-27T00:00Z",
            ["2026-10-24T00:30Z", "2026-10-25T00:30Z", "2026-10-26T01:30Z"],
        ),
    ],
    ids=["spring: 02:30 is skipped by the clock", "autumn: 02:30 comes twice"],
)
def test_half_past_two_sends_once_on_every_day(
    sqlite_db: Database, start: str, end: str, expected: list[str]
) -> None:
    schedule = a_schedule(since=at(start))
    fired = tick_through(sqlite_db, schedule, start, end, timedelta(minutes=10))
    assert fired == [at(one) for one in expected]


def test_a_restart_between_the_two_half_past_twos_sends_nothing_again(sqlite_db: Database) -> None:
    schedule, jobs = a_schedule(since=at("2026-10-24T12:00Z")), Jobs()
    assert sqlite_db.write_now(fire_due, schedule, now=at("2026-10-25T00:30Z"), enqueue=jobs) == 1
    assert sqlite_db.write_now(fire_due, schedule, now=at("2026-10-25T01:31Z"), enqueue=jobs) == 0


def test_one_late_issue_stands_for_all_that_were_missed() -> None:
    planned = plan_firings(
        a_schedule(cron="0 7 * * *"), after=at("2026-01-10T06:00Z"), now=at("2026-01-13T12:00Z")
    )
    assert [(one.moment.local_date, one.outcome) for one in planned] == [
        ("2026-01-11", MISSED),
        ("2026-01-12", MISSED),
        ("2026-01-13", FIRED),
    ]


def test_under_skip_what_was_missed_is_not_sent() -> None:
    schedule = a_schedule(cron="0 7 * * *", missed=Missed.SKIP)
    planned = plan_firings(schedule, after=at("2026-01-11T06:00Z"), now=at("2026-01-13T12:00Z"))
    assert [one.outcome for one in planned] == [SKIPPED, SKIPPED]


@pytest.mark.parametrize("missed", list(Missed))
def test_the_one_on_time_is_sent_under_either_policy(missed: Missed) -> None:
    schedule = a_schedule(cron="0 7 * * *", missed=missed)
    planned = plan_firings(schedule, after=at("2026-01-11T06:00Z"), now=at("2026-01-13T06:05Z"))
    assert [one.outcome for one in planned][-1] == FIRED


def test_nothing_is_due_before_its_time() -> None:
    assert plan_firings(a_schedule(), after=at("2026-01-10T06:00Z"), now=at("2026-01-10T06:01Z")) == ()


def test_a_year_s_absence_of_a_cadence_by_the_minute_stays_bounded() -> None:
    schedule = a_schedule(cron="* * * * *")
    planned = plan_firings(schedule, after=at("2026-01-01T00:00Z"), now=at("2026-01-08T00:00Z"))
    assert len(planned) == 100
    assert planned[-1].moment.due == at("2026-01-08T00:00Z")


def test_two_schedulers_fire_once(db: Database) -> None:
    schedule, jobs = a_schedule(), Jobs()
    now = at("2026-01-10T01:30Z")
    assert [db.write_now(fire_due, schedule, now=now, enqueue=jobs) for _ in range(2)] == [1, 0]
    assert len(jobs.jobs) == 1


def test_a_clock_that_jumps_back_fires_nothing_again(sqlite_db: Database) -> None:
    schedule, jobs = a_schedule(), Jobs()
    sqlite_db.write_now(fire_due, schedule, now=at("2026-01-10T01:30Z"), enqueue=jobs)
    for now in ("2026-01-09T00:00Z", "2026-01-09T02:00Z", "2026-01-10T01:30Z"):
        assert sqlite_db.write_now(fire_due, schedule, now=at(now), enqueue=jobs) == 0


def test_a_clock_that_jumped_ahead_silences_nothing_once_it_is_right_again(sqlite_db: Database) -> None:
    schedule, jobs = a_schedule(since=at("2026-01-09T12:00Z")), Jobs()
    days = [f"2026-01-{day}T01:30Z" for day in (10, 11, 12, 13)]
    fired = [sqlite_db.write_now(fire_due, schedule, now=at(days[0]), enqueue=jobs)]
    ahead = at("2029-01-01T01:30Z")
    assert sqlite_db.write_now(fire_due, schedule, now=ahead, enqueue=jobs) == 1
    for now in days[1:]:
        sqlite_db.write_now(settle_ahead, at(now))
        fired.append(sqlite_db.write_now(fire_due, schedule, now=at(now), enqueue=jobs))
    assert fired == [1, 1, 1, 1]
    assert sqlite_db.write_now(fire_due, schedule, now=ahead, enqueue=jobs) == 0


def test_days_that_a_jump_ahead_recorded_as_missed_are_sent_in_their_time(sqlite_db: Database) -> None:
    schedule, jobs = a_schedule(since=at("2026-01-09T12:00Z")), Jobs()
    sqlite_db.write_now(fire_due, schedule, now=at("2026-01-15T01:30Z"), enqueue=jobs)
    right = at("2026-01-12T01:30Z")
    sqlite_db.write_now(settle_ahead, right - timedelta(minutes=1))
    assert sqlite_db.write_now(fire_due, schedule, now=right, enqueue=jobs) == 1


class Seven:
    """An occurrence that fired at noon in January, and whose job waits."""

    def __init__(self, db: Database) -> None:
        self.db, self.due = db, at("2026-01-10T01:30Z")
        schedule = a_schedule(since=at("2026-01-09T12:00Z"))
        db.write_now(fire_due, schedule, now=self.due, enqueue=self.put)

    def put(self, conn: Any, job: Job) -> None:
        enqueue(conn, job, now=self.due)

    def end_job(self, after: timedelta, *, error: str) -> None:
        [job] = self.db.write_now(lease_jobs, owner="x", now=self.due + after, limit=9, lease=timedelta(1))
        self.db.write_now(finish_job, job.id, owner="x", now=self.due + after, error=error)

    def again(self, after: timedelta) -> int:
        now = self.due + after
        return self.db.write_now(fire_again, a_newsletter(), now=now, enqueue=self.put)


MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def test_an_issue_whose_job_failed_is_asked_for_again_as_long_as_it_would_live(db: Database) -> None:
    seven = Seven(db)
    seven.end_job(MINUTE, error="the template has a fault")
    assert seven.again(3 * MINUTE) == 0, "it has only just failed"
    assert seven.again(10 * MINUTE) == 1
    assert seven.again(11 * MINUTE) == 0, "its job waits"
    seven.end_job(12 * MINUTE, error="still")
    assert seven.again(47 * HOUR) == 1
    seven.end_job(47 * HOUR, error="still")
    assert seven.again(48 * HOUR) == 0


def test_an_issue_whose_job_is_under_way_is_not_asked_for_again(sqlite_db: Database) -> None:
    seven = Seven(sqlite_db)
    sqlite_db.write_now(lease_jobs, owner="x", now=seven.due, limit=1, lease=timedelta(1))
    assert seven.again(HOUR) == 0


def test_what_came_out_empty_is_not_asked_for_again(sqlite_db: Database) -> None:
    seven = Seven(sqlite_db)
    seven.end_job(MINUTE, error="")
    last = sqlite_db.read_now(last_occurrence, "daily", now=seven.due)
    assert last is not None
    sqlite_db.write_now(set_outcome, last.id, outcome="empty")
    assert seven.again(HOUR) == 0


@pytest.mark.parametrize(("state", "asked"), [("compiled", 1), ("sending", 0), ("cancelled", 0)])
def test_an_issue_that_was_made_is_asked_for_again_only_if_it_never_began_to_be_sent(
    sqlite_db: Database, state: str, asked: int
) -> None:
    seven = Seven(sqlite_db)
    seven.end_job(MINUTE, error="the database was busy")
    last = sqlite_db.read_now(last_occurrence, "daily", now=seven.due)
    assert last is not None
    values = {"id": 1, "newsletter": "daily", "number": 1, "state": state, "compiled": seven.due}
    sqlite_db.write_now(lambda conn: conn.execute(issues.insert().values(**values)))
    sqlite_db.write_now(set_outcome, last.id, outcome="compiled", issue_id=1)
    assert seven.again(HOUR) == asked


def test_a_new_or_changed_cadence_has_missed_nothing(sqlite_db: Database) -> None:
    before, jobs = at("2026-01-10T12:00Z"), Jobs()
    sqlite_db.write_now(upsert_schedules, [a_schedule()], now=before)
    [stored] = sqlite_db.read_now(list_schedules)
    assert sqlite_db.write_now(fire_due, stored, now=before, enqueue=jobs) == 0
    changed = at("2026-01-20T12:00Z")
    sqlite_db.write_now(upsert_schedules, [a_schedule(cron="0 9 * * *")], now=changed)
    [stored] = sqlite_db.read_now(list_schedules)
    assert sqlite_db.write_now(fire_due, stored, now=changed, enqueue=jobs) == 0


def test_at_once_is_an_occurrence_like_any_other(sqlite_db: Database) -> None:
    schedule, jobs = a_schedule(), Jobs()
    now = at("2026-01-10T12:00Z")
    assert [sqlite_db.write_now(fire_at_once, schedule, now=now, enqueue=jobs) for _ in range(2)] == [1, 0]
    last = sqlite_db.read_now(last_occurrence, "daily", now=at("2026-01-11T00:00Z"))
    assert last is not None
    assert (last.local_time, jobs.jobs[0].args) == ("13:00", {"newsletter": "daily", "occurrence": last.id})


def test_a_failed_enqueue_leaves_no_occurrence_behind(sqlite_db: Database) -> None:
    def failing(conn: Any, job: Job) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        sqlite_db.write_now(fire_due, a_schedule(), now=at("2026-01-10T01:30Z"), enqueue=failing)
    assert sqlite_db.read_now(last_occurrence, "daily", now=at("2026-01-11T00:00Z")) is None
