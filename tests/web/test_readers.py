"""Feed readers of others over HTTP: nothing is sent twice, a correction arrives, a withdrawal stays gone."""

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import feedparser
import pytest
import reader

from syndicate.model.feed import MEDIA_TYPES, Format, Selection
from syndicate.model.item import Item
from syndicate.publish.corrections import Editing, correct_item, restore_item, withdraw_item
from syndicate.publish.feeds import publish_feed
from syndicate.publish.wording import Wording
from syndicate.store import items
from syndicate.store.database import Database
from tests.builders import NOON, a_clock, a_feed, an_item
from tests.neighbours.readers import reload_newsboat
from tests.web.conftest import Running, a_site

EARLIER = 1_500_000_000
FORMATS = ("rss", "atom", "json")
STORIES: list[Item] = [
    an_item(
        id=f"00000000-0000-4000-8000-{number:012}",
        headline=f"Story {number}",
        url=f"https://old.courier.example/{number}",
    )
    for number in range(1, 7)
]
FIRST = STORIES[0]


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What somebody's reader holds of the feed; it keeps it in a file, as it does for people."""

    library: Path
    url: str

    async def update(self) -> reader.UpdatedFeed | None:
        """Ask for the feed; None when nothing came."""
        return await asyncio.to_thread(self._update)

    async def entries(self) -> dict[str, Any]:
        return await asyncio.to_thread(self._entries)

    def _update(self) -> reader.UpdatedFeed | None:
        with reader.make_reader(str(self.library)) as found:
            found.add_feed(self.url, exist_ok=True)
            return found.update_feed(self.url)

    def _entries(self) -> dict[str, Any]:
        with reader.make_reader(str(self.library)) as found:
            return {entry.id: entry for entry in found.get_entries()}


@pytest.fixture
async def site(sqlite_db: Database, tmp_path: Path) -> AsyncIterator[Running]:
    clock = a_clock(NOON, timedelta(minutes=1))
    async with a_site(sqlite_db, tmp_path, now=clock) as running:
        await fill(running)
        yield running


async def fill(site: Running) -> None:
    for story in STORIES:
        await site.db.write(items.save_item, story, keys=[f"url:{story.content.url}"])
    await publish_feed(site.publishing, "all")


@pytest.fixture(params=FORMATS)
def kept(request: pytest.FixtureRequest, site: Running, tmp_path: Path) -> Kept:
    return Kept(library=tmp_path / "reader.sqlite", url=f"{site.base_url}/feeds/all.{request.param}")


def editing(site: Running) -> Editing:
    return Editing(db=site.db, catalogue=site.serving.catalogue, now=site.people.now)


async def correct(site: Running) -> None:
    change = Wording(headline="Story 1, as it was", body="Four sailed.")
    await correct_item(editing(site), FIRST.id, note="It was four.", change=change)
    await publish_feed(site.publishing, "all")


async def withdraw(site: Running) -> None:
    await withdraw_item(editing(site), FIRST.id, note="It was wrong.")
    await publish_feed(site.publishing, "all")


@pytest.mark.parametrize("suffix", ["rss", "atom"])
async def test_asking_again_is_answered_with_304(site: Running, suffix: str) -> None:
    url = f"{site.base_url}/feeds/all.{suffix}"
    first = await asyncio.to_thread(feedparser.parse, url)
    assert (first.status, first.bozo, len(first.entries)) == (200, 0, 6)
    by_tag = await asyncio.to_thread(feedparser.parse, url, etag=first.etag)
    by_time = await asyncio.to_thread(feedparser.parse, url, modified=first.modified)
    assert (by_tag.status, by_time.status) == (304, 304)
    await correct(site)
    # It says A-IM: feed (RFC 3229), so it gets what is new to it alone.
    news = await asyncio.to_thread(feedparser.parse, url, etag=first.etag)
    assert (news.status, [entry.id for entry in news.entries]) == (226, [FIRST.urn])


async def test_a_reader_takes_every_story_once(site: Running, kept: Kept) -> None:
    first = await kept.update()
    assert first is not None
    assert (first.new, first.modified) == (6, 0)
    assert await kept.update() is None
    assert set(await kept.entries()) == {story.urn for story in STORIES}


async def test_a_correction_updates_the_entry_that_is_there(site: Running, kept: Kept) -> None:
    await kept.update()
    before = (await kept.entries())[FIRST.urn]
    await correct(site)
    told = await kept.update()
    assert told is not None
    assert (told.new, told.modified) == (0, 1)
    after = (await kept.entries())[FIRST.urn]
    assert after.title == "Story 1, as it was"
    assert "It was four." in after.content[0].value
    assert "Four sailed." in after.content[0].value
    assert (after.published, after.link) == (before.published, before.link)
    assert after.updated > before.updated


@pytest.mark.parametrize("suffix", ["rss", "atom"])
async def test_newsboat_puts_a_correction_in_the_place_of_what_it_had(
    site: Running, suffix: str, tmp_path: Path
) -> None:
    url = f"{site.base_url}/feeds/all.{suffix}"
    # Its HTTP library (curl's time condition) drops an answer that is not a second newer than what it has.
    for file in (site.serving.public_dir / "feeds").iterdir():
        os.utime(file, (EARLIER, EARLIER))
    before = await asyncio.to_thread(reload_newsboat, tmp_path, url)
    assert await asyncio.to_thread(reload_newsboat, tmp_path, url) == before
    await correct(site)
    after = {each.id: each for each in await asyncio.to_thread(reload_newsboat, tmp_path, url)}
    assert set(after) == {each.id for each in before} == {story.urn for story in STORIES}
    assert after[FIRST.urn].title == "Story 1, as it was"


async def test_a_withdrawal_stays_gone(site: Running, kept: Kept) -> None:
    await withdraw(site)
    await kept.update()
    assert FIRST.urn not in await kept.entries()
    await publish_feed(site.publishing, "all")
    assert await kept.update() is None
    assert set(await kept.entries()) == {story.urn for story in STORIES[1:]}


async def test_a_reader_that_had_it_is_told_by_a_tombstone(site: Running) -> None:
    await withdraw(site)
    document = (await site.get("/feeds/all.atom")).text
    assert f'<at:deleted-entry ref="{FIRST.urn}"' in document
    assert "It was wrong." in document
    assert "Story 1<" not in document


async def test_what_is_restored_is_the_entry_that_it_was(site: Running, kept: Kept) -> None:
    await kept.update()
    await withdraw(site)
    await kept.update()
    await restore_item(editing(site), FIRST.id, note="It was right after all.")
    await publish_feed(site.publishing, "all")
    told = await kept.update()
    assert told is not None
    assert told.new == 0
    assert (await kept.entries())[FIRST.urn].title == "Story 1"


@pytest.mark.parametrize("form", list(Format))
async def test_a_document_has_its_media_type_and_says_where_it_is_served(site: Running, form: Format) -> None:
    path = f"/feeds/all.{form}"
    answer = await site.get(path)
    assert (answer.status, answer.headers["Content-Type"].partition(";")[0]) == (200, MEDIA_TYPES[form])
    # ninjs has no place for an address of its own.
    assert form is Format.NINJS or f"{site.base_url}{path}" in answer.text


@pytest.fixture
async def archive(sqlite_db: Database, tmp_path: Path) -> AsyncIterator[Running]:
    """The stories in documents of few entries."""
    feeds = {"all": a_feed(selection=Selection(take=2))}
    async with a_site(sqlite_db, tmp_path, catalogue={"feeds": feeds}) as running:
        await fill(running)
        yield running


def document_after(url: str) -> str:
    """The address of the archive document that is still to come after the newest one."""
    return re.sub(r"(\d+)(\.\w+)$", lambda found: f"{int(found[1]) + 1}{found[2]}", url)


@pytest.mark.parametrize("suffix", ["rss", "atom"])
async def test_feedparser_walks_the_whole_archive_and_meets_every_story_once(
    archive: Running, suffix: str
) -> None:
    met: list[str] = []
    url = f"{archive.base_url}/feeds/all.{suffix}"
    visited: list[str] = []
    while url and len(visited) < 10:
        document = await asyncio.to_thread(feedparser.parse, url)
        assert (document.status, document.bozo) == (200, 0)
        links = {link.rel: link.href for link in document.feed.links}
        assert links["self"] == url
        if visited:
            assert "fh_archive" in document.feed
            assert links["current"] == visited[0]
            following = visited[-1] if len(visited) > 1 else document_after(url)
            assert links["next-archive"] == following
        met += [entry.id for entry in document.entries]
        visited.append(url)
        url = links.get("prev-archive", "")
    assert len(visited) > 2
    assert sorted(met) == [story.urn for story in STORIES]


async def test_the_json_documents_lead_from_one_to_the_next(archive: Running) -> None:
    met: list[str] = []
    url = f"{archive.base_url}/feeds/all.json"
    visited: list[str] = []
    while url and len(visited) < 10:
        document = json.loads((await archive.get(url.removeprefix(archive.base_url))).body)
        assert document["feed_url"] == url
        met += [item["id"] for item in document["items"]]
        visited.append(url)
        url = document.get("next_url", "")
    assert len(visited) > 2
    assert sorted(met) == [story.urn for story in STORIES]
