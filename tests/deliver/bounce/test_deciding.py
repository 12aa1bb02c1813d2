"""What follows from a report, as a table."""

from datetime import timedelta

import pytest

from syndicate.deliver.bounce.deciding import Effect, effect_of, is_given_up, is_our_fault
from syndicate.deliver.bounce.report import Action, Class, Kind
from syndicate.store.bounces import Passed
from tests.builders import NOON
from tests.deliver.bounce.returned import a_complaint, a_full_mailbox, a_policy_refusal, a_report


@pytest.mark.parametrize(
    ("report", "effect"),
    [
        (a_report(), Effect.SUPPRESS),
        (a_full_mailbox(), Effect.COUNT),
        (a_policy_refusal(), Effect.FAULT),
        (a_report(cls=Class.NONE), Effect.NOTE),
        (a_report(action=Action.DELAYED), Effect.NOTE),
        (a_report(action=Action.RELAYED), Effect.NOTE),
        (a_report(action=Action.EXPANDED), Effect.NOTE),
        (a_report(action=Action.DELIVERED), Effect.ARRIVED),
        (a_complaint(), Effect.COMPLAINT),
        (a_complaint(cls=Class.NONE), Effect.COMPLAINT),
        (a_report(kind=Kind.AUTO_REPLY), Effect.NOTE),
        (a_report(kind=Kind.OTHER), Effect.NOTE),
    ],
)
def test_what_a_report_does(report, effect) -> None:
    assert effect_of(report) is effect


def passed(*days: str) -> list[Passed]:
    """`"3f"` for an issue that failed on day 3, `"4"` for one that was accepted on day 4."""
    return [
        Passed(issue_id=number, at=NOON + timedelta(days=int(day.rstrip("f"))), failed=day.endswith("f"))
        for number, day in enumerate(days, start=1)
    ]


@pytest.mark.parametrize(
    ("days", "today", "given_up"),
    [
        ((), 0, False),
        (("0f",), 0, False),
        (("0f", "8f"), 8, False),
        (("0f", "1f", "2f"), 2, False),
        (("0f", "1f", "2f", "3f"), 6, False),
        (("0f", "3f", "7f"), 7, True),
        (("0f", "3f", "6f"), 7, False),
        (("0f", "1f", "2f", "3f", "4f", "5f", "6f", "7f"), 7, True),
        # One that arrived in between starts the count again.
        (("0f", "3f", "5", "7f"), 7, False),
        (("0", "1f", "4f", "8f"), 8, True),
        # What was accepted since may still come back, but not for ever.
        (("0f", "3f", "7f", "8"), 9, True),
        (("0f", "3f", "7f", "8"), 15, False),
    ],
)
def test_when_an_address_that_keeps_coming_back_is_given_up(days, today, given_up) -> None:
    assert is_given_up(passed(*days), now=NOON + timedelta(days=today)) is given_up


@pytest.mark.parametrize(
    ("faults", "accepted", "ours"),
    [
        ({}, 0, False),
        ({"a": 4}, 4, False),
        ({"a": 5}, 25, True),
        ({"a": 5}, 26, False),
        ({"a": 400}, 10_000, False),
        ({"a": 2_000}, 10_000, True),
        ({"a": 400, "b": 300, "c": 200}, 10_000, True),
        ({"a": 400, "b": 300, "c": 199}, 10_000, False),
        ({"a": 4, "b": 4}, 80, False),
    ],
)
def test_when_bounces_are_our_own_fault(faults, accepted, ours) -> None:
    assert is_our_fault(faults, accepted=accepted) is ours
