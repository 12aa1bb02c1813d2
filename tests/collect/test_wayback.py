"""An old site is read out of a web archive: over real HTTP, politely, and never twice."""

import asyncio
import json
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import web

from syndicate.collect.readers.wayback import PATIENCE, POSITION, Position
from syndicate.collect.refresh import refresh_source
from syndicate.collect.report import RefreshReport
from syndicate.formats.cdx import CdxRow
from syndicate.model.item import Item, Timestamp
from syndicate.model.source import Captures, Source, SourceKind
from syndicate.store import items, pages, sources
from syndicate.store.database import Database
from tests.builders import NOON, a_source
from tests.collect.desk import SAMPLES, a_collecting, stored
from tests.neighbours.web_archive import CDX, FIELDS, Held, WebArchive, web_archive

OLD = "http://old.courier.example:80/news/"
TOPICS = {
    "ferry": "The ferry to the northern islands sailed at dawn with forty passengers on its open deck",
    "bridge": "The footbridge over the mill stream stays closed until its timber has been replaced by oak",
    "market": "Traders at the covered market counted their takings after a week without rain in the valley",
    "school": "Pupils of the sailing school raced nine dinghies round the outer buoy before the tide turned",
}
MORE = {
    "ferry": "Its captain promised that winter crossings would leave every morning whatever the swell "
    "may be, while the company looks for a second crew and for money to mend the older of its two boats.",
    "bridge": "Engineers found rot beneath the eastern railing, so the council ordered a detour through "
    "orchard lane that adds ten minutes for walkers, and asked cyclists to dismount beside the chapel wall.",
    "market": "Cheese and smoked eel sold best, said the stall keepers, who want longer opening hours on "
    "Friday evenings and better lamps above the fish counters along the southern aisle of the hall.",
    "school": "The youngest helm was eleven years old and won by a boat length, although her mainsheet had "
    "jammed twice, and the prize of a brass compass was handed over by the harbour master himself.",
}


def a_page(topic: str, *, more: str = "", head: str = "") -> str:
    return (
        f"<!DOCTYPE html><html lang='en'><head><title>About the {topic}</title>{head}</head><body><article>"
        f"<h1>About the {topic} by the sea</h1><p>{TOPICS[topic]}.</p><p>{MORE[topic]}</p>{more}"
        "</article></body></html>"
    )


def held(topic: str, timestamp: str = "20120503101500", **change: Any) -> Held:
    base: dict[str, Any] = {
        "timestamp": timestamp,
        "original": f"{OLD}{topic}.html",
        "body": a_page(topic),
    }
    return Held(**base | change)


def old_site(archive: WebArchive, **change: Any) -> Source:
    base: dict[str, Any] = {
        "name": "old",
        "kind": SourceKind.WAYBACK,
        "url": "https://old.courier.example/news/",
        "archive": archive.url,
    }
    return a_source(**base | change)


async def collect(db: Database, folder: Path, archive: WebArchive, **change: Any) -> RefreshReport:
    """One check of the old site; what is no setting of a source goes to Collecting."""
    more: dict[str, Any] = {
        name: change.pop(name) for name in ("part", "sleep", "now", "hosts") if name in change
    }
    more.setdefault("mint", lambda: str(uuid4()))
    desk = a_collecting(db, folder, old_site(archive, **change), allow=[archive.site.host], **more)
    try:
        return await refresh_source(desk, "old")
    finally:
        await desk.client.close()


def the(db: Database) -> Item:
    (item,) = stored(db)
    return item


def walk_is_done(db: Database) -> bool:
    return json.loads(db.read_now(pages.list_pages, "old")[POSITION].etag)["done"] is not None


def a_position(**change: Any) -> Position:
    row = CdxRow(urlkey="k", timestamp="20120503101500", original="http://old.courier.example/a")
    base: dict[str, Any] = {"walk": "w", "resume_key": "k 2012", "carried": (row,), "failures": 1}
    return Position(**base | change)


@pytest.mark.parametrize(
    "position", [a_position(), a_position(done=date(2026, 3, 1)), a_position(carried=(), since="20251201")]
)
def test_a_position_is_remembered_whole(position: Position) -> None:
    assert Position.parse(position.text(), walk="w") == position


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"walk": "w"}', '{"walk": "w", "done": null, "carried": [7]}']
)
def test_a_position_that_makes_no_sense_is_the_beginning(text: str) -> None:
    assert Position.parse(text, walk="w") == Position(walk="w")


def test_a_position_of_another_walk_is_the_beginning() -> None:
    assert Position.parse(a_position().text(), walk="other") == Position(walk="other")


async def test_each_page_that_an_archive_holds_becomes_an_item(db: Database, tmp_path: Path) -> None:
    async with web_archive(*map(held, TOPICS)) as archive:
        report = await collect(db, tmp_path, archive)
    assert (report.new, report.failed, report.errors) == (4, 0, ())
    item = stored(db)[0]
    assert item.provenance.original_url == "http://old.courier.example/news/bridge.html"
    assert item.provenance.captured == datetime(2012, 5, 3, 10, 15, tzinfo=UTC)
    assert item.content.published is None
    assert item.not_after == item.provenance.captured


async def test_what_was_fetched_is_never_fetched_again(sqlite_db: Database, tmp_path: Path) -> None:
    async with web_archive(*map(held, TOPICS)) as archive:
        await collect(sqlite_db, tmp_path, archive)
        before = list(archive.fetched)
        report = await collect(sqlite_db, tmp_path, archive)
        assert archive.fetched == before
    assert len(before) == len(set(before)) == 4
    assert (report.new, report.changed) == (0, 0)


async def test_a_killed_process_goes_on_where_it_was(sqlite_url: str, tmp_path: Path) -> None:
    async with web_archive(*map(held, TOPICS), part=2) as archive:
        # In the listing's order the third capture is the last but one.
        third = archive.held[2]
        path, reached = f"/web/{third.timestamp}id_/{third.original}", asyncio.Event()
        usual = archive.site.answers[path]

        async def hold(request: web.Request) -> web.StreamResponse:
            reached.set()
            await asyncio.Event().wait()
            raise AssertionError

        archive.site.answers[path] = hold
        command = (sys.executable, "-m", "tests.collect.wayback_run", sqlite_url, str(tmp_path), archive.url)
        process = await asyncio.create_subprocess_exec(*command)
        await asyncio.wait_for(reached.wait(), 60)
        process.kill()
        await process.wait()
        archive.site.answers[path] = usual
        before = list(archive.fetched)
        db = Database(sqlite_url)
        report = await collect(db, tmp_path, archive, part=2)
        again = archive.fetched[len(before) :]
        assert {topic.content.headline for topic in stored(db)} == {
            f"About the {t} by the sea" for t in TOPICS
        }
        db.close()
    # The first part of two was saved; the one that was on its way comes once more, and then the last.
    assert len(before) == 3
    assert [path for path in again if path in before[:2]] == []
    assert (len(again), report.new) == (2, 2)
    assert [asked.get("resumeKey", "") for asked in archive.listed] == ["", "2", "2"]


async def test_a_long_listing_is_taken_a_part_at_a_time(sqlite_db: Database, tmp_path: Path) -> None:
    years = [
        held("ferry", f"{year}0503101500", body=a_page("ferry", head=f"<!--{year}-->"))
        for year in range(2001, 2010)
    ]
    async with web_archive(*years, *map(held, TOPICS), part=2) as archive:
        report = await collect(sqlite_db, tmp_path, archive)
        assert len(archive.listed) == 7
        ferry = [path for path in archive.fetched if "ferry" in path]
    assert report.new == 4
    assert ferry == ["20120503101500id_/http://old.courier.example:80/news/ferry.html"]
    item = next(item for item in stored(sqlite_db) if "ferry" in item.content.headline)
    assert item.not_after == datetime(2001, 5, 3, 10, 15, tzinfo=UTC)


async def test_the_next_walk_asks_only_for_what_is_lately_captured(
    sqlite_db: Database, tmp_path: Path
) -> None:
    async with web_archive(held("ferry")) as archive:
        await collect(sqlite_db, tmp_path, archive)
        archive.hold(held("bridge", "20260228000000"))
        report = await collect(sqlite_db, tmp_path, archive)
        assert [asked.get("from", "") for asked in archive.listed] == ["", "20251201"]
    assert report.new == 1


async def test_a_whole_listing_is_asked_for_again_after_a_week(sqlite_db: Database, tmp_path: Path) -> None:
    async with web_archive(held("ferry")) as archive:
        await collect(sqlite_db, tmp_path, archive, captures=Captures.FIRST)
        archive.hold(held("bridge", "20260228000000"))
        news = []
        for days in (1, 6, 7):
            now = NOON + timedelta(days=days)
            report = await collect(
                sqlite_db, tmp_path, archive, captures=Captures.FIRST, now=lambda now=now: now
            )
            news.append((report.new, report.errors, len(archive.listed)))
    assert news == [(0, (), 1), (0, (), 1), (1, (), 2)]


async def test_another_question_begins_anew(sqlite_db: Database, tmp_path: Path) -> None:
    async with web_archive(held("ferry"), held("bridge", "20060503101500")) as archive:
        await collect(sqlite_db, tmp_path, archive, since=date(2010, 1, 1))
        report = await collect(sqlite_db, tmp_path, archive)
        assert [asked.get("from", "") for asked in archive.listed] == ["20100101", ""]
        assert len(archive.fetched) == 2
    assert report.new == 1


async def test_the_limit_puts_the_rest_off(sqlite_db: Database, tmp_path: Path) -> None:
    async with web_archive(*map(held, TOPICS)) as archive:
        counts = [await collect(sqlite_db, tmp_path, archive, limit=3) for _ in range(2)]
        assert len(archive.fetched) == len(set(archive.fetched)) == 4
    assert [(report.new, report.held) for report in counts] == [(3, 1), (1, 0)]
    assert all(item.backlog for item in stored(sqlite_db))


VERSIONS = [
    held("ferry", "20120503101500"),
    held("ferry", "20130503101500", body=a_page("ferry", more="<p>It now carries cars too.</p>")),
    held("ferry", "20140503101500", body=a_page("ferry", more="<p>It carries neither now.</p>")),
]


def revisions(db: Database) -> list[Item]:
    item = the(db)
    found = [db.read_now(items.find_revision, item.id, number) for number in range(1, item.revision + 1)]
    return [each for each in found if each]


async def test_captures_of_one_article_are_its_revisions_oldest_first(db: Database, tmp_path: Path) -> None:
    async with web_archive(*reversed(VERSIONS)) as archive:
        await collect(db, tmp_path, archive, captures=Captures.ALL)
    assert [item.provenance.captured.year for item in revisions(db)] == [2012, 2013, 2014]
    assert [item.content.body_text.rpartition("\n\n")[2][:9] for item in revisions(db)][1:] == [
        "It now ca",
        "It carrie",
    ]
    item = the(db)
    assert item.not_after == datetime(2012, 5, 3, 10, 15, tzinfo=UTC)
    assert item.changed == datetime(2014, 5, 3, 10, 15, tzinfo=UTC)


@pytest.mark.parametrize(("captures", "year"), [(Captures.FIRST, 2012), (Captures.LAST, 2014)])
async def test_one_capture_of_each_address(
    sqlite_db: Database, tmp_path: Path, captures: Captures, year: int
) -> None:
    async with web_archive(*VERSIONS) as archive:
        await collect(sqlite_db, tmp_path, archive, captures=captures)
        assert len(archive.fetched) == 1
    item = the(sqlite_db)
    assert (item.revision, item.provenance.captured.year) == (1, year)
    assert item.not_after == datetime(2012, 5, 3, 10, 15, tzinfo=UTC)


async def test_an_older_capture_met_later_leaves_the_newer_text(sqlite_db: Database, tmp_path: Path) -> None:
    async with web_archive(VERSIONS[2]) as archive:
        await collect(sqlite_db, tmp_path, archive, captures=Captures.ALL)
        newest = the(sqlite_db)
        archive.hold(*VERSIONS[:2])
        # Another question: the walk that is done asks for recent captures alone.
        report = await collect(sqlite_db, tmp_path, archive, captures=Captures.ALL, since=date(2000, 1, 1))
    item = the(sqlite_db)
    assert report.changed == 0
    assert (item.content, item.revision) == (newest.content, 1)
    assert item.not_after == datetime(2012, 5, 3, 10, 15, tzinfo=UTC)


async def test_an_older_capture_gives_the_date_that_the_newer_lost(
    sqlite_db: Database, tmp_path: Path
) -> None:
    dated = '<meta property="article:published_time" content="2012-05-02T08:00:00+02:00">'
    first = held("ferry", "20120503101500", body=a_page("ferry", head=dated))
    async with web_archive(VERSIONS[1], first) as archive:
        await collect(sqlite_db, tmp_path, archive)
        assert the(sqlite_db).content.published is None
        await collect(sqlite_db, tmp_path, archive, captures=Captures.ALL)
    item = the(sqlite_db)
    assert item.content.published == Timestamp.parse("2012-05-02T08:00:00+02:00")
    assert item.content.body_text.endswith("It now carries cars too.")


async def test_a_capture_that_is_an_error_page_gives_way_to_the_one_before(
    sqlite_db: Database, tmp_path: Path
) -> None:
    gone = held("ferry", "20200503101500", body="<title>Page not found</title><h1>Sorry</h1>")
    async with web_archive(VERSIONS[0], gone) as archive:
        await collect(sqlite_db, tmp_path, archive)
        await collect(sqlite_db, tmp_path, archive, since=date(2001, 1, 1))
        assert [path[:4] for path in archive.fetched] == ["2020", "2012"]
    assert the(sqlite_db).provenance.captured.year == 2012


async def test_a_redirect_at_the_time_of_capture_is_left_out(sqlite_db: Database, tmp_path: Path) -> None:
    moved, front = held("ferry"), "http://old.courier.example/"
    async with web_archive(moved, held("bridge")) as archive:
        archive.site.answers[f"/web/20120503101500id_/{front}"] = a_page("market")
        archive.site.answers[f"/web/{moved.timestamp}id_/{moved.original}"] = (
            302,
            {"Location": f"/web/20120503101500id_/{front}"},
            b"",
        )
        report = await collect(sqlite_db, tmp_path, archive)
    assert (report.new, report.failed) == (1, 0)
    assert "1 captures left out: the old site redirected" in report.warnings
    assert the(sqlite_db).content.headline == "About the bridge by the sea"


async def test_a_picture_comes_out_of_the_archive_too(sqlite_db: Database, tmp_path: Path) -> None:
    picture = "http://old.courier.example/news/images/lamp.png"
    head = f'<meta property="og:image" content="{picture}">'
    data = next((SAMPLES / "en" / "images").glob("*.png")).read_bytes()
    async with web_archive(held("ferry", body=a_page("ferry", head=head))) as archive:
        archive.site.answers[f"/web/20120503101500im_/{picture}"] = (200, {"Content-Type": "image/png"}, data)
        report = await collect(sqlite_db, tmp_path, archive)
    image = the(sqlite_db).content.image
    assert report.warnings == ()
    assert image is not None
    assert (image.url, bool(image.media)) == (picture, True)


@pytest.mark.parametrize("status", [403, 404])
async def test_a_capture_that_the_archive_refuses_is_left_out_for_good(
    sqlite_db: Database, tmp_path: Path, status: int
) -> None:
    lost = held("ferry")
    async with web_archive(lost, held("bridge")) as archive:
        archive.site.answers[f"/web/{lost.timestamp}id_/{lost.original}"] = (status, {}, b"")
        reports = [await collect(sqlite_db, tmp_path, archive) for _ in range(2)]
        assert len(archive.fetched) == 2
    assert [(report.new, report.failed) for report in reports] == [(1, 0), (0, 0)]


async def test_a_capture_that_fails_for_the_moment_comes_next_time(
    sqlite_db: Database, tmp_path: Path
) -> None:
    weak = held("ferry")
    async with web_archive(weak, held("bridge")) as archive:
        path = f"/web/{weak.timestamp}id_/{weak.original}"
        usual, archive.site.answers[path] = archive.site.answers[path], (500, {}, b"")
        first = await collect(sqlite_db, tmp_path, archive)
        archive.site.answers[path] = usual
        second = await collect(sqlite_db, tmp_path, archive)
    assert [(report.new, report.failed) for report in (first, second)] == [(1, 1), (1, 0)]


async def test_a_capture_that_never_comes_does_not_hold_the_walk_for_ever(
    sqlite_db: Database, tmp_path: Path
) -> None:
    weak = held("ferry")
    async with web_archive(weak, held("bridge")) as archive:
        archive.site.answers[f"/web/{weak.timestamp}id_/{weak.original}"] = (500, {}, b"")
        for _ in range(PATIENCE):
            assert (await collect(sqlite_db, tmp_path, archive)).failed == 1
        assert (await collect(sqlite_db, tmp_path, archive)).failed == 0
        assert walk_is_done(sqlite_db)


async def test_an_archive_that_asks_for_a_pause_gets_it(sqlite_db: Database, tmp_path: Path) -> None:
    busy = held("bridge")
    async with web_archive(*map(held, TOPICS)) as archive:
        path = f"/web/{busy.timestamp}id_/{busy.original}"
        archive.site.answers[path] = (429, {"Retry-After": "7200"}, b"")
        report = await collect(sqlite_db, tmp_path, archive)
        assert archive.fetched == [f"{busy.timestamp}id_/{busy.original}"]
    assert (report.new, report.held, report.next_check) == (0, 4, NOON + timedelta(hours=2))
    status = sqlite_db.read_now(sources.find_status, "old")
    assert status is not None
    assert status.first_run is None


async def test_a_capture_that_always_asks_for_a_pause_holds_up_no_other(
    sqlite_db: Database, tmp_path: Path
) -> None:
    busy = held("bridge")
    async with web_archive(*map(held, TOPICS)) as archive:
        archive.site.answers[f"/web/{busy.timestamp}id_/{busy.original}"] = (503, {"Retry-After": "60"}, b"")
        reports = [await collect(sqlite_db, tmp_path, archive) for _ in range(PATIENCE + 1)]
        assert len(archive.fetched) == len(TOPICS) - 1 + PATIENCE
    assert [(report.new, report.held) for report in reports] == [(0, 4), (3, 1), (0, 1), (0, 0)]
    assert any("the archive asked for a pause instead, at 3 checks" in said for said in reports[2].warnings)
    assert walk_is_done(sqlite_db)


async def test_a_capture_that_paused_once_comes_after_the_others(sqlite_db: Database, tmp_path: Path) -> None:
    busy = held("bridge")
    async with web_archive(*map(held, TOPICS)) as archive:
        path = f"/web/{busy.timestamp}id_/{busy.original}"
        usual, archive.site.answers[path] = archive.site.answers[path], (503, {}, b"")
        await collect(sqlite_db, tmp_path, archive)
        archive.site.answers[path] = usual
        assert (await collect(sqlite_db, tmp_path, archive)).new == len(TOPICS)
        assert archive.fetched[-1] == f"{busy.timestamp}id_/{busy.original}"


async def test_captures_of_other_addresses_are_not_asked_for(sqlite_db: Database, tmp_path: Path) -> None:
    foreign = held("bridge", original="https://other.example/news/bridge.html")
    async with web_archive(held("ferry"), foreign) as archive:

        async def lists_all(request: web.Request) -> web.StreamResponse:
            return web.json_response([FIELDS, *(one.row for one in archive.held)])

        archive.site.answers[CDX] = lists_all
        report = await collect(sqlite_db, tmp_path, archive)
        assert len(archive.fetched) == 1
    assert report.warnings == (
        "1 captures left out: their addresses do not begin with https://old.courier.example/news/",
    )


async def test_an_archive_whose_listing_cannot_be_had_fails_the_check(
    sqlite_db: Database, tmp_path: Path
) -> None:
    async with web_archive(held("ferry")) as archive:
        archive.site.answers[CDX] = (503, {"Retry-After": "120"}, b"")
        report = await collect(sqlite_db, tmp_path, archive)
    assert (report.failed, report.new) == (1, 0)
    assert "answered 503" in report.errors[0]


async def test_an_archive_that_holds_nothing_says_so(sqlite_db: Database, tmp_path: Path) -> None:
    async with web_archive() as archive:
        report = await collect(sqlite_db, tmp_path, archive)
    assert "has no captures of pages under https://old.courier.example/news/" in report.errors[0]


async def test_the_archive_s_robots_txt_is_obeyed(sqlite_db: Database, tmp_path: Path) -> None:
    async with web_archive(*map(held, TOPICS)) as archive:
        archive.site.answers["/robots.txt"] = "User-agent: *\nDisallow: /web/"
        report = await collect(sqlite_db, tmp_path, archive)
        assert archive.fetched == []
    assert "is closed to us by" in report.errors[0]
    assert stored(sqlite_db) == []


async def test_the_archive_is_asked_no_faster_than_it_bears(sqlite_db: Database, tmp_path: Path) -> None:
    clock, requests = [NOON], []

    async def sleep(seconds: float) -> None:
        clock[0] += timedelta(seconds=seconds)

    def now() -> datetime:
        return clock[0]

    pages_of = [
        held(topic, f"20{year:02}0503101500", body=a_page(topic, head=f"<!--{year}-->"))
        for topic in TOPICS
        for year in range(10)
    ]
    async with web_archive(*pages_of, part=1) as archive:
        listing = archive.site.answers[CDX]

        async def timed(request: web.Request) -> web.StreamResponse:
            requests.append(clock[0])
            answer: web.StreamResponse = await listing(request)
            return answer

        archive.site.answers[CDX] = timed
        hosts: dict[str, Any] = {}
        for _ in range(2):
            await collect(sqlite_db, tmp_path, archive, now=now, sleep=sleep, hosts=hosts)
    spans = [later - first for first, later in zip(requests, requests[24:], strict=False)]
    assert len(requests) >= 40
    assert min(spans) >= timedelta(seconds=60)


async def test_an_archive_without_keys_to_go_on_is_read_as_far_as_it_lists(
    sqlite_db: Database, tmp_path: Path
) -> None:
    async with web_archive(*map(held, TOPICS)) as archive:
        archive.resumes = False
        report = await collect(sqlite_db, tmp_path, archive)
        assert len(archive.listed) == 1
    assert report.new == 4


def status_of(db: Database) -> sources.SourceStatus:
    status = db.read_now(sources.find_status, "old")
    assert status is not None
    return status


LATER = NOON + timedelta(days=100)
NEW_HOME = held("ferry", "20260501000000", original=f"{OLD}home.html")


async def test_a_new_capture_without_an_article_does_not_hold_a_walk_that_was_done(
    db: Database, tmp_path: Path
) -> None:
    empty = held("ferry", "20260501000000", original=f"{OLD}home.html", body="<title>x</title><p>.</p>")
    async with web_archive(*map(held, TOPICS)) as archive:
        await collect(db, tmp_path, archive)
        archive.hold(empty)
        reports = [await collect(db, tmp_path, archive, now=lambda: LATER) for _ in range(2)]
        assert sum("home" in path for path in archive.fetched) == 1
    assert [report.errors for report in reports] == [(), ()]
    assert (status_of(db).failures, walk_is_done(db)) == (0, True)


async def test_a_new_capture_that_never_comes_does_not_hold_a_walk_that_was_done(
    sqlite_db: Database, tmp_path: Path
) -> None:
    async with web_archive(*map(held, TOPICS)) as archive:
        await collect(sqlite_db, tmp_path, archive)
        archive.hold(NEW_HOME)
        archive.site.answers[f"/web/{NEW_HOME.timestamp}id_/{NEW_HOME.original}"] = (500, {}, b"")
        for _ in range(PATIENCE):
            assert (await collect(sqlite_db, tmp_path, archive, now=lambda: LATER)).failed == 1
    assert (status_of(sqlite_db).failures, walk_is_done(sqlite_db)) == (0, True)


@pytest.mark.parametrize("rows", [1, 2])
async def test_an_archive_closed_in_the_middle_leaves_the_walk_where_it_was(
    sqlite_db: Database, tmp_path: Path, rows: int
) -> None:
    async with web_archive(*map(held, TOPICS), part=rows) as archive:
        archive.site.answers["/robots.txt"] = "User-agent: *\nDisallow: /web/"
        for _ in range(PATIENCE + 1):
            assert (await collect(sqlite_db, tmp_path, archive)).failed == 1
        archive.site.answers["/robots.txt"] = "User-agent: *\nAllow: /"
        report = await collect(sqlite_db, tmp_path, archive, now=lambda: NOON + timedelta(days=2))
    assert (report.new, report.errors) == (4, ())


def breaking_off(archive: WebArchive, answer: web.Response) -> Any:
    """What lists the archive's beginning and nothing behind it."""

    async def lists(request: web.Request) -> web.StreamResponse:
        if "resumeKey" in request.query:
            return web.Response(status=answer.status, text=answer.text)
        return await archive.list(request)

    return lists


@pytest.mark.parametrize("part", [1, 100])
@pytest.mark.parametrize("status", [200, 403, 500])
async def test_a_listing_that_breaks_off_keeps_what_was_fetched(
    sqlite_db: Database, tmp_path: Path, status: int, part: int
) -> None:
    async with web_archive(*map(held, TOPICS), part=3) as archive:
        archive.site.answers[CDX] = breaking_off(archive, web.Response(status=status, text="<p>too many</p>"))
        first = await collect(sqlite_db, tmp_path, archive, part=part)
        assert (first.new, first.held, len(stored(sqlite_db))) == (2, 1, 2)
        again = await collect(sqlite_db, tmp_path, archive)
        assert (again.failed, status_of(sqlite_db).failures) == (1, 1)
        archive.site.answers[CDX] = archive.list
        last = await collect(sqlite_db, tmp_path, archive)
        assert len(archive.fetched) == len(set(archive.fetched)) == 4
    assert (last.new, last.errors) == (2, ())
    assert all(item.backlog for item in stored(sqlite_db))


async def test_a_kill_costs_no_capture_that_was_fetched(sqlite_db: Database, tmp_path: Path) -> None:
    async with web_archive(*map(held, TOPICS)) as archive:
        third = archive.held[2]
        path, reached = f"/web/{third.timestamp}id_/{third.original}", asyncio.Event()
        usual = archive.site.answers[path]

        async def hold(request: web.Request) -> web.StreamResponse:
            reached.set()
            await asyncio.Event().wait()
            raise AssertionError

        archive.site.answers[path] = hold
        run = asyncio.create_task(collect(sqlite_db, tmp_path, archive))
        await asyncio.wait_for(reached.wait(), 60)
        run.cancel()
        await asyncio.wait([run])
        assert stored(sqlite_db) == []
        archive.site.answers[path] = usual
        before = list(archive.fetched)
        report = await collect(sqlite_db, tmp_path, archive)
        again = archive.fetched[len(before) :]
    assert (len(before), len(again), report.new) == (3, 2, 4)
    assert [fetched for fetched in again if fetched in before[:2]] == []
    captured = datetime(2012, 5, 3, 10, 15, tzinfo=UTC)
    assert {(item.provenance.captured, item.not_after) for item in stored(sqlite_db)} == {
        (captured, captured)
    }
