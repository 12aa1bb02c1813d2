"""Uploads by command, and what is told where the storage is not as configured."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Newsroom
from tests.neighbours import s3
from tests.neighbours.ports import free_port
from tests.neighbours.s3 import KEY, Storage


@pytest.fixture
def storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Storage]:
    secret = tmp_path / "storage.secret"
    secret.write_text(KEY)
    with s3.running(tmp_path / "s3") as running:
        monkeypatch.setenv("SYNDICATE_STORAGE__URL", "s3://news/site")
        monkeypatch.setenv("SYNDICATE_STORAGE__ENDPOINT", f"http://{running.host}")
        monkeypatch.setenv("SYNDICATE_STORAGE__ACCESS_KEY_ID", KEY)
        monkeypatch.setenv("SYNDICATE_STORAGE__SECRET_ACCESS_KEY_FILE", str(secret))
        monkeypatch.setenv("SYNDICATE_FETCH__ALLOW_HOSTS", running.host)
        yield running


def test_what_is_published_is_uploaded_at_once(storage: Storage, newsroom: Newsroom) -> None:
    newsroom.run("collect")
    assert "0 uploaded, 0 deleted" in newsroom.run("publish", "--upload").stdout
    told = newsroom.ask("publish", "--upload")["uploaded"][0]
    assert told["place"] == f"s3://news/site at http://{storage.host}"
    assert told["unchanged"] >= 15


def test_the_storage_is_checked(storage: Storage, newsroom: Newsroom) -> None:
    found = {one["what"]: one for one in newsroom.ask("check")}
    assert found["storage"]["remedy"] == ""


def test_what_the_web_serves_from_the_storage_is_looked_for_there(
    storage: Storage, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNDICATE_STORAGE__SERVES", "true")
    found = {one["what"]: one for one in newsroom.ask("check")}
    feeds = [one for one in found if one.startswith("feed ")]
    assert {found[one]["told"] for one in feeds} == {"not in the storage yet: syndicate publish --upload"}
    newsroom.run("collect")
    newsroom.run("publish", "--upload")
    found = {one["what"]: one for one in newsroom.ask("check")}
    assert {found[one]["told"] for one in feeds} == {"in the storage"}


def test_a_cache_that_cannot_be_told_is_checked(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setenv("SYNDICATE_PURGE__URL", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("SYNDICATE_FETCH__ALLOW_HOSTS", f"127.0.0.1:{port}")
    found = {one["what"]: one for one in newsroom.ask("check", code=1)}
    assert f"no connection to 127.0.0.1:{port}" in found["cache"]["told"]
    assert "[purge]" in found["cache"]["remedy"]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("URL", "s3://elsewhere", "there is no bucket 'elsewhere'"),
        ("ACCESS_KEY_ID", "AKIAWRONG", "we may not write there (InvalidAccessKeyId)"),
    ],
)
def test_a_wrong_setting_is_told_in_plain_words(
    storage: Storage, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(f"SYNDICATE_STORAGE__{name}", value)
    found = {one["what"]: one for one in newsroom.ask("check", code=1)}
    assert said in found["storage"]["told"]
    failed = newsroom.run("publish", "--upload", code=1)
    assert said in failed.stderr
    assert "AKIAWRONG" not in failed.output


def test_an_address_of_this_network_is_refused_unless_it_is_allowed(
    storage: Storage, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SYNDICATE_FETCH__ALLOW_HOSTS")
    assert "127.0.0.1 is not a public address" in newsroom.run("publish", "--upload", code=1).stderr


def test_without_storage_the_option_says_what_is_missing(newsroom: Newsroom) -> None:
    assert 'url = "s3://bucket/prefix"' in newsroom.run("publish", "--upload", code=1).stderr


def test_a_key_without_its_secret_is_a_fault(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNDICATE_STORAGE__ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("SYNDICATE_STORAGE__URL", "s3:/news")
    said = newsroom.run("check", code=2).stderr
    assert "storage.secret_access_key: is missing" in said
    assert 'it looks like "s3://bucket/prefix"' in said
