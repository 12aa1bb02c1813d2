"""Taking in what came to the mailbox of the settings, each mail once."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import structlog

from syndicate.deliver.bounce.mailboxes import Mailbox, Withheld, open_mailbox, telling
from syndicate.deliver.bounce.raw import Envelope
from syndicate.deliver.bounce.returning import Intake, Returning
from syndicate.deliver.bounce.taking import take_mail
from syndicate.errors import TryLater

T = TypeVar("T")

log = structlog.get_logger()

# So many failures, and it is the mail and not the moment.
AGAIN = 2
# Those after them come in the next round, so that a mailbox of years does not keep a job for hours.
MOST = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """How many mails were taken in, how many of them stay in the mailbox as no report, and how many the
    server did not give out: those are asked for again in the next round.
    """

    taken: int = 0
    left: int = 0
    withheld: int = 0


async def fetch_bounces(returning: Returning) -> Fetched:
    """Take in every new mail of the mailbox.

    Raises TryLater where the mailbox or the database cannot be had, OwnFault where the settings are wrong.
    """
    if not returning.settings.mailbox.url:
        return Fetched()
    box = await _call(returning, open_mailbox, returning.settings.mailbox)
    try:
        new = [name for name in await _call(returning, box.list_new) if name not in returning.left]
        return await _take_each(returning, box, in_turn(new, returning.withheld)[:MOST])
    finally:
        await _call(returning, box.close)


def in_turn(names: Sequence[str], failures: Mapping[str, int]) -> list[str]:
    """What failed once goes last, so that it keeps nothing else waiting; what failed again, when nothing
    else is there: a session that breaks over it may undo what was put away before.
    """
    hopeful = [name for name in names if failures.get(name, 0) < AGAIN]
    return sorted(hopeful or names, key=lambda name: failures.get(name, 0))


async def try_mailbox(returning: Returning) -> int:
    """How many new mails the mailbox holds. Raises as `fetch_bounces` does; takes none."""
    box = await _call(returning, open_mailbox, returning.settings.mailbox)
    try:
        return len(await _call(returning, box.list_new))
    finally:
        await _call(returning, box.close)


async def _take_each(returning: Returning, box: Mailbox, names: Iterable[str]) -> Fetched:
    reports, withheld, limit = [], 0, returning.settings.max_bytes
    for name in names:
        try:
            data = await _call(returning, partial(box.read, name, limit=limit))
        except Withheld as error:
            _note_withheld(returning, name, error=error)
            withheld += 1
            if error.closed:
                break
        else:
            reports.append(await _take(returning, box, name=name, data=data))
    return Fetched(taken=len(reports), left=reports.count(False), withheld=withheld)


def _note_withheld(returning: Returning, name: str, *, error: Withheld) -> None:
    url = returning.settings.mailbox.url
    returning.withheld[name] += 1
    if error.closed and returning.withheld[name] == 1:
        # Perhaps it was the connection.
        raise TryLater(f"{url} cannot be reached: {error}") from error
    log.warning("bounce.withheld", mailbox=url, mail=name, said=str(error))


async def _take(returning: Returning, box: Mailbox, *, name: str, data: bytes) -> bool:
    """Whether it was a report."""
    applied = await take_mail(returning, data, Envelope(intake=Intake.MAILBOX))
    if applied.ordinary:
        returning.left.add(name)
    try:
        await _call(returning, box.leave if applied.ordinary else box.put_away, name)
    except TryLater:
        # It comes again, and counts once.
        returning.withheld[name] += 1
        raise
    return not applied.ordinary


async def _call(returning: Returning, call: Callable[..., T], *args: Any) -> T:
    with telling(returning.settings.mailbox):
        return await asyncio.to_thread(call, *args)
