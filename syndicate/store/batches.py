"""Batches of an issue: who sends which, until when, and when the issue as a whole is done.

Whoever needs several locks takes them in the order issue, batch, deliveries; so no two wait for each other.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Select,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from syndicate.errors import LeaseLost, NotFound
from syndicate.model.delivery import DeliveryState
from syndicate.model.newsletter import IssueState
from syndicate.store import hot
from syndicate.store.schema import batches, deliveries, issue_items, issue_notes, issues
from syndicate.store.types import UtcDateTime

WAITING = (DeliveryState.QUEUED, DeliveryState.DEFERRED)


def _free(now: Any) -> tuple[ColumnElement[bool], ...]:
    due = or_(batches.c.next_attempt.is_(None), batches.c.next_attempt <= now)
    return batches.c.open, batches.c.owner == "", due


# Built once, since every batch asks for them, and building one takes longer than asking.
CHOSEN = select(
    issues.c.id,
    issues.c.newsletter,
    issues.c.number,
    issues.c.state,
    issues.c.candidates,
    issues.c.expires,
    issues.c.paused_reason,
).where(issues.c.id == bindparam("issue"))
LOCKED = CHOSEN.with_for_update()
SHARED = CHOSEN.with_for_update(read=True)
FINISHED = (
    update(issues)
    .where(
        issues.c.id == bindparam("issue"),
        issues.c.state.in_(bindparam("states", expanding=True)),
        ~exists().where(batches.c.issue_id == bindparam("issue"), batches.c.open),
    )
    .values(state=IssueState.FINISHED, finished=bindparam("now"), paused_reason="")
)
DUE_OF = (
    select(batches.c.number)
    .where(
        batches.c.issue_id == bindparam("issue"),
        batches.c.number > bindparam("after"),
        *_free(bindparam("now")),
    )
    .order_by(batches.c.number)
    .limit(bindparam("limit"))
)
LET_GO = (
    update(batches)
    .where(
        batches.c.issue_id == bindparam("issue"),
        batches.c.number == bindparam("batch"),
        batches.c.owner == bindparam("who"),
    )
    .values(
        owner="",
        leased_until=None,
        open=bindparam("waits"),
        stopped=bindparam("why"),
        failures=case((bindparam("failed", type_=Boolean), batches.c.failures + 1), else_=0),
        next_attempt=func.coalesce(bindparam("due", type_=UtcDateTime), batches.c.next_attempt),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A batch in somebody's hands. `failures` counts the runs in a row that did not reach the relay."""

    issue_id: int
    batch: int
    owner: str
    lease: timedelta = timedelta(minutes=2)
    failures: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where an issue's sending stands."""

    id: int
    newsletter: str
    number: int
    state: IssueState
    candidates: int
    expires: datetime | None
    paused_reason: str = ""

    @property
    def name(self) -> str:
        """What people call it: `daily/3`."""
        return f"{self.newsletter}/{self.number}"

    def going(self, now: datetime) -> bool:
        """Whether messages of this issue may leave."""
        return self.state == IssueState.SENDING and not self.expired(now)

    def expired(self, now: datetime) -> bool:
        """Whether the issue's time to live is over."""
        return self.expires is not None and self.expires <= now


def find_progress(conn: Connection, issue_id: int) -> Progress:
    """Where this issue stands. Raises NotFound."""
    return _progress(conn, issue_id, CHOSEN)


def lock_progress(conn: Connection, issue_id: int, *, shared: bool = False) -> Progress:
    """The same, and nobody changes it before the transaction ends; `shared` lets others lock it likewise."""
    return _progress(conn, issue_id, SHARED if shared else LOCKED)


def begin_issue(
    conn: Connection, issue_id: int, *, candidates: int, now: datetime, expires: datetime
) -> None:
    """From compiled to sending; an issue without recipients is finished at once."""
    state = IssueState.SENDING if candidates else IssueState.FINISHED
    changes: dict[str, Any] = {"state": state, "candidates": candidates, "started": now, "expires": expires}
    if not candidates:
        changes["finished"] = now
    conn.execute(update(issues).where(issues.c.id == issue_id).values(changes))


def pause_issue(conn: Connection, issue_id: int, *, reason: str) -> bool:
    """Stop a running issue; what is being sent at this moment still ends. False unless it was sending."""
    running = update(issues).where(issues.c.id == issue_id, issues.c.state == IssueState.SENDING)
    return conn.execute(running.values(state=IssueState.PAUSED, paused_reason=reason)).rowcount > 0


def resume_issue(conn: Connection, issue_id: int, *, now: datetime) -> bool:
    """Let a begun issue go on, all open batches due at once. False unless it was paused or being sent."""
    begun = issues.c.state.in_((IssueState.PAUSED, IssueState.SENDING))
    resumed = update(issues).where(issues.c.id == issue_id, begun)
    if not conn.execute(resumed.values(state=IssueState.SENDING, paused_reason="")).rowcount:
        return False
    mine = update(batches).where(batches.c.issue_id == issue_id, batches.c.open)
    conn.execute(mine.values(next_attempt=now, failures=0, stopped=""))
    finish_issue(conn, issue_id, now=now)
    return True


def cancel_issue(conn: Connection, issue_id: int, *, now: datetime) -> int:
    """End an issue: whoever still waits gets nothing. How many those were; -1 when it was over already.

    The items of one that nobody was written to are free for the next.
    """
    progress = lock_progress(conn, issue_id)
    if progress.state in {IssueState.CANCELLED, IssueState.FINISHED}:
        return -1
    gone = update(issues).where(issues.c.id == issue_id)
    conn.execute(gone.values(state=IssueState.CANCELLED, finished=now, paused_reason=""))
    count = end_waiting(conn, issue_id, None, DeliveryState.CANCELLED, now=now)
    tried = select(deliveries.c.subscriber_id).where(
        deliveries.c.issue_id == issue_id, deliveries.c.attempt > 0
    )
    if conn.execute(tried.limit(1)).first() is None:
        conn.execute(delete(issue_items).where(issue_items.c.issue_id == issue_id))
        conn.execute(delete(issue_notes).where(issue_notes.c.issue_id == issue_id))
    # Held batches are closed by whoever holds them, after what is under way has ended.
    free = update(batches).where(batches.c.issue_id == issue_id, batches.c.owner == "")
    conn.execute(free.values(open=False))
    return count


def finish_issue(
    conn: Connection,
    issue_id: int,
    *,
    now: datetime,
    states: Collection[IssueState] = (IssueState.SENDING,),
) -> bool:
    """Mark an issue in one of these states as finished once none of its batches is open."""
    return conn.execute(FINISHED, {"issue": issue_id, "states": list(states), "now": now}).rowcount > 0


def end_waiting(
    conn: Connection, issue_id: int, batch: int | None, state: DeliveryState, *, now: datetime
) -> int:
    """End it for whoever in a batch, or in all, still waits; how many."""
    mine = [deliveries.c.issue_id == issue_id]
    if batch is not None:
        mine.append(deliveries.c.batch == batch)
    again = deliveries.c.state == DeliveryState.UNKNOWN, deliveries.c.next_attempt.is_not(None)
    # What may have arrived stays unknown: it is only not sent a second time.
    conn.execute(update(deliveries).where(*mine, *again).values(next_attempt=None))
    waiting = update(deliveries).where(*mine, deliveries.c.state.in_(WAITING))
    return conn.execute(waiting.values(state=state, next_attempt=None, changed=now)).rowcount


def create_batches(conn: Connection, issue_id: int, *, count: int) -> None:
    """Batches 0 to `count` - 1, all open and due."""
    if count:
        conn.execute(insert(batches), [{"issue_id": issue_id, "number": number} for number in range(count)])


def lease_batch(conn: Connection, hold: Hold, *, now: datetime) -> Hold | None:
    """Take a free, open and due batch of a sending issue; None when it is not to be had."""
    at, until = hot.moment(conn, now), hot.moment(conn, now + hold.lease)
    taken = hot.ask(
        conn, hot.TAKE, (hold.owner, until, hold.issue_id, hold.batch, at, hold.issue_id)
    ).fetchall()
    return replace(hold, failures=taken[0][0]) if taken else None


def renew(conn: Connection, hold: Hold, *, now: datetime) -> None:
    """Prolong a hold. Raises LeaseLost when it has passed to another."""
    values = (hot.moment(conn, now + hold.lease), hold.issue_id, hold.batch, hold.owner)
    if not hot.change(conn, hot.RENEW, values):
        raise _lost(hold)


def renew_going(conn: Connection, hold: Hold, *, now: datetime) -> bool:
    """Prolong a hold; whether messages of its issue may leave, which stays so until the transaction ends.

    Raises LeaseLost when it has passed to another, NotFound.
    """
    if conn.dialect.name == "postgresql":
        state, expires = _renew_at_once(conn, hold, now)
    else:
        state, expires = _found(hold, hot.ask(conn, hot.GOING, (hold.issue_id,)).fetchone())
        renew(conn, hold, now=now)
    return state == IssueState.SENDING.value and (expires is None or hot.moment(conn, now) < expires)


def settle_batch(
    conn: Connection, hold: Hold, *, now: datetime, not_before: datetime | None = None, stopped: str = ""
) -> bool:
    """Let a batch go: closed when nobody in it waits, else due when the first one is. True when closed.

    `not_before` says that the relay could not be reached, and when to try again; `stopped` says why.
    """
    progress = lock_progress(conn, hold.issue_id)
    renew(conn, hold, now=now)
    _end_overdue(conn, hold, progress, now)
    soonest = _soonest(conn, hold, now)
    due = soonest and min(max(soonest, not_before or soonest), progress.expires or soonest)
    mine = {"issue": hold.issue_id, "batch": hold.batch, "who": hold.owner}
    failed = due is not None and not_before is not None
    left = {"waits": due is not None, "due": due, "failed": failed, "why": stopped}
    conn.execute(LET_GO, mine | left)
    if due is None:
        finish_issue(conn, hold.issue_id, now=now)
    return due is None


def list_due(conn: Connection, now: datetime) -> list[tuple[int, int]]:
    """(issue, batch) of what can be sent now, oldest issue first."""
    free = select(batches.c.issue_id, batches.c.number).join(issues, issues.c.id == batches.c.issue_id)
    due = free.where(issues.c.state == IssueState.SENDING, *_free(now))
    return [(row.issue_id, row.number) for row in conn.execute(due.order_by(*free.selected_columns))]


def list_due_issues(conn: Connection, now: datetime) -> list[int]:
    """Issues of which some batch can be sent now, the oldest first."""
    due = select(batches.c.issue_id).join(issues, issues.c.id == batches.c.issue_id).where(*_free(now))
    return list(
        conn.scalars(due.where(issues.c.state == IssueState.SENDING).distinct().order_by(batches.c.issue_id))
    )


def list_due_of(conn: Connection, issue_id: int, *, now: datetime, after: int, limit: int) -> list[int]:
    """The first numbers above `after` of an issue's batches that nobody has and that are due."""
    return list(conn.scalars(DUE_OF, {"issue": issue_id, "after": after, "now": now, "limit": limit}))


def find_stop(conn: Connection, issue_id: int) -> str:
    """Why the relay could not be used when it was last tried for this issue; empty when it could."""
    stopped = batches.c.issue_id == issue_id, batches.c.open, batches.c.stopped != ""
    return conn.scalar(select(batches.c.stopped).where(*stopped).order_by(batches.c.number).limit(1)) or ""


def next_due(conn: Connection) -> datetime | None:
    """When the next waiting batch of a sending issue is due."""
    waiting = select(func.min(batches.c.next_attempt)).join(issues, issues.c.id == batches.c.issue_id)
    soonest: datetime | None = conn.scalar(
        waiting.where(batches.c.open, batches.c.owner == "", issues.c.state == IssueState.SENDING)
    )
    return soonest


def list_stale(conn: Connection, now: datetime) -> list[Hold]:
    """Holds whose time is over: their owners died, or lost the database for too long."""
    stale = select(batches.c.issue_id, batches.c.number, batches.c.owner)
    found = conn.execute(stale.where(batches.c.owner != "", batches.c.leased_until < now))
    return [Hold(issue_id=row.issue_id, batch=row.number, owner=row.owner) for row in found]


def holds(conn: Connection, hold: Hold) -> bool:
    """Whether this owner has this batch."""
    where = (
        batches.c.issue_id == hold.issue_id,
        batches.c.number == hold.batch,
        batches.c.owner == hold.owner,
    )
    return conn.scalar(select(batches.c.number).where(*where)) is not None


def _renew_at_once(conn: Connection, hold: Hold, now: datetime) -> tuple[Any, ...]:
    values = (hold.issue_id, now + hold.lease, hold.issue_id, hold.batch, hold.owner)
    state, expires, renewed = _found(hold, hot.ask(conn, hot.RENEW_GOING, values).fetchone())
    if not renewed:
        raise _lost(hold)
    return state, expires


def _found(hold: Hold, issue: tuple[Any, ...] | None) -> tuple[Any, ...]:
    if issue is None:
        raise NotFound(f"there is no issue with the id {hold.issue_id}")
    return issue


def _lost(hold: Hold) -> LeaseLost:
    return LeaseLost(f"batch {hold.batch} of issue {hold.issue_id} is no longer held by {hold.owner}")


def _progress(conn: Connection, issue_id: int, chosen: Select[Any]) -> Progress:
    row = conn.execute(chosen, {"issue": issue_id}).one_or_none()
    if row is None:
        raise NotFound(f"there is no issue with the id {issue_id}")
    return Progress(**{**row._mapping, "state": IssueState(row.state)})


def _end_overdue(conn: Connection, hold: Hold, progress: Progress, now: datetime) -> None:
    if progress.state == IssueState.CANCELLED:
        end_waiting(conn, hold.issue_id, hold.batch, DeliveryState.CANCELLED, now=now)
    elif progress.expired(now):
        end_waiting(conn, hold.issue_id, hold.batch, DeliveryState.EXPIRED, now=now)


def _soonest(conn: Connection, hold: Hold, now: datetime) -> datetime | None:
    values = (hot.moment(conn, now), hold.issue_id, hold.batch)
    count, soonest = hot.ask(conn, hot.about(conn, hold.issue_id, hot.SOONEST), values).fetchone()
    return (hot.read_moment(soonest) or now) if count else None
