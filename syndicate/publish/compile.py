"""Compiling: items are selected, rendered, and frozen into a numbered issue."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from syndicate.errors import DatabaseBusy, NotFound
from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import Selection
from syndicate.model.item import Item
from syndicate.model.job import Enqueue
from syndicate.model.newsletter import Issue, IssueItem, IssueState, Newsletter, Section
from syndicate.model.source import Backlog
from syndicate.publish.digest import Rendering, render
from syndicate.publish.digest_corrections import corrections_of, corrections_within
from syndicate.publish.digest_view import DigestView, Pick, digest_view
from syndicate.store import issues, items
from syndicate.store.connection import Connection
from syndicate.store.database import Database
from syndicate.store.issue_notes import Told, list_untold
from syndicate.templating import Templates

# How often the world may move on between rendering and freezing before somebody else should have a turn.
TRIES = 5
# What there is no room for is told in the issue after.
MOST_NOTES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiling:
    """What compiling needs."""

    db: Database
    catalogue: Catalogue
    templates: Templates
    now: Callable[[], datetime]
    enqueue: Enqueue | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An issue rendered, before it is frozen: nothing is stored, no number is used."""

    number: int
    picks: tuple[Pick, ...]
    view: DigestView
    rendering: Rendering
    notes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What goes into an issue: its number, the items, and what is to be said of earlier ones."""

    number: int
    picks: tuple[Pick, ...]
    told: tuple[Told, ...] = ()


async def compile_issue(
    compiling: Compiling, newsletter: str, *, occurrence_id: int | None = None, number: int | None = None
) -> Issue | None:
    """Freeze the newsletter's next issue; None, and no number used, when there is nothing to put into it.

    Safe to run twice with the occurrence, or the number, that the issue is for: the issue that it has is
    given back. Raises NotFound for an unknown newsletter, TemplateFault, and DatabaseBusy when items keep
    changing meanwhile.
    """
    for _ in range(TRIES):
        done = await compiling.db.read(_find_made, newsletter, occurrence_id=occurrence_id, number=number)
        if done:
            return done
        draft = await draft_issue(compiling, newsletter)
        if draft is None:
            await _record_empty(compiling, occurrence_id)
            return None
        if number not in (None, draft.number):
            # Somebody made it meanwhile: what was drafted is the one after it.
            continue
        issue = issue_of(draft, newsletter, compiling.now())
        frozen = await compiling.db.write(issues.create_issue, issue, occurrence_id=occurrence_id)
        if frozen:
            return frozen
    raise DatabaseBusy(f"{newsletter}: its items kept changing while the issue was compiled; try again")


async def draft_issue(compiling: Compiling, newsletter: str) -> Draft | None:
    """What an issue compiled now would be, for a preview; None when it would be empty."""
    letter = find_newsletter(compiling.catalogue, newsletter)
    chosen = await compiling.db.read(_choose, letter, catalogue=compiling.catalogue)
    return await draw(compiling, letter, chosen, at=compiling.now()) if chosen.picks else None


async def draw(compiling: Compiling, letter: Newsletter, chosen: Chosen, *, at: datetime) -> Draft:
    """Render what was chosen, as of `at`. Raises TemplateFault."""
    catalogue = compiling.catalogue
    view = digest_view(chosen.picks, letter, catalogue=catalogue, number=chosen.number, at=at)
    told = corrections_of(chosen.told, letter, catalogue=catalogue)
    view = replace(view, corrections=(*told, *corrections_within(chosen.picks, catalogue=catalogue)))
    # On a thread: an issue of hundreds of items takes a second, and others wait on the loop.
    rendering = await asyncio.to_thread(render, view, templates=compiling.templates, template=letter.template)
    notes = tuple(one.note.id for one in chosen.told)
    return Draft(number=chosen.number, picks=chosen.picks, view=view, rendering=rendering, notes=notes)


def _find_made(
    conn: Connection, newsletter: str, *, occurrence_id: int | None, number: int | None
) -> Issue | None:
    if occurrence_id is not None:
        return issues.find_issue_of(conn, occurrence_id)
    return None if number is None else issues.find_issue_by_number(conn, newsletter, number)


def find_newsletter(catalogue: Catalogue, newsletter: str) -> Newsletter:
    """The newsletter of that name. Raises NotFound, which names those that exist."""
    if newsletter not in catalogue.newsletters:
        names = ", ".join(sorted(catalogue.newsletters)) or "none"
        raise NotFound(f"there is no newsletter {newsletter}; the newsletters are: {names}")
    return catalogue.newsletters[newsletter]


def _choose(conn: Connection, newsletter: Newsletter, *, catalogue: Catalogue) -> Chosen:
    """The next issue: the items of every section, each in the first that it fits, and earlier ones' notes."""
    found: dict[str, Pick] = {}
    for section in newsletter.sections:
        for item in _candidates(conn, newsletter.name, section, catalogue, taken=found.keys()):
            found[item.id] = Pick(item=item, section=section.title)
    number = issues.next_number(conn, newsletter.name)
    told = list_untold(conn, newsletter.name, before=number, take=MOST_NOTES) if found else []
    return Chosen(number=number, picks=tuple(found.values()), told=tuple(told))


def _candidates(
    conn: Connection, newsletter: str, section: Section, catalogue: Catalogue, *, taken: Iterable[str]
) -> Sequence[Item]:
    known = set(taken)
    # What earlier sections took would else use up this one's places.
    wide = replace(section.selection, take=section.selection.take + len(known))
    fresh = items.list_unissued(conn, newsletter, selection=wide, backlog=False, catalogue=catalogue)
    new = [item for item in fresh if item.id not in known][: section.selection.take]
    slow = replace(section.selection, take=section.drip + len(known))
    old = _backlog(conn, newsletter, slow, catalogue) if section.drip else []
    return [*new, *[item for item in old if item.id not in known][: section.drip]]


def _backlog(conn: Connection, newsletter: str, selection: Selection, catalogue: Catalogue) -> Sequence[Item]:
    """Old items of the sources that drip, oldest first; of those that state nothing, the archived ones."""
    found: list[Item] = []
    for policy in (Backlog.DRIP, None):
        names = {one.name for one in catalogue.sources.values() if one.backlog_policy is policy}
        if names := names.intersection(selection.sources or names):
            drip = replace(selection, sources=tuple(sorted(names)))
            found += items.list_unissued(
                conn,
                newsletter,
                selection=drip,
                backlog=True,
                catalogue=catalogue,
                archived=policy is None,
            )
    return sorted(found, key=_age)


def _age(item: Item) -> tuple[datetime, str]:
    published = item.content.published
    return (published.utc if published else item.collected, item.id)


async def _record_empty(compiling: Compiling, occurrence_id: int | None) -> None:
    if occurrence_id is not None:
        await compiling.db.write(issues.record_empty, occurrence_id)


def issue_of(draft: Draft, newsletter: str, at: datetime) -> Issue:
    """The issue that a draft would become: not stored yet, without an id."""
    return Issue(
        id=0,
        newsletter=newsletter,
        number=draft.number,
        state=IssueState.COMPILED,
        compiled=at,
        subject=draft.view.subject,
        html=draft.rendering.html,
        text=draft.rendering.text,
        web_html=draft.rendering.web_html,
        slot_key=draft.rendering.slot_key,
        items=tuple(
            IssueItem(item_id=pick.item.id, revision=pick.item.revision, section=pick.section, position=place)
            for place, pick in enumerate(draft.picks)
        ),
        notes=draft.notes,
    )
