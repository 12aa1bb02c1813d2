"""Reasons by code alone: RFC 3463, the registry of RFC 5248, and RFC 5321's reply codes."""

from syndicate.deliver.bounce.report import Reason

# Subject and detail, whatever the class digit; a subject alone stands for the details that are not listed.
STATUSES = {
    "1.1": Reason.ADDRESS_GONE,
    "1.2": Reason.ADDRESS_GONE,
    "1.3": Reason.ADDRESS_GONE,
    "1.4": Reason.ADDRESS_GONE,
    "1.6": Reason.ADDRESS_GONE,
    "1.7": Reason.POLICY,
    "1.8": Reason.POLICY,
    "1.10": Reason.ADDRESS_GONE,
    "2.1": Reason.ADDRESS_GONE,
    "2.2": Reason.MAILBOX_FULL,
    "2.3": Reason.SIZE,
    "3.1": Reason.MAILBOX_FULL,
    "3.4": Reason.SIZE,
    "4.7": Reason.EXPIRED,
    "4": Reason.NETWORK,
    "5.3": Reason.POLICY,
    "6": Reason.POLICY,
    "7.17": Reason.ADDRESS_GONE,
    "7.18": Reason.ADDRESS_GONE,
    "7.20": Reason.AUTH,
    "7.21": Reason.AUTH,
    "7.22": Reason.AUTH,
    "7.23": Reason.AUTH,
    "7.24": Reason.AUTH,
    "7.25": Reason.AUTH,
    "7.26": Reason.AUTH,
    "7.29": Reason.AUTH,
    "7.509": Reason.AUTH,
    "7.515": Reason.AUTH,
    "7.8": Reason.AUTH,
    "7.9": Reason.AUTH,
    "7.11": Reason.AUTH,
    "7.12": Reason.AUTH,
    "7": Reason.POLICY,
}
# RFC 4954, section 6: the user that they speak of is the one that we log in as.
LOGIN = frozenset({530, 534, 535, 538})
CODES = {
    421: Reason.NETWORK,
    452: Reason.MAILBOX_FULL,
    521: Reason.ADDRESS_GONE,
    551: Reason.ADDRESS_GONE,
    552: Reason.MAILBOX_FULL,
    556: Reason.ADDRESS_GONE,
}


def by_status(status: str) -> Reason | None:
    """What an enhanced status code says, or None for one that says nothing (X.0.0, X.1.0, X.2.0 …)."""
    subject, _, detail = status.partition(".")[2].partition(".")
    return STATUSES.get(f"{subject}.{detail}") or STATUSES.get(subject)


def by_code(code: int) -> Reason | None:
    """What an SMTP reply code says by itself."""
    return CODES.get(code)


def by_login(code: int) -> Reason | None:
    """AUTH for a reply code that is given to logins alone, whatever the words beside it."""
    return Reason.AUTH if code in LOGIN else None
