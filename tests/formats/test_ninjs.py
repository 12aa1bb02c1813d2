"""ninjs 3.1 against the IPTC's own schema, and what stands where in it."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from syndicate.formats import ninjs
from syndicate.model.feed import CorrectionView, Tombstone
from syndicate.model.item import Image, Timestamp
from tests.builders import NOON, a_feed_view, a_notice_view, an_entry

SCHEMA = Draft202012Validator(
    json.loads((Path(__file__).parent.parent / "schemas" / "ninjs-3.1.json").read_text("utf-8"))
)
CORRECTION = CorrectionView(note="It was four.", at=NOON, text="Correction (1 March 2026): It was four.")
FULL: dict[str, Any] = {
    "image": Image(
        url="x", alt="The ferry", width=8, height=5, media="a.png", media_type="image/png", size=9
    ),
    "image_url": "https://news.example/media/a.png",
    "notice": a_notice_view(),
    "correction": CORRECTION,
    "credit": "With reporting by the harbour office",
    "licence": "https://lic.example/by",
    "rights_holder": "Harbour Courier",
    "source_url": "https://up.example/feed",
    "source_title": "Up",
    "revision": 3,
}


def documents(*entries: Any, **change: Any) -> Any:
    return json.loads(ninjs.write(a_feed_view(*entries, **change)))


def item(**change: Any) -> Any:
    [found] = documents(an_entry(**change))
    return found


def roles(objects: list[dict[str, str]]) -> dict[str, str]:
    return {each["role"]: each["value"] for each in objects}


@pytest.mark.parametrize(
    "change",
    [
        {},
        FULL,
        {"summary": "", "content_html": "", "authors": (), "section": ""},
        {"published": None, "updated_inferred": True},
        {"published": Timestamp.parse("2019-05-03"), "replay": True, "issued": Timestamp.parse("1999-01-02")},
        {"expired": NOON},
        {"title": "]]> \x00 \ud800 <b>&nbsp;", "licence": "for members"},
    ],
    ids=lambda change: ",".join(change) or "plain",
)
def test_an_item_keeps_to_the_schema(change: dict[str, Any]) -> None:
    SCHEMA.validate(item(**change))


def test_the_schema_sees_a_property_that_is_not_in_it() -> None:
    assert not SCHEMA.is_valid(item() | {"_syndicate": {}})


def test_the_document_is_an_array_with_an_item_a_line() -> None:
    data = ninjs.write(a_feed_view(an_entry(id="urn:a"), an_entry(id="urn:b")))
    assert [json.loads(line.rstrip(","))["uri"] for line in data.decode().splitlines()[1:-1]] == [
        "urn:a",
        "urn:b",
    ]
    assert documents() == []


def test_id_revision_and_dates() -> None:
    found = item(revision=3)
    assert (found["uri"], found["version"]) == (an_entry().id, "3")
    assert found["contentCreated"] == "2019-05-03T06:30:00+02:00"
    assert found["versionCreated"] == "2019-05-03T04:30:00+00:00"
    assert found["pubStatus"] == "usable"


def test_an_unknown_date_is_left_out_and_a_day_alone_is_told() -> None:
    undated = item(published=None, updated_inferred=True)
    assert "contentCreated" not in undated
    assert "unknown" in undated["edNote"]
    assert "only the day" in item(published=Timestamp.parse("2019-05-03"))["edNote"]


def test_the_archive_notice_stands_in_the_body_in_a_description_and_in_the_note() -> None:
    notice = a_notice_view()
    found = item(notice=notice, content_html=f"<p>Body.</p><p>{notice.text}</p>")
    assert notice.text in roles(found["bodies"])["main"]
    assert roles(found["descriptions"])["archive-notice"] == notice.text
    assert found["edNote"] == f"{notice.text} https://courier.example/"
    assert {"name": "archived", "uri": "urn:syndicate:archive:archived"} in found["subjects"]


def test_a_correction_stands_in_the_note_and_in_a_description() -> None:
    found = item(correction=CORRECTION)
    assert found["edNote"] == CORRECTION.text
    assert roles(found["descriptions"])["correction"] == CORRECTION.text


def test_what_a_partner_must_take_down_is_canceled_and_has_expired() -> None:
    found = item(expired=NOON, withdrawn_note="It was\na forgery.")
    assert found["edNote"] == "It was a forgery."
    assert (found["pubStatus"], found["expires"]) == ("canceled", "2026-03-01T12:00:00+00:00")


def test_a_withdrawn_entry_is_a_canceled_object() -> None:
    usable, canceled = documents(
        an_entry(), tombstones=(Tombstone(id="urn:uuid:9", at=NOON, note="It was\x00 wrong."),)
    )
    SCHEMA.validate(canceled)
    assert usable["pubStatus"] == "usable"
    assert (canceled["uri"], canceled["pubStatus"], canceled["edNote"]) == (
        "urn:uuid:9",
        "canceled",
        "It was wrong.",
    )
    assert "headlines" not in canceled


def test_a_replay_keeps_the_date_of_its_content() -> None:
    found = item(
        published=Timestamp(instant=NOON),
        replay=True,
        issued=Timestamp.parse("2019-05-03T06:30:00+02:00"),
        updated=NOON,
    )
    assert found["contentCreated"] == "2019-05-03T06:30:00+02:00"
    assert found["versionCreated"] == "2026-03-01T12:00:00+00:00"
    assert "first published 2019-05-03T06:30:00+02:00" in found["edNote"]


def test_the_picture_is_associated_with_its_size() -> None:
    [picture] = item(**FULL)["associations"]
    assert (picture["type"], picture["uri"]) == ("picture", "https://news.example/media/a.png")
    assert picture["renditions"] == [
        {
            "name": "main",
            "href": "https://news.example/media/a.png",
            "contentType": "image/png",
            "width": 8,
            "height": 5,
            "sizeInBytes": 9,
        }
    ]


def test_rights_and_sources_travel_with_the_item() -> None:
    found = item(**FULL)
    assert found["copyrightHolder"] == "Harbour Courier"
    assert found["rightsInfo"] == {"linkedRights": "https://lic.example/by"}
    assert found["infoSources"] == [{"name": "Up", "uri": "https://up.example/feed"}]
    assert item(licence="for members")["usageTerms"] == "for members"
    assert found["altIds"] == [{"role": "original-url", "value": "https://old.courier.example/2019/ferry"}]


def test_text_stays_readable() -> None:
    assert "پیک بندر" in ninjs.write(a_feed_view(an_entry(title="پیک بندر"))).decode("utf-8")
