"""What a restored database must not do by itself: send again what was sent after the backup."""

from datetime import datetime

from sqlalchemy import Connection, delete, or_, select, update

from syndicate.model.newsletter import IssueState
from syndicate.store.jobs import JobState
from syndicate.store.rows import last_ids, set_last_ids
from syndicate.store.schedules import FIRED
from syndicate.store.schema import issues, jobs, occurrences, schedules

MISSED = "missed"
# Ids given out after the backup stand in links and Message-IDs already mailed: none may name another.
IDS_SKIPPED = 1_000_000


def stand_still(conn: Connection, *, created: datetime, now: datetime) -> None:
    """Pause what was being sent, let every cadence begin anew, drop what was asked for, use no id again.

    A compiled issue stays; only an operator sends it. `created` is the backup's time.
    """
    sending = update(issues).where(issues.c.state == IssueState.SENDING)
    reason = f"restored from a backup of {created:%Y-%m-%d %H:%M} UTC: what was sent later is not known here"
    conn.execute(sending.values(state=IssueState.PAUSED, paused_reason=reason))
    conn.execute(update(schedules).values(since=now))
    compiled = select(issues.c.id).where(issues.c.state == IssueState.COMPILED)
    unmade = occurrences.c.issue_id.is_(None) & (occurrences.c.outcome == FIRED)
    unsent = update(occurrences).where(or_(unmade, occurrences.c.issue_id.in_(compiled)))
    conn.execute(unsent.values(outcome=MISSED, issue_id=None))
    asked = jobs.c.state.in_((JobState.WAITING, JobState.LEASED)) & jobs.c.name.like("issue.%")
    conn.execute(delete(jobs).where(asked))
    ids = last_ids(conn)
    set_last_ids(conn, {name: ids.get(name, 0) + IDS_SKIPPED for name in ("subscribers", "issues")})
