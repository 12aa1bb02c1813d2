"""An invented site to probe: a listing, articles of one template, feeds, a sitemap, and what is none."""

from typing import Any

WORDS = (
    "The {thing} came back to the harbour of Port Hale on {day} after a winter in the dry dock. "
    "Its keepers had waited for spare parts since the storms of January, and for a crane that reaches over "
    "the quay.",
    "Forty people stood at the {thing} when the gates were opened, among them the island's pupils. "
    "The harbour office wants to keep it open every day until the autumn, and to show it at the summer fair.",
    "What that costs nobody could say yet. The council will hear of the {thing} at its next meeting, which "
    "is open to everybody who lives on the quay or works there, and it will come before the budget.",
)
THINGS = ("ferry", "lighthouse", "crane", "lifeboat", "bridge", "clock")
NOTICE = (
    '<div class="archive-strip">You are viewing the old site of the Harbour Courier, which is no longer '
    'updated. Visit <a href="https://courier.example/">courier.example</a> for today\'s news.</div>'
)


def an_article(number: int, *, notice: str = "", extra: str = "") -> str:
    """An article as the site's template makes it; what is around it differs from page to page."""
    thing, day = THINGS[number % len(THINGS)], 3 + number
    text = "".join(f"<p>{words.format(thing=thing, day=f'{day} May')}</p>" for words in WORDS)
    return f"""<!doctype html><html lang="en"><head><title>The {thing} is back | Harbour Courier</title>
<meta property="og:site_name" content="Harbour Courier"><meta property="og:type" content="article">
<meta property="og:title" content="The {thing} is back at the quay"></head>
<body class="post-{number}23 css-1x{number}z"><header><a href="/">Harbour Courier</a></header>{notice}
<div class="css-9zk{number}q"><article class="story">
<h1 class="story-title">The {thing} is back at the quay</h1>
<div class="story-meta mt-4"><span class="byline">By Mina Vale</span>
<time datetime="2019-05-{day:02}T06:30:00+02:00">{day} May 2019, 06:30</time></div>
<div class="story-text col-8">{text}</div>{extra}</article></div>
<aside class="more"><a href="/news/{THINGS[(number + 1) % 6]}.html">The next thing is back too</a></aside>
<footer>Harbour Courier, 1 Quay Street, Port Hale</footer></body></html>"""


def a_listing() -> str:
    cards = "".join(
        f'<div class="card"><h2 class="card-title">'
        f'<a href="/news/{thing}.html">The {thing} is back at the quay</a></h2>'
        f"<p>What the harbour says of it, and what it costs.</p></div>"
        for thing in THINGS
    )
    return f"""<!doctype html><html lang="en"><head><title>News | Harbour Courier</title>
<meta property="og:site_name" content="Harbour Courier">
<link rel="alternate" type="application/rss+xml" href="/feed.xml"></head><body>
<nav><a href="/about">About us and our harbour</a></nav><main class="river">{cards}</main></body></html>"""


def a_feed(text: str) -> str:
    entries = "".join(
        f"<item><guid>{n}</guid><title>The {thing} is back</title><link>/news/{thing}.html</link>"
        f"<description>{text}</description></item>"
        for n, thing in enumerate(THINGS)
    )
    head = '<?xml version="1.0"?><rss version="2.0"><channel><title>Harbour Courier</title>'
    return f"{head}{entries}</channel></rss>"


SITEMAP = (
    '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    + "".join(f"<url><loc>https://courier.example/news/{thing}.html</loc></url>" for thing in THINGS)
    + "</urlset>"
)
SCRIPTED = (
    '<!doctype html><html lang="en"><head><title>Harbour Courier</title></head><body><div id="root"></div>'
    f"<script>{'window.state = 1;' * 400}</script></body></html>"
)
BRIEFS = (
    '<!doctype html><html lang="en"><body><h1>The harbour today</h1>'
    '<section class="notes"><h2>In brief</h2><ul>'
    + "".join(
        f'<li>The {thing} of the harbour will be closed on Sunday for repairs. <a href="/b/{n}">More</a></li>'
        for n, thing in enumerate(THINGS)
    )
    + "</ul></section></body></html>"
)
TEXT = "The ferry is back\nBy Mina Vale\n3 May 2019\n\n" + "\n\n".join(
    words.format(thing="ferry", day="Monday") for words in WORDS
)


def a_site() -> dict[str, Any]:
    """What each path answers."""
    pages: dict[str, Any] = {f"/news/{thing}.html": an_article(n) for n, thing in enumerate(THINGS)}
    png = (200, {"Content-Type": "image/png"}, b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20)
    return pages | {
        "/news/": a_listing(),
        "/old.html": an_article(2, notice=NOTICE),
        "/feed.xml": a_feed("A short teaser."),
        "/whole.xml": a_feed(" ".join(WORDS).replace("{thing}", "ferry") + " " + " ".join(WORDS)),
        "/sitemap.xml": SITEMAP,
        "/robots.txt": "User-agent: *\nDisallow: /closed\nSitemap: https://courier.example/sitemap.xml\n",
        "/app.html": SCRIPTED,
        "/briefs.html": BRIEFS,
        "/note.txt": TEXT,
        "/picture.png": png,
        "/closed.html": an_article(1),
    }
