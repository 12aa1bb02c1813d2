"""Rules of the settings for what comes back: where it is listened for, which mailbox, which webhooks."""

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from syndicate.errors import Fault
from syndicate.model.bounces import After, BounceSettings

SCHEMES = {"imaps", "imap", "pop3s", "pop3"}
TOPIC = re.compile(r"arn:aws[\w-]*:sns:[a-z0-9-]+:\d{12}:[\w.-]{1,256}")


def listening(value: str) -> str:
    """HOST:PORT, unix:PATH, or empty."""
    if not value or (value.startswith("unix:/") and len(value) > len("unix:/")):
        return ""
    if not place(value):
        return ""
    return 'is no place to listen at; it looks like "127.0.0.1:8025" or "unix:/run/syndicate/bounces.sock"'


def place(value: str) -> str:
    """HOST:PORT, or empty."""
    host, _, port = value.rpartition(":")
    if not value or (host and port.isdecimal() and 0 < int(port) < 65536):
        return ""
    return 'is no place to listen at; it looks like "127.0.0.1:8081"'


def mailbox_url(value: str) -> str:
    """imaps:// or pop3s:// and a host, without encryption on this machine only; or empty."""
    if not value:
        return ""
    try:
        parts = urlsplit(value)
        good = parts.scheme in SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or parts.path.strip("/") or parts.username:
        return 'is no mailbox; it looks like "imaps://mail.courier.example" or "pop3s://mail.courier.example"'
    if not parts.scheme.endswith("s") and not _is_loopback(parts.hostname or ""):
        return f'would send the password unencrypted; use "{parts.scheme}s://{parts.hostname}"'
    return ""


def topic(value: str) -> str:
    """The ARN of an SNS topic."""
    if TOPIC.fullmatch(value):
        return ""
    return 'is no topic; it looks like "arn:aws:sns:eu-west-1:123456789012:bounces"'


def public_key(value: str) -> str:
    """A key in base64 of DER, or empty."""
    try:
        base64.b64decode(value, validate=True)
    except binascii.Error:
        return "is no key in base64; copy what SendGrid shows as Verification Key, without line breaks"
    return ""


RULES: dict[str, Callable[[str], str]] = {
    "bounces.listen": listening,
    "mailbox.url": mailbox_url,
    "ses.topics": topic,
    "sendgrid.public_key": public_key,
}


def bounce_faults(settings: BounceSettings) -> Iterator[Fault]:
    """What the settings say against one another."""
    box = settings.mailbox
    if box.url and not (box.username and box.password):
        missing = "password" if box.username else "username"
        yield Fault(
            key=f"bounces.mailbox.{missing}", value="", right="is missing; the mailbox is read with it"
        )
    if box.after is After.MOVE and not box.move_to:
        right = 'is missing; after = "move" needs the folder that reports are moved to'
        yield Fault(key="bounces.mailbox.move_to", value="", right=right)
    if box.url.startswith("pop3") and box.after is not After.DELETE:
        right = 'needs IMAP; a POP3 mailbox has no marks and no folders, and takes "delete" only'
        yield Fault(key="bounces.mailbox.after", value=f'"{box.after}"', right=right)
    mark = settings.postmark
    if bool(mark.username) != bool(mark.password):
        missing = "password" if mark.username else "username"
        yield Fault(key=f"bounces.postmark.{missing}", value="", right="is missing; HTTP Basic needs both")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
