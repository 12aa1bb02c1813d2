"""Which language a text is in, and which way it runs, where a page does not say or says it wrongly."""

import re

from resiliparse.parse.lang import detect_fast

from syndicate.model.language import RTL_LANGUAGES, direction_of, primary

ARABIC_SCRIPT = re.compile("[\u0620-\u064a\u066e-\u06d3\u06fa-\u06ff]")
HEBREW_SCRIPT = re.compile("[\u05d0-\u05ea]")
LETTER = re.compile(r"[^\W\d_]")
PERSIAN_LETTERS = re.compile("[پچژگکی]")
ARABIC_LETTERS = re.compile("[ةيكىأإؤ]")
OTHER_LETTERS = re.compile("[ڈٹڑےڕێۆەټډړښڼ]")
STOPWORDS = {
    "en": "the of and to in is that for was with on as it by at from are has were been will",
    "de": "der die das und ist nicht mit dem den ein eine von zu auf für im sich auch werden wurde",
    "fr": "le la les des et est une dans pour que qui sur pas au par avec du sont cette ont",
    "es": "el la los las y es una por para con que del se su como más este fue ha según",
}
SETS = {language: frozenset(words.split()) for language, words in STOPWORDS.items()}
SAMPLE = 6000
# Below this, resiliparse is right nearly always; above, it guesses.
CERTAIN = 1000


def detect(text: str) -> str:
    """The language's primary tag, or empty when the text is too short to tell."""
    sample = text[:SAMPLE]
    letters = len(LETTER.findall(sample))
    if letters < 8:
        return ""
    if len(ARABIC_SCRIPT.findall(sample)) * 2 > letters:
        return _of_arabic_script(sample)
    if len(HEBREW_SCRIPT.findall(sample)) * 2 > letters:
        return "he"
    words = re.findall(r"\w+", sample.lower())
    scores = {language: sum(word in known for word in words) for language, known in SETS.items()}
    best, second = sorted(scores, key=scores.__getitem__, reverse=True)[:2]
    if scores[best] * 10 >= len(words) and scores[best] * 2 > scores[second] * 3:
        return best
    found, distance = detect_fast(sample)
    return found if len(words) >= 20 and distance < CERTAIN and found != "unknown" else ""


def settle(declared: str, text: str) -> str:
    """The declared language, unless the text is plainly written in a script of another direction."""
    found = detect(text)
    if not declared:
        return found
    if found and direction_of(found) != direction_of(declared):
        return found
    return declared


def settle_direction(declared: str, language: str) -> str:
    """The language's direction; the page's own word where no language is known."""
    if language:
        return direction_of(language)
    return declared if declared in {"ltr", "rtl"} else "ltr"


def canonical_tag(tag: str) -> str:
    """A BCP 47 tag with the usual case (`fa-IR`), or empty for what is none."""
    parts = tag.strip().replace("_", "-").split("-")
    if not re.fullmatch(r"[A-Za-z]{2,3}", parts[0]) or not all(re.fullmatch(r"\w{1,8}", p) for p in parts):
        return ""
    shaped = (p.upper() if len(p) == 2 else p.title() if len(p) == 4 else p.lower() for p in parts[1:])
    return "-".join([parts[0].lower(), *shaped])


def _of_arabic_script(sample: str) -> str:
    if len(OTHER_LETTERS.findall(sample)) > 3:
        found, _ = detect_fast(sample)
        return found if primary(found) in RTL_LANGUAGES else "ur"
    return "fa" if len(PERSIAN_LETTERS.findall(sample)) >= len(ARABIC_LETTERS.findall(sample)) else "ar"
