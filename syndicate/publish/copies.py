"""Web copies of issues: as they were frozen, without what was withdrawn since."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from html import escape, unescape
from typing import Any

from syndicate.formats.dates import for_people
from syndicate.formats.html import text_of, truncate_words
from syndicate.model.catalogue import Catalogue
from syndicate.model.item import Item, ItemState, Timestamp
from syndicate.model.newsletter import Issue, IssueState
from syndicate.publish.digest_view import fill, numeral
from syndicate.publish.subjects import SUBJECT_WORDS
from syndicate.store import issue_stops, issues, items
from syndicate.store.database import Database
from syndicate.templating import words

# What stands for an item that was taken out, until the rest was looked through.
PLACE, WITHIN = "<!--gone {}-->", "<!--gone within {}-->"
CELL = re.compile(r'(<td class="(?:lead|story)\b[^>]*>)(.*?)(?=</td>)', re.DOTALL)
PARAGRAPH = re.compile(r'(<p class="brief\b[^>]*>)(.*?)(?=</p>)', re.DOTALL)
TITLE = re.compile(r"(<title>)(.*?)(?=</title>)", re.DOTALL)
LINE = (
    '<p class="meta" style="margin:0;padding-top:14px;color:#5c5c5c;font-size:14px;line-height:24px">{}</p>'
)
# Fewer words than this may stand in any text.
TELLING_WORDS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """A withdrawn item of an issue: every title that it had there, and what stands in its place, as HTML."""

    item_id: str
    titles: tuple[str, ...]
    line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueCopy:
    """An issue to be read on the web. `html` is empty where all of it is withdrawn."""

    issue: Issue
    language: str
    html: str


async def issue_copy(db: Database, catalogue: Catalogue, newsletter: str, number: int) -> IssueCopy | None:
    """An issue that has gone out; None where there is none that anybody can have got."""
    wanted = (catalogue, newsletter, number)
    # The first reader may come before the replica knows of the issue.
    return await db.look(_issue_copy, *wanted) or await db.read(_issue_copy, *wanted)


def is_public(issue: Issue) -> bool:
    """Whether anybody can have got a mail with the link to this issue's web copy."""
    return issue.started is not None or issue.state not in {IssueState.COMPILED, IssueState.CANCELLED}


def public_subject(issue: Issue, titles: Iterable[str], *, title: str, language: str) -> str:
    """The issue's subject, or the newsletter's name and number where it quotes one of these titles."""
    if not any(_quoted(one, issue.subject) for one in titles):
        return issue.subject
    return f"{title} · {fill('issue_number', language, number=numeral(issue.number, language))}"


def without(html: str, gone: Sequence[Gone], *, title: str) -> str:
    """A web copy without these items, a line in the place of each; empty where one cannot be told apart.

    `title` is what the page is called where its title quoted one of them.
    """
    unmarked = []
    for one in gone:
        html, count = re.subn(_marked(one), PLACE.format(one.item_id), html, flags=re.DOTALL)
        if not count:
            unmarked.append(one)
            html = _unmarked(html, one)
    rest = _flat(text_of(html))
    if any(_quoted(name, rest) for one in unmarked for name in one.titles):
        return ""
    match = TITLE.search(html)
    if match and any(_quoted(name, unescape(match[2])) for one in gone for name in one.titles):
        html = html[: match.start(2)] + escape(title) + html[match.end(2) :]
    for one in gone:
        html = html.replace(PLACE.format(one.item_id), LINE.format(one.line))
        html = html.replace(WITHIN.format(one.item_id), one.line)
    return html


def titles_of(conn: Any, item: Item, revision: int) -> tuple[str, ...]:
    """What an item is called now, and was called at a revision; a brief by its words."""
    then = items.find_revision(conn, item.id, revision)
    return tuple(
        dict.fromkeys(_flat(one.content.headline or one.content.body_text) for one in (item, then) if one)
    )


def _issue_copy(conn: Any, catalogue: Catalogue, newsletter: str, number: int) -> IssueCopy | None:
    issue = issues.find_issue_by_number(conn, newsletter, number)
    if issue is None or not is_public(issue):
        return None
    letter = catalogue.newsletters.get(newsletter)
    language = letter.language if letter else catalogue.site.language
    withdrawn = items.list_by_ids(conn, issue_stops.list_withdrawn_in(conn, issue.id))
    if not withdrawn:
        return IssueCopy(issue=issue, language=language, html=issue.web_html)
    shown = {place.item_id: place.revision for place in issue.items}
    gone = [
        Gone(
            item_id=item.id,
            titles=titles_of(conn, item, shown.get(item.id, item.revision)),
            line=_line(item, language),
        )
        for item in withdrawn
    ]
    name = letter.title if letter else newsletter
    titles = [title for one in gone for title in one.titles]
    subject = public_subject(issue, titles, title=name, language=language)
    whole = shown.keys() <= {item.id for item in withdrawn}
    html = "" if whole else without(issue.web_html, gone, title=subject)
    return IssueCopy(issue=replace(issue, subject=subject), language=language, html=html)


def _line(item: Item, language: str) -> str:
    assert item.state is ItemState.WITHDRAWN
    day = for_people(Timestamp.of_day(item.withdrawn.date()), language) if item.withdrawn else ""
    said = escape(words(language)["web_entry_withdrawn"].format(date=day), quote=False)
    note = escape(" ".join(item.withdrawn_note.split()), quote=False)
    return f"{said} <bdi>{note}</bdi>" if note else said


def _marked(gone: Gone) -> str:
    return f"<!--item {re.escape(gone.item_id)}-->(.*?)<!--/item-->"


def _unmarked(html: str, gone: Gone) -> str:
    """As issues were rendered before: a story in a cell of its own, a brief in a paragraph."""

    def replaced(pattern: re.Pattern[str], place: str, text: str) -> str:
        def taken(match: re.Match[str]) -> str:
            shown = _flat(text_of(match[2]))
            quoted = any(_quoted(title, shown) for title in gone.titles)
            return match[1] + (place.format(gone.item_id) if quoted else match[2])

        return pattern.sub(taken, text)

    return replaced(PARAGRAPH, WITHIN, replaced(CELL, PLACE, html))


def _quoted(title: str, text: str) -> bool:
    """Whether a text quotes a title, or as much of it as subjects and copies show."""
    start = truncate_words(title, SUBJECT_WORDS).removesuffix("…")
    if len(start.split()) < TELLING_WORDS:
        return bool(start) and re.search(rf"(?<!\w){re.escape(start)}(?!\w)", text) is not None
    return start in text


def _flat(text: str) -> str:
    return " ".join(text.split())
