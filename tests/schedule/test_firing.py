"""What a schedule does on a given clock: the changes of the hour, absences, and two schedulers at once."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from syndicate.model.cadence import Cadence
from syndicate.model.job import Job
from syndicate.model.newsletter import Missed
from syndicate.model.schedule import Schedule
from syndicate.schedule.firing import FIRED, MISSED, SKIPPED, fire_at_once, fire_due, plan_firings
from syndicate.store.database import Database
from syndicate.store.schedules import last_occurrence, list_schedules, upsert_schedules


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
    last = sqlite_db.read_now(last_occurrence, "daily")
    assert last is not None
    assert (last.local_time, jobs.jobs[0].args) == ("13:00", {"newsletter": "daily", "occurrence": last.id})


def test_a_failed_enqueue_leaves_no_occurrence_behind(sqlite_db: Database) -> None:
    def failing(conn: Any, job: Job) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        sqlite_db.write_now(fire_due, a_schedule(), now=at("2026-01-10T01:30Z"), enqueue=failing)
    assert sqlite_db.read_now(last_occurrence, "daily") is None
