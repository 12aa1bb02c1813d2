"""Sending an issue: start it, send its batches, recover after a crash, pause, resume, cancel, report."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import structlog

from syndicate.deliver.alerts import add_expiry_alert
from syndicate.deliver.journal import Journal, claim, list_journals, lives
from syndicate.deliver.load import Task
from syndicate.deliver.pace import Terms, without_addresses
from syndicate.deliver.pacing.holding import at_its_pace
from syndicate.deliver.records import Record
from syndicate.deliver.run import Run
from syndicate.deliver.sending import Sending, composing
from syndicate.deliver.sharing import batch_key, lease_batch, let_all_wait, let_wait
from syndicate.deliver.turn import Ending, end_run, replay
from syndicate.errors import BadAddress, LeaseLost, NotFound, OwnFault, StorageFull
from syndicate.model.delivery import DeliveryState
from syndicate.model.newsletter import IssueState, Uncertain
from syndicate.store import batches, deliveries, expiry, issues, renderings
from syndicate.store.batches import Hold, Progress
from syndicate.store.issue_stops import list_withdrawn_in
from syndicate.store.jobs import find_broken
from syndicate.store.partitions import prepare_partitions
from syndicate.telemetry import metrics
from syndicate.telemetry.about import about
from syndicate.telemetry.tracing import span

WAITING = (DeliveryState.QUEUED, DeliveryState.LEASED, DeliveryState.DEFERRED)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchReport:
    """What one run of a batch did. `stopped` says why it ended early, empty when it did not."""

    issue_id: int
    batch: int
    counts: Mapping[DeliveryState, int]
    closed: bool
    stopped: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueReport:
    """Where an issue stands. The tally's sum is `candidates`; `was_unknown` of them were once in doubt.

    `stopped` says why the relay could not be used at the last try, empty when it could. `broken` is why
    the job of a batch broke, and `again` when that is tried again, None while nothing waits.
    """

    issue_id: int
    newsletter: str
    number: int
    state: IssueState
    candidates: int
    tally: Mapping[DeliveryState, int] = field(default_factory=dict)
    was_unknown: int = 0
    paused_reason: str = ""
    stopped: str = ""
    broken: str = ""
    again: datetime | None = None

    @property
    def name(self) -> str:
        """What people call it: `daily/3`."""
        return f"{self.newsletter}/{self.number}"

    @property
    def waiting(self) -> int:
        """How many wait for a try, or are under way."""
        return sum(self.tally.get(state, 0) for state in WAITING)

    @property
    def trouble(self) -> str:
        """Why it does not go on by itself, or waits for the relay; empty when all is well."""
        waits = self.state is IssueState.SENDING and self.stopped
        return self.paused_reason or (f"{self.stopped}; it is tried again" if waits else self.broken)


async def start_issue(sending: Sending, issue_id: int) -> int:
    """Make a delivery for every active subscription, and the batches due. Once; how many there are.

    Raises NotFound, and OwnFault while the issue holds an item that was withdrawn.
    """
    # By itself, since issues that are given their place wait for each other until it is committed.
    await sending.db.write(_make_room, issue_id)
    return await sending.db.write(_start, sending, issue_id)


async def send_batch(
    sending: Sending, issue_id: int, batch: int, *, drained: asyncio.Event | None = None
) -> BatchReport | None:
    """Send what is due in one batch; None when somebody else has it, or there is nothing to do.

    `drained` is set once all who are due are in hand, so that another batch can begin.

    Raises DatabaseBusy, LeaseLost, StorageFull. Whatever it raises, cancelled or killed, `recover` settles
    what it leaves.
    """
    paced = await at_its_pace(sending, issue_id)
    if paced is None:
        return None
    hold = Hold(issue_id=issue_id, batch=batch, owner=sending.mint())
    journal = Journal(sending.journal_dir, hold, slots=sending.settings.group)
    try:
        held = await sending.db.write(lease_batch, sending, hold)
        if held is not None:
            with about(issue=issue_id, batch=batch), span("delivery.run"), metrics.BATCH_SECONDS.timed():
                return await _run(paced, held, journal, drained or asyncio.Event())
        journal.settled = True
        return None
    finally:
        journal.close()


async def send_issue(sending: Sending, issue_id: int) -> IssueReport:
    """Start an issue unless it is, settle what a crash left, and send everything of it that is due."""
    await start_issue(sending, issue_id)
    await recover(sending)
    await send_due(sending, issue_id)
    return await report(sending, issue_id)


async def send_due(sending: Sending, issue_id: int) -> None:
    """Send everything of a started issue that is due: one batch after the other.

    Each begins while the last readers of the one before are being sent to.
    """
    due = await sending.db.read(batches.list_due, sending.now())
    numbers = [batch for issue, batch in due if issue == issue_id]
    try:
        async with asyncio.TaskGroup() as group:
            await _begin_each(group, sending, issue_id, numbers=numbers)
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None


async def _begin_each(
    group: asyncio.TaskGroup, sending: Sending, issue_id: int, *, numbers: Iterable[int]
) -> None:
    before: asyncio.Task[None] | None = None
    for batch in numbers:
        drained = asyncio.Event()
        task = group.create_task(_send_one(sending, issue_id, batch, drained))
        await drained.wait()
        if before is not None:
            await before
        before = task


async def _send_one(sending: Sending, issue_id: int, batch: int, drained: asyncio.Event) -> None:
    try:
        await send_batch(sending, issue_id, batch, drained=drained)
    finally:
        drained.set()


async def recover(sending: Sending) -> int:
    """Settle what dead senders left, by their journals first; how many deliveries that made unknown.

    Nobody is lost: what was not written to is queued again, and the newsletter's policy decides about what
    may have been.
    """
    unknown = 0
    for path in list_journals(sending.journal_dir):
        with claim(path) as record:
            if record is not None:
                unknown += await _replay(sending, record.hold, record)
                path.unlink(missing_ok=True)
    for hold in await sending.db.read(batches.list_stale, sending.now()):
        # After a jump of the clock a lease can be over while its owner lives, here on this machine.
        if not lives(sending.journal_dir, hold.owner):
            metrics.LEASE_EXPIRIES.add(1, "batch")
            unknown += await _replay(sending, hold, None)
    return unknown


async def sweep(sending: Sending) -> int:
    """Recover, end what is past its time to live, then make every due batch a job; how many."""
    await recover(sending)
    for issue_id in await sending.db.read(expiry.list_overdue, sending.now()):
        await sending.db.write(_expire, sending, issue_id)
    return await sending.db.write(let_all_wait, sending)


async def next_due(sending: Sending) -> datetime | None:
    """When the next deferred batch is due; None when nothing waits."""
    return await sending.db.read(batches.next_due)


async def pause(sending: Sending, issue_id: int, *, reason: str = "paused by the operator") -> bool:
    """Send no more of an issue until it is resumed; False unless it was being sent."""
    return await sending.db.write(batches.pause_issue, issue_id, reason=reason)


async def resume(sending: Sending, issue_id: int) -> bool:
    """Let a paused issue go on, or try one that waits at once; False unless it was begun and is not over.

    Raises OwnFault while the issue holds an item that was withdrawn.
    """
    return await sending.db.write(_resume, sending, issue_id)


async def cancel(sending: Sending, issue_id: int) -> bool:
    """Send no more of an issue, for ever; False when it was over already. Raises NotFound."""
    return await sending.db.write(batches.cancel_issue, issue_id, now=sending.now()) >= 0


async def refuse_stopped(sending: Sending, issue_id: int) -> None:
    """Before anybody is asked whether to send it. Raises OwnFault while it holds what was withdrawn."""
    await sending.db.read(_refuse_stopped, issue_id)


async def report(sending: Sending, issue_id: int) -> IssueReport:
    """Where an issue stands. Raises NotFound."""
    return await sending.db.read(report_now, issue_id)


def report_now(conn: Any, issue_id: int) -> IssueReport:
    """The same within a transaction. Raises NotFound."""
    progress = batches.find_progress(conn, issue_id)
    sends = progress.state is IssueState.SENDING
    job = find_broken(conn, batch_key(issue_id)) if sends else None
    return IssueReport(
        issue_id=issue_id,
        newsletter=progress.newsletter,
        number=progress.number,
        state=progress.state,
        candidates=progress.candidates,
        tally=deliveries.tally(conn, issue_id),
        was_unknown=deliveries.count_was_unknown(conn, issue_id),
        paused_reason=progress.paused_reason,
        stopped=batches.find_stop(conn, issue_id),
        broken=without_addresses(job.error) if job else "",
        again=job.again if job else None,
    )


async def _run(sending: Sending, hold: Hold, journal: Journal, drained: asyncio.Event) -> BatchReport:
    try:
        task = await _prepare(sending, hold, journal)
    except (OwnFault, BadAddress) as error:
        return await _end(sending, journal, hold, Ending(fault=str(error)), {})
    run = Run(sending, task, drained)
    try:
        await run.go()
    except LeaseLost:
        metrics.BATCHES.add(1, "lease_lost")
        log.warning("delivery.lease_lost", issue=hold.issue_id, batch=hold.batch)
        raise
    except BaseException:
        await asyncio.shield(_wind_up(sending, hold, journal, run))
        raise
    ended = await _wind_up(sending, hold, journal, run)
    if isinstance(run.load.fault, StorageFull):
        raise run.load.fault
    return replace(ended, stopped=ended.stopped or without_addresses(str(run.unreachable or "")))


async def _wind_up(sending: Sending, hold: Hold, journal: Journal, run: Run) -> BatchReport:
    ending = run.ending()
    ended = await _end(sending, journal, hold, ending, run.load.counts)
    run.tally.count(ending.outcomes)
    run.tally.end()
    return ended


async def _prepare(sending: Sending, hold: Hold, journal: Journal) -> Task:
    issue = await sending.db.read(issues.find_issue_for, hold.issue_id, batch=hold.batch)
    if issue is None:
        raise NotFound(f"there is no issue with the id {hold.issue_id}")
    policy = sending.newsletter(issue.newsletter).unknown
    with composing():
        compose = sending.compositor.issue(issue)
    return Task(
        hold=hold,
        compose=compose,
        terms=Terms(settings=sending.settings, policy=policy, relay=", ".join(sending.fleet.names)),
        journal=journal,
    )


async def _end(
    sending: Sending, journal: Journal, hold: Hold, ending: Ending, counts: Mapping[DeliveryState, int]
) -> BatchReport:
    settled = await sending.db.write(end_run, sending, hold, ending=ending)
    journal.settled = True
    metrics.BATCHES.add(1, "paused" if settled.paused else "closed" if settled.closed else "open")
    ids = {"issue": hold.issue_id, "batch": hold.batch}
    if settled.paused:
        log.error("delivery.paused", **ids, reason=settled.paused)
    log.info("delivery.batch", **ids, closed=settled.closed, counts=dict(counts))
    return BatchReport(
        issue_id=hold.issue_id,
        batch=hold.batch,
        counts=dict(counts),
        closed=settled.closed,
        stopped=settled.paused,
    )


async def _replay(sending: Sending, hold: Hold, record: Record | None) -> int:
    try:
        unknown = await sending.db.write(_replay_now, sending, hold, record)
    except NotFound:
        # The database is older than the journal: a backup was restored.
        return 0
    metrics.RECOVERED.add(unknown)
    log.warning("delivery.recovered", issue=hold.issue_id, batch=hold.batch, unknown=unknown)
    return unknown


def _replay_now(conn: Any, sending: Sending, hold: Hold, record: Record | None) -> int:
    newsletter = sending.catalogue.newsletters.get(batches.find_progress(conn, hold.issue_id).newsletter)
    policy = newsletter.unknown if newsletter else Uncertain.HOLD
    return replay(conn, hold, record=record, policy=policy, now=sending.now())


def _make_room(conn: Any, issue_id: int) -> None:
    if batches.find_progress(conn, issue_id).state == IssueState.COMPILED:
        prepare_partitions(conn, [issue_id])


def _start(conn: Any, sending: Sending, issue_id: int) -> int:
    progress = batches.lock_progress(conn, issue_id)
    if progress.state != IssueState.COMPILED:
        return progress.candidates
    _refuse_withdrawn(conn, progress)
    newsletter, size = sending.newsletter(progress.newsletter), sending.settings.batch
    count = deliveries.create_deliveries(conn, issue_id, newsletter=newsletter.name, batch=size)
    batches.create_batches(conn, issue_id, count=-(-count // size))
    now = sending.now()
    renderings.assign_segments(conn, issue_id, now=now)
    expires = now + newsletter.time_to_live
    batches.begin_issue(conn, issue_id, candidates=count, now=now, expires=expires)
    let_wait(conn, sending, issue_id)
    return count


def _refuse_stopped(conn: Any, issue_id: int) -> None:
    _refuse_withdrawn(conn, batches.find_progress(conn, issue_id))


def _refuse_withdrawn(conn: Any, progress: Progress) -> None:
    """Nobody gets what was withdrawn. Raises OwnFault, which says what to do."""
    gone = list_withdrawn_in(conn, progress.id)
    if gone and progress.state not in (IssueState.FINISHED, IssueState.CANCELLED):
        name = progress.name
        raise OwnFault(
            f"{name} holds what was withdrawn ({', '.join(gone)}): "
            f"syndicate issue recompile {name} leaves it out, then it can go on"
        )


def _resume(conn: Any, sending: Sending, issue_id: int) -> bool:
    _refuse_withdrawn(conn, batches.lock_progress(conn, issue_id))
    resumed = batches.resume_issue(conn, issue_id, now=sending.now())
    if resumed:
        let_wait(conn, sending, issue_id)
    return resumed


def _expire(conn: Any, sending: Sending, issue_id: int) -> None:
    expired = expiry.expire_issue(conn, issue_id, now=sending.now())
    if expired.count:
        log.warning("delivery.expired", issue=issue_id, count=expired.count, untried=expired.untried)
    if expired.untried:
        # Whoever was tried and put off for days is no news; whoever was not tried at all is.
        add_expiry_alert(conn, sending, expired.progress, count=expired.untried)
