"""How far texts agree, and which of three agrees most with the others."""

import pytest

from syndicate.extract.body.agreement import agreement, grams, medoid

STORY = "the board voted on Tuesday to replace the lamps along the eastern pier before winter"


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        (STORY, STORY, 1, 1),
        ("", "", 1, 1),
        (STORY, "", 0, 0),
        (STORY, "nothing of this was ever said by anybody at all", 0, 0),
        (STORY, f"{STORY} {STORY.upper()}", 0.5, 0.7),
        ("Yes.", "Yes", 1, 1),
        ("港の灯が北風で消えた", "港の灯が北風で消えた。", 1, 1),
    ],
)
def test_agreement_is_the_share_of_runs_in_common(one: str, other: str, least: float, most: float) -> None:
    assert least <= agreement(grams(one), grams(other)) <= most
    assert agreement(grams(one), grams(other)) == agreement(grams(other), grams(one))


def test_a_run_counts_as_often_as_it_occurs() -> None:
    assert agreement(grams(STORY), grams(f"{STORY} {STORY}")) < 0.7


def test_the_medoid_is_between_the_extremes() -> None:
    much, little = (
        f"{STORY} and here is much more that others have left out of it",
        "the board voted on Tuesday",
    )
    assert medoid([grams(text) for text in (much, STORY, little)]) == 1


def test_of_equals_the_first_is_taken() -> None:
    assert medoid([grams(STORY)] * 3) == 0
    assert medoid([grams(STORY), grams("a b c d")]) == 0
