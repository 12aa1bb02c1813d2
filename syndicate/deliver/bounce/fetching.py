"""Taking in what came to the mailbox of the settings, each mail once."""

import asyncio
from collections.abc import Iterator

import structlog

from syndicate.deliver.bounce.applying import Applied
from syndicate.deliver.bounce.mailboxes import Mailbox, opened
from syndicate.deliver.bounce.raw import Envelope
from syndicate.deliver.bounce.returning import Intake, Returning
from syndicate.deliver.bounce.taking import take_mail

log = structlog.get_logger()

# Those after them come in the next round: a mailbox of years would hold the others up.
MOST = 1_000
# What this process has seen and left where it is: of a mailbox without marks it would come again each time.
LEFT: set[str] = set()


async def fetch_bounces(returning: Returning) -> dict[str, int]:
    """Take in every new mail of the mailbox; how many, and how many of them stayed there as no report.

    Raises TryLater where the mailbox or the database cannot be had, OwnFault where the settings are not right.
    """
    loop = asyncio.get_running_loop()

    def take(data: bytes) -> Applied:
        how = Envelope(intake=Intake.MAILBOX)
        return asyncio.run_coroutine_threadsafe(take_mail(returning, data, how), loop).result()

    ...
