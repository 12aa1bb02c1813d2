"""Pages and images that were fetched before are remembered by their URL, however long it is."""

from dataclasses import replace
from datetime import timedelta

import pytest

from syndicate.model.item import Image
from syndicate.store import pages, sources
from syndicate.store.database import Database
from syndicate.store.dialect import KEY_BYTES, fitted
from syndicate.store.pages import PageStatus
from tests.builders import NOON, a_source

URLS = ["https://old.courier.example/a", "https://old.courier.example/" + "b" * 5000, "https://x.example/پیک"]
# No three of its letters are alike, so that nothing makes it shorter.
DENSE = "https://x.example/" + "".join(chr(0x4E00 + number * 7 % 20_000) for number in range(950))


@pytest.mark.parametrize("url", [*URLS, DENSE])
def test_a_page_is_remembered_and_replaced(db: Database, url: str) -> None:
    db.write_now(sources.upsert_sources, [a_source()], now=NOON)
    page = PageStatus(source="harbour", url=url, captured=NOON, etag='"1"', content_hash="0" * 64)
    db.write_now(pages.save_page, page)
    changed = replace(
        page,
        own=True,
        failures=2,
        not_before=NOON,
        etag='"2"',
        captured=NOON + timedelta(hours=1),
        last_modified="Sun, 01 Mar 2026",
    )
    db.write_now(pages.save_page, changed)
    assert db.read_now(pages.find_page, "harbour", url=url) == changed
    assert db.read_now(pages.find_page, "tide", url=url) is None


@pytest.mark.parametrize("url", [*URLS, DENSE])
def test_an_image_is_found_by_its_url_without_the_page_s_alternative_text(db: Database, url: str) -> None:
    image = Image(
        url=url, alt="A ferry", width=640, height=480, media="f.jpg", media_type="image/jpeg", size=9
    )
    db.write_now(pages.save_media, image, now=NOON)
    db.write_now(pages.save_media, replace(image, size=10), now=NOON)
    assert db.read_now(pages.find_media, url) == replace(image, alt="", size=10)
    assert db.read_now(pages.find_media, url + "?") is None


def test_all_pages_of_a_source_are_listed_by_url(db: Database) -> None:
    db.write_now(sources.upsert_sources, [a_source(), a_source(name="tide")], now=NOON)
    for source, url in (("harbour", "/b"), ("harbour", "/a"), ("tide", "/c")):
        db.write_now(pages.save_page, PageStatus(source=source, url=url, captured=NOON, content_hash="1"))
    found = db.read_now(pages.list_pages, "harbour")
    assert list(found) == ["/a", "/b"]
    assert found["/a"].content_hash == "1"


@pytest.mark.parametrize("url", [*URLS, DENSE])
def test_a_page_is_listed_by_its_whole_url(db: Database, url: str) -> None:
    db.write_now(sources.upsert_sources, [a_source()], now=NOON)
    page = PageStatus(source="harbour", url=url, captured=NOON)
    db.write_now(pages.save_page, page)
    db.write_now(pages.save_page, page)
    assert db.read_now(pages.list_pages, "harbour") == {url: page}


@pytest.mark.parametrize(
    ("key", "width"), [("a" * 700, 600), ("船" * 700, 600), ("船" * 950, 1000), ("😀" * 601, 1000)]
)
def test_a_long_key_is_cut_to_what_a_column_and_an_index_hold(key: str, width: int) -> None:
    cut = fitted(key, width)
    assert (len(cut) <= width, len(cut.encode()) <= KEY_BYTES) == (True, True)
    assert key.startswith(cut[:500])
    assert cut != fitted(key + "x", width)
    assert fitted(key[:599], width) == key[:599]
