"""Sources follow the configuration and remember their checks."""

from datetime import timedelta

from syndicate.model.source import SourceKind
from syndicate.store import pages, sources
from syndicate.store.database import Database
from syndicate.store.pages import PageStatus
from syndicate.store.sources import Check, FirstRun
from tests.builders import NOON, a_source

HOUR = timedelta(hours=1)


def upsert(db: Database, *wanted, now=NOON) -> None:
    db.write_now(sources.upsert_sources, wanted, now=now)


def check(db: Database, name: str, *, error: str = "", now=NOON, first_run=FirstRun.OVER) -> None:
    outcome = "failed" if error else "unchanged"
    done = Check(at=now, outcome=outcome, next_check=now + HOUR, error=error, first_run=first_run)
    db.write_now(sources.record_check, name, check=done)


def test_a_new_source_is_due_at_once(db: Database) -> None:
    upsert(db, a_source())
    assert db.read_now(sources.list_due, NOON) == ["harbour"]
    assert db.read_now(sources.find_status, "harbour").first_run is None


def test_a_vanished_source_is_retired_and_comes_back_with_its_past(db: Database) -> None:
    upsert(db, a_source(), a_source(name="tide"))
    check(db, "tide")
    upsert(db, a_source(), now=NOON + HOUR)
    assert db.read_now(sources.find_status, "tide").retired == NOON + HOUR
    assert db.read_now(sources.list_due, NOON + 2 * HOUR) == ["harbour"]
    upsert(db, a_source(), a_source(name="tide", kind=SourceKind.FEED), now=NOON + 2 * HOUR)
    again = db.read_now(sources.find_status, "tide")
    assert (again.retired, again.kind, again.first_run) == (None, "feed", NOON)


def test_without_any_source_all_are_retired(db: Database) -> None:
    upsert(db, a_source())
    upsert(db)
    assert db.read_now(sources.list_statuses) == []


def test_a_checked_source_is_due_again_at_its_next_check(db: Database) -> None:
    upsert(db, a_source())
    check(db, "harbour")
    assert db.read_now(sources.list_due, NOON) == []
    assert db.read_now(sources.list_due, NOON + HOUR) == ["harbour"]


def test_never_checked_sources_are_due_first_then_the_longest_overdue(db: Database) -> None:
    upsert(db, a_source(name="a"), a_source(name="b"), a_source(name="c"))
    check(db, "a", now=NOON + HOUR)
    check(db, "b")
    assert db.read_now(sources.list_due, NOON + 3 * HOUR) == ["c", "b", "a"]


def test_failures_are_counted_until_a_check_succeeds(db: Database) -> None:
    upsert(db, a_source())
    check(db, "harbour", error="404 for http://127.0.0.1/a.html")
    check(db, "harbour", error="404 for http://127.0.0.1/a.html")
    failed = db.read_now(sources.find_status, "harbour")
    assert (failed.failures, failed.first_run, failed.last_outcome) == (2, None, "failed")
    assert failed.last_error == "404 for http://127.0.0.1/a.html"
    check(db, "harbour", now=NOON + HOUR)
    mended = db.read_now(sources.find_status, "harbour")
    assert (mended.failures, mended.last_error, mended.first_run) == (0, "", NOON + HOUR)


def test_the_first_run_is_recorded_once(db: Database) -> None:
    upsert(db, a_source())
    check(db, "harbour")
    check(db, "harbour", now=NOON + HOUR)
    assert db.read_now(sources.find_status, "harbour").first_run == NOON


def test_an_unknown_source_has_no_status(db: Database) -> None:
    assert db.read_now(sources.find_status, "nowhere") is None


def test_a_check_that_put_pages_off_does_not_end_the_first_run(db: Database) -> None:
    upsert(db, a_source())
    check(db, "harbour", first_run=FirstRun.TO_COME)
    status = db.read_now(sources.find_status, "harbour")
    assert (status.first_run, status.last_checked, status.failures) == (None, NOON, 0)


def test_checks_that_leave_the_first_run_open_for_failed_pages_are_counted(db: Database) -> None:
    upsert(db, a_source())
    for first_run in (FirstRun.RETRY, FirstRun.TO_COME, FirstRun.RETRY):
        check(db, "harbour", first_run=first_run)
    status = db.read_now(sources.find_status, "harbour")
    assert (status.first_run, status.first_retries) == (None, 2)
    check(db, "harbour")
    check(db, "harbour", first_run=FirstRun.RETRY)
    status = db.read_now(sources.find_status, "harbour")
    assert (status.first_run, status.first_retries) == (NOON, 2)


def test_what_a_check_left_over_is_known_at_the_next(db: Database) -> None:
    upsert(db, a_source())
    over, to_come, retry = FirstRun.OVER, FirstRun.TO_COME, FirstRun.RETRY
    told = []
    for first_run, error in ((over, ""), (to_come, ""), (over, "down"), (retry, ""), (over, "")):
        check(db, "harbour", first_run=first_run, error=error)
        told.append(db.read_now(sources.find_status, "harbour").unfinished)
    assert told == [False, True, True, True, False]


def test_a_first_run_begun_anew_forgets_what_lists_pages_and_keeps_the_pages(db: Database) -> None:
    upsert(db, a_source())
    check(db, "harbour")
    for url, own in (("https://courier.example/list", True), ("https://courier.example/a", False)):
        db.write_now(pages.save_page, PageStatus(source="harbour", url=url, captured=NOON, own=own))
    wider = a_source(pages=3)
    db.write_now(sources.begin_first_run, wider)
    status = db.read_now(sources.find_status, "harbour")
    assert (status.first_run, status.scope) == (None, wider.scope)
    assert list(db.read_now(pages.list_pages, "harbour")) == ["https://courier.example/a"]
