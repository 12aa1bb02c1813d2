"""Pages saved as MHTML (RFC 2557): the page itself out of the message that holds it with its pictures."""

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast

from syndicate.formats.dates import read_date
from syndicate.model.item import Timestamp

_HEAD = 4_000
_MARK = re.compile(
    rb"\A(?:[\w-]+:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*)*?Content-Type:\s*multipart/related\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """The page's bytes, their type, the address that it had and when it was saved."""

    data: bytes
    content_type: str = "text/html"
    url: str = ""
    captured: Timestamp | None = None


def is_mhtml(data: bytes) -> bool:
    """Whether the bytes begin as such a message does."""
    return bool(_MARK.match(data[:_HEAD]))


def read_mhtml(data: bytes) -> Message | None:
    """The page in a message; None where it has none. Never raises."""
    try:
        found = cast(EmailMessage, message_from_bytes(data, policy=policy.compat32))
        root = next((part for part in found.walk() if part.get_content_type() == "text/html"), None)
        if root is None:
            return None
        payload = root.get_payload(decode=True)
        url = str(found.get("Snapshot-Content-Location") or root.get("Content-Location") or "")
        date = str(found.get("Date") or "")
        charset = root.get_content_charset() or ""
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    return Message(
        data=payload if isinstance(payload, bytes) else b"",
        content_type=f"text/html; charset={charset}" if charset else "text/html",
        url=url.strip() if url.strip().startswith(("http://", "https://")) else "",
        captured=read_date(date),
    )
