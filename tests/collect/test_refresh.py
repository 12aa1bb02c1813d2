"""Sources are checked: real pages over real HTTP and from folders, saved whole or not at all."""

import asyncio
import shutil
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web

from syndicate.collect.kept.raw import read_raw
from syndicate.collect.refresh import refresh_source
from syndicate.errors import NotFound, StorageFull
from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import Selection
from syndicate.model.item import ItemKind
from syndicate.model.source import Archived, Backlog, Selectors, SourceKind
from syndicate.store import sources
from syndicate.store.database import Database
from tests.builders import NOON, a_clock, a_feed, a_source, an_old_site
from tests.collect.desk import SAMPLES, a_collecting, a_text, stored, waiting_jobs
from tests.neighbours.http_site import http_site, redirect

HOUR = timedelta(hours=1)
BODY = "<p>The ferry sailed at dawn with forty passengers and one piano on its open deck.</p>" + (
    "<p>The harbour master said that the tide had been kind, and that the next crossing leaves at noon "
    "whatever the weather on the islands may bring to the quay.</p>" * 3
)


def a_page(headline: str = "Ferry returns", body: str = BODY, more: str = "") -> str:
    return (
        f"<!DOCTYPE html><html lang='en'><head><title>{headline}</title>{more}</head><body>"
        f"<article><h1>{headline}</h1>{body}</article></body></html>"
    )


def samples(**change: object):
    base = {
        "name": "samples",
        "kind": SourceKind.FILES,
        "folder": str(SAMPLES),
        "only": ("en/*", "fa/*"),
        "base_url": "https://old.courier.example/",
        "archived": Archived.YES,
    }
    return a_source(**base | change)


async def test_the_sample_site_is_read_from_its_folder(db: Database, tmp_path: Path) -> None:
    desk = a_collecting(
        db, tmp_path, samples(), feeds=(a_feed(), a_feed(name="x", selection=Selection(sources=("y",))))
    )
    report = await refresh_source(desk, "samples")
    found = stored(db)
    kinds = Counter(item.kind for item in found)
    assert (report.errors, report.warnings, report.failed) == ((), (), 0)
    assert kinds[ItemKind.ARTICLE] >= 12
    assert kinds[ItemKind.BRIEF] >= 20
    assert report.new == len(found)
    assert all(item.archived and item.backlog and item.page_notice for item in found)
    assert {item.content.language for item in found} == {"en", "fa"}
    assert waiting_jobs(db) == ["feed.publish:all"]


async def test_a_second_run_brings_nothing_and_parses_nothing(sqlite_db: Database, tmp_path: Path) -> None:
    desk = a_collecting(sqlite_db, tmp_path, samples(), feeds=(a_feed(),))
    first = await refresh_source(desk, "samples")
    before = stored(sqlite_db)
    sqlite_db.write_now(lambda conn: conn.exec_driver_sql("DELETE FROM jobs"))
    second = await refresh_source(desk, "samples")
    assert first.new > 0
    assert (second.new, second.changed, second.failed) == (0, 0, 0)
    assert stored(sqlite_db) == before
    assert waiting_jobs(sqlite_db) == []


async def test_a_check_tells_how_far_it_is(sqlite_db: Database, tmp_path: Path) -> None:
    told: list[int] = []

    async def tell(looked_at: int) -> None:
        told.append(looked_at)

    files = a_source(kind=SourceKind.FILES, url="", folder=str(SAMPLES / "en"))
    clock = a_clock(step=timedelta(milliseconds=600))
    await refresh_source(a_collecting(sqlite_db, tmp_path, files, now=clock), files.name, tell=tell)
    assert told == sorted(set(told))
    assert 1 <= told[0] < told[-1] <= len(list((SAMPLES / "en").iterdir()))


async def test_images_of_a_folder_are_kept_small_and_once(sqlite_db: Database, tmp_path: Path) -> None:
    desk = a_collecting(sqlite_db, tmp_path, samples())
    await refresh_source(desk, "samples")
    images = [item.content.image for item in stored(sqlite_db) if item.content.image]
    files = {path.name for path in (tmp_path / "media").iterdir()}
    assert images
    assert {image.media for image in images} == files
    assert all(image.width and image.height and image.size and image.alt for image in images)


async def test_the_sample_site_served_over_http_is_a_listing(sqlite_db: Database, tmp_path: Path) -> None:
    async with http_site(SAMPLES) as site:
        source = a_source(name="live", kind=SourceKind.LISTING, url=f"{site.url}/en.html")
        desk = a_collecting(sqlite_db, tmp_path, source, allow=[site.host])
        report = await refresh_source(desk, "live")
        english = sum(path.suffix in (".html", ".txt") for path in (SAMPLES / "en").iterdir())
        articles = [item for item in stored(sqlite_db) if item.kind is ItemKind.ARTICLE]
        assert (report.errors, len(articles)) == ((), english)
        assert all(item.archived for item in articles)
        assert site.most_open == 1
        bodies = site.statuses[200]

        again = await refresh_source(desk, "live")
        assert (again.new, again.changed, again.unchanged) == (0, 0, english)
        assert site.statuses[200] == bodies
        assert site.statuses[304] == english + 1
        await desk.client.close()


async def test_the_same_stories_by_folder_and_by_http_are_the_same_items(
    sqlite_db: Database, tmp_path: Path
) -> None:
    async with http_site(SAMPLES) as site:
        live = a_source(name="live", kind=SourceKind.LISTING, url=f"{site.url}/en.html")
        desk = a_collecting(sqlite_db, tmp_path, samples(), live, allow=[site.host])
        await refresh_source(desk, "samples")
        report = await refresh_source(desk, "live")
        await desk.client.close()
    assert report.new == 0


async def test_a_page_is_collected_and_its_raw_bytes_kept(sqlite_db: Database, tmp_path: Path) -> None:
    async with http_site(answers={"/a.html": a_page()}) as site:
        source = a_source(url=f"{site.url}/a.html")
        desk = a_collecting(sqlite_db, tmp_path, source, allow=[site.host])
        report = await refresh_source(desk, "harbour")
        await desk.client.close()
    (item,) = stored(sqlite_db)
    assert (report.new, report.next_check) == (1, NOON + HOUR)
    assert (item.content.headline, item.content.url) == ("Ferry returns", source.url)
    assert item.provenance.captured == NOON
    assert read_raw(item.provenance.raw_hash, folder=desk.raw_dir) == a_page().encode()
    (raw,) = desk.raw_dir.rglob("*.zst")
    assert raw.stat().st_mode & 0o777 == 0o600


async def test_a_changed_page_is_a_revision_of_the_same_item(sqlite_db: Database, tmp_path: Path) -> None:
    async with http_site(answers={"/a.html": a_page()}) as site:
        source = a_source(url=f"{site.url}/a.html")
        desk = a_collecting(sqlite_db, tmp_path, source, allow=[site.host], feeds=(a_feed(),))
        await refresh_source(desk, "harbour")
        site.answers["/a.html"] = a_page(headline="Ferry returns late")
        report = await refresh_source(replace(desk, now=lambda: NOON + HOUR), "harbour")
        await desk.client.close()
    (item,) = stored(sqlite_db)
    assert (report.new, report.changed) == (0, 1)
    assert (item.revision, item.changed, item.content.headline) == (2, NOON + HOUR, "Ferry returns late")


async def test_what_changes_around_the_article_is_no_revision(sqlite_db: Database, tmp_path: Path) -> None:
    async with http_site(answers={"/a.html": a_page()}) as site:
        desk = a_collecting(sqlite_db, tmp_path, a_source(url=f"{site.url}/a.html"), allow=[site.host])
        await refresh_source(desk, "harbour")
        site.answers["/a.html"] = a_page(more="<!-- rendered in 3 ms -->")
        report = await refresh_source(desk, "harbour")
        await desk.client.close()
    assert (report.changed, report.unchanged) == (0, 1)


async def test_a_moved_page_keeps_its_id(sqlite_db: Database, tmp_path: Path) -> None:
    async with http_site(answers={"/a.html": a_page()}) as site:
        source = a_source(url=f"{site.url}/a.html")
        desk = a_collecting(sqlite_db, tmp_path, source, allow=[site.host])
        await refresh_source(desk, "harbour")
        (before,) = stored(sqlite_db)
        site.answers |= {"/a.html": redirect("/b/ferry.html", 301), "/b/ferry.html": a_page()}
        await refresh_source(desk, "harbour")
        await desk.client.close()
    (item,) = stored(sqlite_db)
    assert item.id == before.id


RSS = (
    '<?xml version="1.0"?><rss version="2.0"><channel><title>Courier</title><ttl>180</ttl>{}</channel></rss>'
)
ENTRY = (
    "<item><title>{}</title><guid>{}</guid><link>https://courier.example/{}</link>"
    "<description>{}</description></item>"
)


async def test_an_upstream_feed_is_collected_and_its_ttl_kept(sqlite_db: Database, tmp_path: Path) -> None:
    entries = ENTRY.format("One", 1, "one", "It sailed.") + ENTRY.format("Two", 2, "two", "It came back.")
    async with http_site(answers={"/feed.xml": RSS.format(entries)}) as site:
        source = a_source(kind=SourceKind.FEED, url=f"{site.url}/feed.xml")
        desk = a_collecting(sqlite_db, tmp_path, source, allow=[site.host])
        report = await refresh_source(desk, "harbour")
        again = await refresh_source(desk, "harbour")
        await desk.client.close()
    assert [item.content.headline for item in stored(sqlite_db)] == ["One", "Two"]
    assert report.next_check == NOON + 3 * HOUR
    assert (again.new, again.changed) == (0, 0)


async def test_an_upstream_notice_in_its_own_words_is_notice(sqlite_db: Database, tmp_path: Path) -> None:
    body = (
        "<![CDATA[<p>It sailed.</p><p>You are reading a page from our old site, which is no longer updated. "
        'See <a href="https://courier.example/">the new site</a>.</p>]]>'
    )
    async with http_site(answers={"/f": RSS.format(ENTRY.format("One", 1, "one", body))}) as site:
        desk = a_collecting(
            sqlite_db, tmp_path, a_source(kind=SourceKind.FEED, url=f"{site.url}/f"), allow=[site.host]
        )
        await refresh_source(desk, "harbour")
        await desk.client.close()
    (item,) = stored(sqlite_db)
    assert item.content.body_text == "It sailed."
    assert item.archived
    assert item.page_notice is not None
    assert item.page_notice.successor_url == "https://courier.example/"


async def test_what_no_database_takes_is_gone_before_it_gets_there(db: Database, tmp_path: Path) -> None:
    nasty = "a\\u0000b\\ud800c"
    document = (
        '{"version": "https://jsonfeed.org/version/1.1", "title": "x", "items": [{"id": "%s", "title": "%s", '
        '"url": "https://c.example/%s", "content_html": "<p>%s</p>", "tags": ["%s"], "language": "%s"}]}'
    )
    async with http_site(answers={"/f": document % ((nasty,) * 6)}) as site:
        source = a_source(kind=SourceKind.FEED, url=f"{site.url}/f")
        desk = a_collecting(db, tmp_path, source, allow=[site.host])
        report = await refresh_source(desk, "harbour")
        await desk.client.close()
    (item,) = stored(db)
    assert (report.errors, item.content.headline, item.content.body_text) == ((), "abc", "abc")


async def test_entries_that_share_a_guid_stay_apart(sqlite_db: Database, tmp_path: Path) -> None:
    entries = "".join(ENTRY.format(title, "same", "", f"All about {title}.") for title in ("One", "Two"))
    async with http_site(answers={"/f": RSS.format(entries)}) as site:
        desk = a_collecting(
            sqlite_db, tmp_path, a_source(kind=SourceKind.FEED, url=f"{site.url}/f"), allow=[site.host]
        )
        report = await refresh_source(desk, "harbour")
        await desk.client.close()
    assert len(stored(sqlite_db)) == 2
    assert any("identifies none of them" in warning for warning in report.warnings)


@pytest.mark.parametrize(
    ("kind", "answer", "words"),
    [
        (SourceKind.PAGE, (404, {}, b""), "is not there (status 404)"),
        (SourceKind.PAGE, (500, {}, b""), "answered 500"),
        (SourceKind.PAGE, "<html><title>x</title><body></body></html>", "no article that could be found"),
        (SourceKind.FEED, a_page("Welcome"), "is no feed: an HTML page titled 'Welcome'"),
        (SourceKind.LISTING, "<p>Nothing here</p>", "no links to articles"),
        (SourceKind.LISTING, (403, {}, b""), "forbids it"),
    ],
)
async def test_a_failing_source_leaves_everything_and_says_why(
    sqlite_db: Database, tmp_path: Path, kind: SourceKind, answer: object, words: str
) -> None:
    async with http_site(answers={"/a.html": answer}) as site:
        source = a_source(kind=kind, url=f"{site.url}/a.html")
        desk = a_collecting(sqlite_db, tmp_path, source, allow=[site.host], feeds=(a_feed(),))
        report = await refresh_source(desk, "harbour")
        await refresh_source(desk, "harbour")
        await desk.client.close()
    status = sqlite_db.read_now(sources.find_status, "harbour")
    assert status is not None
    assert words in report.errors[0]
    assert words in status.last_error
    assert (status.last_outcome, status.failures, status.first_run) == ("failed", 2, None)
    assert status.next_check == NOON + 2 * HOUR
    assert stored(sqlite_db) == []
    assert waiting_jobs(sqlite_db) == []


async def test_a_failure_does_not_touch_what_was_collected(sqlite_db: Database, tmp_path: Path) -> None:
    async with http_site(answers={"/a.html": a_page()}) as site:
        desk = a_collecting(sqlite_db, tmp_path, a_source(url=f"{site.url}/a.html"), allow=[site.host])
        await refresh_source(desk, "harbour")
        before = stored(sqlite_db)
        site.answers["/a.html"] = (503, {"Retry-After": "7200"}, b"")
        report = await refresh_source(desk, "harbour")
        await desk.client.close()
    assert stored(sqlite_db) == before
    assert report.next_check == NOON + 2 * HOUR


async def test_one_bad_page_of_a_listing_fails_alone_and_is_tried_again(
    sqlite_db: Database, tmp_path: Path
) -> None:
    links = "".join(f'<p><a href="/2019/05/{n}.html">A story about boat {n}</a></p>' for n in "abc")
    pages = {f"/2019/05/{n}.html": a_page(f"Boat {n}", a_text(n)) for n in "ac"}
    async with http_site(answers={"/list": f"<main>{links}</main>", **pages}) as site:
        source = a_source(kind=SourceKind.LISTING, url=f"{site.url}/list")
        desk = a_collecting(sqlite_db, tmp_path, source, allow=[site.host])
        first = await refresh_source(desk, "harbour")
        site.answers["/2019/05/b.html"] = a_page("Boat b", a_text("b"))
        second = await refresh_source(desk, "harbour")
        await desk.client.close()
    assert (first.new, first.failed, second.new, second.failed) == (2, 1, 1, 0)
    assert "b.html is not there" in first.errors[0]


async def test_a_paused_host_puts_the_rest_off_and_the_first_run_goes_on(
    sqlite_db: Database, tmp_path: Path
) -> None:
    links = "".join(f'<p><a href="/2019/05/{n}.html">A story about boat {n}</a></p>' for n in "abc")
    pages = {f"/2019/05/{n}.html": a_page(f"Boat {n}", a_text(n)) for n in "ac"}
    busy = (429, {"Retry-After": "10800"}, b"")
    async with http_site(answers={"/list": links, **pages, "/2019/05/b.html": busy}) as site:
        source = a_source(kind=SourceKind.LISTING, url=f"{site.url}/list", backlog=Backlog.DRIP)
        desk = a_collecting(sqlite_db, tmp_path, source, allow=[site.host])
        first = await refresh_source(desk, "harbour")
        assert (first.new, first.held) == (1, 2)
        assert first.next_check == NOON + 3 * HOUR
        assert site.hits["/2019/05/c.html"] == 0

        site.answers["/2019/05/b.html"] = a_page("Boat b", a_text("b"))
        later = replace(desk, now=lambda: NOON + 3 * HOUR)
        second = await refresh_source(later, "harbour")
        await desk.client.close()
    assert second.new == 2
    assert all(item.backlog for item in stored(sqlite_db))


def a_listing(*names: str) -> str:
    return "".join(f'<p><a href="/2019/05/{n}.html">A story about boat {n}</a></p>' for n in names)


def boats(*names: str) -> dict[str, str]:
    return {f"/2019/05/{n}.html": a_page(f"Boat {n}", a_text(n)) for n in names}


ABOUT = "<html><head><title>About us</title></head><body></body></html>"


async def test_a_page_that_a_selector_emptied_is_not_blamed(sqlite_db: Database, tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    saved.mkdir()
    (saved / "a.html").write_text(a_page("Boat a", a_text("a")), "utf-8")
    source = a_source(
        kind=SourceKind.FILES, url="", folder=str(saved), selectors=Selectors(remove=("body > *",))
    )
    report = await refresh_source(a_collecting(sqlite_db, tmp_path, source), "harbour")
    assert 'selectors.remove[1] "body > *" took out all of its text' in report.errors[0]


async def test_a_listed_page_that_is_no_article_is_told_once(sqlite_db: Database, tmp_path: Path) -> None:
    async with http_site(
        answers={"/list": a_listing(*"ab"), **boats("a")},
    ) as site:
        site.validators = False
        site.answers["/2019/05/b.html"] = ABOUT
        source = a_source(kind=SourceKind.LISTING, url=f"{site.url}/list")
        desk = a_collecting(sqlite_db, tmp_path, source, allow=[site.host])
        first, second = [await refresh_source(desk, "harbour") for _ in range(2)]
        assert (first.new, first.failed, first.errors) == (1, 0, ())
        [warning] = first.warnings
        assert "b.html has no article that could be found, and no briefs; it is left out until" in warning
        assert (second.unchanged, second.failed, second.warnings, second.errors) == (2, 0, (), ())

        site.answers |= boats("b")
        third = await refresh_source(desk, "harbour")
        await desk.client.close()
    assert (third.new, third.warnings) == (1, ())


async def test_a_listing_of_no_articles_at_all_fails(sqlite_db: Database, tmp_path: Path) -> None:
    async with http_site(answers={"/list": a_listing(*"ab")}) as site:
        site.answers |= {"/2019/05/a.html": ABOUT, "/2019/05/b.html": ABOUT}
        source = a_source(kind=SourceKind.LISTING, url=f"{site.url}/list")
        desk = a_collecting(sqlite_db, tmp_path, source, allow=[site.host])
        reports = [await refresh_source(desk, "harbour") for _ in range(2)]
        await desk.client.close()
    assert ["a.html has no article" in report.errors[0] for report in reports] == [True, True]


async def test_a_listing_longer_than_the_limit_ends_its_first_run(
    sqlite_db: Database, tmp_path: Path
) -> None:
    async with http_site(answers={"/list": a_listing(*"abcde"), **boats(*"abcde")}) as site:
        source = a_source(kind=SourceKind.LISTING, url=f"{site.url}/list", limit=3)
        desk = a_collecting(sqlite_db, tmp_path, source, allow=[site.host])
        reports = [await refresh_source(desk, "harbour") for _ in range(3)]
        assert [(one.new, one.held) for one in reports] == [(3, 2), (2, 0), (0, 0)]
        assert site.statuses[304] >= 1, "the listing is remembered, and so are its pages"

        site.answers |= {"/list": a_listing("f", *"abcde"), **boats("f")}
        later = await refresh_source(desk, "harbour")
        await desk.client.close()
    assert (later.new, later.held) == (1, 0)
    fresh = [item.content.headline for item in stored(sqlite_db) if not item.backlog]
    assert fresh == ["Boat f"]


async def test_a_pause_among_pages_seen_before_does_not_keep_the_first_run_open(
    sqlite_db: Database, tmp_path: Path
) -> None:
    async with http_site(answers={"/list": a_listing(*"ab"), **boats(*"ab")}) as site:
        source = a_source(kind=SourceKind.LISTING, url=f"{site.url}/list", limit=1)
        desk = a_collecting(sqlite_db, tmp_path, source, allow=[site.host])
        first = await refresh_source(desk, "harbour")
        busy = {"/2019/05/a.html": (429, {"Retry-After": "60"}, b"")}
        site.answers |= {"/list": a_listing(*"ab") + "<p>More</p>", **busy}
        wide = Catalogue(sources={"harbour": replace(source, limit=5)})
        second = await refresh_source(replace(desk, catalogue=wide), "harbour")
        await desk.client.close()
    status = sqlite_db.read_now(sources.find_status, "harbour")
    assert status is not None
    assert (first.held, second.new, second.held) == (1, 1, 1)
    assert status.first_run == NOON


def first_run_of(db: Database) -> object:
    status = db.read_now(sources.find_status, "harbour")
    assert status is not None
    return status.first_run


async def test_pages_that_fail_for_the_moment_still_belong_to_the_first_run(
    sqlite_db: Database, tmp_path: Path
) -> None:
    broken = {f"/2019/05/{name}.html": (500, {}, b"") for name in "bc"}
    async with http_site(answers={"/list": a_listing(*"abc"), **boats("a"), **broken}) as site:
        source = a_source(kind=SourceKind.LISTING, url=f"{site.url}/list")
        desk = a_collecting(sqlite_db, tmp_path, source, allow=[site.host])
        first = await refresh_source(desk, "harbour")
        assert (first.new, first.failed, first_run_of(sqlite_db)) == (1, 2, None)
        site.answers |= boats("b")
        await refresh_source(desk, "harbour")
        assert first_run_of(sqlite_db) is None

        await refresh_source(desk, "harbour")
        assert first_run_of(sqlite_db) == NOON, "a page that never comes does not hold it open for ever"
        site.answers |= boats("c")
        await refresh_source(desk, "harbour")
        await desk.client.close()
    assert [item.backlog for item in stored(sqlite_db)] == [True, True, False]


async def test_a_page_that_is_gone_does_not_hold_the_first_run_open(
    sqlite_db: Database, tmp_path: Path
) -> None:
    async with http_site(answers={"/list": a_listing(*"ab"), **boats("a")}) as site:
        source = a_source(kind=SourceKind.LISTING, url=f"{site.url}/list")
        desk = a_collecting(sqlite_db, tmp_path, source, allow=[site.host])
        report = await refresh_source(desk, "harbour")
        await desk.client.close()
    assert (report.failed, first_run_of(sqlite_db)) == (1, NOON)


async def test_a_long_run_that_is_killed_keeps_what_it_had(sqlite_db: Database, tmp_path: Path) -> None:
    reached = asyncio.Event()

    async def hang(_request: object) -> web.StreamResponse:
        reached.set()
        await asyncio.Event().wait()
        raise AssertionError("nobody answers")

    async with http_site(answers={"/list": a_listing(*"abcd"), **boats(*"abd")}) as site:
        site.answers["/2019/05/c.html"] = hang
        source = a_source(kind=SourceKind.LISTING, url=f"{site.url}/list")
        desk = a_collecting(sqlite_db, tmp_path, source, allow=[site.host], part=3, feeds=(a_feed(),))
        run = asyncio.create_task(refresh_source(desk, "harbour"))
        await reached.wait()
        run.cancel()
        await asyncio.wait([run])
        status = sqlite_db.read_now(sources.find_status, "harbour")
        assert status is not None
        assert [item.content.headline for item in stored(sqlite_db)] == ["Boat a", "Boat b"]
        assert waiting_jobs(sqlite_db) == ["feed.publish:all"]
        assert (status.last_checked, status.next_check, status.first_run) == (None, None, None)

        site.answers |= boats("c")
        report = await refresh_source(desk, "harbour")
        await desk.client.close()
    assert (report.new, report.unchanged, report.failed) == (2, 2, 0)
    assert all(item.backlog for item in stored(sqlite_db))
    assert first_run_of(sqlite_db) == NOON


@pytest.mark.parametrize("part", [2, 5, 100])
async def test_a_run_in_parts_tells_the_same_as_one_in_whole(
    sqlite_db: Database, tmp_path: Path, part: int
) -> None:
    async with http_site(answers={"/list": a_listing(*"abcde"), **boats(*"abd")}) as site:
        site.answers["/2019/05/c.html"] = ABOUT
        source = a_source(kind=SourceKind.LISTING, url=f"{site.url}/list", interval=2 * HOUR)
        desk = a_collecting(sqlite_db, tmp_path, source, allow=[site.host], part=part)
        report = await refresh_source(desk, "harbour")
        changed = sqlite_db.read_now(sources.find_status, "harbour")
        again = await refresh_source(desk, "harbour")
        await desk.client.close()
    status = sqlite_db.read_now(sources.find_status, "harbour")
    assert changed is not None
    assert status is not None
    assert (report.new, report.failed, len(report.warnings), len(report.errors)) == (3, 1, 1, 1)
    assert (report.next_check, again.unchanged) == (NOON + 2 * HOUR, 4)
    assert (changed.last_outcome, status.last_outcome) == ("changed", "unchanged")


async def test_what_comes_after_the_first_run_is_no_backlog(sqlite_db: Database, tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    shutil.copytree(SAMPLES / "en", folder)
    held = shutil.move(folder / "library-opens-on-the-quay.html", tmp_path / "later.html")
    source = samples(folder=str(folder), only=(), name="harbour")
    desk = a_collecting(sqlite_db, tmp_path, source)
    await refresh_source(desk, "harbour")
    shutil.move(held, folder / "library-opens-on-the-quay.html")
    await refresh_source(desk, "harbour")
    fresh = [item.content.headline for item in stored(sqlite_db) if not item.backlog]
    assert "A Library Moves Into the Old Net Loft" in fresh


async def test_an_image_is_fetched_once_and_a_broken_one_is_a_warning(
    sqlite_db: Database, tmp_path: Path
) -> None:
    picture = (SAMPLES / "en" / "images" / "ferry.png").read_bytes()
    og = '<meta property="og:image" content="{}">'
    links = "".join(f'<p><a href="/2019/05/{n}.html">A story about boat {n}</a></p>' for n in "abc")
    pages = {
        f"/2019/05/{n}.html": a_page(f"Boat {n}", a_text(n), more=og.format(image))
        for n, image in (("a", "/p.png"), ("b", "/p.png"), ("c", "/lost.png"))
    }
    async with http_site(answers={"/list": links, **pages, "/p.png": picture}) as site:
        source = a_source(kind=SourceKind.LISTING, url=f"{site.url}/list")
        desk = a_collecting(sqlite_db, tmp_path, source, allow=[site.host])
        report = await refresh_source(desk, "harbour")
        await desk.client.close()
        assert site.hits["/p.png"] == 1
    images = [item.content.image for item in stored(sqlite_db)]
    assert [bool(image and image.media) for image in images] == [True, True, False]
    assert (report.new, report.failed) == (3, 0)
    assert any("lost.png is not there" in warning for warning in report.warnings)


async def test_an_old_site_s_host_makes_its_pages_archived(sqlite_db: Database, tmp_path: Path) -> None:
    async with http_site(answers={"/a.html": a_page()}) as site:
        desk = a_collecting(
            sqlite_db,
            tmp_path,
            a_source(url=f"{site.url}/a.html"),
            allow=[site.host],
            old_sites=(an_old_site(hosts=("127.0.0.1",)),),
        )
        await refresh_source(desk, "harbour")
        await desk.client.close()
    assert stored(sqlite_db)[0].archived


async def test_a_full_disk_saves_nothing(sqlite_db: Database, tmp_path: Path) -> None:
    (tmp_path / "raw").write_text("a file where the folder should be")
    desk = a_collecting(sqlite_db, tmp_path, samples())
    with pytest.raises(StorageFull):
        await refresh_source(desk, "samples")
    assert stored(sqlite_db) == []


async def test_an_unknown_source_is_answered_with_those_there_are(
    sqlite_db: Database, tmp_path: Path
) -> None:
    desk = a_collecting(sqlite_db, tmp_path, a_source())
    with pytest.raises(NotFound, match="there are: harbour"):
        await refresh_source(desk, "harbor")
