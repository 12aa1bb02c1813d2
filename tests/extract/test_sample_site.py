"""Every page of the shipped sample site, against what its writer put in."""

import json
from pathlib import Path
from typing import Any

import pytest

from syndicate.extract.listing import links
from syndicate.extract.page import Page, extract
from syndicate.extract.prior import Prior
from syndicate.model.item import Notice

SITE = Path(__file__).parents[2] / "config" / "samples" / "site"
HOST = "https://old.courier.example"
WANTED: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parent / "sample_site.json").read_text("utf-8")
)


def page_of(path: str, zone: str = "") -> Page:
    return extract((SITE / path).read_bytes(), url=f"{HOST}/{path}", prior=Prior(zone=zone))


@pytest.fixture(params=sorted(WANTED))
def path(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_headline_authors_and_credit_are_found(path: str) -> None:
    page, wanted = page_of(path), WANTED[path]
    assert page.headline == wanted["headline"]
    assert list(page.authors) == wanted["authors"]
    assert page.credit == wanted["credit"]
    assert page.warnings == ()


def test_dates_are_those_stated_and_none_is_invented(path: str) -> None:
    page, wanted = page_of(path), WANTED[path]
    assert str(page.published or "") == wanted["published"]
    assert str(page.updated or "") == wanted["updated"]


def test_language_and_direction_are_known_even_where_undeclared(path: str) -> None:
    page, wanted = page_of(path), WANTED[path]
    assert (page.language, page.direction) == (wanted["language"], wanted["direction"])


def test_the_body_is_the_article_and_nothing_else(path: str) -> None:
    page, wanted = page_of(path), WANTED[path]
    assert page.body_text.split("\n\n") == wanted["body"]
    assert page.summary


def test_each_brief_has_its_text_link_and_section(path: str) -> None:
    page, wanted = page_of(path), WANTED[path]
    assert [[brief.text, brief.url] for brief in page.briefs] == wanted["briefs"]
    assert {brief.section for brief in page.briefs} == {wanted["brief_section"]}
    assert len({brief.fingerprint for brief in page.briefs}) == len(wanted["briefs"])


def test_the_notice_is_found_with_its_successor(path: str) -> None:
    page, wanted = page_of(path), WANTED[path]
    assert page.notice == Notice(
        text=wanted["notice"], successor_url=wanted["successor"], language=wanted["language"]
    )


def test_the_lead_image_has_its_words_and_size(path: str) -> None:
    image, wanted = page_of(path).image, WANTED[path]["image"]
    assert ([image.url, image.alt] if image else None) == wanted
    assert image is None or (image.width, image.height) == (1200, 675)


def test_structure_survives_in_the_html() -> None:
    html = page_of("en/ferry-winter-timetable.html").body_html
    assert "<h2>What changes</h2>" in html
    assert html.count("<li>") == 3
    assert "More" not in html


def test_the_listing_leads_to_every_page_once() -> None:
    found = links((SITE / "index.html").read_bytes(), url=f"{HOST}/index.html")
    assert sorted(found) == sorted(f"{HOST}/{path}" for path in WANTED)


@pytest.mark.parametrize("language", ["en", "fa"])
def test_each_language_has_its_listing(language: str) -> None:
    found = links((SITE / f"{language}.html").read_bytes(), url=f"{HOST}/{language}.html")
    assert sorted(found) == sorted(f"{HOST}/{path}" for path in WANTED if path.startswith(language))
