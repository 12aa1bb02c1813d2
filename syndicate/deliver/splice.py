"""Splicing: of an issue's message everything that is the same is made once, the rest is put between it.

What a recipient costs is a few short texts and one join. No line of a body that is made for a recipient
begins with a dot, and the dots of the others are doubled beforehand: nobody scans a message before it leaves.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from syndicate.deliver.envelope import unstuffed
from syndicate.deliver.headers import ADDRESS, Field, date_field, field, mailbox_tokens
from syndicate.deliver.pieces import Pieces
from syndicate.deliver.seal import Seal

# What stands in a header as it is; all else takes the longer way.
VISIBLE = re.compile(r"[!-~]+")
NAME = re.compile(r"[A-Za-z'-]+(?: [A-Za-z'-]+)*")
# What a line of 78 leaves to a name and an address, to a Message-ID, and to a link.
ROOM, ID_ROOM, URL_ROOM, LINE_ROOM = 71, 64, 58, 75

# A recipient's own fields, in their order; the last only where the subject names somebody.
OWN = ("From", "To", "Date", "Message-ID", "List-Unsubscribe", "Subject")


@dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    """What differs per recipient. `message_id` is without its angle brackets; URLs are absolute."""

    address: str
    message_id: str
    date: datetime
    unsubscribe_url: str
    preferences_url: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageTemplate:
    """An issue's message with everything done that is the same for all its recipients.

    `subject` makes the Subject field for somebody's name, None where it is among the `fields`; `nameless` is
    what a text calls somebody whose name nobody knows. `rest` is the raw form of `fields`.
    """

    sender: Field
    fields: tuple[Field, ...]
    rest: bytes
    body: Pieces
    seals: tuple[Seal, ...] = ()
    subject: Callable[[str], Field] | None = None
    nameless: str = ""

    def fill(
        self, address: str, *, name: str, message_id: str, urls: tuple[str, str], date: Field
    ) -> tuple[bytes, int]:
        """One recipient's message, signed, as it goes over the wire, and its size without what SMTP adds.

        `urls` are those to unsubscribe and to the preferences. Raises BadAddress.
        """
        called = name or self.nameless
        filled = self.body.fill((address, called, *urls))
        own = [self.sender.raw, _to(address, name), date.raw, *_own(message_id, urls[0])]
        if self.subject:
            own.append(self.subject(called).raw)
        if self.seals:
            digest = self.body.digest(filled)
            own[:0] = [seal.sign(own, digest) for seal in self.seals]
        stuffed = b"".join((*own, self.rest, *filled))
        return stuffed, len(stuffed) - self.body.added


def splice(template: MessageTemplate, slots: Slots) -> bytes:
    """One recipient's message, signed, as it was before SMTP. Raises BadAddress."""
    stuffed, _ = template.fill(
        slots.address,
        name=slots.name,
        message_id=slots.message_id,
        urls=(slots.unsubscribe_url, slots.preferences_url),
        date=date_field(slots.date),
    )
    return unstuffed(stuffed)


def _to(address: str, name: str) -> bytes:
    if len(address) + len(name) <= ROOM and ADDRESS.fullmatch(address):
        if not name:
            return f"To: {address}\r\n".encode()
        if NAME.fullmatch(name):
            return f"To: {name} <{address}>\r\n".encode()
    return field("To", mailbox_tokens(name, address, room=74)).raw


def _own(message_id: str, url: str) -> tuple[bytes, bytes]:
    if len(message_id) <= ID_ROOM and not URL_ROOM < len(url) <= LINE_ROOM and VISIBLE.fullmatch(url):
        return f"Message-ID: <{message_id}>\r\n".encode(), f"List-Unsubscribe: <{url}>\r\n".encode()
    return field("Message-ID", [f"<{message_id}>"]).raw, field("List-Unsubscribe", [f"<{url}>"]).raw
