"""Markup that nests too deeply is made flat, and no word of it is lost."""

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml.html import HTMLParser, document_fromstring

from syndicate.extract.nesting import DEEPEST, flatten


def depth_of(markup: str) -> int:
    tree = document_fromstring(markup, parser=HTMLParser(huge_tree=True))
    return max(sum(1 for _ in element.iterancestors()) for element in tree.iter())


def test_shallow_markup_stays_as_it_is() -> None:
    markup = '<div class="a"><p>At <b>sea</b></p><script>if (a < b) "<div>"</script></div><br><img src=x>'
    assert flatten(markup) == markup


def test_deep_markup_comes_flat_with_its_paragraphs() -> None:
    flat = flatten("<div>" * 5_000 + "<p>one</p><p>two <b>three</b></p>" + "</div>" * 5_000 + "<p>four")
    assert depth_of(flat) <= DEEPEST
    assert [p.text_content() for p in document_fromstring(flat).iter("p")] == ["one", "two three", "four"]


def test_words_of_different_blocks_stay_apart() -> None:
    flat = flatten("<div>" * 300 + "<div>one</div><div>two</div>")
    assert flat.endswith("<br>one<br><br>two<br>")


def test_ends_without_a_beginning_are_left_to_the_parser() -> None:
    assert flatten("a</div></b>b") == "a</div></b>b"


PARTS = st.lists(
    st.sampled_from(["<div>", "</div>", "<b>", "</b>", "<p>", "<ul><li>", "x ", "<script>", "</script>"])
)


@given(PARTS, st.integers(min_value=1, max_value=300))
@settings(deadline=None)
def test_nothing_is_too_deep_and_nothing_is_lost(parts: list[str], times: int) -> None:
    markup = "".join(parts) * times
    flat = flatten(markup)
    assert flat.count("x ") == markup.count("x ")
    if flat.strip():
        assert depth_of(f"<body>{flat}</body>") <= 256
