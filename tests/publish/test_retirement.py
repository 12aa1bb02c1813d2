from pathlib import Path

import pytest

from syndicate.model.catalogue import Catalogue
from syndicate.publish.feeds import Publishing, publish_feed
from syndicate.publish.files import publish_files
from syndicate.publish.retirement import clear_retired
from syndicate.store import feeds, items
from syndicate.store.database import Database
from tests.builders import FEED_ID, NOON, a_clock, a_feed, an_item


def a_publishing(db: Database, folder: Path, *names: str) -> Publishing:
    catalogue = Catalogue(feeds={name: a_feed(name=name) for name in names})
    return Publishing(db=db, catalogue=catalogue, public_dir=folder, now=a_clock(), mint=lambda: FEED_ID)


async def configure(db: Database, *names: str) -> None:
    minted = iter(f"00000000-0000-4000-8000-00000000000{n}" for n in range(9))
    await db.write(feeds.upsert_feeds, names, now=NOON, mint=lambda: next(minted))


def files(folder: Path) -> set[str]:
    found = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {str(path.relative_to(folder)) for path in found}


@pytest.fixture
async def published(sqlite_db: Database, tmp_path: Path) -> Path:
    await configure(sqlite_db, "all", "old")
    for name in ("all", "old"):
        publish_files(tmp_path / "feeds", {f"{name}.rss": b"<rss/>", f"{name}.json": b"{}"})
        publish_files(tmp_path / "feeds" / name, {"1.rss": b"<rss/>", "2.html": b"<p>"})
    return tmp_path / "feeds"


async def test_the_files_of_a_retired_feed_go(sqlite_db: Database, tmp_path: Path, published: Path) -> None:
    before = files(published)
    await configure(sqlite_db, "all")
    assert await clear_retired(a_publishing(sqlite_db, tmp_path, "all")) == ("old",)
    assert files(published) == {name for name in before if name.startswith("all")}
    assert not (published / "old").exists()
    assert await clear_retired(a_publishing(sqlite_db, tmp_path, "all")) == ()


async def test_the_files_of_others_stay(sqlite_db: Database, tmp_path: Path, published: Path) -> None:
    await configure(sqlite_db, "all")
    foreign = ("old.txt", "older.rss", "unknown.rss", "old/notes.txt")
    for name in foreign:
        (published / name).write_text("mine")
    await clear_retired(a_publishing(sqlite_db, tmp_path, "all"))
    assert set(foreign) <= files(published)
    assert await clear_retired(a_publishing(sqlite_db, tmp_path, "all")) == ()


async def test_with_nothing_retired_nothing_goes(
    sqlite_db: Database, tmp_path: Path, published: Path
) -> None:
    before = files(published)
    assert await clear_retired(a_publishing(sqlite_db, tmp_path, "all", "old")) == ()
    assert files(published) == before


async def test_a_feed_that_comes_back_is_whole_again(sqlite_db: Database, tmp_path: Path) -> None:
    await configure(sqlite_db, "all")
    await sqlite_db.write(items.save_item, an_item(), keys=["url:1"])
    publishing = a_publishing(sqlite_db, tmp_path, "all")
    await publish_feed(publishing, "all")
    before = files(publishing.folder)
    await configure(sqlite_db)
    await clear_retired(a_publishing(sqlite_db, tmp_path))
    assert not files(publishing.folder)
    await configure(sqlite_db, "all")
    await publish_feed(publishing, "all")
    assert files(publishing.folder) == before


async def test_before_anything_is_published_there_is_nothing_to_clear(
    sqlite_db: Database, tmp_path: Path
) -> None:
    await configure(sqlite_db, "old")
    await configure(sqlite_db)
    assert await clear_retired(a_publishing(sqlite_db, tmp_path)) == ()
