"""Taking mail in that came back: first onto the disk, then into the database; each counts once."""

import asyncio
from datetime import timedelta

import structlog

from syndicate.deliver.bounce import raw
from syndicate.deliver.bounce.applying import Applied, apply_reports
from syndicate.deliver.bounce.raw import Envelope
from syndicate.deliver.bounce.read import read_reports
from syndicate.deliver.bounce.returning import Arrival, Intake, Returning
from syndicate.errors import StorageFull, TryLater
from syndicate.store import bounces

log = structlog.get_logger()

# Requirement P1: a mail that came back holds addresses, and more than anybody asks about after a month.
RAW_KEPT = timedelta(days=30)


async def take_mail(returning: Returning, data: bytes, envelope: Envelope) -> Applied:
    """Keep a mail and do what it says. Raises StorageFull; TryLater where it is kept and waits."""
    name = await keep_mail(returning, data, envelope)
    return await _apply(returning, name)


async def keep_mail(returning: Returning, data: bytes, envelope: Envelope) -> str:
    """Put a mail into the queue on the disk, durably. Raises StorageFull."""
    return await asyncio.to_thread(raw.keep, returning.folder, data, envelope)


async def take_waiting(returning: Returning) -> int:
    """Apply every mail in the queue; how many. One that cannot be applied waits, and holds up no other."""
    count = 0
    for name in await asyncio.to_thread(raw.list_waiting, returning.folder):
        try:
            await _apply(returning, name)
            count += 1
        except (TryLater, StorageFull):
            raise
        except Exception:
            log.exception("bounce.not_applied", mail=name)
    return count


async def sweep_bounces(returning: Returning) -> dict[str, int]:
    """Apply what waits, and remove mails that have been kept long enough, or of people who were forgotten."""
    applied = await take_waiting(returning)
    before = returning.sending.now() - RAW_KEPT
    await returning.sending.db.write(bounces.forget_raw, before)
    # Before what names them is read: a mail that another process applies meanwhile is not among them.
    there = await asyncio.to_thread(raw.list_applied, returning.folder)
    unnamed = there - await returning.sending.db.read(bounces.list_raw)
    removed = await asyncio.to_thread(raw.remove_old, returning.folder, unnamed, before=before)
    return {"applied": applied, "removed": removed}


async def _apply(returning: Returning, name: str) -> Applied:
    found = await asyncio.to_thread(raw.load, returning.folder, name)
    if found is None:
        return Applied(ordinary=True)
    data, envelope = found
    reports = await asyncio.to_thread(read_reports, data)
    arrival = Arrival(
        intake=envelope.intake,
        event_id=name,
        recipients=envelope.recipients,
        trusted=_is_trusted(returning, envelope.intake),
        raw=name,
    )
    sending = returning.sending
    applied = await sending.db.write(apply_reports, sending, reports, arrival=arrival, now=sending.now())
    await asyncio.to_thread(raw.settle, returning.folder, name)
    return applied


def _is_trusted(returning: Returning, intake: Intake) -> bool:
    settings = returning.settings
    return settings.mailbox.trusted if intake is Intake.MAILBOX else settings.trusted
