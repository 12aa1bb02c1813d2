"""The transaction of a run, or of a part of a long one: items, what is remembered of pages, and jobs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from syndicate.collect.due import Due
from syndicate.collect.plan import Known, Occasion, Plan, make_plan
from syndicate.model.feed import Feed
from syndicate.model.item import Candidate, Image, ItemKind
from syndicate.model.job import Enqueue, Job
from syndicate.store import items, pages, sources
from syndicate.store.connection import Connection
from syndicate.store.items import Stored
from syndicate.store.pages import PageStatus
from syndicate.store.sources import Check, FirstRun


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How a run ends; `changed` says that parts saved before brought something."""

    due: Due
    first_run: FirstRun
    changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What to remember besides items: pages and images. Without an `end` more parts of the run follow."""

    pages: tuple[PageStatus, ...] = ()
    media: tuple[Image, ...] = ()
    end: End | None = None


def save_run(
    conn: Connection,
    candidates: Sequence[Candidate],
    *,
    occasion: Occasion,
    outcome: Outcome,
    enqueue: Enqueue,
) -> Plan:
    """Plan against what the store knows now, and save all of it or nothing. Raises DatabaseBusy."""
    known = _known(conn, candidates)
    plan = make_plan(candidates, known, occasion=occasion)
    _save_plan(conn, plan, stored=Stored(at=occasion.now))
    for image in outcome.media:
        pages.save_media(conn, image, now=occasion.now)
    for page in outcome.pages:
        pages.save_page(conn, page)
    for job in publish_jobs(plan, known, feeds=occasion.catalogue.feeds.values()):
        enqueue(conn, job)
    if outcome.end is not None:
        _record(conn, outcome.end, occasion=occasion, changed=bool(plan.new or plan.revised))
    return plan


def _record(conn: Connection, end: End, *, occasion: Occasion, changed: bool) -> None:
    check = Check(
        at=occasion.now,
        outcome="changed" if changed or end.changed else "unchanged",
        next_check=end.due.at,
        reason=end.due.reason,
        first_run=end.first_run,
    )
    sources.record_check(conn, occasion.source.name, check=check)


def publish_jobs(plan: Plan, known: Known, *, feeds: Iterable[Feed]) -> list[Job]:
    """A `feed.publish` for every feed that may show, or have shown, a touched item."""
    touched = {(item.provenance.source, item.kind) for item in plan.touched}
    before = [known.items[item.id] for item in plan.touched if item.id in known.items]
    touched |= {(item.provenance.source, item.kind) for item in before}
    return [
        Job(name="feed.publish", args={"feed": feed.name}, key=f"feed.publish:{feed.name}")
        for feed in feeds
        if any(_may_show(feed, source, kind) for source, kind in touched)
    ]


def _may_show(feed: Feed, source: str, kind: ItemKind) -> bool:
    # Language and section may have changed with the item, so they rule nothing out here.
    rule = feed.selection
    return (not rule.sources or source in rule.sources) and (not rule.kinds or kind in rule.kinds)


def _known(conn: Connection, candidates: Iterable[Candidate]) -> Known:
    keys = items.find_by_keys(conn, list(dict.fromkeys(key for c in candidates for key in c.keys)))
    found = items.list_by_ids(conn, sorted(set(keys.values())))
    return Known(keys=keys, items={item.id: item for item in found})


def _save_plan(conn: Connection, plan: Plan, *, stored: Stored) -> None:
    for saving in plan.new:
        items.save_item(conn, saving.item, keys=saving.keys, stored=stored)
    for saving in plan.revised:
        items.save_revision(conn, saving.item, keys=saving.keys, stored=stored)
    for saving in plan.restated:
        item = saving.item
        items.set_archived(conn, item.id, archived=item.archived, page_notice=item.page_notice)
        items.add_keys(conn, item.id, keys=saving.keys)
