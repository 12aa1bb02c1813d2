"""The names of months as pages write them, folded so that spelling and marks do not matter."""

import re
import unicodedata
from functools import cache, lru_cache

from babel.dates import get_month_names

GREGORIAN_LOCALES = ("en", "fa", "fa_AF", "ar", "ar_SY", "ar_MA", "ar_DZ", "de", "de_AT", "fr", "es")
SHORT_ENGLISH = {"sept": 9, "می": 5, "جولای": 7, "آگوست": 8, "مارچ": 3}
JALALI = {
    "فروردین": 1,
    "اردیبهشت": 2,
    "خرداد": 3,
    "تیر": 4,
    "مرداد": 5,
    "امرداد": 5,
    "شهریور": 6,
    "مهر": 7,
    "آبان": 8,
    "آذر": 9,
    "دی": 10,
    "بهمن": 11,
    "اسفند": 12,
}
# The same solar months as Afghanistan names them.
JALALI_DARI = {
    name: number
    for number, name in enumerate(
        ("حمل", "ثور", "جوزا", "سرطان", "اسد", "سنبله", "میزان", "عقرب", "قوس", "جدی", "دلو", "حوت"), 1
    )
}
MARKS = re.compile("[\u200b-\u200f\u202a-\u202e\u2066-\u2069\u061c\u0640]")
LETTERS = str.maketrans({"ي": "ی", "ى": "ی", "ك": "ک", "ة": "ه", "ۀ": "ه"})


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Lower case, ASCII digits, no marks, one spelling for letters that Arabic and Persian share."""
    if text.isascii():
        return text.casefold()
    decomposed = unicodedata.normalize("NFKD", MARKS.sub("", text.replace("\u200c", " ")).translate(LETTERS))
    kept = (c for c in decomposed if unicodedata.category(c) != "Mn")
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in kept).casefold()


@cache
def month_numbers() -> dict[str, tuple[int, bool]]:
    """Folded name → month number, and whether it is a Jalali month."""
    found: dict[str, tuple[int, bool]] = {}
    for locale in GREGORIAN_LOCALES:
        for width in ("wide", "abbreviated"):
            names = get_month_names(width, locale=locale)
            found |= {fold(name).strip(". "): (number, False) for number, name in names.items()}
    found |= {fold(name): (number, False) for name, number in SHORT_ENGLISH.items()}
    return found | {fold(name): (number, True) for name, number in (JALALI | JALALI_DARI).items()}


@cache
def month_pattern() -> str:
    """An alternation of all names, longest first."""
    return "|".join(re.escape(name) for name in sorted(month_numbers(), key=len, reverse=True))
