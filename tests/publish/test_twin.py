"""The page beside a feed: what people see of it."""

from typing import Any

from lxml import html as lxml_html

from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import CorrectionView, EntryView, Tombstone
from syndicate.model.item import Timestamp
from syndicate.publish import twin
from syndicate.templating import Templates
from tests.builders import NOON, a_feed_view, a_notice_view, an_archive, an_entry

TEMPLATES = Templates()


def page(*entries: EntryView, **change: Any) -> Any:
    data = twin.write(a_feed_view(*entries, **change), catalogue=Catalogue(), templates=TEMPLATES)
    return lxml_html.document_fromstring(data.decode("utf-8"))


def text(found: list[Any]) -> list[str]:
    return [" ".join(each.text_content().split()) for each in found]


def test_a_page_is_its_frame_around_entries_that_were_rendered_alone() -> None:
    view = a_feed_view(an_entry(notice=a_notice_view()), an_entry(id="urn:uuid:2", title="]]> & <b>"))
    entries = [twin.write_entry(entry, templates=TEMPLATES) for entry in view.entries]
    written = twin.join(view, entries, catalogue=Catalogue(), templates=TEMPLATES)
    assert written == twin.write(view, catalogue=Catalogue(), templates=TEMPLATES)
    assert all(entry in written for entry in entries)


def test_a_title_is_escaped_once() -> None:
    assert text(page(an_entry(title="Fish & <chips>")).xpath("//h2")) == ["Fish & <chips>"]


def test_it_says_so_when_there_is_nothing() -> None:
    assert "Nothing has been published yet." in page().text_content()


def test_a_correction_stands_before_the_teaser() -> None:
    note = CorrectionView(note="It was four.", at=NOON, text="Correction (1 March 2026): It was four.")
    article = page(an_entry(correction=note)).xpath("//article")[0]
    assert text(article.xpath("p[@class='correction']")) == [note.text]
    assert article.text_content().index(note.text) < article.text_content().index("The ferry sailed")


def test_a_teaser_that_begins_with_the_correction_says_it_once() -> None:
    note = CorrectionView(note="It was four.", at=NOON, text="Correction (1 March 2026): It was four.")
    found = page(an_entry(correction=note, summary=f"{note.text}\n\nThe ferry sailed at dawn."))
    assert found.text_content().count(note.note) == 1


def test_what_was_withdrawn_is_a_plain_line_in_the_feeds_language() -> None:
    graves = (Tombstone(id="urn:uuid:9", at=NOON, note="It was <wrong>."),)
    assert text(page(an_entry(), tombstones=graves).xpath("//p[contains(@class, 'withdrawn')]")) == [
        "Withdrawn 1 March 2026. It was <wrong>."
    ]
    persian = page(language="fa", direction="rtl", tombstones=graves)
    assert "۱۰ اسفند ۱۴۰۴" in persian.text_content()


def steps(found: Any) -> dict[str, str]:
    return {link.text: link.get("href") for link in found.xpath("//p[contains(@class, 'pages')]//a")}


def test_pages_of_an_archive_lead_to_the_latest_newer_and_older_ones() -> None:
    assert steps(page(an_entry(), archive=an_archive(2, of=3))) == {
        "Latest": "https://news.example/feeds/all.html",
        "Newer": "https://news.example/feeds/all/3.html",
        "Older": "https://news.example/feeds/all/1.html",
    }
    assert set(steps(page(an_entry(), archive=an_archive(1, of=3)))) == {"Latest", "Newer"}


def test_the_feeds_own_page_leads_to_older_ones_alone() -> None:
    found = page(an_entry(), archive=an_archive(0, of=3))
    assert steps(found) == {"Older": "https://news.example/feeds/all/3.html"}
    assert page(an_entry()).xpath("//p[contains(@class, 'pages')]") == []


def test_a_page_of_the_archive_offers_readers_the_feed_itself() -> None:
    urls = an_archive(0, of=2).older
    found = page(an_entry(), archive=an_archive(2, of=2), urls=urls)
    assert found.xpath("//link[@rel='canonical']/@href") == ["https://news.example/feeds/all/2.html"]
    assert found.xpath("//link[@rel='alternate']/@href") == [
        f"https://news.example/feeds/all.{suffix}" for suffix in ("rss", "atom", "json")
    ]


def test_a_page_of_the_archive_says_which_and_leads_to_the_feed_once() -> None:
    found = page(an_entry(), archive=an_archive(2, of=2))
    assert found.findtext("head/title").startswith("All stories, page 2 of the archive")
    assert text(found.xpath("//h1")) == ["All stories, page 2 of the archive"]
    assert found.xpath("//main//*[contains(@class, 'formats')]") == []
    assert "https://news.example/feeds/all.rss" not in found.xpath("//main//a/@href")
    persian = page(language="fa", direction="rtl", archive=an_archive(12, of=12))
    assert "صفحهٔ ۱۲ بایگانی" in persian.findtext("head/title")
    assert text(page(an_entry()).xpath("//h1")) == ["All stories"]


def test_several_authors_have_the_comma_of_their_language() -> None:
    names = ("Mina Vale", "Tom Hale")
    assert "Mina Vale, Tom Hale" in page(an_entry(authors=names)).text_content()
    persian = page(an_entry(language="fa", direction="rtl", authors=("مینا", "تام")))
    assert "مینا، تام" in persian.text_content()


def test_partners_find_ninjs_and_feed_readers_are_not_led_to_it() -> None:
    found = page(an_entry())
    assert "https://news.example/feeds/all.ninjs" in found.xpath("//main//a/@href")
    assert "https://news.example/feeds/all.ninjs" not in found.xpath("//main//ul//a/@href")
    assert "application/json" not in found.xpath("//link[@rel='alternate']/@type")


def test_a_replay_shows_both_dates_and_which_is_which() -> None:
    entry = an_entry(title="3 May 2019: Ferry returns", published=Timestamp(instant=NOON), replay=True)
    found = page(entry).text_content()
    assert "3 May 2019" in found
    assert "Shown again 1 March 2026" in found
