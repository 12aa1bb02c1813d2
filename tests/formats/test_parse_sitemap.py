"""Sitemaps of others are read: urlset, index, news and text, safely."""

import tracemalloc

import pytest

from syndicate.errors import Unreadable
from syndicate.formats.parse_sitemap import MAX_PLACES, Sitemap, parse_sitemap

URL = "https://courier.example/sitemap.xml"
NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def parsed(document: str | bytes, **change: str) -> Sitemap:
    data = document.encode() if isinstance(document, str) else document
    return parse_sitemap(data, url=URL, **change)


def a_urlset(*entries: str, space: str = NAMESPACE) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><urlset {space}>{"".join(entries)}</urlset>'


def a_url(address: str = "https://courier.example/ferry", more: str = "") -> str:
    return f"<url><loc>{address}</loc>{more}</url>"


def urls(sitemap: Sitemap) -> list[str]:
    return [place.url for place in sitemap.places]


def test_pages_come_with_when_they_changed() -> None:
    entry = a_url("https://courier.example/ferry?a=1&amp;b=2", "<lastmod>2024-05-03T10:00:00+02:00</lastmod>")
    [place] = parsed(a_urlset(entry)).places
    assert place.url == "https://courier.example/ferry?a=1&b=2"
    assert str(place.modified) == "2024-05-03T10:00:00+02:00"


@pytest.mark.parametrize(
    ("text", "zone", "read"),
    [
        ("2024-05-03", "", "2024-05-03"),
        ("2024-05-03T10:00Z", "", "2024-05-03T10:00:00+00:00"),
        ("2024-05-03T10:00:00.5+01:00", "", "2024-05-03T10:00:00.500000+01:00"),
        ("2024-05-03T10:00:00", "", "2024-05-03"),
        ("2024-05-03T10:00:00", "Europe/Berlin", "2024-05-03T10:00:00+02:00"),
        ("2024-05-03 10:00:00 +0200", "", "2024-05-03T10:00:00+02:00"),
        ("2024-05", "", "None"),
        ("2024", "", "None"),
        ("yesterday", "", "None"),
        ("", "", "None"),
    ],
)
def test_a_date_is_read_as_it_stands_and_nothing_is_invented(text: str, zone: str, read: str) -> None:
    [place] = parsed(a_urlset(a_url(more=f"<lastmod>{text}</lastmod>")), zone=zone).places
    assert str(place.modified) == read


def test_an_index_names_further_sitemaps() -> None:
    document = f"<sitemapindex {NAMESPACE}><sitemap><loc>/news.xml.gz</loc></sitemap></sitemapindex>"
    found = parsed(document)
    assert found.is_index
    assert urls(found) == ["https://courier.example/news.xml.gz"]


def test_a_news_sitemap_tells_title_and_date() -> None:
    news = (
        "<n:news><n:publication><n:name>Harbour Courier</n:name><n:language>en</n:language></n:publication>"
        "<n:publication_date>2024-05-03T06:30:00+02:00</n:publication_date>"
        "<n:title>Ferry &amp; tide</n:title></n:news>"
    )
    space = f'{NAMESPACE} xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"'
    [place] = parsed(a_urlset(a_url(more=news), space=space)).places
    assert (place.title, str(place.published)) == ("Ferry & tide", "2024-05-03T06:30:00+02:00")


def test_pictures_and_films_are_no_pages() -> None:
    space = (
        f'{NAMESPACE} xmlns:i="http://www.google.com/schemas/sitemap-image/1.1" '
        'xmlns:v="http://www.google.com/schemas/sitemap-video/1.1"'
    )
    more = (
        "<i:image><i:loc>https://courier.example/f.jpg</i:loc></i:image><i:loc>https://x.example/</i:loc>"
        "<v:video><v:content_loc>https://courier.example/f.mp4</v:content_loc></v:video>"
    )
    assert urls(parsed(a_urlset(a_url(more=more), space=space))) == ["https://courier.example/ferry"]


@pytest.mark.parametrize("space", ["", 'xmlns="http://www.google.com/schemas/sitemap/0.84"', 'xmlns="x"'])
def test_a_wrong_namespace_does_not_matter(space: str) -> None:
    assert urls(parsed(a_urlset(a_url(), space=space))) == ["https://courier.example/ferry"]


def test_a_text_has_one_address_a_line() -> None:
    text = "\ufeffhttps://courier.example/a\r\n\r\n  https://courier.example/b \nrubbish\n"
    assert urls(parsed(text)) == ["https://courier.example/a", "https://courier.example/b"]


def test_addresses_that_make_no_sense_are_passed_over() -> None:
    odd = ["", "ftp://courier.example/", "http://[::1", "javascript:x", "mailto:a@b.example", "x" * 3000]
    entries = [a_url(address) for address in odd]
    assert urls(parsed(a_urlset(*entries, a_url("/tide boat")))) == ["https://courier.example/tide%20boat"]


def test_an_address_that_stands_twice_counts_once() -> None:
    assert len(parsed(a_urlset(a_url(), a_url())).places) == 1


@pytest.mark.parametrize("coding", ["utf-8", "utf-16", "iso-8859-1"])
def test_the_document_says_how_it_is_written(coding: str) -> None:
    document = a_urlset(a_url("https://courier.example/fähre")).replace("UTF-8", coding)
    assert urls(parsed(document.encode(coding))) == ["https://courier.example/fähre"]


def test_blanks_before_the_declaration_do_not_matter() -> None:
    assert len(parsed("\n\n  " + a_urlset(a_url())).places) == 1


def test_more_than_the_protocol_allows_is_cut() -> None:
    found = parsed(a_urlset(*(a_url(f"/{number}") for number in range(MAX_PLACES + 1))))
    assert (len(found.places), found.is_cut) == (MAX_PLACES, True)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("", "the document is empty"),
        ("hello", "a plain text"),
        ("\0\1", "binary data"),
        ("<html><head><title>Lost</title></head><body><p>x<br></body></html>", "an HTML page titled 'Lost'"),
        ("<!DOCTYPE html><html lang='en'><p/></html>", "an HTML page"),
        ("<rss version='2.0'/>", 'kind "feed" reads it'),
        ("<feed xmlns='http://www.w3.org/2005/Atom'/>", 'kind "feed" reads it'),
        ("<opml/>", "an XML document of <opml>"),
        (a_urlset(a_url())[:-9], "not well-formed: Premature end"),
        (a_urlset("<url><loc>a&b</loc></url>"), "not well-formed"),
        (a_urlset("<a>" * 5_000 + "</a>" * 5_000), "not well-formed: Excessive depth"),
    ],
)
def test_what_is_no_sitemap_is_told(document: str, words: str) -> None:
    with pytest.raises(Unreadable) as caught:
        parsed(document)
    assert words in str(caught.value)
    assert str(caught.value).startswith(URL)


LAUGHS = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(12))


@pytest.mark.parametrize(
    "document",
    [
        f'<!DOCTYPE urlset [<!ENTITY l0 "ha">{LAUGHS}]><urlset><url><loc>&l12;</loc></url></urlset>',
        f'<!DOCTYPE urlset [<!ENTITY l0 "ha">{LAUGHS}]><urlset a="&l12;"/>',
        '<!DOCTYPE urlset [<!ENTITY x SYSTEM "file:///etc/passwd">]><urlset><url><loc>&x;</loc></url></urlset>',
        '<!DOCTYPE urlset [<!ENTITY % x SYSTEM "http://127.0.0.1/x.dtd"> %x;]><urlset/>',
    ],
)
def test_entities_are_never_expanded(document: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(Unreadable, match="no sitemap"):
            parsed(document)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_a_document_type_elsewhere_is_not_fetched() -> None:
    document = '<!DOCTYPE urlset SYSTEM "http://127.0.0.1:1/x.dtd">' + a_urlset(a_url()).partition("?>")[2]
    assert len(parsed(document).places) == 1
