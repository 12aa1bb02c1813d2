"""A cache in front of us is told what changed, once it is in place: real requests to a real HTTP server."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from syndicate.errors import AddressForbidden, FetchFailed, NotFound, PurgeRefused
from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import Format
from syndicate.model.job import Job, nobody_waits
from syndicate.model.site import (
    FetchSettings,
    PostgresqlSettings,
    PurgeSettings,
    PurgeStyle,
    Settings,
    Site,
    StorageSettings,
)
from syndicate.net.client import Client
from syndicate.publish.corrections import correct_item, withdraw_item
from syndicate.publish.feeds import publish_feed
from syndicate.publish.files import publish_files
from syndicate.publish.follow_ups import UPLOADING, note_files
from syndicate.publish.purging import (
    MOST_IN_ONE,
    Purging,
    purge_changed,
    try_cache,
    wait_of,
)
from syndicate.publish.shelf import FRESH_SECONDS
from syndicate.publish.stale import PURGING, note_changes
from syndicate.publish.turns import Turns
from syndicate.publish.wording import Wording
from syndicate.store.database import Database
from syndicate.store.purges import add_purges, forget_purges, list_purges
from syndicate.store.replica import CHECK_SECONDS
from tests.builders import NOON, a_feed
from tests.digests import an_id
from tests.publish.archives import a_catalogue, a_publishing, story
from tests.publish.newsroom import Newsroom, an_image
from tests.publish.storing import keep

SITE = Site(base_url="https://courier.example")


class Cache:
    """What a cache was asked to forget, in order; `status` is what it answers."""

    def __init__(self) -> None:
        self.status = 200
        self.headers: dict[str, str] = {}
        self.asked: list[tuple[str, str, str, str]] = []
        self.bodies: list[Any] = []
        self.port = 0

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def answer(self, request: web.BaseRequest) -> web.Response:
        shown = request.headers.get("Authorization", "")
        self.asked.append((request.method, request.path, request.headers["Host"], shown))
        if request.method == "POST":
            self.bodies.append(await request.json())
        return web.Response(status=self.status, headers=self.headers)

    @property
    def purged(self) -> list[str]:
        return sorted(path for method, path, _, _ in self.asked if method == "PURGE")


@pytest.fixture
async def cache() -> AsyncIterator[Cache]:
    found = Cache()
    runner = web.ServerRunner(web.Server(found.answer), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found.port = runner.addresses[0][1]
    yield found
    await runner.cleanup()


@pytest.fixture
async def purging(sqlite_db: Database, tmp_path: Path, cache: Cache) -> AsyncIterator[Purging]:
    async with Client(FetchSettings(allow_hosts=(cache.host,)), site=SITE) as client:
        yield Purging(
            db=sqlite_db,
            client=client,
            catalogue=Catalogue(site=SITE, purges=True),
            settings=PurgeSettings(url=f"http://{cache.host}"),
            public_dir=tmp_path / "public",
            turns=Turns(),
            now=lambda: NOON,
        )


def waiting(db: Database) -> list[str]:
    return [one.path for one in db.read_now(list_purges, take=10_000)]


def remember(db: Database, *paths: str) -> None:
    db.write_now(add_purges, paths, now=NOON)


async def test_each_address_is_purged_once_under_the_name_of_the_site(purging: Purging, cache: Cache) -> None:
    remember(purging.db, "/feeds/all.rss", "/feeds/all.atom", "/feeds/all.rss")
    assert await purge_changed(purging) == 2
    assert sorted(cache.asked) == [
        ("PURGE", "/feeds/all.atom", "courier.example", ""),
        ("PURGE", "/feeds/all.rss", "courier.example", ""),
    ]
    assert waiting(purging.db) == []
    assert await purge_changed(purging) == 0


async def test_a_site_below_a_path_is_purged_there(purging: Purging, cache: Cache) -> None:
    below = replace(purging.catalogue, site=Site(base_url="https://courier.example/news/"))
    remember(purging.db, "/feeds/all.rss")
    await purge_changed(replace(purging, catalogue=below))
    assert cache.purged == ["/news/feeds/all.rss"]


async def test_many_addresses_go_in_one_request_of_json_with_the_token(
    purging: Purging, cache: Cache, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text("let-me-in\n")
    settings = replace(purging.settings, style=PurgeStyle.JSON, token_file=str(tmp_path / "token"))
    remember(purging.db, *(f"/feeds/all/{n}.rss" for n in range(1, MOST_IN_ONE + 2)))
    assert await purge_changed(replace(purging, settings=settings)) == MOST_IN_ONE + 1
    assert {(method, shown) for method, _, _, shown in cache.asked} == {("POST", "Bearer let-me-in")}
    assert [len(body["files"]) for body in cache.bodies] == [MOST_IN_ONE, 1]
    assert "https://courier.example/feeds/all/1.rss" in cache.bodies[0]["files"]


@pytest.mark.parametrize("status", [204, 404, 410, 412])
async def test_what_the_cache_did_not_have_is_purged_too(purging: Purging, cache: Cache, status: int) -> None:
    cache.status = status
    remember(purging.db, "/feeds/all.rss")
    assert await purge_changed(purging) == 1
    assert waiting(purging.db) == []


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_cache_in_trouble_is_told_later(purging: Purging, cache: Cache, status: int) -> None:
    cache.status, cache.headers = status, {"Retry-After": "7"}
    remember(purging.db, "/feeds/all.rss")
    with pytest.raises(FetchFailed, match=f"answered {status}") as failed:
        await purge_changed(purging)
    assert failed.value.retry_after == 7
    assert waiting(purging.db) == ["/feeds/all.rss"]
    cache.status = 200
    assert await purge_changed(purging) == 1


@pytest.mark.parametrize("status", [301, 401, 403, 405, 501])
async def test_a_cache_that_refuses_us_is_for_the_operator(
    purging: Purging, cache: Cache, status: int
) -> None:
    cache.status = status
    remember(purging.db, "/feeds/all.rss")
    with pytest.raises(PurgeRefused, match=f"answered {status}.*purge.url, purge.style and purge.token_file"):
        await purge_changed(purging)
    assert waiting(purging.db) == ["/feeds/all.rss"]


async def test_a_token_that_is_not_there_is_told(purging: Purging, tmp_path: Path) -> None:
    settings = replace(purging.settings, token_file=str(tmp_path / "absent"))
    remember(purging.db, "/feeds/all.rss")
    with pytest.raises(PurgeRefused, match=r"purge.token_file .*absent: No such file"):
        await purge_changed(replace(purging, settings=settings))


async def test_a_cache_on_an_address_that_is_not_public_has_to_be_named(purging: Purging) -> None:
    remember(purging.db, "/feeds/all.rss")
    async with Client(FetchSettings(), site=SITE) as client:
        with pytest.raises(AddressForbidden, match=r"fetch\.allow_hosts"):
            await purge_changed(replace(purging, client=client))
    assert waiting(purging.db) == ["/feeds/all.rss"]


async def test_a_cache_is_tried_with_an_address_at_which_there_is_nothing(
    purging: Purging, cache: Cache
) -> None:
    cache.status = 404
    await try_cache(purging)
    assert cache.purged == ["/syndicate-check"]
    cache.status = 405
    with pytest.raises(PurgeRefused):
        await try_cache(purging)


async def test_without_a_cache_there_is_nobody_to_tell(purging: Purging) -> None:
    with pytest.raises(NotFound, match="name it"):
        await purge_changed(replace(purging, settings=PurgeSettings()))


def test_what_changed_again_meanwhile_is_told_again(db: Database) -> None:
    remember(db, "/feeds/all.rss", "/feeds/all.atom")
    told = db.read_now(list_purges, take=10)
    remember(db, "/feeds/all.rss")
    db.write_now(forget_purges, told)
    assert waiting(db) == ["/feeds/all.rss"]


async def test_the_cache_is_told_when_the_web_nodes_have_the_new_version(
    purging: Purging, cache: Cache
) -> None:
    clock = iter([NOON, NOON, NOON + timedelta(seconds=2)])
    remember(purging.db, "/feeds/all.rss")
    late = replace(purging, wait=timedelta(seconds=0.2), now=lambda: next(clock))
    assert await purge_changed(late) == 1
    assert cache.purged == ["/feeds/all.rss"]
    assert list(clock) == []


async def test_what_a_clock_that_is_ahead_noted_is_told_at_once_where_nothing_waits(
    purging: Purging, cache: Cache
) -> None:
    purging.db.write_now(add_purges, ["/feeds/all.rss"], now=NOON + timedelta(hours=1))
    async with asyncio.timeout(20):
        assert await purge_changed(purging) == 1
    assert cache.purged == ["/feeds/all.rss"]


@pytest.mark.parametrize(
    ("change", "seconds"),
    [
        ({}, 0),
        ({"purge": PurgeSettings(wait=2.0)}, 2),
        ({"storage": StorageSettings(url="s3://news", serves=True)}, FRESH_SECONDS + 1),
        ({"storage": StorageSettings(serves=True), "purge": PurgeSettings(wait=30.0)}, 30),
        ({"postgresql": PostgresqlSettings(replica="postgresql://replica/news")}, 2 * CHECK_SECONDS + 1),
    ],
)
def test_the_cache_waits_for_the_nodes_that_ask_the_storage_and_for_the_replica(
    change: dict[str, Any], seconds: float
) -> None:
    assert wait_of(Settings(**change)) == timedelta(seconds=seconds)


def test_nothing_is_remembered_without_a_cache(db: Database) -> None:
    db.write_now(note_changes, Catalogue(), ["/feeds/all.rss"], now=NOON, enqueue=nobody_waits)
    assert waiting(db) == []


class Asked:
    """Takes jobs down."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []

    def __call__(self, conn: Any, job: Job) -> None:
        self.jobs.append(job)


async def test_a_publication_has_the_cache_told_of_what_it_changed_and_of_nothing_else(
    db: Database, tmp_path: Path
) -> None:
    asked, catalogue = Asked(), a_catalogue(a_feed(), purges=True)
    publishing = a_publishing(db, tmp_path, catalogue, enqueue=asked)
    keep(db, catalogue, story(1))
    await publish_feed(publishing, "all")
    documents = [f"/feeds/all.{form}" for form in Format]
    assert waiting(db) == sorted(["/feeds.opml", *documents])
    assert PURGING in asked.jobs
    db.write_now(forget_purges, db.read_now(list_purges, take=99))
    asked.jobs.clear()
    await publish_feed(publishing, "all")
    assert (waiting(db), asked.jobs) == ([], [])


async def test_the_cache_is_told_of_archive_documents_that_are_no_more(db: Database, tmp_path: Path) -> None:
    catalogue = a_catalogue(a_feed(), purges=True)
    publishing = a_publishing(db, tmp_path, catalogue)
    keep(db, catalogue, story(1))
    publish_files(publishing.folder, {"all/9.rss": b"<rss/>"})
    await publish_feed(publishing, "all")
    assert "/feeds/all/9.rss" in waiting(db)


@pytest.mark.parametrize(
    ("uploads", "names", "jobs"),
    [
        (True, ["feeds/all.rss"], [UPLOADING]),
        (False, ["feeds/all.rss"], [PURGING]),
        (True, [], []),
        (False, [], []),
    ],
)
def test_with_storage_the_cache_is_told_once_the_files_are_there(
    db: Database, tmp_path: Path, uploads: bool, names: Sequence[str], jobs: Sequence[Job]
) -> None:
    asked = Asked()
    publishing = a_publishing(db, tmp_path, a_catalogue(purges=True, uploads=uploads), enqueue=asked)
    db.write_now(note_files, publishing, names)
    assert asked.jobs == list(jobs)
    assert waiting(db) == ([] if uploads else [f"/{name}" for name in names])


async def test_a_withdrawal_has_the_item_s_page_its_image_and_its_issues_purged(db: Database) -> None:
    room = Newsroom(db)
    room.catalogue = replace(room.catalogue, purges=True)
    item = room.save(1, image=an_image("a" * 40 + ".jpg"))
    issue = await room.compile()
    effect = await withdraw_item(room.editing, item.id, note="It was another ferry.")
    assert PURGING in effect.jobs
    expected = [f"/items/{an_id(1)}", f"/media/{'a' * 40}.jpg", f"/newsletters/daily/{issue.number}"]
    assert waiting(db) == sorted(expected)


async def test_a_correction_has_the_item_s_page_purged(db: Database) -> None:
    room = Newsroom(db)
    room.catalogue = replace(room.catalogue, purges=True)
    room.save(1)
    change = Wording(headline="Ferry sails at seven sharp")
    await correct_item(room.editing, an_id(1), note="At seven.", change=change)
    assert waiting(db) == [f"/items/{an_id(1)}"]
