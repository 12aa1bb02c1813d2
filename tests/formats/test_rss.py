"""RSS as other programs read it."""

from typing import Any

import pytest
from lxml import etree

from syndicate.formats import rss
from syndicate.formats.feedgen_extension import qualified
from syndicate.model.feed import CorrectionView, EntryView, Extra, Format, Tombstone
from syndicate.model.item import Image, Timestamp
from tests.builders import NOON, a_feed_view, a_notice_view, an_archive, an_entry

PICTURE = Image(
    url="https://old.courier.example/ferry.jpg",
    alt="The ferry",
    width=800,
    height=450,
    media="ab12.jpg",
    media_type="image/jpeg",
    size=51_200,
)
MEDIA_URL = "https://news.example/media/ab12.jpg"


def channel(*entries: EntryView, **change: Any) -> Any:
    return etree.fromstring(rss.write(a_feed_view(*entries, **change))).find("channel")


def item(**change: Any) -> Any:
    return channel(an_entry(**change)).find("item")


def links(element: Any) -> dict[str, str]:
    return {link.get("rel"): link.get("href") for link in element.findall(qualified("atom:link"))}


def test_the_declaration_stands_at_byte_0() -> None:
    assert rss.write(a_feed_view()).startswith(b"<?xml version='1.0' encoding='UTF-8'?>")


def test_the_guid_is_the_item_id_and_no_link() -> None:
    guid = item().find("guid")
    assert (guid.text, guid.get("isPermaLink")) == (an_entry().id, "false")


def test_the_publication_date_keeps_its_own_offset() -> None:
    assert item().findtext("pubDate") == "Fri, 03 May 2019 06:30:00 +0200"


def test_an_unknown_date_is_left_out() -> None:
    undated = item(published=None, updated_inferred=True)
    assert undated.find("pubDate") is None
    assert undated.find(qualified("atom:updated")) is None
    assert undated.find(qualified("syndicate:dates")).get("updated") == "inferred"


def test_a_day_alone_becomes_its_midnight_in_utc_and_says_that_it_is_a_day() -> None:
    dated = item(published=Timestamp.parse("2019-05-03"))
    assert dated.findtext("pubDate") == "Fri, 03 May 2019 00:00:00 +0000"
    assert dated.findtext(qualified("dcterms:issued")) == "2019-05-03"
    assert dated.find(qualified("syndicate:dates")).get("published") == "day"


def test_summary_and_body_have_their_own_elements() -> None:
    assert item().findtext("description") == "The ferry sailed at dawn."
    assert item().findtext(qualified("content:encoded")).startswith("<p>The ferry")


def test_a_teaser_has_no_content() -> None:
    assert item(content_html="").find(qualified("content:encoded")) is None


def test_authors_are_dublin_core_creators_since_rss_wants_an_address() -> None:
    written = item(authors=("Mina Vale", "Jon Tide"))
    assert [each.text for each in written.findall(qualified("dc:creator"))] == ["Mina Vale", "Jon Tide"]
    assert written.find("author") is None


def test_a_picture_of_ours_is_one_enclosure_with_url_length_and_type() -> None:
    written = item(image=PICTURE, image_url=MEDIA_URL)
    assert [dict(each.attrib) for each in written.findall("enclosure")] == [
        {"url": MEDIA_URL, "length": "51200", "type": "image/jpeg"}
    ]


def test_media_content_stands_outside_any_group() -> None:
    written = item(image=PICTURE, image_url=MEDIA_URL)
    content = written.find(qualified("media:content"))
    assert (content.get("width"), content.get("medium")) == ("800", "image")
    assert content.findtext(qualified("media:description")) == "The ferry"
    assert written.find(qualified("media:group")) is None


def test_a_picture_of_unknown_size_is_no_enclosure() -> None:
    assert item(image=Image(url="x", media="ab12.jpg"), image_url=MEDIA_URL).find("enclosure") is None


def test_an_archived_item_tells_machines_too() -> None:
    written = item(notice=a_notice_view())
    marks = [each for each in written.findall("category") if each.text == "archived"]
    assert [each.get("domain") for each in marks] == ["urn:syndicate:archive"]
    assert links(written) == {
        "related": "https://courier.example/",
        "via": "https://old.courier.example/2019/ferry",
    }


def test_a_successor_that_may_not_be_linked_is_no_related_link() -> None:
    assert "related" not in links(item(notice=a_notice_view(successor_url="")))


def test_a_licence_that_is_a_url_is_a_link_and_one_in_words_is_text() -> None:
    assert links(item(licence="https://lic.example/by"))["license"] == "https://lic.example/by"
    assert item(licence="for members", rights_holder="H").findtext(qualified("dc:rights")) == "H, for members"


def test_an_upstream_feed_is_named_as_the_source() -> None:
    source = item(source_url="https://up.example/feed", source_title="Up").find("source")
    assert (source.get("url"), source.text) == ("https://up.example/feed", "Up")


def test_the_channel_links_to_its_page_itself_and_the_other_formats() -> None:
    found = channel(hub_url="https://hub.example/", licence="https://lic.example/")
    assert found.findtext("link") == "https://news.example/feeds/all.html"
    assert links(found)["self"] == "https://news.example/feeds/all.rss"
    assert links(found)["hub"] == "https://hub.example/"
    assert links(found)["license"] == "https://lic.example/"
    types = [
        link.get("type") for link in found.findall(qualified("atom:link")) if link.get("rel") == "alternate"
    ]
    assert types == ["application/atom+xml", "application/feed+json"]


def test_a_channel_without_entries_tells_no_build_date() -> None:
    assert channel().find("lastBuildDate") is None


@pytest.mark.parametrize(
    ("ttl", "rhythm"),
    [
        (30, ("hourly", "2")),
        (60, ("hourly", "1")),
        (360, ("daily", "4")),
        (1_440, ("daily", "1")),
        (10_080, ("weekly", "1")),
        (97, (None, None)),
        (0, (None, None)),
    ],
)
def test_the_syndication_module_agrees_with_ttl_or_is_left_out(ttl: int, rhythm: tuple[str, str]) -> None:
    found = channel(ttl_minutes=ttl)
    assert (
        found.findtext(qualified("sy:updatePeriod")),
        found.findtext(qualified("sy:updateFrequency")),
    ) == rhythm


def test_elements_stand_in_the_order_of_the_specification() -> None:
    written = item(image=PICTURE, image_url=MEDIA_URL, notice=a_notice_view())
    plain = [child.tag for child in written if "{" not in child.tag]
    assert plain == [
        *("title", "link", "description", "category", "category", "enclosure", "guid", "pubDate"),
    ]


def test_entries_declare_no_namespace_of_their_own() -> None:
    body = rss.write(a_feed_view(an_entry(image=PICTURE, image_url=MEDIA_URL))).partition(b"<channel>")[2]
    assert b"xmlns" not in body


def test_newer_entries_stay_before_older_ones() -> None:
    feed = channel(an_entry(title="New"), an_entry(title="Old"))
    assert [each.findtext("title") for each in feed.findall("item")] == ["New", "Old"]


def test_a_feed_without_json_twin_names_none() -> None:
    urls = {Format.RSS: "https://news.example/feeds/all.rss"}
    assert set(links(channel(urls=urls))) == {"self"}


def test_an_element_that_a_partner_asks_for_stands_in_the_place_of_ours() -> None:
    mi = "http://schemas.ingestion.microsoft.com/common/"
    extras = (
        Extra(name="pubDate", text="Sun, 01 Mar 2026 12:00:00 +0000"),
        Extra(name="mi:expirationDate", text="2026-03-01T12:00:00+00:00", namespace=mi),
    )
    root = etree.fromstring(rss.write(a_feed_view(an_entry(extras=extras))))
    assert [one.text for one in root.iter("pubDate")] == ["Sun, 01 Mar 2026 12:00:00 +0000"]
    assert root.findtext(f".//{{{mi}}}expirationDate") == "2026-03-01T12:00:00+00:00"


def test_a_channel_holds_what_a_partner_asks_for_in_the_specification_s_order() -> None:
    extras = (Extra(name="pubDate", text="Sun, 01 Mar 2026 12:00:00 +0000"),)
    [channel] = etree.fromstring(rss.write(a_feed_view(an_entry(), extras=extras)))
    names = [child.tag for child in channel]
    assert names.index("language") < names.index("pubDate") < names.index("lastBuildDate")


def test_a_replay_says_when_the_original_came_out() -> None:
    written = item(published=Timestamp(instant=NOON), replay=True, issued=Timestamp.parse("2019-05-03"))
    assert written.findtext("pubDate") == "Sun, 01 Mar 2026 12:00:00 +0000"
    assert written.findtext(qualified("dcterms:issued")) == "2019-05-03"
    assert links(written) == {"via": "https://old.courier.example/2019/ferry"}


def test_what_a_partner_must_take_down_says_until_when_it_was_valid() -> None:
    written = item(expired=NOON, summary="", content_html="")
    assert written.findtext(qualified("dcterms:valid")) == "end=2026-03-01T12:00:00+00:00; scheme=W3C-DTF"
    assert written.find(qualified("media:status")).get("state") == "deleted"


def test_a_correction_is_told_to_machines_too() -> None:
    found = item(correction=CorrectionView(note="It was 4, not 3.", at=NOON)).find(
        qualified("syndicate:correction")
    )
    assert (found.text, found.get("at")) == ("It was 4, not 3.", "2026-03-01T12:00:00+00:00")


def test_documents_of_an_archive_are_linked_with_each_other() -> None:
    middle = channel(archive=an_archive(2, of=3))
    assert middle.find(qualified("fh:archive")) is not None
    assert {rel: href for rel, href in links(middle).items() if rel not in {"self", "alternate"}} == {
        "current": "https://news.example/feeds/all.rss",
        "prev-archive": "https://news.example/feeds/all/1.rss",
        "next-archive": "https://news.example/feeds/all/3.rss",
    }


def test_the_subscription_document_leads_to_the_newest_archive_document() -> None:
    newest = channel(archive=an_archive(0, of=3), complete=False)
    assert links(newest)["prev-archive"] == "https://news.example/feeds/all/3.rss"
    assert "next-archive" not in links(newest)
    assert newest.find(qualified("fh:archive")) is None


def test_only_a_whole_feed_in_one_document_is_complete() -> None:
    assert channel(complete=True).find(qualified("fh:complete")) is not None
    assert channel().find(qualified("fh:complete")) is None
    archived = channel(complete=True, archive=an_archive(1, of=1))
    assert archived.find(qualified("fh:complete")) is None


def test_withdrawn_entries_are_simply_absent() -> None:
    graves = (Tombstone(id="urn:uuid:9", at=NOON, note="Withdrawn"),)
    assert rss.write(a_feed_view(an_entry(), tombstones=graves)) == rss.write(a_feed_view(an_entry()))


def test_a_replay_of_what_is_undated_is_no_news_of_its_day() -> None:
    written = item(published=Timestamp(instant=NOON), replay=True)
    assert written.find(qualified("dcterms:issued")) is None
    assert "via" in links(written)
