"""A folder of saved pages is read in order, with clear faults."""

import gzip
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from syndicate.collect.readers.files import address_of, read_files, read_image
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
    (again,) = await read(tmp_path, {"a.html": known})
    assert again == Same(key="a.html", headers=first.headers)


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
    assert [type(finding) for finding in found] == [Failed, Capture]
    assert isinstance(found[0], Failed)
    assert "a.html cannot be read: No such file" in str(found[0].error)


async def test_a_file_that_was_not_touched_is_not_opened(tmp_path: Path) -> None:
    write(tmp_path, a_html="<p>a")
    (first,) = await read(tmp_path)
    assert isinstance(first, Capture)
    known = PageStatus(source="harbour", url="a.html", captured=NOON, etag=first.headers["etag"])
    write(tmp_path, a_html="<p>b")
    assert await read(tmp_path, {"a.html": known}) == [Same(key="a.html")]


async def test_each_sort_of_page_has_its_type(tmp_path: Path) -> None:
    names = {
        "a.md": "text/markdown",
        "b.markdown": "text/markdown",
        "c.mhtml": "multipart/related",
        "d.HTM": "text/html",
        "e.xhtml": "application/xhtml+xml",
    }
    for name in (*names, "f.json", "g.md.bak"):
        (tmp_path / name).write_text("<p>x", "utf-8")
    found = [finding for finding in await read(tmp_path) if isinstance(finding, Capture)]
    assert {finding.key: finding.content_type for finding in found} == names


async def test_a_packed_page_is_unpacked_and_has_the_address_of_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "a.html.gz").write_bytes(gzip.compress(b"<p>a"))
    (tmp_path / "b.html.gz").write_bytes(gzip.compress(b"<p>b" * 1000)[:-20])
    first, broken = await read(tmp_path)
    assert isinstance(first, Capture)
    assert (first.data, first.url, first.content_type) == (b"<p>a", f"{BASE}a.html", "text/html")
    assert isinstance(broken, Failed)
    assert "b.html.gz cannot be unpacked" in str(broken.error)


async def test_a_packed_bomb_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.html.gz").write_bytes(gzip.compress(b" " * 60_000_000))
    (found,) = await read(tmp_path)
    assert isinstance(found, Failed)
    assert "over 50000000 bytes" in str(found.error)


async def test_what_a_browser_saved_beside_a_page_is_no_page(tmp_path: Path) -> None:
    write(tmp_path, ferry_html="a", tide_htm="b")
    for folder in ("ferry_files", "tide-Dateien", "other_files"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "frame.html").write_text("<p>advertisement", "utf-8")
    assert keys(await read(tmp_path)) == ["ferry.html", "other_files/frame.html", "tide.htm"]


async def test_a_link_that_leads_out_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    folder = tmp_path / "saved"
    write(folder, a_html="<p>a")
    (folder / "b.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "c.html").symlink_to(folder / "a.html")
    (folder / "d.html").symlink_to(folder / "d.html")
    found = await read(folder)
    assert [type(finding) for finding in found] == [Capture, Failed, Capture, Failed]
    assert isinstance(found[1], Failed)
    assert "leads out" in str(found[1].error)


async def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    write(tmp_path, b_html="b")
    os.mkfifo(tmp_path / "a.html")
    found = await read(tmp_path)
    assert [type(finding) for finding in found] == [Failed, Capture]


async def test_a_fault_in_front_matter_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("---\ntitle: Ferry\ntags: [a\n---\nText", "utf-8")
    (tmp_path / "b.md").write_text("---\ntitle: Tide\n---\nText", "utf-8")
    broken, good = await read(tmp_path)
    assert isinstance(broken, Failed)
    assert str(broken.error).startswith(f"{tmp_path}/a.md, line 3: ")
    assert isinstance(good, Capture)


@pytest.mark.parametrize(
    "said", ["---\ndraft: true\n---\n", "+++\ndraft = true\n+++\n", "---\npublished: false\n---\n"]
)
async def test_a_draft_is_left_alone(tmp_path: Path, said: str) -> None:
    (tmp_path / "a.md").write_text(said + "Text", "utf-8")
    (tmp_path / "b.md").write_text("Text", "utf-8")
    assert keys(await read(tmp_path)) == ["b.md"]


async def test_many_files_are_read_through(tmp_path: Path) -> None:
    for number in range(3_000):
        (tmp_path / f"{number:05}.txt").write_text(f"Text {number}")
    first = await read(tmp_path, limit=5_000)
    rows = {
        f.key: PageStatus(source="harbour", url=f.key, captured=NOON, etag=f.headers["etag"])
        for f in first
        if isinstance(f, Capture)
    }
    assert len(rows) == 3_000
    again = await read(tmp_path, rows)
    assert again == [Same(key=name) for name in sorted(rows)]


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
