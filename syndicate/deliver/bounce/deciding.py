"""What follows from a report: requirement B2 as pure functions over values that are given."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import takewhile

from syndicate.deliver.bounce.report import Action, Class, Kind, Report
from syndicate.deliver.pacing.shares import SHARE
from syndicate.store.bounces import Passed

# So many issues in a row, over so long, have to come back before an address that exists is given up.
LEAST_ISSUES = 3
LEAST_TIME = timedelta(days=7)
# RFC 5321 (section 4.5.4.1) lets relays try for 4 to 5 days: what has not come back after this has arrived.
SETTLED_AFTER = timedelta(days=7)
# Our own fault: so many of an issue's messages came back for it, and this share of them all; or, since one
# domain's refusals are mostly that domain's matter, this share without the one that refuses most.
LEAST_FAULTS = 5
FAULT_SHARE = SHARE
SHARE_ELSEWHERE = 0.05


class Effect(StrEnum):
    """What a report that somebody vouches for does."""

    SUPPRESS = "suppress"
    COMPLAINT = "complaint"
    COUNT = "count"
    FAULT = "fault"
    ARRIVED = "arrived"
    NOTE = "note"


FAILURES = {
    Class.SUPPRESS: Effect.SUPPRESS,
    Class.COUNT: Effect.COUNT,
    Class.SENDER_FAULT: Effect.FAULT,
    Class.NONE: Effect.NOTE,
}


def effect_of(report: Report) -> Effect:
    """What a report does. Delays, auto-replies and ordinary mail are noted, and change nothing."""
    if report.kind is Kind.COMPLAINT:
        return Effect.COMPLAINT
    if report.kind is not Kind.BOUNCE:
        return Effect.NOTE
    if report.action is Action.FAILED:
        return FAILURES[report.cls]
    return Effect.ARRIVED if report.action is Action.DELIVERED else Effect.NOTE


def is_given_up(passed: Sequence[Passed], *, now: datetime) -> bool:
    """Whether an address that keeps coming back is to be written to no more; `passed` in order of issues.

    One issue that arrived between two failures, or was accepted after the last one and did not come back in
    the time that relays try for, starts the count again.
    """
    last = list(takewhile(lambda one: not one.failed, reversed(passed)))
    if any(now - one.at >= SETTLED_AFTER for one in last):
        return False
    streak = list(takewhile(lambda one: one.failed, reversed(passed[: len(passed) - len(last)])))
    times = [one.at for one in streak]
    return len(streak) >= LEAST_ISSUES and max(times) - min(times) >= LEAST_TIME


def is_our_fault(faults: Mapping[str, int], *, accepted: int) -> bool:
    """Whether so many of the messages that were accepted came back for a fault of ours that sending stops.

    `faults` are counted by the recipients' domains.
    """
    total = sum(faults.values())
    elsewhere = total - max(faults.values(), default=0)
    return (total >= LEAST_FAULTS and total >= FAULT_SHARE * accepted) or (
        elsewhere >= LEAST_FAULTS and elsewhere >= SHARE_ELSEWHERE * accepted
    )
