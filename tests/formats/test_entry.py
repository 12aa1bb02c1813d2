"""Values that any writer can take."""

import pytest

from syndicate.formats.entry import is_url, own_metadata, rights_line, tidy, uri
from syndicate.model.item import Timestamp
from tests.builders import a_feed_view, a_notice_view, an_entry


def test_forbidden_characters_go_from_every_field_down_to_the_notice() -> None:
    dirty = an_entry(authors=("a\x00",), url="https://a.example/\x01", notice=a_notice_view(text="n\ud800"))
    [entry] = tidy(a_feed_view(dirty, title="t\x0c")).entries
    assert (entry.authors, entry.url, entry.notice and entry.notice.text) == (
        ("a",),
        "https://a.example/",
        "n",
    )


def test_joiners_and_bidi_marks_stay() -> None:
    title = "می‌روم \u200f(الف)\u200f \u2067x\u2069 👩‍🚀"
    assert tidy(a_feed_view(an_entry(title=title))).entries[0].title == title


def test_a_title_of_five_megabytes_is_cut_at_a_word() -> None:
    title = tidy(a_feed_view(an_entry(title="harbour " * 650_000))).entries[0].title
    assert len(title) <= 301
    assert title.endswith("harbour…")


def test_a_title_without_any_blank_is_cut_too() -> None:
    assert tidy(a_feed_view(an_entry(title="x" * 5_000_000))).entries[0].title == "x" * 300 + "…"


def test_a_title_is_one_line() -> None:
    assert tidy(a_feed_view(an_entry(title=" a\n\t b "))).entries[0].title == "a b"


def test_a_clean_view_is_the_same_object_inside() -> None:
    entry = an_entry()
    assert tidy(a_feed_view(entry)).entries[0] == entry


def test_an_exact_date_needs_no_metadata() -> None:
    assert own_metadata(an_entry()) == {}


def test_a_day_and_an_inferred_update_are_both_told() -> None:
    entry = an_entry(published=Timestamp.parse("2019-05-03"), updated_inferred=True)
    assert own_metadata(entry) == {"published": "day", "updated": "inferred"}


def test_a_licence_url_is_not_repeated_in_words() -> None:
    assert rights_line(an_entry(rights_holder="H", licence="https://lic.example/")) == "H"


def test_only_http_counts_as_a_url() -> None:
    assert [is_url(url) for url in ("https://a", "http://a", "javascript:x", "a", "")] == [
        *(True, True, False, False, False),
    ]


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("https://a.example/x?y=1&z=%20#f", "https://a.example/x?y=1&z=%20#f"),
        ("https://a.example/پیک بندر", "https://a.example/%D9%BE%DB%8C%DA%A9%20%D8%A8%D9%86%D8%AF%D8%B1"),
        ('https://a.example/"<>', "https://a.example/%22%3C%3E"),
        ("https://bücher.example:81/ü", "https://xn--bcher-kva.example:81/%C3%BC"),
        ("https://[broken/ü", ""),
    ],
)
def test_an_address_is_written_in_ascii(url: str, written: str) -> None:
    assert uri(url) == written
