"""Rows of jobs beside the tables of Procrastinate, in one PostgreSQL database and one transaction.

What Procrastinate's own functions do is asked of Procrastinate; here is what joins its tables with ours.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import psycopg
from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from syndicate.errors import SchemaMismatch
from syndicate.model.job import Parcel
from syndicate.store.database import CONNECT_SECONDS, read_url
from syndicate.store.faults import of_driver, told

# What psycopg raises where a connection of its own is used.
DriverError = psycopg.Error
# One process at a time brings the tables up to date.
LOCK = text("SELECT pg_advisory_xact_lock(7420164)")
# Which of Procrastinate's steps the tables have seen stands beside them: it keeps no record of its own.
# The catalogue is named since reading it takes a lock, before which nobody sees what another just committed.
FOUND = text("SELECT count(*) = 1 FROM pg_class WHERE oid = to_regclass('procrastinate_jobs')")
STEP = text("SELECT obj_description(to_regclass('procrastinate_jobs'), 'pg_class')")
MARK = "syndicate: "
STANDING = text("SELECT id FROM procrastinate_jobs WHERE queueing_lock = ANY(:locks) AND status = 'todo'")
# As Procrastinate's own query `defer_jobs`, but for a list that PostgreSQL reads, in a tenth of the time.
DEFER = text("""
    SELECT procrastinate_defer_jobs_v1(array_agg(ROW(
        lane, :task, priority, NULL, lock, jsonb_build_object('job', id, 'key', key), due
        )::procrastinate_job_to_defer_v1))
    FROM json_to_recordset(CAST(:rows AS json))
      AS given(id bigint, lane text, priority int, lock text, key text, due timestamptz)
""")
# One that is being done has its row leased in the next moment, or is done by nobody. NOT IN reads those that
# are carried once, into a hash of so much memory (300 bytes each, and more where there is not room for them);
# a join would compare each with each where PostgreSQL knows nothing of the tables yet.
ROOM = text("SET LOCAL work_mem = '128MB'")
UNCARRIED = text("""
    SELECT job.id, job.name, job.key, job.priority
    FROM jobs AS job
    WHERE job.state = 'waiting' AND job.due <= :now
      AND (CASE job.key WHEN '' THEN 'job:' || job.id ELSE job.key END) NOT IN (
        SELECT carried.queueing_lock FROM procrastinate_jobs AS carried
        WHERE carried.status = 'todo' AND carried.queueing_lock IS NOT NULL
          AND (carried.scheduled_at IS NULL OR carried.scheduled_at <= now()))
    ORDER BY job.priority DESC, job.due, job.id
    LIMIT :most
    FOR UPDATE OF job SKIP LOCKED
""")
# Of a worker that lives: what it could not say while the database was away.
UNSAID = text("""
    SELECT carried.id
    FROM procrastinate_jobs AS carried JOIN jobs AS job ON job.id = (carried.args->>'job')::bigint
    WHERE carried.status = 'doing' AND job.finished < :before
""")


DOING = text("""
    SELECT id FROM procrastinate_jobs WHERE id = ANY(:ids) AND status = 'doing' FOR UPDATE SKIP LOCKED
""")


def driver(conn: Connection) -> Any:
    """psycopg's connection below this one, whose transaction it shares."""
    return conn.connection.driver_connection


def run(conn: Connection, statement: str, values: Mapping[str, Any]) -> None:
    """One of Procrastinate's statements that gives nothing back."""
    with of_driver(conn, statement):
        driver(conn).execute(statement, values)


def as_ours(conn: Connection, error: BaseException) -> BaseException:
    """What went wrong below us, as the database's other calls tell it."""
    cause = error.__cause__
    return error if cause is None else told(conn, "procrastinate", cause)


def connect_arguments(url: str) -> dict[str, Any]:
    """What psycopg takes to connect to this URL. Raises DatabaseFault for one that cannot be read."""
    dialect: Any = PGDialect_psycopg
    _, given = dialect().create_connect_args(read_url(url))
    return {**given, "connect_timeout": CONNECT_SECONDS, "application_name": "syndicate worker"}


async def commit_each(conn: psycopg.AsyncConnection[Any]) -> None:
    """Make each statement a transaction: what a worker of Procrastinate asks, without two journeys more."""
    await conn.set_autocommit(True)


def bring_up(conn: Connection, *, whole: str, steps: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """Make Procrastinate's tables, or bring them up to date: the `whole` of today, or the `steps` since.

    The step that they had before, empty where there were none, and the one that they have now. Raises
    SchemaMismatch for those of others.
    """
    last = steps[-1][0]
    if _step(conn) == last:
        return last, last
    conn.execute(LOCK)
    before = _step(conn)
    if before > last:
        raise SchemaMismatch(
            f"Procrastinate's tables are newer ({before}) than the library that is installed: "
            "install the one that brought them up, or a later one"
        )
    missing = [whole] if not before else [sql for name, sql in steps if name > before]
    with of_driver(conn, "procrastinate"):
        for sql in missing:
            driver(conn).execute(sql)
        driver(conn).execute(f"COMMENT ON TABLE procrastinate_jobs IS '{MARK}{last}'")
    return before, last


def defer(conn: Connection, parcels: Sequence[Parcel], *, task: str, lane_of: Callable[[str], str]) -> None:
    """Make each a job of Procrastinate. None may wait under its lock: see `list_standing`."""
    rows = [
        {
            "id": one.id,
            "lane": lane_of(one.name),
            "priority": one.priority,
            "lock": _lock(one),
            "key": one.key,
            "due": one.due,
        }
        for one in parcels
    ]
    conn.execute(DEFER, {"task": task, "rows": json.dumps(rows, default=datetime.isoformat)})


def list_standing(conn: Connection, parcels: Sequence[Parcel]) -> list[int]:
    """Procrastinate's jobs that wait under a lock of these: under the key, or else the id."""
    return list(conn.scalars(STANDING, {"locks": [_lock(one) for one in parcels]}))


def list_uncarried(conn: Connection, now: datetime, *, most: int) -> list[Parcel]:
    """Rows that are due and that nobody brings to a worker, kept from others until the transaction ends."""
    conn.execute(ROOM)
    rows = conn.execute(UNCARRIED, {"now": now, "most": most})
    return [Parcel(id=row.id, name=row.name, key=row.key, priority=row.priority) for row in rows]


def list_unsaid(conn: Connection, before: datetime) -> list[int]:
    """Procrastinate's jobs that are not ended, though their rows were before that moment."""
    return list(conn.scalars(UNSAID, {"before": before}))


def lock_doing(conn: Connection, ids: Collection[int]) -> list[int]:
    """Those that are still being done; nobody else ends them before the transaction does."""
    return list(conn.scalars(DOING, {"ids": list(ids)})) if ids else []


def _lock(parcel: Parcel) -> str:
    return parcel.key or f"job:{parcel.id}"


def _step(conn: Connection) -> str:
    if not conn.scalar(FOUND):
        return ""
    comment = conn.scalar(STEP) or ""
    if not comment.startswith(MARK):
        raise SchemaMismatch(
            "the database has tables of Procrastinate that Syndicate did not make: give Syndicate a database "
            "or a schema of its own"
        )
    return str(comment.removeprefix(MARK))
