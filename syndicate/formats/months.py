"""The names of months as pages write them, folded so that spelling and marks do not matter."""

import re
import unicodedata
from functools import cache, lru_cache
from typing import Literal

from babel.dates import get_month_names

from syndicate.formats.calendars import Calendar

GREGORIAN_LOCALES = (
    "en", "fa", "fa_AF", "ar", "ar_SY", "ar_MA", "ar_DZ", "ar_TN", "de", "de_AT", "fr", "es",
    "ru", "tr", "it", "pt", "nl", "uk", "pl", "az", "ur", "ps", "he",
)  # fmt: skip
WIDTHS: tuple[Literal["wide", "abbreviated"], ...] = ("wide", "abbreviated")
CONTEXTS: tuple[Literal["format", "stand-alone"], ...] = ("format", "stand-alone")
# Spellings of the press that the locale data lack, by the number of the month.
GREGORIAN_ALSO = (
    "",
    "فبروری فیبروری فيفري",
    "مارچ",
    "أبريل ابريل إبريل نيسان اپریل",
    "می مئی ماي",
    "يونيه یونیو جوئن",
    "ژوییه جولای یوليه يوليوز جولائی جويلية",
    "آگوست آگست اگوست غشت",
    "sept سپتمبر شتنبر شتمبر eylul",
    "اكتوبر اکتوبر أكتوبر",
    "نوفمبر نونبر نومبر",
    "دجنبر دسمبر ديسمبر",
)
GREGORIAN_PHRASES = {"كانون ثاني": 1, "تشرين أول": 10, "تشرين اول": 10, "تشرين ثاني": 11, "كانون أول": 12}
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
# The same solar months as Afghanistan names them, in Dari and in Pashto, and in Latin letters.
JALALI_ALSO = (
    "حمل وری farvardin",
    "ثور غویی ordibehesht",
    "جوزا غبرګولی khordad",
    "سرطان چنګاښ tir",
    "اسد زمری mordad",
    "سنبله وږی shahrivar",
    "میزان تله mehr",
    "عقرب لړم aban",
    "قوس لیندۍ azar",
    "جدی مرغومی dey",
    "دلو سلواغه bahman",
    "حوت کب esfand",
)
HIJRI = (
    "محرم|المحرم|محرم الحرام|muharram|muharrem|moharram",
    "صفر|صفر المظفر|safar|safer",
    "ربيع الأول|ربيع اول|rabi al-awwal|rabi' al-awwal|rabi ul awwal|rebiülevvel",
    "ربيع الآخر|ربيع الثاني|ربيع آخر|rabi al-thani|rabi' al-thani|rabi al-akhir|rebiülahir",
    "جمادى الأولى|جمادي الأول|جمادى الاول|jumada al-awwal|jumada al-ula|cemaziyelevvel",
    "جمادى الآخرة|جمادى الثانية|جمادى الثاني|جمادى الآخر|jumada al-thani|jumada al-akhira|cemaziyelahir",
    "رجب|رجب المرجب|rajab|recep",
    "شعبان|شعبان المعظم|shaban|sha'ban|şaban",
    "رمضان|رمضان المبارك|ramadan|ramazan",
    "شوال|شوال المكرم|shawwal|şevval",
    "ذو القعدة|ذي القعدة|ذوالقعدة|ذیقعده|ذی القعده|dhu al-qadah|dhu al-qi'dah|zilkade",
    "ذو الحجة|ذي الحجة|ذوالحجة|ذیحجه|ذی الحجه|dhu al-hijjah|zilhicce",
)
MARKS = re.compile("[\u200b-\u200f\u202a-\u202e\u2066-\u2069\u061c\u0640]")
LETTERS = str.maketrans({"ي": "ی", "ى": "ی", "ك": "ک", "ة": "ه", "ۀ": "ه", "ئ": "ی", "ı": "i"})


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Lower case, ASCII digits, no marks, one spelling for letters that Arabic and Persian share."""
    if text.isascii():
        return text.casefold()
    decomposed = unicodedata.normalize("NFKD", MARKS.sub("", text.replace("\u200c", " ")).translate(LETTERS))
    return decomposed.translate(_FOLDED).casefold()


class _Folded(dict[int, str | None]):
    """What becomes of a character, found out once: marks go, digits of every script are ASCII's."""

    def __missing__(self, code: int) -> str | None:
        character = chr(code)
        kept = str(unicodedata.decimal(character)) if character.isdecimal() else character
        self[code] = None if unicodedata.category(character) == "Mn" else kept
        return self[code]


_FOLDED = _Folded()


@cache
def month_numbers() -> dict[str, tuple[int, Calendar]]:
    """Folded name → month number, and the calendar whose month it is."""
    found: dict[str, tuple[int, Calendar]] = {}
    for locale in GREGORIAN_LOCALES:
        for width in WIDTHS:
            for context in CONTEXTS:
                names = get_month_names(width, context, locale).items()
                found |= {fold(n).strip(". "): (number, Calendar.GREGORIAN) for number, n in names if n[1:]}
    # Hebrew writes "in May" as one word.
    found |= {f"ב{name}": value for name, value in found.items() if "א" <= name[0] <= "ת"}
    found |= _numbered(GREGORIAN_ALSO, Calendar.GREGORIAN, None)
    found |= {fold(name): (number, Calendar.GREGORIAN) for name, number in GREGORIAN_PHRASES.items()}
    found |= {fold(name): (number, Calendar.JALALI) for name, number in JALALI.items()}
    return found | _numbered(JALALI_ALSO, Calendar.JALALI, None) | _numbered(HIJRI, Calendar.HIJRI, "|")


@cache
def month_pattern() -> str:
    """An alternation of all names, longest first; a blank in one may be none."""
    names = sorted(month_numbers(), key=len, reverse=True)
    return "|".join(re.escape(name).replace(r"\ ", r"\s*") for name in names)


@cache
def month_words() -> frozenset[str]:
    """The first word of every name: a text with none of them holds no month."""
    words = {word for name in month_numbers() for word in re.findall(r"[^\W\d_]+", name)}
    return frozenset(words | {f"{fold(name)}ماه" for name in JALALI})


def month_of(written: str) -> tuple[int, Calendar]:
    """The number and calendar of a folded name as a text has it. Raises KeyError where it is none."""
    return _by_letters()[re.sub(r"\s+", "", written)]


@cache
def _by_letters() -> dict[str, tuple[int, Calendar]]:
    return {re.sub(r"\s+", "", name): value for name, value in month_numbers().items()}


def _numbered(
    rows: tuple[str, ...], calendar: Calendar, joint: str | None
) -> dict[str, tuple[int, Calendar]]:
    return {fold(name): (number, calendar) for number, row in enumerate(rows, 1) for name in row.split(joint)}
