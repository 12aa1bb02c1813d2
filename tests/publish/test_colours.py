"""Colours: contrast by WCAG's formula, accents moved no further than they must be."""

import pytest

from syndicate.publish.colours import DARK_PAPER, ENOUGH, LIGHT_PAPER, contrast, readable


def test_contrast_is_what_wcag_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#ffffff", "#ffffff") == 1
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("accent", ["#9b1c1c", "#ffd400", "#000000", "#ffffff", "#0b5c7a", "#808080"])
@pytest.mark.parametrize("paper", [LIGHT_PAPER, DARK_PAPER])
def test_any_accent_becomes_readable_on_both_papers(accent: str, paper: str) -> None:
    assert contrast(readable(accent, on=paper), paper) >= ENOUGH


def test_an_accent_that_is_readable_stays_as_it_is() -> None:
    assert readable("#9b1c1c", on=LIGHT_PAPER) == "#9b1c1c"
