"""What an answer means, and when to try again."""

from datetime import timedelta

import pytest

from syndicate.deliver.pace import (
    Answer,
    Step,
    Terms,
    Verdict,
    after_crash,
    backoff,
    breaks_off,
    judge,
    outcome_of,
    without_addresses,
)
from syndicate.model.delivery import DeliveryState, Recipient
from syndicate.model.newsletter import Uncertain
from syndicate.model.site import DeliverySettings
from tests.builders import NOON

SETTINGS = DeliverySettings(retry_first=timedelta(minutes=5), retry_cap=timedelta(hours=4))


def a_recipient(*, attempt: int = 1, was_unknown: bool = False) -> Recipient:
    return Recipient(
        subscriber_id=1, address="reader1@readers.example", attempt=attempt, was_unknown=was_unknown
    )


@pytest.mark.parametrize(
    ("step", "code", "text", "verdict"),
    [
        (Step.DOT, 250, "2.0.0 queued", Verdict.SENT),
        (Step.DOT, 251, "forwarded", Verdict.SENT),
        (Step.DATA, 250, "what?", Verdict.CUT),
        (Step.MAIL, 421, "4.3.2 closing", Verdict.CUT),
        (Step.RCPT, 421, "closing", Verdict.CUT),
        (Step.RCPT, 421, "4.7.28 too many of your mails for this domain", Verdict.DEFER),
        (Step.MAIL, 421, "4.7.0 too many of your mails", Verdict.CUT),
        (Step.DOT, 421, "closing", Verdict.DEFER),
        (Step.MAIL, 451, "4.3.0 later", Verdict.DEFER),
        (Step.RCPT, 450, "4.2.0 greylisted", Verdict.DEFER),
        (Step.RCPT, 452, "4.2.2 full", Verdict.DEFER),
        (Step.DATA, 451, "later", Verdict.DEFER),
        (Step.DOT, 452, "4.3.1 no room", Verdict.DEFER),
        (Step.RCPT, 550, "5.1.1 unknown", Verdict.REFUSE),
        (Step.RCPT, 550, "unknown, see 5.7.1 of the manual", Verdict.REFUSE),
        (Step.RCPT, 552, "5.2.2 full", Verdict.REFUSE),
        (Step.DOT, 554, "5.6.0 unreadable", Verdict.POLICY),
        (Step.RCPT, 554, "5.7.1 relay access denied", Verdict.POLICY),
        (Step.RCPT, 550, "5.1.8 sender's domain unknown", Verdict.POLICY),
        (Step.DOT, 552, "5.3.4 too big", Verdict.POLICY),
        (Step.DOT, 550, "5.7.26 not authenticated", Verdict.POLICY),
        (Step.DOT, 554, "this message was blocked as spam", Verdict.POLICY),
        (Step.RCPT, 550, "5.1.1 no such user here", Verdict.REFUSE),
        (Step.MAIL, 550, "5.1.0 sender refused", Verdict.FAULT),
        (Step.MAIL, 530, "5.7.0 authenticate", Verdict.FAULT),
        (Step.RCPT, 530, "authenticate", Verdict.FAULT),
        (Step.DOT, 535, "5.7.8 wrong password", Verdict.FAULT),
    ],
)
def test_a_reply_means(step: Step, code: int, text: str, verdict: Verdict) -> None:
    assert judge(Answer(step=step, code=code, text=text, past_dot=step == Step.DOT)) == verdict


@pytest.mark.parametrize(
    ("step", "code", "text", "broken_off"),
    [
        (Step.MAIL, 0, "the connection broke", True),
        (Step.MAIL, 421, "4.7.0 closing", True),
        (Step.RCPT, 421, "closing", True),
        (Step.RCPT, 421, "4.7.28 too many", False),
        (Step.RCPT, 450, "4.2.0 later", False),
    ],
)
def test_a_relay_breaks_off_unless_the_recipient_is_meant(
    step: Step, code: int, text: str, broken_off: bool
) -> None:
    assert breaks_off(Answer(step=step, code=code, text=text)) == broken_off


def test_silence_before_the_dot_is_no_delivery() -> None:
    assert judge(Answer(step=Step.DOT, past_dot=False)) == Verdict.CUT


def test_silence_after_the_dot_says_nothing() -> None:
    assert judge(Answer(step=Step.DOT, past_dot=True)) == Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("attempt", "chance", "minutes"),
    [
        (1, 0.5, 5),
        (2, 0.5, 10),
        (4, 0.5, 40),
        (7, 0.5, 240),
        (1000, 0.5, 240),
        (1, 0.0, 3.75),
        (1, 1.0, 6.25),
    ],
)
def test_waiting_doubles_up_to_a_cap_with_some_chance(attempt: int, chance: float, minutes: float) -> None:
    assert backoff(attempt, settings=SETTINGS, chance=chance) == timedelta(minutes=minutes)


def test_no_setting_makes_us_ask_without_a_rest() -> None:
    eager = DeliverySettings(retry_first=timedelta(0), retry_cap=timedelta(0))
    assert backoff(1, settings=eager, chance=0.0) == timedelta(seconds=1)


@pytest.mark.parametrize(
    ("policy", "was_unknown", "again"),
    [
        (Uncertain.RESEND, False, True),
        (Uncertain.RESEND, True, False),
        (Uncertain.HOLD, False, False),
        (Uncertain.HOLD, True, False),
    ],
)
def test_what_may_have_arrived_is_sent_again_once_at_most(
    policy: Uncertain, was_unknown: bool, again: bool
) -> None:
    recipient = a_recipient(was_unknown=was_unknown)
    crashed = after_crash(recipient, policy=policy, started=True, at=NOON)
    terms = Terms(settings=SETTINGS, policy=policy)
    cut = outcome_of(Answer(step=Step.DOT, past_dot=True), recipient, terms=terms, at=NOON, chance=0.5)
    assert (crashed.state, cut.state) == (DeliveryState.UNKNOWN, DeliveryState.UNKNOWN)
    assert (crashed.next_attempt is not None, cut.next_attempt is not None) == (again, again)


def test_what_never_started_is_queued_again() -> None:
    assert (
        after_crash(a_recipient(), policy=Uncertain.HOLD, started=False, at=NOON).state
        == DeliveryState.QUEUED
    )


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("5.1.1 <bob@example.org>: user unknown", "5.1.1 <address>: user unknown"),
        ("5.1.1 bob@example.org... User unknown", "5.1.1 address User unknown"),
        ("rejected: 'o'brien+x@example.org', sorry", "rejected: address, sorry"),
        ("5.1.8 <b-7.x=bob@courier.example> is nobody", "5.1.8 <address> is nobody"),
        ("see https://relay.example/why?who=bob%40example.org", "see https:address"),
        (
            "see https://relay.example/why (in reply to RCPT TO)",
            "see https://relay.example/why (in reply to RCPT TO)",
        ),
        ("@" * 100_000, "address"),
        ("", ""),
    ],
)
def test_no_address_stays_in_what_is_kept(text: str, kept: str) -> None:
    assert without_addresses(text) == kept
