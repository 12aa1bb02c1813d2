"""What a CDX server lists is read in either server's form."""

import json

import pytest

from syndicate.errors import Unreadable
from syndicate.formats.cdx import FIELDS, CdxRow, by_address, parse_cdx

ROW = [
    "example,courier,old)/a",
    "20120503101500",
    "http://old.courier.example:80/a",
    "text/html",
    "200",
    "D",
    "9",
]
URL = "https://archive.example/cdx"


def read(table: object) -> tuple[list[str], str]:
    page = parse_cdx(json.dumps(table).encode(), url=URL)
    return [row.timestamp for row in page.rows], page.resume_key


def test_a_table_with_a_header() -> None:
    (row,) = parse_cdx(json.dumps([list(FIELDS), ROW]).encode(), url=URL).rows
    assert row == CdxRow(**dict(zip(FIELDS, ROW, strict=True)))


def test_the_key_to_go_on_stands_after_an_empty_row() -> None:
    assert read([list(FIELDS), ROW, [], ["courier%29%2Fa+2012"]]) == (
        ["20120503101500"],
        "courier%29%2Fa+2012",
    )


@pytest.mark.parametrize("data", [b"", b"[]", b"\n", b'[["urlkey","timestamp","original"]]'])
def test_nothing_held_is_no_row(data: bytes) -> None:
    assert parse_cdx(data, url=URL).rows == ()


def test_pywb_has_an_object_a_line_and_other_names() -> None:
    line = {
        "urlkey": "k",
        "timestamp": "20120503101500",
        "url": "http://a.example/",
        "mime": "text/html",
        "status": "200",
    }
    data = "\n".join(json.dumps({**line, "digest": digest}) for digest in "AB").encode()
    rows = parse_cdx(data, url=URL).rows
    assert [(row.original, row.mimetype, row.statuscode, row.digest) for row in rows] == [
        ("http://a.example/", "text/html", "200", "A"),
        ("http://a.example/", "text/html", "200", "B"),
    ]


@pytest.mark.parametrize(
    "timestamp", ["", "2012", "20120231000000", "20120503256000", "nineteen", "２０１２0503101500x"]
)
def test_a_row_with_an_impossible_time_is_passed_over(timestamp: str) -> None:
    assert read([list(FIELDS), [ROW[0], timestamp, *ROW[2:]], ROW])[0] == ["20120503101500"]


@pytest.mark.parametrize("data", [b"<html>Bad gateway</html>", b"{", b"[[", b"org.archive: Blocked"])
def test_what_is_no_list_is_unreadable(data: bytes) -> None:
    with pytest.raises(Unreadable, match="is no list of captures"):
        parse_cdx(data, url=URL)


@pytest.mark.parametrize(
    ("original", "url"),
    [
        ("http://old.courier.example:80/a?b=1", "http://old.courier.example/a?b=1"),
        ("https://www.courier.example:443/A", "https://www.courier.example/A"),
        ("http://courier.example:8080/a", "http://courier.example:8080/a"),
        ("HTTP://Courier.Example/A#top", "http://courier.example/A"),
        ("courier.example/a", "http://courier.example/a"),
        ("http://[broken/a", "http://[broken/a"),
    ],
)
def test_the_original_address_loses_its_default_port_and_keeps_its_www(original: str, url: str) -> None:
    assert CdxRow(urlkey="k", timestamp="20120503101500", original=original).url == url


def test_captures_of_one_address_stand_together() -> None:
    rows = [CdxRow(urlkey=key, timestamp="20120503101500", original=key) for key in "aabc"]
    assert [[row.urlkey for row in group] for group in by_address(rows)] == [["a", "a"], ["b"], ["c"]]
