"""The statements of a running send, by hand: each is asked every fifty readers, with as many rows.

Written once for both databases: `?` is where a value goes, and what PostgreSQL needs besides stands in
braces. They go to the driver as they are: building statements, row objects and conversions of every value
would cost several times what the database takes.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import Connection

from syndicate.store.faults import told

# Values come in steps: the driver keeps few statements, and making one anew takes longer than running it.
STEP = 10
# The length of a time without its zone.
MOMENT = len("2026-01-31 12:00:00.000000")

# Who waits in a batch and is due, from a given subscriber on, with what a letter needs and what decides
# whether they still get one. By (issue_id, batch, subscriber_id), whatever the size of the issue.
CANDIDATES = """
SELECT d.subscriber_id, p.address, p.address_key, p.name, d.attempt, d.was_unknown, s.state, d.segment
FROM deliveries d
LEFT JOIN subscribers p ON p.id = d.subscriber_id
LEFT JOIN subscriptions s
  ON s.subscriber_id = d.subscriber_id AND s.state = 'active'
  AND s.newsletter = (SELECT newsletter FROM issues WHERE id = ?)
WHERE d.issue_id = ? AND d.batch = ? AND d.subscriber_id > ? AND (
  (d.state = 'queued' AND d.next_attempt IS NULL)
  OR (d.state IN ('queued', 'deferred', 'unknown') AND d.next_attempt <= ?)
)
ORDER BY d.subscriber_id LIMIT ?{ FOR UPDATE OF d}
"""

# The durable intent.
LEASE = """
UPDATE deliveries SET state = 'leased', attempt = attempt + 1, next_attempt = NULL, changed = ?
WHERE issue_id = ? AND subscriber_id IN ($ids)
"""

# What became of whom; one that is no longer leased keeps its state.
RECORD = """
WITH said (id, state, code, reply, relay, at, again, back, doubt) AS (VALUES $rows)
UPDATE deliveries SET state = said.state, code = said.code, reply = said.reply, relay = said.relay,
  changed = said.at, next_attempt = said.again, attempt = deliveries.attempt - said.back,
  was_unknown = deliveries.was_unknown OR said.doubt
FROM said
WHERE deliveries.issue_id = ? AND deliveries.subscriber_id = said.id AND deliveries.state = 'leased'
"""
TYPES = ("bigint", "text", "int", "text", "text", "timestamptz", "timestamptz", "int", "boolean")

# Whom of a group nobody may write to.
SUPPRESSED = "SELECT address_hash, reason FROM suppressions WHERE address_hash IN ($ids)"

# Whether an issue may still be sent: others may look at the same time, but nobody changes it meanwhile.
GOING = "SELECT state, expires FROM issues WHERE id = ?{ FOR SHARE}"

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
FROM deliveries
WHERE issue_id = ? AND batch = ?
  AND (state IN ('queued', 'deferred', 'leased') OR (state = 'unknown' AND next_attempt IS NOT NULL))
"""

# Who of a batch was leased, and is still without an outcome.
LEASED = "SELECT subscriber_id FROM deliveries WHERE issue_id = ? AND batch = ? AND state = 'leased'"

# Still ours, and for so long.
RENEW = "UPDATE batches SET leased_until = ? WHERE issue_id = ? AND number = ? AND owner = ?"

# A sum that no two different sets of departures of one time share: see store/departures.
DEPARTURES = "SELECT count(*), coalesce(sum(id), 0) FROM departures"


def ask(conn: Connection, statement: str, values: Sequence[Any]) -> Any:
    """Run one of the above; the driver's cursor, whose rows are plain tuples."""
    text = _spelt(statement, conn.dialect.name == "postgresql")
    try:
        return conn.connection.cursor().execute(text, values)
    except cast(Any, conn.dialect.dbapi).Error as error:
        raise told(conn, text, error) from error


def change(conn: Connection, statement: str, values: Sequence[Any]) -> int:
    """Run one of the above; how many rows it changed."""
    return int(ask(conn, statement, values).rowcount)


def with_ids(statement: str, ids: list[Any]) -> tuple[str, list[Any]]:
    """The statement for so many ids, and its values: the last one again and again, up to a full step."""
    return _widened(statement, "$ids", "?", _steps(len(ids))), ids + ids[-1:] * _missing(len(ids))


def with_rows(statement: str, rows: list[tuple[Any, ...]]) -> tuple[str, list[Any]]:
    """The statement for so many rows, likewise; the first tells PostgreSQL the types."""
    typed, plain = ", ".join(f"?{{::{kind}}}" for kind in TYPES), ", ".join("?" * len(TYPES))
    full = rows + rows[-1:] * _missing(len(rows))
    text = _widened(statement, "$rows", f"({plain})", _steps(len(rows)), first=f"({typed})")
    return text, [value for row in full for value in row]


def _steps(count: int) -> int:
    return -(-count // STEP) * STEP


def _missing(count: int) -> int:
    return _steps(count) - count


@lru_cache(maxsize=256)
def _widened(statement: str, mark: str, each: str, count: int, *, first: str = "") -> str:
    return statement.replace(mark, ", ".join([first or each, *[each] * (count - 1)]))


def moment(conn: Connection, at: datetime) -> Any:
    """A time as the driver takes it, equal to what store/types.UtcDateTime keeps."""
    if conn.dialect.name == "postgresql":
        return at
    if at.tzinfo is not UTC:
        at = at.astimezone(UTC)
    return at.isoformat(" ", "microseconds")[:MOMENT]


def read_moment(kept: Any) -> datetime | None:
    """A time as the driver gives it back."""
    return datetime.fromisoformat(kept).replace(tzinfo=UTC) if isinstance(kept, str) else kept


@lru_cache(maxsize=512)
def _spelt(statement: str, postgres: bool) -> str:
    pieces = statement.replace("{", "\0{").replace("}", "\0").split("\0")
    if postgres:
        return "".join(piece.removeprefix("{") for piece in pieces).replace("?", "%s")
    return "".join(piece for piece in pieces if not piece.startswith("{"))
