"""Pages come out of web archives: each capture once, in order, with its time, past what is damaged."""

import gzip
import io
import os
import tracemalloc
import zipfile
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from random import Random
from typing import Any

import brotli
import pytest
import zstandard
from PIL import Image

from syndicate.collect.readers.archives import CUT_OFF
from syndicate.collect.readers.warc import read_warc
from syndicate.collect.reading import Capture, Failed, Finding, Noted, PutOff, Reading, Same
from syndicate.collect.refresh import refresh_source
from syndicate.collect.visits import Visits
from syndicate.errors import Unreadable
from syndicate.formats.warc import MOST_RETURNS
from syndicate.model.site import FetchSettings
from syndicate.model.source import Backlog, SourceKind
from syndicate.net.client import Client
from syndicate.store import pages
from syndicate.store.database import Database
from syndicate.store.pages import PageStatus
from tests.builders import NOON, a_source
from tests.collect.archive_files import OLD, Written, a_page, a_record, an_answer, an_arc, day
from tests.collect.desk import a_collecting, a_text, stored

FIRST, SECOND = a_page("Ferry returns"), a_page("Ferry returns again")


async def read(where: Path, pages: dict[str, PageStatus] | None = None, **change: Any) -> list[Finding]:
    source = a_source(kind=SourceKind.WARC, folder=str(where), url="", **change)
    visits = Visits(client=Client(FetchSettings()), now=lambda: NOON)
    reading = Reading(source=source, visits=visits, pages=pages or {})
    return [finding async for finding in read_warc(reading)]


def captures(found: list[Finding]) -> list[Capture]:
    return [finding for finding in found if isinstance(finding, Capture)]


def told(found: list[Finding]) -> str:
    noted = [said for finding in found if isinstance(finding, Noted) for said in finding.warnings]
    return "\n".join([*noted, *(said for capture in captures(found) for said in capture.warnings)])


def remembered(found: list[Finding]) -> dict[str, PageStatus]:
    """What the run would leave in the database."""
    rows: dict[str, PageStatus] = {}
    for finding in found:
        if isinstance(finding, Capture):
            row: dict[str, Any] = {"captured": finding.captured, "content_hash": finding.content_hash}
        elif isinstance(finding, Noted):
            row = {"captured": NOON, "etag": finding.etag}
        else:
            continue
        rows[finding.key] = PageStatus(source="harbour", url=finding.key, **row)
    return rows


@pytest.mark.parametrize("packed", [True, False])
async def test_a_page_comes_with_its_address_and_time(tmp_path: Path, packed: bool) -> None:
    name = "crawl.warc.gz" if packed else "crawl.warc"
    Written(packed=packed).add("/2012/ferry", FIRST).save(tmp_path / name)
    found = await read(tmp_path)
    (capture,) = captures(found)
    assert (capture.url, capture.data) == (f"{OLD}/2012/ferry", FIRST)
    assert capture.captured == day("2012-01-02T03:04:05+00:00")
    assert [finding.key for finding in found if isinstance(finding, Noted)] == [name]


async def test_one_file_is_a_source_too(tmp_path: Path) -> None:
    path = Written().add("/a", FIRST).save(tmp_path / "crawl.warc.gz")
    assert [capture.url for capture in captures(await read(path))] == [f"{OLD}/a"]


async def test_content_counts_not_the_name(tmp_path: Path) -> None:
    Written().add("/a", FIRST).save(tmp_path / "download")
    (tmp_path / "README").write_text("Our old site.")
    (tmp_path / ".hidden.warc").write_bytes(b"x")
    found = await read(tmp_path)
    assert [capture.url for capture in captures(found)] == [f"{OLD}/a"]
    assert not [finding for finding in found if isinstance(finding, Failed)]


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("packed", [True, False])
async def test_arc_is_read_like_warc(tmp_path: Path, version: int, packed: bool) -> None:
    data = an_arc(
        [(f"{OLD}/a b", "20050102030405", an_answer(FIRST)), (f"{OLD}/c", "20050607", an_answer(SECOND))],
        version=version if version == 1 else 2,
    )
    if version == 2:
        data = data.replace(b"/a b ", b"/a%20b ")
    data = data.replace(b" 20050607 ", b" 20050607080910 ")
    (tmp_path / "old.arc").write_bytes(gzip.compress(data) if packed else data)
    found = captures(await read(tmp_path))
    assert [capture.data for capture in found] == [FIRST, SECOND]
    assert found[1].captured == day("2005-06-07T08:09:10+00:00")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
async def test_a_wacz_is_opened(tmp_path: Path, method: int) -> None:
    with zipfile.ZipFile(tmp_path / "site.wacz", "w", method) as packed:
        packed.writestr("datapackage.json", "{}")
        packed.writestr("archive/data.warc.gz", Written().add("/a", FIRST).add("/b", SECOND).data)
        packed.writestr("archive/more.warc", Written(packed=False).add("/c", a_page("Tide")).data)
        packed.writestr("indexes/index.cdx.gz", gzip.compress(b"example,courier)/a 20120102030405 {}\n"))
    found = await read(tmp_path)
    assert [capture.url for capture in captures(found)] == [f"{OLD}/{name}" for name in "abc"]
    assert [finding.key for finding in found if isinstance(finding, Noted)] == ["site.wacz"]


async def test_files_put_one_behind_the_other_are_read_through(tmp_path: Path) -> None:
    data = Written().add("/a", FIRST).data + b"\0" * 512 + Written().add("/b", SECOND).data
    (tmp_path / "both.warc.gz").write_bytes(data)
    assert [capture.data for capture in captures(await read(tmp_path))] == [FIRST, SECOND]


async def test_records_packed_as_one_are_read_too(tmp_path: Path) -> None:
    written = Written(packed=False).add("/b", SECOND, at="2013-01-01T00:00:00Z").add("/a", FIRST)
    written.add("/b", FIRST, at="2012-01-01T00:00:00Z")
    (tmp_path / "whole.warc.gz").write_bytes(gzip.compress(written.data))
    found = captures(await read(tmp_path))
    assert [(capture.url[-1], capture.data) for capture in found] == [
        ("b", FIRST),
        ("a", FIRST),
        ("b", SECOND),
    ]


@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("gzip", gzip.compress),
        ("br", brotli.compress),
        ("zstd", zstandard.compress),
        ("deflate", lambda data: __import__("zlib").compress(data)),
    ],
)
async def test_an_answer_is_unpacked(tmp_path: Path, coding: str, pack: Any) -> None:
    Written().add("/a", pack(FIRST), headers={"Content-Encoding": coding}).save(tmp_path / "a.warc.gz")
    assert [capture.data for capture in captures(await read(tmp_path))] == [FIRST]


async def test_chunks_are_put_together(tmp_path: Path) -> None:
    body = gzip.compress(FIRST)
    chunked = b"a;name=x\r\n" + body[:10] + b"\r\n%X\r\n" % (len(body) - 10) + body[10:] + b"\r\n0\r\n\r\n"
    headers = {"Transfer-Encoding": "chunked", "Content-Encoding": "gzip", "Content-Length": "7"}
    Written().add("/a", chunked, headers=headers).save(tmp_path / "a.warc.gz")
    found = await read(tmp_path)
    assert [capture.data for capture in captures(found)] == [FIRST]
    assert told(found) == ""


async def test_codings_that_the_crawler_undid_already_are_no_fault(tmp_path: Path) -> None:
    headers = {"Transfer-Encoding": "chunked", "Content-Encoding": "gzip"}
    Written().add("/a", FIRST, headers=headers).save(tmp_path / "a.warc.gz")
    assert [capture.data for capture in captures(await read(tmp_path))] == [FIRST]


async def test_what_is_no_page_is_passed_over(tmp_path: Path) -> None:
    written = Written().add("/a", FIRST)
    written.add("/moved", FIRST, status="301 Moved Permanently").add("/same", b"", status="304 Not Modified")
    written.add("/gone", FIRST, status="404 Not Found").add("/robots.txt", b"User-agent: *")
    written.add("/tide.png", b"\x89PNG", headers={"Content-Type": "image/png"})
    written.add("/data", b"\0\1\2", headers={"Content-Type": "application/octet-stream"})
    written.add("/text", FIRST, kind="conversion").add("urn:x", FIRST, kind="metadata")
    written.save(tmp_path / "a.warc.gz")
    assert [capture.url for capture in captures(await read(tmp_path))] == [f"{OLD}/a"]


async def test_a_page_that_nobody_calls_one_is_known_by_its_content(tmp_path: Path) -> None:
    unknown = {"Content-Type": "application/octet-stream"}
    Written().add("/a", FIRST, headers=unknown).save(tmp_path / "a.warc.gz")
    assert [capture.url for capture in captures(await read(tmp_path))] == [f"{OLD}/a"]


async def test_a_resource_is_a_page_without_an_answer(tmp_path: Path) -> None:
    Written().add("/a", FIRST, kind="resource").save(tmp_path / "a.warc.gz")
    (capture,) = captures(await read(tmp_path))
    assert (capture.data, capture.content_type) == (FIRST, "text/html")


async def test_captures_of_an_address_come_oldest_first_across_files(tmp_path: Path) -> None:
    Written().add("/a", SECOND, at="2014-01-01T00:00:00Z").save(tmp_path / "1.warc.gz")
    Written().add("/b", FIRST).add("/a", FIRST, at="2013-01-01T00:00:00Z").save(tmp_path / "2.warc.gz")
    found = captures(await read(tmp_path))
    assert [(capture.url[-1], capture.data) for capture in found] == [
        ("a", FIRST),
        ("b", FIRST),
        ("a", SECOND),
    ]


async def test_a_capture_like_the_one_before_is_left_out_but_a_return_is_told(tmp_path: Path) -> None:
    written = Written()
    for year, page in enumerate([FIRST, FIRST, SECOND, SECOND, FIRST], start=2010):
        written.add("/a", page, at=f"{year}-01-01T00:00:00Z")
    written.save(tmp_path / "a.warc.gz")
    found = captures(await read(tmp_path))
    assert [(capture.captured.year, capture.data) for capture in found] == [
        (2010, FIRST),
        (2012, SECOND),
        (2014, FIRST),
    ]


async def test_a_revisit_has_the_payload_of_its_like(tmp_path: Path) -> None:
    written = Written().add("/a", FIRST, at="2010-01-01T00:00:00Z")
    written.add("/a", SECOND, at="2011-01-01T00:00:00Z").repeat("/a", FIRST, at="2012-01-01T00:00:00Z")
    written.repeat("/other", SECOND, at="2012-01-01T00:00:00Z").save(tmp_path / "a.warc.gz")
    found = captures(await read(tmp_path))
    assert [(capture.url, capture.data) for capture in found] == [
        (f"{OLD}/a", FIRST),
        (f"{OLD}/a", SECOND),
        (f"{OLD}/a", FIRST),
        (f"{OLD}/other", SECOND),
    ]
    assert found[2].captured == day("2012-01-01T00:00:00+00:00")


async def test_a_revisit_finds_its_like_in_an_archive_that_was_read_before(tmp_path: Path) -> None:
    Written().add("/a", FIRST).save(tmp_path / "1.warc.gz")
    before = remembered(await read(tmp_path))
    Written().repeat("/b", FIRST, at="2013-01-01T00:00:00Z").save(tmp_path / "2.warc.gz")
    found = await read(tmp_path, before)
    assert [(capture.url, capture.data) for capture in captures(found)] == [(f"{OLD}/b", FIRST)]


async def test_a_revisit_of_nothing_is_told(tmp_path: Path) -> None:
    Written().add("/a", FIRST).repeat("/b", SECOND, at="2013-01-01T00:00:00Z").save(tmp_path / "1.warc.gz")
    found = await read(tmp_path)
    assert len(captures(found)) == 1
    assert "it repeats a record that none of the archives has; skipped" in told(found)


async def test_only_takes_addresses_and_paths(tmp_path: Path) -> None:
    written = Written().add("/2019/a", FIRST).add("/2020/b?page=2", FIRST)
    written.add("https://other.example/2019/c", FIRST).save(tmp_path / "a.warc.gz")
    for only, expected in [
        (("/2019/*",), ["/2019/a", "/2019/c"]),
        ((f"{OLD}/2019/*",), ["/2019/a"]),
        (("*://old.courier.example/*",), ["/2019/a", "/2020/b"]),
        (("/2020/b[?]page=2",), ["/2020/b"]),
    ]:
        found = captures(await read(tmp_path, only=only))
        assert [capture.url.partition("example")[2].partition("?")[0] for capture in found] == expected


async def test_days_of_capture_narrow_it(tmp_path: Path) -> None:
    written = Written()
    for day_of in (1, 2, 3):
        written.add(f"/{day_of}", FIRST, at=f"2012-01-0{day_of}T23:59:59Z")
    written.save(tmp_path / "a.warc.gz")
    found = captures(await read(tmp_path, since=date(2012, 1, 2), until=date(2012, 1, 2)))
    assert [capture.url for capture in found] == [f"{OLD}/2"]


async def test_what_nobody_wants_is_an_error_that_says_so(tmp_path: Path) -> None:
    Written().add("/a", FIRST).save(tmp_path / "a.warc.gz")
    with pytest.raises(Unreadable, match="hold 1 pages, but none that is wanted"):
        await read(tmp_path, only=("/b*",))


async def test_unchanged_archives_are_not_opened_again(tmp_path: Path) -> None:
    path = Written().add("/a", FIRST).save(tmp_path / "a.warc.gz")
    before = remembered(await read(tmp_path))
    size, times = path.stat().st_size, (path.stat().st_atime_ns, path.stat().st_mtime_ns)
    path.write_bytes(b"x" * size)
    os.utime(path, ns=times)
    assert await read(tmp_path, before) == [Same(key="a.warc.gz")]


async def test_a_grown_archive_gives_what_is_new(tmp_path: Path) -> None:
    written = Written().add("/a", FIRST)
    path = written.save(tmp_path / "a.warc.gz")
    before = remembered(await read(tmp_path))
    written.add("/b", SECOND).save(path)
    assert [capture.url for capture in captures(await read(tmp_path, before))] == [f"{OLD}/b"]


async def test_an_older_archive_added_later_is_read(tmp_path: Path) -> None:
    Written().add("/a", SECOND, at="2016-01-01T00:00:00Z").save(tmp_path / "b.warc.gz")
    before = remembered(await read(tmp_path))
    older = Written().add("/a", FIRST, at="2012-01-01T00:00:00Z").add("/c", FIRST)
    older.add("/a", SECOND, at="2016-01-01T00:00:00Z").save(tmp_path / "a.warc.gz")
    found = await read(tmp_path, before)
    assert [(each.url[-1], each.captured.year) for each in captures(found)] == [("a", 2012), ("c", 2012)]
    assert captures(await read(tmp_path, before | remembered(found))) == []


async def test_an_older_archive_over_the_limit_is_read_on_from_there(tmp_path: Path) -> None:
    for name, year in (("b", 2016), ("a", 2012)):
        written = Written()
        for number in range(3):
            page = a_page(f"Ferry {number} of {year}")
            written.add(f"/{number}", page, at=f"{year}-01-01T00:00:00Z")
            written.add(f"/{number}", page + b"<!---->", at=f"{year + 1}-01-01T00:00:00Z")
        written.save(tmp_path / name / f"{name}.warc.gz")
    known = remembered(await read(tmp_path / "b"))
    (tmp_path / "b" / "a.warc.gz").write_bytes((tmp_path / "a" / "a.warc.gz").read_bytes())
    counts = []
    for _ in range(3):
        found = await read(tmp_path / "b", known, limit=3)
        counts.append([(each.url[-1], each.captured.year) for each in captures(found)])
        known |= remembered(found)
    assert counts[0] == [("0", 2012), ("0", 2013), ("1", 2012)]
    assert counts[1] == [("1", 2013), ("2", 2012), ("2", 2013)]
    assert counts[2] == []


async def test_an_older_archive_gives_the_date_and_the_first_capture(db: Database, tmp_path: Path) -> None:
    def archive(name: str, page: bytes, year: int) -> None:
        Written().add("/a", page, at=f"{year}-01-02T00:00:00Z").save(tmp_path / "in" / name)

    source = a_source(kind=SourceKind.WARC, folder=str(tmp_path / "in"), url="")
    desk = a_collecting(db, tmp_path, source)
    archive("b.warc.gz", FIRST, 2016)
    await refresh_source(desk, source.name)
    archive("a.warc.gz", FIRST, 2014)
    stated = b"<meta property='article:published_time' content='2012-01-01T08:00:00Z'></head>"
    archive("c.warc.gz", FIRST.replace(b"</head>", stated), 2012)
    report = await refresh_source(desk, source.name)
    (item,) = stored(db)
    assert (report.new, report.changed, item.changed) == (0, 1, None)
    assert (str(item.content.published)[:10], item.not_after and item.not_after.year) == ("2012-01-01", 2012)
    assert item.provenance.captured.year == 2016


async def test_other_settings_open_it_again(tmp_path: Path) -> None:
    Written().add("/a", FIRST).add("/b", SECOND).save(tmp_path / "a.warc.gz")
    before = remembered(await read(tmp_path, only=("/a",)))
    assert [capture.url for capture in captures(await read(tmp_path, before))] == [f"{OLD}/b"]


async def test_what_is_over_the_limit_comes_next_time(tmp_path: Path) -> None:
    for number in (1, 2):
        Written().add(f"/{number}a", FIRST).add(f"/{number}b", SECOND).save(tmp_path / f"{number}.warc.gz")
    first = await read(tmp_path, limit=3)
    assert [capture.url[-2:] for capture in captures(first)] == ["1a", "1b", "2a"]
    assert isinstance(first[-1], PutOff)
    assert (first[-1].count, first[-1].unseen) == (1, 1)
    second = await read(tmp_path, remembered(first), limit=3)
    assert second[0] == Same(key="1.warc.gz")
    assert [capture.url[-2:] for capture in captures(second)] == ["2b"]


async def test_a_file_that_breaks_off_keeps_what_was_read(tmp_path: Path) -> None:
    for packed in (True, False):
        data = Written(packed=packed).add("/a", FIRST).add("/b", SECOND).data
        (tmp_path / "a.warc").write_bytes(data[:-150])
        found = await read(tmp_path)
        last = captures(found)[-1]
        assert len(captures(found)) == 2
        assert SECOND.startswith(last.data[:100])
        assert "the record breaks off; what there is was read" in told(found)


async def test_what_the_crawler_cut_off_is_told(tmp_path: Path) -> None:
    Written().add("/a", FIRST, told={"WARC-Truncated": "length"}).save(tmp_path / "a.warc.gz")
    found = await read(tmp_path)
    assert "the crawler cut the record off (length)" in told(found)
    assert len(captures(found)) == 1


async def test_a_packed_answer_that_breaks_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    # Stored, not deflated, so that what is cut off is known.
    packed = gzip.compress(FIRST, compresslevel=0)[:-200]
    Written().add("/a", packed, headers={"Content-Encoding": "gzip"}).save(tmp_path / "a.warc.gz")
    found = await read(tmp_path)
    (capture,) = captures(found)
    assert FIRST.startswith(capture.data)
    assert len(capture.data) > 200
    assert "the compressed answer breaks off" in told(found)


@pytest.mark.parametrize("packed", [True, False])
async def test_a_damaged_record_is_told_with_its_place_and_the_next_is_read(
    tmp_path: Path, packed: bool
) -> None:
    parts = [
        a_record(an_answer(page), url=f"{OLD}/{name}") for name, page in zip("abc", [FIRST] * 3, strict=True)
    ]
    if packed:
        parts = [gzip.compress(part) for part in parts]
        parts[1] = parts[1][:40] + b"\xff" * 20 + parts[1][60:]
    else:
        parts[1] = b"XXXX" + parts[1][4:]
    (tmp_path / "a.warc.gz").write_bytes(b"".join(parts))
    found = await read(tmp_path)
    assert [capture.url[-1] for capture in captures(found)] == ["a", "c"]
    assert f"a.warc.gz, byte {len(parts[0]):,}: " in told(found)
    assert told(found).endswith("skipped")


async def test_a_length_that_is_too_short_costs_no_other_record(tmp_path: Path) -> None:
    block = an_answer(FIRST)
    data = a_record(block, url=f"{OLD}/a", length=len(block) - 300) + a_record(block, url=f"{OLD}/b")
    (tmp_path / "a.warc").write_bytes(data)
    assert [capture.url[-1] for capture in captures(await read(tmp_path))] == ["a", "b"]


@pytest.mark.parametrize("length", ["many", "-5", ""])
async def test_a_length_that_is_none_is_told(tmp_path: Path, length: str) -> None:
    bad = a_record(an_answer(FIRST)).replace(
        b"Content-Length:", b"Content-Length: " + length.encode() + b"\r\nX:"
    )
    (tmp_path / "a.warc").write_bytes(bad + a_record(an_answer(SECOND), url=f"{OLD}/b"))
    found = await read(tmp_path)
    assert [capture.url[-1] for capture in captures(found)] == ["b"]
    assert "the record's head cannot be read" in told(found)


async def test_a_bomb_is_bounded(tmp_path: Path) -> None:
    bomb = gzip.compress(b"<html>" + b" " * 60_000_000)
    written = Written().add("/bomb", bomb, headers={"Content-Encoding": "gzip"}).add("/b", SECOND)
    written.save(tmp_path / "a.warc.gz")
    tracemalloc.start()
    found = await read(tmp_path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [capture.url[-1] for capture in captures(found)] == ["b"]
    assert "over 12000000 bytes; skipped" in told(found)
    assert peak < 40_000_000


async def test_a_head_without_end_is_bounded(tmp_path: Path) -> None:
    bomb = gzip.compress(b"WARC/1.0\r\n" + b"X: y\r\n" * 2_000_000)
    (tmp_path / "a.warc.gz").write_bytes(bomb + Written().add("/b", SECOND).data)
    tracemalloc.start()
    found = await read(tmp_path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [capture.url[-1] for capture in captures(found)] == ["b"]
    assert peak < 10_000_000


async def test_thousands_of_records_take_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.warc"
    block = an_answer(b"<html>" + b"x" * 5_000)
    with path.open("wb") as file:
        for number in range(4_000):
            file.write(a_record(block, url=f"{OLD}/{number}"))
    source = a_source(kind=SourceKind.WARC, folder=str(path), url="", limit=20_000)
    reading = Reading(source=source, visits=Visits(client=Client(FetchSettings()), now=lambda: NOON))
    count = 0
    tracemalloc.start()
    async for finding in read_warc(reading):
        count += isinstance(finding, Capture)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 4_000
    assert peak < 8_000_000


@pytest.mark.parametrize("size", [0, 3, 20])
async def test_a_file_that_only_has_the_name_is_passed_over(tmp_path: Path, size: int) -> None:
    (tmp_path / "1.warc.gz").write_bytes(b"\x1f\x8b\x08no archive, though"[:size])
    Written().add("/a", FIRST).save(tmp_path / "2.warc.gz")
    found = await read(tmp_path)
    assert len(captures(found)) == 1
    assert not [finding for finding in found if isinstance(finding, Failed)]
    said = (
        f"{tmp_path}/1.warc.gz is no web archive, though it is named like one; passed over until it changes"
    )
    assert told(found) == (said if size else "")
    again = await read(tmp_path, remembered(found))
    assert (told(again), captures(again)) == ("", [])


async def test_a_folder_of_files_that_only_have_the_name_is_a_fault_each_time(tmp_path: Path) -> None:
    (tmp_path / "1.warc").write_bytes(b"hello")
    known = {"1.warc": await _as_remembered(tmp_path)}
    for before in ({}, known):
        with pytest.raises(Unreadable, match="holds no web archives"):
            await read(tmp_path, before)


async def _as_remembered(folder: Path) -> PageStatus:
    Written().add("/a", FIRST).save(folder / "2.warc")
    page = remembered(await read(folder))["1.warc"]
    (folder / "2.warc").unlink()
    return page


@pytest.mark.parametrize(
    ("date", "said"),
    [
        ("2099-04-01T00:00:00Z", "states a time to come, 2099-04-01; the present one stands for it"),
        ("not a date", "states no time that can be read; the file's own one stands for it"),
    ],
)
async def test_a_time_that_cannot_be_believed_is_told(tmp_path: Path, date: str, said: str) -> None:
    record = a_record(an_answer(FIRST)).replace(b"2012-01-02T03:04:05Z", date.encode())
    (tmp_path / "a.warc").write_bytes(record)
    found = await read(tmp_path)
    assert len(captures(found)) == 1
    assert told(found) == f"a.warc, byte 0: the record {said}"


@pytest.mark.parametrize("packed", [False, True])
async def test_a_length_that_reaches_over_the_next_records_swallows_none(
    tmp_path: Path, packed: bool
) -> None:
    block = an_answer(FIRST)
    data = b"".join(a_record(block, url=f"{OLD}/{name}", length=9_999_999) for name in "ab")
    data += a_record(an_answer(SECOND), url=f"{OLD}/c")
    (tmp_path / "a.warc.gz").write_bytes(gzip.compress(data) if packed else data)
    found = captures(await read(tmp_path))
    assert [(capture.url[-1], capture.data) for capture in found] == [
        ("a", FIRST),
        ("b", FIRST),
        ("c", SECOND),
    ]
    assert ["reaches over the next record" in "".join(one.warnings) for one in found] == [True, True, False]


async def test_many_lengths_that_lie_cost_no_more_than_some_returns(tmp_path: Path) -> None:
    block = an_answer(FIRST)
    data = b"".join(a_record(block, url=f"{OLD}/{number}", length=9_999_999) for number in range(40))
    (tmp_path / "a.warc").write_bytes(data)
    assert len(captures(await read(tmp_path))) == MOST_RETURNS + 1


async def test_a_folder_without_archives_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="holds no web archives"):
        await read(tmp_path)
    with pytest.raises(Unreadable, match="is not there"):
        await read(tmp_path / "nowhere")


async def test_a_broken_zip_fails_alone(tmp_path: Path) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("archive/data.warc", Written(packed=False).add("/a", FIRST).data)
    (tmp_path / "1.wacz").write_bytes(data.getvalue()[:-30])
    Written().add("/b", FIRST).save(tmp_path / "2.warc.gz")
    found = await read(tmp_path)
    assert [type(finding) for finding in found] == [Failed, Capture, Noted]
    assert isinstance(found[0], Failed)
    assert CUT_OFF in str(found[0].error)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("packed", [True, False])
async def test_a_damaged_wacz_is_read_as_far_as_it_goes(tmp_path: Path, method: int, packed: bool) -> None:
    written, rng = Written(packed=packed), Random(1)
    for name in "abcdefgh":
        written.add(f"/{name}", a_page(rng.randbytes(9_000).hex()))
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as inside:
        inside.writestr("archive/data.warc", written.data)
    broken = bytearray(data.getvalue())
    middle = len(broken) // 2
    broken[middle : middle + 400] = b"\xff" * 400
    (tmp_path / "1.wacz").write_bytes(broken)
    Written().add("/z", FIRST).save(tmp_path / "2.warc.gz")
    found = await read(tmp_path)
    addresses = [capture.url.removeprefix(f"{OLD}/") for capture in captures(found)]
    assert "".join(addresses[:3]) == "abc"
    assert addresses[-1] == "z"
    assert [finding.key for finding in found if isinstance(finding, Noted)] == ["1.wacz", "2.warc.gz"]
    assert "1.wacz!archive/data.warc, byte" in told(found)


async def test_nothing_but_files_is_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "1.warc")
    Written().add("/b", FIRST).save(tmp_path / "2.warc.gz")
    found = await read(tmp_path)
    assert isinstance(found[0], Failed)
    assert "is no file" in str(found[0].error)


async def test_captures_become_revisions_of_one_item(db: Database, tmp_path: Path) -> None:
    written = Written().add("/a", a_page("Ferry returns"), at="2012-01-01T00:00:00Z")
    later = a_page("Ferry returns").replace(
        b"</article>", b"<p>Later the mayor thanked the crew.</p></article>"
    )
    written.add("/a", later, at="2013-01-01T00:00:00Z").save(tmp_path / "in" / "a.warc.gz")
    source = a_source(kind=SourceKind.WARC, folder=str(tmp_path / "in"), url="", backlog=Backlog.NONE)
    desk = a_collecting(db, tmp_path, source)
    report = await refresh_source(desk, source.name)
    (item,) = stored(db)
    assert (report.failed, report.errors) == (0, ())
    assert (item.revision, "the mayor" in item.content.body_text) == (2, True)
    assert item.content.url == f"{OLD}/a"
    again = await refresh_source(desk, source.name)
    assert (again.new, again.changed, again.unchanged) == (0, 0, 1)


async def test_the_lead_image_comes_out_of_the_archive(db: Database, tmp_path: Path) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (80, 60), "navy").save(picture, "PNG")
    page = a_page().replace(b"</head>", b"<meta property='og:image' content='/i/ferry.png'></head>")
    other = "<p>Bakers of the upper town say that flour has become dear since the mill burned down.</p>" * 4
    missing = a_page("Flour is dear", other).replace(
        b"</head>", b"<meta property='og:image' content='/i/none.png'></head>"
    )
    written = Written().add("/a", page).add("/b", missing)
    written.add("/i/ferry.png", picture.getvalue(), headers={"Content-Type": "image/png"})
    written.save(tmp_path / "in" / "a.warc.gz")
    source = a_source(kind=SourceKind.WARC, folder=str(tmp_path / "in"), url="")
    desk = a_collecting(db, tmp_path, source)
    report = await refresh_source(desk, source.name)
    first, second = stored(db)
    assert first.content.image is not None
    assert first.content.image.media.endswith(".png")
    assert second.content.image is None or not second.content.image.media
    assert any(warning.endswith("/i/none.png: none of the archives has it") for warning in report.warnings)


async def test_a_run_that_is_killed_goes_on_where_it_was(sqlite_db: Database, tmp_path: Path) -> None:
    written = Written()
    for name in ("ferry", "flour", "choir", "chess"):
        written.add(f"/{name}", a_page(name.title(), a_text(name)))
    written.save(tmp_path / "in" / "a.warc.gz")
    source = a_source(kind=SourceKind.WARC, folder=str(tmp_path / "in"), url="")
    minted = iter(["1", "2"])

    def mint() -> str:
        found = next(minted, "")
        if not found:
            raise KeyError("killed")
        return found

    desk = a_collecting(sqlite_db, tmp_path, source, part=1, mint=mint)
    with pytest.raises(KeyError):
        await refresh_source(desk, source.name)
    assert len(stored(sqlite_db)) == 2
    report = await refresh_source(a_collecting(sqlite_db, tmp_path, source), source.name)
    assert (report.new, report.changed, report.unchanged) == (2, 0, 0)
    again = await refresh_source(a_collecting(sqlite_db, tmp_path, source), source.name)
    assert (again.new, again.changed, again.unchanged) == (0, 0, 1)


async def test_an_archive_whose_only_page_holds_nothing_is_remembered(
    sqlite_db: Database, tmp_path: Path
) -> None:
    folder = tmp_path / "archives"
    folder.mkdir()
    empty = b"<html><body><table><tr><td>7</td></tr></table></body></html>"
    (folder / "a.warc.gz").write_bytes(Written().add("/a.html", empty).out.getvalue())
    source = a_source(name="old", kind=SourceKind.WARC, folder=str(folder))
    desk = a_collecting(sqlite_db, tmp_path, source)
    first, second = [await refresh_source(desk, "old") for _ in range(2)]
    assert (first.failed, second.failed) == (0, 0)
    assert "has no article" in first.warnings[0]
    assert (second.warnings, second.unchanged) == ((), 1)


async def test_pages_that_hold_nothing_are_saved_in_parts_too(sqlite_db: Database, tmp_path: Path) -> None:
    folder = tmp_path / "archives"
    folder.mkdir()
    written = Written()
    for number in range(6):
        written.add(f"/{number}.html", f"<html><body><p>{number}</p></body></html>".encode())
    (folder / "a.warc").write_bytes(written.out.getvalue())
    source = a_source(name="old", kind=SourceKind.WARC, folder=str(folder))
    desk = a_collecting(sqlite_db, tmp_path, source, part=2)
    seen: list[int] = []

    def now() -> datetime:
        seen.append(len(sqlite_db.read_now(pages.list_pages, "old")))
        return NOON

    await refresh_source(replace(desk, now=now), "old")
    assert {2, 4} <= set(seen)


async def test_a_wacz_without_its_end_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as inside:
        inside.writestr("datapackage.json", "{}")
        inside.writestr("archive/data.warc.gz", Written().add("/a", FIRST).add("/b", SECOND).data)
        inside.writestr("indexes/index.cdx.gz", gzip.compress(b"no record"))
    (tmp_path / "1.wacz").write_bytes(data.getvalue()[:-300])
    found = await read(tmp_path)
    assert [capture.data for capture in captures(found)] == [FIRST, SECOND]
    assert "1.wacz, byte 0: the archive's directory at its end is missing; the file was cut off" in told(
        found
    )
    assert captures(await read(tmp_path, remembered(found))) == []
