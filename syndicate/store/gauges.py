"""How jobs, issues, sources and processes stand, for whoever watches: a few counts over indexes, no more."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, select

from syndicate.model.delivery import DeliveryState
from syndicate.model.job import QUEUES, Job
from syndicate.model.newsletter import IssueState
from syndicate.store.hub_deliveries import State
from syndicate.store.jobs import JobState
from syndicate.store.schema import batches, hub_deliveries, issues, jobs, messages, services, sources
from syndicate.store.schema_deliver import paces
from syndicate.store.services import LIVE_FOR
from syndicate.telemetry import metrics
from syndicate.telemetry.tallies import Gauge, Labels

# What waits is counted up to here: beyond it, one more says nothing more, and a count would be work.
MOST = 100_000
UNDER_WAY = (IssueState.COMPILED, IssueState.SENDING, IssueState.PAUSED)
UNSENT = (DeliveryState.QUEUED, DeliveryState.LEASED, DeliveryState.DEFERRED)

Counts = dict[Labels, float]


def read_gauges(conn: Connection, now: datetime) -> Mapping[str, Mapping[Labels, float]]:
    """The values of what `metrics` calls standing in the database, by the names of the gauges."""
    told: dict[Gauge, Counts] = {
        **_jobs(conn, now),
        **_deliveries(conn, now),
        metrics.SOURCES: _sources(conn),
        metrics.SOURCE_LAG: _lag(conn, select(func.min(_due_sources(now))), now),
        metrics.NOTICES_WAITING: _one(conn, select(messages.c.id).where(messages.c.state.in_(UNSENT))),
        metrics.HUB_WAITING: _one(
            conn, select(hub_deliveries.c.id).where(hub_deliveries.c.state == State.QUEUED)
        ),
        metrics.SERVICES: _by(conn, services.c.role, _alive(now)),
        metrics.PACES: _by(conn, paces.c.kind),
    }
    return {gauge.described.name: counts for gauge, counts in told.items()}


def _jobs(conn: Connection, now: datetime) -> dict[Gauge, Counts]:
    state = case(
        (jobs.c.state == JobState.LEASED, "leased"), (jobs.c.due <= now, "due"), else_="later"
    ).label("state")
    open_ = jobs.c.state.in_((JobState.WAITING, JobState.LEASED))
    some = select(jobs.c.name, state, jobs.c.due).where(open_).limit(MOST).subquery()
    columns = some.c.name, some.c.state
    rows = conn.execute(select(*columns, func.count(), func.min(some.c.due)).group_by(*columns))
    counts: Counts = {(queue, kind): 0 for queue in QUEUES for kind in ("due", "later", "leased")}
    lags: Counts = {(queue,): 0 for queue in QUEUES}
    for name, kind, count, since in rows:
        queue = Job(name=name).queue
        counts[queue, kind] += count
        if kind == "due":
            lags[queue,] = max(lags[queue,], (now - since).total_seconds())
    return {metrics.QUEUE_JOBS: counts, metrics.QUEUE_LAG: lags}


def _deliveries(conn: Connection, now: datetime) -> dict[Gauge, Counts]:
    sending = issues.c.state == IssueState.SENDING
    state = case(
        (batches.c.leased_until >= now, "leased"),
        (batches.c.next_attempt > now, "later"),
        else_="due",
    ).label("state")
    joined = batches.join(issues, issues.c.id == batches.c.issue_id)
    some = select(state).select_from(joined).where(batches.c.open, sending).limit(MOST).subquery()
    rows = conn.execute(select(some.c.state, func.count()).group_by(some.c.state))
    overdue = and_(batches.c.open, batches.c.leased_until < now)
    stale = and_(jobs.c.state == JobState.LEASED, jobs.c.leased_until < now)
    return {
        metrics.OPEN_BATCHES: {(kind,): 0 for kind in ("due", "later", "leased")}
        | {(kind,): count for kind, count in rows},
        metrics.ISSUES: {(one.value,): 0 for one in UNDER_WAY}
        | _by(conn, issues.c.state, issues.c.state.in_(UNDER_WAY)),
        metrics.ISSUE_LAG: _lag(conn, select(func.min(issues.c.started)).where(sending), now),
        metrics.LEASES_OVERDUE: {
            ("batch",): conn.scalar(select(func.count()).select_from(batches).where(overdue)) or 0,
            ("job",): conn.scalar(select(func.count()).select_from(jobs).where(stale)) or 0,
        },
    }


def _sources(conn: Connection) -> Counts:
    state = case(
        (sources.c.failures > 0, "failing"), (sources.c.last_checked.is_(None), "new"), else_="well"
    ).label("state")
    found = _by(conn, state, sources.c.retired.is_(None))
    return {("failing",): 0, ("new",): 0, ("well",): 0, **found}


def _due_sources(now: datetime) -> ColumnElement[Any]:
    known = and_(sources.c.retired.is_(None), sources.c.next_check <= now)
    return case((known, sources.c.next_check))


def _alive(now: datetime) -> ColumnElement[bool]:
    return and_(services.c.heartbeat > now - LIVE_FOR, services.c.heartbeat < now + LIVE_FOR)


def _by(conn: Connection, column: ColumnElement[Any], *where: ColumnElement[bool]) -> Counts:
    rows = conn.execute(select(column, func.count()).where(*where).group_by(column))
    return {(str(label),): count for label, count in rows}


def _one(conn: Connection, query: Select[Any]) -> Counts:
    return {(): conn.scalar(select(func.count()).select_from(query.limit(MOST).subquery())) or 0}


def _lag(conn: Connection, query: Select[Any], now: datetime) -> Counts:
    since: datetime | None = conn.scalar(query)
    return {(): max(0.0, (now - since).total_seconds()) if since else 0}
