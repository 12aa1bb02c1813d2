"""Selectors in the configuration: what is taken, and how each fault is told."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.html import document_fromstring

from syndicate.config.selectors import selector
from syndicate.extract.selectors.find import find_all
from syndicate.model.selector import Selector, read_selector
from tests.config.test_load import GOOD, faults, loaded


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("article h1", Selector(expression="article h1")),
        ("//article//h1", Selector(expression="//article//h1", is_xpath=True)),
        ("./body/h1", Selector(expression="./body/h1", is_xpath=True)),
        ("(//h1)[1]", Selector(expression="(//h1)[1]", is_xpath=True)),
        ("xpath: descendant::h1", Selector(expression="descendant::h1", is_xpath=True)),
        ("//time/@datetime", Selector(expression="//time/@datetime", is_xpath=True)),
        ("time@datetime", Selector(expression="time", attribute="datetime")),
        ("time @datetime", Selector(expression="time", attribute="datetime")),
        (".lead", Selector(expression=".lead")),
        (
            'meta[property="og:title"]@content',
            Selector(expression='meta[property="og:title"]', attribute="content"),
        ),
        (
            'a[href="mailto:desk@courier.example"]',
            Selector(expression='a[href="mailto:desk@courier.example"]'),
        ),
    ],
)
def test_a_selector_is_css_or_xpath_by_its_beginning(text: str, read: Selector) -> None:
    assert read_selector(text) == read


@pytest.mark.parametrize(
    "text",
    [
        "",
        "h1",
        "h1, h2",
        "article > h1:first-child",
        "p:has(b)",
        "//h1/text()",
        "(//h1)[1]",
        "p:nth-child(2)",
        "//div[@class='x'][1]//p[not(ancestor::aside)]",
        "(//time/@datetime)[1]",
        "//p[contains(., 'Updated')]",
        "//p[. = //blockquote]",
    ],
)
def test_a_good_selector_has_no_fault(text: str) -> None:
    assert selector(text) == ""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("article >", "is no CSS selector"),
        ("h1[", "is no CSS selector"),
        ("p:hovering", "is no CSS selector"),
        ("//h1[", "is no XPath"),
        ("//h1[re:test(., 'a+')]", "is no XPath"),
        ("//h1[foo()]", "is no XPath"),
        ("//h1[$x]", "is no XPath"),
        ("//ns:h1", "is no XPath"),
        ("ns|h1", "is no CSS selector"),
        ("(" * 900, "is no XPath"),
        ("string(//h1)", "is no CSS selector"),
        ("(count(//h1))", "gives a number"),
        ("(1 = 1)", "gives true or false"),
        ("a::attr(href)", 'takes an attribute as "a@href"'),
        ("h1::text", 'needs no "::text"'),
        ("//*[count(//*)>count(//*[count(//*)>3])]", "would take for ever"),
        ("//p[contains(string(/), concat(string(/), string(/)))]", "would take for ever"),
        ("(\x08", "holds a control character"),
        ("h1\ufffe", "holds a control character"),
        ("a" * 1001, "is longer than 1000 characters"),
    ],
)
def test_a_faulty_selector_is_told_with_what_is_wrong(text: str, told: str) -> None:
    assert selector(text).startswith(told)


@given(text=st.text(max_size=60) | st.text("p.#>+~[]()*:/@'\"=$| a1,", max_size=40))
def test_whatever_is_written_is_judged(text: str) -> None:
    assert isinstance(selector(text), str)
    assert find_all(document_fromstring("<p id=a class=p>a</p>"), text) is not None


def with_selectors(text: str) -> str:
    return GOOD + f"\n[sources.harbour.selectors]\n{text}\n"


def test_selectors_become_part_of_their_source(tmp_path: Path) -> None:
    config = loaded(tmp_path, with_selectors('headline = "h1"\nremove = [".promotion", "//aside"]'))
    found = config.catalogue.sources["harbour"].selectors
    assert found.stated == {"headline": "h1"}
    assert found.remove == (".promotion", "//aside")


def test_every_faulty_selector_is_named_with_an_example(tmp_path: Path) -> None:
    text = with_selectors('headline = "h1["\nbody = "//p["\nremove = ["ok", "p >", ""]')
    told = faults(tmp_path, text)
    assert [line.split(": ")[1] for line in told] == [
        "sources.harbour.selectors.headline",
        "sources.harbour.selectors.body",
        "sources.harbour.selectors.remove[2]",
        "sources.harbour.selectors.remove[3]",
    ]
    assert 'it looks like "article h1"' in told[0]
    assert 'it looks like "//article//h1"' in told[1]


@pytest.mark.parametrize("text", ["html", "body", "*", "//body", "/html", "(//body | //p)"])
def test_what_would_take_out_every_page_whole_is_refused(tmp_path: Path, text: str) -> None:
    (told,) = faults(tmp_path, with_selectors(f'headline = "{text}"\nremove = ["{text}", "body.home"]'))
    assert "selectors.remove[1]" in told
    assert "takes out the whole page" in told


def test_a_mistyped_field_gets_a_hint(tmp_path: Path) -> None:
    (told,) = faults(tmp_path, with_selectors('headlines = "h1"'))
    assert 'did you mean "headline"?' in told


def test_links_and_next_are_for_listings(tmp_path: Path) -> None:
    told = faults(tmp_path, with_selectors('links = "h2 a"\nnext = "a.next"'))
    assert [line.split(": ")[1] for line in told] == [
        "sources.harbour.selectors.links",
        "sources.harbour.selectors.next",
    ]
    assert 'is for kind "listing", not "page"' in told[0]


def test_a_feed_has_no_pages_to_select_from(tmp_path: Path) -> None:
    text = with_selectors('headline = "h1"').replace('kind = "page"', 'kind = "feed"')
    (told,) = faults(tmp_path, text)
    assert "sources.harbour.selectors" in told


def test_a_selector_comes_from_the_environment_too(tmp_path: Path) -> None:
    config = loaded(tmp_path, GOOD, SYNDICATE_SOURCES__HARBOUR__SELECTORS__REMOVE=".a,.b")
    assert config.catalogue.sources["harbour"].selectors.remove == (".a", ".b")
