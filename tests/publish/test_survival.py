"""Publications that are killed, that meet, and that start from what others left: files and store agree."""

import asyncio
import os
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syndicate.model.feed import Selection
from syndicate.model.job import Job
from syndicate.publish.feeds import publish_feed
from syndicate.publish.pieces import Pieces
from syndicate.store.database import Database, read_url
from syndicate.store.feed_changes import count_changes
from syndicate.store.feed_entries import list_members
from syndicate.store.upgrade import upgrade
from tests.builders import NOON, a_feed
from tests.publish.archives import a_catalogue, a_publishing, files, from_files, story, walk
from tests.publish.publisher import CATALOGUE
from tests.publish.storing import keep, revise, withdraw

KILLED = -9
ROOT = Path(__file__).parent.parent.parent


def start(database: str, folder: Path, *kill: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.publish.publisher", database, str(folder), *kill]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def publish(database: str, folder: Path, *kill: str) -> int:
    process = start(database, folder, *kill)
    process.communicate(timeout=100)
    return process.returncode


async def met(folder: Path) -> list[str]:
    async def get(url: str) -> bytes:
        return from_files(folder, url)

    return await walk(get, "/feeds/all.json")


def positions(db: Database) -> list[int]:
    numbers = range(20)
    found = [db.read_now(list_members, "all", document=n, catalogue=CATALOGUE) for n in numbers]
    return sorted(one.position for each in found for one in each)


@pytest.mark.parametrize("point", ["rename", "commit", "committed"])
async def test_a_publication_killed_anywhere_is_finished_by_the_next_one(
    sqlite_url: str, tmp_path: Path, point: str
) -> None:
    db = Database(sqlite_url)
    keep(db, CATALOGUE, *map(story, range(23)))
    kills = [publish(sqlite_url, tmp_path, point, str(number)) for number in (1, 2, 4)]
    assert set(kills) <= {KILLED, 0}
    assert KILLED in kills
    assert publish(sqlite_url, tmp_path) == 0
    assert sorted(await met(tmp_path)) == [story(number).urn for number in range(23)]
    before = files(tmp_path)
    keep(db, CATALOGUE, *map(story, range(23, 31)))
    withdraw(db, CATALOGUE, story(2), at=NOON)
    assert KILLED in [publish(sqlite_url, tmp_path, point, str(number)) for number in (1, 2, 3)]
    assert publish(sqlite_url, tmp_path) == 0
    assert sorted(await met(tmp_path)) == [story(n).urn for n in range(31) if n != 2]
    assert db.read_now(count_changes, "all") == 0
    assert len(set(positions(db))) == len(positions(db)) == 31
    # A full document is what it was, but for the one with the withdrawn item.
    first = {name for name in before if name.startswith("all/")}
    changed = {name for name in first if files(tmp_path)[name] != before[name]}
    assert {name.partition(".")[0] for name in changed} <= {"all/1"}
    db.close()


async def test_who_is_to_be_told_is_told_though_a_process_was_killed_before_it_could_record(
    sqlite_url: str, tmp_path: Path
) -> None:
    db = Database(sqlite_url)
    publishing = a_publishing(db, tmp_path, CATALOGUE)
    keep(db, CATALOGUE, story(1))
    await publish_feed(publishing, "all")
    keep(db, CATALOGUE, story(2))
    # The files stand, and the record of it was never made.
    assert publish(sqlite_url, tmp_path, "commit", "1") == KILLED
    stands = files(tmp_path)
    assert story(2).content.headline.encode() in stands["all.json"]
    jobs: list[Job] = []
    listening = a_publishing(db, tmp_path, CATALOGUE, enqueue=lambda _conn, job: jobs.append(job))
    await publish_feed(listening, "all")
    assert files(tmp_path) == stands
    assert [job.name for job in jobs] == ["hub.distribute", "sitemap.news"]
    db.close()


async def test_two_publications_of_one_feed_at_once_number_its_entries_once(
    db: Database, tmp_path: Path
) -> None:
    keep(db, CATALOGUE, *map(story, range(15)))
    one, other = (a_publishing(db, tmp_path, CATALOGUE) for _ in range(2))
    for number in range(15, 40, 5):
        await asyncio.gather(publish_feed(one, "all"), publish_feed(other, "all"))
        keep(db, CATALOGUE, *map(story, range(number, number + 5)))
    await asyncio.gather(publish_feed(one, "all"), publish_feed(one, "all"), publish_feed(other, "all"))
    assert positions(db) == list(range(1, 41))
    assert sorted(await met(tmp_path)) == [story(number).urn for number in range(40)]


async def test_two_processes_that_publish_one_feed_take_turns(database_url: str, tmp_path: Path) -> None:
    db = Database(database_url)
    keep(db, CATALOGUE, *map(story, range(23)))
    racing = [start(database_url, tmp_path) for _ in range(3)]
    assert [each.wait(100) for each in racing] == [0, 0, 0]
    assert positions(db) == list(range(1, 24))
    assert sorted(await met(tmp_path)) == [story(number).urn for number in range(23)]
    db.close()


async def test_an_older_database_gives_no_number_again_that_readers_know(
    sqlite_url: str, tmp_path: Path
) -> None:
    db = Database(sqlite_url)
    keep(db, CATALOGUE, *map(story, range(30)))
    await publish_feed(a_publishing(db, tmp_path, CATALOGUE), "all")
    with (
        sqlite3.connect(read_url(sqlite_url).database or "") as there,
        sqlite3.connect(tmp_path / "older") as to,
    ):
        there.backup(to)
    keep(db, CATALOGUE, *map(story, range(30, 60)))
    await publish_feed(a_publishing(db, tmp_path, CATALOGUE), "all")
    db.close()
    known, older = files(tmp_path), Database(str(tmp_path / "older"))
    keep(older, CATALOGUE, *map(story, range(70, 100)))
    await publish_feed(a_publishing(older, tmp_path, CATALOGUE), "all")
    later = {name: data for name, data in files(tmp_path).items() if name.startswith("all/")}
    assert [name for name in later if known.get(name, later[name]) != later[name]] == []
    # What the older database does not know is shown no more.
    assert [name for name, data in files(tmp_path).items() if b"Story 45<" in data] == []
    assert sorted(await met(tmp_path)) == [story(n).urn for n in (*range(30), *range(70, 100))]
    older.close()


async def test_what_a_killed_process_left_half_written_is_taken_away(db: Database, tmp_path: Path) -> None:
    keep(db, CATALOGUE, *map(story, range(30)))
    await publish_feed(a_publishing(db, tmp_path, CATALOGUE), "all")
    feeds = tmp_path / "public" / "feeds"
    mine = [feeds / ".all.rss.gz.x1y2.part", feeds / "all" / ".3.json.x1y2.part"]
    other = feeds / ".all.more.rss.x1y2.part"
    for each in (*mine, other):
        each.write_bytes(b"half")
    await publish_feed(a_publishing(db, tmp_path, CATALOGUE), "all")
    assert not any(each.exists() for each in mine)
    # Another feed's may be written just now.
    assert other.exists()


ACTS = st.lists(
    st.tuples(st.sampled_from(["new", "change", "withdraw", "correct", "publish"]), st.integers(0, 30)),
    max_size=25,
)


@settings(
    max_examples=int(os.environ.get("EXAMPLES", "12")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(acts=ACTS)
def test_what_comes_of_kept_pieces_is_equal_to_what_is_rendered_from_scratch(
    tmp_path_factory: pytest.TempPathFactory, acts: list[tuple[str, int]]
) -> None:
    folder = tmp_path_factory.mktemp("pieces")
    db = Database(str(folder / "syndicate.db"))
    upgrade(db)
    try:
        asyncio.run(_play(db, folder, acts))
    finally:
        db.close()


async def _play(db: Database, folder: Path, acts: list[tuple[str, int]]) -> None:
    catalogue = a_catalogue(a_feed(selection=Selection(take=4)))
    warm = a_publishing(db, folder, catalogue)
    known: dict[int, Any] = {}
    await publish_feed(warm, "all")
    for act, number in acts:
        item = known.get(number)
        if act == "new" and item is None:
            known[number] = story(number)
            keep(db, catalogue, known[number])
        elif act in ("change", "correct") and item is not None:
            known[number] = story(
                number, headline=f"{act} {item.revision}", revision=item.revision + 1, changed=NOON
            )
            revise(db, catalogue, known[number])
        elif act == "withdraw" and item is not None:
            withdraw(db, catalogue, item, at=NOON)
        elif act == "publish":
            await publish_feed(warm, "all")
    await publish_feed(warm, "all")
    kept = files(folder)
    for each in (folder / "public").rglob("*.*"):
        each.unlink()
    await publish_feed(replace(warm, pieces=Pieces()), "all", accept=True)
    assert files(folder) == kept
