"""What repeats on a page and is no brief, in the layouts that come closest."""

import pytest

from syndicate.extract.page import Page, extract
from tests.extract.phrasebook import PHRASES

ENGLISH = PHRASES["en"]
TITLES = (
    "Fog bell taken ashore for repairs",
    "Harbour board finds its missing ledger",
    "Rowing club moves its Sunday races",
    "Kelp pays for a new slipway",
)


def each(shape: str, texts: tuple[str, ...] = ENGLISH.briefs) -> str:
    return "".join(shape.format(text=text, n=n, title=TITLES[n]) for n, text in enumerate(texts))


NO_BRIEFS = {
    "menu": "<ul class=menu>" + each("<li><a href=/{n}>{title}</a></li>") + "</ul>",
    "menu whose entries explain themselves": "<nav>"
    + each("<div><p>{text}</p><a href=/{n}>More</a></div>")
    + "</nav>",
    "tag cloud": "<div>"
    + "".join(f"<a href=/tag/{t}>{t}</a> " for t in ["ferry", "kelp", "seal", "fog", "bus"])
    + "</div>",
    "breadcrumb": "<div><a href=/>Home</a> › <a href=/news>News</a> › <a href=/news/h>Harbour</a></div>",
    "pagination": "<div>"
    + "".join(f"<a href=?page={n}>{n}</a> " for n in range(1, 9))
    + "<a href=?page=2>More</a></div>",
    "comments": "<h3>Comments</h3>"
    + each("<div><b>gull{n}</b><p>{text}</p><a href=#r{n}>Reply</a> <a href=#l>Like</a></div>"),
    "comments that are cut short": "<h3>4 comments</h3>"
    + each("<div><p>{text}</p><a href=#r{n}>Read more</a></div>"),
    "comments in unnamed blocks": "<div>"
    + each(
        "<div class=x{n}><p>{text}</p><a href=/c{n}>More</a> <a href=#>Reply</a> <a href=#>Report</a></div>"
    )
    + "</div>",
    "comments by their class": "<div class='comments-list'>"
    + each("<div><p>{text}</p><a href=/c{n}>Read more</a></div>")
    + "</div>",
    "share bar": "<div>" + each("<a href=/share/{n}>Share</a> ") + "</div>",
    "footer columns": "<footer>"
    + each("<div><h4>{title}</h4><ul><li><a href=/a>About us</a></li><li><a href=/b>More</a></li></ul></div>")
    + "</footer>",
    "authors": "<h3>Our writers</h3>"
    + each("<div><img src=/{n}.jpg><p>{text}</p><a href=/staff/{n}>More</a></div>"),
    "authors with their pages": "<h3>Authors</h3>" + each("<p>{text} <a href=/staff/{n}>Read more</a></p>"),
    "gallery": "<div>"
    + each("<div><a href=/p{n}><img src=/{n}.jpg></a><p>{text}</p><a href=/p{n}>More</a></div>")
    + "</div>",
    "weather table": "<h3>Weather</h3><table>"
    + "".join(
        f"<tr><td>Day {n}</td><td>{n + 8}°</td><td>Rain later</td><td><a href=/w{n}>Details</a></td></tr>"
        for n in range(5)
    )
    + "</table>",
    "market table at a glance": "<h3>Markets at a glance</h3><table>"
    + "".join(f"<tr><td>Kelp {n}</td><td>3.{n}1</td><td>+0.{n}</td><td>12.4</td></tr>" for n in range(6))
    + "</table>",
    "recipes": "<h3>Recipes</h3>"
    + each("<div><h4>{title}</h4><p>{text}</p><a href=/r{n}>Read more</a></div>"),
    "steps of a recipe": "<h3>Method</h3><ol>" + each("<li>{text}</li>") + "</ol>",
    "cards": "<div>"
    + each("<div><h3><a href=/{n}>{title}</a></h3><p>{text}</p><a href=/{n}>Read more</a></div>")
    + "</div>",
    "cards with unmarked titles": "<div>"
    + each("<div><p class=t>{title}</p><p>{text}</p><a href=/{n}>Read more</a></div>")
    + "</div>",
    "cards with linked titles": "<div>"
    + each("<div><a href=/{n}>{title} after all</a><p>{text}</p><a href=/{n}>Read more</a></div>")
    + "</div>",
    "related stories": "<h3>Related stories</h3><ul>" + each("<li><a href=/{n}>{title}</a></li>") + "</ul>",
    "related stories that tell more": "<h3>Related</h3>" + each("<p>{text} <a href=/{n}>Read more</a></p>"),
    "most read": "<div class=most-read><h4>Most read</h4><ol>"
    + each("<li><a href=/{n}>{title}</a></li>")
    + "</ol></div>",
    "products": "<div>" + each("<div><p>{text}</p><a href=/buy/{n}>Buy now</a></div>") + "</div>",
    "events": "<h3>Events</h3>" + each("<p>{text} <a href=/e{n}>Details</a></p>"),
    "questions": "<h3>Questions</h3><dl>" + each("<dt>{title}?</dt><dd>{text}</dd>") + "</dl>",
    "languages": "<div>" + "".join(f"<a href=/{c}>{c}</a> " for c in ("en", "fa", "ar", "de")) + "</div>",
    "headlines under no heading": "<ul>" + each("<li><a href=/{n}>{title}</a></li>") + "</ul>",
    "quotations": "<div>" + each("<blockquote><p>“{text}”</p></blockquote>") + "</div>",
    "letters": "<h2>Letters to the editor</h2>" + each("<p>{text} <a href=/l{n}>Read more</a></p>"),
}
IN_BODY = {
    "list": "<ul>" + each("<li>{text}</li>") + "</ul>",
    "list under a heading": "<h2>What changes</h2><ul>" + each("<li>{text}</li>") + "</ul>",
    "list in brief": "<h2>The plan in brief</h2><ul>" + each("<li>{text}</li>") + "</ul>",
    "key points": "<div class=box><h3>At a glance</h3><ul>" + each("<li>{text}</li>") + "</ul></div>",
    "numbered steps": "<h3>How to board</h3><ol>" + each("<li>{text}</li>") + "</ol>",
    "a name linked in each": each("<p><a href=/board>Harbour Board</a> heard it. {text}</p>"),
    "sources linked in each": each("<p>{text} The board said so in a <a href=/s{n}>statement</a>.</p>"),
}


def page_of(block: str, *, amid: bool) -> Page:
    first, second, last = (f"<p>{text}</p>" for text in ENGLISH.body)
    article = f"<h1>{ENGLISH.headline}</h1>{first}{second}" + (block + last if amid else last)
    html = f"<html lang=en><body><div class=main>{article}</div>{'' if amid else block}</body></html>"
    return extract(html.encode(), url="https://old.courier.example/en/ferry.html")


@pytest.mark.parametrize("name", NO_BRIEFS)
def test_what_repeats_beside_an_article_is_no_brief(name: str) -> None:
    page = page_of(NO_BRIEFS[name], amid=False)
    assert page.briefs == ()
    assert page.body_text.split("\n\n")[: len(ENGLISH.body)] == list(ENGLISH.body)


@pytest.mark.parametrize("name", IN_BODY)
def test_what_repeats_in_a_body_stays_in_it(name: str) -> None:
    page = page_of(IN_BODY[name], amid=True)
    assert page.briefs == ()
    assert all(text in page.body_text for text in (*ENGLISH.briefs, *ENGLISH.body))


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("related stories", TITLES),
        ("related stories that tell more", ENGLISH.briefs),
        ("most read", TITLES),
    ],
)
def test_cards_of_other_stories_are_offered_as_links(name: str, texts: tuple[str, ...]) -> None:
    links = page_of(NO_BRIEFS[name], amid=False).links
    assert [(link.text, link.url) for link in links] == [
        (text, f"https://old.courier.example/{n}") for n, text in enumerate(texts)
    ]


@pytest.mark.parametrize("name", ["cards", "related stories", "related stories that tell more", "most read"])
def test_cards_of_other_stories_are_no_body(name: str) -> None:
    assert page_of(NO_BRIEFS[name], amid=False).body_text.split("\n\n") == list(ENGLISH.body)
