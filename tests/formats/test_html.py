"""HTML as others wrote it, made safe to publish."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.formats.html import narrow, plain, sanitize, text_of, truncate_words

BASE = "https://old.courier.example/en/a.html"


@pytest.mark.parametrize(
    ("html", "wanted"),
    [
        ('<p lang="fa" dir="rtl">می‌خواهم</p>', '<p lang="fa" dir="rtl">می‌خواهم</p>'),
        ('<p onclick="x()" style="color:red" class="lead">a</p>', "<p>a</p>"),
        ('<p class="archive-notice big">a</p>', '<p class="archive-notice">a</p>'),
        ("<script>x</script><style>x</style><form><input>x</form><p>a</p>", "<p>a</p>"),
        ('<a href="b.html#c">x</a>', '<a href="https://old.courier.example/en/b.html#c">x</a>'),
        ('<a href=" java\nscript:alert(1)">x</a>', "<a>x</a>"),
        ('<a href="data:text/html,x">x</a>', "<a>x</a>"),
        ('<a href="http://[bad">x</a>', "<a>x</a>"),
        ('<a href="mailto:desk@courier.example">x</a>', '<a href="mailto:desk@courier.example">x</a>'),
        ('<img src="/a.png" alt="1 > 0">', '<img src="https://old.courier.example/a.png" alt="1 &gt; 0">'),
        (
            '<img srcset="a.png 1x, b,c.png 2x, data:x 3x" src="a.png">',
            '<img srcset="https://old.courier.example/en/a.png 1x, https://old.courier.example/en/b,c.png 2x"'
            ' src="https://old.courier.example/en/a.png">',
        ),
        ('<video poster="p.png"></video>', '<video poster="https://old.courier.example/en/p.png"></video>'),
        ('a<img src="/track.gif" width="1" height="1">b', "ab"),
        ('a<img src="/track.gif" width="0">b', "ab"),
        ('a<img src="data:image/gif;base64,xx">b', "ab"),
        ('<iframe src="https://video.example/"></iframe><!-- c -->a', "a"),
        ("a\x00b\x0bc\ud800d\ufeff", "abcd"),
        ('<p dir="sideways">a', "<p>a</p>"),
    ],
)
def test_only_what_is_safe_stays_with_absolute_urls(html: str, wanted: str) -> None:
    assert sanitize(html, base_url=BASE) == wanted


def test_without_a_base_a_relative_url_is_dropped() -> None:
    html = '<a href="b">x</a><a href="https://courier.example/">y</a>'
    assert sanitize(html, base_url="") == '<a>x</a><a href="https://courier.example/">y</a>'


def test_what_is_clean_stays_as_it_is() -> None:
    once = sanitize("<article><h2>A &amp; B</h2><p>c<br>d &lt;e&gt;</p></article>", base_url=BASE)
    assert sanitize(once, base_url=BASE) == once


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 50_000 + "a",
        "<b>" * 50_000 + "a",
        "<" * 50_000 + " a",
        '<img srcset="' + "a, " * 20_000 + '">a',
    ],
)
def test_hostile_nesting_is_bounded(html: str) -> None:
    assert sanitize(html, base_url=BASE).endswith("a")
    assert text_of(html).endswith("a")


def test_text_has_one_block_a_line() -> None:
    html = "<div>a &amp; b\n c<p>d<br>e</p><ul><li>f</li><li>می‌خواهم</li></ul><script>x</script></div>"
    assert text_of(html) == "a & b c\n\nd e\n\nf\n\nمی‌خواهم"


def test_plain_keeps_joiners_and_bidi_marks() -> None:
    assert (
        plain("\u200fمی\u200cخواهم\u2067x\u2069\n\t\x07\x85\ufffe") == "\u200fمی\u200cخواهم\u2067x\u2069\n\t"
    )


def test_a_teaser_ends_with_an_ellipsis_only_when_cut() -> None:
    assert truncate_words("one two, three", 3) == "one two, three"
    assert truncate_words("one two, three", 2) == "one two…"


@given(st.text())
def test_any_text_is_sanitised_to_itself_at_the_second_time(text: str) -> None:
    once = sanitize(text, base_url=BASE)
    assert sanitize(once, base_url=BASE) == once


def test_many_references_are_kept_as_they_are() -> None:
    many = "<p title='a &amp; b'>Fish &amp; chips &lt;b&gt;</p>" * 6_000
    assert sanitize(many, base_url="") == '<p title="a &amp; b">Fish &amp; chips &lt;b&gt;</p>' * 6_000
    assert text_of(many).split("\n\n") == ["Fish & chips <b>"] * 6_000


def test_tags_without_an_end_hide_nothing() -> None:
    assert text_of("<a " * 50_000 + "<p>x</p>") == "x"


def test_what_is_not_allowed_leaves_its_text_and_a_block_stays_a_block() -> None:
    image = '<img src="https://x.example/a" alt="">'
    html = f'<figure lang="fa">{image}<figcaption>Quay</figcaption></figure><hr>'
    assert narrow(html + "<p><mark>Late</mark> <b>tide</b></p>", frozenset({"p", "b", "img", "div"})) == (
        f'<div lang="fa">{image}<div>Quay</div></div><p>Late <b>tide</b></p>'
    )


def test_the_archive_notice_stays_what_it_is_among_fewer_tags() -> None:
    notice = '<p class="archive-notice" lang="en" dir="ltr">No longer updated.</p>'
    assert 'class="archive-notice"' in narrow(notice, frozenset({"p"}))
