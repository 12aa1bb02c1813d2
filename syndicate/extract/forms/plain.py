"""Plain text pages: notice, headline, paragraphs, credit line, then briefs that each end in "More"."""

import re
from dataclasses import dataclass
from itertools import pairwise

from syndicate.extract.briefs.plain import take_plain_briefs
from syndicate.extract.briefs.take import Brief
from syndicate.extract.lexicon.words import BYLINE
from syndicate.extract.metadata.credit import as_credit
from syndicate.extract.metadata.names import authors_in
from syndicate.extract.notice.successor import named
from syndicate.extract.notice.take import is_notice, notice_of_text
from syndicate.extract.tree import MAX_TEXT, count_words, is_sentence
from syndicate.formats.dates import ambiguous_date, read_date
from syndicate.formats.html import plain
from syndicate.model.item import Notice, Timestamp

LINE_ENDS = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
# What comes after so many lines takes seconds, and nobody reads it.
MAX_LINES = 50_000
TOO_LARGE = f"the page is too large; its first {MAX_LINES} lines or {MAX_TEXT} characters were read"
HEADLINE_WORDS = 30
WRAPPED = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainPage:
    """What a plain text page holds; `warnings` tell what of it was not read."""

    headline: str = ""
    authors: tuple[str, ...] = ()
    published: Timestamp | None = None
    ambiguous: str = ""
    credit: str = ""
    paragraphs: tuple[str, ...] = ()
    briefs: tuple[Brief, ...] = ()
    notice: Notice | None = None
    warnings: tuple[str, ...] = ()


def read_plain(text: str, *, zone: str = "", language: str = "") -> PlainPage:
    """Read a plain text page by its shape alone. Never raises."""
    every = LINE_ENDS.sub("\n", plain(text[:MAX_TEXT])).split("\n", MAX_LINES)
    lines = [" ".join(line.split()) for line in every[:MAX_LINES]]
    lines, briefs = take_plain_briefs(lines)
    paragraphs = _paragraphs(lines)
    notice = next((p for p in (*paragraphs[:3], *paragraphs[-3:]) if is_notice(p)), "")
    credit = next((p for p in reversed(paragraphs) if as_credit(p)), "")
    rest = [p for p in paragraphs if p not in {notice, credit}]
    headline = rest.pop(0) if rest and _is_headline(rest) else ""
    authors: tuple[str, ...] = ()
    published: Timestamp | None = None
    ambiguous = ""
    while headline and rest and (label := _label(rest[0], zone, language)):
        authors, published = authors or label[0], published or label[1]
        ambiguous = ambiguous or ambiguous_date(rest.pop(0), language=language)
    return PlainPage(
        headline=headline,
        authors=authors,
        published=published,
        ambiguous="" if published else ambiguous,
        credit=as_credit(credit),
        paragraphs=tuple(rest),
        briefs=briefs,
        notice=notice_of_text(notice) if notice else None,
        warnings=(TOO_LARGE,) if len(text) > MAX_TEXT or len(every) > MAX_LINES else (),
    )


def _paragraphs(lines: list[str]) -> list[str]:
    """Blocks between blank lines; each line its own where no line is blank, or lines are long."""
    filled = [line for line in lines if line]
    if not filled:
        return []
    wrapped = "" in lines[1:-1] and max(map(len, filled)) <= WRAPPED * 2 and _mostly_wrapped(lines)
    if not wrapped:
        return filled
    blocks = (block.split("\n") for block in re.split(r"\n{2,}", "\n".join(lines).strip("\n")))
    return [paragraph for block in blocks for paragraph in _unwrapped(block)]


def _unwrapped(block: list[str]) -> list[str]:
    """One paragraph where all lines but the last are full, else the lines: a headline with its labels."""
    full = all(len(line) >= WRAPPED // 2 for line in block[:-1])
    return [" ".join(block)] if full else block


def _mostly_wrapped(lines: list[str]) -> bool:
    """Whether lines that do not end a sentence are followed by more of it."""
    inner = [a for a, b in pairwise(lines) if a and b]
    running = [line for line in inner if len(line) >= WRAPPED // 2 and not is_sentence(line)]
    return len(inner) >= 3 and len(running) * 2 > len(inner)


def _is_headline(paragraphs: list[str]) -> bool:
    first = paragraphs[0]
    return count_words(first) <= HEADLINE_WORDS and (len(paragraphs) > 1 or not is_sentence(first))


def _label(text: str, zone: str, language: str) -> tuple[tuple[str, ...], Timestamp | None] | None:
    """A byline or a date under the headline, or None for a paragraph."""
    if count_words(text) > 14 or is_sentence(text) or named(text):
        return None
    day = read_date(text, zone=zone, language=language)
    if BYLINE.match(text):
        return authors_in(text), day
    return ((), day) if day or ambiguous_date(text, language=language) else None
