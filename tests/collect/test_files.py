"""A folder of saved pages is read in order, with clear faults."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from syndicate.collect.files import address_of, read_files, read_image
from syndicate.collect.reading import Capture, Failed, Finding, PutOff, Reading, Same
from syndicate.collect.visits import Visits
from syndicate.errors import Unreadable
from syndicate.model.site import FetchSettings
from syndicate.model.source import SourceKind
from syndicate.net.client import Client
from syndicate.store.pages import PageStatus
from tests.builders import NOON, a_source

BASE = "https://old.courier.example/"


async def read(folder: Path, pages: dict[str, PageStatus] | None = None, **change: Any) -> list[Finding]:
    source = a_source(kind=SourceKind.FILES, folder=str(folder), **{"base_url": BASE} | change)
    visits = Visits(client=Client(FetchSettings()), now=lambda: NOON)
    reading = Reading(source=source, visits=visits, pages=pages or {})
    return [finding async for finding in read_files(reading)]


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        os.utime(path, (1_700_000_000, 1_700_000_000))


def keys(findings: list[Finding]) -> list[str]:
    return [finding.key for finding in findings if not isinstance(finding, PutOff)]


async def test_pages_come_sorted_with_address_type_and_time(tmp_path: Path) -> None:
    write(tmp_path, b_html="<p>b", a__1_txt="text", a__2_htm="<p>2", notes_pdf="x", _hidden_html="x")
    found = await read(tmp_path)
    assert keys(found) == ["a/1.txt", "a/2.htm", "b.html"]
    first = found[0]
    assert isinstance(first, Capture)
    assert first.url == "https://old.courier.example/a/1.txt"
    assert first.content_type == "text/plain"
    assert first.captured == datetime.fromtimestamp(1_700_000_000, UTC)


async def test_only_narrows_the_folder(tmp_path: Path) -> None:
    write(tmp_path, en__a_html="a", fa__b_html="b", index_html="i")
    assert keys(await read(tmp_path, only=("en/*", "fa/*"))) == ["en/a.html", "fa/b.html"]
    with pytest.raises(Unreadable, match="none matches de"):
        await read(tmp_path, only=("de/*",))


async def test_equal_bytes_are_the_same_page(tmp_path: Path) -> None:
    write(tmp_path, a_html="<p>a")
    (first,) = await read(tmp_path)
    assert isinstance(first, Capture)
    known = PageStatus(source="harbour", url="a.html", captured=NOON, content_hash=first.content_hash)
    assert await read(tmp_path, {"a.html": known}) == [Same(key="a.html")]


async def test_what_is_over_the_limit_is_put_off_and_comes_next_time(tmp_path: Path) -> None:
    write(tmp_path, a_html="a", b_html="b", c_html="c")
    first = await read(tmp_path, limit=2)
    assert keys(first) == ["a.html", "b.html"]
    assert isinstance(first[-1], PutOff)
    assert first[-1].count == 1
    known = {
        f.key: PageStatus(source="harbour", url=f.key, captured=NOON, content_hash=f.content_hash)
        for f in first
        if isinstance(f, Capture)
    }
    second = await read(tmp_path, known, limit=2)
    assert keys(second) == ["c.html", "a.html", "b.html"]


async def test_a_file_from_the_future_was_seen_now(tmp_path: Path) -> None:
    write(tmp_path, a_html="a")
    os.utime(tmp_path / "a.html", (4_000_000_000, 4_000_000_000))
    (found,) = await read(tmp_path)
    assert isinstance(found, Capture)
    assert found.captured == NOON


async def test_an_unreadable_file_fails_alone(tmp_path: Path) -> None:
    write(tmp_path, b_html="b")
    (tmp_path / "a.html").symlink_to(tmp_path / "nowhere.html")
    (tmp_path / "c.html").mkdir()
    found = await read(tmp_path)
    assert [type(finding) for finding in found] == [Failed, Capture, Failed]
    assert isinstance(found[0], Failed)
    assert "a.html cannot be read: No such file" in str(found[0].error)


@pytest.mark.parametrize(("make", "words"), [(True, "holds no saved pages"), (False, "is not a folder")])
async def test_an_empty_or_missing_folder_is_named(tmp_path: Path, make: bool, words: str) -> None:
    folder = tmp_path / "saved"
    if make:
        folder.mkdir()
    with pytest.raises(Unreadable, match=f"saved {words}"):
        await read(folder)


def test_without_a_base_url_a_file_has_no_address() -> None:
    assert address_of("a/b c.html", "") == ""
    assert (
        address_of("a/b c.html", "https://old.courier.example/x")
        == "https://old.courier.example/x/a/b%20c.html"
    )


def test_an_image_beside_the_pages_is_read(tmp_path: Path) -> None:
    write(tmp_path, images__a_png="png")
    found = read_image(f"{BASE}images/a.png?size=2", folder=tmp_path, base_url=BASE)
    assert found == b"png"


def test_an_image_elsewhere_is_not_ours_to_read(tmp_path: Path) -> None:
    assert read_image("https://cdn.example/a.png", folder=tmp_path, base_url=BASE) is None


@pytest.mark.parametrize("path", ["../secret.key", "%2e%2e/secret.key", "a/../../secret.key", "/etc/passwd"])
def test_no_image_address_leads_out_of_the_folder(tmp_path: Path, path: str) -> None:
    (tmp_path / "secret.key").write_text("secret")
    (tmp_path / "saved" / "a").mkdir(parents=True)
    with pytest.raises(Unreadable, match=r"leads out|cannot be read"):
        read_image(BASE + path, folder=tmp_path / "saved", base_url=BASE)


def test_a_link_does_not_lead_out_either(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text("secret")
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "a.png").symlink_to(tmp_path / "secret.key")
    with pytest.raises(Unreadable, match="leads out"):
        read_image(f"{BASE}a.png", folder=tmp_path / "saved", base_url=BASE)
