"""Documents in memory: bounded, read once for each version, and never a mixture of two versions."""

import asyncio
import gzip
import threading
from errno import ESTALE
from hashlib import sha256
from pathlib import Path

import brotli
import pytest

from syndicate.errors import TryLater
from syndicate.model.site import WebSettings
from syndicate.publish.files import publish_files
from syndicate.store.database import Database
from syndicate.web import memory as memory_module
from syndicate.web.documents import Document
from syndicate.web.loaded import OVERHEAD, Loaded, load
from syndicate.web.memory import REPLACED, Memory
from tests.web.conftest import Answer, Running, a_site

UNPACK = {"gzip": gzip.decompress, "br": brotli.decompress, "": bytes}


def a_document(folder: Path, name: str, body: bytes) -> Document:
    publish_files(folder, {name: body})
    return Document(path=folder / name, media_type="application/rss+xml", max_age=60)


async def test_no_more_is_kept_than_is_granted(tmp_path: Path) -> None:
    documents = {f"/{n}": a_document(tmp_path, f"{n}.rss", b"%d " % n * 5000) for n in range(10)}
    memory = Memory(4 * load(documents["/0"]).size)
    for path, document in documents.items():
        assert await memory.get(path, document) is not None
    assert 0 < memory.size <= 4 * load(documents["/0"]).size


async def test_what_was_asked_for_longest_ago_goes_first(tmp_path: Path) -> None:
    read: list[str] = []
    documents = {name: a_document(tmp_path, f"{name}.rss", name.encode() * 5000) for name in "abc"}
    memory = Memory(2 * load(documents["a"]).size + OVERHEAD, fresh=lambda path, _: read.append(path))
    for path in "abacab":
        await memory.get(path, documents[path])
    assert read == ["a", "b", "c", "b"]


async def test_what_is_larger_than_all_that_is_granted_is_served_all_the_same(tmp_path: Path) -> None:
    memory = Memory(1000)
    loaded = await memory.get("/a", a_document(tmp_path, "a.rss", b"a" * 5000))
    assert loaded is not None
    assert len(loaded.bodies[b"identity"]) == 5000
    assert memory.size == 0


async def test_many_who_ask_at_once_wait_for_one_reading(tmp_path: Path) -> None:
    read: list[Loaded] = []
    memory = Memory(1_000_000, fresh=lambda _, loaded: read.append(loaded))
    document = a_document(tmp_path, "a.rss", b"a" * 5000)
    found = await asyncio.gather(*(memory.get("/a", document) for _ in range(20)))
    assert len(read) == 1
    assert set(map(id, found)) == {id(read[0])}


async def test_who_goes_away_takes_the_reading_from_nobody(tmp_path: Path) -> None:
    memory, document = Memory(1_000_000), a_document(tmp_path, "a.rss", b"a" * 5000)
    impatient = asyncio.create_task(memory.get("/a", document))
    patient = asyncio.create_task(memory.get("/a", document))
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient is not None


async def test_a_file_that_goes_is_forgotten(tmp_path: Path) -> None:
    memory, document = Memory(1_000_000), a_document(tmp_path, "a.rss", b"a" * 5000)
    await memory.get("/a", document)
    document.path.unlink()
    assert await memory.get("/a", document) is None
    assert memory.size == 0


async def test_a_partner_s_document_is_for_no_shared_cache(tmp_path: Path) -> None:
    publish_files(tmp_path, {"a.rss": b"<rss/>"})
    document = Document(path=tmp_path / "a.rss", media_type="text/xml", max_age=60, private=True)
    headers = dict(load(document).full[b"gzip"])
    assert headers[b"cache-control"] == b"private, max-age=60"
    assert headers[b"vary"] == b"Accept-Encoding, Authorization"
    assert b"access-control-allow-origin" not in headers


def version(number: int) -> bytes:
    return b"<rss>%d</rss>" % number * (200 + number % 7)


def assert_whole(answer: Answer) -> None:
    body = UNPACK[answer.headers.get("Content-Encoding", "")](answer.body)
    assert answer.headers["ETag"] == f'W/"{sha256(body).hexdigest()[:32]}"'


@pytest.mark.parametrize("memory", [1, 10_000_000])
async def test_a_publication_while_requests_are_answered_mixes_no_two_versions(
    sqlite_db: Database, tmp_path: Path, memory: int
) -> None:
    stop = threading.Event()
    async with a_site(sqlite_db, tmp_path, settings=WebSettings(repeats=0, feed_memory=memory)) as site:
        folder = site.serving.public_dir / "feeds"
        publish_files(folder, {"all.rss": version(0)})

        def publish() -> None:
            number = 0
            while not stop.is_set():
                number += 1
                publish_files(folder, {"all.rss": version(number)})

        publishing = asyncio.create_task(asyncio.to_thread(publish))
        answers = await asyncio.gather(
            *(_ask(site, accept) for accept in ("", "gzip", "br") for _ in range(3))
        )
        stop.set()
        await publishing
    for answer in (one for several in answers for one in several):
        assert_whole(answer)
    assert len({one.headers["ETag"] for several in answers for one in several}) > 1


async def _ask(site: Running, accept: str) -> list[Answer]:
    return [await site.get("/feeds/all.rss", Accept_Encoding=accept) for _ in range(60)]


async def test_a_disk_that_is_away_is_no_file_that_is_gone() -> None:
    # Reading the first byte of one's own memory is an input/output error.
    document = Document(path=Path("/proc/self/mem"), media_type="application/rss+xml", max_age=60)
    with pytest.raises(TryLater, match="Input/output error"):
        await Memory(1_000_000).get("/a", document)


@pytest.mark.parametrize(("times", "found"), [(1, True), (REPLACED, False)])
async def test_a_file_that_another_machine_replaces_while_it_is_read_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int, found: bool
) -> None:
    document = a_document(tmp_path, "a.rss", b"a" * 5000)
    stale = iter([True] * times)

    def replaced(document: Document) -> Loaded:
        if next(stale, False):
            raise OSError(ESTALE, "Stale file handle", str(document.path))
        return load(document)

    monkeypatch.setattr(memory_module, "load", replaced)
    reading = Memory(1_000_000).get("/a", document)
    if found:
        assert await reading is not None
        return
    with pytest.raises(TryLater, match="replaced each time"):
        await reading
