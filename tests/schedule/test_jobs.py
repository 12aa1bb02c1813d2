"""The table of jobs, and what the sweep takes up."""

import inspect
from datetime import timedelta

import pytest

from syndicate.model.job import PRIORITIES, QUEUE_OF, QUEUES, Job
from syndicate.schedule.jobs import JOBS
from syndicate.schedule.runner import MOST, Pace
from syndicate.store.database import Database
from syndicate.store.jobs import delete_finished, enqueue, finish_job, lease_jobs, list_jobs
from tests.builders import NOON


@pytest.mark.parametrize("name", JOBS)
def test_every_job_is_a_documented_coroutine_with_named_arguments(name: str) -> None:
    assert inspect.iscoroutinefunction(JOBS[name])
    assert JOBS[name].__doc__
    _, *named = inspect.signature(JOBS[name]).parameters.values()
    assert all(parameter.kind is parameter.KEYWORD_ONLY for parameter in named)


def test_every_job_has_its_priority_and_its_queue_and_only_jobs_are_bounded() -> None:
    assert set(PRIORITIES) == set(QUEUE_OF) == set(JOBS)
    assert set(QUEUE_OF.values()) == set(QUEUES)
    assert set(MOST) < set(JOBS)
    assert sum(MOST.values()) < Pace().concurrency


def test_jobs_that_ended_long_ago_are_forgotten_and_waiting_ones_never(db: Database) -> None:
    old, new = (db.write_now(enqueue, Job(name="sweep"), now=NOON) for _ in range(2))
    db.write_now(lease_jobs, owner="me", now=NOON, limit=2, lease=timedelta(days=9))
    waiting = db.write_now(enqueue, Job(name="sweep"), now=NOON)
    assert old
    assert new
    assert waiting
    db.write_now(finish_job, old, owner="me", now=NOON)
    db.write_now(finish_job, new, owner="me", now=NOON + timedelta(days=2))
    assert db.write_now(delete_finished, NOON + timedelta(days=1)) == 1
    assert [job.id for job in db.read_now(list_jobs, [old, new, waiting])] == [new, waiting]
