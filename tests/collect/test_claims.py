"""What a page says of itself makes no two stories one: canonical links, redirects, texts of a paywall."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from syndicate.collect.kept.reprocess import Asked, reprocess_source
from syndicate.collect.refresh import refresh_source
from syndicate.model.source import SourceKind
from syndicate.store.database import Database
from syndicate.store.schema import item_keys
from tests.builders import NOON
from tests.collect.desk import a_text, stored
from tests.collect.test_listing import HOUR, a_listing, a_listing_source, boats, desk_for, later
from tests.neighbours.http_site import HttpSite, http_site, redirect

LONG = a_text("k")
# Under the fifty words by which texts are compared.
SHORT = "<p>The boat {name} left the quay at dawn, and all who had waited for it went home again.</p>"


def an_article(name: str, body: str, canonical: str = "") -> str:
    link = f"<link rel=canonical href='{canonical}'>" if canonical else ""
    title = f"Boat {name}"
    head = f"<head><title>{title}</title>{link}</head>"
    return f"<html lang=en>{head}<article><h1>{title}</h1>{body}</article></html>"


def add(site: HttpSite, name: str, body: str, *, canonical: str = "") -> None:
    """One story more, first in the list."""
    site.answers[f"/2019/05/{name}.html"] = an_article(name, body, canonical and site.url + canonical)
    names = [path[-6] for path in site.answers if path.startswith("/2019")]
    site.answers["/list"] = a_listing(*sorted(names))


def url_keys(db: Database) -> list[str]:
    keys = db.read_now(lambda conn: list(conn.scalars(select(item_keys.c.key))))
    return sorted(key.rpartition("/")[2] for key in keys if key.startswith("url:"))


@pytest.mark.parametrize("is_long", [True, False])
async def test_one_canonical_link_for_all_pages_makes_no_two_stories_one(
    sqlite_db: Database, tmp_path: Path, is_long: bool
) -> None:
    said: list[str] = []
    async with http_site() as site:
        desk = desk_for(sqlite_db, tmp_path, a_listing_source(site), site)
        for hour, name in enumerate("abcd"):
            add(site, name, a_text(name) if is_long else SHORT.format(name=name), canonical="/index.html")
            report = await refresh_source(later(desk, hour), "harbour")
            assert (report.new, report.changed) == (1, 0)
            said += report.warnings
        await desk.client.close()
    assert boats(sqlite_db) == "abcd"
    addresses = [item.content.url.removeprefix(site.url) for item in stored(sqlite_db)]
    assert addresses == ["/index.html", *(f"/2019/05/{name}.html" for name in "bcd")]
    assert len(said) == 3
    assert "index.html is another story's" in said[0]


async def test_another_address_that_names_the_story_s_own_is_no_other_story(
    sqlite_db: Database, tmp_path: Path
) -> None:
    async with http_site() as site:
        desk = desk_for(sqlite_db, tmp_path, a_listing_source(site), site)
        add(site, "a", LONG)
        await refresh_source(desk, "harbour")
        site.answers["/2019/05/b.html"] = an_article(
            "a", f"{LONG}<p>It came back.</p>", f"{site.url}/2019/05/a.html"
        )
        site.answers["/list"] = a_listing("a", "b")
        report = await refresh_source(later(desk, 1), "harbour")
        await desk.client.close()
    assert (report.new, report.changed, report.warnings) == (0, 1, ())
    assert boats(sqlite_db) == "a"


async def test_an_address_that_leads_to_another_story_each_day_is_none_of_them(
    sqlite_db: Database, tmp_path: Path
) -> None:
    async with http_site() as site:
        source = a_listing_source(site, kind=SourceKind.PAGE, url=f"{site.url}/latest")
        desk = desk_for(sqlite_db, tmp_path, source, site)
        for hour, name in enumerate("ab"):
            site.answers[f"/{name}.html"] = an_article(name, a_text(name))
            site.answers["/latest"] = redirect(f"/{name}.html")
            await refresh_source(later(desk, hour), "harbour")
        await desk.client.close()
    assert boats(sqlite_db) == "ab"


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("words", [32, 64])
async def test_a_paywall_s_text_makes_no_two_stories_one(
    sqlite_db: Database, tmp_path: Path, at_once: bool, words: int
) -> None:
    wall = " ".join(f"subscribers{number}" for number in range(words))
    heads = {"a": "Minister resigns over harbour scandal", "b": "Storm destroys lighthouse at night"}
    async with http_site() as site:
        desk = desk_for(sqlite_db, tmp_path, a_listing_source(site), site)
        for name, head in heads.items():
            page = an_article(name, f"<p>They are {wall}.</p>").replace(f"Boat {name}", head)
            site.answers[f"/2019/05/{name}.html"] = page
        site.answers["/list"] = a_listing(*"ab") if at_once else a_listing("a")
        first = await refresh_source(desk, "harbour")
        site.answers["/list"] = a_listing(*"ab")
        second = await refresh_source(later(desk, 1), "harbour")
        await desk.client.close()
    assert [item.content.headline for item in stored(sqlite_db)] == list(heads.values())
    assert "short text" in " ".join((first if at_once else second).warnings)


async def test_reading_again_does_not_claim_what_was_contested(sqlite_db: Database, tmp_path: Path) -> None:
    async with http_site() as site:
        desk = desk_for(sqlite_db, tmp_path, a_listing_source(site), site)
        for name in "ab":
            add(site, name, a_text(name), canonical="/index.html")
        await refresh_source(desk, "harbour")
        await desk.client.close()
    keys = url_keys(sqlite_db)
    assert keys == ["a.html", "b.html"]
    single = replace(later(desk, 24), part=1)
    await reprocess_source(single, "harbour", asked=Asked(at=NOON + 24 * HOUR))
    assert url_keys(sqlite_db) == keys
