"""Which language a text is in, and which way it runs, where a page does not say or says it wrongly."""

import re
from collections import Counter
from functools import cache

from resiliparse.parse.lang import detect_fast

from syndicate.model.language import RTL_LANGUAGES, direction_of, primary

WORD = re.compile(r"[^\W\d_]+")
# Scripts that tell a family of languages, the most telling first: Japanese mixes in Han, Korean may.
SCRIPTS = {
    "ja": "\u3040-\u30ff",
    "ko": "\uac00-\ud7af\u1100-\u11ff",
    "zh": "\u3400-\u9fff",
    "arab": "\u0620-\u064a\u066e-\u06d3\u06d5\u06fa-\u06ff",
    "he": "\u05d0-\u05ea",
    "cyrl": "\u0400-\u052f",
    "el": "\u0370-\u03ff",
    "hi": "\u0900-\u097f",
    "th": "\u0e00-\u0e7f",
    "ka": "\u10a0-\u10ff",
    "hy": "\u0530-\u058f",
    "bn": "\u0980-\u09ff",
    "ta": "\u0b80-\u0bff",
}
BEYOND_LATIN = re.compile("[\u0370-\U0010ffff]")
IN_SCRIPT = {name: re.compile(f"[{letters}]") for name, letters in SCRIPTS.items()}
# Of a whole text, how much of its letters each script needs: kana is thin among Han.
LEAST = {"ja": 0.1, "ko": 0.3}
STOPWORDS = {
    "en": "the of and to in is that for was with on as it by at from are has were been will this not but",
    "de": "der die das und ist nicht mit dem den ein eine von zu auf für im sich auch werden wurde des als",
    "fr": "le la les des et est une dans pour que qui sur pas au par avec du sont cette ont ne il elle aux",
    "es": "el la los las y es una por para con que del se su como más este fue ha según al lo pero",
    "it": "il la che di e un una per non con sono del della dei delle nel alla da è ha come più anche gli",
    "pt": "o a os as e um uma para com não que do da dos das em no na ao por se foi mais são pelo",
    "nl": "de het een en van is dat op te zijn met voor niet aan er ook als bij maar naar wordt in om was",
    "tr": "ve bir bu için ile de da olarak olan daha çok gibi kadar sonra ancak var ise değil ne her",
    "az": "və bir bu üçün ilə də da olan daha çox kimi qədər sonra isə deyil hər olaraq edib bildirib",
    "pl": "i w na z do się nie jest że o to przez dla od po jak są ale tego",
    "sv": "och att det som en på är av för med den till inte har de ett om var från",
    "id": "yang dan di untuk dengan ini itu dari dalam pada tidak akan juga ke oleh telah",
    "ru": "и в не на что с по как из к за от для это был его но он она они также",
    "uk": "і в не на що з до як та за від для це був його але він вона вони також у",
    "bg": "и на в да се за от че е не са по като ще това с",
    "fa": "و در به از که این را با است برای آن شد می تا هم بود ها کرد بر یک شده خود",
    "ar": "في من على أن إلى التي الذي هذا عن مع هذه كان بعد ما لا بين قد كما أو ذلك",
    "ur": "کے کی کا میں سے ہے کو اور نے پر ہیں کہ کر اس بھی تھا گیا نہیں ایک تک",
    "ckb": "لە بە بۆ و کە ئەم لەگەڵ ئەو دوای بەڵام هەر سەر کرد یەک ئەوەی هەیە",
    "ps": "د په او چې کې ته له سره دی یو دا هم کړي شوي نه",
}
# Letters that only these languages of a script write; they weigh more than a word.
LETTERS = {
    "uk": "іїєґ",
    "ru": "ыэъё",
    "az": "ə",
    "tr": "ışğ",
    "de": "ßäöü",
    "pt": "ãõ",
    "es": "ñ¿¡",
    "ckb": "ەڕڵێۆڤ",
    "ur": "ٹڈڑےںھہ",
    "ps": "ځڅډړږښڼټېۍ",
    "fa": "پچژگ",
    "ar": "ةأإؤ",
    "pl": "łąęśż",
    "sv": "å",
}
LATIN = ("en", "de", "fr", "es", "it", "pt", "nl", "tr", "az", "pl", "sv", "id")
BY_SCRIPT = {"arab": ("fa", "ar", "ur", "ckb", "ps"), "cyrl": ("ru", "uk", "bg"), "": LATIN}
# Who writes in a script of several languages, and who never writes in Latin letters.
WRITERS = {
    "arab": "fa ar ur ckb ps sd ug ku ks az pnb prs arz ary",
    "cyrl": "ru uk bg sr mk be kk ky tg mn uz az tt ba",
    "zh": "zh ja yue",
    "he": "he yi",
    "hi": "hi mr ne sa",
    "bn": "bn as",
}
NEVER_LATIN = "fa ar ur ckb ps he yi ru uk bg zh ja ko el hi th ka hy bn ta"
SAMPLE = 6000
SHORTEST = 8
# Of a text's words, how many have to be the commonest of a language, and how far ahead of the next.
LEAST_SHARE, LEAST_LEAD = 0.1, 1.3
# A declared language is overruled only by a long text with next to none of its words.
PLAIN_WORDS, PLAIN_SHARE, FOREIGN_SHARE = 30, 0.18, 0.06
# Below this, resiliparse is right nearly always; above, it guesses.
CERTAIN = 1000


def detect(text: str) -> str:
    """The language's primary tag, or empty when the text is too short to tell."""
    sample = text[:SAMPLE]
    lowered = sample.lower()
    words = _counted(lowered)
    letters = _letters(words)
    if letters < SHORTEST:
        return ""
    script = _script(sample, letters)
    if script not in BY_SCRIPT:
        return script
    shares = {language: _share(language, words, lowered) for language in BY_SCRIPT[script]}
    best, second = sorted(shares, key=shares.__getitem__, reverse=True)[:2]
    if shares[best] >= LEAST_SHARE and shares[best] > shares[second] * LEAST_LEAD:
        return best
    return _second_opinion(sample, words, best if script == "arab" else "")


def settle(declared: str, text: str) -> str:
    """The declared language, unless the text is plainly another: in another script, or without its words."""
    found = detect(text)
    if not declared or not found or primary(declared) == found:
        return declared or found
    return found if _is_plainly_wrong(primary(declared), found, text[:SAMPLE]) else declared


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


def _letters(words: Counter[str]) -> int:
    return sum(len(word) * count for word, count in words.items())


def _script(sample: str, letters: int) -> str:
    """The script of most letters, by its name or the only language that writes it; empty for Latin."""
    if sample.isascii() or len(BEYOND_LATIN.findall(sample)) <= letters * min(LEAST.values()):
        return ""
    for name, pattern in IN_SCRIPT.items():
        if len(pattern.findall(sample)) > letters * LEAST.get(name, 0.5):
            return name
    return ""


@cache
def _words_of(language: str) -> frozenset[str]:
    return frozenset(STOPWORDS[language].split())


def _counted(lowered: str) -> Counter[str]:
    return Counter(WORD.findall(lowered))


def _share(language: str, words: Counter[str], lowered: str) -> float:
    """How much of the words are the language's commonest, and of the letters its own; in lower case."""
    common = sum(words[word] for word in _words_of(language)) / max(1, words.total())
    own = sum(lowered.count(letter) for letter in LETTERS.get(language, ""))
    return common + min(0.25, 2 * own / max(1, len(lowered)))


def _second_opinion(sample: str, words: Counter[str], fallback: str) -> str:
    found, distance = detect_fast(sample)
    if fallback:
        return found if primary(found) in RTL_LANGUAGES and distance < CERTAIN else fallback
    return found if words.total() >= 20 and distance < CERTAIN and found != "unknown" else ""


def _is_plainly_wrong(declared: str, found: str, sample: str) -> bool:
    lowered = sample.lower()
    words = _counted(lowered)
    script = _script(sample, _letters(words))
    if script:
        if declared not in WRITERS.get(script, script).split():
            return True
    elif declared in NEVER_LATIN.split():
        return True
    if declared not in STOPWORDS or found not in STOPWORDS or words.total() < PLAIN_WORDS:
        return False
    own, foreign = _share(found, words, lowered), _share(declared, words, lowered)
    return own >= PLAIN_SHARE and foreign <= FOREIGN_SHARE + own / 4
