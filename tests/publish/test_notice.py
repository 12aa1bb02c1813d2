"""Which archive notice an item carries, where it links, and where it stands."""

from typing import Any

import pytest

from syndicate.model.catalogue import Catalogue
from syndicate.model.item import Item, ItemKind
from syndicate.model.language import direction_of
from syndicate.model.source import Archived
from syndicate.publish.notice import (
    LANGUAGES,
    catalogue_wording,
    notice_parts,
    notice_view,
    notice_warnings,
    place_html,
    place_text,
    registrable,
)
from tests.builders import a_notice, a_notice_view, a_provenance, a_source, an_item, an_old_site

PAGE_WORDS = "The harbour's old pages are closed. See courier.example."


def a_catalogue(*, old_site: Any = None, **source: Any) -> Catalogue:
    base = {"url": "https://old.courier.example/", "old_site": "old-courier" if old_site else ""}
    sites = {"old-courier": old_site} if old_site else {}
    return Catalogue(sources={"harbour": a_source(**base | source)}, old_sites=sites)


def archived(**change: Any) -> Item:
    return an_item(**{"archived": True} | change)


def text(item: Item, catalogue: Catalogue) -> str:
    view = notice_view(item, catalogue)
    assert view is not None
    return view.text


def link(item: Item, catalogue: Catalogue) -> str:
    view = notice_view(item, catalogue)
    assert view is not None
    return view.successor_url


# --- N1: wording ------------------------------------------------------------------------------------


def test_the_sources_own_words_come_first() -> None:
    catalogue = a_catalogue(
        old_site=an_old_site(wording={"en": "Site."}), notice="From {name}. Now {successor}."
    )
    item = archived(page_notice=a_notice())
    assert text(item, catalogue) == "From The Old Harbour Courier. Now Harbour Courier."


def test_the_pages_words_come_before_the_sites() -> None:
    catalogue = a_catalogue(old_site=an_old_site(wording={"en": "Site."}))
    assert text(archived(page_notice=a_notice(text=PAGE_WORDS)), catalogue) == PAGE_WORDS


def test_the_pages_words_in_another_language_are_kept_but_not_shown() -> None:
    catalogue = a_catalogue(old_site=an_old_site(wording={"en": "Site."}))
    view = notice_view(archived(page_notice=a_notice(text="بایگانی", language="fa")), catalogue)
    assert view is not None
    assert (view.text, view.page_text) == ("Site.", "بایگانی")


def test_the_sites_words_come_before_the_shipped_ones() -> None:
    assert text(archived(), a_catalogue(old_site=an_old_site(wording={"en": "From {name}."}))) == (
        "From The Old Harbour Courier."
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_shipped_words_speak_the_items_language(language: str) -> None:
    view = notice_view(archived(language=language), a_catalogue(old_site=an_old_site()))
    assert view is not None
    assert (view.language, view.direction) == (language, direction_of(language))
    assert "The Old Harbour Courier" in view.text
    assert "Harbour Courier" in view.text.replace("The Old Harbour Courier", "")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_catalogue_has_both_wordings_and_only_known_names(language: str) -> None:
    wording = catalogue_wording(language)
    assert set(wording) == {"text", "alone"}
    assert {"{name}" in each for each in wording.values()} == {True}
    assert ("{successor}" in wording["text"], "{successor}" in wording["alone"]) == (True, False)


def test_a_language_without_words_gets_english_and_says_so() -> None:
    view = notice_view(archived(language="sw"), a_catalogue(old_site=an_old_site()))
    assert view is not None
    assert (view.language, view.direction) == ("en", "ltr")


def test_a_region_uses_the_words_of_its_language() -> None:
    view = notice_view(archived(language="fa-IR"), a_catalogue(old_site=an_old_site()))
    assert view is not None
    assert (view.language, view.direction) == ("fa-IR", "rtl")
    assert "بایگانی" in view.text


def test_without_any_old_site_the_source_gives_its_name_and_no_successor_is_claimed() -> None:
    assert "Old Pages" in text(archived(), a_catalogue(title="Old Pages"))
    assert "appear at" not in text(archived(), a_catalogue(title="Old Pages"))


def test_a_vanished_source_still_has_a_notice() -> None:
    assert "old.courier.example" in text(archived(), Catalogue())


def test_old_sites_live_side_by_side_told_apart_by_host() -> None:
    sites = {
        "a": an_old_site(key="a", name="A", hosts=("a.example",)),
        "b": an_old_site(key="b", name="B", hosts=("b.example",), successor_url="https://new-b.example/"),
    }
    catalogue = Catalogue(old_sites=sites)
    item = archived(provenance=a_provenance(original_url="https://b.example/1"))
    assert link(item, catalogue) == "https://new-b.example/"


def test_braces_in_a_pages_words_are_only_words() -> None:
    notice = a_notice(text="{0} {name.__class__} {x")
    assert text(archived(page_notice=notice), a_catalogue()) == "{0} {name.__class__} {x"


# --- N2: who carries one ------------------------------------------------------------------------------


def test_a_live_item_has_none() -> None:
    assert notice_view(an_item(page_notice=a_notice()), a_catalogue()) is None


def test_a_source_that_says_no_has_none() -> None:
    assert notice_view(archived(), a_catalogue(archived=Archived.NO)) is None


def test_a_source_that_says_yes_since_the_collection_has_one() -> None:
    assert notice_view(an_item(), a_catalogue(archived=Archived.YES, old_site=an_old_site())) is not None


@pytest.mark.parametrize("host", ["old.courier.example", "www.Old.courier.example"])
def test_a_host_named_since_the_collection_gives_its_pages_one(host: str) -> None:
    view = notice_view(an_item(), Catalogue(old_sites={"old": an_old_site(key="old", hosts=(host,))}))
    assert view is not None
    assert view.site == "The Old Harbour Courier"


def test_a_source_may_silence_it() -> None:
    assert notice_view(archived(), a_catalogue(notice="none")) is None


def test_a_brief_carries_one_too() -> None:
    assert notice_view(archived(kind=ItemKind.BRIEF), a_catalogue()) is not None


# --- N3: the successor's link -------------------------------------------------------------------------


def test_a_configured_successor_is_a_link() -> None:
    assert link(archived(), a_catalogue(old_site=an_old_site())) == "https://courier.example/"


def test_a_successor_on_the_sources_own_domain_is_a_link() -> None:
    assert link(archived(page_notice=a_notice()), a_catalogue()) == "https://courier.example/"


@pytest.mark.parametrize(
    ("source", "successor"),
    [
        ("https://old.courier.example/", "https://evil.example/"),
        ("https://old.courier.example/", "https://courier.example.evil.example/"),
        ("https://old.courier.example/", "javascript:alert(1)"),
        ("https://old.courier.example/", "ftp://courier.example/"),
        ("https://one.co.uk/", "https://two.co.uk/"),
        ("https://one.github.io/", "https://two.github.io/"),
        ("http://192.0.2.1/", "http://192.0.2.2/"),
        ("https://old.courier.example/", "https://[broken"),
    ],
)
def test_a_page_cannot_put_a_foreign_link_into_the_notice(source: str, successor: str) -> None:
    item = archived(page_notice=a_notice(successor_url=successor))
    assert link(item, a_catalogue(url=source)) == ""
    [warning] = notice_warnings(item, a_catalogue(url=source))
    assert successor in warning
    assert "successor_url" in warning


def test_nothing_is_warned_of_when_the_operator_has_named_the_successor() -> None:
    item = archived(page_notice=a_notice(successor_url="https://evil.example/"))
    assert notice_warnings(item, a_catalogue(old_site=an_old_site())) == ()
    assert link(item, a_catalogue(old_site=an_old_site())) == "https://courier.example/"


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        ("https://a.b.co.uk/x", "b.co.uk"),
        ("https://one.github.io/", "one.github.io"),
        ("https://a.courier.example/", "courier.example"),
        ("http://127.0.0.1:8080/", "127.0.0.1"),
        ("not a url", ""),
    ],
)
def test_the_registrable_domain_follows_the_public_suffix_list(url: str, domain: str) -> None:
    assert registrable(url) == domain


# --- N4: where it stands ------------------------------------------------------------------------------


def test_the_notice_is_the_last_element_with_language_and_direction() -> None:
    html = place_html("<p>Body.</p>", a_notice_view(language="fa", direction="rtl", text="متن"))
    assert html.startswith('<p>Body.</p><p class="archive-notice" lang="fa" dir="rtl">متن')


def test_the_successors_name_in_the_words_becomes_the_link() -> None:
    assert notice_parts(a_notice_view(text="Now at Harbour Courier.")) == ("Now at ", "Harbour Courier", ".")


def test_a_bare_domain_in_the_words_becomes_the_link() -> None:
    assert notice_parts(a_notice_view(text=PAGE_WORDS))[1] == "courier.example"


def test_words_without_the_successor_are_followed_by_the_link() -> None:
    html = place_html("", a_notice_view(text="Closed."))
    assert 'Closed. <a href="https://courier.example/" dir="auto">Harbour Courier</a></p>' in html


def test_words_of_a_page_are_escaped() -> None:
    html = place_html("", a_notice_view(text='<script>"&', successor_url=""))
    assert html.endswith('dir="ltr">&lt;script&gt;"&amp;</p>')


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<p>Body.</p>",
        "<p>Body &amp; soul</p>",
        '<div lang="fa" dir="rtl"><p>متن</p></div>',
        "text without any element",
    ],
)
def test_placing_it_twice_is_placing_it_once(body: str) -> None:
    notice = a_notice_view(page_text=PAGE_WORDS)
    once = place_html(body, notice)
    assert place_html(once, notice) == once
    assert once.startswith(body)


@pytest.mark.parametrize(
    "upstream",
    [
        '<p class="x archive-notice">Other words.</p>',
        '<div class="archive-notice"><p>Other <b>words</b>.</p></div>',
        f"<p>{PAGE_WORDS}</p>",
        f"<div><em>{PAGE_WORDS.replace(' ', '  ')}</em></div>",
        '<p>The harbour\'s old pages are closed. See <a href="https://courier.example/">courier.example</a></p>',
    ],
)
@pytest.mark.parametrize("place", ["before", "after"])
def test_a_notice_from_upstream_is_taken_off(upstream: str, place: str) -> None:
    body = "<p>Body.</p>"
    html = upstream + body if place == "before" else body + upstream
    placed = place_html(html, a_notice_view(page_text=PAGE_WORDS))
    assert placed.startswith('<p>Body.</p><p class="archive-notice"')
    assert placed.count("archive-notice") == 1


def test_a_paragraph_that_only_begins_like_the_notice_stays() -> None:
    body = (
        f"<p>{PAGE_WORDS} And then the ferry sailed again, with forty passengers aboard, to the islands.</p>"
    )
    assert place_html(body, a_notice_view(page_text=PAGE_WORDS)).startswith(body)


def test_in_text_it_is_the_last_paragraph_with_the_address() -> None:
    assert place_text("One.\n\nTwo.", a_notice_view(text="Closed.")) == (
        "One.\n\nTwo.\n\nClosed. https://courier.example/"
    )


def test_in_text_placing_it_twice_is_placing_it_once() -> None:
    notice = a_notice_view()
    once = place_text("One.\n\nTwo.", notice)
    assert place_text(once, notice) == once
