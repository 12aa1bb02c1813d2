"""How much the runs of a source found: a bounded history, one row for each run that read pages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from syndicate.store.dialect import insert
from syndicate.store.schema import coverage, items

HISTORY = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """One run: how many pages it read, and on how many of them each field was found.

    `new` counts the items that were new; `unmatched` names selectors of the configuration that found nothing.
    """

    at: datetime
    pages: int
    new: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    unmatched: tuple[str, ...] = ()


def add_coverage(conn: Connection, source: str, run: Coverage) -> None:
    """Keep the run; of a source's runs, the last hundred stay."""
    row = {
        "source": source,
        "at": run.at,
        "pages": run.pages,
        "new": run.new,
        "counts": dict(run.counts),
        "unmatched": list(run.unmatched),
    }
    changes = {name: row[name] for name in ("pages", "new", "counts", "unmatched")}
    statement = insert(conn, coverage).values(row)
    conn.execute(statement.on_conflict_do_update(index_elements=["source", "at"], set_=changes))
    mine = coverage.c.source == source
    last = select(coverage.c.at).where(mine).order_by(coverage.c.at.desc()).offset(HISTORY).limit(1)
    if (oldest := conn.scalar(last)) is not None:
        conn.execute(delete(coverage).where(mine, coverage.c.at <= oldest))


def list_coverage(conn: Connection, source: str) -> list[Coverage]:
    """The source's runs, the newest first."""
    query = select(coverage).where(coverage.c.source == source).order_by(coverage.c.at.desc())
    return [
        Coverage(at=row.at, pages=row.pages, new=row.new, counts=row.counts, unmatched=tuple(row.unmatched))
        for row in conn.execute(query)
    ]


def count_by_source(conn: Connection) -> dict[str, int]:
    """How many items there are of each source, withdrawn ones included."""
    query = select(items.c.source, func.count()).group_by(items.c.source)
    return {row[0]: row[1] for row in conn.execute(query)}
