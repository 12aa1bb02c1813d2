"""Metadata of small pages, one oddity each."""

import json
from typing import Any

import pytest

from syndicate.extract.metadata.read import Metadata, read_metadata
from syndicate.extract.tree import parse

URL = "https://old.courier.example/en/harbour/second-counter.html"
TITLE = "A Second Counter at the Harbour Office"
HEADING = f"<h1>{TITLE}</h1>"
TEXT = (
    "<p>The harbour office opened a second counter on Monday, and the queue that had stood there since the "
    "spring was gone by noon, the wardens said with some surprise in their voices.</p>"
)


def read(
    head: str = "", body: str = HEADING + TEXT, *, url: str = URL, zone: str = "", lang: str = "en"
) -> Metadata:
    tree = parse(f'<html lang="{lang}"><head>{head}</head><body>{body}</body></html>')
    assert tree is not None
    return read_metadata(tree, url=url, base=url, zone=zone)


def article(label: str = "", *, before: str = "", after: str = "") -> str:
    return f"<article>{before}{HEADING}{label}{TEXT}{after}</article>"


def linked(*nodes: Any) -> str:
    return "".join(f'<script type="application/ld+json">{json.dumps(node)}</script>' for node in nodes)


def a_node(**change: Any) -> dict[str, Any]:
    base = {"@type": "NewsArticle", "headline": TITLE, "datePublished": "2021-10-28T07:45:00+01:00"}
    return {**base, **change}


def meta(name: str, content: str) -> str:
    return f'<meta property="{name}" content="{content}">'


DAY, MOMENT = "2021-10-28", "2021-10-28T07:45:00+01:00"


@pytest.mark.parametrize(
    "head",
    [
        linked(a_node()),
        linked({"@graph": [{"@type": "WebSite", "name": "Harbour Courier"}, a_node()]}),
        linked([{"@type": "BreadcrumbList"}, a_node()]),
        linked({"@type": "WebPage", "mainEntity": a_node()}),
        linked(a_node(**{"@type": ["Report", "NewsArticle"]})),
        linked(a_node(**{"@type": "https://schema.org/NewsArticle"})),
        linked(a_node(headline=TITLE.upper())),
        linked(a_node(headline="Other Story", datePublished="2020-01-01T00:00:00Z"), a_node()),
        f"<script type='application/ld+json'><!-- {json.dumps(a_node())} --></script>",
        f"<script type='application/ld+json'>//<![CDATA[\n{json.dumps(a_node())}\n//]]></script>",
        f"<script type='application/ld+json'>{json.dumps(a_node())};</script>",
        f"<script type='application/ld+json'>{json.dumps(a_node())[:-1]},}}</script>",
        f"<script type='application/ld+json'>{json.dumps(a_node())}{json.dumps(a_node())}</script>",
        f'<script type=\'application/ld+json\'>{json.dumps(a_node())[:-1]}, "x": "it\\\'s"}}</script>',
        f'<script type=\'application/ld+json\'>{json.dumps(a_node())[:-1]}, "x": "un"quoted"}}</script>',
        f"<script type='application/ld+json'>{json.dumps(a_node())[:-1]}, \"cut</script>",
        meta("article:published_time", MOMENT),
        meta("og:published_time", MOMENT),
        '<meta name="parsely-pub-date" content="2021-10-28T06:45:00Z">',
        f'<meta name="DC.date.issued" content="{MOMENT}">',
        f'<meta itemprop="datePublished" content="{MOMENT}">',
        '<meta name="pubdate" content="1635403500">',
        '<meta name="pubdate" content="1635403500000">',
        meta("article:published_time", DAY) + meta("pubdate", MOMENT),
        meta("article:published_time", "soon") + meta("pubdate", MOMENT),
        meta("article:published_time", "1970-01-01T00:00:00Z") + meta("pubdate", MOMENT),
    ],
)
def test_the_date_is_stated_for_machines(head: str) -> None:
    found = read(head).published
    assert found is not None
    assert found.utc.isoformat() == "2021-10-28T06:45:00+00:00"


def scope(inside: str, kind: str = "NewsArticle") -> str:
    return f'<div itemscope itemtype="https://schema.org/{kind}">{inside}</div>'


@pytest.mark.parametrize(
    "body",
    [
        scope(f'{HEADING}<meta itemprop="datePublished" content="{MOMENT}">{TEXT}'),
        scope(f'{HEADING}<time itemprop="datePublished" datetime="{MOMENT}">Thursday</time>{TEXT}'),
        scope(f'{HEADING}{TEXT}<span itemprop="datePublished">28 October 2021 07:45 +0100</span>'),
        scope(f'<meta itemprop="datePublished" content="2020-01-01">{scope("", "Person")}', "WebPage")
        + scope(f'{HEADING}<meta itemprop="datePublished" content="{MOMENT}">{TEXT}'),
        f'<div typeof="schema:NewsArticle">{HEADING}'
        f'<b property="schema:datePublished" content="{MOMENT}"></b>{TEXT}</div>',
        scope(f'{HEADING}<meta itemprop="datePublished" content="{MOMENT}">{TEXT}')
        + f"<aside>{scope('<meta itemprop=datePublished content=2023-01-01>')}</aside>",
    ],
)
def test_the_date_is_marked_in_the_article(body: str) -> None:
    assert str(read(body=body).published) == MOMENT


@pytest.mark.parametrize(
    "label",
    [
        "<p>28 October 2021</p>",
        "<div>By Wren Tidewater</div><div>Published 28 October 2021</div>",
        "<div class=meta><span>By Wren Tidewater</span> <span>| 28 October 2021</span></div>",
        "By Wren Tidewater, October 28, 2021<br>",
        "<ul><li>Wren Tidewater</li><li>28 October 2021</li></ul>",
        "<p>Updated 30 October 2021 | Published 28 October 2021</p>",
        "<p>Published: 28 October 2021 Updated: 30 October 2021</p>",
        "<p>Last updated 30 October 2021</p><p>First published 28 October 2021</p>",
        '<time datetime="2021-10-28">last week</time>',
        "<p>Updated <time datetime=2021-10-30>Sat</time>, published <time datetime=2021-10-28>Thu</time></p>",
        "<p>پنجشنبه ۶ آبان ۱۴۰۰</p>",
        "<p>۲۲ ربیع‌الاول ۱۴۴۳ / ۶ آبان ۱۴۰۰ / 28 October 2021</p>",
        "<p>28 تشرين الأول 2021</p>",
        "<p>Do., 28. Oktober 2021</p>",
        "<p>Publié le 28 octobre 2021</p>",
        "<p>Опубликовано 28 октября 2021 г.</p>",
        "<p>Yayın: 28 Ekim 2021</p>",
    ],
)
def test_the_date_is_visible_beside_the_headline(label: str) -> None:
    assert str(read(body=article(label)).published) == DAY
    assert str(read(body=f"<div id=page><div>{HEADING}{label}{TEXT}</div></div>").published) == DAY


@pytest.mark.parametrize(
    ("label", "wanted"),
    [
        ("<p>Published 28 October 2021, 07:45 CET</p>", "2021-10-28T07:45:00+01:00"),
        ("<p>28 October 2021 at 7.45 p.m. GMT</p>", "2021-10-28T19:45:00+00:00"),
        ("<p>28 October 2021 7.45 EUR</p>", "2021-10-28"),
        ("<p>28 October 2021 at 7:45 p.m.</p>", "2021-10-28T19:45:00+02:00"),
        ("<p>۶ آبان ۱۴۰۰ - ۰۷:۴۵</p>", "2021-10-28T07:45:00+02:00"),
    ],
)
def test_the_minute_and_zone_of_a_visible_date_are_kept(label: str, wanted: str) -> None:
    assert str(read(body=article(label), zone="Europe/Berlin").published) == wanted


@pytest.mark.parametrize(
    "body",
    [
        f"<div class=masthead>Sunday, 22 November 2026</div>{article()}",
        f"<div>22 November 2026</div>{HEADING}{TEXT}",
        f"<div id=wrap><header>22 November 2026</header>{HEADING}{TEXT}</div>",
        f"{article()}<aside>Other news <time datetime='2026-11-22'>today</time></aside>",
        f"<article>{HEADING}{TEXT}<div class=comments><time datetime=2026-11-22>now</time></div></article>",
        f"{article()}<div class=related><article><time datetime=2026-11-22>now</time></article></div>",
        f"<main>{HEADING}{TEXT}<article class=card><h3>More</h3><p>22 November 2026</p></article></main>",
        f"{article()}<footer>© 2026 Harbour Courier, 22 November 2026</footer>",
        article(
            "<p>© 22 November 2026 Harbour Courier</p>", after="<p>Copyright 2026. All rights reserved.</p>"
        ),
        article("<h2>The counter that closed on 3 May 1932 is open again</h2>"),
        article("<p>The first one had been opened on 3 May 1932.</p>"),
        article("<p>Last updated 30 October 2021</p>"),
        article("<blockquote>Said on <time datetime='2019-01-01'>New Year</time></blockquote>"),
        linked({"@type": "ItemList", "itemListElement": [a_node(headline="Other Story")]}) + article(),
        linked(a_node(headline="Other Story One"), a_node(headline="Other Story Two")) + article(),
        article("<p>Published 03/04/2021</p>"),
        article("<p>7 min read</p>"),
    ],
)
def test_a_date_of_something_else_is_not_the_articles(body: str) -> None:
    assert read(body=body).published is None


def test_a_date_of_two_meanings_is_told() -> None:
    found = read(body=article("<p>Published 03/04/2021</p>"))
    assert (found.published, found.ambiguous) == (None, "03/04/2021")
    assert read(body=article("<p>Publié le 03/04/2021</p>"), lang="fr").ambiguous == ""


@pytest.mark.parametrize(
    ("head", "label", "url", "wanted"),
    [
        (linked(a_node()), "<p>1 May 2020</p>", URL, MOMENT),
        (linked(a_node()) + meta("article:published_time", "2020-05-01"), "", URL, MOMENT),
        (meta("article:published_time", MOMENT), "<p>1 May 2020</p>", URL, MOMENT),
        (meta("article:published_time", DAY), "<p>28 October 2021, 07:45 +01:00</p>", URL, MOMENT),
        ("", "<p>28 October 2021</p>", "https://old.courier.example/2020/05/01/x.html", DAY),
        ("", "", "https://old.courier.example/2021/10/28/x.html", DAY),
        ("", "", "https://old.courier.example/2021/oct/28/x", DAY),
        ("", "", "https://old.courier.example/20211028-x.html", DAY),
        ("", "", "https://old.courier.example/x-2021-10-28.html", DAY),
        ("", "", "https://old.courier.example/2021/10/x.html", "None"),
        ("", "", "https://old.courier.example/1400/08/06/x.html", "None"),
        ("", "", "https://old.courier.example/n/20211099/x.html", "None"),
    ],
)
def test_the_strongest_statement_of_the_date_counts(head: str, label: str, url: str, wanted: str) -> None:
    assert str(read(head, article(label), url=url).published) == wanted


def test_a_solar_date_in_the_address_of_a_persian_page() -> None:
    assert str(read(url="https://old.courier.example/1400/08/06/x.html", lang="fa").published) == DAY


def test_a_date_below_the_article_is_the_last_resort() -> None:
    below = "<div>Filed 28 October 2021</div>"
    assert str(read(body=article(after=below)).published) == DAY
    assert read(body=article(after="<div>Copyright 28 October 2021</div>")).published is None
    assert read(body=article(after="<div>03/04/2021</div>")).published is None
    assert read(body=article(after=f"<div class=comments>{below}</div>")).published is None


@pytest.mark.parametrize(
    "told",
    [
        f"<h2>May 2, 1998</h2>{TEXT}",
        f"<ul><li>Founded: 5 January 1919</li></ul>{TEXT}",
        f"<ul><li>Founded: 5 January 2001</li></ul>{TEXT}",
        f"<table><tr><td>May 2, 1998</td></tr></table>{TEXT}",
        "<table><tr><td>May 2, 1998</td></tr></table>",
        f"<p>May 2, 1998</p>{TEXT}",
        "<p>May 2, 1998</p><p>It burned.</p>",
        "<div>Next vote: 5 January 2019</div>",
        "<div>Public hearing: 5 January 2019</div>",
        "<p>Next: <time datetime=2030-01-01>New Year</time></p>",
        f"<div><time datetime=2030-01-01>New Year</time></div>{TEXT}",
    ],
)
def test_a_day_that_the_article_tells_of_is_not_its_own(told: str) -> None:
    assert read(body=article(after=told)).published is None


@pytest.mark.parametrize(
    "last",
    [
        "<p>28 October 2021</p>",
        "<p>Published: 28 October 2021</p><p>Harbour Courier</p>",
        "<p>First published in print on 28 October 2021</p>",
        "<p>By Wren Tidewater</p><div>Thursday, <time datetime=2021-10-28>28 October 2021</time></div>",
        "<ul><li>Harbour</li></ul><p><span>Posted 28 October 2021</span></p>",
    ],
)
def test_a_date_in_the_last_labels_is_the_articles(last: str) -> None:
    told = f"<h2>May 2, 1998</h2>{TEXT}"
    assert str(read(body=article(after=told + last)).published) == DAY


@pytest.mark.parametrize(
    ("head", "label", "wanted"),
    [
        (linked(a_node(dateModified="2021-10-29T08:00:00+01:00")), "", "2021-10-29T08:00:00+01:00"),
        (linked(a_node()) + meta("article:modified_time", "2021-10-29"), "", "2021-10-29"),
        (linked(a_node()), "<p>Updated 29 October 2021</p>", "2021-10-29"),
        (linked(a_node(dateModified=MOMENT)), "", "None"),
        (linked(a_node(dateModified="2020-01-01")), "", "None"),
    ],
)
def test_a_change_is_told_where_it_is_later(head: str, label: str, wanted: str) -> None:
    assert str(read(head, article(label)).updated) == wanted


WREN, MARLOW = "Wren Tidewater", "Marlow Breakwater"
PERSON = {"@type": "Person", "name": WREN}


@pytest.mark.parametrize(
    ("head", "body", "wanted"),
    [
        (linked(a_node(author=PERSON)), article(), [WREN]),
        (linked(a_node(author=[PERSON, {"name": MARLOW}])), article(), [WREN, MARLOW]),
        (linked(a_node(author=WREN)), article(), [WREN]),
        (linked(a_node(author={"givenName": "Wren", "familyName": "Tidewater"})), article(), [WREN]),
        (linked({"@graph": [a_node(author={"@id": "#w"}), {"@id": "#w", **PERSON}]}), article(), [WREN]),
        (
            linked(a_node(author="https://old.courier.example/wren")),
            article("<p>By Wren Tidewater</p>"),
            [WREN],
        ),
        (
            linked(a_node(author={"@type": "Organization", "name": "Harbour Courier"})),
            article("<p>By Wren Tidewater</p>"),
            [WREN],
        ),
        (
            linked(a_node(author="Harbour Courier", publisher={"name": "Harbour Courier"})),
            article('<p><a rel="author" href="/w">Wren Tidewater</a></p>'),
            [WREN],
        ),
        (
            linked(a_node(author={"@type": "Organization", "name": "Estuary News Pool"})),
            article(),
            ["Estuary News Pool"],
        ),
        (meta("author", WREN), article(), [WREN]),
        (meta("article:author", "https://social.example/wren") + meta("author", WREN), article(), [WREN]),
        (meta("twitter:label1", "Written by") + meta("twitter:data1", WREN), article(), [WREN]),
        (meta("dc.creator", "Tidewater, Wren"), article(), [WREN]),
        (
            "",
            scope(f'{HEADING}<p itemprop="author" itemscope><b itemprop="name">{WREN}</b>, x</p>{TEXT}'),
            [WREN],
        ),
        ("", scope(f'{HEADING}<p><span itemprop="author">{WREN}</span></p>{TEXT}'), [WREN]),
        ("", article(f"<p class=byline>By <b>{WREN}</b> and <b>{MARLOW}</b></p>"), [WREN, MARLOW]),
        ("", article(f"<p>By {WREN}, Correspondent, Berlin</p>"), [WREN]),
        ("", article(f"<p><span>3 May 2024</span> <span>By {WREN}</span></p>"), [WREN]),
        ("", article(f"<p>3 May 2024 | By {WREN} | 5 min read</p>"), [WREN]),
        ("", article("<p><i>۲۴ مهر ۱۳۹۸</i> <b>خبرنگار: مینا بندری</b></p>"), ["مینا بندری"]),
        ("", article("<p>نوشتهٔ مینا بندری</p>"), ["مینا بندری"]),
        ("", article("<p>Автор: Марина Пирс</p>"), ["Марина Пирс"]),
        ("", article(after=f"<div class=related><p class=byline>By {WREN}</p></div>"), []),
        ("", article(after=f"<div class=comments><b class=comment-author>{WREN}</b></div>"), []),
        ("", article("<p>By noon the queue was gone.</p>"), []),
        ("", article(after="<div class=author-bio>" + "She writes of the sea. " * 9 + "</div>"), []),
    ],
)
def test_the_authors_are_the_articles_own(head: str, body: str, wanted: list[str]) -> None:
    assert list(read(head, body).authors) == wanted


SITE = meta("og:site_name", "Harbour Courier")


@pytest.mark.parametrize(
    ("head", "heading", "wanted"),
    [
        ("", TITLE, TITLE),
        (f"<title>{TITLE} | Harbour Courier</title>", "", TITLE),
        (f"<title>{TITLE} - Harbour Courier</title>{SITE}", "", TITLE),
        (
            f"<title>{TITLE} — Boats — Harbour Courier</title>{SITE}{meta('article:section', 'Boats')}",
            "",
            TITLE,
        ),
        (f"<title>Harbour Courier: {TITLE}</title>{SITE}", "", TITLE),
        (f"<title>Harbour Courier | {TITLE}</title>", "", TITLE),
        (f"<title>{TITLE} - The Courier</title>", "", TITLE),
        (f"<title>{TITLE} - old.courier.example</title>", "", TITLE),
        ("<title>Harbour: a history - and its end</title>", "", "Harbour: a history - and its end"),
        ("<title>Ferry – the last one – sails</title>" + SITE, "", "Ferry – the last one – sails"),
        (meta("og:title", f"{TITLE} | Harbour Courier"), TITLE, TITLE),
        (meta("og:title", TITLE) + SITE, "Harbour Courier", TITLE),
        (meta("og:title", "Harbour Courier") + SITE, TITLE, TITLE),
        (meta("og:title", TITLE.upper()), TITLE, TITLE),
        (meta("og:title", TITLE[:25] + "…"), TITLE, TITLE),
        (
            meta("og:title", "What the new counter means for you"),
            "Home",
            "What the new counter means for you",
        ),
        (
            linked(a_node(headline="A Second Counter &amp; Pier")),
            "A Second Counter & Pier",
            "A Second Counter & Pier",
        ),
        (meta("og:title", "کتابخانه‌های بندر | پیک بندر"), "کتابخانه‌های بندر", "کتابخانه‌های بندر"),
        (meta("og:title", "\u2067بندر\u2069 می\u200cخواهد"), "", "\u2067بندر\u2069 می\u200cخواهد"),
        ("<title>خانه‌های تازه - پیک بندر</title>" + meta("og:site_name", "پیک بندر"), "", "خانه‌های تازه"),
        ("<title>Harbour</title>", "شباك ثان في مكتب الميناء", "شباك ثان في مكتب الميناء"),
        ("<title>Why 9/11 mattered | Opinion</title>", "", "Why 9/11 mattered"),
        ("<title>A Tale of 1 Counter</title>", "", "A Tale of 1 Counter"),
    ],
)
def test_the_headline_is_whole_and_without_the_site(head: str, heading: str, wanted: str) -> None:
    shown = f"<h1>{heading}</h1>" if heading else ""
    assert read(head, f"<article>{shown}{TEXT}</article>").headline == wanted


@pytest.mark.parametrize(
    "body",
    [
        f"<h1>Harbour Courier</h1><article><h2>{TITLE}</h2>{TEXT}</article>",
        f"<h1 class=logo>Old site</h1><main><h1>{TITLE}</h1>{TEXT}</main>",
        f"<div><div class=article-title>{TITLE}</div>{TEXT}</div>",
        f"<aside><h1>{TITLE} again</h1></aside><h1>{TITLE}</h1>{TEXT}",
    ],
)
def test_the_heading_is_the_one_that_the_title_names(body: str) -> None:
    assert read(SITE + meta("og:title", TITLE.upper()), body).headline == TITLE


CRUMBS = {
    "@type": "BreadcrumbList",
    "itemListElement": [
        {"@type": "ListItem", "position": 3, "name": TITLE},
        {"@type": "ListItem", "position": 1, "item": {"name": "Home"}},
        {"@type": "ListItem", "position": 2, "item": {"name": "Transport"}},
    ],
}


@pytest.mark.parametrize(
    ("head", "before", "wanted"),
    [
        (linked(a_node(articleSection="Transport")), "", "Transport"),
        (linked(a_node(articleSection=["Transport", "Harbour"])), "", "Transport"),
        (meta("article:section", "Transport"), "", "Transport"),
        (SITE + meta("article:section", "Harbour Courier"), "", ""),
        (linked(a_node(), CRUMBS), "", "Transport"),
        ("", "<nav class=breadcrumb><a href=/>Home</a> › <a href=/t>Transport</a></nav>", "Transport"),
        (
            "",
            "<ol aria-label=Breadcrumb><li><a href=/>خانه</a><li><a href=/t>حمل و نقل</a></ol>",
            "حمل و نقل",
        ),
        (SITE, "<div class=breadcrumbs><a href=/>Harbour Courier</a></div>", ""),
        (meta("article:section", "https://old.courier.example/t"), "", ""),
        ("", "<nav><a href=/>Home</a><a href=/t>Transport</a></nav>", ""),
    ],
)
def test_the_section_is_stated_or_the_last_crumb(head: str, before: str, wanted: str) -> None:
    assert read(head, before + article()).section == wanted


@pytest.mark.parametrize(
    ("head", "wanted"),
    [
        ('<link rel="canonical" href="/en/x.html">', "https://old.courier.example/en/x.html"),
        (
            '<link rel="canonical" href="https://www.courier.example/en/x">',
            "https://www.courier.example/en/x",
        ),
        ('<link rel="Canonical nofollow" href="/en/x.html">', "https://old.courier.example/en/x.html"),
        (meta("og:url", "https://old.courier.example/en/x.html"), "https://old.courier.example/en/x.html"),
        ('<link rel="canonical" href="https://old.courier.example/">', URL),
        ('<link rel="canonical" href="https://elsewhere.example/x">', URL),
        ('<link rel="canonical" href="https://courier.example.evil.test/x">', URL),
        ('<link rel="canonical" href="http://[">', URL),
        ('<link rel="canonical" href="javascript:alert(1)">', URL),
        (
            '<link rel="canonical" href="/">' + meta("og:url", "/en/x.html"),
            "https://old.courier.example/en/x.html",
        ),
        ("", URL),
    ],
)
def test_the_canonical_address_is_of_the_same_site(head: str, wanted: str) -> None:
    assert read(head).canonical_url == wanted


def test_a_page_that_is_not_from_the_web_may_name_any_address() -> None:
    head = '<link rel="canonical" href="https://elsewhere.example/x">'
    assert read(head, url="file:///saved/x.html").canonical_url == "https://elsewhere.example/x"


BASE = "https://old.courier.example"


@pytest.mark.parametrize(
    ("head", "body", "wanted"),
    [
        (linked(a_node(image="/i/a.jpg")), article(), ("/i/a.jpg", "", 0, 0)),
        (linked(a_node(image=["/i/a.jpg", "/i/b.jpg"])), article(), ("/i/a.jpg", "", 0, 0)),
        (
            linked(
                a_node(
                    image={
                        "@type": "ImageObject",
                        "url": "/i/a.jpg",
                        "width": 1200,
                        "height": "800px",
                        "caption": "Quay",
                    }
                )
            ),
            article(),
            ("/i/a.jpg", "Quay", 1200, 800),
        ),
        (
            linked(
                {
                    "@graph": [
                        a_node(image={"@id": "#i"}),
                        {"@type": "ImageObject", "@id": "#i", "contentUrl": "/i/a.jpg"},
                    ]
                }
            ),
            article(),
            ("/i/a.jpg", "", 0, 0),
        ),
        (
            linked(
                a_node(
                    image=[
                        {"url": "/i/s.jpg", "width": 300},
                        {"url": "/i/a.jpg", "width": 1600, "height": 900},
                    ]
                )
            ),
            article(),
            ("/i/a.jpg", "", 1600, 900),
        ),
        (
            meta("og:image", "/i/a.jpg")
            + meta("og:image:width", "1200")
            + meta("og:image:height", "630")
            + meta("og:image:alt", "Quay")
            + meta("og:image", "/i/b.jpg")
            + meta("og:image:width", "100"),
            article(),
            ("/i/a.jpg", "Quay", 1200, 630),
        ),
        (meta("og:image", "/i/logo.png") + meta("og:image", "/i/a.jpg"), article(), ("/i/a.jpg", "", 0, 0)),
        (
            meta("og:image", "/i/default-share.png"),
            article("<img src=/i/a.jpg alt=Quay>"),
            ("/i/a.jpg", "Quay", 0, 0),
        ),
        (
            linked(a_node(image="/i/sign.png", publisher={"logo": {"url": "/i/sign.png"}})),
            article("<img src=/i/a.jpg>"),
            ("/i/a.jpg", "", 0, 0),
        ),
        (
            meta("og:image", "/i/a.jpg"),
            article('<img src="/thumbs/a.jpg" alt="Quay" width=600 height=400>'),
            ("/i/a.jpg", "Quay", 600, 400),
        ),
        ("", article('<img src="/i/a.jpg" width=640 height=480 alt="Quay">'), ("/i/a.jpg", "Quay", 640, 480)),
        (
            "",
            article('<img src="/s.jpg" srcset="/i/s.jpg 320w, /i/a.jpg 1280w, /i/m.jpg 640w" alt=Quay>'),
            ("/i/a.jpg", "Quay", 1280, 0),
        ),
        (
            "",
            article('<img src="/s.jpg" srcset="/i/s.jpg 1x, /i/a.jpg 2x" width=400 height=300>'),
            ("/i/a.jpg", "", 400, 300),
        ),
        (
            "",
            article(
                '<picture><source srcset="/i/a.webp 900w"><img src="/i/s.jpg" width=300 height=200></picture>'
            ),
            ("/i/a.webp", "", 900, 600),
        ),
        ("", article('<img src="data:image/gif;base64,R0" data-src="/i/a.jpg">'), ("/i/a.jpg", "", 0, 0)),
        (
            "",
            article(before='<figure><a href="/x"><img src="/i/a.jpg" alt=Quay></a></figure>'),
            ("/i/a.jpg", "Quay", 0, 0),
        ),
        ("", article('<img src="/px.gif" width=1 height=1><img src="/i/a.jpg">'), ("/i/a.jpg", "", 0, 0)),
        (
            "",
            article('<div class=author><img src="/i/wren.jpg"></div><img src="/i/a.jpg">'),
            ("/i/a.jpg", "", 0, 0),
        ),
        ("", article('<img class=avatar src="/i/wren.jpg">'), None),
        ("", article('<a href="/other.html"><img src="/i/card.jpg"></a>'), None),
        ("", article('<a href="/i/a-large.jpg"><img src="/i/a.jpg"></a>'), ("/i/a.jpg", "", 0, 0)),
        ("", article(after='<div class=related><img src="/i/card.jpg"></div>'), None),
        ("", f'<header><img src="/i/sign.jpg"></header>{article()}<aside><img src="/i/b.jpg"></aside>', None),
        (meta("og:image", "data:image/png;base64,AA"), article(), None),
        (meta("og:image", "/i/icon.png") + meta("twitter:image", "/i/favicon.ico"), article(), None),
        (meta("og:image", "/resize?w=9&url=https%3A%2F%2Fa.example%2Fdefault-share.png"), article(), None),
        (meta("og:image", "/i/silicon-valley.jpg"), article(), ("/i/silicon-valley.jpg", "", 0, 0)),
        (meta("og:image", "/i/maxresdefault.jpg"), article(), ("/i/maxresdefault.jpg", "", 0, 0)),
        (
            "",
            scope(f'{HEADING}<img itemprop="image" src="/i/a.jpg" alt="Quay">{TEXT}'),
            ("/i/a.jpg", "Quay", 0, 0),
        ),
    ],
)
def test_the_lead_image_is_the_articles(
    head: str, body: str, wanted: tuple[str, str, int, int] | None
) -> None:
    image = read(head, body).image
    found = image and (image.url.removeprefix(BASE), image.alt, image.width, image.height)
    assert found == wanted


@pytest.mark.parametrize(
    ("page", "wanted"),
    [
        ("<html lang=de_AT>", "de-AT"),
        ("<html><body lang=fa>", "fa"),
        ("<html lang=en><article lang=fa dir=rtl>", "fa"),
        ('<html xml:lang="ckb">', "ckb"),
        ('<html><meta http-equiv="Content-Language" content="tr">', "tr"),
        (f"<html>{meta('og:locale', 'fr_CA')}", "fr-CA"),
        (f"<html>{linked(a_node(inLanguage='ru'))}", "ru"),
        ("<html lang=english>", ""),
    ],
)
def test_the_language_is_the_nearest_that_is_declared(page: str, wanted: str) -> None:
    tree = parse(f"{page}<h1>{TITLE}</h1>{TEXT}")
    assert tree is not None
    assert read_metadata(tree, url=URL, base=URL).language == wanted
