"""The finisher finds each broken rule in bytes, and nothing in what our writers make."""

import json
from pathlib import Path

import pytest

from syndicate.formats import atom, jsonfeed, rss
from syndicate.formats.finish import check
from syndicate.formats.rules import ATOM_RULES, JSON_RULES, RSS_RULES
from syndicate.model.feed import FeedView, Format
from tests.builders import a_feed_view, a_notice_view, an_entry

WRITERS = {Format.RSS: rss.write, Format.ATOM: atom.write, Format.JSON: jsonfeed.write}
OTHER = "urn:uuid:00000000-0000-4000-8000-000000000001"


def view() -> FeedView:
    return a_feed_view(an_entry(notice=a_notice_view()), an_entry(id=OTHER), hub_url="https://hub.example/")


def broken(form: Format, old: str, new: str) -> set[str]:
    text = WRITERS[form](view()).decode("utf-8")
    assert old in text
    return {finding.rule for finding in check(text.replace(old, new).encode(), form, url=view().urls[form])}


@pytest.mark.parametrize("form", WRITERS)
def test_what_we_write_breaks_no_rule(form: Format) -> None:
    assert check(WRITERS[form](view()), form, url=view().urls[form]) == ()


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("<?xml", "\n<?xml", "xml-declaration"),
        ("</item>", "</itm>", "xml-well-formed"),
        ('version="2.0"', 'version="0.9"', "rss-channel"),
        ("<title>All stories</title>", "", "rss-channel"),
        ("<pubDate>", "<title>again</title><pubDate>", "rss-item"),
        ('isPermaLink="false"', 'isPermaLink="true"', "rss-guid"),
        (OTHER, an_entry().id, "rss-guid"),
        ("+0200", "CEST", "rss-date"),
        ("<pubDate>", "<enclosure url='https://a.example/'/><pubDate>", "rss-enclosure"),
        ("<pubDate>", "<author>Mina Vale</author><pubDate>", "rss-author"),
        ("hourly", "Hourly", "rss-modules"),
        ("all.rss", "other.rss", "self-link"),
        ("https://old.courier.example/2019/ferry</link>", "/2019/ferry</link>", "absolute-urls"),
        ("&lt;p&gt;", "&lt;a href=&quot;/x&quot;&gt;", "absolute-urls"),
    ],
)
def test_a_broken_rss_rule_is_named(old: str, new: str, rule: str) -> None:
    assert rule in broken(Format.RSS, old, new)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("</entry>", "", "xml-well-formed"),
        ("<title>All stories</title>", "", "atom-required"),
        (OTHER, an_entry().id, "atom-id"),
        ("04:30:00+00:00", "04:30:00Z", "atom-date"),
        ('type="application/rss+xml"', 'type="text/html"', "atom-alternate"),
        ("all.atom", "other.atom", "self-link"),
        ('href="https://courier.example/"', 'href="courier.example"', "absolute-urls"),
    ],
)
def test_a_broken_atom_rule_is_named(old: str, new: str, rule: str) -> None:
    assert rule in broken(Format.ATOM, old, new)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("{", "", "json-text"),
        ("version/1.1", "version", "json-top"),
        (OTHER, an_entry().id, "json-item"),
        ("content_html", "content", "json-item"),
        ("+02:00", "", "json-date"),
        ("all.json", "other.json", "json-url"),
        ('"url": "https://old', '"url": "//old', "json-url"),
        ('"_archive"', '"attachments": [{}], "_archive"', "json-attachment"),
    ],
)
def test_a_broken_json_rule_is_named(old: str, new: str, rule: str) -> None:
    assert rule in broken(Format.JSON, old, new)


def test_json_that_is_no_object_is_told() -> None:
    assert [each.rule for each in check(json.dumps([]).encode(), Format.JSON, url="")] == ["json-text"]


def test_every_rule_stands_in_the_reference_with_its_text() -> None:
    reference = (Path(__file__).parents[2] / "docs" / "reference" / "feeds.md").read_text("utf-8")
    for rule in (*RSS_RULES, *ATOM_RULES, *JSON_RULES):
        assert f"`{rule.name}`" in reference
        assert rule.spec in reference
