"""Publishing a feed: who is in it, its documents in every format, checked, guarded, and put in place."""

import asyncio
from dataclasses import replace

import structlog

from syndicate.errors import DatabaseBusy, NotFound
from syndicate.formats import opml
from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import Feed, Mode
from syndicate.publish.drafts import Draft, Proof, prove, read_draft
from syndicate.publish.files import count_files, publish_files, remove_files, remove_parts
from syndicate.publish.filling import fill, forget_filling
from syndicate.publish.follow_ups import follow_ups, note_files
from syndicate.publish.guard import NAMED, reason
from syndicate.publish.places import differ, mark_place
from syndicate.publish.publishing import Publication, Publishing, PublishReport, Tell
from syndicate.publish.rehearsal import Rehearsal, rehearse
from syndicate.publish.rendering import FORMS
from syndicate.publish.views import feed_view
from syndicate.publish.writing import Outcome, close_documents, names, write_due, write_newest
from syndicate.store import feed_changes, feed_documents, feed_entries
from syndicate.store import feeds as feed_store
from syndicate.store.connection import Connection
from syndicate.store.database import Database
from syndicate.store.feeds import FeedStatus
from syndicate.telemetry import metrics

__all__ = [
    "PublishReport",
    "Publishing",
    "Rehearsal",
    "find",
    "is_retired",
    "is_to_come",
    "publish_feed",
    "publish_list",
    "rehearse_feed",
]

log = structlog.get_logger()

# Each format stands as it is, and compressed in two ways.
FILES_OF_A_DOCUMENT = len(FORMS) * 3
ATTEMPTS = 5


async def publish_feed(
    publishing: Publishing, name: str, *, accept: bool = False, tell: Tell | None = None
) -> PublishReport:
    """Publish one feed in all its formats, and the list of feeds; equal bytes are not rewritten.

    Holds the feed, so that the last good files stay, when it would be emptied or lose half of its entries
    (unless the operator says `accept`) or when a document breaks a rule. Raises NotFound, StorageFull,
    TemplateFault, DatabaseBusy.
    """
    feed = find(publishing.catalogue, name)
    async with publishing.turns.take(publishing.folder, name):
        status = await _status(publishing, name)
        place = await asyncio.to_thread(mark_place, publishing.public_dir, mint=publishing.mint)
        prints = publishing.prints.take(feed, catalogue=publishing.catalogue, templates=publishing.templates)
        publication = Publication(
            publishing=publishing,
            feed=feed,
            feed_id=status.id,
            prints=prints.at(place),
            accept=accept,
            tell=tell,
        )
        with metrics.PUBLISH_SECONDS.timed():
            report = await _publish(publication, status)
    if not report.held and (listed := await asyncio.to_thread(publish_list, publishing)):
        await publishing.db.write(note_files, publishing, listed)
    _tell(report)
    return report


async def rehearse_feed(publishing: Publishing, name: str) -> Rehearsal:
    """Tell what publishing the feed would change, and change nothing. Raises NotFound."""
    feed = find(publishing.catalogue, name)
    status = await publishing.db.read(feed_store.find_feed, name) or FeedStatus(name=name, id="")
    publication = _publication(publishing, feed, status.id)
    return await publishing.db.read(rehearse, publication, filled=status.filled)


def publish_list(publishing: Publishing) -> tuple[str, ...]:
    """Put the OPML list of all feeds in place; the names of the files that changed. Raises StorageFull."""
    catalogue = publishing.catalogue
    # The list names addresses alone.
    views = (feed_view(feed, (), catalogue=catalogue, feed_id="") for feed in catalogue.feeds.values())
    return publish_files(publishing.public_dir, {"feeds.opml": opml.write_list(catalogue.site.name, views)})


async def is_retired(db: Database, name: str) -> bool:
    """Whether a feed of that name was once configured, and is no more."""
    status = await db.read(feed_store.find_feed, name)
    return status is not None and status.retired is not None


async def is_to_come(db: Database, name: str, document: int) -> bool:
    """Whether that is the archive document after the newest one."""
    status = await db.read(feed_store.find_feed, name)
    return status is not None and status.retired is None and 0 < status.documents == document - 1


def find(catalogue: Catalogue, name: str) -> Feed:
    """The feed of that name. Raises NotFound, which names those that exist."""
    if name not in catalogue.feeds:
        known = ", ".join(sorted(catalogue.feeds)) or "none"
        raise NotFound(f"there is no feed {name!r}; the configuration has: {known}")
    return catalogue.feeds[name]


async def _publish(publication: Publication, status: FeedStatus) -> PublishReport:
    is_first = not publication.publishing.standings.knows(publication.name)
    if is_first:
        await _clear_up(publication, status)
    outcome, anew = (
        Outcome(),
        publication.feed.mode is Mode.LIVE and status.filled != publication.prints.filled,
    )
    if anew:
        filled = await fill(publication)
        outcome = filled.outcome
        if filled.held:
            outcome = outcome.joined(await _withdraw_from_held(publication, status, filled.held))
            return await _hold(publication, replace(outcome, held=filled.held, gone=filled.gone))
    else:
        await _make_ready(publication, status)
    later, draft = await _advance(publication)
    outcome = outcome.joined(later)
    if outcome.held:
        return await _hold(publication, outcome)
    if anew or is_first or status.filling:
        await _remove_former(publication)
    return _report(publication, outcome, draft)


async def _clear_up(publication: Publication, status: FeedStatus) -> None:
    """Take away what a killed process was writing; count on from the numbers that readers may know."""
    publishing, name = publication.publishing, publication.name
    await asyncio.to_thread(remove_parts, publishing.folder, name)
    there = await asyncio.to_thread(count_files, publishing.folder / name)
    highest = max(there, default=0)
    if highest > status.documents:
        # The database is an older one than the files.
        await publishing.db.write(_count_from, name, highest)


def _count_from(conn: Connection, name: str, number: int) -> None:
    feed_store.advance(conn, name, documents=number)


async def _withdraw_from_held(publication: Publication, status: FeedStatus, held: str) -> Outcome:
    """Take what was withdrawn out of the documents that stay."""
    if not status.filled:
        return Outcome()
    outcome, _ = await _advance(replace(publication, held=held))
    return outcome


async def _make_ready(publication: Publication, status: FeedStatus) -> None:
    """Let those documents be written that changed without an item."""
    db = publication.publishing.db
    if status.filling:
        # The rule that it was to be filled by is no longer its rule.
        await db.write(forget_filling, publication)
    if status.rendered != publication.prints.rendered:
        if differ(status.rendered, publication.prints.rendered):
            # Where this comes again and again, two workers publish into folders of their own.
            log.warning("feed.other_folder", feed=publication.name, share="[storage] folder")
        await db.write(_render_anew, publication)
    elif await db.read(feed_changes.count_changes, publication.name) == 0:
        await _look_for_files(publication)


async def _advance(publication: Publication) -> tuple[Outcome, Draft]:
    """Step by step, until the subscription document is written."""
    outcome, busy = Outcome(), 0
    while True:
        try:
            step, draft, is_last = await _step(publication, outcome)
        except DatabaseBusy:
            # Somebody let entries in meanwhile, as replays do: what was read is read again.
            busy += 1
            if busy == ATTEMPTS:
                raise
            continue
        outcome = outcome.joined(step)
        if is_last or step.held:
            return outcome, draft


async def _step(publication: Publication, before: Outcome) -> tuple[Outcome, Draft, bool]:
    """Write the documents of one step; whether it was the last, with the subscription document."""
    db = publication.publishing.db
    draft = await db.read(read_draft, publication)
    proof = await asyncio.to_thread(prove, publication, draft)
    if not proof.is_last:
        await db.write(_record_step, publication, proof)
        return await write_due(publication, key=publication.name), draft, False
    newest = await asyncio.to_thread(write_newest, publication, proof)
    if not newest.held:
        await db.write(_record_newest, publication, proof, newest, before)
        _remember(publication, draft)
    return newest, draft, True


def _record_step(conn: Connection, publication: Publication, proof: Proof) -> None:
    """Who is in the feed now, and which of its documents are due."""
    name, draft = publication.name, proof.draft
    feed_store.take_turn(conn, draft.status)
    _record_members(conn, publication, draft)
    newest = close_documents(
        conn, name, proof.closed, counter=draft.status.documents, older=draft.document.older
    )
    if newest:
        feed_store.advance(conn, name, documents=newest)
    feed_documents.mark_due(conn, name, draft.step.rewritten)
    older = newest or draft.document.older
    feed_documents.save_documents(conn, name, [replace(draft.document, older=older, due=True)])


def _record_newest(
    conn: Connection, publication: Publication, proof: Proof, newest: Outcome, before: Outcome
) -> None:
    """The subscription document stands."""
    publishing, name, draft = publication.publishing, publication.name, proof.draft
    feed_store.take_turn(conn, draft.status)
    _record_members(conn, publication, draft)
    entries = newest.entries[0]
    done = replace(draft.document, due=False, entries=entries)
    if done != draft.document:
        feed_documents.save_documents(conn, name, [done])
    held = reason(draft.lost, feed=name) if draft.lost else publication.held
    feed_store.record_published(conn, name, entries=entries, now=publishing.now(), held=held)
    # What was due may have been put in place by a process that was killed before it could record it.
    changed = [*before.written, *newest.written]
    if draft.step.seen or draft.document.due:
        changed = changed or names(publication, [0])
    for job in follow_ups(publishing.catalogue, publication.feed, changed=changed):
        publishing.enqueue(conn, job)
    note_files(conn, publishing, [f"feeds/{name}" for name in changed])


def _remember(publication: Publication, draft: Draft) -> None:
    status, taken = draft.status, draft.step
    publication.publishing.standings.keep(
        publication.prints.rendered,
        publication.name,
        taken.members,
        turn=status.turn + 1,
        last_position=status.last_position + len(taken.enter),
    )


def _record_members(conn: Connection, publication: Publication, draft: Draft) -> None:
    name, taken = publication.name, draft.step
    feed_entries.add_members(conn, name, taken.enter)
    feed_entries.remove_members(conn, name, [one.entry_id for one in taken.leave])
    feed_changes.forget_changes(conn, name, seen=taken.seen)
    if taken.enter:
        feed_store.advance(conn, name, last_position=draft.status.last_position + len(taken.enter))


def _render_anew(conn: Connection, publication: Publication) -> None:
    feed_documents.mark_due(conn, publication.name)
    feed_store.advance(conn, publication.name, rendered=publication.prints.rendered)


async def _look_for_files(publication: Publication) -> None:
    """Where nothing changed, a file may be gone: let its document be written."""
    publishing, name = publication.publishing, publication.name
    numbers = await publishing.db.read(feed_documents.list_numbers, name)
    there = await asyncio.to_thread(count_files, publishing.folder / name) if numbers else {}
    lacking = [number for number in numbers if there[number] < FILES_OF_A_DOCUMENT]
    if lacking:
        await publishing.db.write(feed_documents.mark_due, name, lacking)


async def _remove_former(publication: Publication) -> None:
    """Take away the files of archive documents that are no longer: the new ones stand."""
    publishing, name = publication.publishing, publication.name
    numbers = set(await publishing.db.read(feed_documents.list_numbers, name))
    there = await asyncio.to_thread(count_files, publishing.folder / name)
    former = names(publication, sorted(number for number in there if number not in numbers))
    await asyncio.to_thread(remove_files, publishing.folder, former)
    if former:
        await publishing.db.write(note_files, publishing, [f"feeds/{name}" for name in former])


async def _hold(publication: Publication, outcome: Outcome) -> PublishReport:
    await publication.publishing.db.write(feed_store.record_held, publication.name, reason=outcome.held)
    return _report(publication, outcome, None)


def _publication(publishing: Publishing, feed: Feed, feed_id: str) -> Publication:
    prints = publishing.prints.take(feed, catalogue=publishing.catalogue, templates=publishing.templates)
    return Publication(publishing=publishing, feed=feed, feed_id=feed_id, prints=prints)


async def _status(publishing: Publishing, name: str) -> FeedStatus:
    found = await publishing.db.read(feed_store.find_feed, name)
    if found is not None:
        return found
    return await publishing.db.write(feed_store.make_known, name, mint=publishing.mint)


def _report(publication: Publication, outcome: Outcome, draft: Draft | None) -> PublishReport:
    lost = draft.lost if draft else None
    gone = lost.gone if lost else outcome.gone
    return PublishReport(
        feed=publication.name,
        entries=outcome.entries.get(0, 0),
        documents=sum(1 for number in outcome.entries if number),
        written=outcome.written,
        unchanged=outcome.unchanged,
        held=reason(lost, feed=publication.name) if lost else outcome.held,
        gone=dict(list(gone.items())[:NAMED]),
        quarantined=outcome.quarantined,
        shut_out=draft.step.shut_out if draft else 0,
        warnings=outcome.warnings,
    )


def _tell(report: PublishReport) -> None:
    metrics.PUBLISHES.add(1, "held" if report.held else "written" if report.written else "unchanged")
    metrics.FILES.add(len(report.written), "written")
    metrics.FILES.add(len(report.unchanged), "unchanged")
    for each in report.quarantined:
        log.warning("item.quarantined", feed=report.feed, item=each.item_id, reason=each.reason)
    if report.held:
        log.warning("feed.held", feed=report.feed, reason=report.held)
    else:
        log.info("feed.published", feed=report.feed, entries=report.entries, written=len(report.written))
