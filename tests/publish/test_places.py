"""Which folder is published into: a feed that was last published into another one is written anew there."""

import shutil
import threading
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from syndicate.errors import StorageFull
from syndicate.publish.feeds import publish_feed
from syndicate.publish.places import LENGTH, mark_place, place_of
from syndicate.publish.publishing import Publishing
from syndicate.publish.sitemaps import publish_sitemaps
from syndicate.store.database import Database
from tests.builders import a_clock
from tests.publish.archives import a_catalogue, a_publishing, story
from tests.publish.storing import keep, withdraw

CATALOGUE = a_catalogue()


def mint() -> str:
    return str(uuid4())


def test_a_folder_keeps_its_mark_wherever_it_is(tmp_path: Path) -> None:
    assert place_of(tmp_path / "public") == ""
    mark = mark_place(tmp_path / "public", mint=mint)
    assert mark_place(tmp_path / "public", mint=mint) == mark
    (tmp_path / "public").rename(tmp_path / "elsewhere")
    assert place_of(tmp_path / "elsewhere") == mark
    assert mark_place(tmp_path / "public", mint=mint) != mark
    assert len(mark) == LENGTH


def test_many_who_mark_at_once_agree(tmp_path: Path) -> None:
    found: list[str] = []
    marking = [
        threading.Thread(target=lambda: found.append(mark_place(tmp_path / "public", mint=mint)))
        for _ in range(20)
    ]
    for one in marking:
        one.start()
    for one in marking:
        one.join()
    assert len(found) == 20
    assert set(found) == {place_of(tmp_path / "public")}
    assert [path.name for path in (tmp_path / "public").iterdir()] == [".place"]


def test_a_mark_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / ".place").mkdir()
    with pytest.raises(StorageFull, match=r"\.place"):
        place_of(tmp_path)


def a_machine(db: Database, folder: Path) -> Publishing:
    """A worker with a folder of its own."""
    return a_publishing(db, folder, CATALOGUE, mint=mint)


async def test_a_worker_with_an_old_folder_does_not_bring_back_what_was_withdrawn(
    sqlite_db: Database, tmp_path: Path
) -> None:
    first, second = a_machine(sqlite_db, tmp_path / "one"), a_machine(sqlite_db, tmp_path / "two")
    keep(sqlite_db, CATALOGUE, story(1), story(2), story(3))
    await publish_feed(first, "all")
    await publish_feed(second, "all")
    withdraw(sqlite_db, CATALOGUE, story(1), at=a_clock()() + timedelta(hours=1))
    await publish_feed(second, "all")
    assert b"Story 1" in (first.folder / "all.json").read_bytes()
    with capture_logs() as logs:
        report = await publish_feed(first, "all")
    assert "all.json" in report.written
    assert (first.folder / "all.json").read_bytes() == (second.folder / "all.json").read_bytes()
    assert b"Story 1" not in (first.folder / "all.json").read_bytes()
    assert [one["feed"] for one in logs if one["event"] == "feed.other_folder"] == ["all"]


async def test_a_folder_that_only_moved_is_not_written_anew(sqlite_db: Database, tmp_path: Path) -> None:
    keep(sqlite_db, CATALOGUE, story(1))
    await publish_feed(a_machine(sqlite_db, tmp_path / "one"), "all")
    (tmp_path / "one").rename(tmp_path / "two")
    with capture_logs() as logs:
        report = await publish_feed(a_machine(sqlite_db, tmp_path / "two"), "all")
    assert report.written == ()
    assert [one for one in logs if one["event"] == "feed.other_folder"] == []


async def test_the_sitemaps_of_another_folder_are_written_anew_too(
    sqlite_db: Database, tmp_path: Path
) -> None:
    first, second = a_machine(sqlite_db, tmp_path / "one"), a_machine(sqlite_db, tmp_path / "two")
    keep(sqlite_db, CATALOGUE, story(1))
    await publish_sitemaps(first)
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    (tmp_path / "two" / "public" / ".place").unlink()
    keep(sqlite_db, CATALOGUE, story(2))
    await publish_sitemaps(first)
    await publish_sitemaps(second)
    [month] = (tmp_path / "one" / "public").glob("sitemap-2*.xml")
    assert (second.public_dir / month.name).read_bytes() == month.read_bytes()
