"""Why a message was not delivered, and what follows: requirement B2 as pure functions.

They serve mail that came back and replies at send time alike.
"""

from syndicate.deliver.bounce.report import Class, Kind, Reason

OURS = frozenset({Reason.POLICY, Reason.SPAM, Reason.AUTH, Reason.SIZE})
STATUSES = {
    "1.1": Reason.ADDRESS_GONE,
    "1.2": Reason.ADDRESS_GONE,
    "1.3": Reason.ADDRESS_GONE,
    "1.6": Reason.ADDRESS_GONE,
    "1.10": Reason.ADDRESS_GONE,
    "2.1": Reason.ADDRESS_GONE,
    "2.2": Reason.MAILBOX_FULL,
    "3.4": Reason.SIZE,
    "4.7": Reason.EXPIRED,
}


def reason_of(code: int, status: str, text: str) -> Reason:
    """Why: by SMTP reply code (0: none), enhanced status code ("" if none) and text; text overrules codes."""
    detail = status.partition(".")[2]
    if detail.startswith("7."):
        return Reason.POLICY
    return STATUSES.get(detail, Reason.OTHER)


def class_of(status: str, reason: Reason, text: str = "", kind: Kind = Kind.BOUNCE) -> Class:
    """What follows for the address from a failure; a complaint counts for ever, an auto-reply for nothing."""
    if kind == Kind.COMPLAINT:
        return Class.SUPPRESS
    if kind != Kind.BOUNCE:
        return Class.NONE
    if reason in OURS:
        return Class.SENDER_FAULT
    gone = reason == Reason.ADDRESS_GONE and not status.startswith("4")
    return Class.SUPPRESS if gone else Class.COUNT
