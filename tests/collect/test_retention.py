"""Raw pages are kept as long as the operator says, and what nothing needs goes."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from syndicate.collect.collecting import FOREVER, Collecting
from syndicate.collect.kept.raw import keep_raw, path_of, read_raw
from syndicate.collect.kept.retention import FOLDERS, MARK, sweep_raw
from syndicate.collect.refresh import refresh_source
from syndicate.model.source import SourceKind
from syndicate.store import raw_pages, schema
from syndicate.store.database import Database
from tests.builders import NOON, a_source
from tests.collect.desk import a_collecting, stored

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
HASH = "ab" + "0" * 62


def a_page(headline: str, words: str = "") -> str:
    body = f"<p>The ferry sailed at dawn{words} with forty passengers and one piano on its open deck.</p>" * 4
    return f"<html lang=en><title>{headline}</title><article><h1>{headline}</h1>{body}</article></html>"


def kept(desk: Collecting) -> set[str]:
    return {path.stem for path in desk.raw_dir.rglob("*.zst")}


def aged(desk: Collecting, now: datetime) -> Collecting:
    """The same desk later; its files are as old as they would be then."""
    for path in desk.raw_dir.rglob("*.zst"):
        os.utime(path, (NOON.timestamp(), NOON.timestamp()))
    return replace(desk, now=lambda: now)


async def a_desk(db: Database, folder: Path, *pages: str, **change: object) -> Collecting:
    """One file collected in each of these states, one after the other."""
    (folder / "in").mkdir()
    source = a_source(kind=SourceKind.FILES, url="", folder=str(folder / "in"))
    desk = a_collecting(db, folder, source, **change)
    for page in pages:
        (folder / "in" / "a.html").write_text(page)
        await refresh_source(desk, "harbour")
    return desk


@pytest.mark.parametrize(
    ("raw_kept", "after", "stays"),
    [(FOREVER, 4000 * DAY, True), (365 * DAY, 364 * DAY, True), (365 * DAY, 366 * DAY, False)],
    ids=["for ever", "within its time", "past its time"],
)
async def test_the_page_that_an_item_is_from_is_kept_for_its_time(
    db: Database, tmp_path: Path, raw_kept: timedelta, after: timedelta, stays: bool
) -> None:
    desk = await a_desk(db, tmp_path, a_page("Ferry returns"), raw_kept=raw_kept)
    (item,) = stored(db)
    assert await sweep_raw(aged(desk, NOON + after)) == (not stays)
    assert (read_raw(item.provenance.raw_hash, folder=desk.raw_dir) is not None) is stays


async def test_with_none_nothing_is_kept(sqlite_db: Database, tmp_path: Path) -> None:
    desk = await a_desk(sqlite_db, tmp_path, a_page("Ferry returns"), raw_kept=timedelta(0))
    assert kept(desk) == set()
    assert sqlite_db.read_now(raw_pages.count_again, "harbour", asked=NOON) == 0


async def test_a_replaced_page_that_no_revision_is_from_goes(db: Database, tmp_path: Path) -> None:
    # What stands outside the article makes other bytes, and the same revision.
    pages = [
        a_page("Ferry returns"),
        a_page("Ferry returns") + "<!-- 2 -->",
        a_page("Ferry returns", " late"),
    ]
    desk = await a_desk(db, tmp_path, *pages)
    assert len(kept(desk)) == 3
    assert await sweep_raw(aged(desk, NOON + 2 * DAY)) == 1
    revisions = {item.provenance.raw_hash for item in stored(db)}
    assert revisions < kept(desk)
    assert len(kept(desk)) == 2


async def test_what_a_run_is_about_to_need_is_left(sqlite_db: Database, tmp_path: Path) -> None:
    desk = await a_desk(sqlite_db, tmp_path, a_page("Ferry returns"), a_page("Ferry returns") + "<!-- 2 -->")
    later = aged(desk, NOON + 2 * DAY)
    for path in desk.raw_dir.rglob("*.zst"):
        os.utime(path, ((NOON + 2 * DAY).timestamp(),) * 2)
    assert await sweep_raw(later) == 0
    assert len(kept(desk)) == 2


def at_folder(number: int) -> Callable[[], datetime]:
    """A time at which the sweep looks at that folder."""
    start = NOON + 30 * DAY
    minutes = (number - int(start.timestamp()) // 60) % FOLDERS
    return lambda: start + timedelta(minutes=minutes)


async def test_files_that_nobody_knows_of_go_one_folder_at_a_time(
    sqlite_db: Database, tmp_path: Path
) -> None:
    desk = a_collecting(sqlite_db, tmp_path, a_source())
    keep_raw(b"left by a kill", HASH, folder=desk.raw_dir)
    desk = aged(desk, NOON)
    assert await sweep_raw(replace(desk, now=at_folder(0xAC))) == 0
    assert await sweep_raw(replace(desk, now=at_folder(0xAB))) == 1
    assert not path_of(HASH, folder=desk.raw_dir).exists()


async def test_what_only_lists_pages_is_not_kept_and_what_holds_nothing_is(
    sqlite_db: Database, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.html").write_text(a_page("Ferry returns"))
    (tmp_path / "in" / "b.html").write_text("<html><title>About us</title><p>Nothing.</p></html>")
    source = a_source(kind=SourceKind.FILES, url="", folder=str(tmp_path / "in"))
    desk = a_collecting(sqlite_db, tmp_path, source)
    await refresh_source(desk, "harbour")
    assert len(kept(desk)) == 2


async def test_what_to_forget_is_looked_for_once_an_hour(sqlite_db: Database, tmp_path: Path) -> None:
    desk = await a_desk(sqlite_db, tmp_path, a_page("Ferry returns"), raw_kept=365 * DAY)
    start = NOON + 365 * DAY - HOUR / 2
    gone = [await sweep_raw(aged(desk, start + HOUR * after)) for after in (0, 0.49, 0.51, 0.99, 1, 2)]
    assert gone == [0, 0, 0, 0, 1, 0]


async def test_a_clock_that_was_put_back_does_not_end_the_sweeping(
    sqlite_db: Database, tmp_path: Path
) -> None:
    desk = await a_desk(sqlite_db, tmp_path, a_page("Ferry returns"), raw_kept=DAY)
    assert await sweep_raw(replace(desk, now=lambda: NOON)) == 0
    (desk.raw_dir / MARK).touch()
    os.utime(desk.raw_dir / MARK, ((NOON + 400 * DAY).timestamp(),) * 2)
    assert await sweep_raw(aged(desk, NOON + 3 * DAY)) == 1


async def test_a_page_that_is_needed_by_then_is_not_forgotten(db: Database, tmp_path: Path) -> None:
    pages = [
        a_page("Ferry returns"),
        a_page("Ferry returns") + "<!-- 2 -->",
        a_page("Ferry returns", " late"),
    ]
    await a_desk(db, tmp_path, *pages)
    limits = {"before": None, "superseded": NOON + DAY}
    table = schema.raw_pages
    rows = db.read_now(lambda conn: dict(conn.execute(select(table.c.id, table.c.hash)).all()))
    [found] = db.read_now(raw_pages.list_forgettable, **limits, limit=9)
    needed = schema.revisions.update().values(raw_hash=rows[found])
    db.write_now(lambda conn: conn.execute(needed.where(schema.revisions.c.number == 1)))
    first = min(rows)
    assert db.write_now(raw_pages.forget_raw_pages, [*rows, 999], **limits) == [rows[first]]
    assert found != first


async def test_what_a_killed_run_was_writing_goes(sqlite_db: Database, tmp_path: Path) -> None:
    desk = a_collecting(sqlite_db, tmp_path, a_source())
    left = [desk.raw_dir / "ab" / ".tmp1", desk.media_dir / ".tmp2"]
    for path in left:
        path.parent.mkdir(parents=True)
        path.write_text("half a page")
        os.utime(path, ((NOON + 29 * DAY).timestamp(),) * 2)
    young = desk.media_dir / ".tmp3"
    young.write_text("being written")
    os.utime(young, ((NOON + 30 * DAY).timestamp(),) * 2)
    await sweep_raw(replace(desk, now=at_folder(0xAB)))
    assert [path.exists() for path in (*left, young)] == [False, False, True]


def test_a_raw_page_that_lost_its_bytes_is_written_again(tmp_path: Path) -> None:
    keep_raw(b"the page", HASH, folder=tmp_path)
    path_of(HASH, folder=tmp_path).write_bytes(b"")
    keep_raw(b"the page", HASH, folder=tmp_path)
    assert read_raw(HASH, folder=tmp_path) == b"the page"
