"""Briefs in every layout and language, beside the article and inside its container.

The table of layouts is filled from the phrasebook: {text} is a brief's sentence, {url} its address.
"""

import pytest

from syndicate.extract.page import Page, extract
from tests.extract.phrasebook import PHRASES, Phrases

# What stands once for each brief, and around all of them; {h} is the heading, {m} "More", {p} a place.
LAYOUTS = {
    "list": ("<h3>{h}</h3><ul>{each}</ul>", "<li>{text} <a href={url}>{m}</a></li>"),
    "numbered list in a section": (
        "<section><h2>{h}</h2><ol>{each}</ol></section>",
        "<li><p>{text} <a href={url}>{m}</a></p></li>",
    ),
    "arrow after the word": ("<h3>{h}</h3><ul>{each}</ul>", "<li>{text} <a href={url}>{m} &raquo;</a></li>"),
    "arrow outside the link": ("<h4>{h}</h4>{each}", "<p>{text} &raquo; <a href={url}>{m}</a></p>"),
    "word in brackets": ("<h3>{h}</h3>{each}", "<p>{text} [<a href={url}>{m}</a>]</p>"),
    "word in round brackets": ("<h3>{h}</h3>{each}", "<p>{text} (<a href={url}>{m}…</a>)</p>"),
    "arrow alone": ("<h3>{h}</h3><ul>{each}</ul>", "<li>{text} <a href={url}>&rarr;</a></li>"),
    "picture for a word": (
        "<h3>{h}</h3><ul>{each}</ul>",
        "<li>{text} <a href={url}><img src=/img/more.gif alt='{m}'></a></li>",
    ),
    "picture without words": (
        "<h3>{h}</h3><ul>{each}</ul>",
        "<li>{text} <a href={url}><img src=/img/arrow.gif></a></li>",
    ),
    "label for screen readers": (
        "<h3>{h}</h3><ul>{each}</ul>",
        "<li>{text} <a href={url} aria-label='{m}'></a></li>",
    ),
    "link before the sentence": ("<h3>{h}</h3><ul>{each}</ul>", "<li><a href={url}>{m}</a> {text}</li>"),
    "link before the paragraph": ("<h3>{h}</h3>{each}", "<div><a href={url}>{m}</a></div><p>{text}</p>"),
    "paragraph then link": ("<h3>{h}</h3>{each}", "<p>{text}</p><a href={url}>{m}</a>"),
    "breaks": ("<div><b>{h}</b><br>{each}</div>", "{text} <a href={url}>{m}</a><br>"),
    "double breaks": ("<div><b>{h}</b><br><br>{each}</div>", "{text} <a href={url}>{m}</a><br><br>"),
    "link on its own line": ("<div><b>{h}</b><br>{each}</div>", "{text}<br><a href={url}>{m}</a><br>"),
    "rules between": ("<div><h3>{h}</h3>{each}</div>", "{text} <a href={url}>{m}</a><hr>"),
    "table rows": (
        "<table><tr><th>{h}</th></tr>{each}</table>",
        "<tr><td>{text}</td><td><a href={url}>{m}</a></td></tr>",
    ),
    "table with a caption": (
        "<table><caption>{h}</caption>{each}</table>",
        "<tr><td>{text}<br><a href={url}>{m}</a></td></tr>",
    ),
    "table for the page": (
        "<table><tr><td><font size=2><b>{h}</b></font></td></tr><tr><td>{each}</td></tr></table>",
        "<p><font size=1>{text} <a href={url}>{m}</a></font></p>",
    ),
    "definitions under one term": ("<dl><dt>{h}</dt>{each}</dl>", "<dd>{text} <a href={url}>{m}</a></dd>"),
    "hashed classes": (
        "<div class=css-1x9a><div class=css-77q>{h}</div><div class=css-0b>{each}</div></div>",
        "<div class=css-8ee><span class=css-1a>{text}</span><a class=css-2c href={url}>{m}</a></div>",
    ),
    "small articles": (
        "<section><h2>{h}</h2>{each}</section>",
        "<article><div><p>{text}</p></div><footer><a href={url}>{m}</a></footer></article>",
    ),
    "aside with a header": (
        "<aside><header>{h}</header>{each}</aside>",
        "<p>{text} <a href={url}>{m}</a></p>",
    ),
    "spans": (
        "<div><div class=hd>{h}</div><div>{each}</div></div>",
        "<span>{text}</span> <a href={url}>{m}</a>",
    ),
    "link around all": ("<h3>{h}</h3>{each}", "<a href={url}><p>{text}</p><span>{m}</span></a>"),
    "deeply nested": (
        "<div class=panel><div><h3><a href=/all>{h}</a></h3></div><div>{each}</div></div>",
        "<div class=m><div><p>{text}</p><p class=more><a class=btn href={url}>{m}</a></p></div></div>",
    ),
    "sentences are links": ("<h4>{h}</h4><ul>{each}</ul>", "<li><a href={url}>{text}</a></li>"),
    "sentences are links in paragraphs": ("<h4>{h}</h4>{each}", "<p><a href={url}>{text}</a></p>"),
    "heading with a colon": ("<p><strong>{h}:</strong></p>{each}", "<p>{text} <a href={url}>{m}</a></p>"),
    "heading in the list": ("<ul><li><b>{h}</b></li>{each}</ul>", "<li>{text} <a href={url}>{m}</a></li>"),
    "two columns": (
        "<h3>{h}</h3><div>{each}</div>",
        "<div class=col><p>{text} <a href={url}>{m}</a></p></div>",
    ),
    "button": ("<h3>{h}</h3>{each}", "<div><p>{text}</p><a href={url}><button>{m}</button></a></div>"),
    "nested list": (
        "<h3>{h}</h3><ul><li><ul>{each}</ul></li></ul>",
        "<li>{text} <a href={url}>{m}</a></li>",
    ),
}
UNLINKED = {
    "list": ("<h3>{h}</h3><ul>{each}</ul>", "<li>{text}</li>"),
    "paragraphs": ("<h3>{h}</h3>{each}", "<p>{text}</p>"),
    "box": ("<div class=x><div class=y>{h}</div>{each}</div>", "<div class=z>{text}</div>"),
    "breaks": ("<div><b>{h}</b><br>{each}</div>", "{text}<br>"),
    "bullets in a paragraph": ("<p><b>{h}</b><br>{each}</p>", "&bull; {text}<br>"),
    "table": ("<table><tr><th>{h}</th></tr>{each}</table>", "<tr><td>{text}</td></tr>"),
    "aside": ("<aside><h2>{h}</h2>{each}</aside>", "<p>{text}</p>"),
    "word without link": ("<h3>{h}</h3><ul>{each}</ul>", "<li>{text} <span>{m}</span></li>"),
    "nested list": ("<h3>{h}</h3><ul><li><ul>{each}</ul></li></ul>", "<li>{text}</li>"),
    "definitions": ("<dl><dt>{h}</dt>{each}</dl>", "<dd>{text}</dd>"),
}


def page_of(phrases: Phrases, layout: tuple[str, str], *, inside: bool, heading: str | None = None) -> Page:
    around, one = layout
    each = "".join(
        one.format(text=text, url=f"/b{n}", m=phrases.more, p=phrases.place)
        for n, text in enumerate(phrases.briefs)
    )
    block = around.format(h=phrases.heading if heading is None else heading, each=each)
    article = f"<h1>{phrases.headline}</h1>" + "".join(f"<p>{text}</p>" for text in phrases.body)
    html = (
        "<html><body><div><a href=/>A</a> <a href=/news>B</a></div>"
        f"<div class=main>{article}{block if inside else ''}</div>{'' if inside else block}</body></html>"
    )
    return extract(html.encode(), url="https://old.courier.example/a/ferry.html")


@pytest.mark.parametrize("inside", [False, True], ids=["beside", "inside"])
@pytest.mark.parametrize("language", PHRASES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_linked_briefs_are_found_and_leave_the_body_clean(layout: str, language: str, inside: bool) -> None:
    phrases = PHRASES[language]
    page = page_of(phrases, LAYOUTS[layout], inside=inside)
    assert tuple(brief.text for brief in page.briefs) == phrases.briefs
    assert [brief.url for brief in page.briefs] == [f"https://old.courier.example/b{n}" for n in range(4)]
    assert {brief.section for brief in page.briefs} == {phrases.heading}
    assert tuple(page.body_text.split("\n\n")) == phrases.body


@pytest.mark.parametrize("inside", [False, True], ids=["beside", "inside"])
@pytest.mark.parametrize("language", PHRASES)
@pytest.mark.parametrize("layout", UNLINKED)
def test_briefs_without_links_are_found_under_their_heading(layout: str, language: str, inside: bool) -> None:
    phrases = PHRASES[language]
    page = page_of(phrases, UNLINKED[layout], inside=inside)
    assert tuple(brief.text for brief in page.briefs) == phrases.briefs
    assert {brief.url for brief in page.briefs} == {None}
    assert {brief.section for brief in page.briefs} == {phrases.heading}
    assert tuple(page.body_text.split("\n\n")) == phrases.body
