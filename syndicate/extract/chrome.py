"""Lines that a host shows on several stories: what is the site's and not the article's. Pure.

Two captures of one story share all of it, so lines count only where two different stories show them.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import combinations
from typing import TYPE_CHECKING

from lxml.html import fragment_fromstring, tostring

from syndicate.extract.metadata.summary import summary_of
from syndicate.extract.tree import HEADINGS, count_words, remove_with_shell
from syndicate.formats.html import text_of
from syndicate.model.hosts import host_of

if TYPE_CHECKING:
    from syndicate.extract.page import Page

MAX_LINES = 2_000
# How many paragraphs open a body.
OPENING = 2
# Pages looked at per line, its first and its last ones: more would cost their square.
LOOKED_AT = 6
# Pages that share this much of the shorter body tell one story.
SAME = 0.5
# A paragraph of a body as long as this may be background told again: only a third story makes it chrome.
LONG, THIRD = 30, 3
# A body that would lose as much as this shows that the lines are its own.
MOST = 0.5
LETTERS = re.compile(r"[^\W\d_]{2}")
LINES = ("p", "li", "dd", "dt", "td", "th", "blockquote", "pre", *sorted(HEADINGS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """The lines of one page, hashed: all of them, and those of its body with their words."""

    every: Sequence[int]
    body: dict[int, int]


def line_hash(text: str, *, opens: bool = False) -> int:
    """63 bits of the text, whatever its blanks; the same in every process. 0 where it has no word.

    One that opens a body has another hash: other pages tease a story with its first lines, which are no
    chrome of its own page unless they open other stories too.
    """
    if not LETTERS.search(text):
        return 0
    line = ("\f" if opens else "") + " ".join(text.split())
    return int.from_bytes(blake2b(line.encode("utf-8", "replace"), digest_size=8).digest()) >> 1


def lines_of(texts: Iterable[str], *, body_text: str) -> tuple[int, ...]:
    """The hashes of a page's first 2,000 different lines, and of those that open its body."""
    openings = (line_hash(line, opens=True) for line in _opening(body_text))
    found = dict.fromkeys((*openings, *map(line_hash, texts)))
    found.pop(0, None)
    return tuple(found)[:MAX_LINES]


def is_chrome(text: str, chrome: frozenset[int], *, opens: bool = False) -> bool:
    """Whether other stories of the host show this very line; of one that `opens` a body, at its top."""
    return bool(chrome) and line_hash(text, opens=opens) in chrome


def site_of(page: "Page") -> str:
    """The host that the page belongs to, by its address or the one that it states; empty for neither."""
    return host_of(page.url) or host_of(page.canonical_url)


def lines_of_page(page: "Page") -> Lines:
    """What is compared of a page."""
    body = {line_hash(line): count_words(line) for line in page.body_text.split("\n\n")}
    body.pop(0, None)
    return Lines(every=page.lines, body=body)


def shared_lines(pages: Sequence[Lines]) -> frozenset[int]:
    """The lines that different stories show, of pages of one site."""
    shown: dict[int, list[int]] = defaultdict(list)
    for at, page in enumerate(pages):
        for line in {*page.every, *page.body}:
            shown[line].append(at)
    several = {line: _some(on) for line, on in shown.items() if len(on) > 1}
    same = _same(pages, several)
    return frozenset(line for line, on in several.items() if _stories(on, same) >= _needed(line, on, pages))


def without_chrome(page: "Page", chrome: frozenset[int]) -> "Page":
    """The page with a body free of these lines; as it is where they are most of the body.

    A doubtful line among them is the page's archive notice, where it has no other.
    """
    adopted = next((told for told in page.doubtful if told[0] in chrome), None)
    if adopted is not None and page.notice is None:
        line, notice = adopted
        own = {line, line_hash(notice.text, opens=True)}
        page = replace(_without(page, frozenset(own)), notice=notice, doubtful=())
    freed = _without(page, chrome)
    if freed is page:
        return page
    return page if count_words(freed.body_text) < MOST * count_words(page.body_text) else freed


def _without(page: "Page", lines: frozenset[int]) -> "Page":
    if not lines or not page.body_html or not _shows(page, lines):
        return page
    html = _freed(page.body_html, lines, opening={line_hash(line) for line in _opening(page.body_text)})
    body = text_of(html)
    was_summary = page.summary == summary_of(page.body_text)
    return replace(
        page, body_html=html, body_text=body, summary=summary_of(body) if was_summary else page.summary
    )


def _opening(body_text: str) -> list[str]:
    return body_text.split("\n\n", OPENING)[:OPENING]


def _shows(page: "Page", chrome: frozenset[int]) -> bool:
    lines = page.body_text.split("\n\n")
    return any(is_chrome(line, chrome, opens=at < OPENING) for at, line in enumerate(lines))


def _freed(html: str, chrome: frozenset[int], *, opening: set[int]) -> str:
    shell = fragment_fromstring(html, create_parent="div")
    for pause in shell.iter("br"):
        pause.tail = f" {pause.tail or ''}"
    for element in list(shell.iter(*LINES)):
        text = "".join(element.itertext())
        if is_chrome(text, chrome, opens=line_hash(text) in opening):
            remove_with_shell(element)
    return "\n".join(str(tostring(part, encoding="unicode")).strip() for part in shell)


def _needed(line: int, on: Iterable[int], pages: Sequence[Lines]) -> int:
    return THIRD if all(pages[at].body.get(line, 0) >= LONG for at in on) else 2


def _some(pages: list[int]) -> list[int]:
    return pages if len(pages) <= 2 * LOOKED_AT else [*pages[:LOOKED_AT], *pages[-LOOKED_AT:]]


def _same(pages: Sequence[Lines], several: dict[int, list[int]]) -> set[tuple[int, int]]:
    """The pairs of pages that tell one story."""
    shared: Counter[tuple[int, int]] = Counter()
    for line, on in several.items():
        for pair in combinations([at for at in on if line in pages[at].body], 2):
            shared[pair] += pages[pair[0]].body[line]
    words = [sum(page.body.values()) for page in pages]
    return {(a, b) for (a, b), both in shared.items() if both > SAME * min(words[a], words[b])}


def _stories(on: Sequence[int], same: set[tuple[int, int]]) -> int:
    """How many different stories there are among the pages."""
    first: list[int] = []
    for at in on:
        if all((other, at) not in same for other in first):
            first.append(at)
    return len(first)
