"""Briefs in every layout and language, beside the article and inside its container.

The table of layouts is filled from the phrasebook: {text} is a brief's sentence, {url} its address.
"""

from dataclasses import replace

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
    "list in an entry that is the heading": (
        "<ul><li>{h}<ul>{each}</ul></li></ul>",
        "<li>{text} <a href={url}>{m}</a></li>",
    ),
    "cells of one row": (
        "<h3>{h}</h3><table><tr>{each}</tr></table>",
        "<td>{text} <a href={url}>{m}</a></td>",
    ),
    "fieldset": (
        "<fieldset><legend>{h}</legend>{each}</fieldset>",
        "<div>{text} <a href={url}>{m}</a></div>",
    ),
    "elements of their own": (
        "<brief-list><h3>{h}</h3>{each}</brief-list>",
        "<brief-item>{text} <a href={url}>{m}</a></brief-item>",
    ),
    "picture and counter": (
        "<h3>{h}</h3>{each}",
        "<div><img src=/t.jpg><p>{text}</p><a href={url}>{m}</a> <a href=#c>0</a></div>",
    ),
    "heading that is a link": (
        "<h3><a href=/b>{h} »</a></h3><ul>{each}</ul><a href=/b>{m} {h}</a>",
        "<li>{text} <a href={url}>{m}</a></li>",
    ),
}
LED_IN = {
    "place in bold": ("<h3>{h}</h3><ul>{each}</ul>", "<li><b>{p}:</b> {text} <a href={url}>{m}</a></li>"),
    "date before": ("<h3>{h}</h3>{each}", "<p>3.5. – {text} <a href={url}>{m}</a></p>"),
    "place as a term": ("<h3>{h}</h3><dl>{each}</dl>", "<dt>{p}</dt><dd>{text} <a href={url}>{m}</a></dd>"),
    "place as a heading": ("<h2>{h}</h2>{each}", "<h4>{p}</h4><p>{text} <a href={url}>{m}</a></p>"),
    "time in its own element": (
        "<section><h3>{h}</h3>{each}</section>",
        "<div><time>09:40</time><p>{text}</p><a href={url}>{m}</a></div>",
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
    block = around.format(h=phrases.heading if heading is None else heading, m=phrases.more, each=each)
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


@pytest.mark.parametrize("language", PHRASES)
@pytest.mark.parametrize("layout", LED_IN)
def test_a_place_or_date_leads_into_its_brief(layout: str, language: str) -> None:
    phrases = PHRASES[language]
    page = page_of(phrases, LED_IN[layout], inside=False)
    assert len(page.briefs) == len(phrases.briefs)
    assert all(brief.text.endswith(text) for brief, text in zip(page.briefs, phrases.briefs, strict=True))
    assert all(len(brief.text) > len(text) for brief, text in zip(page.briefs, phrases.briefs, strict=True))
    assert {brief.section for brief in page.briefs} == {phrases.heading}
    assert tuple(page.body_text.split("\n\n")) == phrases.body


@pytest.mark.parametrize("count", [2, 3, 40, 200])
@pytest.mark.parametrize("layout", ["list", "breaks", "table rows", "link on its own line"])
def test_two_to_two_hundred_briefs_are_found(layout: str, count: int) -> None:
    texts = tuple(f"Boat {n} will sail ten minutes later than usual on Sundays." for n in range(count))
    page = page_of(replace(PHRASES["en"], briefs=texts), LAYOUTS[layout], inside=True)
    assert tuple(brief.text for brief in page.briefs) == texts


@pytest.mark.parametrize("layout", ["list", "breaks", "table rows", "hashed classes", "small articles"])
def test_one_address_for_all_makes_as_many_briefs(layout: str) -> None:
    around, one = LAYOUTS[layout]
    page = page_of(PHRASES["en"], (around, one.replace("{url}", "/all")), inside=False)
    assert tuple(brief.text for brief in page.briefs) == PHRASES["en"].briefs
    assert {brief.url for brief in page.briefs} == {"https://old.courier.example/all"}


@pytest.mark.parametrize("language", PHRASES)
def test_without_a_heading_the_links_tell(language: str) -> None:
    around, one = "<div class=side>{each}</div>", "<p>{text} <a href={url}>{m}</a></p>"
    page = page_of(PHRASES[language], (around, one), inside=False)
    assert tuple(brief.text for brief in page.briefs) == PHRASES[language].briefs
    assert {brief.section for brief in page.briefs} == {""}
