"""What came back, applied to a database: the right person, once, and only what is vouched for."""

from datetime import timedelta

import pytest
from sqlalchemy import event, update
from structlog.testing import capture_logs

from syndicate.audience.suppression import address_hash
from syndicate.audience.tokens import Keyring
from syndicate.deliver.bounce.applying import Deed, apply_reports, note_refusal
from syndicate.deliver.bounce.report import Action, Kind
from syndicate.deliver.bounce.returning import Intake
from syndicate.deliver.compose import message_id, verp
from syndicate.deliver.ledger import read_ledger_now
from syndicate.model.catalogue import Catalogue
from syndicate.model.delivery import DeliveryState, NoticeKind, NoticeMail, Outcome
from syndicate.model.newsletter import IssueState
from syndicate.model.site import Relay, Site
from syndicate.model.subscriber import SubscriptionState, SuppressionReason
from syndicate.store import (
    attempts,
    batches,
    bounces,
    deliveries,
    messages,
    schema,
    subscribers,
    subscriptions,
    suppressions,
)
from syndicate.store.schema import issues
from syndicate.telemetry.metrics import RETURNED
from tests.builders import NOON, a_newsletter
from tests.deliver.bounce.returned import (
    a_complaint,
    a_full_mailbox,
    a_policy_refusal,
    a_report,
    add_sent,
    an_arrival,
    signed,
)
from tests.deliver.sender import KEYRING, a_sending, address


@pytest.fixture
def sending(db, tmp_path):
    return a_sending(db, Relay(), tmp_path)


@pytest.fixture
def issue(db) -> int:
    """An issue that was sent to two readers."""
    return db.write_now(add_sent, readers=2)


def applied(sending, report, *recipients, **change):
    """What was done upon one report."""
    arrival = an_arrival(*recipients, **change)
    done = sending.db.write_now(apply_reports, sending, [report], arrival=arrival, now=sending.now())
    return done.deeds[0] if done.deeds else None


def suppressed(sending, number: int = 1) -> SuppressionReason | None:
    digest = address_hash(sending.keyring, address(number))
    return sending.db.read_now(suppressions.find_suppressed, [digest]).get(digest)


def state(sending, issue: int, number: int = 1) -> DeliveryState:
    return sending.db.read_now(deliveries.list_deliveries, issue)[number - 1].state


def test_an_address_that_is_gone_is_suppressed_and_its_delivery_bounced(sending, issue) -> None:
    assert applied(sending, a_report(), signed(issue)) is Deed.SUPPRESSED
    assert suppressed(sending) is SuppressionReason.ADDRESS_GONE
    assert suppressed(sending, 2) is None
    assert state(sending, issue) is DeliveryState.BOUNCED
    assert state(sending, issue, 2) is DeliveryState.SENT


def test_what_came_back_takes_the_place_of_what_the_relay_said(sending, issue) -> None:
    accepted = {"code": 250, "reply": "end of data: 2.0.0 Ok", "relay": "house"}
    sending.db.write_now(lambda conn: conn.execute(update(schema.deliveries).values(accepted)))
    later = NOON + timedelta(minutes=6)
    report = a_report(diagnostic=f"550 <{address(1)}>: no such user")
    arrival = an_arrival(signed(issue))
    sending.db.write_now(apply_reports, sending, [report], arrival=arrival, now=later)
    told = sending.db.read_now(read_ledger_now, issue, now=later)
    assert [(one.state, one.code, one.words) for one in told.reasons] == [
        (DeliveryState.BOUNCED, 0, "5.1.1 550 <address>: no such user")
    ]
    # The acceptance stays: when, over which relay, with which words.
    [tried] = sending.db.read_now(attempts.list_attempts, 1)
    assert (tried.state, tried.at, tried.relay, tried.code, tried.reply) == (
        DeliveryState.SENT,
        NOON,
        "house",
        250,
        "end of data: 2.0.0 Ok",
    )
    assert sending.db.read_now(attempts.list_attempts, 2) == []


def test_the_signature_decides_whose_it_is_not_what_the_mail_says(sending, issue) -> None:
    applied(sending, a_report(recipient="someone@else.example"), signed(issue, 2))
    assert suppressed(sending, 2) is SuppressionReason.ADDRESS_GONE


def test_a_signature_inside_the_mail_vouches_as_well(sending, issue) -> None:
    assert applied(sending, a_report(verp_candidates=("x@y.example", signed(issue)))) is Deed.SUPPRESSED


def test_the_case_of_a_signed_address_may_be_lost(sending, issue) -> None:
    assert applied(sending, a_report(), signed(issue).upper()) is Deed.SUPPRESSED


@pytest.mark.parametrize("forge", [str.upper, lambda one: one.replace("b-", "b-9")])
def test_a_forged_bounce_suppresses_nobody(sending, issue, forge) -> None:
    stranger = verp(Keyring(current=b"z" * 32), "courier.example", issue_id=issue, subscriber_id=1)
    assert applied(sending, a_report(), forge(stranger)) is Deed.UNVOUCHED
    assert suppressed(sending) is None
    assert state(sending, issue) is DeliveryState.SENT


def test_a_signature_counts_after_the_key_was_changed(sending, issue, db, tmp_path) -> None:
    rotated = a_sending(db, Relay(), tmp_path, keyring=Keyring(current=b"n" * 32, older=(KEYRING.current,)))
    assert applied(rotated, a_report(), signed(issue)) is Deed.SUPPRESSED
    assert suppressed(rotated) is SuppressionReason.ADDRESS_GONE


def test_what_only_the_relay_can_have_written_needs_no_signature(sending, issue) -> None:
    assert applied(sending, a_report(), trusted=True) is Deed.SUPPRESSED
    assert state(sending, issue) is DeliveryState.BOUNCED


def test_the_message_id_tells_which_issue_of_several(sending, issue, db) -> None:
    later = db.write_now(add_sent, more=True)
    own = message_id(KEYRING, a_newsletter(), issue_id=issue, subscriber_id=1)
    applied(sending, a_report(original_message_id=own), trusted=True)
    assert (state(sending, issue), state(sending, later)) == (DeliveryState.BOUNCED, DeliveryState.SENT)


def test_without_a_message_id_it_is_the_last_issue(sending, issue, db) -> None:
    later = db.write_now(add_sent, more=True)
    applied(sending, a_report(), trusted=True)
    assert (state(sending, issue), state(sending, later)) == (DeliveryState.SENT, DeliveryState.BOUNCED)


def test_the_original_recipient_counts_before_the_final_one(sending, issue) -> None:
    report = a_report(original_recipient=address(2), recipient="moved@elsewhere.example")
    assert applied(sending, report, trusted=True) is Deed.SUPPRESSED
    assert suppressed(sending, 2) is SuppressionReason.ADDRESS_GONE


def test_the_same_mail_counts_once(sending, issue, db) -> None:
    applied(sending, a_report(), signed(issue))
    assert applied(sending, a_report(), signed(issue)) is None
    assert len(db.read_now(bounces.list_bounces)) == 1


def test_each_recipient_of_one_mail_counts(sending, issue, db) -> None:
    both = [a_report(verp_candidates=(signed(issue, number),)) for number in (1, 2)]
    done = db.write_now(apply_reports, sending, both, arrival=an_arrival(), now=NOON)
    assert done.deeds == (Deed.SUPPRESSED, Deed.SUPPRESSED)


def test_a_delivery_that_the_database_does_not_know_is_kept_as_unmatched(sending, issue, db) -> None:
    assert applied(sending, a_report(), signed(issue + 7)) is Deed.UNMATCHED
    assert suppressed(sending) is None
    assert db.read_now(bounces.list_bounces, applied=[Deed.UNMATCHED])[0].issue_id == issue + 7


def test_nobody_of_ours_is_unmatched(sending, issue) -> None:
    assert applied(sending, a_report(recipient="someone@else.example"), trusted=True) is Deed.UNMATCHED


@pytest.mark.parametrize("where", ["unknown", "deferred", "leased"])
def test_a_bounce_of_what_is_not_known_to_be_sent_counts_too(sending, db, where) -> None:
    issue = db.write_now(add_sent, state=DeliveryState(where))
    assert applied(sending, a_report(), signed(issue)) is Deed.SUPPRESSED
    assert state(sending, issue) is DeliveryState.BOUNCED


def test_the_outcome_of_a_message_in_flight_does_not_undo_its_bounce(sending, db) -> None:
    issue = db.write_now(add_sent, state=DeliveryState.LEASED)
    applied(sending, a_report(), signed(issue))
    db.write_now(
        deliveries.record_outcomes,
        issue,
        [Outcome(subscriber_id=1, state=DeliveryState.SENT, at=NOON, code=250, reply="queued")],
    )
    assert state(sending, issue) is DeliveryState.BOUNCED


@pytest.mark.parametrize("where", ["refused", "skipped", "suppressed", "cancelled", "expired", "queued"])
def test_what_never_left_stays_what_it_is(sending, db, where) -> None:
    issue = db.write_now(add_sent, state=DeliveryState(where))
    applied(sending, a_report(), signed(issue))
    assert state(sending, issue) == where
    assert suppressed(sending) is SuppressionReason.ADDRESS_GONE


@pytest.mark.parametrize("action", [Action.DELAYED, Action.RELAYED, Action.EXPANDED])
def test_what_is_no_failure_is_noted_alone(sending, issue, action) -> None:
    assert applied(sending, a_report(action=action), signed(issue)) is Deed.NOTED
    assert (state(sending, issue), suppressed(sending)) == (DeliveryState.SENT, None)


@pytest.mark.parametrize("kind", [Kind.AUTO_REPLY, Kind.OTHER])
def test_mail_that_is_no_bounce_is_noted_alone(sending, issue, kind) -> None:
    assert applied(sending, a_report(kind=kind), signed(issue)) is Deed.NOTED
    assert (state(sending, issue), suppressed(sending)) == (DeliveryState.SENT, None)


def test_an_unknown_delivery_that_is_told_to_have_arrived_is_sent(sending, db) -> None:
    issue = db.write_now(add_sent, state=DeliveryState.UNKNOWN)
    applied(sending, a_report(action=Action.DELIVERED), signed(issue))
    assert state(sending, issue) is DeliveryState.SENT


def test_a_complaint_suppresses_for_ever_and_ends_the_subscription(sending, issue, db) -> None:
    assert applied(sending, a_complaint(), signed(issue)) is Deed.COMPLAINT
    assert suppressed(sending) is SuppressionReason.COMPLAINT
    ended = db.read_now(subscriptions.find_subscription, 1, "daily")
    assert ended.state is SubscriptionState.ENDED
    assert state(sending, issue) is DeliveryState.SENT


def test_an_unsigned_complaint_changes_nothing(sending, issue) -> None:
    assert applied(sending, a_complaint()) is Deed.UNVOUCHED
    assert suppressed(sending) is None


def test_a_full_mailbox_is_given_up_after_three_issues_and_a_week(sending, issue, db) -> None:
    three = [issue, db.write_now(add_sent, more=True), db.write_now(add_sent, more=True)]
    deeds = []
    for day, number in zip((0, 4, 8), three, strict=True):
        sending.now.now = NOON + timedelta(days=day)
        deeds.append(applied(sending, a_full_mailbox(), signed(number), event_id=f"day {day}"))
    assert deeds == [Deed.COUNTED, Deed.COUNTED, Deed.SUPPRESSED]
    assert suppressed(sending) is SuppressionReason.KEEPS_BOUNCING


def test_three_full_mailboxes_of_one_issue_are_one(sending, issue) -> None:
    for day in (0, 4, 8):
        sending.now.now = NOON + timedelta(days=day)
        assert applied(sending, a_full_mailbox(), signed(issue), event_id=f"{day}") is Deed.COUNTED


def test_an_issue_that_arrived_starts_the_count_again(sending, issue, db) -> None:
    others = [db.write_now(add_sent, more=True) for _ in range(3)]
    for day, number in zip((0, 4, 8), (issue, others[0], others[2]), strict=True):
        sending.now.now = NOON + timedelta(days=day)
        assert applied(sending, a_full_mailbox(), signed(number), event_id=f"{day}") is Deed.COUNTED
    assert suppressed(sending) is None


def faults(sending, issue: int, count: int) -> list[Deed | None]:
    return [
        applied(sending, a_policy_refusal(), signed(issue, number), event_id=f"fault {number}")
        for number in range(1, count + 1)
    ]


@pytest.fixture
def told(db, tmp_path):
    """A sender whose operator can be told."""
    newsletter = a_newsletter()
    site = Site(contact="desk@courier.example")
    catalogue = Catalogue(site=site, newsletters={newsletter.name: newsletter})
    return a_sending(db, Relay(), tmp_path, catalogue=catalogue)


def alerts(db) -> list[str]:
    mails = db.write_now(messages.lease_messages, now=NOON, limit=10, lease=timedelta(minutes=1))
    return [str(mail.data["matter"]) for mail in mails]


def test_our_own_fault_pauses_the_issue_and_tells_the_operator_once(told, db) -> None:
    issue = db.write_now(add_sent, readers=20)
    assert faults(told, issue, 7) == [*[Deed.FAULT] * 4, Deed.PAUSED, Deed.FAULT, Deed.FAULT]
    progress = db.read_now(batches.find_progress, issue)
    assert progress.state is IssueState.PAUSED
    assert progress.paused_reason == "5 of 20 messages came back for a fault of ours: 550 not you"
    assert alerts(db) == ["issue 1 of The Daily Tide is paused"]
    assert suppressed(told) is None


def test_an_issue_that_was_resumed_is_not_paused_for_the_same_bounces_again(told, db) -> None:
    issue = db.write_now(add_sent, readers=20)
    faults(told, issue, 6)
    db.write_now(lambda conn: conn.execute(update(issues).values(state="sending", paused_reason="")))
    deed = applied(told, a_policy_refusal(), signed(issue, 9), event_id="late")
    assert deed is Deed.FAULT
    assert db.read_now(batches.find_progress, issue).state is IssueState.SENDING


def test_one_message_of_many_pauses_nothing(told, db) -> None:
    issue = db.write_now(add_sent, readers=2)
    assert faults(told, issue, 1) == [Deed.FAULT]
    assert db.read_now(batches.find_progress, issue).state is IssueState.SENDING


def test_many_faults_are_counted_once_in_a_while(told, db) -> None:
    issue, asked = db.write_now(add_sent, readers=300), []

    def note(_conn, _cursor, statement, *_rest) -> None:
        asked.append("DISTINCT subscribers" in statement)

    event.listen(db.engine, "before_cursor_execute", note)
    deeds = faults(told, issue, 100)
    event.remove(db.engine, "before_cursor_execute", note)
    # Sixty are a fifth of the issue.
    assert 60 <= deeds.index(Deed.PAUSED) + 1 <= 85
    assert 50 <= sum(asked) <= 53


def test_a_finished_issue_that_comes_back_is_told_of(told, db) -> None:
    issue = db.write_now(add_sent, readers=20)
    db.write_now(lambda conn: conn.execute(update(issues).values(state="finished")))
    assert faults(told, issue, 6)[4:] == [Deed.TOLD, Deed.FAULT]
    assert alerts(db) == ["issue 1 of The Daily Tide comes back"]


def test_no_address_is_kept_of_what_was_said(sending, issue, db) -> None:
    applied(sending, a_report(), signed(issue))
    assert db.read_now(bounces.list_bounces)[0].diagnostic == "550 5.1.1 <address>: no such user"


def notice(db, kind: NoticeKind) -> int:
    mail = NoticeMail(kind=kind, address=address(1), newsletter="daily", dedupe_key="k", created=NOON)
    db.write_now(messages.add_message, mail)
    return db.write_now(messages.lease_messages, now=NOON, limit=1, lease=timedelta(minutes=1))[0].id


def test_a_notice_mail_to_an_address_that_is_gone_suppresses_it(sending, issue, db) -> None:
    row = notice(db, NoticeKind.CONFIRMATION)
    assert applied(sending, a_report(), signed(0, row)) is Deed.SUPPRESSED
    assert suppressed(sending) is SuppressionReason.ADDRESS_GONE


def test_the_operator_is_never_suppressed(sending, issue, db) -> None:
    row = notice(db, NoticeKind.ALERT)
    assert applied(sending, a_report(), signed(0, row)) is Deed.NOTED
    assert suppressed(sending) is None


def test_somebody_who_was_forgotten_has_nothing_left_to_suppress(sending, issue, db) -> None:
    db.write_now(subscribers.delete_subscriber, 1)
    assert applied(sending, a_report(), signed(issue)) is Deed.SUPPRESSED
    assert suppressed(sending) is None


def refused(reply: str, **change) -> Outcome:
    base = {"subscriber_id": 1, "state": DeliveryState.REFUSED, "at": NOON, "code": 550, "reply": reply}
    return Outcome(**base | change)


@pytest.mark.parametrize("reply", ["RCPT: 5.1.1 no such user", "end of data: 5.1.1 no such user"])
def test_an_address_that_is_refused_as_gone_is_suppressed(sending, issue, db, reply) -> None:
    assert db.write_now(note_refusal, sending, issue, outcome=refused(reply))
    assert suppressed(sending) is SuppressionReason.ADDRESS_GONE
    kept = db.read_now(bounces.list_bounces)[0]
    assert (kept.source, kept.status, kept.applied) == (Intake.SMTP_REPLY, "5.1.1", Deed.SUPPRESSED)


@pytest.mark.parametrize(
    "outcome",
    [
        refused("MAIL: 5.1.1 no such user"),
        refused("RCPT: 5.7.1 not you"),
        refused("RCPT: 5.1.1 no such user", state=DeliveryState.DEFERRED),
        refused("RCPT: 5.1.1 ok", state=DeliveryState.SENT),
    ],
    ids=lambda one: f"{one.state} {one.reply}",
)
def test_an_answer_that_is_not_about_the_address_suppresses_nobody(sending, issue, db, outcome) -> None:
    assert not db.write_now(note_refusal, sending, issue, outcome=outcome)
    assert suppressed(sending) is None
    assert db.read_now(bounces.list_bounces) == []


def test_full_mailboxes_at_send_time_and_afterwards_count_together(sending, issue, db) -> None:
    second, third = (db.write_now(add_sent, more=True) for _ in range(2))
    db.write_now(note_refusal, sending, issue, outcome=refused("RCPT: 5.2.2 over quota", code=552))
    sending.now.now = NOON + timedelta(days=5)
    applied(sending, a_full_mailbox(), signed(second))
    late = refused("RCPT: 5.2.2 over quota", at=NOON + timedelta(days=9))
    assert db.write_now(note_refusal, sending, third, outcome=late)


def test_what_was_done_is_logged_with_the_delivery_and_counted_once_it_is_kept(sending, issue) -> None:
    before = RETURNED.value(Kind.BOUNCE, Deed.SUPPRESSED)
    with capture_logs() as lines:
        applied(sending, a_report(), signed(issue))
        applied(sending, a_report(), signed(issue))
    assert [line["delivery"] for line in lines if line["event"] == "bounce.taken"] == [f"{issue}/1"]
    assert address(1) not in str(lines)
    assert RETURNED.value(Kind.BOUNCE, Deed.SUPPRESSED) == before + 1
