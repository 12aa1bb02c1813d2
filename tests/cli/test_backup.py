"""A backup of a newsroom under either engine comes back whole, and its jobs are done as before."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from syndicate.store import jobs
from syndicate.store.database import Database
from syndicate.store.jobs import JobState
from syndicate.store.partitions import has_partition
from tests.cli.conftest import Newsroom
from tests.engines import Engine
from tests.store.filled import contents

# What a restore changes on purpose (store/standstill), and what the passes leave.
OTHERWISE = {"services", "jobs", "schedules", "occurrences"}
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


@pytest.fixture
def under(newsroom: Newsroom, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> str:
    """The database of a newsroom that has sent its first issues under that engine."""
    for name, value in engine.environ.items():
        monkeypatch.setenv(name, value)
    newsroom.run("subscribers", "import", "config/samples/subscribers.csv", "--consent", "sample")
    newsroom.run("run", "--once")
    return engine.database or str(Path("var/syndicate.db").absolute())


def told(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Every row that a restore brings back as it was."""
    with closing(Database(url)) as database:
        found = contents(database)
    return {name: rows for name, rows in found.items() if name not in OTHERWISE}


def test_a_backup_comes_back_over_what_is_there(newsroom: Newsroom, under: str) -> None:
    before = told(under)
    assert len(before["deliveries"]) == 4
    newsroom.run("backup", "all.tar.zst")
    newsroom.run("item", "withdraw", str(before["items"][0][0]), "--note", "A mistake.", "--yes")
    assert told(under) != before
    newsroom.run("restore", "all.tar.zst", "--overwrite", "--yes")
    assert told(under) == before
    done = newsroom.ask("run", "--once")
    assert (done["delivered"], done["failed"]) == ([], [])
    with closing(Database(under)) as database:
        assert {one.state for one in database.read_now(jobs.list_since, BEGINNING)} == {JobState.DONE}
        if not database.is_sqlite:
            assert all(database.read_now(has_partition, number) for number in (1, 2))
