"""A web node without a file of its own: it serves what stands in a real S3-compatible storage."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import brotli
import pytest

from syndicate.errors import TryLater
from syndicate.model.feed import Format
from syndicate.model.site import WebSettings
from syndicate.net.objects import ObjectStorage
from syndicate.publish.feeds import publish_feed
from syndicate.publish.shelf import FRESH_SECONDS, Found, Shelf
from syndicate.publish.turns import Turns
from syndicate.publish.uploading import Uploading, upload_files
from syndicate.store.database import Database
from syndicate.web.documents import Document
from syndicate.web.loaded import OVERHEAD
from syndicate.web.shelved import ShelvedMemory
from tests.neighbours import s3
from tests.neighbours.s3 import Storage
from tests.publish.archives import story
from tests.publish.storing import keep, withdraw
from tests.web.conftest import Running, a_site

BODY = b"<rss>1</rss>" * 100


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    with s3.running(tmp_path / "s3") as running:
        yield running


class Counted:
    """A shelf that counts what it is asked, and how often that was nothing new."""

    def __init__(self, storage: Storage, **change: str) -> None:
        self._shelf = Shelf(storage.settings(**change), allow_hosts=[storage.host])
        self.asked: list[str] = []
        self.unchanged = 0

    async def read(self, name: str, *, known: Found | None = None) -> Found | None:
        self.asked.append(name)
        found = await self._shelf.read(name, known=known)
        self.unchanged += found is not None and found is known
        return found


class Node:
    """The memory of a web node whose own folder is empty, with a clock that the test turns."""

    def __init__(self, storage: Storage, folder: Path, *, most: int = 1_000_000, **change: str) -> None:
        self.now = 0.0
        self.folder = folder
        self.versions: list[str] = []
        self.shelf = Counted(storage, **change)
        shelf: Any = self.shelf
        self.memory = ShelvedMemory(
            shelf,
            folder,
            most=most,
            fresh=lambda path, _: self.versions.append(path),
            clock=lambda: self.now,
        )

    def document(self, name: str) -> Document:
        return Document(path=self.folder / name, media_type="application/rss+xml", max_age=60)

    async def body(self, name: str = "feeds/all.rss") -> bytes | None:
        loaded = await self.memory.get(f"/{name}", self.document(name))
        return loaded.bodies[b"identity"] if loaded else None


async def put(storage: Storage, name: str, data: bytes) -> None:
    there = ObjectStorage(storage.settings(), allow_hosts=[storage.host])
    await there.put(name, data, headers={"Content-Type": "application/rss+xml"})


async def test_a_document_is_read_once_and_asked_for_again_later(storage: Storage, tmp_path: Path) -> None:
    await put(storage, "feeds/all.rss", BODY)
    node = Node(storage, tmp_path)
    assert [await node.body(), await node.body()] == [BODY, BODY]
    assert node.shelf.asked == ["feeds/all.rss"]
    node.now += FRESH_SECONDS
    assert await node.body() == BODY
    assert (len(node.shelf.asked), node.shelf.unchanged, len(node.versions)) == (2, 1, 1)


async def test_a_new_version_is_there_when_the_moment_is_over(storage: Storage, tmp_path: Path) -> None:
    await put(storage, "feeds/all.rss", BODY)
    node = Node(storage, tmp_path)
    await node.body()
    await put(storage, "feeds/all.rss", b"<rss>2</rss>")
    assert await node.body() == BODY
    node.now += FRESH_SECONDS
    assert node.memory.peek("/feeds/all.rss") is None
    assert await node.body() == b"<rss>2</rss>"
    assert len(node.versions) == 2


async def test_a_document_has_its_compressed_forms(storage: Storage, tmp_path: Path) -> None:
    await put(storage, "feeds/all.rss", BODY)
    node = Node(storage, tmp_path)
    loaded = await node.memory.get("/feeds/all.rss", node.document("feeds/all.rss"))
    assert loaded is not None
    assert gzip.decompress(loaded.bodies[b"gzip"]) == BODY
    assert brotli.decompress(loaded.bodies[b"br"]) == BODY


async def test_what_is_not_there_is_not_asked_for_again_at_once(storage: Storage, tmp_path: Path) -> None:
    node = Node(storage, tmp_path)
    assert [await node.body(), await node.body()] == [None, None]
    assert len(node.shelf.asked) == 1
    await put(storage, "feeds/all.rss", BODY)
    node.now += FRESH_SECONDS
    assert await node.body() == BODY


async def test_what_was_taken_away_is_gone_from_memory_too(storage: Storage, tmp_path: Path) -> None:
    await put(storage, "feeds/all.rss", BODY)
    node = Node(storage, tmp_path)
    await node.body()
    there = ObjectStorage(storage.settings(), allow_hosts=[storage.host])
    await there.delete(["feeds/all.rss"])
    node.now += FRESH_SECONDS
    assert await node.body() is None
    assert node.memory.size == 0


async def test_no_more_is_kept_than_is_granted(storage: Storage, tmp_path: Path) -> None:
    for number in range(4):
        await put(storage, f"feeds/all/{number + 1}.rss", BODY)
    node = Node(storage, tmp_path, most=2 * (OVERHEAD + 2 * len(BODY)))
    for number in range(4):
        assert await node.body(f"feeds/all/{number + 1}.rss") == BODY
    assert 0 < node.memory.size <= 2 * (OVERHEAD + 2 * len(BODY))
    assert await node.body("feeds/all/1.rss") == BODY


async def test_while_the_storage_is_away_what_is_in_memory_is_served(tmp_path: Path) -> None:
    with s3.running(tmp_path / "s3") as storage:
        await put(storage, "feeds/all.rss", BODY)
        node = Node(storage, tmp_path)
        await node.body()
    node.now += FRESH_SECONDS
    assert await node.body() == BODY
    with pytest.raises(TryLater, match="no answer that would do"):
        await node.body("feeds/all/1.rss")


async def test_a_storage_that_refuses_us_is_no_fault_of_the_reader(storage: Storage, tmp_path: Path) -> None:
    node = Node(storage, tmp_path, access_key_id="AKIAWRONG", secret_access_key="of-nobody")
    with pytest.raises(TryLater, match=r"may not read there \(InvalidAccessKeyId\)"):
        await node.body()


@pytest.fixture
async def nodes(sqlite_db: Database, tmp_path: Path, storage: Storage) -> AsyncIterator[list[Running]]:
    """Two web nodes whose own folders are empty. What they read, another folder was uploaded from."""
    shelf = {"shelf": lambda _: Shelf(storage.settings(), allow_hosts=[storage.host])}
    settings = {"settings": WebSettings(repeats=0)}
    async with (
        a_site(sqlite_db, tmp_path / "one", **shelf, **settings) as one,
        a_site(sqlite_db, tmp_path / "two", **shelf, **settings) as two,
    ):
        yield [one, two]


class Worker:
    """Publishes into a folder of its own, and uploads that."""

    def __init__(self, node: Running, folder: Path, storage: Storage) -> None:
        self.publishing = replace(node.publishing, public_dir=folder / "public")
        self.uploading = Uploading(
            catalogue=self.publishing.catalogue,
            public_dir=folder / "public",
            record=folder / "uploads.json",
            settings=storage.settings(),
            allow_hosts=(storage.host,),
            turns=Turns(),
        )

    async def publish(self) -> None:
        await publish_feed(self.publishing, "all", accept=True)
        await upload_files(self.uploading)


async def test_every_node_serves_every_format_with_one_tag_and_its_304(
    nodes: list[Running], tmp_path: Path, storage: Storage
) -> None:
    worker = Worker(nodes[0], tmp_path / "worker", storage)
    keep(nodes[0].db, nodes[0].serving.catalogue, story(1))
    await worker.publish()
    for form in Format:
        one, two = [await node.get(f"/feeds/all.{form}", accept_encoding="br") for node in nodes]
        assert (one.status, two.status) == (200, 200)
        assert one.headers["ETag"] == two.headers["ETag"]
        published = (worker.publishing.folder / f"all.{form}").read_bytes()
        assert brotli.decompress(one.body) == brotli.decompress(two.body) == published
        again = await nodes[1].get(f"/feeds/all.{form}", if_none_match=one.headers["ETag"])
        assert (again.status, again.body) == (304, b"")
    assert (await nodes[0].get("/feeds/all/1.rss")).status == 404
    assert (await nodes[0].get("/feeds.opml")).status == 200
    assert list((tmp_path / "one" / "public").rglob("*")) == []


async def test_a_document_of_the_storage_says_what_one_on_disk_says(
    nodes: list[Running], tmp_path: Path, storage: Storage
) -> None:
    worker = Worker(nodes[0], tmp_path / "worker", storage)
    keep(nodes[0].db, nodes[0].serving.catalogue, *(story(n) for n in range(1, 60)))
    await worker.publish()
    async with a_site(
        nodes[0].db, tmp_path / "worker", catalogue={"site": nodes[0].serving.catalogue.site}
    ) as local:
        for path in ("/feeds/all.json", "/feeds/all.rss", "/feeds/all/1.atom"):
            here, there = await local.get(path), await nodes[0].get(path)
            assert (here.status, there.status) == (200, 200)
            for name in ("ETag", "Link", "Content-Type", "Cache-Control", "Vary"):
                assert here.headers[name] == there.headers[name], name
            assert here.body == there.body


async def test_a_takedown_reaches_every_node_within_moments(
    nodes: list[Running], tmp_path: Path, storage: Storage
) -> None:
    worker, db = Worker(nodes[0], tmp_path / "worker", storage), nodes[0].db
    keep(db, nodes[0].serving.catalogue, story(1), story(2))
    await worker.publish()
    for node in nodes:
        assert b"Story 1" in (await node.get("/feeds/all.json")).body
    now = worker.publishing.now() + timedelta(hours=1)
    withdraw(db, nodes[0].serving.catalogue, story(1), at=now)
    await worker.publish()
    async with asyncio.timeout(60):
        for node in nodes:
            shown = await node.get("/feeds/all.json")
            while b"Story 1" in shown.body:
                await asyncio.sleep(0.1)
                shown = await node.get("/feeds/all.json")


async def test_a_node_that_cannot_reach_the_storage_asks_to_come_back(
    sqlite_db: Database, tmp_path: Path
) -> None:
    with s3.running(tmp_path / "s3") as storage:
        shelf = Shelf(storage.settings(), allow_hosts=[storage.host])
    async with a_site(sqlite_db, tmp_path, shelf=shelf) as node:
        answer = await node.get("/feeds/all.rss")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "30")
    assert answer.headers["Cache-Control"] == "no-store"


async def test_an_image_comes_from_the_storage(nodes: list[Running], storage: Storage) -> None:
    await put(storage, "media/ferry.png", b"pixels")
    answer = await nodes[0].get("/media/ferry.png")
    assert (answer.status, answer.body) == (200, b"pixels")
    assert answer.headers["Content-Type"] == "image/png"
    assert "immutable" in answer.headers["Cache-Control"]
    assert (await nodes[0].get("/media/other.png")).status == 404
