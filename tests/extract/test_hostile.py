"""No page raises, and what can be read of it is read. How long each takes: `python -m benchmarks extract`."""

import pytest

from syndicate.extract.listing import links
from syndicate.extract.page import extract
from tests.extract.hostile import SENTENCE, hostile_pages

# A twentieth shows what raises, and how long the whole takes is measured elsewhere.
PAGES = hostile_pages(0.05)
DEEP = ("5,000 divs deep", "5,000 spans deep", "5,000 tables deep", "100,000 unclosed bolds")
URL = "https://old.courier.example/a.html"


def whole(name: str) -> bytes:
    return hostile_pages(only=[name])[name]


@pytest.mark.parametrize("name", PAGES)
def test_a_hostile_page_is_read(name: str) -> None:
    page = extract(PAGES[name], url=URL)
    assert page.kind in {"html", "text"}
    assert "\0" not in page.body_text
    links(PAGES[name], url=URL)


@pytest.mark.parametrize("name", DEEP)
def test_an_article_deep_inside_is_found_with_a_warning(name: str) -> None:
    page = extract(whole(name), url=URL)
    assert page.headline == "Ferry sails at dawn"
    assert page.body_text.count(SENTENCE.strip()) >= 9
    assert any("nests too deeply" in warning for warning in page.warnings)


def test_what_follows_a_picture_within_the_page_is_read() -> None:
    assert extract(whole("a picture within the page"), url=URL).body_text.count(SENTENCE.strip()) == 5


def test_a_page_that_is_too_large_is_read_as_far_as_it_goes() -> None:
    page = extract(whole("5 MB of paragraphs"), url=URL)
    assert page.body_text.count(SENTENCE.strip()) > 5_000
    assert any("the page is too large" in warning for warning in page.warnings)


def test_a_drawing_does_not_make_a_page_too_large() -> None:
    page = extract(whole("100,000 strokes"), url=URL)
    assert page.body_text.count(SENTENCE.strip()) == 5
