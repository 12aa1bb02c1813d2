"""One rule for `only`, whatever the kind of source."""

from pathlib import Path

import pytest

from syndicate.collect.readers import captures, holdings
from syndicate.collect.readers.files import list_pages
from syndicate.collect.scope import is_in_scope, matches
from syndicate.formats.cdx import CdxRow
from syndicate.formats.parse_sitemap import Place
from syndicate.model.source import SourceKind
from tests.builders import NOON, a_source

SITE = "https://courier.example"


@pytest.mark.parametrize(
    ("only", "where", "wanted"),
    [
        ((), f"{SITE}/a", True),
        (("/news/*",), f"{SITE}/news/2019/a.html", True),
        (("news/*",), f"{SITE}/news/a", True),
        (("news/*",), "news/a.html", True),
        (("/news/*",), "news/a.html", True),
        (("/news/*",), f"{SITE}/sport/news/a", False),
        (("/news/*",), "sport/news/a.html", False),
        (("*/news/*",), f"{SITE}/fa/news/a", True),
        (("*.html",), "2012/a.html", True),
        (("*.html",), f"{SITE}/2012/a.php", False),
        (("/fa/*", "/en/*"), f"{SITE}/en/a", True),
        (("/خبر/*",), f"{SITE}/%D8%AE%D8%A8%D8%B1/1", True),
        (("/%d8%ae%d8%a8%d8%b1/*",), f"{SITE}/%D8%AE%D8%A8%D8%B1/1", True),
        (("/%D8%AE%D8%A8%D8%B1/*",), f"{SITE}/خبر/1", True),
        (("خبر/*",), "خبر/1.html", True),
        (("/*id=7",), f"{SITE}/a?id=7", True),
        (("story?id=*",), "story?id=7", True),
        (("/?p=*",), f"{SITE}?p=7", True),
        (("/out?to=http://*",), f"{SITE}/out?to=http://tide.example/", True),
        (("/a",), f"{SITE}/a#comments", True),
        (("/",), SITE, True),
        ((f"{SITE}/2019/*",), f"{SITE}/2019/a", True),
        ((f"{SITE}/2019/*",), "http://courier.example/2019/a", True),
        ((f"{SITE}/2019/*",), "https://other.example/2019/a", False),
        (("*://*.example/2019/*",), f"{SITE}/2019/a", True),
        (("/a/*",), "http://[broken/a/b", True),
    ],
)
def test_a_pattern_lets_in_what_it_matches(only: tuple[str, ...], where: str, wanted: bool) -> None:
    assert matches(where, only) is wanted


@pytest.mark.parametrize("only", ["en/*", "/en/*", "*.html", "/en/%D8%AE%D8%A8%D8%B1.html", "/en/خبر.html"])
def test_a_pattern_means_the_same_to_every_kind(tmp_path: Path, only: str) -> None:
    url = f"{SITE}/en/%D8%AE%D8%A8%D8%B1.html"
    row = CdxRow(urlkey="x", timestamp="20120503101500", original=url)
    wayback = a_source(kind=SourceKind.WAYBACK, url=f"{SITE}/", only=(only,))
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "خبر.html").write_text("x")
    assert holdings.is_wanted(a_source(only=(only,)), url, NOON)
    assert is_in_scope(Place(url=url), a_source(only=(only,)))
    assert captures.is_wanted(row, wayback)
    assert list_pages(tmp_path, only=(only,))
