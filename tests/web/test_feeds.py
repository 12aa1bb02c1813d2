import gzip
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path

import brotli
import pytest

from syndicate.model.source import Rights
from syndicate.publish.feeds import publish_feed
from syndicate.store import feeds
from syndicate.store.database import Database
from syndicate.web.conditions import choose_encoding, is_unchanged
from tests.builders import FEED_ID, a_feed, a_provenance, a_source, an_item
from tests.publish.storing import keep
from tests.web.conftest import Answer, Running, a_site

RSS = "/feeds/all.rss"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
async def published(site: Running) -> Running:
    keep(site.db, site.publishing.catalogue, an_item())
    await publish_feed(site.publishing, "all")
    return site


async def change(site: Running) -> None:
    other = an_item(
        id="6f1f3a52-5f0e-4c6b-9a51-0d7f0a3c1b12", headline="Second ferry", url="https://x.example/2"
    )
    keep(site.db, site.publishing.catalogue, other)
    await publish_feed(site.publishing, "all")


@pytest.mark.parametrize(
    ("suffix", "media_type"),
    [
        ("rss", "application/rss+xml; charset=utf-8"),
        ("atom", "application/atom+xml; charset=utf-8"),
        ("json", "application/feed+json"),
        ("html", "text/html; charset=utf-8"),
    ],
)
async def test_a_feed_has_its_media_type_and_links(published: Running, suffix: str, media_type: str) -> None:
    answer = await published.get(f"/feeds/all.{suffix}")
    assert (answer.status, answer.headers["Content-Type"]) == (200, media_type)
    link = answer.headers["Link"]
    assert f'<{published.base_url}/feeds/all.{suffix}>; rel="self"' in link
    assert link.count('rel="alternate"') == 3
    assert (published.serving.public_dir / "feeds" / f"all.{suffix}").read_bytes() == answer.body


LICENCE = "https://creativecommons.org/licenses/by/4.0/"


@pytest.mark.parametrize("suffix", ["rss", "atom", "json", "html"])
@pytest.mark.parametrize(("other", "stated"), [(LICENCE, True), ("", False)])
async def test_a_feed_under_one_licence_says_so_in_its_headers(
    sqlite_db: Database, tmp_path: Path, suffix: str, other: str, stated: bool
) -> None:
    sources = {
        name: a_source(name=name, rights=Rights(licence=licence))
        for name, licence in (("harbour", LICENCE), ("islands", other))
    }
    async with a_site(sqlite_db, tmp_path, catalogue={"sources": sources}) as site:
        keep(site.db, site.publishing.catalogue, an_item())
        away = an_item(id="6f1f3a52-5f0e-4c6b-9a51-0d7f0a3c1b12", provenance=a_provenance(source="islands"))
        keep(site.db, site.publishing.catalogue, away)
        await publish_feed(site.publishing, "all")
        link = (await site.get(f"/feeds/all.{suffix}")).headers["Link"]
    assert (f'<{LICENCE}>; rel="license"' in link) is stated
    assert 'rel="hub"' in link
    assert link.count("rel=") == 5 + stated


async def test_the_list_of_feeds_is_served_as_opml(published: Running) -> None:
    answer = await published.get("/feeds.opml")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/x-opml; charset=utf-8")
    assert b"/feeds/all.rss" in answer.body


async def test_a_feed_says_how_long_it_is_fresh_and_who_may_read_it(published: Running) -> None:
    headers = (await published.get(RSS)).headers
    assert headers["Cache-Control"] == "public, max-age=1800"
    assert headers["Vary"] == "Accept-Encoding"
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in headers


async def test_an_unchanged_feed_is_a_304_with_the_same_validators(published: Running) -> None:
    first = await published.get(RSS)
    again = await published.get(RSS, If_None_Match=first.headers["ETag"])
    assert (again.status, again.body) == (304, b"")
    for name in ("ETag", "Last-Modified", "Cache-Control", "Vary", "Content-Security-Policy"):
        assert again.headers[name] == first.headers[name]
    assert "Content-Type" not in again.headers


async def test_a_304_reads_no_file(published: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    etag = (await published.get(RSS)).headers["ETag"]

    def refuse(path: Path) -> bytes:
        raise AssertionError(f"{path} was read")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert (await published.get(RSS, If_None_Match=etag)).status == 304


async def test_a_changed_feed_is_sent_again(published: Running) -> None:
    first = await published.get(RSS)
    await change(published)
    again = await published.get(RSS, If_None_Match=first.headers["ETag"])
    assert again.status == 200
    assert b"Second ferry" in again.body
    assert again.headers["ETag"] != first.headers["ETag"]


async def test_publishing_the_same_again_keeps_the_etag(published: Running) -> None:
    first = await published.get(RSS)
    await publish_feed(published.publishing, "all")
    assert (await published.get(RSS)).headers["ETag"] == first.headers["ETag"]


async def test_if_none_match_wins_over_if_modified_since(published: Running) -> None:
    modified = (await published.get(RSS)).headers["Last-Modified"]
    assert (await published.get(RSS, If_Modified_Since=modified)).status == 304
    both = await published.get(RSS, If_Modified_Since=modified, If_None_Match='"another"')
    assert both.status == 200


async def test_last_modified_is_when_the_content_changed(published: Running) -> None:
    path = published.serving.public_dir / "feeds" / "all.rss"
    modified = parsedate_to_datetime((await published.get(RSS)).headers["Last-Modified"])
    assert int(modified.timestamp()) == int(path.stat().st_mtime)


async def test_head_has_the_headers_of_get(published: Running) -> None:
    got = await published.get(RSS)
    head = await published.ask("HEAD", RSS)
    assert (head.status, head.body) == (200, b"")
    assert {k: v for k, v in head.headers.items() if k.lower() != "date"} == {
        k: v for k, v in got.headers.items() if k.lower() != "date"
    }
    assert int(head.headers["Content-Length"]) == len(got.body)


@pytest.mark.parametrize(
    ("accept", "coding"), [("gzip", "gzip"), ("gzip, br", "br"), ("br;q=0.1, gzip", "gzip")]
)
async def test_a_feed_is_compressed_as_the_client_prefers(
    published: Running, accept: str, coding: str
) -> None:
    plain = await published.get(RSS)
    packed = await published.get(RSS, Accept_Encoding=accept)
    assert packed.headers["Content-Encoding"] == coding
    unpack = gzip.decompress if coding == "gzip" else brotli.decompress
    assert unpack(packed.body) == plain.body
    assert packed.headers["ETag"] == plain.headers["ETag"]
    assert "Content-Encoding" not in plain.headers


async def test_siblings_of_another_publication_are_not_served(published: Running) -> None:
    feeds = published.serving.public_dir / "feeds"
    (feeds / "all.rss.gz").write_bytes(gzip.compress(b"old"))
    (feeds / "all.rss.br").write_bytes(b"damaged")
    answer = await published.get(RSS, Accept_Encoding="gzip, br")
    assert "Content-Encoding" not in answer.headers
    assert answer.body.startswith(b"<?xml")


async def test_unknown_query_parameters_change_nothing(published: Running) -> None:
    assert (await published.get(RSS + "?utm_source=x&format=html")).body == (await published.get(RSS)).body


async def test_a_browser_s_preflight_is_allowed(published: Running) -> None:
    answer = await published.ask("OPTIONS", RSS, headers={"Origin": "https://reader.example"})
    assert answer.status == 204
    assert "If-None-Match" in answer.headers["Access-Control-Allow-Headers"]


async def test_a_feed_takes_no_post(published: Running) -> None:
    answer = await published.post(RSS)
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")


async def test_a_feed_that_never_was_is_a_404(published: Running) -> None:
    assert (await published.get("/feeds/none.rss")).status == 404
    assert (await published.get("/feeds/..%2f..%2fsyndicate.db")).status == 404


async def test_a_feed_not_published_yet_is_a_404(site: Running) -> None:
    assert (await site.get(RSS)).status == 404


@pytest.mark.parametrize(("name", "path"), [("all", RSS), ("خبر", "/feeds/%D8%AE%D8%A8%D8%B1.atom")])
async def test_a_retired_feed_is_gone(sqlite_db: Database, tmp_path: Path, name: str, path: str) -> None:
    for names in ([name], []):
        await sqlite_db.write(feeds.upsert_feeds, names, now=NOW, mint=lambda: FEED_ID)
    async with a_site(sqlite_db, tmp_path, catalogue={"feeds": {}}) as later:
        answer = await later.get(path)
        other = await later.get(path + ".txt")
    assert (answer.status, other.status) == (410, 404)
    assert "no longer published" in answer.text


async def test_a_feed_with_a_name_in_another_script_is_served(sqlite_db: Database, tmp_path: Path) -> None:
    feed = a_feed(name="خبر")
    async with a_site(sqlite_db, tmp_path, catalogue={"feeds": {"خبر": feed}}) as site:
        await publish_feed(site.publishing, "خبر", accept=True)
        answer: Answer = await site.get("/feeds/%D8%AE%D8%A8%D8%B1.rss")
    assert answer.status == 200
    assert "/feeds/%D8%AE%D8%A8%D8%B1.rss" in answer.headers["Link"]


async def test_links_come_from_the_base_url_and_not_from_host(published: Running) -> None:
    answer = await published.get(RSS, Host="evil.example")
    assert "evil.example" not in str(answer.headers) + answer.text


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (b"", b"identity"),
        (b"gzip, deflate, br", b"br"),
        (b"gzip, deflate", b"gzip"),
        (b"GZIP;q=1.0, br;q=0.5", b"gzip"),
        (b"br;q=0, gzip;q=0", b"identity"),
        (b"*", b"br"),
        (b"br;q=0, *;q=0.5", b"gzip"),
        (b"identity", b"identity"),
        (b"identity, gzip;q=0.5", b"identity"),
        (b"zstd", b"identity"),
        (b"br;q=rubbish", b"identity"),
        (b"gzip ; q=0.8 , br ; q=0.9", b"br"),
    ],
)
def test_the_best_encoding_is_chosen(accept: bytes, chosen: bytes) -> None:
    assert choose_encoding(accept) == chosen


def _date(moment: datetime) -> bytes:
    return format_datetime(moment, usegmt=True).encode()


@pytest.mark.parametrize(
    ("name", "value", "unchanged"),
    [
        (b"if-none-match", b'W/"a"', True),
        (b"if-none-match", b'"a"', True),
        (b"if-none-match", b'"x", W/"a" , "y"', True),
        (b"if-none-match", b"*", True),
        (b"if-none-match", b'"b"', False),
        (b"if-none-match", b"a", False),
        (b"if-none-match", b"", False),
        (b"if-modified-since", _date(NOW), True),
        (b"if-modified-since", _date(NOW + timedelta(days=1)), True),
        (b"if-modified-since", _date(NOW - timedelta(seconds=1)), False),
        (b"if-modified-since", b"yesterday", False),
        (b"if-modified-since", b"Fri, 01 Jan 99999999999 00:00:00 GMT", False),
        (b"if-modified-since", b"Fri, 01 Jan 9999 00:00:00 -2300", True),
        (b"if-modified-since", b"Sun, 01 Mar 2026 12:00:00", True),
        (b"if-modified-since", b"\xff", False),
        (b"user-agent", b"*", False),
    ],
)
def test_a_condition_is_read_as_rfc_9110_says(name: bytes, value: bytes, unchanged: bool) -> None:
    assert is_unchanged({name: value}, b'W/"a"', NOW) is unchanged


async def test_a_site_behind_a_path_serves_its_feeds_at_the_root(sqlite_db: Database, tmp_path: Path) -> None:
    async with a_site(sqlite_db, tmp_path) as site:
        catalogue = site.serving.catalogue
        moved = replace(catalogue.site, base_url="https://courier.example/news")
        people = replace(site.people, catalogue=replace(catalogue, site=moved))
        assert replace(site.serving, people=people).base_path == "/news"
