"""Taking in what came to the mailbox of the settings, each mail once."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from syndicate.deliver.bounce.mailboxes import Mailbox, open_mailbox, telling
from syndicate.deliver.bounce.raw import Envelope
from syndicate.deliver.bounce.returning import Intake, Returning
from syndicate.deliver.bounce.taking import take_mail

T = TypeVar("T")

# Those after them come in the next round, so that a mailbox of years does not keep a job for hours.
MOST = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """How many mails were taken in, and how many of them stay in the mailbox as no report."""

    taken: int = 0
    left: int = 0


async def fetch_bounces(returning: Returning) -> Fetched:
    """Take in every new mail of the mailbox.

    Raises TryLater where the mailbox or the database cannot be had, OwnFault where the settings are wrong.
    """
    if not returning.settings.mailbox.url:
        return Fetched()
    box = await _call(returning, open_mailbox, returning.settings.mailbox)
    try:
        new = [name for name in await _call(returning, box.list_new) if name not in returning.left]
        reports = [await _take(returning, box, name) for name in new[:MOST]]
    finally:
        await _call(returning, box.close)
    return Fetched(taken=len(reports), left=reports.count(False))


async def try_mailbox(returning: Returning) -> int:
    """How many new mails the mailbox holds. Raises as `fetch_bounces` does; takes none."""
    box = await _call(returning, open_mailbox, returning.settings.mailbox)
    try:
        return len(await _call(returning, box.list_new))
    finally:
        await _call(returning, box.close)


async def _take(returning: Returning, box: Mailbox, name: str) -> bool:
    limit = returning.settings.max_bytes
    data = await _call(returning, lambda: box.read(name, limit=limit))
    applied = await take_mail(returning, data, Envelope(intake=Intake.MAILBOX))
    if applied.ordinary:
        returning.left.add(name)
        await _call(returning, box.leave, name)
    else:
        await _call(returning, box.put_away, name)
    return not applied.ordinary


async def _call(returning: Returning, call: Callable[..., T], *args: Any) -> T:
    with telling(returning.settings.mailbox):
        return await asyncio.to_thread(call, *args)
