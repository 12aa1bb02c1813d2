"""Pages that are not as they should be, one document each."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syndicate.extract.listing import links
from syndicate.extract.page import Page, extract
from syndicate.extract.prior import Prior

DOCUMENTS = Path(__file__).parents[1] / "documents" / "extract"
TITLE = "A Second Counter at the Harbour Office"
FIRST = "The harbour office opened a second counter on Monday, and the queue"
LAST = "sandwich in hand."


def read(name: str) -> Page:
    return extract((DOCUMENTS / name).read_bytes(), url=f"https://old.courier.example/en/{name}")


@pytest.mark.parametrize(
    "name",
    [
        "article-tells-of-an-old-site.html",
        "base-elsewhere.html",
        "broken-json-ld.html",
        "comments-are-no-briefs.html",
        "dos-line-ends.txt",
        "hard-wrapped.txt",
        "link-without-scheme.html",
        "list-of-sentences-in-the-body.html",
        "no-heading.html",
        "notice-at-the-foot.html",
        "notice-links-to-its-explanation.html",
        "says-utf8-is-windows-1252.html",
        "several-articles-in-json-ld.html",
        "teasers-are-no-briefs.html",
        "today-in-the-masthead.html",
        "unclosed-markup.html",
        "utf16-with-mark.txt",
    ],
)
def test_headline_and_body_are_whole(name: str) -> None:
    page = read(name)
    assert page.headline == TITLE
    assert page.body_text.startswith(FIRST)
    assert LAST in page.body_text
    assert page.language == "en"


@pytest.mark.parametrize("name", ["comments-are-no-briefs.html", "teasers-are-no-briefs.html"])
def test_what_repeats_is_not_always_a_brief(name: str) -> None:
    page = read(name)
    assert page.briefs == ()
    assert page.body_text.count("\n\n") == 3


def test_a_list_of_sentences_stays_in_the_body() -> None:
    page = read("list-of-sentences-in-the-body.html")
    assert page.briefs == ()
    assert page.body_html.count("<li>") == 3


def test_an_article_about_an_old_site_is_no_notice_and_keeps_its_sentences() -> None:
    page = read("article-tells-of-an-old-site.html")
    assert page.notice is None
    assert page.body_text.count("\n\n") == 5


def test_the_date_in_the_masthead_is_the_day_of_the_visit() -> None:
    assert read("today-in-the-masthead.html").published is None


@pytest.mark.parametrize(
    ("name", "successor"),
    [
        ("link-without-scheme.html", "https://courier.example"),
        ("notice-links-to-its-explanation.html", ""),
        ("notice-at-the-foot.html", "https://courier.example/en/"),
        ("dos-line-ends.txt", "https://www.courier.example"),
    ],
)
def test_the_successor_is_where_the_new_site_is(name: str, successor: str) -> None:
    notice = read(name).notice
    assert notice is not None
    assert notice.successor_url == successor
    assert notice.text not in read(name).body_text


def test_of_several_articles_in_json_ld_the_one_of_the_heading_counts() -> None:
    page = read("several-articles-in-json-ld.html")
    assert page.authors == ("Wren Tidewater",)
    assert str(page.published) == "2021-10-28T07:45:00+01:00"


def test_broken_json_ld_leaves_the_rest_to_be_read() -> None:
    assert str(read("broken-json-ld.html").published) == "2021-10-28T07:45:00+01:00"


def test_escaped_json_ld_is_read_as_text() -> None:
    page = read("escaped-json-ld.html")
    assert page.headline == f"{TITLE} & Pier"
    assert page.authors == ("Wren Tidewater", "Marlow Breakwater")


def test_relative_addresses_follow_the_base_element() -> None:
    page = read("base-elsewhere.html")
    assert 'href="https://cdn.courier.example/2021/more.html"' in page.body_html
    assert page.image is not None
    assert page.image.url == "https://cdn.courier.example/2021/counter.jpg"


def test_a_script_of_another_direction_overrules_the_declared_language() -> None:
    page = read("persian-page-says-english.html")
    assert (page.language, page.direction) == ("fa", "rtl")


def test_arabic_in_its_old_charset_is_read() -> None:
    page = read("arabic-windows-1256.html")
    assert page.headline == "شباك ثان في مكتب الميناء"
    assert (page.language, page.direction) == ("ar", "rtl")


def test_a_charset_that_the_bytes_contradict_is_told() -> None:
    page = read("says-utf8-is-windows-1252.html")
    assert "“chairs”" in page.body_text
    assert page.warnings == ("the page says utf-8 but its bytes are cp1252",)


def test_a_jalali_date_keeps_its_minute_and_zone() -> None:
    assert str(read("jalali-date.html").published) == "2021-10-28T09:15:00+00:00"


def test_joiners_and_bidi_marks_live() -> None:
    page = read("words-split-by-marks.html")
    for whole in ("می\u200cخواهیم", "\u2067Harbour Office\u2069", "\u200fکتاب\u200cخانه\u200cها"):
        assert whole in page.body_text
        assert whole in page.body_html


def test_labels_under_a_headline_in_plain_text_are_read() -> None:
    page = read("hard-wrapped.txt")
    assert page.authors == ("Wren Tidewater",)
    assert str(page.published) == "2021-10-28"
    assert page.credit == "Reporting by Estuary News Pool"
    assert page.body_text.count("\n\n") == 3


def test_a_picture_is_no_page() -> None:
    page = read("picture.png")
    assert (page.headline, page.body_text) == ("", "")
    assert "these bytes are not text" in page.warnings


@given(st.binary(max_size=2000))
@settings(deadline=None)
def test_no_bytes_raise(data: bytes) -> None:
    page = extract(data, url="https://old.courier.example/")
    assert page.warnings or page.headline
    assert links(data, url="https://old.courier.example/") is not None


MARKUP = st.lists(
    st.sampled_from(
        [
            *(
                "<p>",
                "</p>",
                "<div class='byline'>",
                "</div>",
                "<h1>",
                "</h1>",
                "<a href='http://['>",
                "</a>",
                "<br>",
            ),
            *(
                "<ul><li>",
                "</li>",
                "More",
                "In brief",
                "<table><tr><td>",
                "</table>",
                "<time datetime='x'>",
                "<img src=a>",
            ),
            *(
                "This page is archived and no longer updated.",
                "With reporting by",
                "By A and B",
                "3 May 2024 25:99",
            ),
            *(
                "A sentence of some words stands here.",
                "\u200c",
                "\x00",
                "\ud83d",
                "<script type='application/ld+json'>{",
            ),
            *(
                '{"@type":"Article","author":[[{}]],"image":[{"url":{}}]}',
                "</script>",
                "<base href='http://['>",
                "&#0;",
            ),
            *(
                "<meta property='og:image' content='http://['>",
                "<link rel=canonical href='//['>",
                "<svg>",
                "<!--",
                "&#1;",
            ),
        ]
    ),
    max_size=40,
)


@given(MARKUP)
@settings(deadline=None)
def test_no_markup_raises(parts: list[str]) -> None:
    data = ("<html>" + "".join(parts)).encode("utf-8", "surrogatepass")
    page = extract(data, url="https://old.courier.example/a.html", prior=Prior(zone="Asia/Tehran"))
    assert "<script" not in page.body_html
    links(data, url="https://old.courier.example/")


@pytest.mark.parametrize(
    "data",
    [
        b"<html><body><h1>T</h1>" + b"<div>" * 50_000 + b"<p>text</p>",
        b"x<br><br>" * 10_000,
        b"<a href=x>More</a> " * 10_000,
        b"<h2>News in brief</h2>" * 10_000,
        b"<div><span>In brief</span></div><p>a b c d e f g h</p>" * 2_000,
        b'<script type="application/ld+json">' + b"[" * 100_000 + b"</script><p>x",
        b"<p>" + b"word " * 200_000,
        b"12:12:12 " * 20_000,
    ],
)
def test_huge_and_deep_pages_are_bounded(data: bytes) -> None:
    assert extract(data, url="https://old.courier.example/").kind in {"html", "text"}


SHOWN = "<h1>Ferry sails at dawn</h1><p>The ferry sailed at dawn with forty passengers and two dogs.</p>"
MORE = "<p>It carried letters for the island and a new lamp for the lighthouse.</p>"
TEXT = [
    "The ferry sailed at dawn with forty passengers and two dogs.",
    "It carried letters for the island and a new lamp for the lighthouse.",
]


def read_article(inside: str, attributes: str = "") -> list[str]:
    html = f"<title>Ferry sails at dawn</title><body {attributes}><article>{inside}</article>"
    return extract(html.encode(), url="https://old.courier.example/a.html").body_text.split("\n\n")


@pytest.mark.parametrize(
    "attributes",
    [
        'style="display:none"',
        'style="color: red; DISPLAY : none !important"',
        'style="visibility:hidden"',
        "hidden",
        'aria-hidden="true"',
    ],
)
def test_what_is_not_shown_is_not_in_the_body(attributes: str) -> None:
    assert read_article(f"{SHOWN}<p {attributes}>Nobody was to read this.</p>{MORE}") == TEXT


def test_what_can_be_shown_is_in_the_body() -> None:
    assert read_article(SHOWN + MORE.replace("<p>", '<p hidden="until-found">')) == TEXT


@pytest.mark.parametrize("attributes", ['style="visibility:hidden"', "hidden"])
def test_a_page_that_a_script_shows_is_read(attributes: str) -> None:
    assert read_article(SHOWN + MORE, attributes) == TEXT
    apart = SHOWN.replace("<p>", f"<p {attributes}>") + MORE.replace("<p>", f"<p {attributes}>")
    assert read_article(apart) == TEXT


def test_the_paragraphs_of_a_body_are_tidy() -> None:
    first = "<p>\n\n<br>The ferry <b>sailed</b>\n  at dawn<br>with forty passengers and two dogs.\n<br></p>"
    code = "<pre>  tide  3.2\n  tide  4.1</pre>"
    html = f"<title>Ferry</title><body><article><h1>Ferry</h1>{first}\n\n{MORE}{code}{MORE * 2}</article>"
    body = extract(html.encode(), url="https://old.courier.example/a.html").body_html
    assert "<p>The ferry <strong>sailed</strong> at dawn" in body
    assert "two dogs.</p>" in body
    assert "\n\n" not in body


@pytest.mark.parametrize("kind", ["text/html", "text/plain"])
def test_a_date_of_two_meanings_is_told_and_neither_teaser_nor_body(kind: str) -> None:
    text = "The harbour office opened a second counter on Monday, and the queue grew. " * 5
    parts = (TITLE, "Published on 05/06/2017", text)
    shell = "<html lang='en'><article><h1>{}</h1><p>{}</p><p>{}</p></article>"
    data = shell.format(*parts) if kind == "text/html" else "\n\n".join(parts)
    page = extract(data.encode(), url="https://old.courier.example/a", content_type=kind)
    assert page.published is None
    assert page.body_text.startswith(FIRST)
    assert page.summary.startswith(FIRST)
    assert [w for w in page.warnings if w.startswith('date "05/06/2017" is ambiguous: ')] == list(
        page.warnings
    )
    assert page.warnings


def test_what_stands_behind_the_end_of_the_body_is_read() -> None:
    first = f"<p>{FIRST} was gone by noon, the wardens said.</p>"
    rest = "<p>The clerk had brought a bell, which nobody needed to ring, and a <b>sandwich in hand.</b></p>"
    page = extract(f"<title>x</title><body><h1>{TITLE}</h1>{first}</body>{rest}</html>".encode(), url="")
    assert page.body_text.startswith(FIRST)
    assert page.body_text.endswith(LAST)


def test_a_page_that_begins_with_an_xml_declaration_is_read_as_html() -> None:
    data = b'<?xml version="1.0" encoding="utf-8"?>' + (DOCUMENTS / "base-elsewhere.html").read_bytes()

    page = extract(data, url="https://old.courier.example/en/base-elsewhere.html")

    assert page == read("base-elsewhere.html")


def test_what_stands_for_browsers_without_frames_is_no_text() -> None:
    data = b"<html><frameset><frame src=a><noframes><body><p>Get a browser.</p></body></noframes></frameset>"

    assert extract(data, url="https://old.courier.example/").body_text == ""
