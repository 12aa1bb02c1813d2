"""Issues of long ago leave the database: who got them goes into a file, and what a report counts stays.

Each step may be broken off: nothing is removed before the file was read back and the counts are kept, and
what was begun to be removed is removed to the end by the next call.
"""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from syndicate.deliver.ledger import Ledger, Share, read_ledger_now
from syndicate.deliver.pace import without_addresses
from syndicate.deliver.sending import Sending
from syndicate.deliver.shelf import Written, name_of, write_file
from syndicate.errors import DatabaseBusy
from syndicate.store import archives
from syndicate.store.archives import Archived, Ended
from syndicate.store.partitions import remove_partition

log = structlog.get_logger()

# So many issues a call, so that it ends: the next one goes on.
MOST = 50
TABLES = ("deliveries", "attempts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Where archives lie: a `folder` of this `host`."""

    folder: Path
    host: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tidied:
    """How many issues were archived, and of how many the last rows went."""

    archived: int
    removed: int


async def archive_ended(sending: Sending, shelf: Shelf) -> Tidied:
    """Archive the issues that were over `[delivery] keep` ago, and remove their rows. Raises StorageFull."""
    archived = 0
    for issue_id in await _due(sending):
        archived += await archive_issue(sending, shelf, issue_id)
    unremoved = await sending.db.read(archives.list_unremoved)
    return Tidied(archived=archived, removed=sum([await _remove(sending, one) for one in unremoved]))


async def archive_issue(sending: Sending, shelf: Shelf, issue_id: int) -> bool:
    """Write an issue's file and keep its counts; its rows are still there. False when it is not over.

    Also when it was sent to more people meanwhile: then its turn comes later. Raises StorageFull.
    """
    begun = await sending.db.read(_write, issue_id, shelf=shelf, now=sending.now())
    if begun is None or not await sending.db.write(_settle, *begun):
        return False
    kept = begun[1]
    log.info("delivery.archived", issue=issue_id, file=kept.file, size=kept.size, deliveries=kept.deliveries)
    return True


async def _due(sending: Sending) -> list[int]:
    keep = sending.settings.keep
    if keep == timedelta.max:
        return []
    return await sending.db.read(archives.list_ended, before=sending.now() - keep, take=MOST)


def _write(conn: Any, issue_id: int, *, shelf: Shelf, now: datetime) -> tuple[Ended, Archived] | None:
    ended = archives.find_ended(conn, issue_id)
    if ended is None:
        return None
    counted = dict.fromkeys(TABLES, 0)
    path = shelf.folder / name_of(issue_id)
    written: Written = write_file(path, _lines(conn, ended, counted))
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
    return ended, kept


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


def _settle(conn: Any, ended: Ended, kept: Archived) -> bool:
    now = archives.find_ended(conn, ended.issue_id, lock=True)
    if now is None or now.mark != ended.mark or archives.find_archived(conn, ended.issue_id):
        return False
    archives.save_archived(conn, kept)
    return True


def counts_of(told: Ledger) -> dict[str, Any]:
    """What a report tells, as plain values."""
    return {
        "states": {state.value: count for state, count in told.report.tally.items()},
        "was_unknown": told.report.was_unknown,
        "relays": _shares(told.relays),
        "domains": _shares(told.domains),
        "said": [
            {"state": one.state.value, "code": one.code, "reply": one.words, "count": one.count}
            for one in told.reasons
        ],
    }


def _shares(shares: tuple[Share, ...]) -> Mapping[str, Mapping[str, int]]:
    return {one.name: {state.value: count for state, count in one.tally.items()} for one in shares}


async def _remove(sending: Sending, issue_id: int) -> bool:
    try:
        await asyncio.to_thread(remove_partition, sending.db, issue_id)
    except DatabaseBusy as error:
        log.info("delivery.archive_waits", issue=issue_id, error=str(error))
        return False
    while await sending.db.write(archives.delete_rows, issue_id):
        pass
    await sending.db.write(archives.mark_removed, issue_id, now=sending.now())
    return True
