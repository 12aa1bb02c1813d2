"""Archive documents, sitemaps and the list of feeds, each with its type and its links."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import feedparser
import pytest

from syndicate.formats import atom, jsonfeed, ninjs, rss
from syndicate.model.feed import Format
from syndicate.model.hub import Hub
from syndicate.publish.files import publish_files
from syndicate.store.database import Database
from tests.builders import a_feed_view, an_archive, an_entry
from tests.web.conftest import Running, a_site

WRITE = {
    Format.RSS: rss.write,
    Format.ATOM: atom.write,
    Format.JSON: jsonfeed.write,
    Format.NINJS: ninjs.write,
}
FORMS = pytest.mark.parametrize("form", list(WRITE))


def publish(site: Running, number: int, *, of: int) -> None:
    folder = site.serving.public_dir / "feeds"
    view = a_feed_view(an_entry(), archive=an_archive(number, of=of))
    where, name = (folder / "all", str(number)) if number else (folder, "all")
    publish_files(where, {f"{name}.{form}": write(view) for form, write in WRITE.items()})


@pytest.fixture
async def archived(sqlite_db: Database, tmp_path: Path) -> AsyncIterator[Running]:
    async with a_site(sqlite_db, tmp_path) as site:
        for number in (1, 2, 0):
            publish(site, number, of=2)
        yield site


async def links(site: Running, path: str) -> dict[str, str]:
    """Address by relation, of those that stand once in the Link header."""
    parts = (await site.get(path)).headers["Link"].split(", ")
    return {part.split('rel="')[1].split('"')[0]: part[1 : part.index(">")] for part in parts}


@FORMS
async def test_an_archive_document_is_served_like_the_feed(archived: Running, form: Format) -> None:
    answer, feed = await archived.get(f"/feeds/all/1.{form}"), await archived.get(f"/feeds/all.{form}")
    assert answer.status == 200
    for name in ("Content-Type", "Cache-Control", "Vary", "Access-Control-Allow-Origin"):
        assert answer.headers[name] == feed.headers[name]
    again = await archived.get(f"/feeds/all/1.{form}", If_None_Match=answer.headers["ETag"])
    assert again.status == 304


@FORMS
async def test_the_newest_document_links_to_the_one_before(archived: Running, form: Format) -> None:
    found = await links(archived, f"/feeds/all.{form}")
    assert found["prev-archive"] == f"{archived.base_url}/feeds/all/2.{form}"
    assert "current" not in found


@FORMS
async def test_an_archive_document_links_to_itself_the_one_before_and_the_feed(
    archived: Running, form: Format
) -> None:
    second = await links(archived, f"/feeds/all/2.{form}")
    assert second["self"] == f"{archived.base_url}/feeds/all/2.{form}"
    assert second["current"] == f"{archived.base_url}/feeds/all.{form}"
    assert second["prev-archive"] == f"{archived.base_url}/feeds/all/1.{form}"
    assert "prev-archive" not in await links(archived, f"/feeds/all/1.{form}")


@FORMS
async def test_the_hub_is_linked_from_what_it_distributes(archived: Running, form: Format) -> None:
    assert (await links(archived, f"/feeds/all.{form}"))["hub"] == archived.serving.catalogue.hub_url
    assert "hub" not in await links(archived, f"/feeds/all/1.{form}")


async def test_without_a_hub_none_is_linked(sqlite_db: Database, tmp_path: Path) -> None:
    async with a_site(sqlite_db, tmp_path, catalogue={"hub": Hub(url="none")}) as site:
        publish(site, 0, of=0)
        assert "hub" not in await links(site, "/feeds/all.rss")


@pytest.mark.parametrize("name", ["3.rss", "0.rss", "01.rss", "1.txt", "1", "1.rss.gz", "..%2fall.rss"])
async def test_a_document_that_is_not_there_is_a_404(archived: Running, name: str) -> None:
    assert (await archived.get(f"/feeds/all/{name}")).status == 404


async def test_how_long_a_feed_is_fresh_is_said_alike_everywhere(archived: Running) -> None:
    feed = archived.serving.catalogue.feeds["all"]
    view = a_feed_view(an_entry(), ttl_minutes=feed.ttl // timedelta(minutes=1))
    publish_files(archived.serving.public_dir / "feeds", {"all.rss": rss.write(view)})
    answer = await archived.get("/feeds/all.rss")
    said = feedparser.parse(answer.body).feed
    assert (said.ttl, said.sy_updateperiod, said.sy_updatefrequency) == ("30", "hourly", "2")
    assert answer.headers["Cache-Control"] == f"public, max-age={30 * 60}"


@pytest.mark.parametrize("name", ["sitemap.xml", "sitemap-news.xml", "sitemap-2026-11.xml"])
async def test_a_sitemap_is_served_once_it_is_there(archived: Running, name: str) -> None:
    assert (await archived.get(f"/{name}")).status == 404
    publish_files(archived.serving.public_dir, {name: b"<urlset/>"})
    answer = await archived.get(f"/{name}", Accept_Encoding="gzip")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/xml; charset=utf-8")
    assert answer.headers["Content-Encoding"] == "gzip"


async def test_no_other_file_of_the_public_folder_is_served(archived: Running) -> None:
    (archived.serving.public_dir / "notes.xml").write_text("mine")
    for path in (
        "/notes.xml",
        "/sitemap/../notes.xml",
        "/sitemap%2f..%2fnotes.xml",
        "/feeds/all/..%2f..%2fnotes.xml",
    ):
        assert (await archived.get(path)).status == 404


async def test_robots_are_led_to_the_sitemap_and_not_behind_personal_links(archived: Running) -> None:
    before = (await archived.get("/robots.txt")).text
    assert "Disallow: /unsubscribe/\n" in before
    assert "Sitemap" not in before
    publish_files(archived.serving.public_dir, {"sitemap.xml": b"<urlset/>"})
    answer = await archived.get("/robots.txt")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert f"Sitemap: {archived.base_url}/sitemap.xml\n" in answer.text
