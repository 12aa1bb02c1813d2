"""The statements of a running send and of its jobs, by hand: most are asked with two thirds of a group.

Written once for both databases: `?` is where a value goes, what only PostgreSQL gets stands in braces, and
what only SQLite gets in brackets. They go to the driver as they are: building statements, row objects and
conversions of every value would cost several times what the database takes.

PostgreSQL gets many values as one array in its own text form: a statement of one shape is planned once, and
the driver takes longer to convert a list, or to find a thousand places in a text, than the server to run it.
For the same reason a statement names the issue's own partition (`$deliveries`), so that no plan is about all.
"""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain
from typing import Any, cast

from sqlalchemy import Connection

from syndicate.store.faults import told
from syndicate.store.partitions import place_of

# Values come in steps: the driver keeps few statements, and making one anew takes longer than running it.
STEP = 10
# The length of a time without its zone.
MOMENT = len("2026-01-31 12:00:00.000000")

# Who waits in a batch and is due, from a given subscriber on, with what a letter needs and what decides
# whether they still get one. By (issue_id, batch, subscriber_id), whatever the size of the issue. No row is
# locked, which would cost PostgreSQL as much as leasing it: LEASE takes only whom it still finds waiting.
# OFFSET 0 makes it look everybody up one by one: by its statistics it would merge with all subscribers.
CANDIDATES = """
[SELECT json_group_array(json_array(id, address, key, name, attempt, doubt, state, segment)) FROM (]
SELECT d.subscriber_id AS id, p.address, p.address_key AS key, p.name, d.attempt, d.was_unknown AS doubt,
  s.state, d.segment
FROM $deliveries d
LEFT JOIN {LATERAL (SELECT * FROM} subscribers {WHERE id = d.subscriber_id OFFSET 0)} p
  ON p.id = d.subscriber_id
LEFT JOIN {LATERAL (SELECT * FROM} subscriptions {WHERE subscriber_id = d.subscriber_id OFFSET 0)} s
  ON s.subscriber_id = d.subscriber_id AND s.state = 'active'
  AND s.newsletter = (SELECT newsletter FROM issues WHERE id = ?)
WHERE d.issue_id = ? AND d.batch = ? AND d.subscriber_id > ? AND (
  (d.state = 'queued' AND d.next_attempt IS NULL)
  OR (d.state IN ('queued', 'deferred', 'unknown') AND d.next_attempt <= ?)
)
ORDER BY d.subscriber_id LIMIT ?
[)]
"""

# The durable intent.
LEASE = """
UPDATE $deliveries SET state = 'leased', attempt = attempt + 1, next_attempt = NULL, changed = ?
WHERE issue_id = ? AND subscriber_id [IN ($ids)]{= ANY(?::int[])}
  AND state IN ('queued', 'deferred', 'unknown')
"""

# What became of whom; one that is no longer leased keeps its state.
RECORD = """
WITH said (id, state, code, reply, relay, at, again, back, doubt) AS (
  [VALUES $rows]{SELECT * FROM unnest($arrays)}
)
UPDATE $deliveries AS d SET state = said.state, code = said.code, reply = said.reply, relay = said.relay,
  changed = said.at, next_attempt = said.again, attempt = d.attempt - said.back,
  was_unknown = d.was_unknown OR said.doubt
FROM said
WHERE d.issue_id = ? AND d.subscriber_id = said.id AND d.state = 'leased'
"""
TYPES = ("int", "text", "int", "text", "text", "timestamptz", "timestamptz", "int", "boolean")
ROW = f"({', '.join('?' * len(TYPES))})"
ARRAYS = ", ".join(f"?::{kind}[]" for kind in TYPES)

# Whom of a group nobody may write to.
SUPPRESSED = """
SELECT address_hash, reason FROM suppressions WHERE address_hash [IN ($ids)]{= ANY(?::text[])}
"""

# Whether an issue may still be sent: others may look at the same time, but nobody changes it meanwhile.
GOING = "SELECT state, expires FROM issues WHERE id = ?{ FOR SHARE}"
# The same and RENEW in one, where each statement is a journey; the issue is locked before the batch.
RENEW_GOING = """
WITH issue AS MATERIALIZED (SELECT state, expires FROM issues WHERE id = ? FOR SHARE), renewed AS (
  UPDATE batches SET leased_until = ?
  WHERE issue_id = ? AND number = ? AND owner = ? AND EXISTS (SELECT 1 FROM issue)
  RETURNING 1
)
SELECT state, expires, EXISTS (SELECT 1 FROM renewed) FROM issue
"""

# A batch that nobody has, that is due, and whose issue is being sent.
TAKE = """
UPDATE batches SET owner = ?, leased_until = ?
WHERE issue_id = ? AND number = ? AND open AND owner = '' AND (next_attempt IS NULL OR next_attempt <= ?)
  AND EXISTS (SELECT 1 FROM issues WHERE id = ? AND state = 'sending')
RETURNING failures
"""

# How many of a batch still wait, and when the first of them is due.
SOONEST = """
SELECT count(*), min(CASE WHEN state = 'queued' AND next_attempt IS NULL THEN ?{::timestamptz}
  ELSE next_attempt END)
FROM $deliveries
WHERE issue_id = ? AND batch = ?
  AND (state IN ('queued', 'deferred', 'leased') OR (state = 'unknown' AND next_attempt IS NOT NULL))
"""

# Who of a batch was leased, and is still without an outcome.
LEASED = "SELECT subscriber_id FROM $deliveries WHERE issue_id = ? AND batch = ? AND state = 'leased'"

# Still ours, and for so long.
RENEW = "UPDATE batches SET leased_until = ? WHERE issue_id = ? AND number = ? AND owner = ?"

# A job that waits and is due, while nobody moves the database. That it is leased may be forgotten in a crash.
# IS TRUE keeps PostgreSQL from looking through all that wait, by an index of states and times; that of keys
# holds what waits alone, and is used where that is asked for as it says it.
LEASE_JOB = """
UPDATE jobs SET state = 'leased', owner = ?, leased_until = ?, attempts = attempts + 1
WHERE $which
  AND NOT EXISTS (SELECT 1 FROM moves WHERE direction = 'to' OR finished IS NULL)
  {AND (SELECT set_config('synchronous_commit', 'off', true)) = 'off'}
RETURNING id, name, args, attempts
"""
LEASE_JOB_BY_ID = LEASE_JOB.replace("$which", "id = ? AND (state = 'waiting' AND due <= ?) IS TRUE")
LEASE_JOB_BY_KEY = LEASE_JOB.replace(
    "$which", "key = ? AND key <> '' AND state = 'waiting' AND (due <= ?) IS TRUE"
)

# How a leased job ended, by its owner.
END_JOB = """
UPDATE jobs SET state = ?, finished = ?, leased_until = NULL, result = ?{::json}, error = ?
WHERE id = ? AND owner = ? AND state = 'leased'
"""

# A sum that no two different sets of departures of one time share: see store/departures.
DEPARTURES = "SELECT count(*), coalesce(sum(id), 0) FROM departures"


def about(conn: Connection, issue_id: int, statement: str) -> str:
    """The statement for the deliveries of one issue."""
    return statement.replace("$deliveries", place_of(conn, issue_id))


def ask(conn: Connection, statement: str, values: Sequence[Any]) -> Any:
    """Run one of the above; the driver's cursor, whose rows are plain tuples."""
    text = _spelt(statement, _is_postgres(conn))
    try:
        return conn.connection.cursor().execute(text, values)
    except cast(Any, conn.dialect.dbapi).Error as error:
        raise told(conn, text, error) from error


def ask_rows(conn: Connection, statement: str, values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    """Run one of the above that makes its rows one JSON value on SQLite; its rows.

    The driver lets go of Python's lock for each row, and a loop that sends leaves it waiting each time.
    """
    found: list[Any] = ask(conn, statement, values).fetchall()
    return found if _is_postgres(conn) else read_json(found[0][0])


def change(conn: Connection, statement: str, values: Sequence[Any]) -> int:
    """Run one of the above; how many rows it changed."""
    return int(ask(conn, statement, values).rowcount)


def with_ids(conn: Connection, statement: str, ids: list[Any]) -> tuple[str, list[Any]]:
    """The statement for so many ids, and its values: SQLite's last one again and again, up to a full step."""
    if _is_postgres(conn):
        return statement, [_array(ids, "text" if isinstance(ids[0], str) else "int")]
    return _widened(statement, "$ids", "?", _steps(len(ids))), ids + ids[-1:] * _missing(len(ids))


def with_rows(conn: Connection, statement: str, rows: list[tuple[Any, ...]]) -> tuple[str, list[Any]]:
    """The statement for so many rows, likewise."""
    if _is_postgres(conn):
        columns = zip(*rows, strict=True)
        return statement, [_array(column, kind) for column, kind in zip(columns, TYPES, strict=True)]
    text = _widened(statement, "$rows", ROW, _steps(len(rows)))
    return text, list(chain.from_iterable(rows + rows[-1:] * _missing(len(rows))))


def _array(values: Sequence[Any], kind: str) -> str:
    if kind == "text":
        whole = "".join(values)
        if '"' in whole or "\\" in whole:
            values = [value.replace("\\", "\\\\").replace('"', '\\"') for value in values]
        return '{"' + '","'.join(values) + '"}'
    if kind == "timestamptz":
        return "{" + ",".join([value.isoformat() if value else "NULL" for value in values]) + "}"
    return "{" + ",".join(map(str, values)) + "}"


def _steps(count: int) -> int:
    return -(-count // STEP) * STEP


def _missing(count: int) -> int:
    return _steps(count) - count


@lru_cache(maxsize=256)
def _widened(statement: str, mark: str, each: str, count: int) -> str:
    return statement.replace(mark, ", ".join([each] * count))


def moment(conn: Connection, at: datetime) -> Any:
    """A time as the driver takes it, equal to what store/types.UtcDateTime keeps."""
    return moments(conn)(at)


def moments(conn: Connection) -> Callable[[datetime], Any]:
    """The same for many of them."""
    return _as_it_is if _is_postgres(conn) else _written


def _as_it_is(at: datetime) -> datetime:
    return at


def _written(at: datetime) -> str:
    if at.tzinfo is not UTC:
        at = at.astimezone(UTC)
    return at.isoformat(" ", "microseconds")[:MOMENT]


def read_json(kept: Any) -> Any:
    """A JSON value as the driver gives it back."""
    return json.loads(kept) if isinstance(kept, str) else kept


def read_moment(kept: Any) -> datetime | None:
    """A time as the driver gives it back."""
    return datetime.fromisoformat(kept).replace(tzinfo=UTC) if isinstance(kept, str) else kept


@lru_cache(maxsize=512)
def _spelt(statement: str, postgres: bool) -> str:
    if not postgres:
        return re.sub(r"\{[^}]*\}|[][]", "", statement)
    ours = re.sub(r"\[[^]]+\]|[{}]", "", statement)
    return ours.replace("$arrays", ARRAYS).replace("?", "%s")


def _is_postgres(conn: Connection) -> bool:
    return conn.dialect.name == "postgresql"
