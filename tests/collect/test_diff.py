"""Two contents are compared as people read them."""

import pytest

from syndicate.collect.diff import Change, Op, Piece, compare, compare_texts, compare_words
from syndicate.model.item import Image, Timestamp
from tests.builders import a_content


def said(pieces: tuple[Piece, ...]) -> str:
    marks = {Op.SAME: "{}", Op.REMOVED: "[-{}-]", Op.ADDED: "{{+{}+}}"}
    return "".join(marks[piece.op].format(piece.text) for piece in pieces)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("The ferry sailed.", "The ferry sailed.", "The ferry sailed."),
        ("The ferry sailed at dawn.", "The ferry sailed at noon.", "The ferry sailed at [-dawn-]{+noon+}."),
        ("The old ferry sailed.", "A new boat sailed.", "[-The old ferry-]{+A new boat+} sailed."),
        ("The ferry sailed.", "The ferry sailed late.", "The ferry sailed{+ late+}."),
        ("The red ferry sailed.", "The ferry sailed.", "The[- red-] ferry sailed."),
        ("کشتی رفت.", "کشتی می‌رود.", "کشتی [-رفت-]{+می‌رود+}."),
        ("", "All new.", "{+All new.+}"),
        ("All old.", "", "[-All old.-]"),
    ],
)
def test_words_that_differ_are_marked(old: str, new: str, told: str) -> None:
    assert said(compare_words(old, new)) == told


def test_either_text_can_be_read_back_from_the_pieces() -> None:
    old, new = "One two,  three\nfour five.", "One  two three four — six five!"
    pieces = compare_words(old, new)
    assert "".join(piece.text for piece in pieces if piece.op is not Op.ADDED) == old
    assert "".join(piece.text for piece in pieces if piece.op is not Op.REMOVED) == new


def test_only_paragraphs_that_differ_are_shown() -> None:
    old = "The ferry sailed at dawn.\n\nThe tide was kind.\n\nNobody was hurt."
    new = "The ferry sailed at noon.\n\nThe tide was kind.\n\nA piano was on deck."
    assert [said(paragraph) for paragraph in compare_texts(old, new)] == [
        "The ferry sailed at [-dawn-]{+noon+}.",
        "[-Nobody was hurt.-]",
        "{+A piano was on deck.+}",
    ]


def test_a_paragraph_that_was_put_in_is_added_before_the_changed_one() -> None:
    old = "The ferry sailed at dawn."
    new = "More soon.\n\nThe ferry sailed at noon."
    assert [said(paragraph) for paragraph in compare_texts(old, new)] == [
        "{+More soon.+}",
        "The ferry sailed at [-dawn-]{+noon+}.",
    ]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            {"headline": "Ferry is back"},
            Change(field="headline", before=a_content().headline, after="Ferry is back"),
        ),
        ({"authors": ()}, Change(field="authors", before="Mina Vale", after="")),
        (
            {"published": Timestamp.parse("2019-05-04")},
            Change(field="published", before="2019-05-03T06:30:00+02:00", after="2019-05-04"),
        ),
        (
            {"image": Image(url="https://old.courier.example/a.jpg", alt="The ferry")},
            Change(field="image", before="", after="https://old.courier.example/a.jpg (The ferry)"),
        ),
        ({"body_html": "<p>Other marks.</p>"}, Change(field="markup")),
        ({}, None),
    ],
)
def test_a_field_that_differs_is_one_change(change: dict[str, object], told: Change | None) -> None:
    assert compare(a_content(), a_content(**change)) == ((told,) if told else ())


def test_the_text_comes_after_the_headline_and_before_all_else() -> None:
    new = a_content(
        headline="Ferry is back", body_text="It sailed.", body_html="<p>It sailed.</p>", authors=()
    )
    assert [change.field for change in compare(a_content(), new)] == ["headline", "text", "authors"]


def test_a_huge_paragraph_is_compared_as_a_whole() -> None:
    old, new = "word " * 2_000, "word " * 2_000 + "end"
    assert [piece.op for piece in compare_words(old, new)] == [Op.REMOVED, Op.ADDED]


def test_a_text_of_many_paragraphs_is_compared_in_time_that_nobody_notices() -> None:
    old = "\n\n".join(f"Paragraph {n} of the harbour's log." for n in range(3_000))
    assert len(compare_texts(old, old.replace("1500", "1500a"))) == 1
