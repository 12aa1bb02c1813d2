"""Each issue's deliveries have a partition of their own on PostgreSQL, made before the first of them.

There is no default partition: attaching to a table that has one locks it against every reader, and so waits
for a backup that runs, and nothing could be detached without locking out the sends of all issues. What was
there before partitions stands in one of its own, with the issues that it holds named.
"""

import re
from collections.abc import Iterable
from enum import StrEnum

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from syndicate.errors import DatabaseBusy
from syndicate.store.database import Database
from syndicate.store.schema import deliveries

# Any number does, as long as nothing else takes it: with an issue's id it makes one lock.
ADVISORY_LOCK = 7_420_163
BEFORE = "deliveries_before"
# A page is filled by so many per cent: a row is written anew twice, leased and with a reply, and while its
# page has room for that no index is touched, and the log of changes takes half.
FILLED = 35
TOGETHER = 100
# object_not_in_prerequisite_state: https://www.postgresql.org/docs/current/errcodes-appendix.html
OTHER_LEAVES = "55000"

_IS_ATTACHED = text(
    "SELECT 1 FROM pg_inherits WHERE inhrelid = to_regclass(:name) "
    "AND inhparent = to_regclass('deliveries') AND NOT inhdetachpending"
)
_PLACE = text(
    "SELECT CASE WHEN i.inhrelid IS NULL THEN 'detached' WHEN i.inhdetachpending THEN 'leaving' "
    "ELSE 'attached' END FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid "
    "WHERE c.oid = to_regclass(:name)"
)
_ATTACHED = text(
    "SELECT relname FROM pg_inherits JOIN pg_class ON oid = inhrelid "
    "WHERE inhparent = to_regclass('deliveries') AND NOT inhdetachpending"
)
_NAMED = text(
    r"SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '^deliveries_(\d+|before)$' "
    "AND relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = to_regclass('deliveries'))"
)
_LEAVING = text(
    "SELECT relname FROM pg_inherits JOIN pg_class ON oid = inhrelid "
    "WHERE inhparent = to_regclass('deliveries') AND inhdetachpending"
)
_BOUND = text("SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE oid = to_regclass(:name)")


class Place(StrEnum):
    """How a partition stands; `leaving` when a detaching was broken off half-way."""

    NONE = "none"
    ATTACHED = "attached"
    LEAVING = "leaving"
    DETACHED = "detached"


def partition_of(issue_id: int) -> str:
    """The name of the table that an issue's deliveries stand in."""
    return f"{deliveries.name}_{issue_id:d}"


def place_of(conn: Connection, issue_id: int) -> str:
    """The table to name in a statement about one issue's deliveries; asked of the database once a connection.

    An issue that is being sent stays where it is: only ended ones are detached.
    """
    if not is_partitioned(conn):
        return deliveries.name
    known: dict[int, str] = conn.info.setdefault("deliveries", {})
    if issue_id in known:
        return known[issue_id]
    if not _is_attached(conn, issue_id):
        return deliveries.name
    known[issue_id] = partition_of(issue_id)
    return known[issue_id]


def is_partitioned(conn: Connection) -> bool:
    """Whether this kind of database keeps deliveries in partitions."""
    return conn.dialect.name == "postgresql"


def prepare_partitions(conn: Connection, issue_ids: Iterable[int]) -> None:
    """Make a place for the deliveries of these issues, where there is none yet.

    It waits for nobody who sends or reads, nor they for it: a table of its own is made and then attached,
    where CREATE TABLE … PARTITION OF would lock out everybody. Two that attach wait for each other until
    their transactions end.
    """
    if not is_partitioned(conn):
        return
    for issue_id in sorted(set(issue_ids)):
        if not has_partition(conn, issue_id):
            _create(conn, issue_id)


def has_partition(conn: Connection, issue_id: int) -> bool:
    """Whether deliveries of this issue have a place."""
    return _is_attached(conn, issue_id) or issue_id in list_before(conn)


def list_before(conn: Connection) -> set[int]:
    """The issues that were there before partitions, which share one."""
    bound = conn.scalar(_BOUND, {"name": BEFORE}) or ""
    return {int(number) for number in re.findall(r"\d+", bound)}


def list_issues_by_place(conn: Connection) -> list[list[int]]:
    """The issues that deliveries have a place for, newest first, by some hundred partitions at a time.

    To plan a statement takes PostgreSQL longer than proportionally with the partitions that it is about.
    """
    names = conn.scalars(_ATTACHED).all()
    ids = sorted((int(name.rpartition("_")[2]) for name in names if name != BEFORE), reverse=True)
    some = [ids[start : start + TOGETHER] for start in range(0, len(ids), TOGETHER)]
    return [*some, sorted(list_before(conn), reverse=True)] if BEFORE in names else some


def analyze_partition(conn: Connection, issue_id: int) -> None:
    """Let the planner know a freshly filled partition, which it would take for empty."""
    if is_partitioned(conn) and _is_attached(conn, issue_id):
        conn.execute(text(f"ANALYZE {partition_of(issue_id)}"))


def remove_partition(db: Database, issue_id: int) -> None:
    """Detach an issue's partition and drop it, with all that is in it; nothing where there is none.

    It locks out nobody: who sends or reads goes on, and it waits for them, some seconds at a time. Raises
    DatabaseBusy when they hold it for longer, as a backup does; the next call goes on where it stopped, for
    whichever issue it is: while one partition is leaving, PostgreSQL lets no other begin to.
    """
    for leaving in db.read_now(_list_leaving):
        _detach(db, leaving, "FINALIZE")
    name, place = partition_of(issue_id), db.read_now(find_place, issue_id)
    if place is Place.ATTACHED:
        _detach(db, name, "CONCURRENTLY")
    if place is not Place.NONE:
        db.alone_now(f"DROP TABLE {name}")


def find_place(conn: Connection, issue_id: int) -> Place:
    """How an issue's own partition stands."""
    found = conn.scalar(_PLACE, {"name": partition_of(issue_id)}) if is_partitioned(conn) else None
    return Place(found or Place.NONE)


def drop_partitions(conn: Connection) -> None:
    """Drop every partition, attached or not, with all that is in it."""
    for name in conn.scalars(_NAMED).all():
        conn.execute(text(f"DROP TABLE {name} CASCADE"))


def _list_leaving(conn: Connection) -> list[str]:
    return list(conn.scalars(_LEAVING)) if is_partitioned(conn) else []


def _detach(db: Database, name: str, how: str) -> None:
    try:
        db.alone_now(f"ALTER TABLE {deliveries.name} DETACH PARTITION {name} {how}")
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", "") != OTHER_LEAVES:
            raise
        raise DatabaseBusy(
            f"another partition of {deliveries.name} is being detached: {name} waits"
        ) from error


def _is_attached(conn: Connection, issue_id: int) -> bool:
    return conn.scalar(_IS_ATTACHED, {"name": partition_of(issue_id)}) is not None


def _create(conn: Connection, issue_id: int) -> None:
    # Who comes second looks once more under the lock: IF NOT EXISTS alone fails when two create at once.
    conn.execute(
        text("SELECT pg_advisory_xact_lock(:key, :issue)"), {"key": ADVISORY_LOCK, "issue": issue_id}
    )
    if _is_attached(conn, issue_id):
        return
    name = partition_of(issue_id)
    like = "LIKE deliveries INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES"
    conn.execute(text(f"CREATE TABLE IF NOT EXISTS {name} ({like}) WITH (fillfactor = {FILLED})"))
    conn.execute(text(f"ALTER TABLE deliveries ATTACH PARTITION {name} FOR VALUES IN ({issue_id:d})"))
