"""Whatever the bytes are, there is an answer: findings, or why there are none; soon, and in little memory."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import feedparser
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syndicate.deliver.lint import lint_mail
from syndicate.formats.lint import Report, lint
from syndicate.formats.lint.parts import Kind
from syndicate.publish.linting import Linted

DOCUMENTS = Path(__file__).parents[2] / "documents" / "lint"
LOL = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
BOMB = f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "ha">{LOL}]><rss version="2.0">&l11;</rss>'
STEALING = (
    '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss version="2.0"><channel>&x;</channel></rss>'
)


@pytest.mark.parametrize(
    ("data", "rules"),
    [
        (BOMB.encode(), ["xml-limits"]),
        (STEALING.encode(), ["xml-entity"]),
        (b"<rss>" * 100_000, ["xml-limits"]),
        (b"<rss version='2.0'><channel><title>" + b"x" * 11_000_000, ["xml-limits"]),
        (b"<rss version='2.0'>\0</rss>", ["xml-control"]),
        (b"[" * 1_000_000, ["json-limits"]),
        (b'{"a":' * 100_000, ["json-limits"]),
        (b'{"items": [NaN]}', ["json-text"]),
        (b'{"items": [1,]}', ["json-text"]),
        (b'{"items": "\xff"}', ["json-encoding"]),
    ],
    ids=[
        "billion laughs",
        "file entity",
        "depth",
        "long text",
        "NUL",
        "brackets",
        "braces",
        "NaN",
        "comma",
        "byte",
    ],
)
def test_what_would_break_a_reader_is_a_finding(data: bytes, rules: list[str]) -> None:
    assert [finding.rule for finding in lint(data).findings] == rules


@pytest.mark.parametrize(
    "before", ["Notice: no such file in line 3\n", "<br />\n<b>Warning</b>: out of memory<br />\n"]
)
def test_a_scripts_complaint_before_a_feed_is_told_and_no_other_kind_of_file(before: str) -> None:
    report = lint(f"{before}<?xml version='1.0'?><rss version='2.0'><channel/></rss>".encode())
    assert (report.kind, [each.rule for each in report.findings]) == (Kind.RSS, ["xml-start"])
    assert before.split()[-1] in report.findings[0].message


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "it is empty"),
        (b" \n\0", "it is empty"),
        (b"hello", "no text of any feed"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "no text of any feed"),
        (b"<html><body>Not found</body></html>", "an HTML page"),
        (b"<!DOCTYPE html>\n<title>x</title>", "an HTML page"),
        (b"<urlset/>", "a sitemap, for search engines"),
        (b"<feed xmlns='http://purl.org/atom/ns#' version='0.3'/>", "publish Atom 1.0"),
        (b"<svg/>", "its root is <svg>"),
        (b"<svg>", "no feed, and no XML either"),
        (b'{"name": "x"}', "JSON, but no feed"),
        (b"[1, 2]", "JSON, but no feed"),
        (b"<x/>" * 500_001, "more than 500,000 tags"),
        (b"<" * 20_000_001, "20,000,001 bytes"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_feed_is_told_as_what_it_is(data: bytes, told: str) -> None:
    assert told in lint(data).unreadable


def test_names_that_are_none_are_told_in_a_document_that_is_mended() -> None:
    data = b"<rss version='2.0' x:y='1'><channel><item><title><http:>x</http:></title></item></channel></rss>"
    assert "xml-prefix" in {finding.rule for finding in lint(data).findings}


def test_a_page_offers_its_feeds() -> None:
    page = (
        b"<!doctype html><link rel=stylesheet href=a.css><link rel='alternate' type='application/rss+xml' "
        b"href='/feed?a=1&amp;b=2'><link type=application/feed+json rel=alternate href=https://b.example/f.json>"
    )
    report = lint(page, url="https://courier.example/news/")
    assert report.offers == ("https://courier.example/feed?a=1&b=2", "https://b.example/f.json")


def test_a_mail_is_known_as_one() -> None:
    assert lint(b"Received: from a\r\nFrom: a@b.example\r\nSubject: x\r\n\r\nhello").kind is Kind.MAIL


LARGE = """
import resource
from syndicate.deliver.lint import lint_mail
from syndicate.formats.lint import lint

for data in (
    b"<rss version='2.0'><channel>" + b"<item><description>&lt;a '&lt;</description></item>" * 200_000,
    b"<rss version='2.0'><channel>" + b"<item/>" * 490_000 + b"</channel></rss>",
    b"<rss version='2.0'><channel><item><description>" + b"&lt;a href='" * 600_000 + b"</description></item>",
    b"<rss version='2.0'><channel><title>" + b"&lt;/b" * 600_000 + b"</title></channel></rss>",
    b'{"version": "https://jsonfeed.org/version/1.1", "items": [' + b"{}," * 1_000_000 + b"{}]}",
    b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "' + b"\\\\\\"" * 3_000_000,
    b"<opml>" + b"<outline text='x' type='rss'/>" * 300_000 + b"</opml>",
    b"<html>" + b"<link rel=alternate " * 900_000,
    b"<!--" * 4_000_000,
    b"<rss" + b" a='1'" * 1_000_000,
    b"From: a@b.example\\r\\n" * 800_000,
):
    lint(data)
    lint_mail(data[:4_000_000])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.timeout(300)
def test_large_and_hostile_documents_cost_little_memory_and_come_to_an_end() -> None:
    ended = subprocess.run([sys.executable, "-c", LARGE], capture_output=True, text=True, check=True)
    assert int(ended.stdout) < 900_000


SEEDS = [path.read_bytes() for path in sorted(DOCUMENTS.glob("clean.*"))]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=300))
def test_no_bytes_make_it_raise(data: bytes) -> None:
    assert isinstance(lint(data, url="https://a.example/"), Report)
    lint_mail(data)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(SEEDS), st.data())
def test_no_damage_to_a_feed_makes_it_raise(seed: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(seed)))
    end = data.draw(st.integers(start, min(len(seed), start + 60)))
    put = data.draw(
        st.one_of(st.binary(max_size=8), st.sampled_from([b"<", b"\0", b"]]>", b"&#0;", b"null", b"[1]"]))
    )
    report = lint(seed[:start] + put + seed[end:], url="https://a.example/")
    for finding in report.findings:
        assert Linted(name="", report=report, data=seed).line(finding.line) is not None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
MEMBERS = st.sampled_from(
    [
        *(
            "items",
            "version",
            "authors",
            "author",
            "hubs",
            "next_url",
            "language",
            "title",
            "id",
            "url",
            "tags",
        ),
        *("attachments", "content_html", "date_published", "_x", "uri", "bodies", "headlines", "renditions"),
    ]
)


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(
        MEMBERS, JSON | st.lists(st.dictionaries(MEMBERS, JSON, max_size=6), max_size=3), max_size=8
    )
)
def test_no_json_makes_it_raise(document: dict[str, object]) -> None:
    for root in (document, [document], {"items": [document]}, {"version": "jsonfeed", "items": [document]}):
        lint(json.dumps(root).encode(), url="https://a.example/")


ILL_FORMED = [
    b"<rss version='2.0'><channel><title>Fish & chips</title></channel></rss>",
    b"<rss version='2.0'><channel><title>a&nbsp;b</title></channel></rss>",
    b"<rss version='2.0'><channel><title>a</titel></channel></rss>",
    b"<rss version='2.0'><channel><title>a",
    b"<rss version=2.0><channel><title>a</title></channel></rss>",
    b"<rss version='2.0'><channel><title>a\x01b</title></channel></rss>",
    b"\n<?xml version='1.0'?><rss version='2.0'><channel><title>a</title></channel></rss>",
    b"<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel>\xff\xfe</channel></rss>",
    b"<feed xmlns='http://www.w3.org/2005/Atom'><title>a<b</title></feed>",
    b"<feed xmlns='http://www.w3.org/2005/Atom'><entry></feed>",
    b"<feed xmlns='http://www.w3.org/2005/Atom' a='1' a='2'></feed>",
    b"<rss version='2.0'><channel><dc:title>a</dc:title></channel></rss>",
    b"<rss version='2.0'/><rss version='2.0'/>",
]


@pytest.mark.parametrize("data", ILL_FORMED)
def test_what_feedparser_calls_ill_formed_is_an_error(data: bytes) -> None:
    parsed = feedparser.parse(data, response_headers={"content-type": "application/xml"})
    assert parsed.bozo, "a neighbour's opinion is the point of this test"
    assert any(finding.severity == "error" for finding in lint(data).findings)


@pytest.mark.parametrize(
    "path", sorted({*DOCUMENTS.glob("*.rss"), *DOCUMENTS.glob("*.atom")}), ids=lambda p: p.name
)
def test_what_feedparser_finds_ill_formed_in_our_documents_we_find_too(path: Path) -> None:
    data = path.read_bytes()
    parsed = feedparser.parse(data, response_headers={"content-type": "application/xml"})
    ours = {finding.rule for finding in lint(data).findings if finding.rule.startswith("xml-")}
    assert not parsed.bozo or ours, parsed.bozo_exception


def test_a_packed_file_is_no_feed_until_it_is_unpacked() -> None:
    assert "no text of any feed" in lint(gzip.compress(SEEDS[0])).unreadable
