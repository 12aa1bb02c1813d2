"""Feeds of others: RSS, Atom and JSON Feed become entries, anything else a clear refusal."""

import json
from datetime import timedelta
from typing import Any

import pytest

from syndicate.errors import Unreadable
from syndicate.formats.parse import parse_feed
from syndicate.formats.upstream import UpstreamEntry, UpstreamFeed

URL = "https://old.courier.example/feeds/all.xml"
NAMESPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'
)


def rss(item: str = "", channel: str = "") -> UpstreamFeed:
    text = (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0" {NAMESPACES}><channel>'
        f"<title>Harbour Courier</title>{channel}<item>{item}</item></channel></rss>"
    )
    return parse_feed(text.encode(), url=URL, content_type="text/xml")


def rss_entry(item: str) -> UpstreamEntry:
    return rss(item).entries[0]


def atom_entry(entry: str) -> UpstreamEntry:
    text = (
        '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">'
        f"<title>Harbour Courier</title><entry>{entry}</entry></feed>"
    )
    return parse_feed(text.encode(), url=URL, content_type="application/atom+xml").entries[0]


def json_feed(item: dict[str, Any], **feed: Any) -> UpstreamFeed:
    document = {"version": "https://jsonfeed.org/version/1.1", "title": "Harbour Courier", "items": [item]}
    return parse_feed(json.dumps(document | feed).encode(), url=URL, content_type="application/feed+json")


def test_an_rss_entry_has_body_summary_author_and_section() -> None:
    found = rss_entry(
        "<title>Ferry &amp;amp; tide</title><guid isPermaLink='false'>ferry-7</guid><link>/2019/ferry</link>"
        "<description>It sailed.</description><content:encoded>&lt;p&gt;It sailed at dawn.&lt;/p&gt;"
        "</content:encoded><dc:creator>Mina Vale</dc:creator><category>Islands</category>"
    )
    assert found.title == "Ferry & tide"
    assert (found.guid, found.url) == ("ferry-7", "https://old.courier.example/2019/ferry")
    assert (found.body_html, found.summary) == ("<p>It sailed at dawn.</p>", "It sailed.")
    assert (found.authors, found.section) == (("Mina Vale",), "Islands")


def test_without_content_the_description_is_the_body() -> None:
    found = rss_entry("<description>&lt;p&gt;All of it.&lt;/p&gt;</description>")
    assert (found.body_html, found.summary) == ("<p>All of it.</p>", "")


def test_the_stated_zone_is_kept() -> None:
    found = rss_entry("<pubDate>Fri, 03 May 2019 06:30:00 +0200</pubDate>")
    assert str(found.published) == "2019-05-03T06:30:00+02:00"


def test_no_date_is_invented() -> None:
    found = rss_entry("<title>Undated</title><pubDate>soon</pubDate>")
    assert (found.published, found.updated) == (None, None)


def test_persian_without_a_charset_in_the_header_is_read_as_the_xml_says() -> None:
    assert rss_entry("<title>کشتی می\u200cرود</title>").title == "کشتی می\u200cرود"


def test_what_is_dangerous_in_a_body_is_gone_and_links_are_absolute() -> None:
    found = rss_entry(
        "<description>&lt;p onclick='x()'&gt;&lt;a href='/b'&gt;b&lt;/a&gt;&lt;script&gt;x()&lt;/script&gt;"
        "&lt;/p&gt;</description>"
    )
    assert found.body_html == '<p><a href="https://old.courier.example/b">b</a></p>'


@pytest.mark.parametrize(
    "markup",
    [
        "<media:content url='/a.png' medium='image'/>",
        "<media:content url='/a.png' type='image/png'/>",
        "<enclosure url='/a.png' type='image/png' length='3'/>",
        "<media:thumbnail url='/a.png'/>",
    ],
)
def test_the_image_is_found_where_feeds_put_it(markup: str) -> None:
    image = rss_entry(markup).image
    assert image is not None
    assert image.url == "https://old.courier.example/a.png"


def test_a_sound_enclosure_is_no_image() -> None:
    assert rss_entry("<enclosure url='/a.mp3' type='audio/mpeg' length='3'/>").image is None


@pytest.mark.parametrize(
    ("channel", "ttl"),
    [
        ("<ttl>90</ttl>", timedelta(minutes=90)),
        ("<sy:updatePeriod>daily</sy:updatePeriod>", timedelta(days=1)),
        (
            "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>",
            timedelta(hours=6),
        ),
        ("<ttl>often</ttl>", timedelta()),
        ("", timedelta()),
    ],
)
def test_the_ttl_is_what_upstream_asks(channel: str, ttl: timedelta) -> None:
    assert rss(channel=channel).ttl == ttl


NOTICE = (
    '<p class="archive-notice" lang="en">An old page. <a href="https://courier.example/">New site</a></p>'
)


def test_an_upstream_archive_notice_is_notice_and_not_body() -> None:
    found = rss_entry(f"<description><![CDATA[<p>It sailed.</p>{NOTICE}]]></description>")
    assert found.body_html == "<p>It sailed.</p>"
    assert found.notice is not None
    assert (found.notice.text, found.notice.language) == ("An old page. New site", "en")
    assert found.notice.successor_url == "https://courier.example/"
    assert found.archived


def test_the_archive_category_alone_tells_that_an_entry_is_archived() -> None:
    found = rss_entry(
        "<category domain='urn:syndicate:archive'>archived</category><category>Isles</category>"
    )
    assert (found.archived, found.notice, found.section) == (True, None, "Isles")


def test_an_ordinary_category_does_not_make_an_entry_archived() -> None:
    assert not rss_entry("<category>archived</category>").archived


def test_an_atom_entry_is_read_whole() -> None:
    found = atom_entry(
        "<id>urn:uuid:1</id><title type='html'>Tide &amp;amp; &lt;b&gt;wind&lt;/b&gt;</title>"
        "<link rel='alternate' href='/a'/><link rel='via' href='https://first.example/a'/>"
        "<published>2019-05-03T06:30:00Z</published><updated>2019-05-04T06:30:00+03:30</updated>"
        "<author><name>Mina Vale</name></author><author><name>Omid Sabz</name></author>"
        "<summary>Short.</summary><content type='xhtml'>"
        "<div xmlns='http://www.w3.org/1999/xhtml'><p>Long.</p></div></content>"
    )
    assert (found.guid, found.title) == ("urn:uuid:1", "Tide & wind")
    assert found.original_url == "https://first.example/a"
    assert (str(found.published), str(found.updated)) == (
        "2019-05-03T06:30:00+00:00",
        "2019-05-04T06:30:00+03:30",
    )
    assert found.authors == ("Mina Vale", "Omid Sabz")
    assert "<p>Long.</p>" in found.body_html
    assert (found.summary, found.language) == ("Short.", "en")


def test_plain_text_content_becomes_paragraphs() -> None:
    found = atom_entry("<content type='text'>One &lt; two.\n\nThree.</content>")
    assert found.body_html == "<p>One &lt; two.</p><p>Three.</p>"


def test_a_json_item_is_read_whole() -> None:
    found = json_feed(
        {
            "id": 7,
            "url": "/a",
            "title": " Ferry\nreturns ",
            "content_html": "<p>It sailed.</p>",
            "summary": "Sailed.",
            "date_published": "2019-05-03T06:30:00+02:00",
            "authors": [{"name": "Mina Vale"}, {"url": "x"}],
            "tags": ["Islands"],
            "image": "/a.png",
        },
        language="en",
    ).entries[0]
    assert (found.guid, found.title, found.url) == (
        "7",
        "Ferry returns",
        "https://old.courier.example/a",
    )
    assert (found.authors, found.section, found.language) == (("Mina Vale",), "Islands", "en")
    assert found.image is not None
    assert str(found.published) == "2019-05-03T06:30:00+02:00"


def test_our_own_json_extension_brings_notice_day_and_original() -> None:
    found = json_feed(
        {
            "id": "a",
            "content_text": "It sailed.",
            "date_published": "2019-05-03T00:00:00+00:00",
            "tags": ["archived", "Isles"],
            "_archive": {
                "about": "urn:syndicate:archive",
                "text": "An old page.",
                "language": "en",
                "successor_url": "https://courier.example/",
                "original_url": "https://old.courier.example/a",
                "published": "2019-05-03",
            },
        }
    ).entries[0]
    assert found.notice is not None
    assert found.notice.successor_url == "https://courier.example/"
    assert (str(found.published), found.section) == ("2019-05-03", "Isles")
    assert found.original_url == "https://old.courier.example/a"


@pytest.mark.parametrize("item", [{}, {"title": 3, "authors": "x", "tags": {}, "image": []}])
def test_json_of_odd_types_is_read_as_far_as_it_goes(item: dict[str, Any]) -> None:
    assert json_feed(item).entries == (UpstreamEntry(),)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "the document is empty"),
        (
            b"<!DOCTYPE html><html><head><title>Sign in &amp; read</title>",
            "HTML page titled 'Sign in & read'",
        ),
        (b"<html><body>Hello", "an HTML page"),
        (b"{}", "JSON without a JSON Feed version"),
        (b"[1]", "JSON without a JSON Feed version"),
        (b'{"version": ', "its JSON is broken"),
        (b'<?xml version="1.0"?><urlset xmlns="x"></urlset>', "XML document of <urlset>"),
        (b"Just words.", "a plain text"),
        (b"\x89PNG\r\n\x00\x00", "binary data"),
    ],
)
def test_what_is_no_feed_is_named(data: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match="is no feed") as caught:
        parse_feed(data, url=URL, content_type="text/html")
    assert words in str(caught.value)


def test_a_feed_cut_in_half_gives_what_was_whole() -> None:
    text = "<rss version='2.0'><channel><title>H</title><item><title>One</title></item><item><title>Tw"
    found = parse_feed(text.encode(), url=URL, content_type="")
    assert found.entries[0].title == "One"


def test_nested_json_that_is_too_deep_is_refused() -> None:
    with pytest.raises(Unreadable):
        parse_feed(b"[" * 100_000, url=URL, content_type="")


def test_entities_do_not_multiply() -> None:
    layers = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(9))
    text = f'<!DOCTYPE rss [<!ENTITY e0 "tide">{layers}]><rss version="2.0"><channel><title>&e9;</title>'
    found = parse_feed(text.encode(), url=URL, content_type="")
    assert len(found.title) < 1_000_000
