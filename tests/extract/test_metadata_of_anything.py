"""Whatever a page states, and however much of it, its metadata are read, and nothing raises."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syndicate.extract.metadata.credit import find_credit
from syndicate.extract.metadata.read import Metadata, read_metadata
from syndicate.extract.tree import parse

URL = "https://old.courier.example/a.html"
KEYS = st.sampled_from(
    [
        *("@type", "@id", "@graph", "headline", "author", "name", "image", "url", "width", "datePublished"),
        *("publisher", "logo", "articleSection", "itemListElement", "position", "item", "mainEntityOfPage"),
        *("inLanguage", "caption"),
    ]
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(
        ["NewsArticle", "BreadcrumbList", "2021-10-28T07:45Z", "http://[", "#a", "By A, B and C", "<b>"]
    ),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=6)),
    max_leaves=25,
)
MARKUP = st.lists(
    st.sampled_from(
        [
            *(
                "<article>",
                "</article>",
                "<div itemscope itemtype=NewsArticle>",
                "</div>",
                "<h1>Ferry sails</h1>",
            ),
            *(
                "<p itemprop=author>",
                "<b itemprop=name>A B</b>",
                "<time datetime='2021-99-99'>",
                "<time itemprop=x>",
            ),
            *(
                "<img srcset='a 1w, , b 2x,'>",
                "<img src='http://['>",
                "<picture><source srcset='x 3w'>",
                "<figure>",
            ),
            *(
                "<meta property='og:image' content='//['>",
                "<meta property=og:image:width content=9>",
                "<title>|</title>",
            ),
            *(
                "<meta name=author content=', and ;'>",
                "<link rel=canonical href='//['>",
                "<p>By</p>",
                "<p>| - :</p>",
            ),
            *(
                "<ol class=breadcrumb><li><a href=x>",
                "<p>updated published 3/4/2021</p>",
                "<span>١٤٤١/٧/٢٣ هـ</span>",
            ),
            *(
                "<p>With reporting by</p>",
                "<p>contributed to this report",
                "<html lang='en_'>",
                "\ud800",
                "\x00",
            ),
        ]
    ),
    max_size=30,
)


def read(page: str) -> Metadata | None:
    tree = parse(page)
    if tree is None:
        return None
    found = read_metadata(tree, url=URL, base=URL, zone="Asia/Tehran")
    find_credit(tree)
    return found


@given(VALUES, MARKUP)
@settings(deadline=None)
def test_no_statement_raises(value: Any, parts: list[str]) -> None:
    found = read(f"<script type='application/ld+json'>{json.dumps(value)}</script><p>x{''.join(parts)}")
    assert found is None or found.canonical_url


@given(st.text(max_size=200))
@settings(deadline=None)
def test_no_broken_statement_raises(text: str) -> None:
    read(f'<script type=\'application/ld+json\'>{{"@type":"Article",{text}</script><h1>Ferry sails</h1>')


NODE = '{"@type":"NewsArticle","headline":"Ferry sails at dawn","datePublished":"2021-10-28"}'
HEADING = "<h1>Ferry sails at dawn</h1>"
DATED = '<meta property="article:published_time" content="2021-10-28">'


@pytest.mark.parametrize(
    "page",
    [
        DATED + '<meta property="x" content="y">' * 40_000 + HEADING,
        DATED + HEADING + "<time datetime=x>x</time>" * 50_000,
        DATED + HEADING + "<p>a b c</p>" * 50_000,
        DATED + HEADING + "<img src=/logo.png>" * 20_000,
        DATED + HEADING + "<div class=byline>x</div>" * 20_000,
        DATED + HEADING + "<div class=breadcrumb><a href=x>x</a></div>" * 20_000,
        DATED + HEADING + "<p><b>contributed</b></p>" * 20_000,
        DATED + HEADING + "<p>" + "ک" * 1_000_000,
        f"{HEADING}<p>28 October 2021</p>" + "<p>a b c</p>" * 50_000,
        f'<script type="application/ld+json">{NODE}</script>' * 40 + HEADING,
        f'<script type="application/ld+json">[{",".join([NODE] * 10_000)}]</script>{HEADING}',
        f'<script type="application/ld+json">{"," * 1_000_000}</script>{DATED}{HEADING}',
        '<script type="application/ld+json">' + '{"@graph":[' * 20_000 + f"</script>{DATED}{HEADING}",
    ],
)
def test_much_of_one_thing_hides_nothing(page: str) -> None:
    found = read(page)
    assert found is not None
    assert str(found.published) == "2021-10-28"
    assert found.headline == "Ferry sails at dawn"
