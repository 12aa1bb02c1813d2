"""What a relay's answer means, and when to try again. Pure: no clock, no network, no chance of its own.

RFC 5321 (section 4.2.1) says what the first digit means, RFC 3463 what an enhanced status code does.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from syndicate.deliver.bounce.judging import class_of, reason_of
from syndicate.deliver.bounce.report import Class
from syndicate.model.delivery import DeliveryState, Outcome, Recipient
from syndicate.model.newsletter import Uncertain
from syndicate.model.site import DeliverySettings

SERVICE_CLOSING = 421
# Authentication required, too weak or wrong (RFC 4954, section 6): it is about us at every step.
AUTHENTICATION = frozenset({530, 534, 535, 538})
# Security and policy, message too big, our sender address: requirement B2 calls these our own fault.
OURS = re.compile(r"5\.(7\.\d+|3\.4|1\.[78])\b")
# An enhanced status code at the start of a reply (RFC 2034, section 4).
STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?!\d)")
# Whatever in a text can hold an address, or a part of one that was folded into another (VERP).
WORD = re.compile(r"[^\s<>()\[\]\",;:]+")
# So many refusals of that kind without one acceptance between them, and the issue pauses.
STREAK = 3
# Whoever is refused for the third time is refused, so that one address cannot pause an issue for ever.
FIRM_ATTEMPT = 3
# No setting makes a relay that is down be asked without a rest.
SHORTEST = timedelta(seconds=1)


class Step(StrEnum):
    """Where in a transaction an answer came."""

    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    DOT = "end of data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The reply that decided a transaction. `code` 0: the connection broke, or the reply was none.

    `past_dot`: the final dot may have left, so that without a reply nobody knows. `relay` is its name.
    """

    step: Step
    code: int = 0
    text: str = ""
    past_dot: bool = False
    relay: str = ""


class Verdict(StrEnum):
    """What follows for the recipient, or for the whole issue."""

    SENT = "sent"
    DEFER = "defer"
    REFUSE = "refuse"
    POLICY = "policy"
    FAULT = "fault"
    CUT = "cut"
    UNKNOWN = "unknown"


def judge(answer: Answer) -> Verdict:
    """What an answer means."""
    if answer.code == 0:
        return Verdict.UNKNOWN if answer.past_dot else Verdict.CUT
    if answer.code < 400:
        return Verdict.SENT if answer.step == Step.DOT else Verdict.CUT
    if answer.code == SERVICE_CLOSING and answer.step != Step.DOT:
        return Verdict.DEFER if about_recipient(answer) else Verdict.CUT
    if answer.code < 500:
        return Verdict.DEFER
    return _judge_refusal(answer)


def about_recipient(answer: Answer) -> bool:
    """Whether a 421 is meant for whom the message is for: RFC 3463's policy, once the recipient was named."""
    return answer.step != Step.MAIL and answer.text.startswith("4.7.")


def breaks_off(answer: Answer) -> bool:
    """Whether the relay broke the connection off for a reason of its own, or of nobody's."""
    return answer.code == 0 or (answer.code == SERVICE_CLOSING and not about_recipient(answer))


def _judge_refusal(answer: Answer) -> Verdict:
    if answer.step == Step.MAIL or answer.code in AUTHENTICATION:
        return Verdict.FAULT
    found = STATUS.match(answer.text)
    status = found[0] if found else ""
    # As for a mail that came back: the same words mean the same, whenever they are said.
    ours = class_of(status, reason_of(answer.code, status, answer.text), answer.text) is Class.SENDER_FAULT
    return Verdict.POLICY if ours or OURS.match(answer.text) else Verdict.REFUSE


def backoff(attempt: int, *, settings: DeliverySettings, chance: float) -> timedelta:
    """How long to wait after the `attempt`-th try: doubling, capped, ± 25 % by `chance` in [0, 1)."""
    doubled = settings.retry_first.total_seconds() * 2.0 ** min(attempt - 1, 30)
    wait = min(doubled, settings.retry_cap.total_seconds()) * (0.75 + chance / 2)
    return max(SHORTEST, timedelta(seconds=wait))


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What an outcome depends on besides the answer."""

    settings: DeliverySettings
    policy: Uncertain
    relay: str = ""


STATES = {
    Verdict.SENT: DeliveryState.SENT,
    Verdict.DEFER: DeliveryState.DEFERRED,
    Verdict.CUT: DeliveryState.DEFERRED,
    Verdict.REFUSE: DeliveryState.REFUSED,
    Verdict.POLICY: DeliveryState.REFUSED,
    Verdict.FAULT: DeliveryState.QUEUED,
    Verdict.UNKNOWN: DeliveryState.UNKNOWN,
}


def without_addresses(text: str) -> str:
    """A relay's words, or ours, as they may be kept: records outlive the wish to be forgotten (P1)."""
    return WORD.sub(lambda word: "address" if "@" in word[0] or "%40" in word[0] else word[0], text)


def outcome_of(answer: Answer, recipient: Recipient, *, terms: Terms, at: datetime, chance: float) -> Outcome:
    """The outcome to record for one recipient."""
    state = STATES[judge(answer)]
    again = state == DeliveryState.DEFERRED or (
        state == DeliveryState.UNKNOWN and resend(terms.policy, was_unknown=recipient.was_unknown)
    )
    wait = backoff(recipient.attempt, settings=terms.settings, chance=chance)
    return Outcome(
        subscriber_id=recipient.subscriber_id,
        state=state,
        at=at,
        code=answer.code,
        reply=without_addresses(f"{answer.step}: {answer.text}"),
        relay=answer.relay or terms.relay,
        attempt=recipient.attempt,
        next_attempt=at + wait if again else None,
    )


def resend(policy: Uncertain, *, was_unknown: bool) -> bool:
    """Whether a message that may have arrived is sent again: once, and only if the newsletter wants it."""
    return policy == Uncertain.RESEND and not was_unknown


def after_crash(recipient: Recipient, *, policy: Uncertain, started: bool, at: datetime) -> Outcome:
    """The outcome for a delivery that a dead sender had leased and said nothing of."""
    if not started:
        return Outcome(subscriber_id=recipient.subscriber_id, state=DeliveryState.QUEUED, at=at)
    again = resend(policy, was_unknown=recipient.was_unknown)
    return Outcome(
        subscriber_id=recipient.subscriber_id,
        state=DeliveryState.UNKNOWN,
        at=at,
        reply="the sender ended while the relay's answer was awaited",
        next_attempt=at if again else None,
    )
