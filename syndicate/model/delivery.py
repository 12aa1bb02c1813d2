"""Deliveries and notice mails: who gets what, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class DeliveryState(StrEnum):
    """The states of the glossary. Terminal: all but queued, leased, deferred, and unknown under `resend`."""

    QUEUED = "queued"
    LEASED = "leased"
    SENT = "sent"
    DEFERRED = "deferred"
    REFUSED = "refused"
    BOUNCED = "bounced"
    SUPPRESSED = "suppressed"
    SKIPPED = "skipped"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Whom a leased delivery goes to. `was_unknown`: a message to them was once in flight at a crash.

    `segment` names the rendering they get; empty for the issue's own.
    """

    subscriber_id: int
    address: str
    name: str = ""
    attempt: int = 1
    was_unknown: bool = False
    segment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the relay said of one delivery. `code` is the SMTP reply code, 0 where there was none.

    `attempt` counts from 1; 0 for what was no attempt, and where nobody knows it.
    """

    subscriber_id: int
    state: DeliveryState
    at: datetime
    code: int = 0
    reply: str = ""
    relay: str = ""
    next_attempt: datetime | None = None
    attempt: int = 0


# Ids from here on are nobody's: the links and the envelope senders of test mails carry one.
NOBODY = 2_000_000_000


class NoticeKind(StrEnum):
    """Mails that are no issue."""

    CONFIRMATION = "confirmation"
    FRESH_LINK = "fresh-link"
    ALERT = "alert"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeMail:
    """One row of the outbox; `id` is 0 until it is stored.

    `dedupe_key` makes a second insert of the same thing a no-op.
    """

    id: int = 0
    kind: NoticeKind
    address: str
    newsletter: str
    dedupe_key: str
    created: datetime
    state: DeliveryState = DeliveryState.QUEUED
    attempt: int = 0
    was_unknown: bool = False
    language: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
