"""The whole archive of a feed: documents that are closed for ever, and a walk that meets every item once."""

import asyncio
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import urlopen

import pytest

from syndicate.model.feed import Selection
from syndicate.model.site import Site
from syndicate.publish.feeds import Publishing, publish_feed
from syndicate.store.database import Database
from tests.builders import NOON, a_feed
from tests.publish.archives import a_catalogue, a_publishing, files, from_files, story, titles, walk
from tests.publish.storing import keep, revise, withdraw

TEN = a_catalogue(a_feed(selection=Selection(take=10)))


@pytest.fixture
def publishing(sqlite_db: Database, tmp_path: Path) -> Publishing:
    return a_publishing(sqlite_db, tmp_path, TEN)


def store(publishing: Publishing, *numbers: int) -> None:
    keep(publishing.db, publishing.catalogue, *map(story, numbers))


def stories(*numbers: int) -> list[str]:
    return [f"Story {number}" for number in numbers]


async def test_what_is_too_much_for_the_subscription_document_is_closed_into_archive_documents(
    publishing: Publishing, tmp_path: Path
) -> None:
    store(publishing, *range(1, 24))
    report = await publish_feed(publishing, "all")
    assert (report.entries, report.documents) == (8, 3)
    assert titles(tmp_path) == stories(*range(23, 15, -1))
    assert titles(tmp_path, "all/3.json") == stories(*range(15, 10, -1))
    assert titles(tmp_path, "all/1.json") == stories(5, 4, 3, 2, 1)
    assert len(files(tmp_path)) == 4 * 5


async def test_a_full_document_never_changes_while_items_arrive(
    publishing: Publishing, tmp_path: Path
) -> None:
    store(publishing, *range(1, 24))
    await publish_feed(publishing, "all")
    before = {name: data for name, data in files(tmp_path).items() if "/" in name}
    for number in range(24, 50):
        store(publishing, number)
        await publish_feed(publishing, "all")
    after = files(tmp_path)
    assert len(after) > len(before) + 20
    assert {name: after[name] for name in before} == before


async def test_an_old_item_that_comes_late_goes_to_the_archive_and_is_no_news(
    publishing: Publishing, tmp_path: Path
) -> None:
    store(publishing, *range(100, 110))
    await publish_feed(publishing, "all")
    store(publishing, 1)
    await publish_feed(publishing, "all")
    assert titles(tmp_path, "all/1.json") == stories(103, 102, 101, 100, 1)
    assert titles(tmp_path) == stories(*range(109, 103, -1))


async def test_a_correction_rewrites_its_document_and_shows_in_the_subscription_document(
    publishing: Publishing, tmp_path: Path
) -> None:
    store(publishing, *range(1, 24))
    await publish_feed(publishing, "all")
    before = files(tmp_path)
    revise(publishing.db, TEN, story(3, headline="Story 3, put right", revision=2, changed=NOON))
    await publish_feed(publishing, "all")
    changed = {name for name, data in files(tmp_path).items() if data != before[name]}
    assert {name for name in changed if "/" in name} == {
        f"all/1.{f}" for f in ("rss", "atom", "json", "html", "ninjs")
    }
    assert "Story 3, put right" in titles(tmp_path, "all/1.json")


async def test_a_withdrawal_takes_an_item_out_of_its_archive_document_and_is_told_in_both(
    publishing: Publishing, tmp_path: Path
) -> None:
    store(publishing, *range(1, 24))
    await publish_feed(publishing, "all")
    withdraw(publishing.db, TEN, story(3), at=NOON)
    await publish_feed(publishing, "all")
    assert titles(tmp_path, "all/1.json") == stories(5, 4, 2, 1)
    found = files(tmp_path)
    assert b"deleted-entry" in found["all/1.atom"]
    assert b"deleted-entry" in found["all.atom"]
    assert b"Story 3<" not in found["all/1.rss"]


async def test_documents_stay_within_max_bytes_and_an_entry_too_large_is_quarantined(
    sqlite_db: Database, tmp_path: Path
) -> None:
    catalogue = a_catalogue(a_feed(max_bytes=30_000))
    publishing = a_publishing(sqlite_db, tmp_path, catalogue)
    keep(sqlite_db, catalogue, *map(story, range(40)), story(50, body_html=f"<p>{'x' * 40_000}</p>"))
    report = await publish_feed(publishing, "all")
    assert max(map(len, files(tmp_path).values())) <= 30_000
    assert {one.item_id for one in report.quarantined} == {story(50).id}
    assert "max_bytes" in report.quarantined[0].reason
    met = await walk(partial(read_file, tmp_path), "/feeds/all.json")
    assert sorted(met) == [story(number).urn for number in range(40)]


async def test_a_frozen_feed_is_one_complete_document_that_expired(
    sqlite_db: Database, tmp_path: Path
) -> None:
    catalogue = a_catalogue(a_feed(selection=Selection(take=10), frozen=True))
    publishing = a_publishing(sqlite_db, tmp_path, catalogue)
    keep(sqlite_db, catalogue, *map(story, range(30)))
    assert (await publish_feed(publishing, "all")).entries == 30
    found = files(tmp_path)
    assert len(found) == 5
    assert b"fh:complete" in found["all.rss"]
    assert b"fh:complete" in found["all.atom"]
    assert b'"expired": true' in found["all.json"]
    keep(sqlite_db, catalogue, story(31))
    report = await publish_feed(publishing, "all")
    assert (report.entries, report.shut_out) == (30, 1)


async def test_a_feed_whose_rule_changed_is_filled_anew_and_its_former_documents_go(
    publishing: Publishing, tmp_path: Path
) -> None:
    store(publishing, *range(1, 24))
    keep(publishing.db, TEN, *(story(number, language="de") for number in range(100, 106)))
    await publish_feed(publishing, "all")
    german = a_catalogue(a_feed(selection=Selection(take=10, languages=("de",))))
    changed = a_publishing(publishing.db, tmp_path, german)
    held = await publish_feed(changed, "all")
    # Most of what the feed shows would go, so that the operator is asked.
    assert "would be left" in held.held or held.held == ""
    await publish_feed(changed, "all", accept=True)
    assert titles(tmp_path) == stories(*range(105, 99, -1))
    assert len(files(tmp_path)) == 5


async def test_a_feed_filled_anew_gives_no_number_twice(publishing: Publishing, tmp_path: Path) -> None:
    store(publishing, *range(1, 24))
    await publish_feed(publishing, "all")
    every = a_catalogue(a_feed(selection=Selection(take=10, languages=("en",))))
    await publish_feed(a_publishing(publishing.db, tmp_path, every), "all")
    assert {name for name in files(tmp_path) if name.endswith(".json")} == {
        "all.json",
        "all/4.json",
        "all/5.json",
        "all/6.json",
    }


async def test_a_document_whose_file_is_gone_is_written_again(publishing: Publishing, tmp_path: Path) -> None:
    store(publishing, *range(1, 24))
    await publish_feed(publishing, "all")
    before = files(tmp_path)
    (tmp_path / "public" / "feeds" / "all" / "2.rss").unlink()
    await publish_feed(publishing, "all")
    assert files(tmp_path) == before


async def test_a_changed_site_renders_every_document_anew(publishing: Publishing, tmp_path: Path) -> None:
    store(publishing, *range(1, 24))
    await publish_feed(publishing, "all")
    moved = a_catalogue(TEN.feeds["all"], site=Site(base_url="https://news.example"))
    await publish_feed(a_publishing(publishing.db, tmp_path, moved), "all")
    assert all(
        b"https://news.example" in data for name, data in files(tmp_path).items() if "ninjs" not in name
    )


async def read_file(folder: Path, url: str) -> bytes:
    return from_files(folder, url)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """A web server over the public folder, which knows nothing of feeds."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


async def over_http(url: str) -> bytes:
    with await asyncio.to_thread(urlopen, url) as answer:
        found: bytes = answer.read()
        return found


@pytest.mark.timeout(900)
async def test_a_walk_meets_every_item_exactly_once_also_while_items_arrive(
    sqlite_db: Database, tmp_path: Path
) -> None:
    (tmp_path / "public").mkdir()
    with served(tmp_path / "public") as base:
        catalogue = a_catalogue(a_feed(selection=Selection(take=400)), site=Site(base_url=base))
        count = int(os.environ.get("WALK", "2000"))
        publishing = a_publishing(sqlite_db, tmp_path, catalogue)
        keep(sqlite_db, catalogue, *map(story, range(count)))
        await publish_feed(publishing, "all")
        arrived = iter(range(count, count + 100_000, 150))

        async def arrive() -> None:
            first = next(arrived)
            keep(sqlite_db, catalogue, *map(story, range(first, first + 150)))
            await publish_feed(publishing, "all")

        wanted = {story(number).urn for number in range(count)}
        for form, between in (("atom", None), ("json", None), ("rss", arrive)):
            met = await walk(over_http, f"{base}/feeds/all.{form}", between=between)
            assert len(met) == len(set(met))
            assert wanted <= set(met)
