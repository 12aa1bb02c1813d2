"""The list of feeds as a reader imports it."""

from lxml import etree

from syndicate.formats.opml import write_list
from tests.builders import a_feed_view


def test_each_feed_is_an_outline_of_type_rss_with_its_addresses() -> None:
    [outline] = etree.fromstring(write_list("Harbour", [a_feed_view()])).iter("outline")
    assert outline.get("type") == "rss"
    assert outline.get("xmlUrl") == "https://news.example/feeds/all.rss"
    assert outline.get("htmlUrl") == "https://news.example/feeds/all.html"
    assert outline.get("text") == "All stories"


def test_two_renderings_are_equal_and_forbidden_characters_are_gone() -> None:
    views = [a_feed_view(title="a\x00b")]
    assert write_list("T", views) == write_list("T", views)
    assert b'text="ab"' in write_list("T", views)


def test_every_format_of_a_feed_can_be_found() -> None:
    [outline] = etree.fromstring(write_list("Harbour", [a_feed_view()])).iter("outline")
    own = {name.rpartition("}")[2]: value for name, value in outline.attrib.items() if name.startswith("{")}
    assert own == {
        "atomUrl": "https://news.example/feeds/all.atom",
        "jsonUrl": "https://news.example/feeds/all.json",
        "ninjsUrl": "https://news.example/feeds/all.ninjs",
    }
    assert outline.get("htmlUrl") == "https://news.example/feeds/all.html"
