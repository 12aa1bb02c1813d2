"""Sitemaps: what is read of them, in which order, and what is asked for again."""

import gzip
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from syndicate.collect.collecting import Collecting
from syndicate.collect.readers.sitemap import believable, may_have_changed
from syndicate.collect.refresh import RefreshReport, refresh_source
from syndicate.collect.scope import is_in_scope
from syndicate.formats.parse_sitemap import Place
from syndicate.model.catalogue import Catalogue
from syndicate.model.item import Timestamp
from syndicate.model.source import Source, SourceKind
from syndicate.store.database import Database
from tests.builders import NOON, a_source
from tests.collect.desk import a_collecting, stored
from tests.collect.test_listing import an_article, articles, first_run_of
from tests.neighbours.http_site import HttpSite, coded, http_site

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def an_entry(site: HttpSite, name: str, modified: str = "", more: str = "") -> str:
    stated = f"<lastmod>{modified}</lastmod>" if modified else ""
    return f"<url><loc>{site.url}/2019/05/{name}.html</loc>{stated}{more}</url>"


def a_sitemap(site: HttpSite, names: str, modified: str = "") -> str:
    entries = "".join(an_entry(site, name, modified) for name in names)
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'


def an_index(*addresses: str, modified: str = "") -> str:
    stated = f"<lastmod>{modified}</lastmod>" if modified else ""
    entries = "".join(f"<sitemap><loc>{address}</loc>{stated}</sitemap>" for address in addresses)
    return f"<sitemapindex>{entries}</sitemapindex>"


def a_sitemap_source(site: HttpSite, **change: Any) -> Source:
    return a_source(**{"kind": SourceKind.SITEMAP, "url": f"{site.url}/sitemap.xml"} | change)


def desk_for(db: Database, folder: Path, site: HttpSite, **change: Any) -> Collecting:
    return a_collecting(db, folder, a_sitemap_source(site, **change), allow=[site.host])


async def check(desk: Collecting, after: timedelta = timedelta(), **change: Any) -> RefreshReport:
    [source] = desk.catalogue.sources.values()
    changed = Catalogue(sources={source.name: replace(source, **change)})
    return await refresh_source(replace(desk, now=lambda: NOON + after, catalogue=changed), source.name)


def boats(db: Database) -> str:
    return "".join(item.content.headline.removeprefix("Boat ") for item in stored(db))


async def test_the_pages_of_a_sitemap_are_collected(db: Database, tmp_path: Path) -> None:
    async with http_site(answers=articles("abc")) as site:
        site.answers["/sitemap.xml"] = a_sitemap(site, "abc")
        desk = desk_for(db, tmp_path, site)
        report = await check(desk)
        await desk.client.close()
    assert (report.new, report.errors, report.warnings) == (3, (), ())
    assert boats(db) == "abc"


@pytest.mark.parametrize("packed", ["by name", "as a coding", "twice"])
async def test_a_packed_sitemap_is_unpacked(sqlite_db: Database, tmp_path: Path, packed: str) -> None:
    async with http_site(answers=articles("ab")) as site:
        data = gzip.compress(a_sitemap(site, "ab").encode())
        answers = {
            "by name": (200, {"Content-Type": "application/gzip"}, data),
            "as a coding": coded(data, "gzip", "text/xml"),
            "twice": coded(gzip.compress(data), "gzip", "text/xml"),
        }
        site.answers["/sitemap.xml.gz"] = answers[packed]
        desk = desk_for(sqlite_db, tmp_path, site, url=f"{site.url}/sitemap.xml.gz")
        report = await check(desk)
        await desk.client.close()
    assert report.new == 2


async def test_an_index_leads_to_its_sitemaps(sqlite_db: Database, tmp_path: Path) -> None:
    async with http_site(answers=articles("abcd")) as site:
        site.answers |= {
            "/sitemap.xml": an_index("/one.xml", "/more.xml"),
            "/more.xml": an_index("/two.xml"),
            "/one.xml": a_sitemap(site, "ab"),
            "/two.xml": a_sitemap(site, "cd"),
        }
        desk = desk_for(sqlite_db, tmp_path, site)
        report = await check(desk)
        await desk.client.close()
    assert (report.new, report.warnings) == (4, ())


async def test_an_index_of_itself_ends(sqlite_db: Database, tmp_path: Path) -> None:
    async with http_site(answers=articles("a")) as site:
        site.answers |= {"/sitemap.xml": an_index(f"{site.url}/sitemap.xml", "/one.xml")}
        site.answers |= {"/one.xml": a_sitemap(site, "a")}
        desk = desk_for(sqlite_db, tmp_path, site)
        await check(desk)
        await desk.client.close()
    assert site.hits["/sitemap.xml"] == 1


async def test_sitemaps_are_followed_three_levels_down(sqlite_db: Database, tmp_path: Path) -> None:
    async with http_site(answers=articles("a")) as site:
        site.answers |= {
            "/sitemap.xml": an_index("/2.xml", "/a.xml"),
            "/2.xml": an_index("/3.xml"),
            "/3.xml": an_index("/4.xml"),
            "/a.xml": a_sitemap(site, "a"),
        }
        desk = desk_for(sqlite_db, tmp_path, site)
        report = await check(desk)
        await desk.client.close()
    assert site.hits["/4.xml"] == 0
    assert "3 levels down; they are left out" in report.warnings[0]


async def test_robots_txt_tells_where_the_sitemaps_are(sqlite_db: Database, tmp_path: Path) -> None:
    async with http_site(answers=articles("ab")) as site, http_site() as elsewhere:
        elsewhere.answers["/s.xml"] = a_sitemap(site, "ab")
        lines = f"User-agent: *\nDisallow: /x\nSitemap: {elsewhere.url}/s.xml\nsitemap: {site.url}/none.xml"
        site.answers["/robots.txt"] = lines
        source = a_sitemap_source(site, url=f"{site.url}/robots.txt")
        desk = a_collecting(sqlite_db, tmp_path, source, allow=[site.host, elsewhere.host])
        report = await check(desk)
        await desk.client.close()
    assert (report.new, report.failed) == (2, 1)


async def test_what_has_not_changed_since_is_not_asked_for(sqlite_db: Database, tmp_path: Path) -> None:
    async with http_site(answers=articles("abc")) as site:
        site.answers["/sitemap.xml"] = a_sitemap(site, "abc", "2026-02-01T10:00:00Z")
        desk = desk_for(sqlite_db, tmp_path, site)
        await check(desk)
        site.hits.clear()
        newer = an_entry(site, "b", "2026-03-01T12:30:00Z")
        site.answers["/sitemap.xml"] = a_sitemap(site, "ac", "2026-02-01T10:00:00Z").replace(
            "</urlset>", f"{newer}</urlset>"
        )
        site.answers["/2019/05/b.html"] = an_article("x")
        report = await check(desk, HOUR)
        asked = {path for path in site.hits if "2019" in path}
        again = await check(desk, 2 * HOUR)
        await desk.client.close()
    assert asked == {"/2019/05/b.html"}
    assert (report.changed, report.unchanged) == (1, 2)
    assert (again.changed, site.hits["/2019/05/b.html"]) == (0, 1)


async def test_a_date_of_change_without_a_change_costs_one_request(
    sqlite_db: Database, tmp_path: Path
) -> None:
    async with http_site(answers=articles("a")) as site:
        site.answers["/sitemap.xml"] = a_sitemap(site, "a", "2026-02-01T10:00:00Z")
        desk = desk_for(sqlite_db, tmp_path, site)
        await check(desk)
        site.hits.clear()
        for hours in (2, 3, 4):
            site.answers["/sitemap.xml"] = a_sitemap(site, "a", "2026-03-01T13:00:00Z") + " " * hours
            await check(desk, hours * HOUR)
        await desk.client.close()
    assert site.hits["/2019/05/a.html"] == 1


@pytest.mark.parametrize("stated", ["", "2031-03-01T12:00:00Z", "2031-03-01"])
async def test_pages_without_a_date_of_change_that_can_be_are_asked_for_while_they_are_fresh(
    sqlite_db: Database, tmp_path: Path, stated: str
) -> None:
    async with http_site(answers=articles("a")) as site:
        site.answers["/sitemap.xml"] = a_sitemap(site, "a", stated)
        desk = desk_for(sqlite_db, tmp_path, site)
        await check(desk)
        for days in (1, 6, 8):
            site.hits.clear()
            site.answers["/sitemap.xml"] = a_sitemap(site, "a", stated) + " " * days
            await check(desk, days * DAY)
            assert site.hits["/2019/05/a.html"] == (days < 7)
        await desk.client.close()


async def test_a_sitemap_in_an_index_that_has_not_changed_is_not_asked_for(
    sqlite_db: Database, tmp_path: Path
) -> None:
    async with http_site(answers=articles("a")) as site:
        site.answers["/sitemap.xml"] = an_index("/one.xml", modified="2026-02-01T10:00:00Z")
        site.answers["/one.xml"] = a_sitemap(site, "a", "2026-02-01T10:00:00Z")
        desk = desk_for(sqlite_db, tmp_path, site)
        await check(desk)
        site.answers["/sitemap.xml"] += " "
        report = await check(desk, HOUR)
        await desk.client.close()
    assert (site.hits["/one.xml"], report.errors) == (1, ())


async def test_the_newest_come_first_and_the_rest_later(sqlite_db: Database, tmp_path: Path) -> None:
    async with http_site(answers=articles("abcde")) as site:
        entries = "".join(an_entry(site, n, f"2026-02-0{d}") for n, d in zip("abcde", "31524", strict=True))
        site.answers["/sitemap.xml"] = f"<urlset>{entries}</urlset>"
        desk = desk_for(sqlite_db, tmp_path, site, limit=2)
        found = []
        for hours in range(3):
            report = await check(desk, hours * HOUR)
            found.append((boats(sqlite_db), report.held))
        await desk.client.close()
    assert found == [("ce", 3), ("acde", 1), ("abcde", 0)]
    assert all(item.backlog for item in stored(sqlite_db))
    assert first_run_of(sqlite_db) == NOON + 2 * HOUR


async def test_a_long_index_is_read_only_as_far_as_a_check_can_use(
    sqlite_db: Database, tmp_path: Path
) -> None:
    async with http_site(answers=articles("abcdef")) as site:
        site.answers |= {f"/{n}.xml": a_sitemap(site, names) for n, names in enumerate(["ab", "cd", "ef"])}
        site.answers["/sitemap.xml"] = an_index("/0.xml", "/1.xml", "/2.xml")
        desk = desk_for(sqlite_db, tmp_path, site, limit=2)
        hits = []
        for hours in range(4):
            await check(desk, hours * HOUR)
            hits.append([site.statuses[200]] and [site.hits[f"/{n}.xml"] for n in range(3)])
        await desk.client.close()
    assert hits[0] == [1, 1, 0]
    assert (boats(sqlite_db), first_run_of(sqlite_db)) == ("abcdef", NOON + 2 * HOUR)


async def test_paths_and_dates_narrow_what_is_read(sqlite_db: Database, tmp_path: Path) -> None:
    async with http_site(answers=articles("ab") | {"/fa/2020/01/c.html": an_article("c")}) as site:
        entry = f"<url><loc>{site.url}/fa/2020/01/c.html</loc></url>"
        site.answers["/sitemap.xml"] = a_sitemap(site, "ab").replace("</urlset>", f"{entry}</urlset>")
        desk = desk_for(sqlite_db, tmp_path, site, only=("/fa/*",))
        await check(desk)
        assert boats(sqlite_db) == "c"
        report = await check(desk, HOUR, only=(), since=date(2019, 1, 1), until=date(2019, 12, 31))
        await desk.client.close()
    assert report.new == 2
    assert all(item.backlog for item in stored(sqlite_db)), "what a wider source brings is no news"


async def test_pages_of_other_hosts_are_left_out(sqlite_db: Database, tmp_path: Path) -> None:
    async with http_site(answers=articles("a")) as site:
        other = "<url><loc>https://successor.example/2019/05/x.html</loc></url>"
        site.answers["/sitemap.xml"] = a_sitemap(site, "a").replace("</urlset>", f"{other * 1}</urlset>")
        desk = desk_for(sqlite_db, tmp_path, site)
        report = await check(desk)
        await desk.client.close()
    assert (report.new, report.failed) == (1, 0)
    assert "1 addresses of other hosts were left out" in report.warnings[0]


NEWS = (
    '<n:news xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"><n:title>The tide is high</n:title>'
    "<n:publication_date>2019-05-03T06:30:00+02:00</n:publication_date></n:news>"
)


async def test_a_news_sitemap_dates_a_page_that_tells_no_date(sqlite_db: Database, tmp_path: Path) -> None:
    dated = an_article("b").replace(
        "<title>", '<meta property="article:published_time" content="2018-04-01"><title>'
    )
    async with http_site(answers=articles("a") | {"/2019/05/b.html": dated}) as site:
        entries = "".join(an_entry(site, name, more=NEWS) for name in "ab")
        site.answers["/sitemap.xml"] = f"<urlset>{entries}</urlset>"
        desk = desk_for(sqlite_db, tmp_path, site)
        await check(desk)
        await desk.client.close()
    found = [str(item.content.published) for item in stored(sqlite_db)]
    assert found == ["2019-05-03T06:30:00+02:00", "2018-04-01"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("<html><title>Lost</title><body><br></html>", "is no sitemap: an HTML page titled 'Lost'"),
        ("<urlset><url>", "not well-formed"),
        (b"\x1f\x8brubbish", "cannot be unpacked"),
        ((404, {}, b""), "is not there"),
        (
            "<urlset><url><loc>https://x.example/a</loc></url></urlset>",
            "on its own host, 127.0.0.1; name the",
        ),
    ],
)
async def test_a_sitemap_that_is_none_fails_clearly(
    sqlite_db: Database, tmp_path: Path, answer: Any, words: str
) -> None:
    async with http_site(answers={"/sitemap.xml": answer}) as site:
        desk = desk_for(sqlite_db, tmp_path, site)
        report = await check(desk)
        await desk.client.close()
    assert words in report.errors[0]


async def test_a_sitemap_of_nothing_that_is_wanted_fails_clearly(sqlite_db: Database, tmp_path: Path) -> None:
    async with http_site(answers=articles("a")) as site:
        site.answers["/sitemap.xml"] = a_sitemap(site, "a")
        desk = desk_for(sqlite_db, tmp_path, site, only=("/fa/*",))
        report = await check(desk)
        await desk.client.close()
    assert "lists no page that matches `only`, `since` and `until`" in report.errors[0]


async def test_one_bad_file_of_an_index_fails_alone(sqlite_db: Database, tmp_path: Path) -> None:
    async with http_site(answers=articles("a")) as site:
        site.answers |= {"/sitemap.xml": an_index("/bad.xml", "/one.xml"), "/bad.xml": "<urlset><url>"}
        site.answers["/one.xml"] = a_sitemap(site, "a")
        desk = desk_for(sqlite_db, tmp_path, site)
        report = await check(desk)
        await desk.client.close()
    assert (report.new, report.failed) == (1, 1)
    assert "bad.xml is no sitemap" in report.errors[0]


async def test_an_empty_news_sitemap_is_no_fault(sqlite_db: Database, tmp_path: Path) -> None:
    async with http_site(answers={"/sitemap.xml": "<urlset/>"}) as site:
        desk = desk_for(sqlite_db, tmp_path, site)
        report = await check(desk)
        await desk.client.close()
    assert (report.new, report.errors) == (0, ())


def modified(text: str) -> Place:
    return Place(url="https://courier.example/a", modified=Timestamp.parse(text) if text else None)


@pytest.mark.parametrize(
    ("stated", "changed"),
    [
        ("2026-03-01T12:00:00+00:00", False),
        ("2026-03-01T12:00:01+00:00", True),
        ("2026-03-01T13:00:00+02:00", False),
        ("2026-03-01", True),
        ("2026-02-28", False),
        ("", True),
    ],
)
def test_a_page_may_have_changed_until_its_last_change_is_surely_known(stated: str, changed: bool) -> None:
    assert may_have_changed(modified(stated), NOON, now=NOON + HOUR) is changed


@pytest.mark.parametrize(
    ("stated", "kept"),
    [
        ("2026-03-01T12:00:00+00:00", True),
        ("2026-03-01T12:00:01+00:00", False),
        ("2026-03-02", True),
        ("2026-03-03", False),
    ],
)
def test_a_date_of_change_to_come_is_none(stated: str, kept: bool) -> None:
    assert (believable(modified(stated), now=NOON).modified is not None) is kept


DATED = "https://courier.example/2019/05/{}a"


@pytest.mark.parametrize(
    ("place", "wanted"),
    [
        (Place(url=DATED.format("03/")), True),
        (Place(url=DATED.format("31/")), False),
        (Place(url=DATED.format("")), True),
        (Place(url="https://courier.example/2019/06/a"), False),
        (Place(url="https://courier.example/2019/04/a"), False),
        (Place(url="https://courier.example/2019/13/a"), True),
        (Place(url="https://courier.example/a"), True),
        (Place(url=DATED.format(""), published=Timestamp.parse("2018-01-01")), False),
        (Place(url="https://courier.example/a", modified=Timestamp.parse("2018-01-01")), False),
        (Place(url="https://courier.example/a", modified=Timestamp.parse("2024-01-01")), True),
    ],
)
def test_days_narrow_by_what_is_stated(place: Place, wanted: bool) -> None:
    source = a_source(since=date(2019, 5, 2), until=date(2019, 5, 30))
    assert is_in_scope(place, source) is wanted
