"""A fair share for every newsletter: of each issue only so many batches wait as jobs at a time.

Jobs of one priority are done in the order in which they came. An issue of a million readers, waiting whole,
would keep a small one that comes later from beginning for as long as it lasts; so each waits at the queue's
end again, a few batches at a time, and all go on together.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from syndicate.deliver.sending import Sending
from syndicate.model.job import Job
from syndicate.model.newsletter import IssueState
from syndicate.store import batches
from syndicate.store.batches import Hold, Progress
from syndicate.store.jobs import list_pending

NAME = "delivery.batch"
# Enough that no worker waits while another begins the next, and few enough that who comes later is soon on.
WINDOW = 8
# Whoever was put off for longer holds no place that others could use now.
SOON = timedelta(seconds=5)
# Where every batch is put off, more tries help nobody; and all will be due at once.
MOST = 8 * WINDOW


def batch_key(issue_id: int) -> str:
    """What the keys of the jobs of an issue's batches begin with."""
    return f"{NAME}:{issue_id}:"


def lease_batch(conn: Any, sending: Sending, hold: Hold) -> Hold | None:
    """Take a free, open and due batch of a sending issue, and let the next ones wait in its place.

    None when it is not to be had.
    """
    held = batches.lease_batch(conn, hold, now=sending.now())
    if held is not None:
        let_wait(conn, sending, hold.issue_id, after=hold.batch)
    return held


def let_wait(conn: Any, sending: Sending, issue_id: int, *, after: int = -1, left: bool = False) -> int:
    """Make due batches of an issue that is being sent jobs, until its window is full; how many.

    Those behind `after` come first. With `left`, also those whose job somebody has, who may be dead: that
    one's lease outlives it by a minute. Raises NotFound.
    """
    progress = batches.find_progress(conn, issue_id)
    if progress.state is not IssueState.SENDING:
        return 0
    pending = list_pending(conn, name=NAME, prefix=batch_key(issue_id))
    waiting = {key: due for key, due in pending.items() if due is not None}
    room = room_beside(waiting.values(), now=sending.now())
    if room <= 0:
        return 0
    taken = waiting if left else pending
    due = _due(conn, sending, issue_id, after=after, limit=room + len(taken))
    numbers = [number for number in due if f"{batch_key(issue_id)}{number}" not in taken][:room]
    # In one order for everybody: of two that wait for one another's keys PostgreSQL would end one.
    for number in sorted(numbers):
        sending.enqueue(conn, _job(sending, progress, number))
    return len(numbers)


def room_beside(waiting: Collection[datetime], *, now: datetime) -> int:
    """How many more batches of an issue may wait as jobs, beside those that wait until these moments."""
    soon = sum(due <= now + SOON for due in waiting)
    return min(WINDOW - soon, MOST - len(waiting))


def let_all_wait(conn: Any, sending: Sending) -> int:
    """The same for every issue that is being sent; how many batches became jobs."""
    issues = batches.list_due_issues(conn, sending.now())
    return sum(let_wait(conn, sending, issue, left=True) for issue in issues)


def _due(conn: Any, sending: Sending, issue_id: int, *, after: int, limit: int) -> list[int]:
    now = sending.now()
    due = batches.list_due_of(conn, issue_id, now=now, after=after, limit=limit)
    if len(due) < limit and after >= 0:
        # Whoever was put off is in a batch that had its turn already.
        due += batches.list_due_of(conn, issue_id, now=now, after=-1, limit=limit)
    return list(dict.fromkeys(due))


def _job(sending: Sending, progress: Progress, number: int) -> Job:
    newsletter = sending.catalogue.newsletters.get(progress.newsletter)
    return Job(
        name=NAME,
        args={"issue": progress.id, "batch": number},
        key=f"{batch_key(progress.id)}{number}",
        urgent=newsletter is not None and newsletter.breaking,
    )
