"""Briefs in the layouts that old sites had, beside and inside the article's own container."""

import pytest

from syndicate.extract.briefs.take import fingerprint_of
from syndicate.extract.page import Page, extract

BRIEFS = (
    "The swing bridge will open ten minutes later than usual on Sunday mornings.",
    "Volunteers have cleared two tonnes of kelp from the slipway.",
    "The fog bell has been taken ashore for casting repairs this week.",
    "Bus 14 now waits for the last ferry of the day on weekdays.",
)
BODY = (
    "The last boat of the day will sail all winter after commuters on both shores asked for more thought.",
    "The company said on Thursday that it had counted passengers for three weeks and found the boat fuller.",
    "Fares do not change, and monthly tickets stay valid until summer, so that holders need not do anything.",
    "A public meeting about the summer timetable will be held in the customs house in February this time.",
)


def each(shape: str) -> str:
    return "".join(shape.format(text=text, url=f"/b{n}") for n, text in enumerate(BRIEFS))


LAYOUTS = {
    "list": "<h3>Harbour in Brief</h3><ul>" + each("<li>{text} <a href={url}>More</a></li>") + "</ul>",
    "paragraph then link": "<h3>Harbour in Brief</h3>" + each("<p>{text}</p><a href={url}>More</a>"),
    "bare text and breaks": "<div><b>Harbour in Brief</b><br>"
    + each("{text} <a href={url}>More</a><br>")
    + "</div>",
    "double breaks": "<div><b>Harbour in Brief</b><br><br>"
    + each("{text} <a href={url}>More</a><br><br>")
    + "</div>",
    "table with a cell for the link": "<table><tr><th>Harbour in Brief</th></tr>"
    + each("<tr><td>{text}</td><td><a href={url}>More</a></td></tr>")
    + "</table>",
    "table with a caption": "<table><caption>Harbour in Brief</caption>"
    + each("<tr><td>{text}<br><a href={url}>Read more &raquo;</a></td></tr>")
    + "</table>",
    "small articles": "<section><h2>Harbour in Brief</h2>"
    + each("<article><div><p>{text}</p></div><footer><a href={url}>Read more</a></footer></article>")
    + "</section>",
    "definitions": "<dl><dt>Harbour in Brief</dt>" + each("<dd>{text} <a href={url}>More</a></dd>") + "</dl>",
    "whole sentences linked": "<h4>Harbour in Brief</h4><ul>"
    + each("<li><a href={url}>{text}</a></li>")
    + "</ul>",
    "paragraphs in the flow": "<h3>Harbour in Brief</h3>" + each("<p>{text} <a href={url}>[More]</a></p>"),
    "aside": "<aside><header>Harbour in Brief</header>"
    + each("<p>{text} <a href={url}>More</a></p>")
    + "</aside>",
    "spans": "<div><div class=hd>Harbour in Brief</div><div>"
    + each("<span>{text}</span> <a href={url}>More</a>")
    + "</div></div>",
    "link around all": "<h3>Harbour in Brief</h3>" + each("<a href={url}><p>{text}</p><span>More</span></a>"),
    "deeply nested": "<div class=panel><div class=head><h3><a href=/all>Harbour in Brief</a></h3></div><div>"
    + each("<div class=m><div><p>{text}</p><p class=more><a class=btn href={url}>More</a></p></div></div>")
    + "</div></div>",
}


def page_with(briefs: str, *, inside: bool) -> Page:
    article = "<h1>Ferry keeps sailing late</h1>" + "".join(f"<p>{text}</p>" for text in BODY)
    html = (
        "<html lang=en><body><div><a href=/>Home</a> <a href=/news>News</a></div>"
        f"<div class=main>{article}{briefs if inside else ''}</div>{'' if inside else briefs}</body></html>"
    )
    return extract(html.encode(), url="https://old.courier.example/en/ferry.html")


@pytest.mark.parametrize("inside", [False, True], ids=["beside", "inside"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_briefs_are_found_and_leave_the_body_clean(layout: str, inside: bool) -> None:
    page = page_with(LAYOUTS[layout], inside=inside)
    assert tuple(brief.text for brief in page.briefs) == BRIEFS
    assert [brief.url for brief in page.briefs] == [f"https://old.courier.example/b{n}" for n in range(4)]
    assert {brief.section for brief in page.briefs} == {"Harbour in Brief"}
    assert tuple(page.body_text.split("\n\n")) == BODY


def test_links_that_lead_nowhere_make_briefs_without_a_link() -> None:
    page = page_with("<h3>Briefs</h3>" + each("<p>{text} <a href='#'>More</a></p>"), inside=False)
    assert [brief.url for brief in page.briefs] == [None] * 4
    assert len({brief.fingerprint for brief in page.briefs}) == 4


def test_a_brief_without_its_link_stays_with_its_group() -> None:
    briefs = LAYOUTS["list"].replace(" <a href=/b2>More</a>", "")
    found = page_with(briefs, inside=False).briefs
    assert tuple(brief.text for brief in found) == BRIEFS
    assert found[2].url is None


def test_two_sections_keep_their_names() -> None:
    world = (
        LAYOUTS["list"]
        .replace("Harbour in", "World in")
        .replace("The ", "Some ")
        .replace("Volunteers", "Divers")
    )
    world = world.replace("Bus 14", "Bus 15")
    sections = [brief.section for brief in page_with(LAYOUTS["list"] + world, inside=False).briefs]
    assert sections == ["Harbour in Brief"] * 4 + ["World in Brief"] * 4


def test_briefs_without_a_heading_have_no_section() -> None:
    page = page_with("<ul>" + each("<li>{text} <a href={url}>More</a></li>") + "</ul>", inside=False)
    assert [brief.section for brief in page.briefs] == [""] * 4


@pytest.mark.parametrize(
    ("heading", "more"),
    [
        ("بندر در یک نگاه", "بیشتر"),
        ("الميناء في سطور", "اقرأ المزيد"),
        ("Hafen kurz notiert", "Mehr lesen"),
        ("Le port en bref", "Lire la suite"),
        ("El puerto en breve", "Leer más"),
    ],
)
def test_briefs_are_known_in_our_languages(heading: str, more: str) -> None:
    page = page_with(f"<h3>{heading}</h3>" + each(f"<p>{{text}} <a href={{url}}>{more}</a></p>"), inside=True)
    assert tuple(brief.text for brief in page.briefs) == BRIEFS
    assert {brief.section for brief in page.briefs} == {heading}


def test_a_name_that_is_linked_again_and_again_is_no_more() -> None:
    body = "".join(f"<p><a href=/board>Harbour Board</a> {text}</p>" for text in BODY)
    page = page_with(body, inside=True)
    assert page.briefs == ()


def test_spacing_case_and_marks_do_not_change_a_fingerprint() -> None:
    assert fingerprint_of("The fog bell, ashore.") == fingerprint_of("the fog\u200cbell ashore")
    assert fingerprint_of("The fog bell") != fingerprint_of("The fog bells")
    assert fingerprint_of(" … ") == ""
