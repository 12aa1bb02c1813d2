"""How a source stands is told in words: why the next check is when it is, and what to do."""

from datetime import timedelta
from pathlib import Path

import pytest

from syndicate.collect.health.standing import list_standings, percentages, remedy_for, why_next
from syndicate.collect.refresh import refresh_source
from syndicate.model.source import SourceKind
from syndicate.store import alarms
from syndicate.store.coverage import Coverage
from syndicate.store.database import Database
from syndicate.store.sources import SourceStatus
from tests.builders import NOON, a_source
from tests.collect.desk import a_collecting
from tests.neighbours.http_site import http_site


def a_status(**change: object) -> SourceStatus:
    base = {"name": "harbour", "kind": "page", "last_checked": NOON, "first_run": NOON}
    return SourceStatus(**base | change)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"next_reason": "interval"}, "its interval"),
        ({"next_reason": "ttl"}, "the feed's ttl"),
        ({"next_reason": "cache-control"}, "Cache-Control"),
        ({"next_reason": "retry-after"}, "Retry-After"),
        ({"next_reason": "failures", "failures": 1}, "backing off after a failure"),
        ({"next_reason": "failures", "failures": 3}, "backing off after 3 failures in a row"),
        ({"next_reason": "interval", "first_run": None}, "its interval; its first run goes on"),
        ({"last_checked": None, "first_run": None}, ""),
    ],
)
def test_why_the_next_check_is_when_it_is(change: dict[str, object], why: str) -> None:
    assert why_next(a_status(**change)) == why


@pytest.mark.parametrize(
    ("change", "source", "allowed", "remedy"),
    [
        ({}, {}, False, ""),
        (
            {"last_error": "404 for http://127.0.0.1/a.html", "failures": 1},
            {},
            False,
            "see the address and its site; syndicate collect harbour tries again",
        ),
        (
            {"last_error": "/nowhere is not there", "failures": 1},
            {"kind": SourceKind.FILES, "folder": "/nowhere"},
            False,
            "see sources.harbour.folder, then: syndicate collect harbour",
        ),
        (
            {"last_error": "refused; see fetch.allow_hosts", "failures": 1},
            {},
            True,
            "it is allowed by now: syndicate collect harbour",
        ),
        (
            {"last_error": "selectors.body matched nothing"},
            {},
            False,
            "correct sources.harbour.selectors; syndicate probe URL shows what a page has",
        ),
    ],
)
def test_what_to_do_about_an_error(
    change: dict[str, object], source: dict[str, object], allowed: bool, remedy: str
) -> None:
    assert remedy_for(a_status(**change), a_source(**source), allowed=allowed) == remedy


def test_rates_are_those_of_the_newest_ten_pages() -> None:
    runs = [
        Coverage(at=NOON, pages=4, counts={"date": 2}),
        Coverage(at=NOON, pages=6, counts={"date": 6}),
        Coverage(at=NOON, pages=90, counts={"date": 0}),
    ]
    assert percentages(runs)["date"] == 80
    assert percentages([]) == {}


async def test_a_source_that_dies_is_told_once_and_again_when_it_lives(db: Database, tmp_path: Path) -> None:
    page = "<html lang=en><title>Ferry</title><article><h1>Ferry</h1>" + (
        "<p>The ferry sailed at dawn with forty passengers and one piano on its open deck.</p>" * 4
    )
    async with http_site(answers={"/a.html": (404, {}, b"gone")}) as site:
        source = a_source(url=f"{site.url}/a.html", interval=timedelta(hours=1))
        desk = a_collecting(db, tmp_path, source, allow=[site.host])
        reports = [await refresh_source(desk, "harbour") for _ in range(7)]
        assert [bool(report.alarms) for report in reports] == [False] * 4 + [True] + [False] * 2
        (standing,) = await list_standings(db, {"harbour": source})
        assert (standing.failures, standing.reason) == (7, "backing off after 7 failures in a row")
        assert (standing.needs_somebody, standing.alarms[0].what) == (True, "failing")
        site.answers["/a.html"] = page
        again = await refresh_source(desk, "harbour")
        await desk.client.close()
    assert (again.new, len(again.well), again.alarms) == (1, 1, ())
    (standing,) = await list_standings(db, {"harbour": source})
    assert (standing.needs_somebody, standing.items, standing.coverage["body"]) == (False, 1, 100)
    assert db.read_now(alarms.list_alarms) == []
