"""Languages by their BCP 47 tag, and the direction they are written in."""

import re
from collections.abc import Iterable

# RFC 5646, section 2.1: language, then script, region, variants; enough to catch "english" and "en_GB".
TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
LONGEST_TAG = 20
RTL_LANGUAGES = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})


def is_tag(text: str) -> bool:
    """Whether this is a tag, of a length that the database keeps."""
    return len(text) <= LONGEST_TAG and TAG.fullmatch(text) is not None


def primary(language: str) -> str:
    """The primary subtag, lower-case: `fa` for `fa-IR`."""
    return language.split("-")[0].lower()


def matches(language: str, wanted: str) -> bool:
    """Whether a tag is in a range (RFC 4647, section 3.3.1): `en` takes `en-GB` too, whatever the case."""
    return f"{language}-".lower().startswith(f"{wanted}-".lower())


def direction_of(language: str) -> str:
    """`rtl` or `ltr` for a BCP 47 tag."""
    return "rtl" if primary(language) in RTL_LANGUAGES else "ltr"


def enumerated(names: Iterable[str], language: str) -> str:
    """The names one after the other, with the comma of the language's script."""
    return ("، " if direction_of(language) == "rtl" else ", ").join(names)
