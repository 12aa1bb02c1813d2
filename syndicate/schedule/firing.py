"""Which occurrences of a schedule are due, and what becomes of each. A firing records and enqueues only."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from syndicate.model.cadence import Moment, at_once, moments
from syndicate.model.job import Enqueue, Job
from syndicate.model.newsletter import Missed
from syndicate.model.schedule import Schedule
from syndicate.store.schedules import last_occurrence, record_occurrence, set_outcome

FIRED, MISSED, SKIPPED = "fired", "missed", "skipped"
# Later than this counts as missed: a restart at seven still sends the seven o'clock issue under `skip`.
ON_TIME = timedelta(minutes=10)
# So many missed occurrences are recorded after a long absence; the newest ones.
RECORDED = 100


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
    last = last_occurrence(conn, schedule.name)
    began = schedule.since or now
    after = max(last.due, began) if last else began
    planned = plan_firings(schedule, after=after, now=now)
    return sum(_record(conn, schedule, firing, now=now, enqueue=enqueue) for firing in planned)


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


def compile_number(newsletter: str, number: int, *, send_it: bool = True) -> Job:
    """The job that makes the issue of this number, which keeps a retry from making another one."""
    return Job(name="issue.compile", args={"newsletter": newsletter, "number": number, "send_it": send_it})


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
    enqueue(conn, compile_job(schedule.name, occurrence))
    return True
