"""What feedgen 1.0.0 gets wrong, one test each: how it fails by itself, where that can be shown, and ours."""

import locale
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from feedgen.feed import FeedGenerator
from lxml import etree

from syndicate.formats import atom, jsonfeed, ninjs, rss
from syndicate.formats.feedgen_extension import qualified
from syndicate.formats.lint.parts import ATOM
from syndicate.model.feed import Tombstone
from syndicate.model.item import Image
from tests.builders import NOON, a_feed_view, a_notice_view, an_entry
from tests.neighbours.programs import needs

WRITERS = [rss.write, atom.write, jsonfeed.write, ninjs.write]
PICTURE = {
    "image": Image(url="x", media="a.png", media_type="image/png", size=9),
    "image_url": "https://news.example/media/a.png",
}


def plain_entry(feed: Any) -> Any:
    entry = feed.add_entry()
    entry.title("T")
    entry.id("urn:y")
    entry.link(href="https://news.example/y")
    return entry


def plain_feedgen() -> Any:
    feed = FeedGenerator()
    feed.title("T")
    feed.id("urn:x")
    feed.link(href="https://news.example/", rel="alternate")
    feed.description("D")
    return feed


def test_atom_entry_links_keep_rel_type_and_length() -> None:
    bare = plain_feedgen()
    entry = bare.add_entry()
    entry.title("T")
    entry.id("urn:y")
    entry.link(href="https://news.example/", rel="alternate", type="text/html")
    assert b'<link href="https://news.example/"/>' in bare.atom_str()
    assert b'rel="alternate" type="text/html"' in atom.write(a_feed_view(an_entry()))


def test_the_channel_link_is_the_page_whatever_other_links_there_are() -> None:
    bare = plain_feedgen()
    bare.link(href="https://hub.example/", rel="hub")
    assert b"<link>https://hub.example/</link>" in bare.rss_str()
    written = rss.write(a_feed_view(hub_url="https://hub.example/"))
    assert b"<link>https://news.example/feeds/all.html</link>" in written
    assert b'<atom:link href="https://hub.example/" rel="hub"/>' in written


def test_no_date_comes_from_the_clock() -> None:
    assert b"lastBuildDate" in plain_feedgen().rss_str()
    assert b"lastBuildDate" not in rss.write(a_feed_view())
    years = [
        each.text[:4] for each in etree.fromstring(atom.write(a_feed_view(an_entry()))).iter(f"{ATOM}updated")
    ]
    assert years == ["2019", "2019"]


@pytest.mark.parametrize("write", WRITERS)
def test_control_characters_in_one_entry_do_not_lose_the_feed(write: Any) -> None:
    bare = plain_feedgen()
    bare.add_entry().title("\x00")
    with pytest.raises(ValueError, match="XML compatible"):
        bare.rss_str()
    dirty = an_entry(title="a\x00\x0b\x1fb", content_html="<p>\x00\ud800</p>", authors=("\x07",))
    assert b"ab" in write(a_feed_view(dirty))


def test_no_cdata_anywhere_so_that_its_end_mark_may_occur() -> None:
    bare = plain_feedgen()
    plain_entry(bare).content("<p>x</p>", type="CDATA")
    assert b'type="CDATA"' in bare.atom_str()
    view = a_feed_view(an_entry(title="]]>", content_html="<p>]]></p>"))
    for write in (rss.write, atom.write):
        assert b"CDATA" not in write(view)
        etree.fromstring(write(view))


def test_the_syndication_module_is_spelt_right() -> None:
    bare = plain_feedgen()
    bare.load_extension("syndication")
    assert b"sy:UpdateFrequency>None<" in bare.rss_str()
    written = rss.write(a_feed_view())
    assert b"<sy:updatePeriod>hourly</sy:updatePeriod>" in written
    assert b"None" not in written


def test_a_single_picture_is_in_no_media_group() -> None:
    bare = plain_feedgen()
    bare.load_extension("media")
    entry = bare.add_entry()
    entry.title("T")
    entry.media.content(url="https://news.example/a.png")
    assert b"media:group" in bare.rss_str()
    assert b"media:group" not in rss.write(a_feed_view(an_entry(**PICTURE)))


def test_an_author_without_address_is_not_dropped() -> None:
    bare = plain_feedgen()
    entry = bare.add_entry()
    entry.title("T")
    entry.author(name="Mina Vale")
    assert b"Mina Vale" not in bare.rss_str()
    assert b"<dc:creator>Mina Vale</dc:creator>" in rss.write(a_feed_view(an_entry()))


def test_a_source_has_id_and_updated() -> None:
    bare = plain_feedgen()
    plain_entry(bare).source(url="https://up.example/feed", title="Up")
    assert b"<source><title>Up</title><link href=" in bare.atom_str()
    view = a_feed_view(an_entry(source_url="https://up.example/feed", source_title="Up"))
    source = etree.fromstring(atom.write(view)).find(f"{ATOM}entry/{ATOM}source")
    assert source.findtext(f"{ATOM}id") == "https://up.example/feed"
    assert source.findtext(f"{ATOM}updated")


def test_content_stays_out_of_the_description_when_there_is_no_summary() -> None:
    bare = plain_feedgen()
    plain_entry(bare).content("<p>x</p>", type="html")
    assert b"<description>&lt;p&gt;x&lt;/p&gt;</description>" in bare.rss_str()
    assert b"content:encoded" not in bare.rss_str()
    item = etree.fromstring(rss.write(a_feed_view(an_entry(summary="")))).find("channel/item")
    assert item.find("description") is None
    assert item.findtext(qualified("content:encoded")) == an_entry().content_html


def test_no_writer_touches_the_locale_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Any] = []
    monkeypatch.setattr(locale, "setlocale", lambda *args: calls.append(args) or "C")
    plain_feedgen().rss_str()
    assert calls
    calls.clear()
    for write in WRITERS:
        write(a_feed_view(an_entry()))
    assert calls == []


def test_dates_are_english_under_a_german_locale(tmp_path: Path) -> None:
    # Compiled here, since few machines have it; the setting reaches the child's C library alone.
    compiled = subprocess.run(
        [needs("localedef"), "-i", "de_DE", "-f", "UTF-8", tmp_path / "de_DE.UTF-8"],
        capture_output=True,
        check=False,
    )
    if compiled.returncode:
        pytest.skip("there are no locale sources: sudo apt-get install locales")
    script = (
        "import locale, sys, datetime\n"
        "locale.setlocale(locale.LC_ALL, '')\n"
        "assert datetime.date(2019, 5, 3).strftime('%B') == 'Mai'\n"
        "from syndicate.formats import atom, rss\n"
        "from tests.builders import a_feed_view, an_entry\n"
        "view = a_feed_view(an_entry())\n"
        "sys.stdout.buffer.write(rss.write(view) + atom.write(view))\n"
    )
    environment = os.environ | {
        "LC_ALL": "de_DE.UTF-8",
        "LOCPATH": str(tmp_path),
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, env=environment, check=False)
    assert b"<pubDate>Fri, 03 May 2019 06:30:00 +0200</pubDate>" in run.stdout, run.stderr
    view = a_feed_view(an_entry())
    assert run.stdout == rss.write(view) + atom.write(view)


@pytest.mark.parametrize("write", WRITERS)
def test_two_renders_are_byte_identical_in_any_thread(write: Any) -> None:
    view = a_feed_view(*(an_entry(title=str(n), notice=a_notice_view(), **PICTURE) for n in range(20)))
    with ThreadPoolExecutor(4) as threads:
        renderings = set(threads.map(lambda _: write(view), range(16)))
    assert renderings == {write(view)}


def test_entries_follow_each_other_in_the_order_of_the_view() -> None:
    bare = plain_feedgen()
    for title in ("New", "Old"):
        bare.add_entry().title(title)
    assert bare.rss_str().index(b"Old") < bare.rss_str().index(b"New")
    view = a_feed_view(an_entry(title="New"), an_entry(title="Old"))
    for write in WRITERS:
        assert write(view).index(b"New") < write(view).index(b"Old")


def test_the_bytes_of_an_atom_feed_are_in_its_namespace() -> None:
    assert plain_entry(plain_feedgen()).atom_entry().tag == "entry"
    found = etree.fromstring(atom.write(a_feed_view(an_entry())))
    assert {child.tag.startswith(ATOM) for child in (found, *found)} == {True}


def test_feedgen_refuses_links_beyond_the_five_that_it_knows() -> None:
    entry = plain_entry(plain_feedgen())
    with pytest.raises(ValueError, match="rel"):
        entry.link(href="https://lic.example/", rel="license")


@pytest.mark.parametrize("rel", ["license", "via", "related", "enclosure"])
def test_entries_may_have_links_beyond_the_five_that_feedgen_knows(rel: str) -> None:
    entry = an_entry(notice=a_notice_view(), licence="https://lic.example/", **PICTURE)
    assert f'rel="{rel}"'.encode() in atom.write(a_feed_view(entry))


def test_html_that_is_no_xhtml_is_carried_as_text() -> None:
    bare = plain_feedgen()
    plain_entry(bare).content("<p>one<br>two", type="xhtml")
    with pytest.raises(etree.XMLSyntaxError):
        bare.atom_str()
    entry = an_entry(content_html="<p>one<br>two &nbsp; <img src='https://a.example/i.png'>")
    found = etree.fromstring(atom.write(a_feed_view(entry))).find(f"{ATOM}entry/{ATOM}content")
    assert found.text == entry.content_html


def test_what_feedgen_lacks_is_there() -> None:
    bare = plain_feedgen()
    for missing in ("json_str", "archive", "complete", "tombstone"):
        assert not hasattr(bare, missing)
    view = a_feed_view(tombstones=(Tombstone(id="urn:x", at=NOON),), complete=True)
    assert b"<at:deleted-entry" in atom.write(view)
    assert b"<fh:complete/>" in rss.write(view)
    assert b"jsonfeed.org" in jsonfeed.write(view)
