"""Jobs are leased by one runner each, come back when it dies, and wait once for each key."""

from datetime import timedelta

import pytest

from syndicate.errors import SchemaMismatch
from syndicate.model.job import Job
from syndicate.store import jobs
from syndicate.store.database import Database
from syndicate.store.jobs import JobState
from syndicate.store.moves import Direction, begin_move, finish_move, unsettled
from tests.builders import NOON

MINUTE = timedelta(minutes=1)


def a_job(**change) -> Job:
    return Job(**{"name": "feed.publish", "args": {"feed": "all"}} | change)


def enqueue(db: Database, job: Job, **when) -> int | None:
    return db.write_now(jobs.enqueue, job, **{"now": NOON} | when)


def lease(db: Database, owner: str = "one", now=NOON, limit: int = 10) -> list[jobs.LeasedJob]:
    return db.write_now(jobs.lease_jobs, owner=owner, now=now, limit=limit, lease=MINUTE)


def postpone(db: Database, job_id: int) -> bool:
    when = {"now": NOON, "due": NOON + MINUTE}
    return db.write_now(jobs.postpone_job, job_id, owner="one", error="relay away", **when)


def states(db: Database, *ids: int) -> list[JobState]:
    return [status.state for status in db.read_now(jobs.list_jobs, ids)]


def test_a_job_is_leased_with_its_arguments(db: Database) -> None:
    job_id = enqueue(db, a_job())
    assert lease(db) == [jobs.LeasedJob(id=job_id, name="feed.publish", args={"feed": "all"}, attempts=1)]
    assert lease(db, "two") == []


def test_jobs_are_leased_by_priority_then_by_age_and_never_before_they_are_due(db: Database) -> None:
    enqueue(db, a_job(args={"feed": "second"}))
    enqueue(db, a_job(args={"feed": "first"}), now=NOON - MINUTE)
    enqueue(db, a_job(name="outbox.send", args={}))
    enqueue(db, a_job(args={"feed": "later"}, due=NOON + MINUTE))
    assert [job.args.get("feed") for job in lease(db)] == [None, "first", "second"]
    assert db.read_now(jobs.next_due) == NOON + MINUTE


def test_no_more_jobs_are_leased_than_asked_for(db: Database) -> None:
    for _ in range(3):
        enqueue(db, a_job())
    assert len(lease(db, limit=2)) == 2
    assert len(lease(db, limit=2)) == 1


def test_of_a_bounded_name_no_more_are_leased_and_what_is_behind_them_is_not_kept_waiting(
    db: Database,
) -> None:
    for number in range(5):
        enqueue(db, a_job(name="delivery.batch", args={"batch": number}))
    for name in ("source.refresh", "source.refresh", "feed.publish"):
        enqueue(db, a_job(name=name))
    when = {"owner": "one", "now": NOON, "limit": 10, "lease": MINUTE}
    taken = db.write_now(jobs.lease_jobs, most={"delivery.batch": 2, "source.refresh": 0}, **when)
    assert [job.name for job in taken] == ["delivery.batch", "delivery.batch", "feed.publish"]
    assert [job.args.get("batch") for job in taken] == [0, 1, None]


def test_the_job_that_waits_under_a_key_is_found(db: Database) -> None:
    job_id = enqueue(db, a_job(key="feed.publish:all"))
    enqueue(db, a_job())
    assert db.read_now(jobs.find_waiting, "feed.publish:all") == job_id
    assert [db.read_now(jobs.find_waiting, key) for key in ("feed.publish:other", "")] == [None, None]
    lease(db)
    assert db.read_now(jobs.find_waiting, "feed.publish:all") is None


def test_pending_jobs_are_found_by_how_their_keys_begin(db: Database) -> None:
    for key in ("100%_/a:1", "100%_/a:2", "100x_/a:3", "100%x/a:4", "100%_//a:5"):
        enqueue(db, a_job(key=key))
    lease(db, limit=1)
    enqueue(db, a_job(name="issue.send", key="100%_/a:6"))
    enqueue(db, a_job(key="100%_/a:7", due=NOON + MINUTE))
    found = db.read_now(jobs.list_pending, name="feed.publish", prefix="100%_/a:")
    assert found == {"100%_/a:1": None, "100%_/a:2": NOON, "100%_/a:7": NOON + MINUTE}


def test_a_second_job_of_a_key_is_dropped_while_the_first_waits(db: Database) -> None:
    assert enqueue(db, a_job(key="feed.publish:all")) is not None
    assert enqueue(db, a_job(key="feed.publish:all")) is None
    assert enqueue(db, a_job(key="feed.publish:other")) is not None


def test_jobs_without_a_key_are_never_dropped(db: Database) -> None:
    assert enqueue(db, a_job()) != enqueue(db, a_job())


def test_a_job_of_a_key_may_wait_while_another_runs(db: Database) -> None:
    enqueue(db, a_job(key="k"))
    lease(db)
    assert enqueue(db, a_job(key="k")) is not None


def test_a_finished_job_keeps_its_result_or_its_error(db: Database) -> None:
    good, bad = enqueue(db, a_job()), enqueue(db, a_job())
    lease(db)
    db.write_now(jobs.finish_job, good, owner="one", now=NOON, result={"entries": 3})
    db.write_now(jobs.finish_job, bad, owner="one", now=NOON, error="no such feed")
    first, second = db.read_now(jobs.list_jobs, [good, bad])
    assert (first.state, first.result, first.finished) == (JobState.DONE, {"entries": 3}, NOON)
    assert (second.state, second.error) == (JobState.FAILED, "no such feed")
    assert db.read_now(jobs.next_due) is None


def test_an_error_that_no_database_can_hold_ends_the_job_all_the_same(db: Database) -> None:
    job_id = enqueue(db, a_job())
    lease(db)
    finish(db, job_id, error="what came: \0 and \ud800")
    [status] = db.read_now(jobs.list_jobs, [job_id])
    assert (status.state, status.error) == (JobState.FAILED, "what came: \ufffd and \ufffd")


def lease_one(db: Database, job_id: int) -> jobs.LeasedJob | None:
    return db.write_now(jobs.lease_job, job_id, key="", owner="one", now=NOON, lease=MINUTE)


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("finished", [False, True])
def test_one_job_is_leased_only_where_no_move_keeps_others_out(
    db: Database, direction: Direction, finished: bool
) -> None:
    """The statement asks for itself what `unsettled` tells everybody else."""
    job_id = enqueue(db, a_job())
    db.write_now(begin_move, direction, "postgresql://elsewhere/news", now=NOON)
    if finished:
        db.write_now(finish_move, direction, now=NOON)
    if db.read_now(unsettled):
        with pytest.raises(SchemaMismatch):
            lease_one(db, job_id)
    else:
        leased = lease_one(db, job_id)
        assert leased is not None
        assert (leased.id, dict(leased.args), leased.attempts) == (job_id, {"feed": "all"}, 1)
    assert (db.read_now(unsettled) is None) == (direction is Direction.FROM and finished)


def test_a_job_whose_lease_ran_out_waits_again(db: Database) -> None:
    job_id = enqueue(db, a_job())
    lease(db)
    assert db.write_now(jobs.requeue_stale, NOON + MINUTE) == 0
    assert db.write_now(jobs.requeue_stale, NOON + 2 * MINUTE) == 1
    assert [(job.id, job.attempts) for job in lease(db, "two", NOON + 2 * MINUTE)] == [(job_id, 2)]


def test_a_prolonged_lease_does_not_run_out(db: Database) -> None:
    job_id = enqueue(db, a_job())
    lease(db)
    assert db.write_now(jobs.extend, job_id, owner="one", until=NOON + 5 * MINUTE)
    assert db.write_now(jobs.requeue_stale, NOON + 2 * MINUTE) == 0


def test_a_lost_lease_cannot_be_prolonged(db: Database) -> None:
    job_id = enqueue(db, a_job())
    lease(db)
    db.write_now(jobs.requeue_stale, NOON + 2 * MINUTE)
    lease(db, "two", NOON + 2 * MINUTE)
    assert not db.write_now(jobs.extend, job_id, owner="one", until=NOON + 9 * MINUTE)


def test_a_stale_job_is_dropped_when_its_key_waits_already(db: Database) -> None:
    stale = enqueue(db, a_job(key="k"))
    lease(db)
    waiting = enqueue(db, a_job(key="k"))
    db.write_now(jobs.requeue_stale, NOON + 2 * MINUTE)
    assert states(db, stale, waiting) == [JobState.DROPPED, JobState.WAITING]


def test_of_two_stale_jobs_with_one_key_one_waits_again(db: Database) -> None:
    ids = []
    for _ in range(2):
        ids.append(enqueue(db, a_job(key="k")))
        lease(db)
    db.write_now(jobs.requeue_stale, NOON + 2 * MINUTE)
    assert sorted(states(db, *ids)) == [JobState.DROPPED, JobState.WAITING]


def test_a_dropped_job_is_forgotten_in_its_time_like_any_other(db: Database) -> None:
    stale = enqueue(db, a_job(key="k"))
    lease(db)
    enqueue(db, a_job(key="k"))
    db.write_now(jobs.requeue_stale, NOON + 2 * MINUTE)
    assert states(db, stale) == [JobState.DROPPED]
    assert db.write_now(jobs.delete_finished, NOON + 3 * MINUTE) == 1
    assert states(db, stale) == []


def test_a_job_that_another_runner_has_is_not_its_first_owner_s_to_end(db: Database) -> None:
    job_id = enqueue(db, a_job())
    lease(db)
    db.write_now(jobs.requeue_stale, NOON + 2 * MINUTE)
    lease(db, "two", NOON + 2 * MINUTE)
    assert not db.write_now(jobs.finish_job, job_id, owner="one", now=NOON, result={})
    assert not postpone(db, job_id)
    assert states(db, job_id) == [JobState.LEASED]
    assert db.write_now(jobs.finish_job, job_id, owner="two", now=NOON)


def test_what_ended_since_then_is_told_in_the_order_of_its_end_and_then_what_waits_after_a_fault(
    db: Database,
) -> None:
    before, last, first, faulty = (enqueue(db, a_job()) for _ in range(4))
    enqueue(db, a_job())
    lease(db, limit=4)
    for job_id, after in ((before, -MINUTE), (last, 2 * MINUTE), (first, MINUTE)):
        db.write_now(jobs.finish_job, job_id, owner="one", now=NOON + after)
    assert postpone(db, faulty)
    assert [job.id for job in db.read_now(jobs.list_since, NOON)] == [first, last, faulty]


def test_nothing_is_left_to_do_while_no_job_runs_or_is_due(db: Database) -> None:
    assert db.read_now(jobs.is_idle, NOON)
    enqueue(db, a_job(due=NOON + MINUTE))
    assert db.read_now(jobs.is_idle, NOON)
    assert not db.read_now(jobs.is_idle, NOON + MINUTE)
    lease(db, now=NOON + MINUTE)
    assert not db.read_now(jobs.is_idle, NOON)


def test_the_newest_job_of_a_key_is_found_in_whatever_state(db: Database) -> None:
    assert db.read_now(jobs.find_latest, "k") is None
    enqueue(db, a_job(key="k"))
    lease(db)
    newest = enqueue(db, a_job(key="k"))
    enqueue(db, a_job(key="other"))
    found = db.read_now(jobs.find_latest, "k")
    assert found is not None
    assert (found.id, found.state) == (newest, JobState.WAITING)


def test_a_postponed_job_waits_until_it_is_due_again(db: Database) -> None:
    job_id = enqueue(db, a_job())
    lease(db)
    assert postpone(db, job_id)
    assert lease(db) == []
    assert [job.attempts for job in lease(db, now=NOON + MINUTE)] == [2]


def finish(db: Database, job_id: int, error: str = "") -> None:
    db.write_now(jobs.finish_job, job_id, owner="one", now=NOON, error=error)


def test_what_broke_is_found_by_the_beginning_of_its_key_until_it_goes_well(db: Database) -> None:
    def broken() -> jobs.Broken | None:
        return db.read_now(jobs.find_broken, "batch:1:")

    def begin(key: str) -> int:
        enqueue(db, a_job(key=key))
        return lease(db)[0].id

    finish(db, begin("batch:10:1"), "another issue's")
    finish(db, begin("batch:1:1"))
    assert broken() is None
    failed = begin("batch:1:2")
    assert broken() is None
    finish(db, failed, "no template")
    assert broken() == jobs.Broken(error="no template", again=None)
    enqueue(db, a_job(key="batch:1:2", due=NOON + MINUTE))
    assert broken() == jobs.Broken(error="no template", again=NOON + MINUTE)
    [again] = lease(db, now=NOON + MINUTE)
    finish(db, again.id)
    assert broken() is None


def test_what_waits_after_a_fault_is_broken_until_its_next_try(db: Database) -> None:
    enqueue(db, a_job(key="batch:1:1"))
    postpone(db, lease(db)[0].id)
    assert db.read_now(jobs.find_broken, "batch:1:") == jobs.Broken(error="relay away", again=NOON + MINUTE)
