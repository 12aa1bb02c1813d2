"""A line that is only a date is a brief's date, not its words: equal briefs have equal fingerprints."""

import pytest

from syndicate.extract.briefs.take import Brief
from syndicate.extract.metadata.date_lines import is_date_line
from syndicate.extract.page import extract

BRIEFS = (
    "The buoy off the outer mole has lost its bell and will be towed in on Friday.",
    "A barge with forty tons of salt ran dry on the sandbank and came free at night.",
    "The net loft on Tar Lane takes in old sails for the children's fair next month.",
)
DATES = (
    "Friday, June 12, 2009, 4:05 p.m. CET",
    "Freitag, 12. Juni 2009, 16.05 Uhr",
    "Publié le vendredi 12 juin 2009 à 16h05",
    "Viernes, 12 de junio de 2009 | 16:05 h",
    "جمعه ۲۲ خرداد ۱۳۸۸ - ساعت ۱۶:۰۵",
    "الجمعة 19 جمادى الآخرة 1430 هـ",
    "12 июня 2009 г., 16:05",
    "12 Haziran 2009 Cuma 16:05",
    "2009-06-12 16:05",
    "12.06.2009",
    "06/12/2009",
    "12 June",
    "June 12th",
)


def read(shown: str) -> tuple[Brief, ...]:
    page = f"<html lang=en><title>x</title><body><h2>In brief</h2>{shown}</body></html>"
    return extract(page.encode(), url="https://old.courier.example/").briefs


@pytest.mark.parametrize("line", DATES)
def test_a_date_in_any_language_is_a_date_line(line: str) -> None:
    assert is_date_line(line)


@pytest.mark.parametrize(
    "line",
    [
        "Kiel, 4. März 2013",
        "Boats sail at 16:05",
        "12 June fair",
        "Friday",
        "16:05 Uhr",
        "12",
        "Route 12",
        "1434",
        "",
    ],
)
def test_what_says_more_is_none(line: str) -> None:
    assert not is_date_line(line)


@pytest.mark.parametrize("line", DATES[:8])
@pytest.mark.parametrize(
    "layout",
    [
        "<dl>{}</dl>|<dt>{date}</dt><dd>{text} <a href=/m>More</a></dd>",
        "<dl>{}</dl>|<dt>{date}</dt><dd>{text}</dd>",
        "<ul>{}</ul>|<li><span>{date}</span><br>{text} <a href=/m>More</a></li>",
        "<ul>{}</ul>|<li><div>{date}</div><div>{text}</div></li>",
        "<div>{}</div>|<div class=b><p><b>{date}</b></p><p>{text} <a href=/m>More</a></p></div>",
        "<table>{}</table>|<tr><td>{date}</td><td>{text} <a href=/m>More</a></td></tr>",
        "<div>{}</div>|<p>{date}</p><p>{text} <a href=/m>More</a></p>",
    ],
)
def test_a_date_line_is_none_of_the_words(layout: str, line: str) -> None:
    outer, inner = layout.split("|")
    briefs = read(outer.format("".join(inner.format(date=line, text=text) for text in BRIEFS)))
    assert tuple(brief.text for brief in briefs) == BRIEFS


def test_a_brief_is_the_same_with_and_without_its_date() -> None:
    dated = "".join(f"<dt>{DATES[0]}</dt><dd>{text}</dd>" for text in BRIEFS)
    bare = "".join(f"<li>{text}</li>" for text in BRIEFS)
    prints = [
        [brief.fingerprint for brief in read(html)] for html in (f"<dl>{dated}</dl>", f"<ul>{bare}</ul>")
    ]
    assert prints[0] == prints[1]


def test_a_date_in_a_sentence_stays() -> None:
    texts = [f"On {day} June 2009 the {what} will be towed in." for day, what in ((3, "bell"), (4, "barge"))]
    assert [brief.text for brief in read("".join(f"<li>{text}</li>" for text in texts))] == texts
