"""What kind of page an address is, how sure each field is, and which selectors are learned from it."""

from typing import Any

import pytest

from syndicate.extract.listing import links, listed
from syndicate.extract.page import extract
from syndicate.extract.prior import NOTHING, Prior
from syndicate.extract.probe.certainty import Certainty
from syndicate.extract.probe.learning import learn, learn_links, specimen
from syndicate.extract.probe.look import Seen, Sight, kind_of, look
from syndicate.extract.tree import parse
from syndicate.model.source import Selectors
from tests.probe_site import BRIEFS, NOTICE, SCRIPTED, SITEMAP, TEXT, a_feed, a_listing, an_article

URL = "https://courier.example/news/ferry.html"


def seen(html: str, url: str = URL) -> Seen:
    return look(html.encode(), url=url)


def field(html: str, name: str) -> Certainty:
    return next(one for one in seen(html).fields if one.name == name)


@pytest.mark.parametrize(
    ("html", "url", "sight"),
    [
        (an_article(0), URL, Sight.ARTICLE),
        (an_article(1, notice=NOTICE), URL, Sight.ARTICLE),
        (a_listing(), "https://courier.example/news/", Sight.LISTING),
        (a_listing(), "https://courier.example/", Sight.LISTING),
        (BRIEFS, "https://courier.example/today", Sight.BRIEFS),
        (SCRIPTED, "https://courier.example/", Sight.NOTHING),
        (TEXT, "https://courier.example/note.txt", Sight.TEXT),
        ("", "https://courier.example/", Sight.NOTHING),
        ("\x00\x01\x02\x03" * 50, "https://courier.example/", Sight.NOTHING),
    ],
    ids=["article", "archived", "listing", "front page", "briefs", "scripted", "text", "empty", "binary"],
)
def test_what_an_address_leads_to(html: str, url: str, sight: Sight) -> None:
    assert seen(html, url).sight is sight


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (a_feed("x"), Sight.FEED),
        ('<feed xmlns="http://www.w3.org/2005/Atom"></feed>', Sight.FEED),
        ('{"version": "https://jsonfeed.org/version/1.1", "items": []}', Sight.FEED),
        ("<?xml version='1.0'?><rdf:RDF xmlns:rdf='x'></rdf:RDF>", Sight.FEED),
        (SITEMAP, Sight.SITEMAP),
        ("<sitemapindex><sitemap/></sitemapindex>", Sight.SITEMAP),
        (an_article(0), None),
        ("<html><body>We write of <code>&lt;rss&gt;</code> and <rss> here</body></html>", None),
        ("", None),
    ],
)
def test_feeds_and_sitemaps_are_told_by_their_beginning(data: str, kind: Sight | None) -> None:
    assert kind_of(data.encode()) is kind


def test_only_feeds_that_the_page_offers_are_named() -> None:
    more = (
        '<link rel="alternate" hreflang="fa" href="/fa/"><link rel="alternate" type="application/atom+xml" '
        'href="atom"><link rel="stylesheet" type="application/rss+xml" href="/no">'
    )
    html = a_listing().replace("</head>", f"{more}</head>")
    found = seen(html, "https://courier.example/news/")
    assert found.feeds == ("https://courier.example/feed.xml", "https://courier.example/news/atom")


LD = '<script type="application/ld+json">{"@type": "NewsArticle", %s}</script>'


@pytest.mark.parametrize(
    ("more", "sure", "word", "witnesses"),
    [
        ("", 0.9, "sure", ("meta", "visible")),
        ('"headline": "The ferry is back at the quay"', 0.98, "sure", ("JSON-LD", "meta", "visible")),
    ],
)
def test_who_agrees_makes_a_field_sure(more: str, sure: float, word: str, witnesses: tuple[str, ...]) -> None:
    html = an_article(0, extra=LD % more if more else "")
    found = field(html, "headline")
    assert (found.sure, found.word, found.witnesses) == (sure, word, witnesses)


def test_who_disagrees_takes_from_it() -> None:
    html = an_article(
        0, extra=LD % '"author": {"name": "Tom Reed"}, "headline": "The ferry is back at the quay"'
    )
    found = field(html, "authors")
    assert found.value
    assert found.sure < field(an_article(0, extra=LD % '"author": {"name": "Mina Vale"}'), "authors").sure


def test_what_is_not_there_is_not_found() -> None:
    found = field(an_article(0), "section")
    assert (found.value, found.sure, found.word) == ("", 0.0, "not found")


def learned(*pages: str, **change: Any) -> dict[str, str]:
    every = [specimen(page.encode(), url=URL, prior=NOTHING) for page in pages]
    return learn([one for one in every if one])


def test_what_is_learned_gives_exactly_what_was_found() -> None:
    page = an_article(1, notice=NOTICE)
    selectors = learned(page)
    assert selectors["notice"] == ".archive-strip"
    told = extract(page.encode(), url=URL, prior=Prior(selectors=Selectors(**selectors)))
    plain = extract(page.encode(), url=URL)
    for name in (*selectors.keys() - {"body"}, "body_text", "body_html"):
        assert getattr(told, name) == getattr(plain, name), name


def test_what_is_learned_holds_on_all_pages() -> None:
    other = an_article(1).replace("story-title", "heading-of-it")
    assert learned(an_article(0))["headline"] == ".story-title"
    assert learned(an_article(0), other)["headline"] == "h1"


def test_a_date_of_publication_is_not_learned_from_that_of_the_change() -> None:
    html = an_article(0).replace("<time", '<time class="last-updated"').replace("datetime=", "data-x=")
    assert "updated" not in learned(html).get("published", "")


def test_the_beginning_of_the_text_is_no_summary_to_learn() -> None:
    assert "summary" not in learned(an_article(0))


def test_each_author_may_have_an_element() -> None:
    html = an_article(0).replace(
        '<span class="byline">By Mina Vale</span>',
        '<a class="writer" rel="author" href="/m">Mina Vale</a> is the first of two, the other one is '
        '<a class="writer" rel="author" href="/t">Tom Reed</a>, and both of them live on the quay',
    )
    assert extract(html.encode(), url=URL).authors == ("Mina Vale", "Tom Reed")
    assert learned(html)["authors"] == '[rel="author"]'


def test_nothing_is_learned_from_a_page_too_large_or_plain() -> None:
    assert specimen(TEXT.encode(), url=URL, content_type="text/plain", prior=NOTHING) is None
    assert specimen(("<p>x</p>" * 6_000).encode(), url=URL, prior=NOTHING) is None


def test_links_are_learned_as_a_listing_reads_them() -> None:
    url = "https://courier.example/news/"
    more = '<p class="more"><a href="/news/the-old-pier-2">The old pier</a></p></main>'
    html = a_listing().replace("</main>", more)
    tree = parse(html)
    assert tree is not None
    wanted = [link for link in links(html.encode(), url=url) if link.endswith(".html")]
    selector = learn_links(tree, wanted, base=url)
    assert selector == ".card-title a"
    assert list(listed(html.encode(), url=url, selectors=Selectors(links=selector)).links) == wanted


def test_links_that_nothing_sets_apart_are_not_learned() -> None:
    html = "<body><p><a href='/a'>One of these</a></p><p><a href='/b'>The other one</a></p></body>"
    tree = parse(html)
    assert tree is not None
    assert learn_links(tree, ["https://courier.example/a"], base="https://courier.example/") == ""
