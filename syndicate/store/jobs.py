"""Jobs: waiting → leased → done or failed. A lease runs out, so that a killed runner's job is not lost."""

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    delete,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError

from syndicate.model.job import Job, Parcel
from syndicate.store import hot
from syndicate.store.database import after_commit
from syndicate.store.dialect import fitted, forget_in_a_crash, insert
from syndicate.store.moves import require_settled
from syndicate.store.schema import jobs
from syndicate.store.types import storable
from syndicate.telemetry.metrics import LEASE_EXPIRIES

KEY_WIDTH = 300
# What another machine's clock called due may be so much too early by ours.
EARLY = timedelta(seconds=2)
# Thousands at a time, as they come when an issue of a million is sent again: ten times as many in a second.
ENQUEUE = text("""
    INSERT INTO jobs (name, args, key, priority, state, due, owner, attempts, error, created)
    SELECT name, args, key, priority, 'waiting', due, '', 0, '', created
    FROM json_to_recordset(CAST(:rows AS json))
      AS given(name text, args json, key text, priority int, due timestamptz, created timestamptz)
    ON CONFLICT DO NOTHING
    RETURNING id, name, key, priority, due
""")
NO_BOUNDS: Mapping[str, int] = MappingProxyType({})
PARCEL = (jobs.c.id, jobs.c.name, jobs.c.key, jobs.c.priority, jobs.c.due)
ORDER = (jobs.c.priority.desc(), jobs.c.due, jobs.c.id)
# Signs that mean something in a LIKE pattern, where / takes that from them.
LIKE_SIGN = re.compile("[/%_]")


class JobState(StrEnum):
    """`dropped` is a stale job whose key waits again in another job."""

    WAITING = "waiting"
    LEASED = "leased"
    DONE = "done"
    FAILED = "failed"
    DROPPED = "dropped"


# Built once, since every batch asks for it.
PENDING = (
    select(jobs.c.key, jobs.c.state, jobs.c.due)
    .where(
        jobs.c.state.in_((JobState.WAITING, JobState.LEASED)),
        jobs.c.name == bindparam("name"),
        jobs.c.key.like(bindparam("beginning"), escape="/"),
    )
    .order_by(jobs.c.state)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeasedJob:
    """A job that is ours until the lease ends. `attempts` counts this one."""

    id: int
    name: str
    args: Mapping[str, Any]
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStatus:
    """How a job stands; `result` is what it returned, as JSON values."""

    id: int
    name: str
    args: Mapping[str, Any]
    state: JobState
    attempts: int
    result: Any
    error: str
    finished: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """Why a job broke, and when it is tried again; None while none of its key waits."""

    error: str
    again: datetime | None


def enqueue(conn: Connection, job: Job, *, now: datetime) -> int | None:
    """Insert the job; its id, or None while one with the same key waits."""
    inserted = enqueue_many(conn, [job], now=now)
    return inserted[0].id if inserted else None


def enqueue_many(conn: Connection, wanted: Sequence[Job], *, now: datetime) -> list[Parcel]:
    """Insert jobs at once; those that were, for which no waiting one stands already."""
    if not wanted:
        return []
    rows = [_row(job, now) for job in wanted]
    # The unique index over the keys of waiting jobs decides, so that of two processes one is dropped.
    if len(rows) > 1 and conn.dialect.name == "postgresql":
        found = conn.execute(ENQUEUE, {"rows": json.dumps(rows, default=datetime.isoformat)})
    else:
        found = conn.execute(insert(conn, jobs).on_conflict_do_nothing().returning(*PARCEL), rows)
    return [_parcel(row, now) for row in found]


def _row(job: Job, now: datetime) -> dict[str, Any]:
    return {
        "name": job.name,
        "args": dict(job.args),
        "key": fitted(job.key, KEY_WIDTH),
        "priority": job.priority,
        "due": job.due or now,
        "created": now,
    }


def _parcel(row: Any, now: datetime | None = None) -> Parcel:
    at_once = now is not None and row.due <= now
    return Parcel(
        id=row.id, name=row.name, key=row.key, priority=row.priority, due=None if at_once else row.due
    )


def find_waiting(conn: Connection, key: str) -> int | None:
    """The id of the job that waits under this key."""
    waiting = select(jobs.c.id).where(jobs.c.key == fitted(key, KEY_WIDTH), jobs.c.state == JobState.WAITING)
    return conn.scalar(waiting) if key else None


def list_pending(conn: Connection, *, name: str, prefix: str) -> dict[str, datetime | None]:
    """Of the jobs of a name whose keys begin so, when those that wait are due; None for one being done."""
    beginning = LIKE_SIGN.sub(r"/\g<0>", prefix) + "%"
    rows = conn.execute(PENDING, {"name": name, "beginning": beginning})
    # The leased first: of two under one key, the one that waits counts.
    return {row.key: row.due if row.state == JobState.WAITING else None for row in rows}


def lease_jobs(
    conn: Connection,
    *,
    owner: str,
    now: datetime,
    limit: int,
    lease: timedelta,
    most: Mapping[str, int] = NO_BOUNDS,
) -> list[LeasedJob]:
    """Take up to `limit` due jobs, the highest priority first, then the longest due.

    Of the names in `most`, no more than so many. Raises SchemaMismatch once the database was moved away.
    """
    require_settled(conn)
    due = jobs.c.state == JobState.WAITING, jobs.c.due <= now
    # Asked apart: joined, PostgreSQL compares each with each where it knows nothing of the table yet.
    within = (*due, jobs.c.id.in_(list(conn.scalars(_within(most, due, limit))))) if most else due
    # SKIP LOCKED lets two runners on PostgreSQL pass each other; SQLite has one writer, and ignores it.
    taken = select(jobs.c.id).where(*within).order_by(*ORDER).limit(limit).with_for_update(skip_locked=True)
    changes = {
        "state": JobState.LEASED,
        "owner": owner,
        "leased_until": now + lease,
        "attempts": jobs.c.attempts + 1,
    }
    ids = list(conn.scalars(taken))
    conn.execute(update(jobs).where(jobs.c.id.in_(ids)).values(**changes))
    rows = conn.execute(select(jobs).where(jobs.c.id.in_(ids)).order_by(*ORDER))
    return [LeasedJob(id=r.id, name=r.name, args=r.args, attempts=r.attempts) for r in rows]


def lease_job(
    conn: Connection, job_id: int, *, key: str, owner: str, now: datetime, lease: timedelta
) -> LeasedJob | None:
    """Take this job, or the one that waits under its `key`; None when neither is waiting and due.

    A lease that the database forgets as it crashes is taken by another, and its first owner stops.
    Raises SchemaMismatch once the database was moved away.
    """
    waiting = ((hot.LEASE_JOB_BY_ID, job_id), *(((hot.LEASE_JOB_BY_KEY, key),) if key else ()))
    at, until = hot.moment(conn, now + EARLY), hot.moment(conn, now + lease)
    for statement, which in waiting:
        row = hot.ask(conn, statement, (owner, until, which, at)).fetchone()
        if row is not None:
            found, name, args, attempts = row
            return LeasedJob(id=found, name=name, args=hot.read_json(args), attempts=attempts)
    require_settled(conn)
    return None


def extend(conn: Connection, job_id: int, *, owner: str, until: datetime) -> bool:
    """Prolong the lease; False when it is no longer ours."""
    forget_in_a_crash(conn)
    return conn.execute(update(jobs).where(_leased(job_id, owner)).values(leased_until=until)).rowcount == 1


def note_progress(conn: Connection, key: str, progress: Any) -> None:
    """Let those who follow the leased job of this key see how far it is; its result takes the place later."""
    leased = and_(jobs.c.key == key, jobs.c.state == JobState.LEASED)
    conn.execute(update(jobs).where(leased).values(result=progress))


def finish_job(
    conn: Connection, job_id: int, *, owner: str, now: datetime, result: Any = None, error: str = ""
) -> bool:
    """Record the end: done, or failed with an `error`; False when the job is no longer the owner's."""
    state = JobState.FAILED if error else JobState.DONE
    told = None if result is None else json.dumps(result)
    ended = (state.value, hot.moment(conn, now), told, storable(error))
    return hot.change(conn, hot.END_JOB, (*ended, job_id, owner)) == 1


def postpone_job(
    conn: Connection, job_id: int, *, owner: str, now: datetime, due: datetime, error: str = ""
) -> bool:
    """Make a leased job wait again until `due`; dropped when one with its key waits already.

    False when the job is no longer the owner's.
    """
    ours = conn.scalars(select(jobs.c.id).where(_leased(job_id, owner)).with_for_update()).one_or_none()
    if ours is not None:
        _wait_again(conn, job_id, {"due": due, "error": error}, now=now)
    return ours is not None


def requeue_stale(conn: Connection, now: datetime) -> int:
    """Make jobs whose lease has run out wait again; how many there were."""
    stale = and_(jobs.c.state == JobState.LEASED, jobs.c.leased_until < now)
    query = select(jobs.c.id).where(stale).order_by(jobs.c.id)
    ids = list(conn.scalars(query.with_for_update(skip_locked=True)))
    for job_id in ids:
        _wait_again(conn, job_id, {"finished": None}, now=now)
    if ids:
        after_commit(conn, partial(LEASE_EXPIRIES.add, len(ids), "job"))
    return len(ids)


def delete_finished(conn: Connection, before: datetime) -> int:
    """Forget jobs that ended before that moment; how many."""
    return conn.execute(delete(jobs).where(jobs.c.finished < before)).rowcount


def list_jobs(conn: Connection, ids: Sequence[int]) -> list[JobStatus]:
    """How these jobs stand, by id."""
    rows = conn.execute(select(jobs).where(jobs.c.id.in_(ids)).order_by(jobs.c.id))
    return [_status(row) for row in rows]


def list_since(conn: Connection, start: datetime) -> list[JobStatus]:
    """Jobs that ended since then, in the order of their ends; behind them those that wait after a fault."""
    faulty = and_(jobs.c.state == JobState.WAITING, jobs.c.error != "")
    query = select(jobs).where(or_(jobs.c.finished >= start, faulty))
    rows = conn.execute(query.order_by(jobs.c.finished.is_(None), jobs.c.finished, jobs.c.id))
    return [_status(row) for row in rows]


def is_idle(conn: Connection, now: datetime) -> bool:
    """Whether no job runs and none is due."""
    due = and_(jobs.c.state == JobState.WAITING, jobs.c.due <= now)
    busy = select(jobs.c.id).where(or_(jobs.c.state == JobState.LEASED, due))
    return conn.scalars(busy.limit(1)).one_or_none() is None


def find_latest(conn: Connection, key: str) -> JobStatus | None:
    """The newest job of a key, in whatever state; None for a key never seen, or forgotten."""
    newest = select(jobs).where(jobs.c.key == key).order_by(jobs.c.id.desc()).limit(1)
    row = conn.execute(newest).one_or_none()
    return None if row is None else _status(row)


def find_broken(conn: Connection, keys: str) -> Broken | None:
    """Of the jobs whose keys begin with `keys`, the one that broke last and went well under its key at no
    later try; None where all is well.
    """
    waiting, ended = jobs.c.state == JobState.WAITING, jobs.c.state.in_((JobState.DONE, JobState.FAILED))
    # A sweeper lets what failed wait again in a new job, which says nothing before it was tried.
    tried = or_(ended, and_(waiting, jobs.c.error != ""))
    last = select(func.max(jobs.c.id)).where(jobs.c.key.startswith(keys, autoescape=True), tried)
    broken = select(jobs.c.key, jobs.c.error).where(jobs.c.id.in_(last.group_by(jobs.c.key)))
    row = conn.execute(broken.where(jobs.c.error != "").order_by(jobs.c.id.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    again = select(func.min(jobs.c.due)).where(jobs.c.key == row.key, waiting)
    return Broken(error=row.error, again=conn.scalar(again))


def next_due(conn: Connection, *, without: Collection[str] = ()) -> datetime | None:
    """When the next waiting job is due, None when none waits; names in `without` do not count."""
    waiting = select(func.min(jobs.c.due)).where(jobs.c.state == JobState.WAITING)
    earliest: datetime | None = conn.scalar(
        waiting.where(jobs.c.name.not_in(without)) if without else waiting
    )
    return earliest


def find_parcel(conn: Connection, job_id: int) -> Parcel | None:
    """What to carry of this job; None unless it waits."""
    waiting = select(*PARCEL).where(jobs.c.id == job_id, jobs.c.state == JobState.WAITING)
    row = conn.execute(waiting).one_or_none()
    return None if row is None else _parcel(row)


def _status(row: Row[Any]) -> JobStatus:
    return JobStatus(
        id=row.id,
        name=row.name,
        args=row.args,
        state=JobState(row.state),
        attempts=row.attempts,
        result=row.result,
        error=row.error,
        finished=row.finished,
    )


def _within(most: Mapping[str, int], due: Iterable[ColumnElement[bool]], limit: int) -> Select[tuple[int]]:
    place = func.row_number().over(partition_by=jobs.c.name, order_by=ORDER)
    ranked = select(jobs.c.id, jobs.c.name, jobs.c.priority, jobs.c.due, place.label("place"))
    found = ranked.where(*due).subquery()
    few = [and_(found.c.name == name, found.c.place <= count) for name, count in most.items()]
    allowed = select(found.c.id).where(or_(found.c.name.not_in(most), *few))
    # Twice as many, since another process may have some of them in hand.
    return allowed.order_by(found.c.priority.desc(), found.c.due, found.c.id).limit(2 * limit)


def _leased(job_id: int, owner: str) -> ColumnElement[bool]:
    return and_(jobs.c.id == job_id, jobs.c.owner == owner, jobs.c.state == JobState.LEASED)


def _wait_again(conn: Connection, job_id: int, changes: dict[str, Any], *, now: datetime) -> None:
    this = jobs.c.id == job_id
    waiting = {"state": JobState.WAITING, "owner": "", "leased_until": None, **changes}
    try:
        with conn.begin_nested():
            conn.execute(update(jobs).where(this).values(**waiting))
    except IntegrityError:
        dropped = {"state": JobState.DROPPED, "leased_until": None, "finished": now}
        conn.execute(update(jobs).where(this).values(**dropped))
