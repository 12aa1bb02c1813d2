"""Which names last, and which selectors an element gets."""

import pytest
from lxml.html import fromstring

from syndicate.extract.probe.naming import is_lasting, selectors_for


@pytest.mark.parametrize(
    "name",
    ["headline", "story-text", "articleBody", "Page-headline", "byline__name", "archive-notice", "art-text"],
)
def test_names_that_people_give_last(name: str) -> None:
    assert is_lasting(name)


@pytest.mark.parametrize(
    "name",
    [
        "css-1x2y3z", "sc-bdVaJa", "jsx-2871293847", "bdVaJa", "_3kF9d", "mt-4", "col-md-8", "text-lg",
        "post-123", "category-sport", "is-active", "has-image", "js-open", "hidden", "first", "a", "xzq",
        "wp-block", "",
    ],
)  # fmt: skip
def test_names_that_programs_or_styles_give_do_not(name: str) -> None:
    assert not is_lasting(name)


def best(html: str, path: str) -> str:
    (element,) = fromstring(html).xpath(path)
    return min(selectors_for(element), key=lambda pair: (pair[0], len(pair[1])))[1]


@pytest.mark.parametrize(
    ("html", "path", "selector"),
    [
        ('<div><h1 class="title" itemprop="headline">A</h1></div>', "//h1", '[itemprop="headline"]'),
        ('<div><h1 class="css-1x2 title">A</h1></div>', "//h1", ".title"),
        ('<div><h1 class="css-1x2">A</h1></div>', "//h1", "h1"),
        ('<div class="byline"><a href="/m">Mina Vale</a></div>', "//a", ".byline a"),
        ("<article><div><p>A</p></div></article>", "//p", "article p"),
        ('<div id="lead"><span>A</span></div>', "//span", "#lead span"),
        ('<div><a rel="author" class="x">A</a></div>', "//a", '[rel="author"]'),
        ('<div><meta property="og:title" content="A"></div>', "//meta", 'meta[property="og:title"]@content'),
        ('<div><b data-testid="kicker">A</b></div>', "//b", '[data-testid="kicker"]'),
    ],
)
def test_the_best_selector_is_the_shortest_that_means_something(html: str, path: str, selector: str) -> None:
    assert best(html, path) == selector


def test_an_element_without_any_name_gets_no_selector() -> None:
    (element,) = fromstring('<div class="css-1x2"><div><span>A</span></div></div>').xpath("//span")
    assert list(selectors_for(element)) == []
