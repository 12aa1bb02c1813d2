"""Settings of what takes in mail that came back: a listener, a mailbox, providers' webhooks."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum


class After(StrEnum):
    """What becomes of a report in the mailbox once it is taken in."""

    DELETE = "delete"
    SEEN = "seen"
    MOVE = "move"


@dataclass(frozen=True, slots=True, kw_only=True)
class BounceMailbox:
    """A mailbox that bounces come to; none while `url` is empty. `trusted`: only the relay writes to it."""

    url: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    folder: str = "INBOX"
    after: After = After.DELETE
    move_to: str = ""
    interval: timedelta = timedelta(minutes=1)
    timeout: float = 30.0
    trusted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SesWebhook:
    """Amazon SES over SNS; off without topics: whose messages count."""

    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SendgridWebhook:
    """SendGrid's signed event webhook; off without the key that verifies it."""

    public_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailgunWebhook:
    """Mailgun's webhooks; off without the signing key."""

    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostmarkWebhook:
    """Postmark's webhooks; off without a password (HTTP Basic) or a token (the header X-Syndicate-Token)."""

    username: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class BounceSettings:
    """How what comes back is taken in. `listen` is host:port or unix:PATH; `max_bytes` of one mail.

    `addresses` are taken besides our signed envelope senders. `trusted`: only the relay reaches the listener.
    """

    listen: str = ""
    addresses: tuple[str, ...] = ()
    trusted: bool = False
    max_bytes: int = 10_000_000
    per_minute: int = 1_000
    mailbox: BounceMailbox = field(default_factory=BounceMailbox)
    ses: SesWebhook = field(default_factory=SesWebhook)
    sendgrid: SendgridWebhook = field(default_factory=SendgridWebhook)
    mailgun: MailgunWebhook = field(default_factory=MailgunWebhook)
    postmark: PostmarkWebhook = field(default_factory=PostmarkWebhook)
