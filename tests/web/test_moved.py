"""Feeds that moved lead to their new place for ever; feeds that ended say so."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from syndicate.model.catalogue import Catalogue
from syndicate.model.site import Site
from syndicate.publish.files import publish_files
from syndicate.store import feeds
from syndicate.store.database import Database
from syndicate.web.moved import Moved
from tests.builders import FEED_ID, NOON, a_feed
from tests.web.conftest import a_site

SITE = Site(base_url="https://news.example")
RENAMED = a_feed(name="harbour", moved_from=("old", "/rss.xml", "/index.atom", "/feeds/news.xml"))
AWAY = a_feed(name="islands", moved_from=("isles",), moved_to="https://islands.example/feeds/all")
FIXED = a_feed(name="tides", moved_to="https://tides.example/rss.xml")
MOVED = Moved(Catalogue(site=SITE, feeds={"harbour": RENAMED}, moved={"islands": AWAY, "tides": FIXED}))


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/feeds/old.rss", "https://news.example/feeds/harbour.rss"),
        ("/feeds/old.json", "https://news.example/feeds/harbour.json"),
        ("/feeds/old.html", "https://news.example/feeds/harbour.html"),
        ("/feeds/old/12.atom", "https://news.example/feeds/harbour/12.atom"),
        ("/rss.xml", "https://news.example/feeds/harbour.rss"),
        ("/feeds/news.xml", "https://news.example/feeds/harbour.rss"),
        ("/index.atom", "https://news.example/feeds/harbour.atom"),
        ("/feeds/islands.rss", "https://islands.example/feeds/all.rss"),
        ("/feeds/islands/3.json", "https://islands.example/feeds/all/3.json"),
        ("/feeds/isles.atom", "https://islands.example/feeds/all.atom"),
        ("/feeds/tides.atom", "https://tides.example/rss.xml"),
        ("/feeds/tides/1.rss", "https://tides.example/rss.xml"),
        ("/feeds/harbour.rss", None),
        ("/feeds/old.txt", None),
        ("/feeds/old/0.rss", None),
        ("/feeds/old/x.rss", None),
        ("/feeds/old", None),
        ("/old.rss", None),
    ],
)
def test_a_former_address_leads_to_the_new_one(path: str, place: str | None) -> None:
    assert MOVED.find(path) == place


def moved(base_url: str) -> dict[str, Any]:
    return {"feeds": {"all": a_feed(moved_from=("old", "/rss.xml"))}, "moved": {"islands": AWAY}}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/feeds/all/3.atom", 307),
        ("/feeds/all/4.atom", 404),
        ("/feeds/all/2.atom", 404),
        ("/feeds/b/1.rss", 404),
    ],
)
async def test_the_archive_document_to_come_leads_to_the_subscription_document(
    db: Database, tmp_path: Path, path: str, status: int
) -> None:
    db.write_now(feeds.upsert_feeds, ["all", "b"], now=NOON, mint=lambda: FEED_ID)
    db.write_now(feeds.advance, "all", documents=2)
    async with a_site(db, tmp_path) as site:
        answer = await site.ask("GET", path)
        assert answer.status == status
        assert answer.headers.get("location") == (
            f"{site.base_url}/feeds/all.atom" if status == 307 else None
        )


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_moved_feed_is_a_permanent_redirect(sqlite_db: Database, tmp_path: Path, method: str) -> None:
    async with a_site(sqlite_db, tmp_path, catalogue=moved) as site:
        here = await site.ask(method, "/feeds/old/2.json?utm_source=x")
        away = await site.ask(method, "/feeds/islands.rss")
        assert (here.status, here.headers["Location"]) == (301, f"{site.base_url}/feeds/all/2.json")
        assert (away.status, away.headers["Location"]) == (301, "https://islands.example/feeds/all.rss")
        assert here.headers["Cache-Control"] == "public, max-age=86400"
        assert here.headers["Access-Control-Allow-Origin"] == "*"
        assert here.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_reader_that_follows_gets_the_feed(sqlite_db: Database, tmp_path: Path) -> None:
    async with a_site(sqlite_db, tmp_path, catalogue=moved) as site:
        publish_files(site.serving.public_dir / "feeds", {"all.rss": b"<rss/>"})
        async with site.http.get(f"{site.base_url}/rss.xml") as answer:
            assert (answer.status, answer.url.path) == (200, "/feeds/all.rss")


async def test_a_former_address_takes_no_post(sqlite_db: Database, tmp_path: Path) -> None:
    async with a_site(sqlite_db, tmp_path, catalogue=moved) as site:
        assert (await site.post("/rss.xml")).status == 405


async def test_a_feed_that_moved_is_still_known_though_it_is_configured_no_more(
    sqlite_db: Database, tmp_path: Path
) -> None:
    for names in (["islands"], []):
        await sqlite_db.write(feeds.upsert_feeds, names, now=NOON, mint=lambda: FEED_ID)
    async with a_site(sqlite_db, tmp_path, catalogue=moved) as site:
        assert (await site.get("/feeds/islands.rss")).status == 301


@pytest.fixture
async def retired(sqlite_db: Database) -> Database:
    for names in (["old"], []):
        await sqlite_db.write(feeds.upsert_feeds, names, now=NOON, mint=lambda: FEED_ID)
    return sqlite_db


@pytest.mark.parametrize("path", ["/feeds/old.rss", "/feeds/old.ninjs", "/feeds/old/7.json"])
async def test_every_document_of_a_retired_feed_is_gone(retired: Database, tmp_path: Path, path: str) -> None:
    async with a_site(retired, tmp_path) as site:
        answer = await site.get(path)
        assert answer.status == 410
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert (await site.get("/feeds/old/0.rss")).status == 404


LANGUAGES: Mapping[str, tuple[str, str]] = {
    "fa-IR, en;q=0.5": ("fa", "این فید"),
    "ar": ("ar", "لم تعد هذه الخلاصة تُنشر"),
    "de-AT": ("de", "Dieser Feed erscheint nicht mehr"),
    "xx, fr;q=0.2": ("fr", "flux"),
    "es;q=0, en": ("en", "This feed is no longer published"),
    "tlh": ("en", "This feed is no longer published"),
    "": ("en", "This feed is no longer published"),
}


@pytest.mark.parametrize("accept", LANGUAGES)
async def test_people_are_told_in_their_language(retired: Database, tmp_path: Path, accept: str) -> None:
    language, text = LANGUAGES[accept]
    async with a_site(retired, tmp_path) as site:
        answer = await site.get("/feeds/old.html", Accept_Language=accept)
    assert f'lang="{language}"' in answer.text
    assert text in answer.text
    assert "Accept-Language" in answer.headers["Vary"]
