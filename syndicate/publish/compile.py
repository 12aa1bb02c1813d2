"""Compiling: items are selected, rendered, and frozen into a numbered issue."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from syndicate.errors import DatabaseBusy, NotFound
from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import Selection
from syndicate.model.item import Item
from syndicate.model.newsletter import Issue, Newsletter, Section
from syndicate.model.source import Backlog
from syndicate.publish.digest_view import Pick
from syndicate.publish.drawing import Chosen, Compiling, Draft, draw, issue_of
from syndicate.publish.segments import draw_segments, find_segments
from syndicate.store import issues, items
from syndicate.store.connection import Connection
from syndicate.store.issue_notes import list_untold
from syndicate.telemetry.metrics import COMPILES

__all__ = ["Chosen", "Compiling", "Draft", "draw", "issue_of"]

# How often the world may move on between rendering and freezing before somebody else should have a turn.
TRIES = 5
# What there is no room for is told in the issue after.
MOST_NOTES = 20


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
            COMPILES.add(1, "empty")
            return None
        if number not in (None, draft.number):
            # Somebody made it meanwhile: what was drafted is the one after it.
            continue
        letter, now = find_newsletter(compiling.catalogue, newsletter), compiling.now()
        segments = await find_segments(compiling, letter)
        renderings = await draw_segments(compiling, letter, draft.chosen, segments=segments, at=now)
        issue = issue_of(draft, newsletter, now, renderings=renderings)
        frozen = await compiling.db.write(issues.create_issue, issue, occurrence_id=occurrence_id)
        if frozen:
            COMPILES.add(1, "compiled")
            return frozen
    raise DatabaseBusy(f"{newsletter}: its items kept changing while the issue was compiled; try again")


async def draft_issue(compiling: Compiling, newsletter: str) -> Draft | None:
    """What an issue compiled now would be, for a preview; None when it would be empty."""
    letter = find_newsletter(compiling.catalogue, newsletter)
    chosen = await compiling.db.read(_choose, letter, catalogue=compiling.catalogue)
    return await draw(compiling, letter, chosen, at=compiling.now()) if chosen.picks else None


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
