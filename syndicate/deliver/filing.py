"""Mails as files: `NAME.eml` holds the bytes, `envelopes/NAME.json` who it came from and went to.

The local mailbox keeps what it receives so, and a relay whose host is `file:PATH` is such a folder.
"""

import asyncio
import contextlib
import errno
import json
import os
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from syndicate.deliver.envelope import Letter, path_of
from syndicate.deliver.pace import Answer, Step
from syndicate.errors import RelayUnavailable, SenderFault

# What passes by itself when somebody makes room; anything else is a matter of the settings.
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


def keep_mail(folder: Path, data: bytes, *, sender: str, recipients: Sequence[str], now: datetime) -> str:
    """Write a mail and its envelope, on the disk when it comes back; the mail's name. Raises OSError."""
    about = {"received": now.isoformat(), "sender": sender, "recipients": list(recipients)}
    name = _reserve(folder / "envelopes", f"{now:%Y%m%dT%H%M%S%f}", json.dumps(about).encode())
    # The mail comes last, in one step: whoever sees it finds its envelope too.
    path = folder / f"{name}.eml"
    draft = path.with_name(f".{path.name}.draft")
    try:
        _write(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), data)
        draft.replace(path)
    except OSError:
        for left in (draft, folder / "envelopes" / f"{name}.json"):
            with contextlib.suppress(OSError):
                left.unlink()
        raise
    return name


def ready_folder(folder: Path) -> None:
    """Make the folder unless it is there, private. Raises OSError."""
    (folder / "envelopes").mkdir(parents=True, exist_ok=True, mode=0o700)


class FileLine:
    """A line that ends in a folder: what is kept there is accepted."""

    usable = True

    def __init__(self, folder: Path, *, relay: str, now: Callable[[], datetime]) -> None:
        self.relay = relay
        self.served = 0
        self.cut = False
        self._folder = folder
        self._now = now

    async def transact(
        self, letter: Letter, *, before_dot: Callable[[], None], then: object = None
    ) -> Answer:
        """Keep one message; cancelled meanwhile, it is kept all the same.

        Raises BadAddress, and whatever `before_dot` does.
        """
        sender, recipient, data = path_of(letter.sender), path_of(letter.recipient), letter.data
        before_dot()
        keeping = asyncio.to_thread(
            keep_mail, self._folder, data, sender=sender, recipients=[recipient], now=self._now()
        )
        try:
            name = await keeping
        except OSError as error:
            code, status = (452, "4.3.1") if error.errno in NO_ROOM else (451, "4.3.0")
            said = f"{status} the mail cannot be kept: {error.strerror}"
            return Answer(step=Step.DOT, code=code, text=said, relay=self.relay)
        finally:
            self.served += 1
        return Answer(step=Step.DOT, code=250, text=f"2.0.0 kept as {name}", relay=self.relay)

    async def quit(self) -> None:
        """Nothing is open."""


async def open_file_line(folder: Path, *, relay: str, now: Callable[[], datetime]) -> FileLine:
    """A line into the folder, which is made unless it is there. Raises RelayUnavailable, SenderFault."""
    try:
        await asyncio.to_thread(ready_folder, folder)
    except OSError as error:
        told = f"{folder}: the folder cannot be made: {error.strerror}"
        raise (RelayUnavailable if error.errno in NO_ROOM else SenderFault)(told) from error
    return FileLine(folder, relay=relay, now=now)


def _reserve(folder: Path, stamp: str, about: bytes) -> str:
    number = 1
    while True:
        name = f"{stamp}-{number}"
        number += 1
        # Several senders may keep mails in one folder, at the same microsecond of a stopped clock even.
        with contextlib.suppress(FileExistsError):
            _write(os.open(folder / f"{name}.json", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), about)
            return name


def _write(descriptor: int, data: bytes) -> None:
    with open(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
