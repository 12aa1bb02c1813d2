"""What pages say in eight languages, as folded patterns: credits, bylines, promotion. What notices and
briefs say is in lexicon_notice and lexicon_briefs.

Patterns are matched against `fold`ed text: lower case, no accents, no joiners, shared Arabic letters.
"""

import re
from collections.abc import Iterable
from functools import cache, lru_cache

from syndicate.formats.months import fold


def any_of(*patterns: str | Iterable[str]) -> re.Pattern[str]:
    """One pattern of all the alternatives, each bounded by words."""
    groups = ((group,) if isinstance(group, str) else group for group in patterns)
    alternatives = "|".join(fold(pattern) for group in groups for pattern in group)
    return re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)")


def has_any(stems: Iterable[str], text: str) -> bool:
    """Whether one of these pieces of words stands in the text, which is in lower case: much cheaper than a
    pattern, and asked first.
    """
    return any(stem in text for stem in stems)


def stems_in(text: str, stems: Iterable[str]) -> tuple[str, ...]:
    """Those of the stems that stand in the text, which is in lower case."""
    latin, cyrillic, arabic = _by_script(tuple(stems))
    asked = latin + (cyrillic if "о" in text else ()) + (arabic if "ا" in text else ())
    return tuple([stem for stem in asked if stem in text])


@cache
def _by_script(stems: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    return (
        tuple(stem for stem in stems if stem < "\u0400"),
        tuple(stem for stem in stems if "\u0400" <= stem < "\u0600"),
        tuple(stem for stem in stems if stem >= "\u0600"),
    )


# A credit line begins so (the first words in ASCII stand in credit.BEGINNINGS too) …
CREDIT = any_of(
    (
        r"with (?:additional |further |extra |some )?"
        r"(?:reporting|reports?|information|input|contributions?|files|materials?) (?:by|from|of)",
        r"with (?:wire|agency|agencies)",
        r"(?:additional |further |extra )?reporting (?:by|from)",
        r"based on (?:reporting|reports) (?:by|from)",
        r"sources?\s*:",
    ),
    (
        r"mit (?:material|informationen|berichten|agenturmaterial|angaben|inhalten) (?:von|vom|der|des)",
        r"unter mitarbeit von",
        r"mitarbeit\s*:",
        r"quellen?\s*:",
    ),
    (
        r"avec (?:des |les |l’|l')?(?:informations?|contributions?|depeches?|reportages?|aide)"
        r" (?:de|du|des|d’|d')",
        r"avec (?:l’|l')?(?:afp|reuters|ap|agences?)",
    ),
    (r"con (?:informacion|informaciones|reportes?|datos|aportes) (?:de|del)", r"fuentes?\s*:"),
    (
        r"با (?:گزارش|گزارشی|گزارش های|گزارش هایی|همکاری|استفاده از گزارش\w*|استفاده از گزارش های)",
        r"گزارش (?:تکمیلی )?از\s*:",
        r"منابع?\s*:",
    ),
    (
        r"(?:بمشاركة|بمساهمة|بالاستناد إلى|مع تقارير من|شارك في|ساهم في)",
        r"(?:المصدر|المصادر)\s*:",
    ),
    (
        r"(?:по (?:материалам|сообщениям|информации|данным)|с использованием материалов|при участии)",
        r"(?:источник|источники)\s*:",
        r"(?:материал|текст) подготов\w+ (?:при участии|по материалам)",
    ),
    (
        r"kaynak(?:lar)?\s*:",
        r"katk[ıi]da bulunan(?:lar)?\s*:",
        r"(?:ek )?haber katk[ıi]s[ıi]\s*:",
    ),
)
CREDIT_AT_END = re.compile(r"contributed (?:reporting )?to this (?:report|story|article)\.?$")
# … and a byline so.
BYLINE = re.compile(
    r"^(?:by|written by|reported by|text|author|von|text von|autor(?:in)?|par|auteur|por|autora?"
    r"|автор(?:ы)?(?=\s*:)|текст(?=\s*:)|haber(?=\s*:)|yazan|yazar|muhabir|نویسنده|نوشته(?:ٔ)?|نگارش|گزارشگر|خبرنگار|بقلم|كتب|كتبت|الكاتب|تحرير)(?:\s*:\s*|\s+)",
    re.IGNORECASE,
)
AND = re.compile(r"\s*(?:,|،|;|؛|\||/|&|\s(?:and|und|et|y|e|и|ve)\s|\sو\s?(?=\w))\s*")
# What stands under an article and is about its writer or the paper.
PROMOTION = any_of(
    (
        r"can be reached (?:at|by|on)",
        r"send tips to",
        r"follow (?:him|her|them|us) on",
        r"sign up (?:for|to) our",
    ),
    (r"is an? (?:\w+ )?(?:reporter|writer|editor|columnist|correspondent) (?:for|with|at)", r"click here to"),
    (r"join our (?:commenting )?(?:forum|newsletter)", r"all rights reserved", r"copyright ©?"),
)
OUTER_SIGNS = re.compile(r"^[\W_]+|[\W_]+$")


@lru_cache(maxsize=4096)
def matches(pattern: re.Pattern[str], text: str) -> bool:
    """Whether the whole text, folded and without its outer signs, is what the pattern says."""
    return bool(pattern.fullmatch(OUTER_SIGNS.sub("", fold(text))))


def opens(pattern: re.Pattern[str], text: str) -> bool:
    """Whether the text, folded, begins with the pattern."""
    return bool(pattern.match(fold(text).lstrip()))


def contains(pattern: re.Pattern[str], text: str) -> bool:
    """Whether the pattern stands anywhere in the text, folded."""
    return bool(pattern.search(fold(text)))
