"""What stands in a story stays in it: beside lists, links, results and the site's own name."""

import pytest

from syndicate.extract.page import Page, extract

TITLE = "Ferry returns to harbour"
TEXTS = [
    f"The ferry to the {name} islands sailed at dawn with forty passengers and two dogs, said the master."
    for name in ("northern", "southern", "outer", "inner", "western", "eastern", "upper", "lower", "far")
]
MORE = '<a href="/more">Read more</a>'


def read(body: str, *, title: str = TITLE, fast: bool = False) -> Page:
    html = f"<html lang=en><head><title>{title}</title></head><body>{body}</body></html>"
    return extract(html.encode(), url="https://old.courier.example/a.html", fast=fast)


def paragraphs(page: Page) -> list[str]:
    return page.body_text.split("\n\n")


def test_paragraphs_that_lead_on_are_no_briefs_where_others_do_not() -> None:
    marked = [f"<p>{text} {MORE if at in (1, 3, 4) else ''}</p>" for at, text in enumerate(TEXTS[:6])]
    page = read(f"<article><h1>{TITLE}</h1>{''.join(marked)}</article>")
    assert page.briefs == ()
    assert len(paragraphs(page)) == 6


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize("holder", ["ul", "blockquote"])
def test_a_story_goes_on_after_a_long_list_or_quotation(holder: str, fast: bool) -> None:
    part = "li" if holder == "ul" else "p"
    held = "".join(f"<{part}>{text}</{part}>" for text in TEXTS[4:])
    body = f"<article><h1>{TITLE}</h1><p>{TEXTS[0]}</p><{holder}>{held}</{holder}><p>{TEXTS[1]}</p></article>"
    assert paragraphs(read(body, fast=fast)) == [TEXTS[0], *TEXTS[4:], TEXTS[1]]


def test_results_at_the_end_of_a_story_stay() -> None:
    results = [f"Albion {n}, United {n + 1}" for n in range(10)]
    rows = "".join(f"<p>{result}</p>" for result in results)
    page = read(f"<article><h1>{TITLE}</h1><p>{TEXTS[0]}</p><p>{TEXTS[1]}</p>{rows}</article>")
    assert paragraphs(page) == [*TEXTS[:2], *results]


def test_a_masthead_is_no_headline() -> None:
    masthead = f"<h1>Harbour Courier</h1><h2>{TITLE}</h2><p>{TEXTS[0]}</p><p>{TEXTS[1]}</p>"
    page = read(masthead, title=f"{TITLE} | Harbour Courier")
    assert page.headline == TITLE
    assert paragraphs(page) == TEXTS[:2]
