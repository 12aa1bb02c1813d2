"""Which addresses a cache in front of us is still to be told of. A path stands once, however it changes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select, tuple_

from syndicate.store.dialect import insert
from syndicate.store.schema import purges

# Of an SQL statement's values, two for each path.
AT_ONCE = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Purge:
    """A path of the site, `/feeds/all.rss`, that changed last at `since`; then its `stamp` was raised."""

    path: str
    stamp: int
    since: datetime


def add_purges(conn: Connection, paths: Iterable[str], *, now: datetime) -> None:
    """Remember that what stands at these paths changed."""
    # In one order for all, so that two who remember the same do not wait for each other in a circle.
    rows = [{"path": path, "stamp": 1, "since": now} for path in sorted(set(paths))]
    if rows:
        raised = {"stamp": purges.c.stamp + 1, "since": now}
        conn.execute(insert(conn, purges).on_conflict_do_update(index_elements=["path"], set_=raised), rows)


def list_purges(conn: Connection, *, take: int) -> list[Purge]:
    """The paths that have waited longest."""
    query = select(purges).order_by(purges.c.since, purges.c.path).limit(take)
    return [Purge(**row._mapping) for row in conn.execute(query)]


def forget_purges(conn: Connection, told: Sequence[Purge]) -> None:
    """Those were told; one that changed again meanwhile stays."""
    for at in range(0, len(told), AT_ONCE):
        pairs = [(one.path, one.stamp) for one in told[at : at + AT_ONCE]]
        conn.execute(delete(purges).where(tuple_(purges.c.path, purges.c.stamp).in_(pairs)))
