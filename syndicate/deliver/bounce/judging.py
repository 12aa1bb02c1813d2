"""Why a message was not delivered, and what follows: requirement B2 as pure functions.

They serve mail that came back and replies at send time alike.
"""

import re
from collections.abc import Iterable

from syndicate.deliver.bounce.report import Class, Kind, Reason
from syndicate.deliver.bounce.rules import rules
from syndicate.deliver.bounce.statuses import by_code, by_login, by_status
from syndicate.deliver.bounce.telling import told, vague

OURS = frozenset({Reason.POLICY, Reason.SPAM, Reason.AUTH, Reason.SIZE})
# What passes by itself, or tells of the way there: no word about the address (RFC 3463, class 4 and X.4).
PASSING = re.compile(r"4\.|5\.4\.(?!1$)|5\.7\.1[78]$")
PASSING_REPLY = re.compile(r"\W{0,3}4\d\d[ -]")


def reason_of(code: int, status: str, text: str) -> Reason:
    """Why: by SMTP reply code (0: none), enhanced status code ("" if none) and text.

    Firm words overrule codes; a code that says something overrules faint words.
    """
    words = told(text)
    by_table = by_status(status)
    # 5.7.1 stands on anything, but never on an address that faint words alone call wrong.
    telling = not vague(status) or status.endswith(".7.1")
    return (
        by_login(code)
        or _by_words(words, firm=True)
        or (by_table if telling else None)
        or _by_words(words, firm=False)
        or by_table
        or by_code(code)
        or Reason.OTHER
    )


def reason_in(texts: Iterable[str], *, code: int, status: str) -> Reason:
    """The same for several texts, the nearest to the recipient first."""
    nearest, *others = [*texts] or [""]
    found = reason_of(code, status, nearest)
    if found != Reason.OTHER and not (vague(status) and _by_words(told(nearest), firm=True) is None):
        return found
    words = [told(text) for text in others]
    known = (_by_words(each, firm=firm) for firm in (True, False) for each in words)
    return next((reason for reason in known if reason), found)


def class_of(status: str, reason: Reason, text: str = "", kind: Kind = Kind.BOUNCE) -> Class:
    """What follows for the address from a failure; a complaint counts for ever, an auto-reply for nothing."""
    if kind == Kind.COMPLAINT:
        return Class.SUPPRESS
    if kind != Kind.BOUNCE:
        return Class.NONE
    if reason in OURS:
        return Class.SENDER_FAULT
    passing = PASSING.match(status) or (not status and PASSING_REPLY.match(text))
    return Class.SUPPRESS if reason == Reason.ADDRESS_GONE and not passing else Class.COUNT


def _by_words(words: str, *, firm: bool) -> Reason | None:
    found = (rule.reason for rule in rules() if rule.firm == firm and rule.pattern.search(words))
    return next(found, None) if words else None
