"""What selectors match: CSS and XPath alike, safe on pages of any size and shape."""

import pytest
from cssselect import HTMLTranslator
from lxml import etree
from lxml.html import HtmlElement, document_fromstring

from syndicate.extract.selectors.find import choose, find_all
from syndicate.model.source import Selectors

PAGE = """<body><article class="story big" id="s"><h1 lang="en">Ferry</h1>
<div class="text"><p>One</p><p>Two <b>bold</b></p><p>Three</p></div>
<ul><li>a</li><li class="on">b</li><li>c</li></ul></article><p class="text">Outside</p>
<time datetime="2019-05-03">3 May</time><a href="/x" rel="next nofollow">Next</a></body>"""


def tree(html: str = PAGE) -> HtmlElement:
    return document_fromstring(html)


@pytest.mark.parametrize(
    "css",
    [
        "p", "article p", "article > p", "div > p", "article div p", "div.text > p", ".story .text p",
        "h1 + div", "h1 ~ ul", "p ~ p", "p + p + p", "p:has(b)", "div:has(> p)", "li:nth-child(2)",
        "li:first-child", "li:last-child", "li:nth-of-type(2n+1)", "li:not(.on)", "h1, time", "[rel~=next]",
        "a[href^='/']", "#s > ul li.on", "time[datetime]", "*", "article *", "p:contains('Two')",
        "p:not(:first-child)",
    ],
)  # fmt: skip
def test_css_means_what_it_means_elsewhere(css: str) -> None:
    page = tree()
    elsewhere = etree.XPath(HTMLTranslator().css_to_xpath(css))(page)
    assert find_all(page, css) == elsewhere
    assert elsewhere or css == "article > p"


@pytest.mark.parametrize(
    ("css", "texts"),
    [
        ("p:not(:has(b))", ["One", "Three", "Outside"]),
        ("article :is(h1, li.on)", ["Ferry", "b"]),
        ("li.on:is(li)", ["b"]),
        ("li.on:is(ul, p)", []),
    ],
)
def test_css_that_the_library_reads_wrongly_is_read_rightly(css: str, texts: list[str]) -> None:
    assert [element.text for element in find_all(tree(), css)] == texts


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        ("time@datetime", ["2019-05-03"]),
        ("a@rel", ["next nofollow"]),
        ("p@datetime", []),
        ("//time/@datetime", ["2019-05-03"]),
        ("//time/text()", ["3 May"]),
        ("xpath: string(//h1)", ["Ferry"]),
        ("(//h2)", []),
        ("//p[", []),
        ("h1[", []),
        ("//p[foo()]", []),
        ("//namespace::*", []),
        ("//comment()", []),
    ],
)
def test_an_attribute_or_a_text_can_be_taken(selector: str, found: list[str]) -> None:
    assert find_all(tree(), selector) == found


def test_removing_takes_the_shell_that_is_empty_without_it_too() -> None:
    page = tree("<body><main><div class=box><div class=ad>Buy</div></div><p>Text</p></main></body>")
    chosen = choose(page, Selectors(remove=(".ad", "//aside")))
    assert chosen.unmatched == ("remove[2]",)
    assert not page.find_class("box")
    assert page.text_content().split() == ["Text"]


def test_what_is_removed_is_still_read_where_it_was_named() -> None:
    page = tree()
    chosen = choose(page, Selectors(headline="h1", remove=("article",)))
    assert [element.text for element in chosen.found["headline"]] == ["Ferry"]
    assert not page.findall(".//article")


def test_a_page_cannot_be_removed_whole() -> None:
    page = tree()
    chosen = choose(page, Selectors(remove=("html", "//html")))
    assert page.findall(".//h1")
    assert 'selectors.remove[1] "html" is the whole page' in chosen.warnings[0]


def test_what_takes_the_text_away_is_named() -> None:
    chosen = choose(tree(), Selectors(remove=("b", "body > *")))
    assert chosen.emptied == ('selectors.remove[2] "body > *" took out all of its text',)


def nested(depth: int, count: int) -> str:
    return "<body>" + "<div>" * depth + "<p>x</p>" * count + "</div>" * depth


HOSTILE = {
    "deep and wide": nested(200, 19_000),
    "flat": "<body><div>" + "<p>x</p><b>y</b>" * 9_500,
    "too large": nested(10, 60_000),
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("html", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize(
    "selector", ["div p", "div div > p", "b ~ p", "p + b", "//div//p", "//p[following::b]"]
)
def test_a_hostile_page_holds_nobody_up(html: str, selector: str) -> None:
    page = tree(html)
    chosen = choose(page, Selectors(headline=selector))
    assert chosen.found or chosen.unmatched or chosen.warnings


# Each asks the page again for each part of each part of it: paths in predicates, texts in one another.
BOMBS = [
    "//*[count(//*)>count(//*[count(//*)>3])]",
    "//p[count(preceding::*)=count(following::*[count(preceding::*)>3])]",
    "//p[contains(string(/), string(//p[last()]))][contains(string(/), concat(string(/),string(/)))]",
    "//*[. = //*[. = //*]]",
    "//*[//*[//*]]",
    "//*[preceding::x[preceding::x]] | //*[following::*[not(following::*[not(following::x)])]]",
]


@pytest.mark.timeout(20)
@pytest.mark.parametrize("bomb", BOMBS)
def test_what_would_take_for_ever_is_passed_over_alone_and_named(bomb: str) -> None:
    page = tree("<body><h1>Ferry</h1><div>" + "<p>Some words of a story.</p>" * 900)
    chosen = choose(page, Selectors(headline="h1", body=bomb))
    (warning,) = chosen.warnings
    assert warning.startswith(f'selectors.body "{bomb}" may take too long')
    assert list(chosen.found) == ["headline"]


@pytest.mark.timeout(20)
@pytest.mark.parametrize("css", ["* ~ * ~ * ~ x", "p ~ p ~ p ~ b", "p:not(:has(~ p:has(~ p)))"])
def test_css_is_bounded_as_well(css: str) -> None:
    page = tree("<body><div>" + "<p>x</p>" * 5_000)
    chosen = choose(page, Selectors(headline=css))
    assert chosen.warnings or chosen.unmatched


@pytest.mark.parametrize(
    "selector",
    [
        "//div[@class='x'][1]//p[not(ancestor::aside)]",
        "(//time/@datetime)[1]",
        "//p[contains(., 'Updated')]",
        "//p[preceding::h2[1][. = 'News']]",
        "//text()[contains(., 'Published')]/following::text()[1]",
        ".page .content .story .text p",
        "div div div p",
        "h1, h2, h3",
        "p:nth-child(2)",
        "h2 ~ p",
    ],
)
def test_ordinary_selectors_are_asked_of_large_pages(selector: str) -> None:
    story = "<div class=text><h2>News</h2>" + "<p>Some <b>words</b> of a story.</p>" * 20 + "</div>"
    wrapped = "<div class=page><div class=content><div class='story big'>" + story * 30
    page = tree("<body>" + "<div>" * 10 + wrapped + "</div>" * 13)
    assert choose(page, Selectors(headline=selector)).warnings == ()


def test_a_page_too_large_for_xpath_says_so() -> None:
    page = tree(HOSTILE["deep and wide"])
    assert "19,20" in choose(page, Selectors(headline="//div//p")).warnings[0]
    assert choose(page, Selectors(headline="//p")).warnings == ()
    assert choose(page, Selectors(headline="p")).warnings == ()
