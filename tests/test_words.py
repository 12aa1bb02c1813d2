"""Every language says everything, with the same blanks to fill in."""

import string
import tomllib

import pytest

from syndicate.templating import shipped, words

LANGUAGES = ("en", "fa", "ar", "de", "fr", "es")


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_a_language_has_every_word_of_its_own(language: str) -> None:
    own = tomllib.loads((shipped("templates") / "words" / f"{language}.toml").read_text("utf-8"))
    assert set(own) == set(words("en"))


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_a_word_has_the_same_blanks_in_every_language(language: str) -> None:
    for key, text in words("en").items():
        assert blanks(words(language)[key]) == blanks(text), key


def test_an_unknown_language_falls_back_to_english() -> None:
    assert words("tlh")["unsubscribe"] == "Unsubscribe"
