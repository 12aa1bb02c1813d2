"""Which language a text is in, and when the page's own word on it is not believed."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.extract.language import canonical_tag, detect, settle, settle_direction

TEXTS = json.loads((Path(__file__).parent / "languages.json").read_text("utf-8"))


@pytest.mark.parametrize("language", TEXTS)
def test_a_text_tells_its_language(language: str) -> None:
    assert detect(TEXTS[language]) == language


@pytest.mark.parametrize("language", TEXTS)
def test_a_declared_language_that_is_right_stays(language: str) -> None:
    assert settle(f"{language}-XX", TEXTS[language] * 4) == f"{language}-XX"


@pytest.mark.parametrize(
    ("declared", "language"),
    [
        ("en", "fa"), ("en-US", "ar"), ("en", "he"), ("fa", "en"), ("ar", "fr"), ("en", "ru"), ("en", "zh"),
        ("ru", "de"), ("en", "de"), ("en", "fr"), ("de", "es"), ("en", "tr"), ("ar", "fa"), ("fa", "ar"),
        ("ru", "uk"), ("ja", "ko"),
    ],
)  # fmt: skip
def test_a_language_that_is_plainly_wrong_is_overruled(declared: str, language: str) -> None:
    assert settle(declared, TEXTS[language] * 4) == language


@pytest.mark.parametrize(
    ("declared", "text"),
    [
        ("gl", TEXTS["pt"] * 4),
        ("sr", TEXTS["ru"] * 4),
        ("ku", TEXTS["ckb"] * 4),
        ("de", "Harbour Courier"),
        ("de", TEXTS["en"]),
        ("fa", TEXTS["fa"] + " " + "Harbour Courier old site"),
        ("ja", "渡船夜明出港"),
    ],
)
def test_a_language_that_may_be_right_stays(declared: str, text: str) -> None:
    assert settle(declared, text) == declared


def test_persian_typed_with_arabic_letters_is_persian() -> None:
    assert detect(TEXTS["fa"].replace("ی", "ي").replace("ک", "ك")) == "fa"


@pytest.mark.parametrize("text", ["", "123 456", "OK", "…", "a b"])
def test_too_short_a_text_tells_nothing(text: str) -> None:
    assert detect(text) == ""


def test_the_direction_is_the_languages() -> None:
    assert settle_direction("ltr", "ckb") == "rtl"
    assert settle_direction("rtl", "az") == "ltr"
    assert settle_direction("rtl", "") == "rtl"
    assert settle_direction("auto", "") == "ltr"


@pytest.mark.parametrize(
    ("tag", "wanted"),
    [
        ("en_us", "en-US"),
        ("FA-ir", "fa-IR"),
        ("zh-hans-cn", "zh-Hans-CN"),
        ("english", ""),
        ("", ""),
        ("e n", ""),
    ],
)
def test_a_tag_gets_its_usual_case(tag: str, wanted: str) -> None:
    assert canonical_tag(tag) == wanted


@given(st.text(max_size=500), st.sampled_from(["", "en", "fa", "xx"]))
def test_no_text_raises(text: str, declared: str) -> None:
    assert isinstance(settle(declared, text), str)
