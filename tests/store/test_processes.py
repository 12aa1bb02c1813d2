"""Several processes on one database: nothing lost, nothing twice, and a full disk half-saves nothing."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import Selection
from syndicate.model.job import Job
from syndicate.store import items, jobs
from syndicate.store.database import Database
from syndicate.store.schema import services
from tests.builders import NOON

ROOT = Path(__file__).parents[2]


def contend(work: str, url: str, *names: str) -> list[Any]:
    """What processes of these names print that do the work at the same time."""
    command = [sys.executable, "-m", "tests.store.contender", work, url]
    pipe = subprocess.PIPE
    running = [
        subprocess.Popen([*command, name], cwd=ROOT, stdin=pipe, stdout=pipe, text=True) for name in names
    ]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in running:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [process.communicate()[0] for process in running]
    assert [process.returncode for process in running] == [0] * len(names)
    return [json.loads(answer) for answer in answers]


def test_two_processes_write_at_once(db: Database, database_url: str) -> None:
    contend("beat", database_url, "one", "two")
    assert db.read_now(lambda conn: len(conn.execute(services.select()).all())) == 200


def test_a_job_is_never_leased_by_two_runners(db: Database, database_url: str) -> None:
    made = [db.write_now(jobs.enqueue, Job(name="sweep"), now=NOON) for _ in range(200)]
    one, two = contend("lease", database_url, "one", "two")
    assert sorted(one + two) == made


def test_of_two_processes_that_make_the_same_jobs_each_job_waits_once(
    db: Database, database_url: str
) -> None:
    one, two = contend("enqueue", database_url, "one", "two")
    assert all((a is None) != (b is None) for a, b in zip(one, two, strict=True))
    leased = contend("lease", database_url, "three")[0]
    assert len(leased) == 100


def test_a_full_disk_is_told_and_half_saves_nothing(sqlite_url: str) -> None:
    (found,) = contend("fill", sqlite_url, "filler")
    assert "could not be written" in found["error"]
    assert "free some space; nothing was half-saved" in found["error"]
    db = Database(sqlite_url)
    stored = db.read_now(items.list_items, Selection(take=2000), catalogue=Catalogue())
    keys = db.read_now(items.find_by_keys, [f"guid:{number}" for number in range(1000)])
    assert {item.id for item in stored} == set(keys.values()) == set(found["saved"])
    assert db.read_now(lambda conn: conn.exec_driver_sql("PRAGMA integrity_check").scalar()) == "ok"
    db.close()
