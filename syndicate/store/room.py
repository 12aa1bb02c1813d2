"""Whether PostgreSQL has room in its table of locks for a question about every issue's deliveries."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

# A partition and its three indexes.
LOCKS_EACH = 4
# Several may ask at a time, a backup among them.
AT_A_TIME = 4
STEP = 64

_COUNT = text("SELECT count(*) FROM pg_inherits WHERE inhparent = to_regclass('deliveries')")
_SETTING = text("SELECT current_setting(:name)::int")
_RECOVERS = text("SELECT pg_is_in_recovery()")


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How many partitions there are, and the `max_locks_per_transaction` that is set and that they need."""

    partitions: int
    given: int
    needed: int


def find_room(conn: Connection) -> Room:
    """The room for locks of this PostgreSQL."""
    partitions = conn.scalars(_COUNT).one()
    given, connections = (
        conn.scalars(_SETTING, {"name": name}).one()
        for name in ("max_locks_per_transaction", "max_connections")
    )
    wanted = -(-partitions * LOCKS_EACH * AT_A_TIME // connections)
    return Room(partitions=partitions, given=given, needed=-(-wanted // STEP) * STEP)


def is_replica(conn: Connection) -> bool:
    """Whether a replica answers."""
    return bool(conn.scalar(_RECOVERS))
