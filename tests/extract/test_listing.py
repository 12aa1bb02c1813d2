"""A listing's article links and the way to its next page, in any layout and language."""

import pytest

from syndicate.extract.listing import listed
from syndicate.extract.pagination import NEXT
from syndicate.model.source import Selectors

URL = "https://courier.example/news"
TITLE = "The ferry returns to the northern islands"


def links(html: str, url: str = URL, **change: str) -> tuple[str, ...]:
    found = listed(html.encode(), url=url, selectors=Selectors(**change)).links
    return tuple(link.removeprefix("https://courier.example") for link in found)


def next_url(html: str, url: str = URL, **change: str) -> str:
    found = listed(html.encode(), url=url, selectors=Selectors(**change)).next_url
    return found.removeprefix("https://courier.example")


def test_a_card_whose_picture_and_title_link_is_one_article() -> None:
    card = (
        '<article><a href="/2019/05/ferry"><img src="f.jpg" alt=""></a>'
        f'<h2><a href="/2019/05/ferry?utm_source=front">{TITLE}</a></h2>'
        '<a href="/2019/05/ferry#comments">12 comments</a></article>'
    )
    assert links(card) == ("/2019/05/ferry",)


@pytest.mark.parametrize(
    ("href", "path"),
    [
        ("ferry.html", "/ferry.html"),
        ("./2019/ferry.html", "/2019/ferry.html"),
        ("/?p=123", "/?p=123"),
        ("index.php?id=42&lang=fa", "/index.php?id=42&lang=fa"),
        ("?story=7&utm_medium=feed&fbclid=x", "/news?story=7"),
        ("https://www.courier.example/2019/05/ferry", "https://www.courier.example/2019/05/ferry"),
        ("/خبر/بازگشت-کشتی-به-بندر", "/خبر/بازگشت-کشتی-به-بندر"),
        ("/%D8%AE%D8%A8%D8%B1/a-b-c", "/%D8%AE%D8%A8%D8%B1/a-b-c"),
        ("/news/ferry_returns_to_port", "/news/ferry_returns_to_port"),
    ],
)
def test_an_address_like_an_article_s_is_one(href: str, path: str) -> None:
    assert links(f'<p><a href="{href}">Ferry</a></p>') == (path,)


def test_relative_links_start_at_the_base() -> None:
    page = '<base href="https://courier.example/old/"><p><a href="ferry.html">Ferry</a></p>'
    assert links(page) == ("/old/ferry.html",)


@pytest.mark.parametrize(
    "href",
    [
        "https://new.courier.example/2019/05/ferry",
        "https://successor.example/ferry-returns-to-port.html",
        "/author/mina-vale-of-the-hill",
        "/autor/mina-vale-of-the-hill",
        "/tag/ferries-and-boats-of-old",
        "/category/news-of-the-islands/",
        "/برچسب/کشتی-ها-و-بندر-ها",
        "/rubrik/nachrichten-aus-dem-hafen",
        "/2019/05/",
        "/2019",
        "/page/2/",
        "?page=2",
        "/news/page/3",
        "/privacy-policy",
        "/impressum.html",
        "/about-us/",
        "/files/annual-report-2019.pdf",
        "/2019/05/ferry.jpg",
        "/?replytocom=4&p=3",
        "mailto:desk@courier.example",
        "javascript:void(0)",
        "#top",
        "/",
        "/news",
        "/news?utm_source=x",
    ],
)
def test_what_is_no_article_is_not_taken(href: str) -> None:
    page = f'<p><a href="{href}">{TITLE}</a></p><p><a href="/2019/05/ferry">{TITLE}</a></p>'
    assert links(page) == ("/2019/05/ferry",)


@pytest.mark.parametrize("tag", ["nav", "footer", "aside"])
def test_navigation_holds_no_articles(tag: str) -> None:
    page = f'<{tag}><a href="/most-read-of-all">{TITLE}</a></{tag}><p><a href="/2019/05/a">{TITLE}</a></p>'
    assert links(page) == ("/2019/05/a",)


def test_a_page_that_is_one_form_is_read_all_the_same() -> None:
    assert links(f'<form><p><a href="/2019/05/ferry">{TITLE}</a></p></form>') == ("/2019/05/ferry",)


def test_a_short_title_counts_beside_others_in_its_folder() -> None:
    rest = "".join(f'<p><a href="/news/n{n}">{TITLE} {n}</a></p>' for n in range(3))
    page = f'<a href="/news/tide">Tide</a><a href="/sport/">Sport</a>{rest}'
    assert links(page) == ("/news/tide", "/news/n0", "/news/n1", "/news/n2")


def test_a_picture_s_text_is_a_title() -> None:
    assert links(f'<p><a href="/ferry"><img src="f.jpg" alt="{TITLE}"></a></p>') == ("/ferry",)


def test_selectors_say_where_the_links_stand() -> None:
    page = f'<ul class="top"><li><a href="/a">A</a></ul><p><a href="/2019/05/b">{TITLE}</a></p>'
    assert links(page, links="ul.top") == ("/a",)
    assert links(page, links="ul.top a") == ("/a",)
    assert links(page, links="ul.top a @href") == ("/a",)
    assert links(page, links="//ul[@class='top']//a/@href") == ("/a",)


def test_a_selector_that_matches_nothing_is_named_and_passed_over() -> None:
    page = f'<p><a href="/2019/05/b">{TITLE}</a></p>'
    found = listed(page.encode(), url=URL, selectors=Selectors(links="ul.top", next="a.more"))
    assert found.unmatched == ("links", "next")
    assert found.links == ("https://courier.example/2019/05/b",)


ARTICLES = "".join(f'<p><a href="/2019/05/{n}-b-c">{TITLE} {n}</a></p>' for n in "abc")


@pytest.mark.parametrize("label", sorted(NEXT))
def test_the_next_page_is_known_by_its_words(label: str) -> None:
    assert next_url(f'{ARTICLES}<a href="/news?before=123">« {label.title()} »</a>') == "/news?before=123"


@pytest.mark.parametrize(
    ("way", "found"),
    [
        ('<link rel="next" href="/news/page/2/">', "/news/page/2/"),
        ('<a rel="next nofollow" href="?before=9">→</a>', "/news?before=9"),
        ('<a href="?page=2">2</a><a href="?page=3">3</a><a href="?page=9">last</a>', "/news?page=2"),
        ('<a href="/news/page/3/">3</a><a href="/news/page/2/">2</a>', "/news/page/2/"),
        ('<nav><a href="/news/2">2</a><a href="/news/3">3</a></nav>', "/news/2"),
        ('<a href="/news-2.html">2</a>', "/news-2.html"),
        ('<a href="/news?seite=2">weiter</a>', "/news?seite=2"),
        ('<a href="/news?start=20">۲</a><a href="/news?start=20">بعدی</a>', "/news?start=20"),
        ('<a href="/news?page=2">۲</a>', "/news?page=2"),
        ('<li class="pager-next"><a href="/news?page=1">›</a></li>', "/news?page=1"),
        ('<a class="next page-numbers" href="/news/page/2/">»</a>', "/news/page/2/"),
        ('<a aria-label="Next page" href="/news?cursor=abc"><svg></svg></a>', "/news?cursor=abc"),
    ],
)
def test_the_next_page_is_found_however_it_is_written(way: str, found: str) -> None:
    assert next_url(f"<html><head></head><body>{way}{ARTICLES}{way}</body></html>") == found


@pytest.mark.parametrize(
    ("url", "way", "found"),
    [
        (
            "https://courier.example/news?page=2",
            '<a href="?page=1">1</a><a href="?page=3">3</a>',
            "/news?page=3",
        ),
        ("https://courier.example/news/page/2/", '<a href="/news/page/3/">3</a>', "/news/page/3/"),
        ("https://courier.example/news/page/2/", '<a href="/news/">1</a>', ""),
        ("https://courier.example/news?s=fa&page=2", '<a href="?page=3&s=fa">3</a>', "/news?page=3&s=fa"),
        ("https://courier.example/news?s=fa&page=2", '<a href="?page=3&s=en">3</a>', ""),
        ("https://courier.example/", '<a href="/page/2">2</a>', "/page/2"),
    ],
)
def test_the_number_after_this_page_s_is_the_next(url: str, way: str, found: str) -> None:
    assert next_url(ARTICLES + way, url) == found


@pytest.mark.parametrize(
    "way",
    [
        '<a href="https://successor.example/news?page=2">Next</a>',
        '<a href="/news#next">Next</a>',
        '<a href="/2019/05/a-b-c">weiter</a><a href="/2019/05/b-b-c">weiter</a>',
        '<a href="/2019/05/a-b-c">далее</a>',
        '<a href="/2019/05/02">2</a>',
        '<a class="slick-next" href="/gallery/7">›</a>',
        '<a href="/story/12">12</a>',
        '<a href="?page=1">1</a>',
    ],
)
def test_what_is_no_next_page_is_not_taken(way: str) -> None:
    assert next_url(ARTICLES + way) == ""


def test_a_selector_says_where_the_next_page_stands() -> None:
    way = '<a class="on" href="/news?from=x">On we go</a><a href="?page=2">2</a>'
    assert next_url(ARTICLES + way, next="a.on") == "/news?from=x"


@pytest.mark.parametrize(
    "page",
    [
        "<a href='/a-b-c-d'>x</a>" * 100_000,
        "<div>" * 5_000 + ARTICLES,
        "".join(f"<p><a href='/news/{n}'>{n}</a>" for n in range(60_000)),
        "<a href='" + "?page=2&" * 200_000 + "'>2</a>",
        "<nav>" * 20_000 + "<a href=/a-b-c-d>x</a>" * 20_000,
        "<a href='http://[::1'>Next</a><a href='//'>2</a>",
        "<a href='/" + "a-" * 500_000 + "'>2</a>",
    ],
)
@pytest.mark.timeout(20)
def test_a_hostile_page_ends_and_raises_nothing(page: str) -> None:
    found = listed(page.encode(), url=URL)
    assert len(found.links) <= 5_000
