"""Sitemaps of our pages, read back as a search engine reads them."""

from datetime import UTC, datetime

import pytest
from lxml import etree

from syndicate.formats.parse_sitemap import parse_sitemap
from syndicate.formats.sitemap import NEWS, News, Page, write_index, write_news, write_pages
from syndicate.model.item import Timestamp

WHEN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HERE = "https://news.example/sitemap.xml"


def some_news(**change: str) -> News:
    said = {"url": "https://news.example/items/1", "title": "Ferry returns", "language": "en"} | change
    return News(published=Timestamp.parse("2026-03-01T08:30:00+01:00"), **said)


def test_pages_come_back_with_the_time_of_their_change() -> None:
    data = write_pages(
        [Page(url="https://news.example/items/1", modified=WHEN), Page(url="https://news.example/")]
    )
    read = parse_sitemap(data, url=HERE)
    assert [place.url for place in read.places] == ["https://news.example/items/1", "https://news.example/"]
    assert [place.modified and place.modified.instant for place in read.places] == [WHEN, None]


def test_an_index_lists_sitemaps() -> None:
    read = parse_sitemap(write_index([Page(url="https://news.example/sitemap-2026-03.xml")]), url=HERE)
    assert read.is_index
    assert [place.url for place in read.places] == ["https://news.example/sitemap-2026-03.xml"]


def test_news_come_back_with_title_and_exact_date() -> None:
    (place,) = parse_sitemap(write_news([some_news()], publication="Harbour Courier"), url=HERE).places
    assert place.title == "Ferry returns"
    assert str(place.published) == "2026-03-01T08:30:00+01:00"


@pytest.mark.parametrize(
    ("tag", "said"), [("en-GB", "en"), ("fa-IR", "fa"), ("zh-CN", "zh-cn"), ("pt-BR", "pt")]
)
def test_a_language_is_the_short_code_that_google_wants(tag: str, said: str) -> None:
    root = etree.fromstring(write_news([some_news(language=tag)], publication="Harbour Courier"))
    assert [each.text for each in root.iter(f"{{{NEWS}}}language")] == [said]


@pytest.mark.parametrize("title", ["a\x00b & <c>", "two\nlines", "lone \ud800 half", "پیک \u200cبندر"])
def test_any_title_gives_a_well_formed_sitemap(title: str) -> None:
    (place,) = parse_sitemap(write_news([some_news(title=title)], publication="x"), url=HERE).places
    assert "\n" not in place.title
    assert place.title
