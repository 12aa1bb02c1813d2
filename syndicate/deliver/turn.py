"""The transactions of a running batch. In each: what happened is recorded, who is next is decided anew."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from syndicate.audience.suppression import find_suppressed
from syndicate.deliver.alerts import add_pause_alert
from syndicate.deliver.bounce.applying import note_refusal
from syndicate.deliver.pace import after_crash, without_addresses
from syndicate.deliver.records import Record
from syndicate.deliver.sending import Sending
from syndicate.model.delivery import DeliveryState, Outcome, Recipient
from syndicate.model.newsletter import Uncertain
from syndicate.store import batches, deliveries, departures
from syndicate.store.batches import Hold
from syndicate.store.deliveries import Candidate

# So many refusals in a batch, and more than there are acceptances, say more of the relay than of readers.
TELLING = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a run has to tell, whose message can still be held back, and how many more it can take, of those
    `after` an id. While the `mark` of departures is the same, those who wait need no second look.
    """

    outcomes: Sequence[Outcome] = ()
    waiting: Collection[int] = ()
    take: int = 0
    after: int = 0
    mark: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """`going`: messages of this issue may leave. `withdrawn` are those waiting who must get none now.
    `last` is the highest id that was looked at.
    """

    going: bool
    until: datetime
    last: int = 0
    mark: tuple[int, int] | None = None
    taken: Sequence[Recipient] = ()
    withdrawn: dict[int, DeliveryState] = field(default_factory=dict)
    exhausted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a run ended. `fault` pauses the issue; `not_before` is when an unreachable relay is tried again.
    `unreachable` says why it could not be used.

    `doubtful` were refused for a reason that may be ours: they count as refused only if others got through,
    and those `turned_away` by a domain that refuses everybody not even then.
    """

    outcomes: Sequence[Outcome] = ()
    doubtful: Collection[int] = ()
    fault: str = ""
    unreachable: str = ""
    not_before: datetime | None = None
    turned_away: Collection[int] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """`closed`: nobody in the batch waits. `paused` is the reason, empty while the issue goes on."""

    closed: bool
    paused: str = ""


def fate(candidate: Candidate, suppressed: Collection[str]) -> DeliveryState | None:
    """The state of somebody who is not to be written to, None for everybody else (requirements E4, S3)."""
    if not candidate.address or not candidate.subscription:
        return DeliveryState.SKIPPED
    return DeliveryState.SUPPRESSED if candidate.address_key in suppressed else None


def believable(tally: Mapping[DeliveryState, int]) -> bool:
    """Whether refusals say something of the readers: a relay that refuses most of a batch errs itself.

    A wrong table of recipients calls everybody unknown, and nobody is to be suppressed for that.
    """
    refused = tally.get(DeliveryState.REFUSED, 0)
    return refused < TELLING or refused <= tally.get(DeliveryState.SENT, 0)


def take_turn(conn: Any, sending: Sending, hold: Hold, *, asked: Asked) -> Turn:
    """Record the outcomes, look again at who waits, and mark the next ones as leased: one transaction.

    Raises LeaseLost.
    """
    now = sending.now()
    going = batches.renew_going(conn, hold, now=now)
    _record(conn, sending, hold, asked.outcomes)
    if not going:
        return Turn(going=False, until=now + hold.lease, last=asked.after)
    mark = departures.mark(conn)
    due, exhausted = _due(conn, hold, asked, now)
    left = _fates(conn, sending, due)
    deliveries.mark_left(conn, hold.issue_id, left, now=now)
    fit = [candidate for candidate in due if candidate.subscriber_id not in left] if left else due
    return Turn(
        going=True,
        until=now + hold.lease,
        taken=deliveries.mark_leased(conn, hold.issue_id, fit, now=now),
        withdrawn={} if mark == asked.mark else _withdrawn(conn, sending, hold, asked.waiting),
        exhausted=exhausted,
        last=due[-1].subscriber_id if due else asked.after,
        mark=mark,
    )


def end_run(conn: Any, sending: Sending, hold: Hold, *, ending: Ending) -> Settled:
    """Record the last outcomes, queue again who was leased in vain, and let the batch go.

    A fault pauses the issue, and the operator is told.
    """
    now = sending.now()
    progress = batches.lock_progress(conn, hold.issue_id)
    _record(conn, sending, hold, ending.outcomes)
    in_vain = deliveries.list_in_vain(conn, hold.issue_id, batch=hold.batch)
    back = [Outcome(subscriber_id=one, state=DeliveryState.QUEUED, at=now) for one in in_vain]
    deliveries.record_outcomes(conn, hold.issue_id, back)
    fault = without_addresses(ending.fault) or _nobody_accepted(conn, hold, ending)
    if again := ending.doubtful if fault else ending.turned_away:
        deliveries.reopen(conn, hold.issue_id, again)
    if fault and batches.pause_issue(conn, hold.issue_id, reason=fault):
        add_pause_alert(conn, sending, progress, reason=fault)
    stopped = without_addresses(ending.unreachable)
    closed = batches.settle_batch(conn, hold, now=now, not_before=ending.not_before, stopped=stopped)
    return Settled(closed=closed, paused=fault)


def replay(conn: Any, hold: Hold, *, record: Record | None, policy: Uncertain, now: datetime) -> int:
    """Settle what a dead sender left, by its journal where there is one; how many are unknown.

    When the batch has passed on meanwhile, the journal still says which of the unknown had been sent.
    """
    batches.lock_progress(conn, hold.issue_id)
    if not batches.holds(conn, hold):
        if record is not None:
            deliveries.record_late(conn, hold.issue_id, record.entries)
        return 0
    left = deliveries.list_leased(conn, hold.issue_id, batch=hold.batch)
    outcomes = [_judged(candidate, record, policy, now) for candidate in left]
    deliveries.record_outcomes(conn, hold.issue_id, outcomes)
    batches.settle_batch(conn, hold, now=now)
    return sum(outcome.state == DeliveryState.UNKNOWN for outcome in outcomes)


def _due(conn: Any, hold: Hold, asked: Asked, now: datetime) -> tuple[list[Candidate], bool]:
    """The next ones, and whether they are the last; one more is looked at to know."""
    if not asked.take:
        return [], False
    limit = asked.take + 1
    due = deliveries.list_candidates(
        conn, hold.issue_id, batch=hold.batch, now=now, limit=limit, after=asked.after
    )
    return due[: asked.take], len(due) < limit


def _record(conn: Any, sending: Sending, hold: Hold, outcomes: Sequence[Outcome]) -> None:
    deliveries.record_outcomes(conn, hold.issue_id, outcomes)
    refused = [outcome for outcome in outcomes if outcome.state is DeliveryState.REFUSED]
    if refused and believable(deliveries.tally(conn, hold.issue_id, batch=hold.batch)):
        for outcome in refused:
            note_refusal(conn, sending, hold.issue_id, outcome=outcome)


def _withdrawn(conn: Any, sending: Sending, hold: Hold, waiting: Collection[int]) -> dict[int, DeliveryState]:
    if not waiting:
        return {}
    return _fates(conn, sending, deliveries.list_leased(conn, hold.issue_id, batch=hold.batch, among=waiting))


def _fates(conn: Any, sending: Sending, candidates: Sequence[Candidate]) -> dict[int, DeliveryState]:
    keys = [candidate.address_key for candidate in candidates if candidate.address_key]
    suppressed = find_suppressed(conn, sending.keyring, keys) if keys else {}
    fates = ((candidate.subscriber_id, fate(candidate, suppressed)) for candidate in candidates)
    return {subscriber_id: state for subscriber_id, state in fates if state is not None}


def _nobody_accepted(conn: Any, hold: Hold, ending: Ending) -> str:
    doubtful = [one for one in ending.outcomes if one.subscriber_id in ending.doubtful]
    if not ending.doubtful or deliveries.tally(conn, hold.issue_id).get(DeliveryState.SENT):
        return ""
    words = f"{doubtful[-1].code} {doubtful[-1].reply}" if doubtful else "a reason of policy"
    return f"the relay has accepted nothing of this issue yet, and refused with: {words}"


def _judged(candidate: Candidate, record: Record | None, policy: Uncertain, now: datetime) -> Outcome:
    key = candidate.subscriber_id, candidate.attempt
    known = record.entries.get(key) if record else None
    if known is not None:
        return known
    # Only a whole journal tells by its silence that a message never started.
    started = record is None or not record.complete or key in record.entries
    return after_crash(candidate.recipient(candidate.attempt), policy=policy, started=started, at=now)
