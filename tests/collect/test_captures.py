"""Which captures are asked for, and which answers are no page of the site."""

from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from syndicate.collect.readers.captures import (
    cdx_query,
    choose,
    is_below,
    is_wanted,
    raw_address,
    redirected,
    replayed,
    shortened,
    why_no_page,
    without_repeats,
)
from syndicate.formats.cdx import CdxRow
from syndicate.model.source import Captures, Source, SourceKind
from tests.builders import a_source


def a_site(**change: Any) -> Source:
    base: dict[str, Any] = {"kind": SourceKind.WAYBACK, "url": "https://old.courier.example/news/"}
    return a_source(**base | change)


def a_row(name: str = "a.html", **change: Any) -> CdxRow:
    base: dict[str, Any] = {
        "urlkey": name,
        "timestamp": "20120503101500",
        "original": f"http://old.courier.example:80/news/{name}",
        "mimetype": "text/html",
        "statuscode": "200",
        "digest": name,
    }
    return CdxRow(**base | change)


def asked(**change: Any) -> dict[str, list[str]]:
    return parse_qs(urlsplit(cdx_query(a_site(**change), since="", resume_key="")).query)


def test_the_listing_is_asked_by_prefix_and_days() -> None:
    query = asked(since=date(2009, 1, 1), until=date(2019, 12, 31))
    assert query["url"] == ["https://old.courier.example/news/"]
    assert (query["matchType"], query["from"], query["to"]) == (["prefix"], ["20090101"], ["20191231"])
    assert query["filter"] == ["statuscode:200", r"mimetype:text/html|application/xhtml\+xml|text/plain"]
    assert (query["collapse"], query["showResumeKey"]) == (["digest"], ["true"])


def test_a_later_day_to_begin_from_wins() -> None:
    url = cdx_query(a_site(since=date(2009, 1, 1)), since="20251201", resume_key="k e")
    assert "from=20251201" in url
    assert "resumeKey=k+e" in url


def test_an_archive_with_a_path_is_a_pywb_collection() -> None:
    site = a_site(archive="https://archive.example/courier/")
    url = cdx_query(site, since="", resume_key="")
    assert url.startswith("https://archive.example/courier/cdx?")
    assert "~mimetype" in parse_qs(urlsplit(url).query)["filter"][1]
    assert (
        raw_address(site, "2012", "http://x.example/")
        == "https://archive.example/courier/2012id_/http://x.example/"
    )


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        (a_row(), True),
        (a_row(mimetype="text/plain"), True),
        (a_row(mimetype="application/xhtml+xml"), True),
        (a_row(mimetype="text/html; charset=utf-8"), True),
        (a_row(mimetype=""), True),
        (a_row(mimetype="image/png"), False),
        (a_row(mimetype="warc/revisit"), False),
        (a_row(statuscode="301"), False),
        (a_row(statuscode="-"), False),
        (a_row(original="http://old.courier.example/robots.txt", mimetype="text/plain"), False),
        (a_row(original="http://old.courier.example/.well-known/security.txt"), False),
        (a_row(original="http://old.courier.example/news/robots.txt.html"), True),
    ],
)
def test_what_may_be_an_article(row: CdxRow, wanted: bool) -> None:
    assert is_wanted(row, a_site()) is wanted


@pytest.mark.parametrize(
    ("only", "name", "wanted"),
    [
        ("2012/*", "2012/05/a.html", True),
        ("2012/*", "2013/a.html", False),
        ("*.html", "2012/a.html", True),
        ("*.html", "2012/a.php", False),
        ("story?id=*", "story?id=7", True),
        ("/news/2012/*", "2012/05/a.html", True),
        ("/2012/*", "2012/05/a.html", True),
    ],
)
def test_only_narrows_what_lies_below_the_prefix(only: str, name: str, wanted: bool) -> None:
    assert is_wanted(a_row(name), a_site(only=(only,))) is wanted


def test_only_does_not_mind_www_and_scheme() -> None:
    row = a_row(original="http://www.old.courier.example:80/news/2012/a.html")
    assert is_wanted(row, a_site(only=("2012/*",)))


ROWS = [a_row(timestamp=f"201{year}0503101500", digest=str(year)) for year in range(5)]


@pytest.mark.parametrize(
    ("captures", "years"),
    [
        (Captures.ALL, [["0"], ["1"], ["2"], ["3"], ["4"]]),
        (Captures.FIRST, [["0", "1", "2"]]),
        (Captures.LAST, [["4", "3", "2"]]),
    ],
)
def test_which_captures_of_an_address_are_taken(captures: Captures, years: list[list[str]]) -> None:
    assert [[row.digest for row in wanted] for wanted in choose(ROWS, captures)] == years


def test_of_a_listing_that_goes_on_both_ends_are_kept() -> None:
    many = [a_row(timestamp=f"20120503{minute:06}") for minute in range(1, 50)]
    assert shortened(many) == [*many[:3], *many[-3:]]
    assert shortened(many[:2]) == many[:2]


def test_bytes_that_another_address_had_are_not_fetched_again() -> None:
    groups = [[a_row("a"), a_row("a", digest="x")], [a_row("b", digest="x")], [a_row("c", digest="y")]]
    assert [[row.digest for row in rows] for rows in without_repeats(groups)] == [["a", "x"], ["y"]]


PAGE = "<html><head><title>{}</title></head><body><h1>{}</h1><p>Words.</p></body></html>"


@pytest.mark.parametrize(
    "title",
    [
        "404 Not Found",
        "Page not found",
        "Harbour Courier: page not found",
        "Not found",
        "Error 404",
        "The page could not be found",
        "Seite nicht gefunden",
        "Page introuvable",
        "Página no encontrada",
        "Страница не найдена",
        "Sayfa bulunamadı",
        "صفحه پیدا نشد",
        "الصفحة غير موجودة",
    ],
)
def test_an_error_sent_as_a_page_is_none(title: str) -> None:
    assert why_no_page(PAGE.format(title, "Sorry").encode()) == "they are errors sent as pages"
    assert why_no_page(PAGE.format("Harbour Courier", f"<b>{title}</b>").encode())


@pytest.mark.parametrize(
    "title",
    [
        "Ferry returns to the northern islands",
        "Lost brig was never found by the crew that looked for her all winter",
        "404 passengers stranded on the quay",
        "Why the page of the town's oldest book was not found until a week ago",
        "Error in the harbour's tide table corrected",
        "Not found guilty, the skipper sails again",
    ],
)
def test_a_story_is_a_page(title: str) -> None:
    assert why_no_page(PAGE.format(title, title).encode()) == ""


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b" \n", "they are empty"),
        (b"<p>Got an HTTP 302 response at crawl time</p>", "they are messages of the archive"),
        (b"<p>The Wayback Machine has not archived that URL.</p>", "they are messages of the archive"),
    ],
)
def test_what_the_archive_says_is_no_page(data: bytes, why: str) -> None:
    assert why_no_page(data) == why


BASE = "https://web.archive.org/web/"


@pytest.mark.parametrize(
    ("found", "elsewhere"),
    [
        (f"{BASE}20120503101500id_/http://old.courier.example:80/news/a.html", False),
        (f"{BASE}20120504000000id_/https://www.old.courier.example/news/a.html", False),
        (f"{BASE}20120503101500id_/http://old.courier.example/", True),
        (f"{BASE}20120503101500id_/http://courier.example/news/a.html", True),
    ],
)
def test_a_redirect_of_the_old_site_leads_elsewhere(found: str, elsewhere: bool) -> None:
    assert redirected(a_row().url, found, a_site()) is elsewhere


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (f"{BASE}20120503101500id_/http://a.example/x?y", ("20120503101500", "http://a.example/x?y")),
        (f"{BASE}20120503101500/http://a.example/", ("20120503101500", "http://a.example/")),
        ("https://elsewhere.example/web/2012id_/http://a.example/", ("", "")),
    ],
)
def test_a_capture_s_address_names_its_time_and_page(url: str, told: tuple[str, str]) -> None:
    assert replayed(url, a_site()) == told


@pytest.mark.parametrize(
    ("original", "below"),
    [
        ("https://old.courier.example/news/a.html", True),
        ("http://old.courier.example:80/news/a.html", True),
        ("http://old.courier.example:443/news/a.html", True),
        ("http://www.old.courier.example/News/a.html", True),
        ("http://OLD.courier.example./news", True),
        ("old.courier.example/news/?id=7", True),
        ("https://other.example/news/a.html", False),
        ("https://old.courier.example.other.example/news/a.html", False),
        ("https://old.courier.example@other.example/news/a.html", False),
        ("https://old.courier.example:8080/news/a.html", False),
        ("https://old.courier.example/newsletter/a.html", False),
        ("https://old.courier.example/a.html", False),
        ("https://[old.courier.example/news/a.html", False),
    ],
)
def test_a_capture_belongs_to_the_old_site_by_its_address(original: str, below: bool) -> None:
    assert is_below(a_row(original=original), a_site()) is below


def test_an_old_site_is_one_in_either_form_of_its_name() -> None:
    site = a_site(url="https://hafenbörse.example/")
    assert is_below(a_row(original="http://xn--hafenbrse-57a.example/a"), site)
