"""The transaction of a run, or of a part of a long one: items, what is remembered of pages, and jobs."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from syndicate.collect.corrected import page_content
from syndicate.collect.due import Due
from syndicate.collect.health.coverage import joined
from syndicate.collect.health.recording import Recorded, record_end
from syndicate.collect.plan import Occasion, Plan, make_plan
from syndicate.collect.story import sample
from syndicate.collect.story_matches import recognise
from syndicate.collect.withheld import withheld
from syndicate.model.item import Candidate, Image, ItemKind
from syndicate.model.job import Enqueue
from syndicate.store import grams, items, pages
from syndicate.store.connection import Connection
from syndicate.store.coverage import Coverage
from syndicate.store.feed_changes import touch_items
from syndicate.store.host_lines import ShownLines, save_lines
from syndicate.store.items import Stored
from syndicate.store.pages import PageStatus
from syndicate.store.raw_pages import RawPage, save_raw_page
from syndicate.store.sources import Check, FirstRun


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How a run ends; `changed` says that parts saved before brought something, `run` what they covered.

    `complaint` is what is wrong with the source's own settings.
    """

    due: Due
    first_run: FirstRun
    changed: bool
    run: Coverage | None = None
    complaint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What to remember besides items: pages, kept ones, their lines and images; and how much was found
    on them (`run`).

    Without an `end` more parts of the run follow.
    """

    pages: tuple[PageStatus, ...] = ()
    raw: tuple[RawPage, ...] = ()
    media: tuple[Image, ...] = ()
    lines: tuple[ShownLines, ...] = ()
    run: Coverage | None = None
    end: End | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What was saved, what was `held` instead, and what a run's end means for its source."""

    plan: Plan
    held: tuple[Candidate, ...] = ()
    recorded: Recorded = field(default_factory=Recorded)


def save_run(
    conn: Connection,
    candidates: Sequence[Candidate],
    *,
    occasion: Occasion,
    outcome: Outcome,
    enqueue: Enqueue,
) -> Saved:
    """Plan against what the store knows now, and save all of it or nothing. Raises DatabaseBusy."""
    candidates, known = recognise(conn, candidates)
    held = withheld(candidates, known)
    if held:
        candidates = [candidate for candidate in candidates if candidate not in held]
        outcome = _without_held(conn, outcome, held)
    plan = make_plan(candidates, known, occasion=occasion)
    save_plan(conn, plan, stored=Stored(at=occasion.now))
    for image in outcome.media:
        pages.save_media(conn, image, now=occasion.now)
    for page in outcome.pages:
        pages.save_page(conn, page)
    for raw in outcome.raw:
        save_raw_page(conn, raw)
    save_lines(conn, outcome.lines, now=occasion.now)
    touch_items(conn, plan.touched, feeds=occasion.catalogue.feeds.values(), enqueue=enqueue)
    if outcome.end is None:
        return Saved(plan=plan, held=tuple(held))
    recorded = _record(conn, outcome.end, occasion=occasion, plan=plan, run=outcome.run)
    return Saved(plan=plan, held=tuple(held), recorded=recorded)


def _without_held(conn: Connection, outcome: Outcome, held: Sequence[Candidate]) -> Outcome:
    """What to remember where these pages were as good as not read: they are asked for again."""
    hashes = {candidate.provenance.raw_hash for candidate in held}
    pages_read = [
        page if page.content_hash not in hashes else _to_ask_again(page)
        for page in outcome.pages
        if page.content_hash not in hashes or pages.find_page(conn, page.source, url=page.url) is None
    ]
    raw = tuple(page for page in outcome.raw if page.hash not in hashes)
    return replace(outcome, pages=tuple(pages_read), raw=raw)


def _to_ask_again(page: PageStatus) -> PageStatus:
    """A page as one that failed: what lists it may not be read again for it."""
    return replace(page, etag="", last_modified="", content_hash="", failures=1, not_before=page.captured)


def _record(conn: Connection, end: End, *, occasion: Occasion, plan: Plan, run: Coverage | None) -> Recorded:
    changed = bool(plan.new or plan.revised)
    check = Check(
        at=occasion.now,
        outcome="changed" if changed or end.changed else "unchanged",
        next_check=end.due.at,
        reason=end.due.reason,
        first_run=end.first_run,
        complaint=end.complaint,
    )
    whole = run and joined(end.run, replace(run, new=len(plan.new)))
    return record_end(conn, occasion.source, check=check, run=whole)


def save_plan(conn: Connection, plan: Plan, *, stored: Stored) -> None:
    """Save what was decided; `stored` says when and why. Raises DatabaseBusy."""
    for saving in plan.new:
        items.save_item(conn, saving.item, keys=saving.keys, stored=stored)
    for saving in plan.revised:
        items.save_revision(conn, saving.item, keys=saving.keys, stored=stored)
    for item in {saving.item.id: saving.item for saving in (*plan.new, *plan.revised)}.values():
        if item.kind is ItemKind.ARTICLE:
            grams.save_grams(conn, item.id, sample(page_content(item).body_text))
    for saving in plan.restated:
        items.restate(conn, saving.item)
        items.add_keys(conn, saving.item.id, keys=saving.keys)
