"""People: subscribers, their subscriptions, and the addresses never to be written to."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SubscriptionState(StrEnum):
    """Pending until confirmed; ended for ever unless the person signs up again."""

    PENDING = "pending"
    ACTIVE = "active"
    ENDED = "ended"


class SuppressionReason(StrEnum):
    """Why an address is never to be written to."""

    ADDRESS_GONE = "address-gone"
    KEEPS_BOUNCING = "keeps-bouncing"
    COMPLAINT = "complaint"
    OPERATOR = "operator"
    FORGOTTEN = "forgotten"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """When, where and under what wording somebody agreed (requirement P1)."""

    at: datetime
    source: str
    wording: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """An address and its preferences. `address` is as written; its key is what makes it unique."""

    id: int
    address: str
    name: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Subscriber × newsletter. `sections` are those that this reader chose, none for all of them."""

    subscriber_id: int
    newsletter: str
    state: SubscriptionState
    since: datetime
    consent: Consent | None = None
    ended: datetime | None = None
    sections: tuple[str, ...] = ()
