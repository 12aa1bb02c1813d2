"""Publishing a feed from the store into files."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from lxml import etree

from syndicate.errors import NotFound, StorageFull
from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import Selection
from syndicate.model.item import Item
from syndicate.model.site import Site
from syndicate.model.source import Publish, Rights
from syndicate.publish.feeds import Publishing, is_retired, publish_feed
from syndicate.store import feeds as feed_store
from syndicate.store.database import Database
from syndicate.store.feeds import FeedStatus
from syndicate.store.schema import metadata
from tests.builders import NOON, a_clock, a_feed, a_notice, a_source, an_item
from tests.publish.storing import keep, revise, withdraw

CATALOGUE = Catalogue(
    sources={"harbour": a_source(rights=Rights(publish=Publish.FULL))},
    feeds={"all": a_feed(), "islands": a_feed(name="islands", title="Islands & more")},
)


@pytest.fixture
def publishing(sqlite_db: Database, tmp_path: Path) -> Publishing:
    return Publishing(
        db=sqlite_db,
        catalogue=CATALOGUE,
        public_dir=tmp_path / "public",
        now=a_clock(),
        mint=lambda: str(uuid4()),
    )


def save(publishing: Publishing, *items: Item) -> None:
    keep(publishing.db, publishing.catalogue, *items)


def status(publishing: Publishing) -> FeedStatus:
    found = publishing.db.read_now(feed_store.find_feed, "all")
    assert found is not None
    return found


def document(publishing: Publishing) -> Any:
    return json.loads((publishing.public_dir / "feeds" / "all.json").read_bytes())


async def test_a_feed_comes_out_in_every_format_and_is_recorded(publishing: Publishing) -> None:
    save(publishing, an_item())
    report = await publish_feed(publishing, "all")
    assert sorted(report.written) == ["all.atom", "all.html", "all.json", "all.ninjs", "all.rss"]
    assert (report.entries, report.held, report.unchanged) == (1, "", ())
    now = status(publishing)
    assert (now.published, now.entries, now.held, now.last_position) == (NOON, 1, "", 1)
    assert document(publishing)["items"][0]["title"] == "Ferry returns to the northern islands"


async def test_publishing_again_rewrites_nothing(publishing: Publishing) -> None:
    save(publishing, an_item())
    await publish_feed(publishing, "all")
    before = {each: each.stat().st_mtime_ns for each in publishing.public_dir.rglob("*.*")}
    report = await publish_feed(publishing, "all")
    assert (report.written, len(report.unchanged)) == ((), 5)
    assert {each: each.stat().st_mtime_ns for each in publishing.public_dir.rglob("*.*")} == before


async def test_a_correction_moves_updated_and_keeps_the_id(publishing: Publishing) -> None:
    save(publishing, an_item())
    await publish_feed(publishing, "all")
    [before] = document(publishing)["items"]
    corrected = an_item(headline="Ferry returns at last", revision=2, changed=NOON)
    revise(publishing.db, publishing.catalogue, corrected)
    await publish_feed(publishing, "all")
    [after] = document(publishing)["items"]
    assert after["id"] == before["id"]
    assert after["date_published"] == before["date_published"]
    assert after["date_modified"] > before["date_modified"]


async def test_a_full_feed_is_never_emptied_without_the_operators_word(publishing: Publishing) -> None:
    save(publishing, an_item())
    english = replace(
        publishing,
        catalogue=replace(CATALOGUE, feeds={"all": a_feed(selection=Selection(languages=("en",)))}),
    )
    await publish_feed(english, "all")
    revise(english.db, english.catalogue, an_item(language="de", revision=2))
    report = await publish_feed(english, "all")
    assert "nothing is left" in report.held
    assert report.gone == {an_item().id: an_item().content.headline}
    assert len(document(publishing)["items"]) == 1
    assert status(publishing).held == report.held
    assert (await publish_feed(english, "all", accept=True)).held == ""
    assert document(publishing)["items"] == []
    assert status(publishing).held == ""


async def test_what_the_operator_withdraws_goes_at_once(publishing: Publishing) -> None:
    save(publishing, an_item())
    await publish_feed(publishing, "all")
    withdraw(publishing.db, publishing.catalogue, an_item(), at=NOON)
    assert (await publish_feed(publishing, "all")).held == ""
    assert document(publishing)["items"] == []
    assert b"deleted-entry" in (publishing.public_dir / "feeds" / "all.atom").read_bytes()


async def test_a_full_feed_survives_a_new_database(publishing: Publishing, sqlite_db: Database) -> None:
    save(publishing, an_item())
    await publish_feed(publishing, "all")
    sqlite_db.write_now(
        lambda conn: [conn.execute(each.delete()) for each in reversed(metadata.sorted_tables)]
    )
    assert (await publish_feed(publishing, "all")).held
    assert len(document(publishing)["items"]) == 1


async def test_a_feed_that_never_had_entries_is_published_empty(publishing: Publishing) -> None:
    assert (await publish_feed(publishing, "all")).held == ""
    assert document(publishing)["items"] == []


async def test_a_feed_keeps_its_id_when_the_site_moves(publishing: Publishing) -> None:
    await publish_feed(publishing, "all")
    folder = publishing.public_dir / "feeds"
    before = etree.parse(folder / "all.atom").findtext("{*}id")
    moved = replace(publishing.catalogue, site=Site(base_url="https://news.example/"))
    await publish_feed(replace(publishing, catalogue=moved), "all")
    assert etree.parse(folder / "all.atom").findtext("{*}id") == before == f"urn:uuid:{status(publishing).id}"


async def test_a_feed_configured_no_more_is_retired(publishing: Publishing) -> None:
    await publish_feed(publishing, "all")
    facts = {"now": NOON, "mint": publishing.mint}
    publishing.db.write_now(feed_store.upsert_feeds, ["islands"], **facts)
    names = ("all", "islands", "never")
    assert [await is_retired(publishing.db, name) for name in names] == [True, False, False]


async def test_the_list_of_feeds_names_them_all(publishing: Publishing) -> None:
    await publish_feed(publishing, "all")
    opml = etree.fromstring((publishing.public_dir / "feeds.opml").read_bytes())
    assert [each.get("title") for each in opml.iter("outline")] == ["All stories", "Islands & more"]


async def test_what_a_page_says_of_a_foreign_successor_reaches_the_operator(publishing: Publishing) -> None:
    save(publishing, an_item(archived=True, page_notice=a_notice(successor_url="https://evil.example/")))
    [warning] = (await publish_feed(publishing, "all")).warnings
    assert "evil.example" in warning


async def test_an_unknown_feed_is_told_with_those_that_exist(publishing: Publishing) -> None:
    with pytest.raises(NotFound, match="all, islands"):
        await publish_feed(publishing, "al")


async def test_a_disk_that_takes_nothing_is_told_and_nothing_is_recorded(publishing: Publishing) -> None:
    publishing.public_dir.parent.joinpath("public").write_text("a file where the folder should be")
    with pytest.raises(StorageFull, match="make room"):
        await publish_feed(publishing, "all")
    assert publishing.db.read_now(feed_store.find_feed, "all") is None
