"""Content survives its way through JSON and both databases, character by character."""

from dataclasses import fields, replace

import pytest

from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import Selection
from syndicate.model.item import Content, Image, Timestamp
from syndicate.store import items
from syndicate.store.content import content_hash, from_json, notice_from_json, notice_to_json, to_json
from syndicate.store.database import Database
from tests.builders import a_content, a_notice, a_provenance, an_item

TEXTS = [
    "می‌روم",
    "\u200fپیک بندر\u200e (2019)",
    "👩‍👩‍👧 🏳️‍🌈",
    "e\u0301 and é",
    "\u00a0\u2028\u2029",
    "\ud800 alone",
    "NUL \x00 and \x1f",
    "'; DROP TABLE items; --",
    "\r\n\t",
]


def a_full_content() -> Content:
    image = Image(url="https://x.example/f.jpg", alt="Ferry", width=640, height=480, media="f.jpg", size=7)
    return a_content(
        image=image, updated=Timestamp.parse("2019-05-04"), credit="With Rana Quill", direction="rtl"
    )


def test_every_field_comes_back() -> None:
    content = a_full_content()
    assert all(getattr(content, field.name) for field in fields(Content))
    assert from_json(to_json(content)) == content


def test_an_empty_content_comes_back() -> None:
    assert from_json(to_json(Content())) == Content()


def test_a_field_that_older_rows_lack_takes_its_default() -> None:
    assert from_json({"headline": "Ferry"}) == Content(headline="Ferry")


def test_a_notice_comes_back_and_so_does_none() -> None:
    assert notice_from_json(notice_to_json(a_notice())) == a_notice()
    assert notice_from_json(notice_to_json(None)) is None


@pytest.mark.parametrize("text", TEXTS)
def test_any_text_survives_the_database(db: Database, text: str) -> None:
    item = an_item(headline=text, body_text=text, authors=(text,))
    db.write_now(items.save_item, item, keys=[])
    assert db.read_now(items.find_item, item.id) == item


@pytest.mark.parametrize("text", TEXTS)
def test_no_text_stops_an_item_from_being_stored_and_found(db: Database, text: str) -> None:
    item = an_item(section=text, language=text, provenance=a_provenance(original_url=text))
    db.write_now(items.save_item, item, keys=[f"guid:{text}", f"text:{text * 300}"])
    assert db.read_now(items.find_by_keys, [f"guid:{text}"]) == {f"guid:{text}": item.id}
    [found] = db.read_now(items.list_items, Selection(), catalogue=Catalogue())
    assert found.content == item.content


@pytest.mark.parametrize(
    "stamp", ["2019-05-03", "2019-05-03T06:30:00+02:00", "2019-05-03T06:30:00.123456-03:30"]
)
def test_a_date_keeps_its_zone_and_whether_a_time_is_known(db: Database, stamp: str) -> None:
    item = an_item(published=Timestamp.parse(stamp))
    db.write_now(items.save_item, item, keys=[])
    assert str(db.read_now(items.find_item, item.id).content.published) == stamp


def test_the_hash_of_stored_content_is_the_same_for_ever() -> None:
    known = "26a0915b053fc82fc294d23879cbba7c6c02ab24f92e42a7aad1593353751ddc"
    assert content_hash(Content(headline="می‌روم")) == known


@pytest.mark.parametrize("name", [field.name for field in fields(Content)])
def test_the_hash_moves_with_every_field(name: str) -> None:
    full = a_full_content()
    assert content_hash(replace(full, **{name: getattr(Content(), name)})) != content_hash(full)


def test_the_hash_stays_when_only_our_copy_of_the_image_is_new() -> None:
    content = a_full_content()
    fetched = replace(content.image, media="g.jpg", media_type="image/jpeg", size=99)
    assert content_hash(replace(content, image=fetched)) == content_hash(content)
