"""Archive notices wherever old sites put them, and sentences of articles that only sound like one.

{notice} names courier.example, {stale} does not; {onward} is the words of a link to the new site.
"""

import pytest

from syndicate.extract.page import Page, extract
from tests.extract.phrasebook import PHRASES, Phrases

# What stands before the article, in its container before and after its paragraphs, and after it.
LAYOUTS = {
    "banner": ("<div class=banner>{notice}</div>", "", "", ""),
    "banner in a link": ("<a href=https://courier.example/><div>{stale}</div></a>", "", "", ""),
    "link in the words": ("<div>{stale} <a href=https://courier.example/>{onward}</a></div>", "", "", ""),
    "two blocks": (
        "<div><p>{stale}</p><p><a href=https://courier.example/>{onward}</a></p></div>",
        "",
        "",
        "",
    ),
    "two blocks on the page": (
        "<p>{stale}</p><p><a href=https://courier.example/>{onward}</a></p>",
        "",
        "",
        "",
    ),
    "words and bare domain": ("<div><p>{stale}</p><p>courier.example</p></div>", "", "", ""),
    "picture and words": ("<div><img src=/a.png alt=''><p>{notice}</p></div>", "", "", ""),
    "header table": (
        "<table><tr><td><img src=/logo.gif></td><td><font size=1>{notice}</font></td></tr></table>",
        "",
        "",
        "",
    ),
    "beside a search": (
        "<table><tr><td>{notice}</td><td><a href=/s>A</a> <a href=/m>C</a></td></tr></table>",
        "",
        "",
        "",
    ),
    "loose text": ("{notice}<br>", "", "", ""),
    "loose text beside a table": ("<center>{notice}<table><tr><td>A</td></tr></table></center>", "", "", ""),
    "dialog": ("<dialog open>{notice} <button>OK</button></dialog>", "", "", ""),
    "with a label": ("<div role=alert><strong>Archive</strong><p>{notice}</p></div>", "", "", ""),
    "with what explains it": (
        "<div><p>{notice}</p><p><a href=https://help.example/faq>FAQ</a></p></div>",
        "",
        "",
        "",
    ),
    "explained before it leads on": (
        "<div>{stale} <a href=https://help.example/faq>FAQ</a> <a href=https://courier.example/>{onward}</a></div>",
        "",
        "",
        "",
    ),
    "first paragraph": ("", "<p>{notice}</p>", "", ""),
    "first two paragraphs": (
        "",
        "<p>{stale}</p><p><a href=https://courier.example/>{onward}</a></p>",
        "",
        "",
    ),
    "emphasised first paragraph": ("", "<p><em>{notice}</em></p>", "", ""),
    "last paragraph": ("", "", "<p>{notice}</p>", ""),
    "box at the end": ("", "", "<div class=note><p>{notice}</p></div>", ""),
    "footer": ("", "", "", "<footer><p>{notice}</p><p>1999</p></footer>"),
    "aside": ("", "", "", "<aside><p>{notice}</p></aside>"),
    "at the end of a list": ("", "", "", "<ul><li><a href=/a>A</a></li><li>{notice}</li></ul>"),
    "heading": ("<h3>{notice}</h3>", "", "", ""),
}


def page_of(phrases: Phrases, parts: tuple[str, str, str, str]) -> Page:
    before, first, last, after = (
        part.format(notice=phrases.notice, stale=phrases.stale, onward=phrases.onward) for part in parts
    )
    body = "".join(f"<p>{text}</p>" for text in phrases.body)
    html = (
        f"<html><body>{before}<div><h1>{phrases.headline}</h1>{first}{body}{last}</div>{after}</body></html>"
    )
    return extract(html.encode(), url="https://old.courier.example/a/ferry.html")


@pytest.mark.parametrize("language", PHRASES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_notice_is_found_and_leaves_the_body_clean(layout: str, language: str) -> None:
    phrases = PHRASES[language]
    page = page_of(phrases, LAYOUTS[layout])
    assert page.notice is not None
    assert phrases.stale[:40] in page.notice.text
    assert page.notice.successor_url.rstrip("/") == "https://courier.example"
    assert tuple(page.body_text.split("\n\n")) == phrases.body


ARTICLES = {
    "quoted banner": "“This site is no longer updated,” says a line at the top of the museum’s old pages.",
    "quoted to the end": "The banner says: “You are viewing a page of our old site, no longer updated.”",
    "another site": "The museum’s old site is no longer updated, the council said on Tuesday afternoon.",
    "an old place": "This is an old Roman site near the harbour, and nobody has dug there since the war.",
    "a page in an archive": "An archived version of the page shows that the post was still up on Monday.",
    "a paper's archive": "This page of the ledger is archived in the customs house, the clerk told visitors.",
    "moved": "The town’s website has moved to gazette.example, and its old pages will be archived in May.",
    "in French": "Cet ancien site industriel accueille désormais un musée, ouvert tous les jours.",
    "in German": "Die alte Website der Stadt wird nicht mehr aktualisiert, sagte ein Sprecher am Dienstag.",
    "in Persian": "سایت قدیمی شهرداری دیگر به‌روز نمی‌شود و شورا سه‌شنبه این را اعلام کرد.",
    "in Russian": "Старый сайт музея больше не обновляется, сообщил во вторник городской совет.",
}


@pytest.mark.parametrize("place", [0, 1, 3], ids=["first", "amid", "last"])
@pytest.mark.parametrize("name", ARTICLES)
def test_a_sentence_of_an_article_is_no_notice(name: str, place: int) -> None:
    body = list(PHRASES["en"].body)
    body.insert(place, ARTICLES[name])
    html = (
        "<html><body><article><h1>Old pages</h1>" + "".join(f"<p>{text}</p>" for text in body) + "</article>"
    )
    page = extract(html.encode(), url="https://old.courier.example/a.html")
    assert page.notice is None
    assert page.body_text.split("\n\n") == body


def test_a_headline_is_no_notice() -> None:
    html = "<article><h1>This Site Is No Longer Updated</h1>" + "".join(
        f"<p>{t}</p>" for t in PHRASES["en"].body
    )
    page = extract(html.encode(), url="https://old.courier.example/a.html")
    assert page.notice is None
    assert page.headline == "This Site Is No Longer Updated"


@pytest.mark.parametrize(
    ("words", "successor"),
    [
        ("Visit courier.example.", "https://courier.example"),
        ("Visit courier.example/en/news for more.", "https://courier.example/en/news"),
        ("Visit hafenböte.example today.", "https://hafenböte.example"),
        ("Visit порт.рф today.", "https://порт.рф"),
        ("It was old.courier.example; visit courier.example.", "https://courier.example"),
        ("Visit <a href=//courier.example/en>our new site</a>.", "https://courier.example/en"),
        ("<a href=https://web.archive.org/web/2020/x>Archived copy</a>", ""),
        ("<a href=https://help.example/why>Why do we keep this?</a>", ""),
        ("<a href=/about>About this archive</a>", ""),
        ("<a href=mailto:desk@courier.example>Write to us</a>", ""),
        ("See index.html or page 3.5.", ""),
    ],
)
def test_the_successor_is_where_the_new_site_is(words: str, successor: str) -> None:
    notice = page_of(PHRASES["en"], ("<div>{stale} " + words + "</div>", "", "", "")).notice
    assert notice is not None
    assert notice.successor_url == successor


def test_of_two_notices_the_one_in_the_page_s_language_counts() -> None:
    english, persian = PHRASES["en"].notice, PHRASES["fa"].notice
    html = f"<html lang=fa><body><p>{english}</p><p>{persian}</p><h1>قایق</h1><p>{PHRASES['fa'].body[0]}</p>"
    page = extract(html.encode(), url="https://old.courier.example/fa.html")
    assert page.notice is not None
    assert page.notice.text == persian
    assert english not in page.body_text
