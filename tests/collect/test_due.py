"""When a source is checked next."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from syndicate.collect.due import plan_check, plan_retry
from syndicate.collect.refresh import refresh_source
from syndicate.model.source import Source, SourceKind
from syndicate.store.database import Database
from tests.builders import NOON, a_source
from tests.collect.archive_files import Written
from tests.collect.desk import a_collecting, a_text

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("headers", "ttl", "retry_after", "wait", "reason"),
    [
        ({}, timedelta(), None, HOUR, "interval"),
        ({"cache-control": "max-age=60"}, timedelta(), None, HOUR, "interval"),
        ({"cache-control": "max-age=7200"}, timedelta(), None, 2 * HOUR, "cache-control"),
        (
            {"expires": "Sun, 01 Mar 2026 15:00:00 GMT", "date": "Sun, 01 Mar 2026 12:00:00 GMT"},
            timedelta(),
            None,
            3 * HOUR,
            "expires",
        ),
        ({"cache-control": "max-age=7200"}, 4 * HOUR, None, 4 * HOUR, "ttl"),
        ({}, 4 * HOUR, 5 * 3600.0, 5 * HOUR, "retry-after"),
        ({"cache-control": "max-age=999999999"}, timedelta(), None, timedelta(days=1), "cache-control"),
        ({}, timedelta(days=30), None, timedelta(days=1), "ttl"),
    ],
)
def test_the_longest_wait_wins_up_to_a_day(
    headers: dict[str, str], ttl: timedelta, retry_after: float | None, wait: timedelta, reason: str
) -> None:
    found = plan_check(NOON, HOUR, headers=headers, ttl=ttl, retry_after=retry_after)
    assert (found.at - NOON, found.reason) == (wait, reason)


def test_the_operator_s_longer_interval_stands() -> None:
    assert plan_check(NOON, timedelta(days=7)).at - NOON == timedelta(days=7)


@pytest.mark.parametrize(("failures", "hours"), [(0, 1), (1, 2), (3, 8), (5, 24), (400, 24)])
def test_failures_in_a_row_double_the_wait(failures: int, hours: int) -> None:
    found = plan_retry(NOON, HOUR, failures=failures)
    assert (found.at - NOON, found.reason) == (timedelta(hours=hours), "failures")


def test_a_failure_waits_as_long_as_the_server_asked() -> None:
    found = plan_retry(NOON, HOUR, failures=0, retry_after=7200.0)
    assert (found.at - NOON, found.reason) == (2 * HOUR, "retry-after")


def a_page(name: str) -> str:
    told = f"<title>Boat {name}</title><article><h1>Boat {name}</h1>{a_text(name)}</article>"
    return f"<html lang=en>{told}</html>"


def saved_pages(folder: Path, names: str) -> Source:
    for name in names:
        (folder / f"{name}.html").write_text(a_page(name), "utf-8")
    return a_source(kind=SourceKind.FILES, folder=str(folder), url="", limit=2)


def a_crawl(folder: Path, names: str) -> Source:
    written = Written()
    for name in names:
        written.add(f"/{name}", a_page(name).encode())
    written.save(folder / "crawl.warc.gz")
    return a_source(kind=SourceKind.WARC, folder=str(folder), url="", limit=2)


@pytest.mark.parametrize("pages", [saved_pages, a_crawl])
async def test_what_the_limit_left_over_in_our_own_files_is_due_at_once(
    sqlite_db: Database, tmp_path: Path, pages: Callable[[Path, str], Source]
) -> None:
    folder = tmp_path / "old"
    folder.mkdir()
    desk = a_collecting(sqlite_db, tmp_path, pages(folder, "abcde"))
    reports = [await refresh_source(desk, "harbour") for _ in range(3)]
    assert [report.new for report in reports] == [2, 2, 1]
    assert [report.next_check for report in reports] == [NOON, NOON, NOON + HOUR]
