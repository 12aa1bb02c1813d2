"""Rendering what was chosen for an issue: a draft, which nothing is stored of."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from syndicate.model.catalogue import Catalogue
from syndicate.model.job import Enqueue
from syndicate.model.newsletter import Issue, IssueItem, IssueRendering, IssueState, Newsletter
from syndicate.publish.digest import Rendering, render
from syndicate.publish.digest_corrections import corrections_of, corrections_within
from syndicate.publish.digest_view import DigestView, Pick, digest_view
from syndicate.store.database import Database
from syndicate.store.issue_notes import Told
from syndicate.templating import Templates


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiling:
    """What compiling needs."""

    db: Database
    catalogue: Catalogue
    templates: Templates
    now: Callable[[], datetime]
    enqueue: Enqueue | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What goes into an issue: its number, the items, and what is to be said of earlier ones."""

    number: int
    picks: tuple[Pick, ...]
    told: tuple[Told, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An issue rendered, before it is frozen: nothing is stored, no number is used."""

    chosen: Chosen
    view: DigestView
    rendering: Rendering

    @property
    def number(self) -> int:
        """The number that the issue would have."""
        return self.chosen.number

    @property
    def picks(self) -> tuple[Pick, ...]:
        """Its items."""
        return self.chosen.picks


async def draw(
    compiling: Compiling, letter: Newsletter, chosen: Chosen, *, at: datetime, for_web: bool = True
) -> Draft:
    """Render what was chosen, as of `at`, with a web copy or without. Raises TemplateFault."""
    catalogue = compiling.catalogue
    view = digest_view(chosen.picks, letter, catalogue=catalogue, number=chosen.number, at=at)
    told = corrections_of(chosen.told, letter, catalogue=catalogue)
    view = replace(view, corrections=(*told, *corrections_within(chosen.picks, catalogue=catalogue)))
    # On a thread: an issue of hundreds of items takes a second, and others wait on the loop.
    rendering = await asyncio.to_thread(
        render, view, templates=compiling.templates, template=letter.template, for_web=for_web
    )
    return Draft(chosen=chosen, view=view, rendering=rendering)


def issue_of(
    draft: Draft, newsletter: str, at: datetime, *, renderings: Sequence[IssueRendering] = ()
) -> Issue:
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
        notes=tuple(one.note.id for one in draft.chosen.told),
        letter_subject=draft.rendering.letter_subject,
        renderings=tuple(renderings),
    )
