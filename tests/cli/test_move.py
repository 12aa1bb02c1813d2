"""A newsroom moved to PostgreSQL and back by command: all is there that was, and nothing is sent again."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from syndicate.model.job import Job
from syndicate.store import jobs
from syndicate.store.database import Database
from syndicate.store.jobs import JobState
from tests.builders import NOON
from tests.cli.conftest import Newsroom
from tests.neighbours.postgres import Cluster
from tests.store.filled import contents

# A heartbeat of a pass that has ended, and jobs that later commands leave, tell nothing of the move.
COMING_AND_GOING = {"services", "jobs"}


@pytest.fixture
def elsewhere(postgres: Cluster) -> Iterator[str]:
    """An empty PostgreSQL database's URL."""
    name = postgres.create()
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture
def sent(newsroom: Newsroom) -> Newsroom:
    """A newsroom whose first issues are sent."""
    newsroom.run("subscribers", "import", "config/samples/subscribers.csv", "--consent", "sample")
    newsroom.run("run", "--once")
    return newsroom


def rows(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table that tells anything."""
    with closing(Database(url)) as database:
        found = contents(database)
    return {name: one for name, one in found.items() if name not in COMING_AND_GOING}


def test_a_whole_newsroom_goes_to_postgresql_and_back(
    sent: Newsroom, elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, mails = rows("var/syndicate.db"), sorted(os.listdir("var/mailbox"))
    assert len(before["deliveries"]) == 4
    reports = [sent.ask("issue", "report", name) for name in ("daily/1", "weekly/1")]
    moved = sent.ask("db", "move", "--to", elsewhere, "--yes")
    assert (moved["step"], moved["again"], moved["mended"]) == ("begin", [], 0)
    assert moved["rows"]["deliveries"] == 4
    assert rows(elsewhere) == before
    monkeypatch.setenv("SYNDICATE_DATABASE", elsewhere)
    assert [sent.ask("issue", "report", name) for name in ("daily/1", "weekly/1")] == reports
    assert sent.ask("run", "--once")["delivered"] == []
    assert sorted(os.listdir("var/mailbox")) == mails
    before = rows(elsewhere)
    sent.run("db", "move", "--to", "var/back.db", "--yes")
    assert rows("var/back.db") == before
    monkeypatch.setenv("SYNDICATE_DATABASE", "var/back.db")
    sent.run("db", "status")
    assert sent.ask("run", "--once")["delivered"] == []
    assert sorted(os.listdir("var/mailbox")) == mails


def test_a_move_says_what_to_do_next(collected: Newsroom, elsewhere: str) -> None:
    told = collected.run("db", "move", "--to", elsewhere, "--yes").stdout
    assert "compared one by one" in told
    assert 'database = "postgresql://postgres@/' in told
    assert "Files stay in var" in told
    assert "Nothing starts on" in told
    again = collected.run("db", "move", "--to", elsewhere, "--yes").stdout
    assert "was moved to postgresql://" in again
    assert "already" in again


def test_a_database_that_was_moved_says_where_it_is_until_it_is_taken_back(
    collected: Newsroom, elsewhere: str
) -> None:
    collected.run("db", "move", "--to", elsewhere, "--yes")
    told = collected.run("subscribers", "list", code=2).stderr
    assert "was moved to postgresql://" in told
    assert "syndicate db stay" in told
    assert "moved" in collected.run("db", "status", code=1).stdout
    assert "say --yes" in collected.run("db", "stay", code=2).stderr
    assert "is given up" in collected.run("db", "stay", "--yes").stdout
    assert len(collected.ask("subscribers", "list")) == 4
    assert "was never moved" in collected.run("db", "stay").stdout


def test_a_dry_run_counts_and_makes_nothing(collected: Newsroom) -> None:
    found = collected.ask("db", "move", "--to", "new.db", "--dry-run")
    assert (found["step"], found["rows"]["subscribers"]) == ("begin", 4)
    assert "would begin" in collected.run("db", "move", "--to", "new.db", "--dry-run").stdout
    assert not Path("new.db").exists()


def test_a_move_asks_first(collected: Newsroom) -> None:
    told = collected.run("db", "move", "--to", "new.db", code=2).stderr
    assert "say --yes" in told
    assert "rows of" in told
    assert not Path("new.db").exists()
    collected.run("subscribers", "list")


def test_a_target_that_is_none_is_told(collected: Newsroom) -> None:
    assert "is no database of ours" in collected.run("db", "move", "--to", "mysql://x/y", code=2).stderr
    told = collected.run("db", "move", "--to", "postgresql://x@db:abc/y", code=2).stderr
    assert "its port is no number" in told
    assert "no database is named" in collected.run("db", "move", "--to", "", code=2).stderr
    told = collected.run("db", "move", "--to", "srv/new.db", "--yes", code=2).stderr
    assert "srv is no folder: make it" in told
    assert not Path("srv").exists()
    Path("notes.txt").write_text("no database at all, " * 500)
    told = collected.run("db", "move", "--to", "notes.txt", "--yes", code=2).stderr
    assert "not an SQLite database" in told
    collected.run("subscribers", "list")


def test_a_password_is_never_told(collected: Newsroom, elsewhere: str) -> None:
    url = elsewhere.replace("postgres@", "postgres:tell-nobody@")
    told = collected.run("db", "move", "--to", url, "--yes").output
    told += collected.run("db", "status", code=1).output
    assert "postgres:***@" in told
    assert "tell-nobody" not in told


def test_what_waited_is_done_by_another_engine_in_the_new_place(
    collected: Newsroom, procrastinate_cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = procrastinate_cluster.create()
    url = procrastinate_cluster.url(name)
    with closing(Database("var/syndicate.db")) as database:
        waiting = database.write_now(jobs.enqueue, Job(name="sitemap.publish", key="sitemap"), now=NOON)
    collected.run("db", "move", "--to", url, "--yes")
    monkeypatch.setenv("SYNDICATE_DATABASE", url)
    monkeypatch.setenv("SYNDICATE_DISPATCH__ENGINE", "procrastinate")
    collected.run("run", "--once")
    with closing(Database(url)) as database:
        [found] = database.read_now(jobs.list_jobs, [waiting])
    assert found.state is JobState.DONE
    told = collected.run("db", "move", "--to", "var/back.db", "--yes").stdout
    assert 'engine = "embedded"' in told
    monkeypatch.setenv("SYNDICATE_DATABASE", "var/back.db")
    monkeypatch.delenv("SYNDICATE_DISPATCH__ENGINE")
    assert collected.ask("run", "--once")["delivered"] == []
    procrastinate_cluster.drop(name)
