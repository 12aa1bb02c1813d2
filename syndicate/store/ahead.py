"""What a clock that ran ahead left behind: times for which whatever waits would wait for years."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Connection, Table, and_, delete, exists, or_, update

from syndicate.store.schema import (
    batches,
    caps,
    deliveries,
    hub_deliveries,
    hub_requests,
    jobs,
    messages,
    occurrences,
    schedules,
    sources,
)

# Nobody waits this long for a next try: a job for a day at most, mail for `delivery.retry_cap_minutes`.
LONGEST_WAIT = timedelta(days=2)
# No lease is this long. Its owner, if it lives, prolongs it meanwhile.
LONGEST_LEASE = timedelta(hours=1)
# Outcomes that took nothing away: with the clock put right, these moments are still to come.
WITHOUT_ISSUE = ("missed", "skipped", "empty")


def settle_ahead(conn: Connection, now: datetime) -> int:
    """Bring what waits for such a time back to `now`; how much there was. A right clock leaves nothing."""
    return sum(
        (
            _let_deliveries(conn, now),
            *(_bring(conn, waiting, now, LONGEST_WAIT) for waiting in _WAITING),
            *(_bring(conn, leased, now + LONGEST_LEASE, timedelta(0)) for leased in _LEASED),
            _let_sources(conn, now),
            _bring(conn, schedules.c.since, now, timedelta(0)),
            _count(conn, delete(caps).where(caps.c.expires > now + LONGEST_WAIT)),
            _count(conn, delete(occurrences).where(_untaken(now))),
        )
    )


_WAITING: tuple[Column[Any], ...] = (
    jobs.c.due,
    batches.c.next_attempt,
    messages.c.next_attempt,
    hub_requests.c.next_attempt,
    hub_deliveries.c.next_attempt,
)
_LEASED: tuple[Column[Any], ...] = (jobs.c.leased_until, batches.c.leased_until, messages.c.leased_until)


def _bring(conn: Connection, column: Column[Any], to: datetime, beyond: timedelta) -> int:
    table = column.table
    assert isinstance(table, Table)
    return _count(conn, update(table).where(column > to + beyond).values({column: to}))


def _let_deliveries(conn: Connection, now: datetime) -> int:
    # By their batches, which are few: there may be millions of deliveries.
    far = batches.c.next_attempt > now + LONGEST_WAIT
    batch = exists().where(
        batches.c.issue_id == deliveries.c.issue_id,
        batches.c.number == deliveries.c.batch,
        batches.c.open,
        far,
    )
    ours = deliveries.c.next_attempt > now + LONGEST_WAIT, batch
    return _count(conn, update(deliveries).where(*ours).values(next_attempt=now))


def _let_sources(conn: Connection, now: datetime) -> int:
    ahead = sources.c.last_checked > now, sources.c.next_check > now
    return _count(conn, update(sources).where(*ahead).values(next_check=now))


def _untaken(now: datetime) -> Any:
    return and_(
        occurrences.c.recorded > now,
        occurrences.c.due > now,
        occurrences.c.issue_id.is_(None),
        or_(*(occurrences.c.outcome == outcome for outcome in WITHOUT_ISSUE)),
    )


def _count(conn: Connection, statement: Any) -> int:
    return int(conn.execute(statement).rowcount)
