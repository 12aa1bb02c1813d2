"""Listings over several pages: how far they are walked, at first and later, and what refuses us."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from syndicate.collect import extraction
from syndicate.collect.collecting import Collecting
from syndicate.collect.refresh import refresh_source
from syndicate.model.catalogue import Catalogue
from syndicate.model.source import Archived, Selectors, Source, SourceKind
from syndicate.store import pages, sources
from syndicate.store.database import Database
from tests.builders import NOON, a_source
from tests.collect.desk import a_collecting, a_text, stored
from tests.neighbours.http_site import HttpSite, http_site, redirect

HOUR = timedelta(hours=1)


def an_article(name: str) -> str:
    """An article that shares no words with the others."""
    title = f"Boat {name}"
    return f"<html lang=en><title>{title}</title><article><h1>{title}</h1>{a_text(name)}</article></html>"


def a_listing(*names: str, way: str = "") -> str:
    cards = "".join(f'<p><a href="/2019/05/{name}.html">A story about boat {name}</a></p>' for name in names)
    return f"<main>{cards}{way}</main>"


def articles(names: str) -> dict[str, Any]:
    return {f"/2019/05/{name}.html": an_article(name) for name in names}


def on(number: int, way: str = "") -> str:
    return way or f'<a href="/list/page/{number}/">{number}</a>'


def paged(*groups: str) -> dict[str, Any]:
    """A listing whose pages hold these groups, and its articles."""
    found: dict[str, Any] = articles("".join(groups))
    for number, names in enumerate(groups, start=1):
        path = "/list" if number == 1 else f"/list/page/{number}/"
        found[path] = a_listing(*names, way=on(number + 1) if number < len(groups) else "")
    return found


def a_listing_source(site: HttpSite, **change: Any) -> Source:
    return a_source(**{"kind": SourceKind.LISTING, "url": f"{site.url}/list", "pages": 9} | change)


def desk_for(
    db: Database, folder: Path, source: Source, site: HttpSite, now: Callable[[], Any] = lambda: NOON
) -> Collecting:
    return a_collecting(db, folder, source, allow=[site.host], now=now)


def later(desk: Collecting, hours: int, **change: Any) -> Collecting:
    """The same some hours later, with a changed source."""
    [source] = desk.catalogue.sources.values()
    changed = Catalogue(sources={source.name: replace(source, **change)})
    return replace(desk, now=lambda: NOON + hours * HOUR, catalogue=changed)


def boats(db: Database) -> str:
    return "".join(item.content.headline.removeprefix("Boat ") for item in stored(db))


def first_run_of(db: Database) -> object:
    status = db.read_now(sources.find_status, "harbour")
    assert status is not None
    return status.first_run


async def test_the_first_run_walks_as_many_pages_as_the_source_says(
    sqlite_db: Database, tmp_path: Path
) -> None:
    async with http_site(answers=paged("ab", "cd", "ef", "gh")) as site:
        desk = desk_for(sqlite_db, tmp_path, a_listing_source(site, pages=3), site)
        report = await refresh_source(desk, "harbour")
        assert (report.new, report.errors, report.warnings) == (6, (), ())
        assert (boats(sqlite_db), site.hits["/list/page/4/"]) == ("abcdef", 0)
        await desk.client.close()
    assert all(item.backlog for item in stored(sqlite_db))


async def test_one_page_is_walked_unless_more_are_asked_for(sqlite_db: Database, tmp_path: Path) -> None:
    async with http_site(answers=paged("ab", "cd")) as site:
        desk = desk_for(sqlite_db, tmp_path, a_listing_source(site, pages=1), site)
        await refresh_source(desk, "harbour")
        await desk.client.close()
    assert boats(sqlite_db) == "ab"


async def test_an_unchanged_listing_is_walked_no_further(sqlite_db: Database, tmp_path: Path) -> None:
    async with http_site(answers=paged("ab", "cd", "ef")) as site:
        desk = desk_for(sqlite_db, tmp_path, a_listing_source(site), site)
        await refresh_source(desk, "harbour")
        site.hits.clear()
        report = await refresh_source(later(desk, 1), "harbour")
        await desk.client.close()
    assert (site.hits["/list"], site.hits["/list/page/2/"], report.new) == (1, 0, 0)


async def test_a_later_check_walks_until_nothing_is_new(sqlite_db: Database, tmp_path: Path) -> None:
    async with http_site(answers=paged("ab", "cd", "ef", "gh")) as site:
        desk = desk_for(sqlite_db, tmp_path, a_listing_source(site), site)
        await refresh_source(desk, "harbour")
        site.hits.clear()
        site.answers |= paged("xy", "za", "bc", "de", "fg", "h")
        report = await refresh_source(later(desk, 1), "harbour")
        await desk.client.close()
    assert report.new == 3
    assert [site.hits[f"/list/page/{n}/"] for n in (2, 3, 4)] == [1, 1, 0]
    assert {item.content.headline for item in stored(sqlite_db) if not item.backlog} == {
        "Boat x", "Boat y", "Boat z",
    }  # fmt: skip


async def test_a_listing_that_goes_in_circles_ends(sqlite_db: Database, tmp_path: Path) -> None:
    answers = articles("abc") | {
        "/list": a_listing(*"ab", way='<a rel="next" href="/older">Older</a>'),
        "/older": a_listing("c", way='<a rel="next" href="/list">Older</a>'),
    }
    async with http_site(answers=answers) as site:
        desk = desk_for(sqlite_db, tmp_path, a_listing_source(site), site)
        report = await refresh_source(desk, "harbour")
        await desk.client.close()
    assert (report.new, site.hits["/list"], site.hits["/older"]) == (3, 1, 1)


async def test_a_listing_that_says_the_same_on_every_page_ends(sqlite_db: Database, tmp_path: Path) -> None:
    answers = articles("ab") | {"/list": a_listing(*"ab", way='<a rel="next" href="/list?cursor=1">Next</a>')}
    async with http_site(answers=answers) as site:
        desk = desk_for(sqlite_db, tmp_path, a_listing_source(site), site)
        await refresh_source(desk, "harbour")
        await desk.client.close()
    assert site.hits["/list"] == 2


async def test_the_way_does_not_lead_to_another_host(sqlite_db: Database, tmp_path: Path) -> None:
    async with http_site(answers=paged("cd")) as other, http_site(answers=articles("ab")) as site:
        site.answers["/list"] = a_listing(*"ab", way=f'<a rel="next" href="{other.url}/list">Next</a>')
        desk = a_collecting(sqlite_db, tmp_path, a_listing_source(site), allow=[site.host, other.host])
        await refresh_source(desk, "harbour")
        await desk.client.close()
    assert not other.hits


async def test_a_page_that_points_back_to_the_first_ends_the_walk(
    sqlite_db: Database, tmp_path: Path
) -> None:
    async with http_site(answers=paged("ab", "cd") | {"/list/page/2/": redirect("/list", 301)}) as site:
        desk = desk_for(sqlite_db, tmp_path, a_listing_source(site), site)
        report = await refresh_source(desk, "harbour")
        await desk.client.close()
    assert (report.new, report.errors) == (2, ())


async def test_a_listing_over_the_limit_goes_on_where_it_stopped(sqlite_db: Database, tmp_path: Path) -> None:
    async with http_site(answers=paged("ab", "cd", "ef", "gh")) as site:
        desk = desk_for(sqlite_db, tmp_path, a_listing_source(site, limit=3), site)
        reports = [await refresh_source(later(desk, hours), "harbour") for hours in range(4)]
        await desk.client.close()
    assert [report.new for report in reports] == [3, 3, 2, 0]
    assert [bool(report.held) for report in reports] == [True, True, False, False]
    assert first_run_of(sqlite_db) == NOON + 2 * HOUR
    assert all(item.backlog for item in stored(sqlite_db))


async def test_news_over_the_limit_are_not_lost_on_a_later_page(sqlite_db: Database, tmp_path: Path) -> None:
    async with http_site(answers=paged("ab", "cd")) as site:
        desk = desk_for(sqlite_db, tmp_path, a_listing_source(site, limit=4), site)
        await refresh_source(desk, "harbour")
        site.answers |= paged("uv", "wx", "yz", "ab", "cd")
        reports = [await refresh_source(later(desk, hours), "harbour") for hours in (1, 2)]
        await desk.client.close()
    assert [report.new for report in reports] == [4, 2]


async def test_a_later_page_that_fails_is_walked_to_again(sqlite_db: Database, tmp_path: Path) -> None:
    async with http_site(answers=paged("ab", "cd")) as site:
        desk = desk_for(sqlite_db, tmp_path, a_listing_source(site), site)
        await refresh_source(desk, "harbour")
        site.answers |= paged("wx", "yz", "ab") | {"/list/page/2/": (500, {}, b"")}
        first = await refresh_source(later(desk, 1), "harbour")
        site.answers |= paged("wx", "yz", "ab")
        second = await refresh_source(later(desk, 2), "harbour")
        await desk.client.close()
    assert (first.new, first.failed, second.new) == (2, 1, 2)


async def test_a_later_page_that_asks_for_a_pause_keeps_the_first_run_open(
    sqlite_db: Database, tmp_path: Path
) -> None:
    busy = (429, {"Retry-After": "600"}, b"")
    async with http_site(answers=paged("ab", "cd") | {"/list/page/2/": busy}) as site:
        desk = desk_for(sqlite_db, tmp_path, a_listing_source(site), site)
        first = await refresh_source(desk, "harbour")
        assert (first.new, first.held, first_run_of(sqlite_db)) == (0, 3, None)
        site.answers |= paged("ab", "cd")
        second = await refresh_source(later(desk, 1), "harbour")
        await desk.client.close()
    assert second.new == 4
    assert first_run_of(sqlite_db) == NOON + HOUR


async def test_more_pages_asked_for_later_bring_a_backlog_and_no_news(
    sqlite_db: Database, tmp_path: Path
) -> None:
    async with http_site(answers=paged("ab", "cd", "ef")) as site:
        desk = desk_for(sqlite_db, tmp_path, a_listing_source(site, pages=1), site)
        await refresh_source(desk, "harbour")
        report = await refresh_source(later(desk, 1, pages=3), "harbour")
        await desk.client.close()
    assert report.new == 4
    assert all(item.backlog for item in stored(sqlite_db))


async def test_pages_of_the_listing_are_no_articles_of_it(sqlite_db: Database, tmp_path: Path) -> None:
    async with http_site(answers=paged("ab", "cd")) as site:
        desk = desk_for(sqlite_db, tmp_path, a_listing_source(site), site)
        for hours in range(3):
            report = await refresh_source(later(desk, hours), "harbour")
            assert (report.warnings, report.errors) == ((), ())
        known = sqlite_db.read_now(pages.list_pages, "harbour")
        await desk.client.close()
    assert sorted(page.url.removeprefix(site.url) for page in known.values() if page.own) == [
        "/list", "/list/page/2/",
    ]  # fmt: skip


GONE = "/2019/05/b.html"


@pytest.mark.parametrize("status", [404, 410, 403])
async def test_a_page_that_refuses_us_is_asked_ever_more_seldom(
    sqlite_db: Database, tmp_path: Path, status: int
) -> None:
    async with http_site(answers=paged("ab") | {GONE: (status, {}, b"")}) as site:
        desk = desk_for(sqlite_db, tmp_path, a_listing_source(site), site)
        failed = [(await refresh_source(later(desk, hours), "harbour")).failed for hours in range(12)]
        assert failed == [1, 1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0]
        assert site.hits[GONE] == 4

        site.answers |= articles("b")
        found = await refresh_source(later(desk, 9 + 14), "harbour")
        again = await refresh_source(later(desk, 9 + 15), "harbour")
        await desk.client.close()
    assert (found.new, again.failed, again.unchanged) == (1, 0, 2)


async def test_pages_that_are_gone_do_not_keep_a_long_first_run_open(
    sqlite_db: Database, tmp_path: Path
) -> None:
    answers = {name: page for name, page in paged("abcdef").items() if name not in {GONE, "/2019/05/a.html"}}
    async with http_site(answers=answers) as site:
        desk = desk_for(sqlite_db, tmp_path, a_listing_source(site, limit=2), site)
        reports = [await refresh_source(later(desk, hours), "harbour") for hours in range(4)]
        await desk.client.close()
    assert [(report.new, report.failed) for report in reports[:3]] == [(0, 2), (2, 0), (2, 0)]
    assert first_run_of(sqlite_db) == NOON + 2 * HOUR


async def test_a_story_of_a_later_page_that_fails_for_the_moment_comes_when_it_can(
    sqlite_db: Database, tmp_path: Path
) -> None:
    async with http_site(answers=paged("ab", "cd")) as site:
        desk = desk_for(sqlite_db, tmp_path, a_listing_source(site), site)
        await refresh_source(desk, "harbour")
        site.answers |= paged("wx", "yz", "ab") | {"/2019/05/z.html": (500, {}, b"")}
        reports = [await refresh_source(later(desk, hours), "harbour") for hours in (1, 2)]
        site.answers |= articles("z")
        reports.append(await refresh_source(later(desk, 4), "harbour"))
        await desk.client.close()
    assert [(report.new, report.failed) for report in reports] == [(3, 1), (0, 1), (1, 0)]


async def test_selectors_say_where_links_and_the_way_on_stand(sqlite_db: Database, tmp_path: Path) -> None:
    answers = paged("ab", "cd")
    answers["/list"] = a_listing(*"ab", way='<b class="on"><a href="/list/page/2/">On we go</a></b>')
    chosen = Selectors(links="main > p:first-child", next="b.on")
    async with http_site(answers=answers) as site:
        desk = desk_for(sqlite_db, tmp_path, a_listing_source(site, selectors=chosen), site)
        await refresh_source(desk, "harbour")
        await desk.client.close()
    assert boats(sqlite_db) == "ac"


async def test_a_selector_that_matches_nothing_is_an_error_and_the_rest_goes_on(
    sqlite_db: Database, tmp_path: Path
) -> None:
    async with http_site(answers=paged("ab", "cd")) as site:
        source = a_listing_source(site, selectors=Selectors(links="ul.top a"))
        desk = desk_for(sqlite_db, tmp_path, source, site)
        report = await refresh_source(desk, "harbour")
        await desk.client.close()
    assert report.new == 4
    assert "sources.harbour.selectors.links matches nothing: ul.top a" in report.errors[0]


async def test_a_page_whose_address_no_index_holds_is_known_at_the_next_check(
    db: Database, tmp_path: Path
) -> None:
    path = f"/2019/05/{'x' * 1100}.html"
    listing = f'<main><p><a href="{path}">A story about boat a</a></p></main>'
    async with http_site(answers={path: an_article("a"), "/list": listing}) as site:
        desk = desk_for(db, tmp_path, a_listing_source(site), site)
        reports = [await refresh_source(later(desk, hours), "harbour") for hours in range(3)]
        site.answers["/list"] = a_listing("b")
        site.answers |= articles("b")
        reports.append(await refresh_source(later(desk, 3), "harbour"))
        await desk.client.close()
    assert [report.new for report in reports] == [1, 0, 0, 1]
    assert all(not report.errors and not report.failed for report in reports)
    assert not any("#" in asked for asked in site.hits)


async def test_another_address_of_the_listing_brings_old_stories_and_no_news(
    sqlite_db: Database, tmp_path: Path
) -> None:
    async with http_site(answers=articles("abc")) as site:
        site.answers |= {"/list": a_listing("a"), "/other": a_listing("b", "c")}
        desk = desk_for(sqlite_db, tmp_path, a_listing_source(site, archived=Archived.NO), site)
        await refresh_source(desk, "harbour")
        await refresh_source(later(desk, 1, url=f"{site.url}/other"), "harbour")
        await desk.client.close()
    assert [item.backlog for item in stored(sqlite_db)] == [True, True, True]


async def test_a_page_that_cannot_be_extracted_is_not_fetched_at_every_check(
    sqlite_db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = extraction.extract

    def faulty(data: bytes, **named: Any) -> Any:
        if b"Boat b" in data:
            raise ValueError("a parser's own fault")
        return usual(data, **named)

    monkeypatch.setattr(extraction, "extract", faulty)
    async with http_site(answers=articles("ab") | {"/list": a_listing("a", "b")}) as site:
        desk = desk_for(sqlite_db, tmp_path, a_listing_source(site), site)
        reports = [await refresh_source(later(desk, hour), "harbour") for hour in range(4)]
        await desk.client.close()
        # At once, at the next check, and then after twice the interval.
        assert site.hits["/2019/05/b.html"] == 3
    assert [report.failed for report in reports] == [1, 1, 0, 1]
