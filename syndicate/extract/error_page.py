"""Whether a page is an error that a server sent as a page: a missing page, a failure, a closed door. Pure.

It says so at its beginning and says little else. An article about such an error tells of it: it is longer,
signed or dated, and its headline is more than the error's name.
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING

from syndicate.extract.lexicon.errors import MAY_BE_NAMED, NAMED, OF_MISSING, SAID, SIGNED
from syndicate.extract.tree import count_words
from syndicate.formats.months import fold

if TYPE_CHECKING:
    from syndicate.extract.page import Page

MOST_CHARACTERS, MOST_WORDS = 8_000, 150
# A line of fewer words is a menu's, not of what the page says; without more, a name alone is enough.
LINE_WORDS, FEW_WORDS, HARDLY_ANY = 8, 60, 12
MOST_LINES = 12
LONGEST = 300
JOINT = re.compile(r"\s*[|｜·•»«]\s*|\s+[-–—/]\s+|\s*[:：]\s+|(?<=[.!?…])\s+|\n")
OUTER = " \t.!?…,;:'\"“”‘’«»()[]-–—¡¿|؟،⚠"


class Told(StrEnum):
    """What an error page tells: there is no such page, or its server cannot or will not give it now."""

    MISSING = "missing"
    FAILING = "failing"


def is_error_page(page: "Page") -> bool:
    """Whether what was extracted is an error sent as a page; never what is dated, signed by a writer, or has
    briefs.
    """
    if page.published or page.authors or page.briefs or page.credit:
        return False
    return told_by([page.headline], page.body_text) is not None


def told_by(titles: Iterable[str], text: str = "") -> Told | None:
    """What a page of these titles and this text, a line of it a line of the page, tells; None for a story."""
    lines = [line for line in text[: MOST_CHARACTERS + 1].split("\n") if line.strip()]
    words = sum(count for line in lines if (count := count_words(line)) >= LINE_WORDS)
    if len(text) > MOST_CHARACTERS or words > MOST_WORDS:
        return None
    names = [part for title in titles for part in _parts(title)]
    beginning = [fold(line[:LONGEST]).strip(OUTER) for line in lines[:MOST_LINES]]
    named = [name for name in names if NAMED.fullmatch(name)]
    may_be = [name for name in names if MAY_BE_NAMED.fullmatch(name)]
    said = [line for line in beginning if SAID.match(line)]
    said += [part for line in lines[:3] for part in _parts(line) if NAMED.fullmatch(part)]
    ends = [fold(line[:LONGEST]).strip(OUTER) for line in lines[-3:]]
    signed = any(SIGNED.fullmatch(line) for line in (*beginning, *ends))
    if not (
        (named and (said or words <= FEW_WORDS))
        or (said and (signed or may_be or words <= FEW_WORDS // 2))
        or (may_be and (signed or (words <= HARDLY_ANY and " " in may_be[0])))
    ):
        return None
    is_missing = any(OF_MISSING.search(line) for line in (named or [*may_be, *said]))
    return Told.MISSING if is_missing else Told.FAILING


def _parts(title: str) -> list[str]:
    """The title and what stands between its joints, folded."""
    folded = fold(title[:LONGEST])
    return [part for text in (folded, *JOINT.split(folded)) if (part := text.strip(OUTER))]
