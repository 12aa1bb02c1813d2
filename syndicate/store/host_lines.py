"""Lines that the pages of a host show, so that what stands on several stories is known for the site's.

A line belongs to the story that showed it first; another story makes it shared. Two pages that share most of
the shorter body tell one story, wherever they stand.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, delete, func, select, update

from syndicate.store.dialect import insert
from syndicate.store.schema import host_lines

MAX_LINES = 20_000
# Pages that share this much of the shorter body tell one story.
SAME = 0.5
# A paragraph of a body as long as this may be background told again: only a third story makes it shared.
LONG = 30
# Databases bound how many values one statement has.
AT_ONCE = 500
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLines:
    """The lines of one page, hashed; `body` are those of its body with their words, `story` is what the page
    is known by.
    """

    site: str
    story: str
    lines: Sequence[int]
    body: Mapping[int, int] = field(default_factory=dict)


def list_shared(conn: Connection, sites: Collection[str]) -> dict[str, frozenset[int]]:
    """The lines of each site that several of its stories show."""
    query = select(host_lines.c.site, host_lines.c.line)
    found: dict[str, set[int]] = {site: set() for site in sites}
    for row in conn.execute(query.where(host_lines.c.site.in_(sites), host_lines.c.shared.is_(True))):
        found[row.site].add(row.line)
    return {site: frozenset(lines) for site, lines in found.items()}


def save_lines(
    conn: Connection, pages: Iterable[ShownLines], *, now: datetime, most: int = MAX_LINES
) -> None:
    """Remember what the pages show. The same page again changes nothing; at most `most` lines a site stay."""
    sites = set()
    for page in pages:
        _save_page(conn, replace(page, story=_key(page.story)), now=now)
        sites.add(page.site)
    for site in sorted(sites):
        _evict(conn, site, most=most)


def _key(story: str) -> str:
    """The story's name at one length: it stands beside each of its lines."""
    return sha256(story.encode("utf-8", "replace")).hexdigest()[:32]


def _save_page(conn: Connection, page: ShownLines, *, now: datetime) -> None:
    lines = dict.fromkeys((*page.lines, *page.body))
    known = {row.line: row for row in _known(conn, page.site, lines)}
    stories = _same_stories(conn, page, known)
    for values, changed in _changes(page, known, stories):
        query = update(host_lines).where(host_lines.c.site == page.site, host_lines.c.line.in_(changed))
        conn.execute(query.values(values))
    new = [
        {
            "site": page.site,
            "line": line,
            "story": stories[0],
            "second": "",
            "words": page.body.get(line, 0),
            "shared": False,
            "seen": now,
        }
        for line in lines
        if line not in known
    ]
    if new:
        conn.execute(insert(conn, host_lines).on_conflict_do_nothing(), new)


def _changes(
    page: ShownLines, known: Mapping[int, Any], stories: Sequence[str]
) -> Iterator[tuple[dict[str, Any], list[int]]]:
    """What becomes of the lines that other stories showed before."""
    others = [row for row in known.values() if not row.shared and row.story not in stories]
    long = {row.line for row in others if min(row.words, page.body.get(row.line, 0)) >= LONG}
    second = [row.line for row in others if row.line in long and not row.second]
    third = [row.line for row in others if row.line in long and row.second and row.second not in stories]
    shared = [*third, *(row.line for row in others if row.line not in long)]
    for values, changed in (({"second": stories[0]}, second), ({"shared": True}, shared)):
        for chunk in _chunks(changed):
            yield values, chunk


def _known(conn: Connection, site: str, lines: Iterable[int]) -> Iterator[Any]:
    for chunk in _chunks(lines):
        yield from conn.execute(
            select(host_lines).where(host_lines.c.site == site, host_lines.c.line.in_(chunk))
        )


def _same_stories(conn: Connection, page: ShownLines, known: Mapping[int, Any]) -> list[str]:
    """The stories that the page tells; the first is the one that its new lines belong to."""
    shared: Counter[str] = Counter()
    for line, words in page.body.items():
        if line in known and not known[line].shared:
            shared[known[line].story] += words
    shared.pop(page.story, None)
    whole = sum(page.body.values())
    told = dict(_words(conn, page.site, shared))
    same = [story for story, words in shared.most_common() if words > SAME * min(whole, told[story])]
    return [*same, page.story]


def _words(conn: Connection, site: str, stories: Collection[str]) -> Iterator[tuple[str, int]]:
    for chunk in _chunks(stories):
        query = select(host_lines.c.story, func.sum(host_lines.c.words)).where(
            host_lines.c.site == site, host_lines.c.story.in_(chunk), host_lines.c.shared.is_(False)
        )
        for story, words in conn.execute(query.group_by(host_lines.c.story)):
            yield story, int(words)


def _evict(conn: Connection, site: str, *, most: int) -> None:
    """Drop the oldest lines over the bound, those that no other story showed first."""
    here = host_lines.c.site == site
    count = conn.scalar(select(func.count()).select_from(host_lines).where(here)) or 0
    if count <= most:
        return
    order = (host_lines.c.shared, host_lines.c.seen, host_lines.c.line)
    oldest = select(host_lines.c.line).where(here).order_by(*order).limit(count - most)
    conn.execute(delete(host_lines).where(here, host_lines.c.line.in_(oldest.scalar_subquery())))


def _chunks(values: Iterable[T]) -> Iterator[list[T]]:
    waiting = iter(values)
    while chunk := list(islice(waiting, AT_ONCE)):
        yield chunk
