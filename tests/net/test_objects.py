"""Objects in a real S3-compatible server, and what is told where it cannot be."""

import builtins
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from syndicate.errors import UploadFailed, UploadRefused
from syndicate.model.site import StorageSettings
from syndicate.net.objects import ObjectStorage
from tests.neighbours import s3
from tests.neighbours.ports import free_port
from tests.neighbours.s3 import Storage


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    with s3.running(tmp_path / "s3") as running:
        yield running


def opened(storage: Storage, **change: str) -> ObjectStorage:
    return ObjectStorage(storage.settings(**change), allow_hosts=[storage.host])


async def get(storage: Storage, key: str) -> tuple[int, dict[str, str], bytes]:
    url = f"http://{storage.host}/{key}"
    async with aiohttp.ClientSession(auto_decompress=False) as http, http.get(url) as answer:
        return answer.status, dict(answer.headers), await answer.read()


HEADERS = {"Content-Type": "application/rss+xml; charset=utf-8", "Cache-Control": "public, max-age=60"}


async def test_an_object_has_its_headers(storage: Storage) -> None:
    await opened(storage).put("feeds/all.rss", b"<rss/>", headers=HEADERS)
    status, headers, body = await get(storage, "news/site/feeds/all.rss")
    assert (status, body) == (200, b"<rss/>")
    assert {name: headers[name] for name in HEADERS} == HEADERS


async def test_objects_go_and_those_that_were_not_there_are_no_fault(storage: Storage) -> None:
    there = opened(storage)
    await there.put("feeds/all.rss", b"<rss/>", headers=HEADERS)
    await there.delete(["feeds/all.rss", "feeds/never.rss"])
    assert (await get(storage, "news/site/feeds/all.rss"))[0] == 404


async def test_a_bucket_may_have_no_prefix(storage: Storage) -> None:
    await opened(storage, url="s3://other").put("feeds/all.rss", b"<rss/>", headers=HEADERS)
    assert (await get(storage, "other/feeds/all.rss"))[0] == 200


async def test_a_wrong_key_is_told_without_being_shown(storage: Storage) -> None:
    there = opened(storage, access_key_id="AKIAWRONG", secret_access_key="of-nobody")
    with pytest.raises(UploadRefused, match=r"may not write there \(InvalidAccessKeyId\)") as told:
        await there.put("a", b"1", headers={})
    assert "AKIAWRONG" not in str(told.value)
    assert "of-nobody" not in str(told.value) + repr(storage.settings(secret_access_key="of-nobody"))


async def test_a_bucket_that_is_not_there_is_told(storage: Storage) -> None:
    with pytest.raises(UploadRefused, match=r"no bucket 'elsewhere'; make it, or correct storage\.url"):
        await opened(storage, url="s3://elsewhere/x").put("a", b"1", headers={})


async def test_an_address_that_is_not_public_is_refused_unless_allowed(storage: Storage) -> None:
    with pytest.raises(UploadRefused, match=r"127\.0\.0\.1 is not a public address.*fetch\.allow_hosts"):
        await ObjectStorage(storage.settings()).admit()
    await opened(storage).admit()


@pytest.mark.parametrize("answer", [["10.0.0.1"], ["198.51.100.1", "93.184.215.14"], ["::1"]])
async def test_a_name_that_leads_inside_is_refused(answer: Sequence[str]) -> None:
    async def lie(_host: str, _port: int) -> Sequence[str]:
        return answer

    settings = StorageSettings(url="s3://news", endpoint="https://s3.storage.example")
    with pytest.raises(UploadRefused, match="not a public address"):
        await ObjectStorage(settings, resolver=lie).admit()


async def test_a_name_without_an_address_may_have_one_later() -> None:
    async def none(_host: str, _port: int) -> Sequence[str]:
        raise OSError("Name or service not known")

    settings = StorageSettings(url="s3://news", endpoint="https://s3.storage.example")
    with pytest.raises(UploadFailed, match="has no address"):
        await ObjectStorage(settings, resolver=none).admit()


async def test_without_a_server_it_is_tried_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syndicate.net.objects.RETRIES", 0)
    endpoint = f"http://127.0.0.1:{free_port()}"
    settings = StorageSettings(url="s3://news", endpoint=endpoint, access_key_id="a", secret_access_key="b")
    with pytest.raises(UploadFailed, match="s3://news at http://127") as told:
        await ObjectStorage(settings).put("a", b"1", headers={})
    assert str(told.value).endswith("see whether it runs, and whether storage.endpoint is right")
    assert "retry_timeout" not in str(told.value)
    assert "\n" not in str(told.value)


async def test_the_environment_leads_nowhere_else(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    await opened(storage).put("a", b"1", headers={})
    assert (await get(storage, "news/site/a"))[0] == 200


def test_without_the_extra_the_command_that_installs_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def absent(name: str, *rest: Any, **more: Any) -> Any:
        if name.split(".")[0] == "obstore":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(UploadRefused, match=r"pip install 'syndicate\[s3\]'"):
        ObjectStorage(StorageSettings(url="s3://news"))


def test_without_an_endpoint_it_is_amazon_s() -> None:
    place = ObjectStorage(StorageSettings(url="s3://news/site/", region="eu-central-1"))
    assert str(place) == "s3://news/site at https://s3.eu-central-1.amazonaws.com"
