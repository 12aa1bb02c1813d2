"""Issues whose time to live is over although nobody sends them: paused, or left while nothing ran."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select, update

from syndicate.model.delivery import DeliveryState
from syndicate.model.newsletter import IssueState
from syndicate.store.batches import Progress, end_waiting, finish_issue, lock_progress
from syndicate.store.schema import batches, deliveries, issues

BEGUN = (IssueState.SENDING, IssueState.PAUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """How an issue stood, and for how many it ended; `untried` of them were not even tried once."""

    progress: Progress
    count: int = 0
    untried: int = 0


def list_overdue(conn: Connection, now: datetime) -> list[int]:
    """The ids of unfinished issues whose time is over, oldest first."""
    overdue = issues.c.state.in_(BEGUN), issues.c.expires <= now
    return list(conn.scalars(select(issues.c.id).where(*overdue).order_by(issues.c.id)))


def expire_issue(conn: Connection, issue_id: int, *, now: datetime) -> Expired:
    """End an overdue issue for whoever still waits.

    Batches that somebody holds are left to them: they end theirs when they let go.
    """
    progress = lock_progress(conn, issue_id)
    if progress.state not in BEGUN or not progress.expired(now):
        return Expired(progress=progress)
    mine = batches.c.issue_id == issue_id, batches.c.open, batches.c.owner == ""
    free = select(batches.c.number).where(*mine).order_by(batches.c.number)
    numbers = list(conn.scalars(free.with_for_update()))
    untried = _count_untried(conn, issue_id, numbers)
    count = sum(end_waiting(conn, issue_id, one, DeliveryState.EXPIRED, now=now) for one in numbers)
    done = update(batches).where(batches.c.issue_id == issue_id, batches.c.number.in_(numbers))
    conn.execute(done.values(open=False, next_attempt=None, stopped="", failures=0))
    finish_issue(conn, issue_id, now=now, states=BEGUN)
    return Expired(progress=progress, count=count, untried=untried)


def _count_untried(conn: Connection, issue_id: int, numbers: list[int]) -> int:
    waiting = deliveries.c.state == DeliveryState.QUEUED.value, deliveries.c.attempt == 0
    mine = deliveries.c.issue_id == issue_id, deliveries.c.batch.in_(numbers), *waiting
    return conn.scalars(select(func.count()).select_from(deliveries).where(*mine)).one()
