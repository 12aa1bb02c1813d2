"""Our own extractor finds the story in many layouts, and nothing that stands beside it."""

import pytest

from syndicate.extract.body.blocks import read_blocks
from syndicate.extract.body.container import own_body
from syndicate.extract.body.paragraphs import paragraphs
from syndicate.extract.tree import parse, text_of, visible

ENGLISH = (
    "The harbour board voted on Tuesday to replace the lamps along the eastern pier before winter.",
    "Keepers had complained that the old lamps went dark whenever the wind came from the north.",
    "“We lit candles twice last year,” one of them said.",
    "The first new lamps arrive in March and will be lit in time for the herring fair.",
)
PERSIAN = (
    "هیئت بندر روز سه‌شنبه رأی داد که چراغ‌های اسکله‌ی شرقی پیش از زمستان عوض شوند و نگهبانان خشنودند.",
    "نگهبانان گفته بودند که چراغ‌های کهنه هر بار که باد از شمال می‌وزد خاموش می‌شوند و راه پیدا نیست.",
    "نخستین چراغ‌های نو در فروردین می‌رسند و تا جشن ماهی روشن خواهند شد.",
)
ARABIC = (
    "صوّت مجلس الميناء يوم الثلاثاء على استبدال المصابيح على الرصيف الشرقي قبل حلول الشتاء.",
    "وكان الحراس قد اشتكوا من أن المصابيح القديمة تنطفئ كلما هبت الريح من الشمال على المدينة.",
    "تصل أولى المصابيح الجديدة في آذار وتضاء في موعد مهرجان السمك.",
)
STORIES = {"en": ENGLISH, "fa": PERSIAN, "ar": ARABIC}
MENU = "".join(f"<li><a href='/{n}'>Section number {n}</a></li>" for n in range(12))
TEASERS = "".join(
    f"<div class='card'><h3><a href='/{n}'>Another story {n}</a></h3>"
    f"<p>What happened at berth {n} that day.</p></div>"
    for n in range(5)
)


def article(story: tuple[str, ...], tag: str = "p") -> str:
    return "".join(f"<{tag}>{paragraph}</{tag}>" for paragraph in story)


LAYOUTS = {
    "semantic": "<nav><ul>{menu}</ul></nav><main><article><h1>{h}</h1>{p}</article></main><footer>X</footer>",
    "divisions": "<div id='menu'><ul>{menu}</ul></div><div><h1>{h}</h1><div class='c2'>{p}</div></div>",
    "tables": "<table><tr><td><ul>{menu}</ul></td><td><h1>{h}</h1>{p}</td><td>{cards}</td></tr></table>",
    "loose": "<ul>{menu}</ul><h1>{h}</h1><div class='story'>{loose}</div><div>{cards}</div>",
    "sections": "<h1>{h}</h1><div class='part'>{first}</div><div class='advert'>Buy rope!</div>"
    "<div class='part'>{rest}</div>",
    "sidebar": "<h1>{h}</h1><div class='text'>{p}</div><div class='sidebar'>{cards}</div>",
    "cards below": "<h1>{h}</h1><div class='text'>{p}</div><div class='grid'>{cards}</div>",
    "comments": "<h1>{h}</h1><div class='text'>{p}</div><div id='comments'><p>I was there, so.</p></div>",
    "misnamed": "<div class='nav-open has-sidebar'><h1>{h}</h1><div class='text'>{p}</div></div>",
    "headless": "<div class='text'>{p}</div><ul>{menu}</ul>",
    "signed up": "<h1>{h}</h1><div class='text'>{first}<div class='newsletter'>"
    "<p>Sign up for our letter today.</p></div>{rest}</div>",
}


def found(html: str, *, stated: str = "") -> list[str]:
    tree = parse(f"<html><body>{html}</body></html>")
    assert tree is not None
    body = own_body(read_blocks(visible(tree)), headline="Lamps", stated=stated)
    return [] if body is None else [text_of(block) for block in paragraphs(body)]


@pytest.mark.parametrize("language", STORIES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_story_is_found_whole_and_alone(layout: str, language: str) -> None:
    story = STORIES[language]
    html = LAYOUTS[layout].format(
        menu=MENU,
        cards=TEASERS,
        h="Lamps",
        p=article(story),
        loose="<br><br>".join(story),
        first=article(story[:2]),
        rest=article(story[2:]),
    )
    assert found(html) == list(story)


def test_every_joiner_and_mark_of_direction_stays() -> None:
    years = "\u200f(\u200e2019\u200f)"
    marked = f"\u202b{PERSIAN[0]}\u202c {years} و نام\u200cها و ک\u200dتاب\u200cها هم در همان\u200cجا ماندند."
    assert found(f"<article><h1>Lamps</h1><p>{marked}</p>{article(PERSIAN[1:])}</article>")[0] == marked


def test_lists_quotes_tables_and_headings_inside_stay_where_they_stand() -> None:
    inside = (
        "<h2>What it costs</h2><ul><li>Twelve lamps</li><li>One long ladder</li></ul>"
        "<table><tr><th>Year</th><th>Lamps</th></tr><tr><td>2018</td><td>Four</td></tr></table>"
        "<blockquote><p>Let there be lamps on every pier of this town.</p></blockquote>"
    )
    html = f"<article><h1>Lamps</h1>{article(ENGLISH[:2])}{inside}{article(ENGLISH[2:])}</article>"
    assert found(html) == [
        *ENGLISH[:2],
        "What it costs",
        "Twelve lamps One long ladder",
        "Year Lamps 2018 Four",
        "Let there be lamps on every pier of this town.",
        *ENGLISH[2:],
    ]


def test_a_list_of_names_after_the_last_sentence_is_part_of_the_story() -> None:
    names = "<h2>The crews</h2><ul><li>Tern</li><li>Gull</li></ul>"
    assert found(f"<div><h1>Lamps</h1><div>{article(ENGLISH)}{names}</div></div>")[-1] == "Tern Gull"


def test_a_long_menu_before_a_short_story_does_not_outweigh_it() -> None:
    lines = "".join(
        f"<li>We sell the finest rope of the whole northern coast, number {n}.</li>" for n in range(9)
    )
    assert found(f"<ul>{lines}</ul><h1>Lamps</h1><div>{article(ENGLISH[:2])}</div>") == list(ENGLISH[:2])


def test_what_the_page_states_and_shows_ends_the_story() -> None:
    after = "<p>Our reporters have written about this harbour for more than thirty years now.</p>"
    story = tuple(
        f"{line} So said keeper number {n} of the eastern light." for n in range(3) for line in ENGLISH
    )
    html = f"<div><h1>Lamps</h1>{article(story)}{after}</div>"
    assert len(found(html)) == len(story) + 1
    assert found(html, stated=" ".join(story)) == list(story)


@pytest.mark.parametrize("stated", ["A teaser.", " ".join(PERSIAN), ENGLISH[0]])
def test_what_the_page_states_and_does_not_show_changes_nothing(stated: str) -> None:
    html = f"<div><h1>Lamps</h1>{article(ENGLISH)}</div>"
    assert found(html, stated=stated) == list(ENGLISH)


@pytest.mark.parametrize(
    "html", ["", f"<ul>{MENU}</ul>", "<p>Moved.</p>", "<table><tr><td>1</td></tr></table>"]
)
def test_a_page_without_prose_has_no_body(html: str) -> None:
    assert found(html) == []
