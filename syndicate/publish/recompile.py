"""Rendering an unfinished issue again: without what was withdrawn, with what was corrected."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from syndicate.errors import DatabaseBusy, NotFound, OwnFault
from syndicate.model.catalogue import Catalogue
from syndicate.model.item import Item, ItemState
from syndicate.model.newsletter import Issue, IssueState
from syndicate.model.segment import Segment
from syndicate.publish.compile import MOST_NOTES, TRIES, find_newsletter
from syndicate.publish.corrections import title_of
from syndicate.publish.digest_view import Pick
from syndicate.publish.drawing import Chosen, Compiling, draw, issue_of
from syndicate.publish.segments import draw_segments, find_segments
from syndicate.store import issue_stops, issues, items, renderings
from syndicate.store.issue_notes import list_untold

# How often, and how long between (seconds), to look whether senders that were stopped have let go: longer
# than they wait for the replies that are due.
LOOKS, BETWEEN = 60, 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Recompiled:
    """What became of an issue: what it holds now, and the titles of what it left out. `empty`: nothing would
    be left, so that it was not touched.
    """

    name: str
    state: IssueState
    items: int
    left_out: tuple[str, ...] = ()
    revised: tuple[str, ...] = ()
    empty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Before:
    """An issue as it stands, what of its items there is now, and what it has to say of earlier ones.

    `segments` are those that it has renderings for: somebody may have got one.
    """

    issue: Issue
    live: tuple[Item, ...]
    gone: tuple[Item, ...]
    chosen: Chosen
    segments: tuple[Segment, ...] = ()


async def recompile_issue(
    compiling: Compiling, issue_id: int, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> Recompiled:
    """Render an issue that is compiled or paused once more: same number, same id, same deliveries.

    Whoever has got it gets nothing more, the others get the new rendering. Raises NotFound, OwnFault for one
    that is being sent or is over, TemplateFault, and DatabaseBusy while senders do not let go of it, or items
    keep changing.
    """
    for _ in range(TRIES):
        await _until_free(compiling, issue_id, sleep=sleep)
        before = await compiling.db.read(_look, compiling.catalogue, issue_id)
        if not before.live:
            return _told(before, empty=True)
        letter = find_newsletter(compiling.catalogue, before.issue.newsletter)
        at = before.issue.compiled
        draft = await draw(compiling, letter, before.chosen, at=at)
        segments = await find_segments(compiling, letter, kept=before.segments)
        drawn = await draw_segments(compiling, letter, before.chosen, segments=segments, at=at)
        issue = issue_of(draft, letter.name, at, renderings=drawn)
        if await compiling.db.write(_swap, compiling, before, issue):
            return _told(before)
    raise DatabaseBusy("the issue's items kept changing while it was rendered; try again")


async def _until_free(
    compiling: Compiling, issue_id: int, *, sleep: Callable[[float], Awaitable[None]]
) -> None:
    """A sender that was stopped has letters of the former rendering in hand, until it lets go."""
    for _ in range(LOOKS):
        if not await compiling.db.read(issue_stops.is_held, issue_id):
            return
        await sleep(BETWEEN)
    raise DatabaseBusy("a sender still has letters of the issue in hand; try again in a minute")


def _look(conn: Any, catalogue: Catalogue, issue_id: int) -> _Before:
    issue = issues.find_issue(conn, issue_id)
    if issue is None:
        raise NotFound(f"there is no issue with the id {issue_id}")
    _refuse(issue)
    found = items.list_by_ids(conn, [place.item_id for place in issue.items])
    sections = {place.item_id: place.section for place in issue.items}
    live = tuple(item for item in found if item.state is ItemState.LIVE)
    told = list_untold(conn, issue.newsletter, before=issue.number, take=MOST_NOTES, issue_id=issue.id)
    return _Before(
        issue=issue,
        live=live,
        gone=tuple(item for item in found if item.state is ItemState.WITHDRAWN),
        chosen=Chosen(
            number=issue.number,
            picks=tuple(Pick(item=item, section=sections[item.id]) for item in live),
            told=tuple(told),
        ),
        segments=tuple(renderings.list_segments(conn, issue_id)),
    )


def _refuse(issue: Issue) -> None:
    name = f"{issue.newsletter}/{issue.number}"
    if issue.state is IssueState.SENDING:
        raise OwnFault(f"{name} is being sent; syndicate issue pause {name} stops it first")
    if issue.state not in (IssueState.COMPILED, IssueState.PAUSED):
        raise OwnFault(
            f"{name} is {issue.state}: what was sent cannot be called back; the next issue tells of "
            "corrections and withdrawals"
        )


def _swap(conn: Any, compiling: Compiling, before: _Before, issue: Issue) -> bool:
    """Put the new rendering in place; False where the world has moved on meanwhile."""
    unfinished = issue_stops.find_unfinished(conn, before.issue.id)
    if unfinished is None or _look(conn, compiling.catalogue, before.issue.id) != before:
        return False
    if issue_stops.is_held(conn, before.issue.id):
        return False
    name = unfinished.name
    waits = f"it was rendered again; syndicate issue resume {name} lets it go on"
    issue_stops.replace_rendering(
        conn,
        replace(issue, id=before.issue.id),
        begun=unfinished.begun,
        now=compiling.now(),
        reason=waits if unfinished.state is IssueState.PAUSED else "",
    )
    return True


def _told(before: _Before, *, empty: bool = False) -> Recompiled:
    revisions = {place.item_id: place.revision for place in before.issue.items}
    return Recompiled(
        name=f"{before.issue.newsletter}/{before.issue.number}",
        state=before.issue.state,
        items=len(before.live),
        left_out=tuple(map(title_of, before.gone)),
        revised=tuple(title_of(item) for item in before.live if item.revision != revisions[item.id]),
        empty=empty,
    )
