"""What a mail that came back says of one recipient."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What sort of mail it is."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    AUTO_REPLY = "auto-reply"
    OTHER = "other"


class Action(StrEnum):
    """What was done with the message (RFC 3464 section 2.3.3); NONE in mail that is no bounce."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    RELAYED = "relayed"
    EXPANDED = "expanded"
    NONE = ""


class Reason(StrEnum):
    """Why a message was not delivered."""

    ADDRESS_GONE = "address-gone"
    MAILBOX_FULL = "mailbox-full"
    EXPIRED = "expired"
    POLICY = "policy"
    SPAM = "spam"
    AUTH = "auth"
    SIZE = "size"
    NETWORK = "network"
    OTHER = "other"


class Class(StrEnum):
    """What follows from it for the address: never again, after several, our own fault, nothing."""

    SUPPRESS = "suppress"
    COUNT = "count"
    SENDER_FAULT = "sender-fault"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one mail says of one recipient. Every text is a stranger's and vouches for nothing.

    `recipient` is the original one where both are told, "" where none is. `status` is an enhanced status code
    (RFC 3463) or "". `diagnostic` is one line of at most 500 characters. The message id is without brackets.
    `verp_candidates` are addresses that the mail came to, the likeliest first.
    """

    kind: Kind
    recipient: str = ""
    action: Action = Action.NONE
    status: str = ""
    reason: Reason = Reason.OTHER
    cls: Class = Class.NONE
    diagnostic: str = ""
    original_message_id: str = ""
    original_recipient: str = ""
    envelope_id: str = ""
    verp_candidates: tuple[str, ...] = ()
    arrival: datetime | None = None
    remote_mta: str = ""
