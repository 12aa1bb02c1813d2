"""Log lines carry the ids of what is being done, however deep they are written."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from structlog.testing import LogCapture

from syndicate.errors import GiveUp, TryLater
from syndicate.model.job import Job
from syndicate.schedule.runner import Pace, Runner
from syndicate.store.database import Database
from syndicate.store.jobs import enqueue
from syndicate.telemetry.about import about, ids_of
from syndicate.telemetry.metrics import JOB_SECONDS, JOBS

log = structlog.get_logger()


class Lines:
    """What is logged within it, with the ids of its context."""

    def __enter__(self) -> list[Any]:
        capture = LogCapture()
        self._before = structlog.get_config()
        structlog.configure(processors=[structlog.contextvars.merge_contextvars, capture])
        return capture.entries

    def __exit__(self, *_raised: object) -> None:
        structlog.configure(**self._before)


def now() -> datetime:
    return datetime.now(UTC)


def a_runner(db: Database, work: Any) -> Runner:
    return Runner(db, work, owner="me", now=now, pace=Pace(poll=timedelta(milliseconds=20)))


def test_of_a_job_only_what_it_is_about_is_an_id() -> None:
    args = {"newsletter": "daily", "occurrence": 7, "number": 0, "accept": True, "asked": "2026-05-03"}
    assert ids_of(args) == {"newsletter": "daily", "run": 7}


async def test_a_task_begun_within_carries_them_and_what_comes_after_does_not() -> None:
    async def deep() -> None:
        log.info("deep")

    with Lines() as lines:
        with about(issue=3):
            with about(batch=2):
                await asyncio.create_task(deep())
            log.info("outer")
        log.info("after")
    told = [{key: line.get(key) for key in ("event", "issue", "batch")} for line in lines]
    assert told == [
        {"event": "deep", "issue": 3, "batch": 2},
        {"event": "outer", "issue": 3, "batch": None},
        {"event": "after", "issue": None, "batch": None},
    ]


async def test_a_line_written_in_a_job_says_which_job_and_what_about(sqlite_db: Database) -> None:
    async def work(name: str, args: Mapping[str, Any]) -> None:
        log.info("within")

    job = Job(name="issue.compile", args={"newsletter": "daily", "occurrence": 7})
    job_id = sqlite_db.write_now(enqueue, job, now=now())
    with Lines() as lines:
        await a_runner(sqlite_db, work).run_due()
    [line] = [line for line in lines if line["event"] == "within"]
    assert (line["job"], line["job_id"]) == ("issue.compile", job_id)
    assert (line["newsletter"], line["run"]) == ("daily", 7)


async def test_two_jobs_at_a_time_keep_their_ids_apart(sqlite_db: Database) -> None:
    both = asyncio.Barrier(2)

    async def work(name: str, args: Mapping[str, Any]) -> None:
        await both.wait()
        log.info("within", mine=args["issue"])

    for issue in (1, 2):
        sqlite_db.write_now(enqueue, Job(name="issue.send", args={"issue": issue}), now=now())
    with Lines() as lines:
        await a_runner(sqlite_db, work).run_due()
    assert sorted((line["issue"], line["mine"]) for line in lines if "mine" in line) == [(1, 1), (2, 2)]


async def test_runs_of_jobs_are_counted_by_how_they_end(sqlite_db: Database) -> None:
    faults: dict[str, Exception] = {"refused": GiveUp("no"), "broken": ValueError("oh")}

    async def work(name: str, args: Mapping[str, Any]) -> None:
        if name in faults:
            raise faults[name]

    before = JOBS.values()
    for name in ("fine", "refused", "broken"):
        sqlite_db.write_now(enqueue, Job(name=name), now=now())
    await a_runner(sqlite_db, work).run_due()
    grown = {key for key, value in JOBS.values().items() if value > before.get(key, 0)}
    assert grown == {("fine", "done"), ("refused", "failed"), ("broken", "broken")}
    assert sum(JOB_SECONDS.values()["fine",].counts) >= 1


async def test_what_is_tried_later_is_counted_as_that(sqlite_db: Database) -> None:
    begun = asyncio.Event()

    async def work(name: str, args: Mapping[str, Any]) -> None:
        begun.set()
        raise TryLater("the relay is away")

    before = JOBS.value("putoff", "later")
    sqlite_db.write_now(enqueue, Job(name="putoff"), now=now())
    await a_runner(sqlite_db, work).run_due()
    assert JOBS.value("putoff", "later") == before + 1
