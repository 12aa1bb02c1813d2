"""The operator's word on an item: correct it, withdraw it, bring it back; one transaction each."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from syndicate.errors import NotFound, OwnFault
from syndicate.formats.html import truncate_words
from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import Mode
from syndicate.model.item import Content, Item, ItemNote, ItemState, NoteKind
from syndicate.model.job import Enqueue, Job, nobody_waits
from syndicate.publish.follow_ups import partner_job
from syndicate.publish.stale import note_changes, pages_about
from syndicate.publish.wording import Wording, checked_note, corrected
from syndicate.store import issue_stops, item_notes
from syndicate.store.database import Database
from syndicate.store.feed_changes import takes, touch_items
from syndicate.store.issue_notes import list_carriers, list_copies
from syndicate.store.items import Stored, find_item, save_revision
from syndicate.store.partner_feeds import list_holders

CORRECTED = "corrected"
TITLE_WORDS = 14
MAPS = (Job(name="sitemap.publish", key="sitemap.publish"), Job(name="sitemap.news", key="sitemap.news"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Editing:
    """What the operator's word needs."""

    db: Database
    catalogue: Catalogue
    now: Callable[[], datetime]
    enqueue: Enqueue = nobody_waits


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What became of one item, or would. `done` is False where it stood so already, and `why` says how.

    `feeds` are those that hold it or will take it, `partners` those that get one of them, `told` the
    newsletters whose next issue tells their readers, `stopped` the unfinished issues that wait for `issue
    recompile`, `unstopped` those that go on with the former words.
    Of a correction, `before` and `after` are the contents.
    """

    item_id: str
    title: str
    done: bool = True
    why: str = ""
    feeds: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    stopped: tuple[str, ...] = ()
    unstopped: tuple[str, ...] = ()
    jobs: tuple[Job, ...] = field(default=(), repr=False)
    before: Content | None = field(default=None, repr=False)
    after: Content | None = field(default=None, repr=False)


async def correct_item(
    editing: Editing, item_id: str, *, note: str, change: Wording, dry_run: bool = False
) -> Effect:
    """Correct an item: a new revision, `updated` moved, every output told.

    Raises NotFound, and OwnFault for a withdrawn item or a wording that no output could show.
    """
    said = checked_note(note)
    return await _do(editing, dry_run, _correct, item_id, said, change)


async def withdraw_item(editing: Editing, item_id: str, *, note: str, dry_run: bool = False) -> Effect:
    """Withdraw an item from every output; it keeps its id and its keys, so that it does not come back.

    Unfinished issues that hold it stop in the same transaction. Raises NotFound, OwnFault.
    """
    return await _do(editing, dry_run, _withdraw, item_id, checked_note(note))


async def restore_item(editing: Editing, item_id: str, *, note: str, dry_run: bool = False) -> Effect:
    """Bring a withdrawn item back under its id. Raises NotFound, OwnFault."""
    return await _do(editing, dry_run, _restore, item_id, checked_note(note))


async def list_notes(db: Database, item_id: str) -> list[ItemNote]:
    """Everything that the operator said of an item, the first word first."""
    return await db.read(item_notes.list_notes, item_id)


async def _do(editing: Editing, dry_run: bool, act: Any, *args: Any) -> Effect:
    if dry_run:
        done: Effect = await editing.db.read(act, editing, *args, dry_run=True)
    else:
        done = await editing.db.write(act, editing, *args, dry_run=False)
    return done


def _correct(
    conn: Any, editing: Editing, item_id: str, note: str, change: Wording, *, dry_run: bool
) -> Effect:
    item, now = _found(conn, item_id, dry_run), editing.now()
    if item.state is ItemState.WITHDRAWN:
        raise OwnFault(f"{item_id} is withdrawn; syndicate item restore {item_id} brings it back first")
    after = corrected(item, change, note=note, now=now)
    if after is item:
        return _unchanged(item, "it says so already, with this note")
    effect = _effect(conn, editing, (item, after), stops=False)
    told = () if change.silent else _told(conn, editing, item)
    effect = replace(effect, before=item.content, after=after.content, told=told)
    if dry_run:
        return effect
    save_revision(conn, after, keys=(), stored=Stored(at=now, cause=CORRECTED))
    if after.correction is not None and not change.silent:
        item_notes.record_correction(conn, item_id, after.correction)
    kind = NoteKind.MENDED if change.silent else NoteKind.CORRECTED
    item_notes.add_note(conn, item_id, kind=kind, note=note, at=now, revision=after.revision)
    return _published(conn, editing, effect, (item, after))


def _withdraw(conn: Any, editing: Editing, item_id: str, note: str, *, dry_run: bool) -> Effect:
    item, now = _found(conn, item_id, dry_run), editing.now()
    if item.state is ItemState.WITHDRAWN:
        return _unchanged(item, f"it was withdrawn on {_day(item.withdrawn, editing.catalogue)} already")
    effect = replace(_effect(conn, editing, (item,), stops=True), told=_told(conn, editing, item))
    if dry_run:
        return effect
    item_notes.record_withdrawal(conn, item_id, note=note, at=now)
    item_notes.add_note(conn, item_id, kind=NoteKind.WITHDRAWN, note=note, at=now, revision=item.revision)
    _stop(conn, item)
    return _published(conn, editing, effect, (item,))


def _restore(conn: Any, editing: Editing, item_id: str, note: str, *, dry_run: bool) -> Effect:
    item, now = _found(conn, item_id, dry_run), editing.now()
    if item.state is ItemState.LIVE:
        return _unchanged(item, "it is live already")
    live = replace(item, state=ItemState.LIVE)
    effect = _effect(conn, editing, (live,), stops=False)
    if dry_run:
        return effect
    item_notes.record_return(conn, item_id, at=now)
    item_notes.add_note(conn, item_id, kind=NoteKind.RESTORED, note=note, at=now, revision=item.revision)
    _release(conn, item)
    return _published(conn, editing, effect, (live,))


def _found(conn: Any, item_id: str, dry_run: bool) -> Item:
    item = find_item(conn, item_id) if dry_run else item_notes.lock_item(conn, item_id)
    if item is None:
        raise NotFound(f"there is no item {item_id}")
    return item


def _effect(conn: Any, editing: Editing, items: Iterable[Item], *, stops: bool) -> Effect:
    """Whom a change of the item reaches, which is or would be as one of `items`."""
    *_, item = faces = list(items)
    catalogue = editing.catalogue
    holding = item_notes.list_feeds_with(conn, item.id)
    feeds = tuple(
        name
        for name, feed in catalogue.feeds.items()
        # A replay shows what it drew, and draws when its time has come.
        if name in holding or (feed.mode is Mode.LIVE and any(takes(feed.selection, face) for face in faces))
    )
    partners = tuple(
        name for name, partner in catalogue.partners.items() if set(partner.feeds).intersection(feeds)
    )
    issues = tuple(one.name for one in issue_stops.list_unfinished_with(conn, item.id))
    return Effect(
        item_id=item.id,
        title=title_of(item),
        feeds=feeds,
        partners=partners,
        stopped=issues if stops else (),
        unstopped=() if stops else issues,
    )


def _told(conn: Any, editing: Editing, item: Item) -> tuple[str, ...]:
    """The newsletters with an issue that carried the item; their next one says what became of it."""
    carried = list_carriers(conn, item.id)
    return tuple(name for name in editing.catalogue.newsletters if name in carried)


def _published(conn: Any, editing: Editing, effect: Effect, items: Sequence[Item]) -> Effect:
    """Let every output be made anew; the effect with the jobs that do it."""
    jobs: list[Job] = []

    def enqueue(conn: Any, job: Job) -> None:
        jobs.append(job)
        editing.enqueue(conn, job)

    # As it was and as it is: what it leaves changes too.
    touch_items(
        conn,
        [*items, *filter(None, [find_item(conn, effect.item_id)])],
        feeds=editing.catalogue.feeds.values(),
        enqueue=enqueue,
    )
    # Also whoever was given it in a feed that holds it no more.
    for partner, feed in list_holders(conn, effect.item_id):
        enqueue(conn, partner_job(partner, feed))
    for job in MAPS:
        enqueue(conn, job)
    images = (item.content.image for item in items)
    media = sorted({image.media for image in images if image and image.media})
    pages = pages_about(effect.item_id, media, list_copies(conn, effect.item_id))
    note_changes(conn, editing.catalogue, pages, now=editing.now(), enqueue=enqueue)
    return replace(effect, jobs=tuple(jobs))


def _stop(conn: Any, item: Item) -> None:
    for issue in issue_stops.list_unfinished_with(conn, item.id, lock=True):
        reason = (
            f"it holds “{title_of(item)}” ({item.id}), which was withdrawn: "
            f"syndicate issue recompile {issue.name} leaves it out"
        )
        issue_stops.stop_issue(conn, issue, reason=reason)


def _release(conn: Any, item: Item) -> None:
    for issue in issue_stops.list_unfinished_with(conn, item.id, lock=True):
        if not issue_stops.list_withdrawn_in(conn, issue.id):
            issue_stops.release_issue(conn, issue, about=item.id)


def _day(at: datetime | None, catalogue: Catalogue) -> str:
    return f"{at.astimezone(ZoneInfo(catalogue.site.timezone)):%Y-%m-%d}" if at else "a day unknown"


def _unchanged(item: Item, why: str) -> Effect:
    return Effect(item_id=item.id, title=title_of(item), done=False, why=why)


def title_of(item: Item) -> str:
    """An item in a few words, for the operator."""
    return truncate_words(item.content.headline or item.content.body_text, TITLE_WORDS)
