"""Doing what reports say: each counts once, and only where our signature or a trusted way in vouches for it.

Locks are taken in the order of store/batches: the issue before its deliveries.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any

import structlog

from syndicate.audience.suppression import address_hash
from syndicate.deliver.alerts import add_fault_alert, add_pause_alert
from syndicate.deliver.bounce.deciding import Effect, effect_of, is_given_up, is_our_fault
from syndicate.deliver.bounce.judging import class_of, reason_of
from syndicate.deliver.bounce.matching import NOTICE, Found, find_delivery
from syndicate.deliver.bounce.report import Action, Class, Kind, Report
from syndicate.deliver.bounce.returning import RELAY, Arrival, Intake
from syndicate.deliver.pace import Step, without_addresses
from syndicate.deliver.sending import Sending
from syndicate.errors import NotFound
from syndicate.model.delivery import DeliveryState, NoticeKind, Outcome
from syndicate.model.subscriber import SuppressionReason
from syndicate.store import batches, bounces, messages, subscribers, subscriptions, suppressions
from syndicate.store.bounces import Bounce
from syndicate.store.database import after_commit
from syndicate.telemetry.metrics import RETURNED

log = structlog.get_logger()

STATUS = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
# What a relay says at these steps is about the recipient; before them, about us.
ABOUT_THEM = (Step.RCPT, Step.DOT)
DIAGNOSTIC_LENGTH = 500
FEW_FAULTS, EVERY = 50, 25
COMPLAINED = "complaint"


class Deed(StrEnum):
    """What was done upon a report."""

    SUPPRESSED = "suppressed"
    COMPLAINT = "complaint"
    COUNTED = "counted"
    FAULT = "fault"
    PAUSED = "paused"
    TOLD = "told"
    NOTED = "noted"
    UNMATCHED = "unmatched"
    UNVOUCHED = "unvouched"


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What was done upon each report; those that were there already are only counted.

    `ordinary`: it is mail from somebody, no report of any kind.
    """

    deeds: tuple[Deed, ...] = ()
    known: int = 0
    ordinary: bool = False


def apply_reports(
    conn: Any, sending: Sending, reports: Sequence[Report], *, arrival: Arrival, now: datetime
) -> Applied:
    """Keep each report and do what it says, in the caller's transaction."""
    deeds = []
    for number, report in enumerate(reports):
        one = replace(arrival, event_id=f"{arrival.event_id}:{number}") if number else arrival
        deed = _apply(conn, sending, report, arrival=one, now=now)
        if deed is not None:
            deeds.append(deed)
            after_commit(conn, partial(RETURNED.add, 1, report.kind, deed))
    ordinary = all(report.kind is Kind.OTHER for report in reports)
    return Applied(deeds=tuple(deeds), known=len(reports) - len(deeds), ordinary=ordinary)


def note_refusal(conn: Any, sending: Sending, issue_id: int, *, outcome: Outcome) -> bool:
    """Count a refusal at send time by the rule for bounces; True when the address is suppressed for it.

    For every outcome, in the transaction that records it: those that are no refusal of the recipient are let
    be. The delivery's state is not touched.
    """
    step, _, text = outcome.reply.partition(": ")
    if outcome.state is not DeliveryState.REFUSED or step not in ABOUT_THEM:
        return False
    report = _refusal(outcome.code, text)
    if report.cls not in (Class.SUPPRESS, Class.COUNT):
        return False
    person = subscribers.find_subscriber(conn, outcome.subscriber_id)
    key = f"{issue_id}:{outcome.subscriber_id}"
    arrival = Arrival(intake=Intake.SMTP_REPLY, provider=RELAY, event_id=key, trusted=True)
    found = Found(
        issue_id=issue_id,
        subscriber_id=outcome.subscriber_id,
        address=person.address if person else "",
        signed=True,
    )
    kept = bounces.add_bounce(conn, _row(report, arrival=arrival, found=found, now=outcome.at))
    if kept is None:
        return False
    deed = _suppress_or_count(conn, sending, report, found=found, now=outcome.at)
    bounces.note_applied(conn, kept, deed)
    return deed is Deed.SUPPRESSED


def _refusal(code: int, text: str) -> Report:
    status = found[0] if (found := STATUS.search(text)) else ""
    reason = reason_of(code, status, text)
    return Report(
        kind=Kind.BOUNCE,
        action=Action.FAILED,
        status=status,
        reason=reason,
        cls=class_of(status, reason, text),
        diagnostic=f"{code} {text}",
    )


def _apply(conn: Any, sending: Sending, report: Report, *, arrival: Arrival, now: datetime) -> Deed | None:
    found = find_delivery(conn, sending, report, envelope=arrival.recipients)
    if found is not None and found.issue_id:
        _lock_issue(conn, found.issue_id, report)
    if effect_of(report) is Effect.ARRIVED:
        # Almost every message arrives: of that, no row is kept.
        return _deed(conn, sending, report, found=found, trusted=arrival.trusted, now=now)
    kept = bounces.add_bounce(conn, _row(report, arrival=arrival, found=found, now=now))
    if kept is None:
        return None
    deed = _deed(conn, sending, report, found=found, trusted=arrival.trusted, now=now)
    if deed is Deed.FAULT and found is not None and found.issue_id:
        deed = _judge_fault(conn, sending, report, issue_id=found.issue_id, kept=kept)
    bounces.note_applied(conn, kept, deed)
    ids = {"issue": found.issue_id, "delivery": f"{found.issue_id}/{found.subscriber_id}"} if found else {}
    told = {"kind": report.kind, "reason": report.reason, **ids}
    log.info("bounce.taken", intake=arrival.intake, applied=deed, **told)
    return deed


def _row(report: Report, *, arrival: Arrival, found: Found | None, now: datetime) -> Bounce:
    return Bounce(
        received=now,
        kind=report.kind,
        source=arrival.intake,
        provider=arrival.provider,
        event_id=arrival.event_id,
        issue_id=found.issue_id if found else None,
        subscriber_id=found.subscriber_id if found else None,
        action=report.action,
        status=report.status,
        reason=report.reason,
        cls=report.cls,
        diagnostic=without_addresses(report.diagnostic)[:DIAGNOSTIC_LENGTH],
        vouched=found is not None and (found.signed or arrival.trusted),
        raw=arrival.raw,
    )


def _lock_issue(conn: Any, issue_id: int, report: Report) -> None:
    # One that is not there has no deliveries either, and its report stays unmatched.
    with suppress(NotFound):
        batches.lock_progress(conn, issue_id, shared=effect_of(report) is not Effect.FAULT)


def _deed(
    conn: Any, sending: Sending, report: Report, *, found: Found | None, trusted: bool, now: datetime
) -> Deed:
    effect = effect_of(report)
    if effect is Effect.NOTE:
        return Deed.NOTED
    if found is None:
        return Deed.UNMATCHED
    if not (found.signed or trusted):
        return Deed.UNVOUCHED
    if effect is Effect.COMPLAINT:
        return _take_complaint(conn, sending, found, now=now)
    if found.issue_id == NOTICE:
        return _judge_notice(conn, sending, report, found=found, now=now)
    if found.issue_id is None or found.subscriber_id is None:
        return Deed.UNMATCHED
    if bounces.find_state(conn, found.issue_id, found.subscriber_id) is None:
        return Deed.UNMATCHED
    if effect is Effect.ARRIVED:
        bounces.mark_arrived(conn, found.issue_id, found.subscriber_id, now=now)
        return Deed.NOTED
    words = _words(report)
    bounces.mark_bounced(conn, found.issue_id, found.subscriber_id, now=now, words=words)
    if effect is Effect.FAULT:
        return Deed.FAULT
    return _suppress_or_count(conn, sending, report, found=found, now=now)


def _words(report: Report) -> str:
    """What the other side said, or at least why it came back."""
    said = without_addresses(report.diagnostic)
    status = "" if report.status in said else report.status
    return " ".join(part for part in (status, said) if part) or str(report.reason)


def _take_complaint(conn: Any, sending: Sending, found: Found, *, now: datetime) -> Deed:
    if not found.address:
        return Deed.UNMATCHED
    _suppress(conn, sending, found.address, reason=SuppressionReason.COMPLAINT, note="", now=now)
    if found.subscriber_id is not None:
        for one in subscriptions.list_subscriptions(conn, found.subscriber_id):
            subscriptions.end_subscription(
                conn, found.subscriber_id, one.newsletter, now=now, reason=COMPLAINED
            )
    return Deed.COMPLAINT


def _judge_notice(conn: Any, sending: Sending, report: Report, *, found: Found, now: datetime) -> Deed:
    mail = messages.find_message(conn, found.row)
    if mail is None or not found.address:
        return Deed.UNMATCHED
    if effect_of(report) is not Effect.SUPPRESS:
        return Deed.NOTED
    # The operator's own address: nobody else could be told of what has to be mended.
    if mail.kind is NoticeKind.ALERT:
        log.error("bounce.operator_unreachable", reason=report.reason, status=report.status)
        return Deed.NOTED
    return _suppress_or_count(conn, sending, report, found=found, now=now)


def _suppress_or_count(conn: Any, sending: Sending, report: Report, *, found: Found, now: datetime) -> Deed:
    note = f"{report.status} {report.reason}".strip()
    if report.cls is Class.SUPPRESS:
        _suppress(conn, sending, found.address, reason=SuppressionReason.ADDRESS_GONE, note=note, now=now)
        return Deed.SUPPRESSED
    passed = bounces.list_passed(conn, found.subscriber_id) if found.subscriber_id else []
    if not is_given_up(passed, now=now):
        return Deed.COUNTED
    _suppress(conn, sending, found.address, reason=SuppressionReason.KEEPS_BOUNCING, note=note, now=now)
    return Deed.SUPPRESSED


def _suppress(
    conn: Any, sending: Sending, address: str, *, reason: SuppressionReason, note: str, now: datetime
) -> None:
    # Empty for a person who was forgotten, and with that suppressed already.
    if address:
        digest = address_hash(sending.keyring, address.lower())
        suppressions.save_suppression(conn, digest, reason=reason, now=now, note=note)


def _judge_fault(conn: Any, sending: Sending, report: Report, *, issue_id: int, kept: int) -> Deed:
    # Once for an issue: what was sent before the operator mended it still comes back afterwards.
    if bounces.count_applied(conn, issue_id, (Deed.PAUSED, Deed.TOLD), most=1):
        return Deed.FAULT
    # Counting takes as long as there are faults, and the issue is large: of many faults, not at each one.
    if kept % EVERY and bounces.count_applied(conn, issue_id, (Deed.FAULT,), most=FEW_FAULTS) == FEW_FAULTS:
        return Deed.FAULT
    faults = bounces.count_faults(conn, issue_id)
    accepted = bounces.count_accepted(conn, issue_id)
    if not is_our_fault(faults, accepted=accepted):
        return Deed.FAULT
    progress = batches.find_progress(conn, issue_id)
    said = without_addresses(report.diagnostic) or report.reason
    reason = f"{faults.total()} of {accepted} messages came back for a fault of ours: {said}"
    if batches.pause_issue(conn, issue_id, reason=reason):
        add_pause_alert(conn, sending, progress, reason=reason)
        return Deed.PAUSED
    add_fault_alert(conn, sending, progress, reason=reason)
    return Deed.TOLD
