"""Our own documents: each broken rule is found in bytes, and nothing in what our writers make."""

from datetime import UTC, datetime
from types import ModuleType

import pytest

from syndicate.formats import atom, jsonfeed, ninjs, rss
from syndicate.formats.lint import Severity, check, check_entry, check_frame, lint
from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import EntryView, FeedView, Format
from syndicate.publish.views import feed_view
from tests.builders import FEED_ID, NOON, a_feed, a_feed_view, a_notice_view, an_entry

WRITERS: dict[Format, ModuleType] = {
    Format.RSS: rss,
    Format.ATOM: atom,
    Format.JSON: jsonfeed,
    Format.NINJS: ninjs,
}
OTHER = "urn:uuid:00000000-0000-4000-8000-000000000001"


def entries() -> tuple[EntryView, ...]:
    return an_entry(notice=a_notice_view()), an_entry(id=OTHER)


def view() -> FeedView:
    return a_feed_view(*entries(), hub_url="https://hub.example/")


def broken(form: Format, old: str, new: str) -> set[str]:
    text = WRITERS[form].write(view()).decode("utf-8")
    assert old in text
    return {finding.rule for finding in check(text.replace(old, new).encode(), form, url=view().urls[form])}


@pytest.mark.parametrize("form", WRITERS)
def test_what_we_write_breaks_no_rule(form: Format) -> None:
    assert check(WRITERS[form].write(view()), form, url=view().urls[form]) == ()


@pytest.mark.parametrize("form", WRITERS)
def test_what_we_write_gets_no_warning_as_anyones_file(form: Format) -> None:
    report = lint(WRITERS[form].write(view()), url=view().urls[form], now=NOON)
    assert [each for each in report.findings if each.severity is not Severity.HINT] == []
    assert report.entries == 2


@pytest.mark.parametrize("form", WRITERS)
def test_our_feed_without_entries_gets_no_warning_either(form: Format) -> None:
    empty = feed_view(a_feed(), [], catalogue=Catalogue(), feed_id=FEED_ID)
    report = lint(WRITERS[form].write(empty), url=empty.urls[form], now=NOON)
    assert [each for each in report.findings if each.severity is not Severity.HINT] == []


def test_an_entry_of_1970_is_not_believed() -> None:
    feed = a_feed_view(an_entry(updated=datetime(1970, 1, 1, tzinfo=UTC)))
    found = lint(atom.write(feed), url=feed.urls[Format.ATOM], now=NOON).findings
    assert "date-implausible" in {each.rule for each in found}


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("<?xml", "\n<?xml", "xml-start"),
        ("encoding='UTF-8'", "", "own-declaration"),
        ("</item>", "</itm>", "xml-well-formed"),
        ('version="2.0"', 'version="0.9"', "rss-version"),
        ("<title>All stories</title>", "", "rss-channel"),
        ("<pubDate>", "<title>again</title><pubDate>", "rss-item-once"),
        ('isPermaLink="false"', 'isPermaLink="true"', "own-guid"),
        (OTHER, an_entry().id, "id-twice"),
        ("+0200", "CEST", "date-invalid"),
        ("+0200", "GMT", "own-date-zone"),
        ("<pubDate>", "<enclosure url='https://a.example/'/><pubDate>", "rss-enclosure"),
        ("<pubDate>", "<author>Mina Vale</author><pubDate>", "rss-mailbox"),
        ("hourly", "Hourly", "sy-period"),
        ("all.rss", "other.rss", "own-self"),
        ("https://old.courier.example/2019/ferry</link>", "/2019/ferry</link>", "url-invalid"),
        ("&lt;p&gt;", "&lt;a href=&quot;/x&quot;&gt;", "own-content-absolute"),
    ],
)
def test_a_broken_rss_rule_is_named(old: str, new: str, rule: str) -> None:
    assert rule in broken(Format.RSS, old, new)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("</entry>", "", "xml-well-formed"),
        ("<title>All stories</title>", "", "atom-required"),
        (OTHER, an_entry().id, "id-twice"),
        ("04:30:00+00:00", "04:30:00Z", "own-date-zone"),
        ('type="application/rss+xml"', 'type="text/html"', "atom-alternate"),
        ("all.atom", "other.atom", "own-self"),
        ('href="https://courier.example/"', 'href="courier.example"', "url-invalid"),
    ],
)
def test_a_broken_atom_rule_is_named(old: str, new: str, rule: str) -> None:
    assert rule in broken(Format.ATOM, old, new)


def test_an_atom_feed_of_ours_names_its_author_itself() -> None:
    data = b"<?xml version='1.0' encoding='UTF-8'?>\n<feed xmlns='http://www.w3.org/2005/Atom'/>"
    assert "own-author" in {each.rule for each in check(data, Format.ATOM, url="https://a.example/f.atom")}


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("{", "", "json-text"),
        ("version/1.1", "version", "json-version"),
        (OTHER, an_entry().id, "id-twice"),
        ("content_html", "content", "json-content"),
        ("+02:00", "", "json-date"),
        ("+02:00", "Z", "own-json-zone"),
        ("all.json", "other.json", "own-feed-url"),
        ('"url": "https://old', '"url": "//old', "json-item-url"),
        ('"_archive"', '"attachments": [{}], "_archive"', "json-attachment"),
    ],
)
def test_a_broken_json_rule_is_named(old: str, new: str, rule: str) -> None:
    assert rule in broken(Format.JSON, old, new)


@pytest.mark.parametrize("form", WRITERS)
@pytest.mark.parametrize(
    "change",
    [
        {},
        {"title": "Tides &amp;amp; <b>times</b>"},
        {"content_html": "<p><a href='/x'>x</a><script>y</script></p>"},
        {"language": "klingonese-of-old"},
        {"id": OTHER},
    ],
    ids=["clean", "title", "content", "language", "id twice"],
)
def test_entries_and_frame_find_together_what_the_whole_document_shows(
    form: Format, change: dict[str, str]
) -> None:
    writer, feed = WRITERS[form], a_feed_view(an_entry(**change), an_entry(id=OTHER, title="Another"))
    parts = [writer.write_entry(entry) for entry in feed.entries]
    apart = {each for part in parts for each in check_entry(part, form)}
    apart |= set(
        check_frame(
            writer.join(feed, []), form, url=feed.urls[form], ids=[entry.id for entry in feed.entries]
        )
    )
    whole = set(check(writer.join(feed, parts), form, url=feed.urls[form]))
    assert {(each.rule, each.message) for each in apart} == {(each.rule, each.message) for each in whole}


def test_what_holds_an_item_back_is_told_from_what_is_only_noted() -> None:
    """A headline about HTML is a headline; only errors keep something from being published."""
    found = check_entry(rss.write_entry(an_entry(title="How <b>bold</b> came to the web")), Format.RSS)
    assert [(each.rule, each.severity) for each in found] == [("text-markup", Severity.WARNING)]


def test_a_finding_names_the_entry_and_the_mend() -> None:
    text = rss.write(view()).decode("utf-8").replace("+0200", "CEST")
    finding = check(text.encode(), Format.RSS, url=view().urls[Format.RSS])[0]
    assert an_entry().id in finding.message
    assert "RFC 822" in finding.message
    assert finding.mend
    assert finding.spec.startswith("https://")
