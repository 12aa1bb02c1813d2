"""Procrastinate carries jobs: in the transaction that makes them due, to one worker, whatever is killed."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from syndicate.app import Post
from syndicate.errors import GiveUp, SchemaMismatch, TryLater
from syndicate.model.job import QUEUE_OF, QUEUES, Job
from syndicate.schedule.doing import Doing, Work
from syndicate.schedule.runner import Pace, pace_for
from syndicate.store.database import Database
from syndicate.store.jobs import JobState, JobStatus, lease_job, list_jobs
from syndicate.store.upgrade import upgrade
from tests.neighbours.postgres import running_cluster

pytest.importorskip("procrastinate", reason="not installed: uv sync --extra procrastinate")
from syndicate.schedule.procrastinate import Carrying, Reach, Workers, apportion, bring_up, lane_of

QUICK = Pace(poll=timedelta(milliseconds=50), drain=timedelta(milliseconds=200), settle=timedelta(seconds=5))
PATIENT = Pace(poll=timedelta(hours=1), drain=timedelta(0))
LEASE = timedelta(seconds=60)


def now() -> datetime:
    return datetime.now(UTC)


class Newsroom:
    """A database with both schemas, and who enqueues there."""

    def __init__(self, url: str, *, fresh: bool = False) -> None:
        self.url = url
        self.db = Database(url)
        if fresh:
            upgrade(self.db)
        self.db.write_now(bring_up)
        self.post = Post(now)
        self.post.carrier = Carrying()

    def put(self, *wanted: Job) -> list[int]:
        """Make jobs due, all in one transaction; their ids."""
        return self.db.write_now(self.post.many, wanted)

    def rescue(self, *, after: timedelta = timedelta(0)) -> int:
        """What is lost, taken up so much later."""
        return self.db.write_now(self.post.carrier.rescue, now() + after)

    def workers(self, work: Work, *, owner: str = "me", **change: Any) -> Workers:
        """One process's share of the jobs."""
        pace = change.pop("pace", QUICK)
        doing = Doing(self.db, work, owner=owner, now=change.pop("now", now), lease=pace.lease)
        doing.carrier = self.post.carrier
        return Workers(self.db, doing, reach=Reach(url=self.url), pace=pace, **change)

    def states(self, ids: Sequence[int]) -> list[JobState]:
        return [status.state for status in self.statuses(ids)]

    def statuses(self, ids: Sequence[int]) -> list[JobStatus]:
        return self.db.read_now(list_jobs, ids)

    def ask(self, statement: str, *values: Any) -> list[Any]:
        """Procrastinate's side, told by its tables."""
        with psycopg.connect(self.url, autocommit=True) as conn:
            cursor = conn.execute(statement, values)
            return [row[0] for row in cursor] if cursor.description else []

    def carried(self, state: str) -> list[int]:
        """The rows whose jobs of Procrastinate are in this state."""
        return self.ask(
            "SELECT (args->>'job')::int FROM procrastinate_jobs WHERE status::text = %s ORDER BY id", state
        )


@pytest.fixture
def newsroom(postgres_url: str) -> Iterator[Newsroom]:
    opened = Newsroom(postgres_url)
    yield opened
    opened.db.close()


def noting(seen: list[Any]) -> Work:
    """Work that notes what it was given."""

    async def work(name: str, args: Mapping[str, Any]) -> Any:
        seen.append(args.get("n", name))
        return {"seen": args.get("n", name)}

    return work


def a_job(n: int = 0, **change: Any) -> Job:
    return Job(**{"name": "feed.publish", "args": {"n": n}, "key": f"feed.publish:{n}"} | change)


async def rows_read(newsroom: Newsroom, table: str) -> int:
    """How many rows of a table were read; the server counts what a session read once that has ended."""
    newsroom.db.close()
    others = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    await until(lambda: not newsroom.ask(others))
    read = "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_user_tables WHERE relname = %s"
    return newsroom.ask(read, table)[0]


@asynccontextmanager
async def running(workers: Workers):
    """The workers run meanwhile, and are drained in the end."""
    stop = asyncio.Event()
    task = asyncio.create_task(workers.run_until(stop))
    try:
        yield
    finally:
        stop.set()
        await task


async def until(true: Callable[[], Any]) -> None:
    """Wait for it."""
    async with asyncio.timeout(60):
        while not await asyncio.to_thread(true):  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(0.02)


async def test_each_job_is_done_once_and_its_row_tells_how_it_ended(newsroom: Newsroom) -> None:
    ids, seen = newsroom.put(*[a_job(n) for n in range(20)]), []
    await newsroom.workers(noting(seen)).run_due()
    assert sorted(seen) == list(range(20))
    assert [(one.state, one.result) for one in newsroom.statuses(ids)] == [
        (JobState.DONE, {"seen": n}) for n in range(20)
    ]


async def test_what_a_job_costs_the_server_does_not_grow_with_those_that_wait(newsroom: Newsroom) -> None:
    """PostgreSQL knows nothing of tables that filled a moment ago, and would look through all of them."""
    many = 1000
    ids, seen = newsroom.put(*[a_job(n) for n in range(many)]), []
    await newsroom.workers(noting(seen), pace=PATIENT).run_due()
    assert set(newsroom.states(ids)) == {JobState.DONE}
    for table in ("jobs", "procrastinate_jobs"):
        assert await rows_read(newsroom, table) < 40 * many


async def test_a_job_is_found_by_its_key_without_looking_at_those_that_ended(newsroom: Newsroom) -> None:
    """A large issue has as many as it has batches, and they stay for a day."""
    newsroom.put(*[a_job(n) for n in range(1000)])
    newsroom.ask("UPDATE jobs SET state = 'done'")
    (waiting,) = newsroom.put(a_job(7))
    before = await rows_read(newsroom, "jobs")
    leased = newsroom.db.write_now(lease_job, -1, key="feed.publish:7", owner="one", now=now(), lease=LEASE)
    assert leased is not None
    assert leased.id == waiting
    assert await rows_read(newsroom, "jobs") - before < 10


async def test_jobs_made_by_jobs_are_done_in_the_same_pass(newsroom: Newsroom) -> None:
    seen = []

    async def work(name: str, args: Mapping[str, Any]) -> None:
        seen.append(name)
        if name == "issue.compile":
            await newsroom.db.write(newsroom.post, Job(name="issue.send"))

    newsroom.put(Job(name="issue.compile"))
    await newsroom.workers(work).run_due()
    assert seen == ["issue.compile", "issue.send"]


async def test_a_job_that_is_committed_begins_without_a_look(newsroom: Newsroom) -> None:
    seen = []
    async with running(newsroom.workers(noting(seen), pace=PATIENT)):
        # Whoever begins looks once; what comes after that is notified.
        newsroom.put(a_job(1))
        await until(lambda: seen == [1])
        listening = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%%'"
        await until(lambda: newsroom.ask(listening)[0] >= 6)
        newsroom.put(a_job(2))
        await until(lambda: seen == [1, 2])


def test_what_is_rolled_back_is_not_carried(newsroom: Newsroom) -> None:
    def fail(conn: Any) -> None:
        newsroom.post(conn, a_job(1))
        raise GiveUp("the item is gone")

    with pytest.raises(GiveUp):
        newsroom.db.write_now(fail)
    assert newsroom.ask("SELECT count(*) FROM procrastinate_jobs") == [0]
    assert newsroom.ask("SELECT count(*) FROM jobs") == [0]


def test_of_one_key_one_job_waits_on_either_side(newsroom: Newsroom) -> None:
    first = newsroom.put(a_job(1))
    assert newsroom.put(a_job(1), a_job(2), a_job(2)) == newsroom.carried("todo")[1:]
    assert newsroom.carried("todo")[:1] == first


async def test_a_later_job_waits_for_its_time(newsroom: Newsroom) -> None:
    seen = []
    newsroom.put(a_job(1, due=now() + timedelta(hours=1)), a_job(2))
    await newsroom.workers(noting(seen)).run_due()
    assert seen == [2]


async def test_what_may_work_later_is_tried_later_and_at_once_by_what_the_other_side_asks(
    newsroom: Newsroom,
) -> None:
    async def work(name: str, args: Mapping[str, Any]) -> None:
        raise TryLater("the relay is away", retry_after=3600)

    (job_id,) = newsroom.put(a_job())
    await newsroom.workers(work).run_due()
    (status,) = newsroom.statuses([job_id])
    assert (status.state, status.error, status.attempts) == (JobState.WAITING, "the relay is away", 1)
    # The try has ended, and the next one is carried for when it is due.
    assert (newsroom.carried("succeeded"), newsroom.carried("todo")) == ([job_id], [job_id])
    (scheduled,) = newsroom.ask("SELECT scheduled_at FROM procrastinate_jobs WHERE status = 'todo'")
    assert scheduled > now() + timedelta(minutes=50)


async def test_a_later_try_is_done_when_its_time_has_come(newsroom: Newsroom) -> None:
    tries = 0

    async def work(name: str, args: Mapping[str, Any]) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise TryLater("the relay is away")

    (job_id,) = newsroom.put(a_job())
    await newsroom.workers(work).run_due()
    # By a clock that is ahead of the database's, too.
    await newsroom.workers(work, now=lambda: now() + timedelta(minutes=1)).run_due()
    assert (tries, newsroom.states([job_id])) == (2, [JobState.DONE])


@pytest.mark.parametrize("error", [GiveUp("no such feed"), ValueError("broken")])
async def test_another_fault_ends_it(newsroom: Newsroom, error: Exception) -> None:
    async def work(name: str, args: Mapping[str, Any]) -> None:
        raise error

    (job_id,) = newsroom.put(a_job())
    await newsroom.workers(work).run_due()
    (status,) = newsroom.statuses([job_id])
    assert (status.state, str(error) in status.error) == (JobState.FAILED, True)


async def test_what_is_urgent_goes_first_then_what_waits_longest(newsroom: Newsroom) -> None:
    seen = []
    newsroom.put(
        a_job(1, name="delivery.batch", key="daily:1"),
        a_job(2, name="delivery.batch", key="daily:2"),
        a_job(3, name="delivery.batch", key="breaking:1", urgent=True),
    )
    one_by_one = Pace(poll=timedelta(milliseconds=50), concurrency=1, most={"delivery.batch": 1})
    await newsroom.workers(noting(seen), pace=one_by_one).run_due()
    assert seen == [3, 1, 2]


async def test_a_worker_does_the_jobs_of_its_queues_alone(newsroom: Newsroom) -> None:
    seen = []
    names = ["source.refresh", "source.reprocess", "feed.publish", "hub.ping", "delivery.batch", "sweep"]
    newsroom.put(*[Job(name=name, key=name) for name in names])
    await newsroom.workers(noting(seen), queues=["collect"]).run_due()
    assert sorted(seen) == ["source.refresh", "source.reprocess"]
    await newsroom.workers(noting(seen), queues=["publish", "deliver"]).run_due()
    assert sorted(seen) == sorted(names)


async def test_what_does_not_end_in_time_waits_again_and_another_does_it(newsroom: Newsroom) -> None:
    begun, seen = asyncio.Event(), []

    async def hang(name: str, args: Mapping[str, Any]) -> None:
        begun.set()
        await asyncio.Event().wait()

    (job_id,) = newsroom.put(a_job(1))
    async with running(newsroom.workers(hang)):
        await begun.wait()
    (status,) = newsroom.statuses([job_id])
    assert (status.state, status.error) == (JobState.WAITING, "interrupted")
    await newsroom.workers(noting(seen), owner="another").run_due()
    assert (seen, newsroom.states([job_id])) == ([1], [JobState.DONE])


async def test_two_workers_share_jobs_and_do_each_once(newsroom: Newsroom) -> None:
    ids, seen = newsroom.put(*[a_job(n) for n in range(60)]), []
    one, two = (newsroom.workers(noting(seen), owner=owner) for owner in ("one", "two"))
    async with running(one), running(two):
        await until(lambda: set(newsroom.states(ids)) == {JobState.DONE})
    assert sorted(seen) == list(range(60))


async def test_a_row_that_is_carried_twice_is_done_once(newsroom: Newsroom) -> None:
    seen = []
    (job_id,) = newsroom.put(a_job(1))
    newsroom.ask("UPDATE procrastinate_jobs SET queueing_lock = NULL")
    newsroom.ask(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args)"
        " SELECT queue_name, task_name, priority, args FROM procrastinate_jobs"
    )
    async with running(newsroom.workers(noting(seen))):
        await until(lambda: newsroom.carried("todo") == newsroom.carried("doing") == [])
    assert seen == [1]
    assert set(newsroom.carried("succeeded")) == {job_id}


# --- what is killed -------------------------------------------------------------------------------------


def kill_worker(newsroom: Newsroom, *, fetched: int) -> None:
    """What a worker leaves that fetched this row's job and was killed; a minute ago it said its last."""
    newsroom.ask("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 minute')")
    newsroom.ask(
        "UPDATE procrastinate_jobs SET status = 'doing',"
        " worker_id = (SELECT max(id) FROM procrastinate_workers)"
        " WHERE (args->>'job')::int = %s",
        fetched,
    )


async def test_a_worker_killed_before_it_leased_the_row_leaves_it_to_another(newsroom: Newsroom) -> None:
    seen = []
    (job_id,) = newsroom.put(a_job(1))
    kill_worker(newsroom, fetched=job_id)
    assert newsroom.rescue() == 1
    assert (newsroom.carried("failed"), newsroom.carried("todo")) == ([job_id], [job_id])
    await newsroom.workers(noting(seen)).run_due()
    assert (seen, newsroom.states([job_id])) == ([1], [JobState.DONE])


async def test_a_worker_killed_in_the_middle_keeps_the_row_until_its_lease_is_over(
    newsroom: Newsroom,
) -> None:
    seen = []
    (job_id,) = newsroom.put(a_job(1))
    kill_worker(newsroom, fetched=job_id)
    lease = {"key": "", "owner": "killed", "now": now(), "lease": LEASE}
    assert newsroom.db.write_now(lease_job, job_id, **lease) is not None
    assert newsroom.rescue() == 0
    assert newsroom.states([job_id]) == [JobState.LEASED]
    assert newsroom.rescue(after=2 * LEASE) == 1
    await newsroom.workers(noting(seen), now=lambda: now() + 3 * LEASE).run_due()
    assert (seen, [one.attempts for one in newsroom.statuses([job_id])]) == ([1], [2])


async def test_a_worker_killed_after_it_ended_the_row_has_nothing_done_again(newsroom: Newsroom) -> None:
    seen: list[Any] = []
    (job_id,) = newsroom.put(a_job(1))
    await newsroom.workers(noting(seen)).run_due()
    kill_worker(newsroom, fetched=job_id)
    assert newsroom.rescue() == 0
    assert (newsroom.carried("failed"), newsroom.carried("todo")) == ([job_id], [])
    await newsroom.workers(noting(seen)).run_due()
    assert (seen, newsroom.states([job_id])) == ([1], [JobState.DONE])


async def test_a_sweep_whose_worker_was_killed_does_not_keep_all_others_waiting(newsroom: Newsroom) -> None:
    """It is the sweep that takes up what is lost, and one that waits stands for every other."""
    seen = []
    (job_id,) = newsroom.put(Job(name="sweep", key="sweep"))
    kill_worker(newsroom, fetched=job_id)
    assert newsroom.put(Job(name="sweep", key="sweep")) == []
    await newsroom.workers(noting(seen)).run_due()
    assert seen == ["sweep"]


async def test_what_a_living_worker_could_not_say_is_said_for_it(newsroom: Newsroom) -> None:
    (job_id,) = newsroom.put(a_job(1))
    await newsroom.workers(noting([])).run_due()
    newsroom.ask("INSERT INTO procrastinate_workers DEFAULT VALUES")
    newsroom.ask(
        "UPDATE procrastinate_jobs SET status = 'doing',"
        " worker_id = (SELECT max(id) FROM procrastinate_workers)"
    )
    newsroom.rescue()
    assert newsroom.carried("doing") == [job_id]
    newsroom.rescue(after=timedelta(minutes=6))
    assert newsroom.carried("failed") == [job_id]


def test_a_row_that_nobody_carries_is_carried_and_one_that_is_carried_is_not(newsroom: Newsroom) -> None:
    carried, lost = newsroom.put(a_job(1), a_job(2))
    newsroom.ask("DELETE FROM procrastinate_jobs WHERE (args->>'job')::int = %s", lost)
    assert newsroom.rescue() == 1
    assert newsroom.carried("todo") == [carried, lost]
    assert newsroom.rescue() == 0


def test_what_waits_under_a_key_without_its_row_gives_way_to_the_next(newsroom: Newsroom) -> None:
    """A row can be taken by another engine, or restored from a backup, and its carried job is left over."""
    (first,) = newsroom.put(a_job(1))
    newsroom.ask("UPDATE jobs SET state = 'done'")
    (second,) = newsroom.put(a_job(1))
    assert (newsroom.carried("cancelled"), newsroom.carried("todo")) == ([first], [second])


async def test_a_job_that_is_left_over_does_what_waits_under_its_key(newsroom: Newsroom) -> None:
    seen = []
    (first,) = newsroom.put(a_job(1))
    newsroom.ask("UPDATE jobs SET state = 'done'")
    newsroom.ask(
        "INSERT INTO jobs (name, args, key, priority, state, due, owner, attempts, error, created)"
        " SELECT name, args, key, priority, 'waiting', due, '', 0, '', created FROM jobs"
    )
    assert newsroom.carried("todo") == [first]
    await newsroom.workers(noting(seen)).run_due()
    assert seen == [1]


async def test_two_that_rescue_at_once_do_not_disturb_each_other(newsroom: Newsroom) -> None:
    ids = newsroom.put(*[a_job(n) for n in range(30)])
    for job_id in ids:
        kill_worker(newsroom, fetched=job_id)
    carrier = newsroom.post.carrier
    counts = await asyncio.gather(*(newsroom.db.write(carrier.rescue, now()) for _ in range(4)))
    assert sum(counts) == 30
    assert sorted(newsroom.carried("todo")) == ids


async def test_workers_go_on_after_the_database_was_away(newsroom: Newsroom) -> None:
    seen = []
    async with running(newsroom.workers(noting(seen))):
        newsroom.put(a_job(1))
        await until(lambda: seen == [1])
        newsroom.ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await until(lambda: put_again(newsroom))
        await until(lambda: seen == [1, 2])


async def test_a_job_that_runs_while_the_server_is_restarted_is_ended_and_others_are_done() -> None:
    begun, go_on, seen = asyncio.Event(), asyncio.Event(), []

    async def work(name: str, args: Mapping[str, Any]) -> None:
        begun.set()
        await go_on.wait()
        seen.append(args["n"])

    with running_cluster() as cluster:
        newsroom = Newsroom(cluster.url(cluster.create()), fresh=True)
        ids = newsroom.put(a_job(1))
        async with running(newsroom.workers(work)):
            await begun.wait()
            await asyncio.to_thread(cluster.stop)
            await asyncio.to_thread(cluster.start)
            go_on.set()
            ids += await asyncio.to_thread(newsroom.put, a_job(2))
            await until(lambda: newsroom.states(ids) == [JobState.DONE, JobState.DONE])
        newsroom.db.close()
    # Whose end met the server's is done again: jobs may be.
    assert set(seen) == {1, 2}


def put_again(newsroom: Newsroom) -> bool:
    try:
        return bool(newsroom.put(a_job(2)))
    except TryLater:
        return False


# --- its tables ------------------------------------------------------------------------------------------


def test_its_tables_are_made_once_and_a_second_start_changes_nothing(postgres_url: str) -> None:
    db = Database(postgres_url)
    before, made = db.write_now(bring_up)
    assert (before, db.write_now(bring_up)) == ("", (made, made))
    db.close()


def test_two_that_are_started_at_once_make_its_tables_once(postgres_url: str) -> None:
    first, second = Database(postgres_url), Database(postgres_url)
    waits = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    with ThreadPoolExecutor() as threads:
        with first.engine.begin() as conn:
            _, made = bring_up(conn)
            beside = threads.submit(second.write_now, bring_up)
            while not conn.scalar(waits):
                assert not beside.done(), beside.result()
        assert beside.result() == (made, made)
    first.close()
    second.close()


def test_tables_of_an_older_library_are_brought_up_step_by_step(postgres_url: str) -> None:
    steps = sorted((files("procrastinate.sql") / "migrations").iterdir(), key=lambda step: step.name)
    older = [step for step in steps if "03.03" > step.name > "00" and step.name.endswith(".sql")]
    with psycopg.connect(postgres_url, autocommit=True) as conn:
        for step in older:
            conn.execute(step.read_text("utf-8"))
        conn.execute(f"COMMENT ON TABLE procrastinate_jobs IS 'syndicate: {older[-1].name}'")
    newsroom = Newsroom(postgres_url)
    before, after = newsroom.db.write_now(bring_up)
    assert before == after > older[-1].name
    assert newsroom.put(a_job(1)) == newsroom.carried("todo")
    assert newsroom.ask("SELECT count(*) FROM pg_proc WHERE proname = 'procrastinate_retry_job_v2'") == [1]
    newsroom.db.close()


@pytest.mark.parametrize(("comment", "said"), [("NULL", "did not make"), ("'syndicate: 99'", "newer")])
def test_tables_that_are_not_ours_or_newer_are_refused(newsroom: Newsroom, comment: str, said: str) -> None:
    newsroom.ask(f"COMMENT ON TABLE procrastinate_jobs IS {comment}")
    with pytest.raises(SchemaMismatch, match=said):
        newsroom.db.write_now(bring_up)


def test_what_ended_a_day_ago_is_forgotten_and_nothing_else(newsroom: Newsroom) -> None:
    old, new, waiting = newsroom.put(a_job(1), a_job(2), a_job(3))
    for job_id in (old, new):
        newsroom.ask(
            "UPDATE procrastinate_jobs SET status = 'succeeded' WHERE (args->>'job')::int = %s", job_id
        )
    newsroom.ask(
        "UPDATE procrastinate_events SET at = at - interval '25 hours' WHERE job_id IN"
        " (SELECT id FROM procrastinate_jobs WHERE (args->>'job')::int IN (%s, %s))",
        old,
        waiting,
    )
    newsroom.db.write_now(newsroom.post.carrier.prune)
    assert newsroom.carried("succeeded") == [new]
    assert newsroom.carried("todo") == [waiting]


def test_thousands_are_made_due_at_once(newsroom: Newsroom) -> None:
    ids = newsroom.put(*[a_job(n) for n in range(3_000)])
    assert newsroom.carried("todo") == ids


# --- lanes -----------------------------------------------------------------------------------------------


def test_every_lane_is_of_one_of_the_queues() -> None:
    assert {lane_of(name).partition(".")[0] for name in QUEUE_OF} == set(QUEUES)


@pytest.mark.parametrize(
    ("concurrency", "queues"),
    [(20, QUEUES), (6, QUEUES), (1, ["deliver"]), (40, ["deliver"]), (9, ["collect"])],
)
def test_lanes_share_what_a_process_does_at_a_time(concurrency: int, queues: list[str]) -> None:
    lanes = apportion(pace_for(1, concurrency), queues)
    assert {lane.partition(".")[0] for lane in lanes} == set(queues)
    assert min(lanes.values()) >= 1
    assert sum(lanes.values()) <= max(concurrency, len(lanes))
    assert lanes.get("deliver.batches", 0) <= 4 >= lanes.get("collect", 0)
