"""Which delivery a mail is about: what may be our signed envelope sender, and the ids that we gave.

In the order of requirement B1: envelope and headers that tell where the mail came to, then what the report
and the returned message say.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from syndicate.deliver.bounce.addresses import addresses_in, unique
from syndicate.deliver.bounce.mail import Fields, Mail, value_of
from syndicate.deliver.bounce.notice import Notice, copied_fields

CAME_TO = (
    "x-original-to",
    "delivered-to",
    "envelope-to",
    "x-envelope-to",
    "x-rcpt-to",
    "x-original-recipient",
    "to",
    "apparently-to",
    "x-forwarded-to",
    "resent-to",
    "cc",
)
SENT_FROM = (
    "return-path",
    "x-return-path",
    "errors-to",
    "sender",
    "x-env-sender",
    "x-envelope-from",
    "x-mailfrom",
)
MESSAGE_ID = re.compile(r"<([^<>\s]{1,200}@[^<>\s]{1,250})>")
LINE_MESSAGE_ID = re.compile(
    r"^[> \t*]{0,20}(?:Original-|Failed-|X-)?Message-?ID\s?[:=]\s?<?"
    r"([^<>\s]{1,200}@[^<>\s]{1,250}?)>?[,;]?\s*$",
    re.IGNORECASE | re.MULTILINE,
)
ENVELOPE_FROM = re.compile(r"envelope-from\s+<?([^<>\s()]{1,200}@[^<>\s()]{1,250})", re.IGNORECASE)
# `list-bounces+user=host@…`: a recipient folded into somebody's envelope sender.
FOLDED = re.compile(r"(?:^|[+-])([A-Za-z0-9._%-]{1,64})=((?:[A-Za-z0-9-]{1,63}\.){1,9}[A-Za-z]{2,63})@")
MOST_CANDIDATES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """What leads to a delivery. `copied`: the returned head; `folded`: a recipient in an address."""

    candidates: tuple[str, ...]
    message_id: str
    copied: Fields
    folded: str

    @property
    def copied_to(self) -> tuple[str, ...]:
        """To whom the returned message went."""
        return unique(
            each for name in ("x-original-to", "to") for each in addresses_in(value_of(self.copied, name))
        )

    @property
    def copied_from(self) -> tuple[str, ...]:
        """Who sent the returned message."""
        names = ("from", "sender", "return-path", "reply-to", "errors-to", "list-post", "x-beenthere")
        return unique(each for name in names for each in addresses_in(value_of(self.copied, name)))


def trace(mail: Mail, notice: Notice, *, envelope_to: str = "") -> Traces:
    """The traces in a mail; `envelope_to` is where a server of ours took it for."""
    copied = copied_fields(mail, notice)
    came_to = [envelope_to, *(each for value in mail.all(*CAME_TO) for each in addresses_in(value))]
    told = [
        each for name in SENT_FROM for key, value in copied if key == name for each in addresses_in(value)
    ]
    told += ENVELOPE_FROM.findall(" ".join(value for key, value in copied if key == "received")[:20_000])
    candidates = unique((*came_to, *told, *addresses_in(notice.text[:10_000])))
    return Traces(
        candidates=candidates[:MOST_CANDIDATES],
        message_id=_message_id(mail, notice, copied),
        copied=copied,
        folded=next(
            (f"{found[1]}@{found[2]}" for each in (*came_to, *told) if (found := FOLDED.search(each))), ""
        ),
    )


def arrival_of(mail: Mail, fields: Fields) -> datetime | None:
    """When the relay had taken the message, or else when the report was written; in UTC."""
    names = ("arrival-date", "received-date", "date")
    for value in (*(value_of(fields, name) for name in names), mail.first("date")):
        try:
            moment = parsedate_to_datetime(value[:200])
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        try:
            return aware.astimezone(UTC)
        except OverflowError:
            continue
    return None


def _message_id(mail: Mail, notice: Notice, copied: Fields) -> str:
    value = value_of(copied, "message-id")
    if found := MESSAGE_ID.search(value) or re.fullmatch(r"\s*([^<>\s]{1,200}@[^<>\s]{1,250})\s*", value):
        return found[1]
    texts = (
        notice.text,
        notice.copy,
        *(part.text[:20_000] for part in mail.parts if part.type.startswith("message/")),
    )
    named = next((found[1] for text in texts if (found := LINE_MESSAGE_ID.search(text[:30_000]))), "")
    answered = MESSAGE_ID.search(
        " ".join(mail.all("x-failed-message-id", "original-message-id", "in-reply-to", "references"))
    )
    return named or (answered[1] if answered else "")
