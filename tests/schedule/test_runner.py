"""The runner: each job once, retried when it may work later, waiting again when it is interrupted."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy
import structlog

from syndicate.errors import GiveUp, StorageFull, TryLater
from syndicate.model.job import Job
from syndicate.schedule.doing import Work, retry_delay
from syndicate.schedule.runner import MOST, Pace, Runner, pace_for
from syndicate.store.database import Database
from syndicate.store.jobs import JobState, JobStatus, enqueue, lease_jobs, list_jobs, requeue_stale

QUICK = Pace(poll=timedelta(milliseconds=20), drain=timedelta(milliseconds=50), settle=timedelta(seconds=5))


def now() -> datetime:
    return datetime.now(UTC)


def put(db: Database, *names: str) -> list[int]:
    ids = [db.write_now(enqueue, Job(name=name, args={"n": n}), now=now()) for n, name in enumerate(names)]
    return [job_id for job_id in ids if job_id is not None]


def status(db: Database, ids: list[int]) -> list[JobStatus]:
    return db.read_now(list_jobs, ids)


def a_runner(db: Database, work: Work, **change: Any) -> Runner:
    return Runner(db, work, **{"owner": "me", "now": now, "pace": QUICK} | change)


async def test_every_job_is_done_once_and_its_result_kept(db: Database) -> None:
    ids, seen = put(db, *["count"] * 20), []

    async def work(name: str, args: Mapping[str, Any]) -> Any:
        seen.append(args["n"])
        return {"n": args["n"]}

    await a_runner(db, work).run_due()
    assert sorted(seen) == list(range(20))
    assert {(one.state, one.result["n"] == one.args["n"]) for one in status(db, ids)} == {
        (JobState.DONE, True)
    }


async def test_jobs_made_by_jobs_are_done_in_the_same_pass(sqlite_db: Database) -> None:
    seen = []

    async def work(name: str, args: Mapping[str, Any]) -> None:
        seen.append(name)
        if name == "first":
            await sqlite_db.write(enqueue, Job(name="second"), now=now())

    put(sqlite_db, "first")
    await a_runner(sqlite_db, work).run_due()
    assert seen == ["first", "second"]


async def test_a_runner_leaves_jobs_of_other_queues_to_others(db: Database) -> None:
    names, seen = ["source.refresh", "feed.publish", "delivery.batch"], []

    async def work(name: str, args: Mapping[str, Any]) -> None:
        seen.append(name)

    put(db, *names)
    await a_runner(db, work, pace=pace_for(1, queues=["collect"])).run_due()
    assert seen == ["source.refresh"]
    await a_runner(db, work, pace=pace_for(1, queues=["publish", "deliver"])).run_due()
    assert sorted(seen) == sorted(names)


async def test_no_more_run_at_a_time_than_the_pace_allows(sqlite_db: Database) -> None:
    running, most = 0, 0

    async def work(name: str, args: Mapping[str, Any]) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1

    put(sqlite_db, *["x"] * 10)
    await a_runner(sqlite_db, work, pace=Pace(concurrency=3)).run_due()
    assert most == 3


async def test_a_notice_mail_waits_behind_no_batch_and_no_source_however_slow(sqlite_db: Database) -> None:
    begun: list[str] = []
    sent, go = asyncio.Event(), asyncio.Event()

    async def work(name: str, args: Mapping[str, Any]) -> None:
        begun.append(name)
        if name == "outbox.send":
            sent.set()
        else:
            await go.wait()

    several = [name for name in MOST for _ in range(MOST[name] + 1)]
    put(sqlite_db, *several)
    runner = a_runner(sqlite_db, work, pace=Pace(poll=QUICK.poll))
    passing = asyncio.create_task(runner.run_due())
    while len(begun) < sum(MOST.values()):  # noqa: ASYNC110 - no event of ours tells it
        await asyncio.sleep(0)
    put(sqlite_db, "outbox.send")
    await sent.wait()
    assert {name: begun.count(name) for name in MOST} == MOST
    go.set()
    await passing
    assert len(begun) == len(several) + 1


def test_what_may_take_long_leaves_room_for_what_does_not() -> None:
    assert sum(MOST.values()) < Pace().concurrency


async def test_what_may_work_later_waits_and_keeps_its_reason(sqlite_db: Database) -> None:
    async def work(name: str, args: Mapping[str, Any]) -> None:
        raise TryLater("the relay is away", retry_after=60)

    ids = put(sqlite_db, "send")
    await a_runner(sqlite_db, work).run_due()
    [job] = status(sqlite_db, ids)
    assert (job.state, job.error) == (JobState.WAITING, "the relay is away")
    soon = now() + timedelta(seconds=50)
    assert not sqlite_db.write_now(lease_jobs, owner="x", now=soon, limit=1, lease=timedelta(seconds=1))


async def test_what_never_works_later_is_given_up_after_ten_attempts(sqlite_db: Database) -> None:
    later = now()

    async def work(name: str, args: Mapping[str, Any]) -> None:
        raise TryLater("still away")

    def clock() -> datetime:
        nonlocal later
        later += timedelta(hours=1)
        return later

    ids = put(sqlite_db, "send")
    await a_runner(sqlite_db, work, now=clock).run_due()
    [job] = status(sqlite_db, ids)
    assert (job.state, job.attempts) == (JobState.FAILED, 10)


@pytest.mark.parametrize("error", [GiveUp("no such page"), ZeroDivisionError("ours")])
async def test_a_failure_is_recorded_and_the_rest_goes_on(sqlite_db: Database, error: Exception) -> None:
    async def work(name: str, args: Mapping[str, Any]) -> None:
        if name == "bad":
            raise error

    ids = put(sqlite_db, "bad", "good")
    await a_runner(sqlite_db, work).run_due()
    bad, good = status(sqlite_db, ids)
    assert (bad.state, good.state) == (JobState.FAILED, JobState.DONE)
    assert str(error) in bad.error


async def test_told_to_stop_it_takes_no_new_job_and_lets_running_ones_end(sqlite_db: Database) -> None:
    stop, begun, go = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def work(name: str, args: Mapping[str, Any]) -> None:
        begun.set()
        await go.wait()

    ids = put(sqlite_db, "first")
    runner = a_runner(sqlite_db, work, pace=Pace(drain=timedelta(seconds=30)))
    serving = asyncio.create_task(runner.run_until(stop))
    await begun.wait()
    stop.set()
    ids += put(sqlite_db, "second")
    go.set()
    await serving
    assert [one.state for one in status(sqlite_db, ids)] == [JobState.DONE, JobState.WAITING]


async def test_what_does_not_end_in_time_is_cancelled_and_waits_again(sqlite_db: Database) -> None:
    stop, begun, tidied = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def work(name: str, args: Mapping[str, Any]) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            tidied.set()

    ids = put(sqlite_db, "endless")
    serving = asyncio.create_task(a_runner(sqlite_db, work).run_until(stop))
    await begun.wait()
    stop.set()
    await serving
    assert tidied.is_set()
    assert [one.state for one in status(sqlite_db, ids)] == [JobState.WAITING]


async def test_a_full_disk_ends_no_service_and_the_work_goes_on_when_there_is_room(
    sqlite_db: Database,
) -> None:
    ids, stop, done = put(sqlite_db, *["x"] * 200), asyncio.Event(), asyncio.Event()
    sizes = {"most": sqlite_db.read_now(page_count)}

    def limit(connection: Any, _record: Any) -> None:
        connection.execute(f"PRAGMA max_page_count={sizes['most']}")

    sqlalchemy.event.listen(sqlite_db.engine, "connect", limit)
    sqlite_db.engine.dispose()

    async def work(name: str, args: Mapping[str, Any]) -> None:
        done.set()

    # Leasing all at once, under so long a name, takes more pages than there are.
    runner = a_runner(sqlite_db, work, owner="o" * 100, pace=Pace(concurrency=200, poll=QUICK.poll))
    with pytest.raises(StorageFull):
        await runner.run_due()
    serving = asyncio.create_task(runner.run_until(stop))
    with structlog.testing.capture_logs() as lines:
        while not lines:  # noqa: ASYNC110 - no event of ours tells it
            await asyncio.sleep(0)
    assert (lines[0]["event"], serving.done(), done.is_set()) == ("runner.waits", False, False)
    sizes["most"] = 1_000_000
    sqlite_db.engine.dispose()
    await done.wait()
    stop.set()
    await serving
    assert {one.state for one in status(sqlite_db, ids)} == {JobState.DONE}


def page_count(conn: Any) -> int:
    return int(conn.exec_driver_sql("PRAGMA page_count").scalar_one())


async def test_a_pass_that_is_interrupted_leaves_its_jobs_waiting(sqlite_db: Database) -> None:
    begun = asyncio.Event()

    async def work(name: str, args: Mapping[str, Any]) -> None:
        begun.set()
        await asyncio.Event().wait()

    ids = put(sqlite_db, "endless")
    pace = Pace(drain=timedelta(hours=1))
    passing = asyncio.create_task(a_runner(sqlite_db, work, pace=pace).run_due())
    await begun.wait()
    passing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await passing
    assert [one.state for one in status(sqlite_db, ids)] == [JobState.WAITING]


async def test_a_new_job_wakes_a_resting_runner(sqlite_db: Database) -> None:
    stop, done = asyncio.Event(), asyncio.Event()

    async def work(name: str, args: Mapping[str, Any]) -> None:
        done.set()

    runner = a_runner(sqlite_db, work, pace=Pace(poll=timedelta(hours=1)))
    serving = asyncio.create_task(runner.run_until(stop))
    await asyncio.sleep(0)
    put(sqlite_db, "x")
    runner.wake()
    await done.wait()
    stop.set()
    await serving


async def test_a_long_job_keeps_its_lease(sqlite_db: Database) -> None:
    lease, extended = timedelta(milliseconds=300), asyncio.Event()
    later = now()

    async def work(name: str, args: Mapping[str, Any]) -> None:
        nonlocal later
        while sqlite_db.read_now(leased_until) < later + lease * 2:
            later += lease / 10
            await asyncio.sleep(0.02)
        extended.set()

    def leased_until(conn: Any) -> datetime:
        value: datetime = conn.exec_driver_sql("select leased_until from jobs").scalar_one()
        return datetime.fromisoformat(str(value)).replace(tzinfo=UTC)

    def clock() -> datetime:
        return later + lease * 2

    put(sqlite_db, "long")
    await a_runner(sqlite_db, work, now=clock, pace=Pace(lease=lease)).run_due()
    assert extended.is_set()


async def test_a_runner_that_lost_its_lease_stops_and_changes_nothing(sqlite_db: Database) -> None:
    """Another runner has the job: its row is that one's to finish."""
    stop, begun = asyncio.Event(), asyncio.Event()

    async def work(name: str, args: Mapping[str, Any]) -> None:
        begun.set()
        await asyncio.Event().wait()

    ids = put(sqlite_db, "x")
    runner = a_runner(sqlite_db, work, pace=Pace(lease=timedelta(milliseconds=60), concurrency=1))
    running = asyncio.create_task(runner.run_until(stop))
    await begun.wait()
    future = now() + timedelta(hours=1)
    await sqlite_db.write(requeue_stale, future)
    taken = await sqlite_db.write(lease_jobs, owner="other", now=future, limit=1, lease=timedelta(hours=1))
    stop.set()
    await running
    assert [job.id for job in taken] == ids
    assert [one.state for one in status(sqlite_db, ids)] == [JobState.LEASED]


@pytest.mark.parametrize(
    ("attempts", "retry_after", "seconds"),
    [
        (1, None, 5),
        (2, None, 10),
        (4, None, 40),
        (20, None, 900),
        (1, 120, 120),
        (1, 1e9, 86400),
        (9, 1, 900),
    ],
)
def test_delays_double_up_to_a_quarter_of_an_hour(
    attempts: int, retry_after: float | None, seconds: int
) -> None:
    assert retry_delay(attempts, retry_after=retry_after) == timedelta(seconds=seconds)
