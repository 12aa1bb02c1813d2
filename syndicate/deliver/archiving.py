"""Issues of long ago leave the database: who got them goes into a file, and what a report counts stays.

Each step may be broken off: nothing is removed before the file was read back and the counts are kept, and
what was begun to be removed is removed to the end by the next call. Of two that archive one issue at once
the first to have it locked puts its file in place, and the other one's is dropped.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from syndicate.deliver.ledger import FORGOTTEN, OTHERS, Ledger, Share, read_ledger_now
from syndicate.deliver.pace import without_addresses
from syndicate.deliver.sending import Sending
from syndicate.deliver.shelf import forget_parts, is_whole, name_of, part_of, put_in_place, write_part
from syndicate.deliver.tallying import MANY
from syndicate.errors import DatabaseBusy
from syndicate.model.delivery import DeliveryState
from syndicate.store import archives
from syndicate.store.archives import Archived, Ended
from syndicate.store.partitions import remove_partition
from syndicate.store.turnstile import try_alone

log = structlog.get_logger()

# So many issues a call, so that it ends: the next one goes on.
MOST = 50
# What nobody has written to for so long was left by a process that was killed.
LEFT_BEHIND = timedelta(hours=1)
TABLES = ("deliveries", "attempts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Where archives lie: a `folder` of this `host`."""

    folder: Path
    host: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The file of an issue as it was written, and does not have its name yet."""

    ended: Ended
    kept: Archived
    part: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Tidied:
    """How many issues were archived, and of how many the last rows went."""

    archived: int
    removed: int


async def archive_ended(sending: Sending, shelf: Shelf) -> Tidied:
    """Archive the issues that were over `[delivery] keep` ago, and remove their rows. Raises StorageFull."""
    archived = 0
    await asyncio.to_thread(forget_parts, shelf.folder, before=sending.now() - LEFT_BEHIND)
    for issue_id in await _due(sending):
        archived += await archive_issue(sending, shelf, issue_id)
    return Tidied(archived=archived, removed=await _remove_all(sending, shelf))


async def archive_issue(sending: Sending, shelf: Shelf, issue_id: int) -> bool:
    """Write an issue's file and keep its counts; its rows are still there. False when it is not over.

    Also when it was sent to more people meanwhile: then its turn comes later; and when it is archived
    already, or somebody else is at it. Raises StorageFull.
    """
    draft = await sending.db.read(_write, issue_id, shelf=shelf, now=sending.now())
    if draft is None or not await sending.db.write(_settle, draft):
        return False
    kept = draft.kept
    log.info("delivery.archived", issue=issue_id, file=kept.file, size=kept.size, deliveries=kept.deliveries)
    return True


async def _due(sending: Sending) -> list[int]:
    keep = sending.settings.keep
    if keep == timedelta.max:
        return []
    return await sending.db.read(archives.list_ended, before=sending.now() - keep, take=MOST)


def _write(conn: Any, issue_id: int, *, shelf: Shelf, now: datetime) -> Draft | None:
    ended = archives.find_ended(conn, issue_id)
    if ended is None or archives.find_archived(conn, issue_id):
        return None
    if not try_alone(conn, f"archive {issue_id}"):
        return None
    counted = dict.fromkeys(TABLES, 0)
    path = shelf.folder / name_of(issue_id)
    part = part_of(path)
    written = write_part(part, _lines(conn, ended, counted))
    kept = Archived(
        issue_id=issue_id,
        archived=now,
        host=shelf.host,
        file=path.name,
        size=written.size,
        sha256=written.sha256,
        counts=counts_of(read_ledger_now(conn, issue_id, now=now)),
        **counted,
    )
    return Draft(ended=ended, kept=kept, part=part)


def _lines(conn: Any, ended: Ended, counted: dict[str, int]) -> Iterator[dict[str, Any]]:
    yield {
        "issue": ended.issue_id,
        "newsletter": ended.newsletter,
        "number": ended.number,
        "subject": ended.subject,
    }
    for table in TABLES:
        for row in archives.list_rows(conn, ended.issue_id, table):
            counted[table] += 1
            yield {"of": table, **row, "reply": without_addresses(row["reply"])}


def _settle(conn: Any, draft: Draft) -> bool:
    """In the transaction that locks the issue, so that nobody puts another file in this one's place."""
    ended, path = draft.ended, draft.part.with_name(draft.kept.file)
    try:
        now = archives.find_ended(conn, ended.issue_id, lock=True)
        if now is None or now.mark != ended.mark or archives.find_archived(conn, ended.issue_id):
            return False
        archives.save_archived(conn, draft.kept)
        put_in_place(draft.part, path)
    finally:
        draft.part.unlink(missing_ok=True)
    return True


def counts_of(told: Ledger) -> dict[str, Any]:
    """What a report tells, as plain values."""
    return {
        "states": {state.value: count for state, count in told.report.tally.items()},
        "was_unknown": told.report.was_unknown,
        "relays": _shares(told.relays),
        "domains": _shares(without_few(told.domains)),
        "said": [
            {"state": one.state.value, "code": one.code, "reply": one.words, "count": one.count}
            for one in told.reasons
        ],
    }


def _shares(shares: tuple[Share, ...]) -> Mapping[str, Mapping[str, int]]:
    return {one.name: {state.value: count for state, count in one.tally.items()} for one in shares}


def without_few(domains: tuple[Share, ...]) -> tuple[Share, ...]:
    """Domains with few readers become one share, since a domain of one's own says who reads, for ever."""
    many = {one.name: one for one in domains if one.count >= MANY or one.name in (FORGOTTEN, OTHERS)}
    few = [one for one in domains if one.name not in many]
    if not few:
        return domains
    rest: Counter[DeliveryState] = Counter()
    for one in (*few, *([many.pop(OTHERS)] if OTHERS in many else [])):
        rest.update(one.tally)
    return (*many.values(), Share(name=OTHERS, count=sum(rest.values()), tally=rest))


async def _remove_all(sending: Sending, shelf: Shelf) -> int:
    """Remove the rows of archived issues; how many issues' last ones went.

    Where somebody holds one, the rest waits with it: no other partition leaves before it.
    """
    removed = 0
    for issue_id in await sending.db.read(archives.list_unremoved):
        try:
            removed += await _remove(sending, shelf, issue_id)
        except DatabaseBusy as error:
            log.info("delivery.archive_waits", issue=issue_id, error=str(error))
            break
    return removed


async def _remove(sending: Sending, shelf: Shelf, issue_id: int) -> bool:
    kept = await sending.db.read(archives.find_archived, issue_id)
    if kept is None:
        return False
    if not await asyncio.to_thread(is_whole, shelf.folder / kept.file, kept.sha256):
        # Who wrote it, on another machine, can look at it and removes them.
        level = log.error if kept.host == shelf.host else log.info
        level("delivery.archive_not_as_written", issue=issue_id, file=kept.file, host=kept.host)
        return False
    await asyncio.to_thread(remove_partition, sending.db, issue_id)
    while await sending.db.write(archives.delete_rows, issue_id):
        pass
    await sending.db.write(archives.mark_removed, issue_id, now=sending.now())
    return True
