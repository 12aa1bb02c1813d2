"""`syndicate lint`: what a file or an address is, what is wrong with it, and how it ends."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from click.testing import CliRunner, Result

from syndicate.cli.main import main
from tests.neighbours.http_site import HttpSite, http_site
from tests.neighbours.loops import running_beside

DOCUMENTS = Path(__file__).parents[1] / "documents" / "lint"
FEED = (DOCUMENTS / "clean.rss").read_bytes()
RSS = "application/rss+xml"
GOOD_HEADERS = {"Content-Type": RSS, "ETag": '"7"', "Cache-Control": "max-age=900", "Vary": "Accept-Encoding"}
MAIL = b"""From: Mina Vale <mina@courier.example>\r
To: reader@example.org\r
Subject: Ferry\r
Date: Fri, 03 May 2024 06:30:00 +0200\r
Message-ID: <1@courier.example>\r
MIME-Version: 1.0\r
\r
The ferry sailed at dawn.\r
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder: linting needs no configuration."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SYNDICATE_CONFIG", raising=False)
    return tmp_path


@pytest.fixture(scope="module")
def site() -> Iterator[HttpSite]:
    with running_beside() as beside, beside.within(http_site()) as running:
        yield running


def run(*args: str, code: int = 0, typed: bytes | None = None) -> Result:
    result = CliRunner().invoke(main, ["lint", *args], input=typed, catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


def rules(*args: str, code: int = 0) -> list[str]:
    return [row["rule"] for row in json.loads(run(*args, "--json", code=code).stdout)]


async def good(request: web.Request) -> web.Response:
    """A feed as it should be served."""
    if request.headers.get("If-None-Match") == GOOD_HEADERS["ETag"]:
        return web.Response(status=304, headers=GOOD_HEADERS)
    body = FEED.replace(b"https://courier.example/feed.rss", str(request.url).encode())
    return web.Response(body=gzip.compress(body), headers={**GOOD_HEADERS, "Content-Encoding": "gzip"})


def test_a_clean_file_ends_with_0() -> None:
    assert (
        "clean.atom: Atom 1.0, 2 entries\nNothing to find fault with."
        in run(str(DOCUMENTS / "clean.atom")).output
    )


def test_a_warning_ends_with_0_and_with_strict_with_1() -> None:
    path = str(DOCUMENTS / "rss-guid-missing.rss")
    assert "▲ warning rss-guid-missing" in run(path).output
    run(path, "--strict", code=1)


def test_an_error_shows_line_caret_mend_and_specification() -> None:
    lines = run(str(DOCUMENTS / "xml-entity.rss"), code=1).output.splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("✗ error xml-entity (line "))
    assert lines[at + 2] == "  | <title>A&nbsp;quiet tide</title>"
    assert lines[at + 3].endswith("^")
    assert any(line.startswith("  Mend: Write the character itself") for line in lines)
    assert any(line.startswith("  See:  https://www.w3.org/TR/xml/") for line in lines)
    assert lines[-2] == "1 error."


def test_json_has_the_keys_that_others_build_on() -> None:
    (row,) = json.loads(run(str(DOCUMENTS / "rss-ttl.rss"), "--json", code=1).stdout)
    assert {"severity", "rule", "line", "message", "spec"} <= row.keys()
    assert (row["severity"], row["rule"], row["line"]) == ("error", "rss-ttl", 9)
    assert json.loads(run(str(DOCUMENTS / "clean.rss"), "--json").stdout) == []


def test_hints_can_be_left_out() -> None:
    path = str(DOCUMENTS / "xml-doctype.rss")
    assert "· hint xml-doctype" in run(path).output
    assert run(path, "--no-hints").output.endswith("Nothing to find fault with.\n\n")


@pytest.mark.parametrize("name", ["clean.json", "clean.opml", "clean.ninjs.json", "clean.rdf"])
def test_the_content_decides_what_a_file_is(folder: Path, name: str) -> None:
    (folder / "file.txt").write_bytes((DOCUMENTS / name).read_bytes())
    assert rules("file.txt") == []


def test_packed_files_and_standard_input_are_read(folder: Path) -> None:
    (folder / "feed.gz").write_bytes(gzip.compress(FEED))
    assert rules("feed.gz") == []
    assert "-: RSS 2.0, 3 entries" in run("-", typed=FEED).output


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "it is empty"),
        (gzip.compress(FEED)[:200], "cannot be unpacked"),
        (
            b"<!doctype html><link rel=alternate type=application/rss+xml href=https://a.example/f>",
            "an HTML page",
        ),
    ],
    ids=["empty", "cut off", "page"],
)
def test_what_cannot_be_read_ends_with_2(folder: Path, data: bytes, told: str) -> None:
    (folder / "file").write_bytes(data)
    result = run("file", code=2)
    assert told in result.stderr
    assert ("names this feed: https://a.example/f" in result.stderr) == (b"html" in data)
    assert json.loads(run("file", "--json", code=2).stdout) == []


def test_a_file_of_50_megabytes_is_refused_before_it_is_parsed(folder: Path) -> None:
    with (folder / "huge.xml").open("wb") as file:
        file.truncate(50_000_001)
    assert "nobody reads a feed over" in run("huge.xml", code=2).stderr


def test_a_file_that_is_not_there_is_told_and_the_others_are_read() -> None:
    result = run("nowhere.rss", str(DOCUMENTS / "clean.rss"), code=2)
    assert "nowhere.rss: No such file" in result.stderr
    assert "clean.rss: RSS 2.0" in result.output


def test_a_mail_of_others_breaks_our_own_rules_as_hints(folder: Path) -> None:
    (folder / "a.eml").write_bytes(MAIL)
    rows = json.loads(run("a.eml", "--json").stdout)
    assert {row["severity"] for row in rows} == {"hint"}
    assert "M2" in {row["rule"] for row in rows}


def test_a_mail_without_a_date_is_an_error(folder: Path) -> None:
    (folder / "a.eml").write_bytes(MAIL.replace(b"Date:", b"X-Date:"))
    assert "M1" in rules("a.eml", code=1)


def test_an_address_is_fetched_and_how_it_is_served_is_told(site: HttpSite) -> None:
    site.answers["/good"] = good
    assert rules(f"{site.url}/good", "--allow-host", site.host) == ["http-secure"]
    assert site.hits["/good"] == 2

    body = FEED.replace(b"https://courier.example/feed.rss", f"{site.url}/bad".encode())
    site.answers["/bad"] = (200, {"Content-Type": "text/html", "Last-Modified": "yesterday"}, body)
    found = rules(f"{site.url}/bad", "--allow-host", site.host)
    assert {"http-type", "http-date", "http-conditional", "http-packed", "http-cache"} <= set(found)


def test_a_redirect_and_another_address_of_its_own_are_told(site: HttpSite) -> None:
    site.answers["/here"] = (200, GOOD_HEADERS, FEED)
    site.answers["/there"] = (301, {"Location": "/here"}, b"")
    found = rules(f"{site.url}/there", "--allow-host", site.host)
    assert {"http-moved", "self-differs"} <= set(found)


@pytest.mark.parametrize(
    ("path", "told"), [("/nothing", "is not there (status 404)"), ("/page", "an HTML page, no feed")]
)
def test_an_address_without_a_feed_ends_with_2(site: HttpSite, path: str, told: str) -> None:
    site.answers["/page"] = (200, {"Content-Type": "text/html"}, b"<html><p>Hello</p></html>")
    assert told in run(f"{site.url}{path}", "--allow-host", site.host, code=2).stderr


def test_a_host_that_is_not_public_has_to_be_named(site: HttpSite) -> None:
    assert f"--allow-host {site.host}" in run(f"{site.url}/x", code=2).stderr


def test_all_rules_are_listed() -> None:
    listed: list[dict[str, Any]] = json.loads(run("--rules", "--json").stdout)
    assert {"M1", "rss-guid-missing", "http-type"} <= {row["rule"] for row in listed}
    assert all(row["mend"] and row["why"] and row["spec"] for row in listed)
    assert "rss-guid-missing\n          Every item has a guid." in run("--rules").output


def test_without_anything_to_look_at_it_says_what_to_give() -> None:
    assert "Name a file or an address" in run(code=2).stderr
