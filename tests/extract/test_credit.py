"""Credit lines: whole lines that name whose reporting stands in an article, never a sentence of it."""

import pytest

from syndicate.extract.metadata.credit import as_credit, find_credit
from syndicate.extract.tree import parse, text_of


@pytest.mark.parametrize(
    "line",
    [
        "With reporting by Estuary News Pool and North Shore Radio",
        "Reporting by Wren Tidewater; additional reporting by Marlow Breakwater",
        "Based on reporting by Estuary News Pool",
        "Marlow Breakwater contributed to this report.",
        "Mit Material von dpa",
        "Mit Informationen der Estuary-Agentur",
        "Avec des informations de Radio Rivage",
        "Con información de Radio Ribera",
        "Fuente: Radio Ribera",
        "با گزارش رادیو کرانهٔ شمالی",
        "با همکاری خبرگزاری کرانه",
        "بمشاركة إذاعة الشاطئ",
        "المصدر: إذاعة الشاطئ الشمالي",
        "По материалам Радио Берег",
        "Источник: Радио Берег",
        "Kaynak: Kuzey Kıyı Radyosu",
    ],
)
def test_a_credit_line_is_known_by_its_words(line: str) -> None:
    assert as_credit(line) == line
    assert as_credit(f"({line})") == line.rstrip("()") or line.endswith(".")


@pytest.mark.parametrize(
    "line",
    [
        "With reports of smoke drifting over the valley, the wardens closed the school at noon.",
        "Reporting from the quay was hard that night, the wardens said, since the lamps had all gone out.",
        "The ferry sailed at dawn.",
        "With",
        "",
        "By Wren Tidewater",
    ],
)
def test_a_sentence_of_the_article_is_no_credit(line: str) -> None:
    assert as_credit(line) == ""


@pytest.mark.parametrize(
    ("body", "tag"),
    [
        ("<p>The ferry sailed.</p><p>With reporting by Radio Shore</p>", "p"),
        ("<p>The ferry sailed.</p><p><em>With reporting by Radio Shore</em></p>", "p"),
        ("<p>The ferry sailed at dawn with us. <em>With reporting by Radio Shore</em></p>", "em"),
        ("<div>The ferry sailed.<div>[With <b>reporting</b> by Radio Shore]</div></div>", "div"),
    ],
)
def test_the_element_of_a_credit_holds_it_alone(body: str, tag: str) -> None:
    tree = parse(f"<html><body>{body}</body></html>")
    assert tree is not None
    found = find_credit(tree)
    assert found is not None
    assert found[0] == "With reporting by Radio Shore"
    assert found[1].tag == tag
    assert "ferry" not in text_of(found[1])


@pytest.mark.parametrize(
    "body",
    [
        "<figure><img src=a.jpg><figcaption>Source: Harbour Office</figcaption></figure>",
        "<table><tr><td>Source: Harbour Office</td></tr></table>",
        "<p>The ferry sailed at dawn.</p>" * 3,
    ],
)
def test_a_pictures_or_tables_source_is_not_the_articles(body: str) -> None:
    tree = parse(f"<html><body>{body}</body></html>")
    assert tree is not None
    assert find_credit(tree) is None
