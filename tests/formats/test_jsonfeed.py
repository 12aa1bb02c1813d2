"""JSON Feed 1.1 and the two objects of our own in it."""

import json
from typing import Any

from syndicate.formats import jsonfeed
from syndicate.model.feed import CorrectionView, Tombstone
from syndicate.model.item import Image, Timestamp
from tests.builders import NOON, a_feed_view, a_notice_view, an_archive, an_entry


def document(**change: Any) -> Any:
    return json.loads(jsonfeed.write(a_feed_view(**change)))


def item(**change: Any) -> Any:
    return json.loads(jsonfeed.write(a_feed_view(an_entry(**change))))["items"][0]


def test_the_top_says_version_title_home_and_feed() -> None:
    found = document()
    assert found["version"] == "https://jsonfeed.org/version/1.1"
    assert found["feed_url"] == "https://news.example/feeds/all.json"
    assert found["home_page_url"] == "https://news.example/feeds/all.html"
    assert found["items"] == []


def test_a_hub_is_told_as_websub() -> None:
    assert document(hub_url="https://hub.example/")["hubs"] == [
        {"type": "WebSub", "url": "https://hub.example/"}
    ]


def test_an_item_has_id_dates_and_authors() -> None:
    found = item()
    assert found["id"] == an_entry().id
    assert found["date_published"] == "2019-05-03T06:30:00+02:00"
    assert found["date_modified"] == "2019-05-03T04:30:00+00:00"
    assert found["authors"] == [{"name": "Mina Vale"}]


def test_an_unknown_date_is_left_out() -> None:
    found = item(published=None, updated_inferred=True)
    assert "date_published" not in found
    assert "date_modified" not in found
    assert found["_syndicate"]["updated"] == "inferred"


def test_a_day_alone_is_marked() -> None:
    found = item(published=Timestamp.parse("2019-05-03"))
    assert found["date_published"] == "2019-05-03T00:00:00+00:00"
    assert found["_syndicate"]["published"] == "day"


def test_without_html_the_text_is_the_content() -> None:
    found = item(content_html="", summary="Only words.")
    assert found["content_text"] == "Only words."
    assert "content_html" not in found


def test_the_archive_object_says_all_of_it() -> None:
    found = item(notice=a_notice_view(), published=Timestamp.parse("2019-05-03"), captured=NOON)
    assert found["_archive"] == {
        "about": "urn:syndicate:archive",
        "text": a_notice_view().text,
        "language": "en",
        "successor_url": "https://courier.example/",
        "original_url": "https://old.courier.example/2019/ferry",
        "published": "2019-05-03",
        "captured": "2026-03-01T12:00:00+00:00",
    }
    assert "archived" in found["tags"]


def test_an_item_without_notice_has_no_archive_object() -> None:
    assert "_archive" not in item()


def test_a_picture_is_attached_with_its_size() -> None:
    picture = Image(url="x", media="a.png", media_type="image/png", size=9)
    found = item(image=picture, image_url="https://news.example/media/a.png")
    assert found["attachments"] == [
        {"url": "https://news.example/media/a.png", "mime_type": "image/png", "size_in_bytes": 9}
    ]


def test_text_stays_readable_and_no_byte_order_mark_precedes_it() -> None:
    data = jsonfeed.write(a_feed_view(an_entry(title="پیک بندر")))
    assert data.startswith(b"{")
    assert "پیک بندر" in data.decode("utf-8")


def test_the_next_document_is_the_older_one() -> None:
    assert document(archive=an_archive(0, of=2))["next_url"] == "https://news.example/feeds/all/2.json"
    assert document(archive=an_archive(2, of=2))["next_url"] == "https://news.example/feeds/all/1.json"
    assert "next_url" not in document(archive=an_archive(1, of=2))


def test_a_frozen_feed_has_expired() -> None:
    assert document(frozen=True)["expired"] is True
    assert "expired" not in document()


def test_a_correction_is_told_to_machines_too() -> None:
    assert item(correction=CorrectionView(note="It was 4.", at=NOON))["_syndicate"] == {
        "about": "urn:syndicate:metadata",
        "correction": {"note": "It was 4.", "at": "2026-03-01T12:00:00+00:00"},
    }


def test_a_replay_says_when_the_original_came_out_and_where_it_is() -> None:
    found = item(
        published=Timestamp(instant=NOON),
        replay=True,
        issued=Timestamp.parse("2019-05-03"),
        notice=a_notice_view(),
    )
    assert found["_syndicate"]["issued"] == "2019-05-03"
    assert found["_syndicate"]["original_url"] == "https://old.courier.example/2019/ferry"
    assert found["_archive"]["published"] == "2019-05-03"


def test_what_a_partner_must_take_down_has_expired() -> None:
    found = item(expired=NOON, summary="", content_html="")
    assert found["_syndicate"]["expired"] == "2026-03-01T12:00:00+00:00"
    assert found["content_text"] == found["title"]


def test_withdrawn_entries_are_simply_absent() -> None:
    graves = (Tombstone(id="urn:uuid:9", at=NOON),)
    assert document(tombstones=graves) == document()
