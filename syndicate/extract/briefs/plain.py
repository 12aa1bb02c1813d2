"""The briefs of a plain text page: under a heading, the lines that each lead on, or that it calls briefs."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from syndicate.extract.briefs.heading import names_briefs
from syndicate.extract.briefs.take import Brief, make_brief
from syndicate.extract.briefs.unit import is_more, trimmed
from syndicate.extract.lexicon.briefs import ARROWS, MORE
from syndicate.extract.lexicon.words import matches
from syndicate.extract.metadata.credit import as_credit
from syndicate.extract.notice.take import is_notice
from syndicate.extract.tree import count_words, is_sentence

LAST_WORDS = re.compile(
    r"^(?P<text>.*?)[\s\[(«<|–-]*(?P<more>[^\W\d_]+(?:[ \u200c][^\W\d_]+){0,2})\s*[\])»>›→….]*$", re.DOTALL
)
GLUED = re.compile(r"^(?P<text>.*[^\sA-Z])(?P<more>[A-Z][a-z]+(?: [a-z]+){0,2})\s*[»>›→….]*$", re.DOTALL)
LINKED = re.compile(r"\s*\[(?P<label>[^\[\]]{1,40})\]\(\s*(?P<url>https?://[^\s()]+)\s*\)\s*$")
URL = re.compile(r"\s*[<(\[]?(https?://[^\s<>()\[\]]+)[>)\]]?\s*$")
RULE = re.compile(r"^[-=_*~#·—–\s]{3,}$")
NUMBER = re.compile(r"^\s*\(?\d{1,3}[.)]\s+")
HEADING_SIGNS = " :#*=_-–—"
HEADING_WORDS, FEWEST_WORDS, MOST_WORDS = 10, 3, 80
LEAST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    text: str
    leads_on: bool = False
    url: str = ""


def take_plain_briefs(lines: Sequence[str]) -> tuple[list[str], tuple[Brief, ...]]:
    """The lines that are left, and the briefs under each heading."""
    kept: list[str] = []
    found: list[Brief] = []
    at = 0
    while at < len(lines):
        entries, end = _section_from(lines, at)
        if len(entries) >= LEAST:
            section = lines[at].strip(HEADING_SIGNS)
            briefs = (make_brief(entry.text, url=entry.url, section=section) for entry in entries)
            found += [brief for brief in briefs if brief]
            at = end
        else:
            kept.append(lines[at])
            at += 1
    return kept, tuple({brief.fingerprint: brief for brief in found}.values())


def _section_from(lines: Sequence[str], at: int) -> tuple[list[_Entry], int]:
    """The entries under the heading on a line, and where they end; none where it is no heading."""
    heading = lines[at].strip(HEADING_SIGNS)
    if not heading or count_words(heading) > HEADING_WORDS or is_sentence(heading):
        return [], at
    named = names_briefs(heading)
    entries: list[tuple[_Entry, int]] = []
    for number in range(at + 1, len(lines)):
        line = lines[number]
        if not line or RULE.match(line):
            continue
        if entries and (grown := _with_more(entries[-1][0], line)):
            entries[-1] = (grown, number + 1)
            continue
        # One that does not lead on waits for the next line, unless the heading calls it a brief.
        if (entries and not named and not entries[-1][0].leads_on) or not _may_be_brief(line):
            break
        entries.append((_entry(line), number + 1))
    while entries and not entries[-1][0].leads_on and not (named and is_sentence(entries[-1][0].text)):
        entries.pop()
    return [entry for entry, _ in entries], entries[-1][1] if entries else at


def _may_be_brief(line: str) -> bool:
    if not FEWEST_WORDS <= count_words(line) <= MOST_WORDS or is_notice(line) or as_credit(line):
        return False
    return is_sentence(line) or count_words(line) > HEADING_WORDS or _entry(line).leads_on


def _with_more(entry: _Entry, line: str) -> _Entry | None:
    """The entry with what a line of its own adds: "More", or an address."""
    if linked := LINKED.match(line):
        return replace(entry, leads_on=True, url=linked["url"]) if is_more(linked["label"]) else None
    if (url := URL.match(line)) and not entry.url:
        return replace(entry, leads_on=True, url=url[1])
    if count_words(line) <= HEADING_WORDS // 2 and is_more(trimmed(line) or line):
        return replace(entry, leads_on=True)
    return None


def _entry(line: str) -> _Entry:
    linked = LINKED.search(line)
    if linked and is_more(linked["label"]):
        return _Entry(text=_bare(line[: linked.start()]), leads_on=True, url=linked["url"])
    url = URL.search(line)
    rest = line[: url.start()] if url else line
    text = _before_more(rest)
    return _Entry(
        text=_bare(text if text is not None else rest),
        leads_on=text is not None or url is not None,
        url=url[1] if url else "",
    )


def _before_more(line: str) -> str | None:
    """What stands before a last "More"; None where there is none."""
    for shape in (GLUED, LAST_WORDS):
        match = shape.match(line)
        if match and _is_more(match["more"]) and count_words(match["text"]) >= FEWEST_WORDS:
            return match["text"]
    last = line.rsplit(" ", 1)[-1]
    for mark in '.!?…؟。»”"':
        _, _, more = last.rpartition(mark)
        if more and _is_more(more):
            return line[: len(line) - len(more)]
    bare = line.rstrip()
    return bare[:-1] if bare[-1:] in ARROWS - {"…", "»", "«", "+"} else None


def _is_more(words: str) -> bool:
    # In English a sentence may end in the word itself: as a link's text it has a capital.
    return matches(MORE, words) and not (words.isascii() and words.islower())


def _bare(text: str) -> str:
    return trimmed(NUMBER.sub("", text))
