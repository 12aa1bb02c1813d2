"""Did you mean …? And how a value is shown beside its fault."""

import json
import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

SECRETS = re.compile(r"password|secret|token", re.IGNORECASE)
USERINFO = re.compile(r"//[^/@\s]*:[^/@\s]*@")
LONGEST = 80


def closest(word: str, known: Iterable[str]) -> str:
    """`; did you mean "…"?`, or nothing when no known word is near."""
    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f'; did you mean "{near[0]}"?' if near else ""


def shown(key: str, value: Any) -> str:
    """A value as TOML would have it, cut to a line, and never a secret."""
    if SECRETS.search(key.rsplit(".", 1)[-1]):
        return "(not shown)"
    text = json.dumps(value, ensure_ascii=False, default=str)
    text = USERINFO.sub("//(not shown)@", text)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def listed(words: Iterable[str]) -> str:
    """`a, b and c`."""
    *most, last = sorted(words) or ["none"]
    return f"{', '.join(most)} and {last}" if most else last
