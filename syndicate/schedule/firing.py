"""Which occurrences of a schedule are due, and what becomes of each. A firing records and enqueues only."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from syndicate.model.cadence import Moment, at_once, moments
from syndicate.model.job import Enqueue, Job
from syndicate.model.newsletter import IssueState, Missed, Newsletter
from syndicate.model.schedule import Schedule, replayed_feed
from syndicate.store.batches import find_progress
from syndicate.store.jobs import find_latest
from syndicate.store.schedules import FIRED, Occurrence, last_occurrence, record_occurrence, set_outcome

MISSED, SKIPPED = "missed", "skipped"
# Later than this counts as missed: a restart at seven still sends the seven o'clock issue under `skip`.
ON_TIME = timedelta(minutes=10)
# So many missed occurrences are recorded after a long absence; the newest ones.
RECORDED = 100
# An issue that could not be made is tried again so much later: the template may be mended by then.
AGAIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """One occurrence that is due, and its outcome: fired makes an issue, missed and skipped make none."""

    moment: Moment
    outcome: str


def plan_firings(schedule: Schedule, *, after: datetime, now: datetime) -> tuple[Firing, ...]:
    """What to do with the occurrences later than `after`, up to and with `now`.

    At most one fires, the newest: one issue stands for all that were missed before it. Under `skip` it
    fires only if it is on time.
    """
    due = deque(takewhile(lambda moment: moment.due <= now, moments(schedule.cadence, after=after)), RECORDED)
    if not due:
        return ()
    *older, newest = due
    on_time = now - newest.due <= ON_TIME
    late = MISSED if schedule.missed is Missed.SEND_LATE else SKIPPED
    last = FIRED if on_time or schedule.missed is Missed.SEND_LATE else SKIPPED
    return (*(Firing(moment=moment, outcome=late) for moment in older), Firing(moment=newest, outcome=last))


def fire_due(conn: Any, schedule: Schedule, *, now: datetime, enqueue: Enqueue) -> int:
    """Record every occurrence that is due and make the issue's job due, in the caller's transaction.

    Returns how many fired: 0 or 1. Two schedulers may call it at once; the occurrence's row is the fence.
    """
    last = last_occurrence(conn, schedule.name, now=now)
    began = schedule.since or now
    after = max(last.due, began) if last else began
    planned = plan_firings(schedule, after=after, now=now)
    return sum(_record(conn, schedule, firing, now=now, enqueue=enqueue) for firing in planned)


def fire_again(conn: Any, newsletter: Newsletter, *, now: datetime, enqueue: Enqueue) -> int:
    """Ask again for the issue of the newest occurrence when its job ended without; how many: 0 or 1.

    As long as the issue would live. It stands for those before it, as with what was missed.
    """
    last = last_occurrence(conn, newsletter.name, now=now)
    if last is None or now - last.due >= newsletter.time_to_live:
        return 0
    if not _is_open(conn, last):
        return 0
    job = compile_job(newsletter.name, last.id)
    tried = find_latest(conn, job.key)
    if tried and (tried.finished is None or now - AGAIN < tried.finished <= now):
        return 0
    enqueue(conn, job)
    return 1


def fire_at_once(conn: Any, schedule: Schedule, *, now: datetime, enqueue: Enqueue) -> int:
    """Fire this very minute, whatever the cadence; 0 when this minute has been recorded already."""
    firing = Firing(moment=at_once(schedule.cadence, now=now), outcome=FIRED)
    return int(_record(conn, schedule, firing, now=now, enqueue=enqueue))


def compile_job(newsletter: str, occurrence: int) -> Job:
    """The job that makes the issue of one occurrence."""
    return Job(
        name="issue.compile",
        args={"newsletter": newsletter, "occurrence": occurrence},
        key=f"issue.compile:{newsletter}:{occurrence}",
    )


def job_of(schedule: str, occurrence: int) -> Job:
    """What an occurrence asks for: the replay of a feed, or a newsletter's issue."""
    feed = replayed_feed(schedule)
    if not feed:
        return compile_job(schedule, occurrence)
    return Job(
        name="feed.replay",
        args={"feed": feed, "occurrence": occurrence},
        key=f"feed.replay:{feed}:{occurrence}",
    )


def compile_number(newsletter: str, number: int, *, send_it: bool = True, accept: bool = False) -> Job:
    """The job that makes the issue of this number, which keeps a retry from making another one."""
    args: dict[str, str | int | bool] = {"newsletter": newsletter, "number": number}
    args |= {"send_it": send_it, "accept": accept}
    return Job(name="issue.compile", args=args)


def _is_open(conn: Any, occurrence: Occurrence) -> bool:
    """Whether its issue was never made, or was and never began to be sent."""
    if occurrence.issue_id is None:
        return occurrence.unmade
    return find_progress(conn, occurrence.issue_id).state is IssueState.COMPILED


def _record(conn: Any, schedule: Schedule, firing: Firing, *, now: datetime, enqueue: Enqueue) -> bool:
    moment = firing.moment
    occurrence = record_occurrence(
        conn,
        schedule.name,
        local_date=moment.local_date,
        local_time=moment.local_time,
        due=moment.due,
        now=now,
    )
    if occurrence is None:
        return False
    if firing.outcome != FIRED:
        set_outcome(conn, occurrence, outcome=firing.outcome)
        return False
    enqueue(conn, job_of(schedule.name, occurrence))
    return True
