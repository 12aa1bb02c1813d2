"""Plain text pages of any size."""

from syndicate.extract.forms.plain import MAX_LINES, TOO_LARGE, read_plain
from syndicate.extract.tree import MAX_TEXT


def test_a_text_of_too_many_lines_is_read_as_far_as_that_takes_no_time() -> None:
    page = read_plain("Ships at sea.\n" * (MAX_LINES + 5))
    assert len([page.headline, *page.paragraphs]) == MAX_LINES
    assert page.warnings == (TOO_LARGE,)


def test_a_text_of_too_many_characters_is_cut() -> None:
    page = read_plain("The harbour is open. " * MAX_TEXT)
    assert sum(map(len, page.paragraphs)) <= MAX_TEXT
    assert page.warnings == (TOO_LARGE,)


def test_other_texts_are_read_whole() -> None:
    assert read_plain("The harbour is open.\n" * 10).warnings == ()
