"""Published files in a real S3-compatible server: what changed, in order, and once."""

import gzip
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import brotli
import pytest

from syndicate.errors import DatabaseBusy, NotFound, StorageFull, UploadFailed, UploadRefused
from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import Format
from syndicate.net.objects import ObjectStorage
from syndicate.publish import uploading
from syndicate.publish.files import publish_files, remove_files
from syndicate.publish.turns import Turns
from syndicate.publish.uploading import Uploading, read_record, try_storage, upload_files
from syndicate.publish.uploads import headers_of, is_document, plan
from tests.builders import a_feed
from tests.neighbours import s3
from tests.neighbours.s3 import Storage

DOCUMENTS = {"all.rss": b"<rss>1</rss>", "all.json": b"{}", "all/1.rss": b"<rss>0</rss>"}


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    with s3.running(tmp_path / "s3") as running:
        yield running


@pytest.fixture
def uploads(tmp_path: Path, storage: Storage) -> Uploading:
    found = Uploading(
        catalogue=Catalogue(feeds={"all": a_feed(ttl=timedelta(minutes=5))}),
        public_dir=tmp_path / "public",
        record=tmp_path / "uploads.json",
        settings=storage.settings(),
        allow_hosts=(storage.host,),
        turns=Turns(),
    )
    publish_files(found.public_dir / "feeds", DOCUMENTS)
    return found


class Bucket:
    """What a reader finds in the bucket."""

    def __init__(self, storage: Storage) -> None:
        self._base = f"http://{storage.host}/news/site/"

    async def get(self, name: str) -> tuple[int, dict[str, str], bytes]:
        async with aiohttp.ClientSession(auto_decompress=False) as http, http.get(self._base + name) as found:
            return found.status, dict(found.headers), await found.read()

    async def status(self, name: str) -> int:
        return (await self.get(name))[0]


@pytest.fixture
def bucket(storage: Storage) -> Bucket:
    return Bucket(storage)


async def test_every_document_is_there_with_its_headers(uploads: Uploading, bucket: Bucket) -> None:
    report = await upload_files(uploads)
    assert set(report.uploaded) == {f"feeds/{name}" for name in DOCUMENTS}
    status, headers, body = await bucket.get("feeds/all.rss")
    assert (status, body) == (200, b"<rss>1</rss>")
    assert headers["Content-Type"] == "application/rss+xml; charset=utf-8"
    assert headers["Cache-Control"] == "public, max-age=300"
    assert "Content-Encoding" not in headers


@pytest.mark.parametrize(
    ("suffix", "coding", "unpack"), [(".gz", "gzip", gzip.decompress), (".br", "br", brotli.decompress)]
)
async def test_a_compressed_sibling_says_what_it_is(
    uploads: Uploading, bucket: Bucket, suffix: str, coding: str, unpack: Any
) -> None:
    await upload_files(uploads)
    _, headers, body = await bucket.get(f"feeds/all.rss{suffix}")
    assert (headers["Content-Encoding"], unpack(body)) == (coding, b"<rss>1</rss>")
    assert headers["Content-Type"] == "application/rss+xml; charset=utf-8"


async def test_only_what_changed_goes_up_again_whichever_process_does_it(
    uploads: Uploading, bucket: Bucket
) -> None:
    await upload_files(uploads)
    assert (await upload_files(uploads)).uploaded == ()
    restarted = replace(uploads, turns=Turns(), seen={})
    assert (await upload_files(restarted)).uploaded == ()
    publish_files(uploads.public_dir / "feeds", {"all.rss": b"<rss>2</rss>"})
    report = await upload_files(uploads)
    assert (report.uploaded, report.unchanged) == (("feeds/all.rss",), 2)
    assert (await bucket.get("feeds/all.rss"))[2] == b"<rss>2</rss>"


async def test_what_is_published_no_more_goes_from_there_too(uploads: Uploading, bucket: Bucket) -> None:
    await upload_files(uploads)
    remove_files(uploads.public_dir / "feeds", ["all/1.rss"])
    assert (await upload_files(uploads)).deleted == ("feeds/all/1.rss",)
    for suffix in ("", ".gz", ".br"):
        assert await bucket.status(f"feeds/all/1.rss{suffix}") == 404
    assert await bucket.status("feeds/all.rss") == 200
    assert (await upload_files(uploads)).deleted == ()


async def test_what_others_put_there_stays(uploads: Uploading, bucket: Bucket) -> None:
    there = ObjectStorage(uploads.settings, allow_hosts=uploads.allow_hosts)
    await there.put("about.html", b"mine", headers={})
    await upload_files(uploads)
    assert await bucket.status("about.html") == 200


async def test_another_time_to_live_sends_new_headers(uploads: Uploading, bucket: Bucket) -> None:
    await upload_files(uploads)
    slower = Catalogue(feeds={"all": a_feed(ttl=timedelta(hours=2))})
    await upload_files(replace(uploads, catalogue=slower, seen={}))
    assert (await bucket.get("feeds/all.rss"))[1]["Cache-Control"] == "public, max-age=7200"


async def test_another_bucket_gets_everything(uploads: Uploading, storage: Storage) -> None:
    await upload_files(uploads)
    moved = replace(uploads, settings=storage.settings(url="s3://other/site"))
    assert len((await upload_files(moved)).uploaded) == len(DOCUMENTS)


async def test_an_upload_that_broke_off_goes_on_where_it_was(
    uploads: Uploading, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = ObjectStorage.put

    async def break_off(self: ObjectStorage, name: str, data: bytes, **more: Any) -> None:
        if name == "feeds/all.rss":
            raise UploadFailed("the line is cut")
        await put(self, name, data, **more)

    with monkeypatch.context() as cut:
        cut.setattr(ObjectStorage, "put", break_off)
        with pytest.raises(UploadFailed, match="the line is cut"):
            await upload_files(uploads)
    again = await upload_files(uploads)
    assert "feeds/all.rss" in again.uploaded
    assert "feeds/all/1.rss" not in again.uploaded


async def test_a_killed_upload_keeps_what_was_saved(
    uploads: Uploading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploading, "SAVED_EVERY", 1)
    told: list[tuple[int, int]] = []

    async def tell(done: int, of: int) -> None:
        told.append((done, of))

    await upload_files(uploads, tell=tell)
    assert told == [(1, 3), (2, 3), (3, 3)]


@pytest.fixture
async def killed(uploads: Uploading, monkeypatch: pytest.MonkeyPatch) -> Uploading:
    """An upload of a new version and a new feed, killed when both stood there and were not recorded."""
    await upload_files(uploads)
    publish_files(uploads.public_dir / "feeds", {"all.rss": b"<rss>2</rss>", "new.rss": b"<rss/>"})
    put, records = ObjectStorage.put, []

    async def noticed(self: ObjectStorage, name: str, data: bytes, **more: Any) -> None:
        await put(self, name, data, **more)
        records.append(uploads.record.read_bytes())

    with monkeypatch.context() as watched:
        watched.setattr(ObjectStorage, "put", noticed)
        await upload_files(uploads)
    uploads.record.write_bytes(records[-1])
    return replace(uploads, turns=Turns(), seen={})


async def test_what_a_killed_upload_left_is_taken_away_when_its_file_is_gone(
    killed: Uploading, bucket: Bucket
) -> None:
    remove_files(killed.public_dir / "feeds", ["new.rss"])
    assert (await upload_files(killed)).deleted == ("feeds/new.rss",)
    assert await bucket.status("feeds/new.rss") == 404


async def test_what_a_killed_upload_left_makes_way_for_the_former_version(
    killed: Uploading, bucket: Bucket
) -> None:
    publish_files(killed.public_dir / "feeds", {"all.rss": b"<rss>1</rss>"})
    assert "feeds/all.rss" in (await upload_files(killed)).uploaded
    assert (await bucket.get("feeds/all.rss"))[2] == b"<rss>1</rss>"


async def test_archive_documents_go_up_before_what_leads_to_them(
    uploads: Uploading, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_files(
        uploads.public_dir, {"feeds.opml": b"<opml/>", "sitemap.xml": b"<i/>", "sitemap-news.xml": b"<u/>"}
    )
    order: list[str] = []
    put = ObjectStorage.put

    async def note(self: ObjectStorage, name: str, data: bytes, **more: Any) -> None:
        await put(self, name, data, **more)
        order.append(name)

    monkeypatch.setattr(ObjectStorage, "put", note)
    await upload_files(uploads)
    places = [order.index(name) for name in ("feeds/all/1.rss", "feeds/all.rss", "feeds.opml", "sitemap.xml")]
    assert places == sorted(places)
    assert order.index("sitemap-news.xml") < order.index("sitemap.xml")
    assert order.index("feeds/all.rss.gz") < order.index("feeds/all.rss")


async def test_a_damaged_record_costs_one_full_upload(uploads: Uploading) -> None:
    await upload_files(uploads)
    uploads.record.write_text("[half")
    assert len((await upload_files(uploads)).uploaded) == len(DOCUMENTS)


async def test_a_record_that_cannot_be_kept_is_told(uploads: Uploading, tmp_path: Path) -> None:
    with pytest.raises(StorageFull, match="give write access"):
        await upload_files(replace(uploads, record=tmp_path / "absent" / "uploads.json"))


async def test_without_storage_nothing_is_uploaded(uploads: Uploading, storage: Storage) -> None:
    with pytest.raises(NotFound, match="name it"):
        await upload_files(replace(uploads, settings=storage.settings(url="")))


async def test_the_storage_is_tried_without_leaving_anything(
    uploads: Uploading, bucket: Bucket, storage: Storage
) -> None:
    assert await try_storage(uploads) == f"s3://news/site at http://{storage.host}"
    assert await bucket.status(uploading.PROBE) == 404
    with pytest.raises(UploadRefused):
        await try_storage(replace(uploads, allow_hosts=()))


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        *((f"feeds/all.{form}", True) for form in Format),
        ("feeds/all/12.rss", True),
        ("feeds.opml", True),
        ("sitemap.xml", True),
        ("sitemap-2026-11.xml", True),
        ("feeds/all.rss.gz", False),
        ("feeds/.all.lock", False),
        ("feeds/.x1.part", False),
        ("feeds/all/0.rss", False),
        ("feeds/all/1/2.rss", False),
        ("notes.txt", False),
    ],
)
def test_what_readers_ask_for_is_uploaded(name: str, wanted: bool) -> None:
    assert is_document(name) is wanted


def test_what_leads_to_others_comes_last_and_goes_first() -> None:
    names = [
        "feeds/a.rss",
        "feeds/a/10.rss",
        "feeds.opml",
        "feeds/a/9.rss",
        "sitemap.xml",
        "sitemap-site.xml",
    ]
    ordered = (
        "feeds/a/9.rss",
        "feeds/a/10.rss",
        "feeds/a.rss",
        "feeds.opml",
        "sitemap-site.xml",
        "sitemap.xml",
    )
    assert plan(names, [], names).uploads == ordered
    assert plan([], names, []).deletions == tuple(reversed(ordered))


def test_what_belongs_to_no_feed_is_fresh_for_an_hour() -> None:
    assert headers_of("feeds.opml", Catalogue())["Cache-Control"] == "public, max-age=3600"


async def test_images_go_up_once_where_web_nodes_read_from_there(uploads: Uploading, bucket: Bucket) -> None:
    media = uploads.public_dir.parent / "media"
    media.mkdir()
    (media / "ferry.png").write_bytes(b"pixels")
    (media / ".half").write_bytes(b"pix")
    serving = replace(uploads, media_dir=media, settings=replace(uploads.settings, serves=True))
    await upload_files(serving)
    status, headers, body = await bucket.get("media/ferry.png")
    assert (status, body, headers["Content-Type"]) == (200, b"pixels", "image/png")
    assert "immutable" in headers["Cache-Control"]
    assert serving.images == {"media/ferry.png"}
    # Another process asks the storage what stands there.
    (media / "ferry.png").write_bytes(b"never read again")
    restarted = replace(serving, images=set())
    await upload_files(restarted)
    assert restarted.images == {"media/ferry.png"}
    assert (await bucket.get("media/ferry.png"))[2] == b"pixels"


async def test_without_that_images_stay_where_they_are(uploads: Uploading, bucket: Bucket) -> None:
    media = uploads.public_dir.parent / "media"
    media.mkdir()
    (media / "ferry.png").write_bytes(b"pixels")
    await upload_files(replace(uploads, media_dir=media))
    assert await bucket.status("media/ferry.png") == 404


async def test_who_is_to_be_told_hears_of_what_changed_before_it_is_recorded(uploads: Uploading) -> None:
    told: list[str] = []

    async def note(names: Sequence[str]) -> None:
        told.extend(names)
        recorded = read_record(uploads.record, str(ObjectStorage(uploads.settings)))
        assert all(not recorded.get(name) for name in names)

    telling = replace(uploads, told=note)
    await upload_files(telling)
    assert sorted(told) == sorted(f"feeds/{name}" for name in DOCUMENTS)
    told.clear()
    publish_files(uploads.public_dir / "feeds", {"all.rss": b"<rss>2</rss>"})
    await upload_files(telling)
    assert told == ["feeds/all.rss"]


async def test_what_could_not_be_told_goes_up_and_is_told_again(uploads: Uploading) -> None:
    async def fail(names: Sequence[str]) -> None:
        raise DatabaseBusy("another process writes")

    told: list[str] = []

    async def note(names: Sequence[str]) -> None:
        told.extend(names)

    with pytest.raises(DatabaseBusy):
        await upload_files(replace(uploads, told=fail))
    await upload_files(replace(uploads, told=note))
    assert sorted(told) == sorted(f"feeds/{name}" for name in DOCUMENTS)
