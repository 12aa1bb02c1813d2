"""Bylines: the names alone, each once, apart from offices, places, addresses and the site's own name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.extract.metadata.names import authors_in, is_byline, persons_of

WREN, MARLOW, ANN = "Wren Tidewater", "Marlow Breakwater", "Ann Lee"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("By Wren Tidewater", [WREN]),
        ("BY WREN TIDEWATER", ["WREN TIDEWATER"]),
        ("By: Wren Tidewater", [WREN]),
        ("Written by Wren Tidewater", [WREN]),
        ("Von Wren Tidewater", [WREN]),
        ("Text: Wren Tidewater", [WREN]),
        ("Par Wren Tidewater", [WREN]),
        ("Por Wren Tidewater", [WREN]),
        ("Автор: Марина Пирс", ["Марина Пирс"]),
        ("Yazan: Deniz Kıyı", ["Deniz Kıyı"]),
        ("نوشتهٔ مینا بندری", ["مینا بندری"]),
        ("نویسنده: مینا بندری", ["مینا بندری"]),
        ("به قلم مینا بندری", ["مینا بندری"]),
        ("بقلم: سالم البحري", ["سالم البحري"]),
        ("كتبت مريم البحري", ["مريم البحري"]),
        ("By Wren Tidewater and Marlow Breakwater", [WREN, MARLOW]),
        ("By Wren Tidewater, Marlow Breakwater and Ann Lee", [WREN, MARLOW, ANN]),
        ("By Wren Tidewater, Marlow Breakwater & Ann Lee", [WREN, MARLOW, ANN]),
        ("Von Wren Tidewater und Marlow Breakwater", [WREN, MARLOW]),
        ("Par Wren Tidewater et Marlow Breakwater", [WREN, MARLOW]),
        ("Por Wren Tidewater y Marlow Breakwater", [WREN, MARLOW]),
        ("POR WREN TIDEWATER Y MARLOW BREAKWATER", ["WREN TIDEWATER", "MARLOW BREAKWATER"]),
        ("Von Wren Tidewater mit Marlow Breakwater", [WREN, MARLOW]),
        ("By Iñigo Jarcia y Boya", ["Iñigo Jarcia y Boya"]),
        ("Kwon Mit Lee", ["Kwon Mit Lee"]),
        ("Kwon Mit Lee Park", ["Kwon Mit Lee Park"]),
        ("Марина Пирс и Олег Маяк", ["Марина Пирс", "Олег Маяк"]),
        ("Deniz Kıyı ve Ada Fener", ["Deniz Kıyı", "Ada Fener"]),
        ("مینا بندری و وحید ساحلی", ["مینا بندری", "وحید ساحلی"]),
        ("علی وحیدی", ["علی وحیدی"]),
        ("سالم البحري ومريم الساحلي", ["سالم البحري", "مريم الساحلي"]),
        ("وليد سالم", ["وليد سالم"]),
        ("Wren Tidewater; Marlow Breakwater", [WREN, MARLOW]),
        ("Wren Tidewater | Marlow Breakwater", [WREN, MARLOW]),
        ("Wren Tidewater, Staff Writer", [WREN]),
        ("By Wren Tidewater, Correspondent, Berlin", [WREN]),
        ("By Wren Tidewater Senior Reporter", [WREN]),
        ("By Wren Tidewater | Political Editor", [WREN]),
        ("Wren Tidewater, Redakteurin", [WREN]),
        ("Wren Tidewater, journaliste", [WREN]),
        ("Wren Tidewater, corresponsal en Madrid", [WREN]),
        ("مینا بندری، خبرنگار", ["مینا بندری"]),
        ("سالم البحري، مراسل", ["سالم البحري"]),
        ("By Wren Tidewater in Berlin", [WREN]),
        ("Wren Tidewater for the Harbour Courier", [WREN]),
        ("By Wren Tidewater (wren@courier.example)", [WREN]),
        ("wren@courier.example", []),
        ("Wren Tidewater @wrent", [WREN]),
        ("By Wren Tidewater https://old.courier.example/wren", [WREN]),
        ("By Wren Tidewater - 3 May 2024", [WREN]),
        ("Wren Tidewater, 3 May 2024, 14:05", [WREN]),
        ("By Wren Tidewater · 5 min read", [WREN]),
        ("Wren Tidewater and WREN TIDEWATER", [WREN]),
        ("Wren Tidewater, Jr.", [WREN]),
        ("Jean-Luc d’Estuaire", ["Jean-Luc d’Estuaire"]),
        ("Wren O'Tide", ["Wren O'Tide"]),
        ("Estuary News Pool", ["Estuary News Pool"]),
        ("admin", []),
        ("Staff", []),
        ("Staff writer", []),
        ("خبرنگار", []),
        ("3 May 2024", []),
        ("Published 3 May", []),
        ("", []),
        ("—", []),
    ],
)
def test_a_byline_gives_its_names(text: str, wanted: list[str]) -> None:
    assert list(authors_in(text)) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Tidewater, Wren", [WREN]),
        ("Tidewater, Wren; Breakwater, Marlow", [WREN, MARLOW]),
        ("Tidewater, Wren and Breakwater, Marlow", [WREN, MARLOW]),
        ("Wren Tidewater, Marlow Breakwater", [WREN, MARLOW]),
        ("Tidewater, Correspondent", ["Tidewater"]),
    ],
)
def test_a_catalogue_puts_the_family_name_first(text: str, wanted: list[str]) -> None:
    assert list(authors_in(text, listed=True)) == wanted


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        ([WREN, "Harbour Courier"], [WREN]),
        ([WREN, "The Harbour Courier"], [WREN]),
        ([WREN, "Estuary News Pool"], [WREN]),
        (["Estuary News Pool"], ["Estuary News Pool"]),
        (["Harbour Courier"], []),
        (["Harbour Courier Staff"], []),
        ([WREN, WREN.upper(), WREN], [WREN]),
        ([WREN.upper(), WREN], [WREN]),
    ],
)
def test_the_site_is_no_author_and_an_organisation_only_where_nobody_is(
    names: list[str], wanted: list[str]
) -> None:
    assert list(persons_of(names, sites=["Harbour Courier"])) == wanted


@pytest.mark.parametrize("text", ["By late evening all had gone", "Por la noche", "Автор: позже назовут"])
def test_a_sentence_is_no_byline(text: str) -> None:
    assert not is_byline(text)


@pytest.mark.parametrize(
    "text",
    [
        "By Wren Tidewater",
        "by van der Mole",
        "Par d’Estuaire",
        "BY WREN",
        "نوشتهٔ مینا بندری",
        "Von: Ada Fener",
    ],
)
def test_a_name_after_an_opener_is_a_byline(text: str) -> None:
    assert is_byline(text)


@given(st.text(max_size=300))
def test_no_text_raises(text: str) -> None:
    assert all(authors_in(text))
    authors_in(text, listed=True)
