"""A database moved to another place or kind, with every id: copied in chunks, then compared row by row.

What has come is noted with each chunk, so that a move that was killed goes on where it was. From its
beginning on nothing starts on either side: the rows are in one place at a time.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from syndicate.errors import MoveRefused
from syndicate.store.carrying import TABLES, Say, clear, compare, copy_all, count_all, with_children
from syndicate.store.database import Database
from syndicate.store.lines import Fingerprint
from syndicate.store.move_plan import Step, look, refuse_running
from syndicate.store.moves import Direction, begin_move, finish_move
from syndicate.store.rows import last_ids, set_last_ids
from syndicate.store.schema import metadata
from syndicate.store.upgrade import upgrade

# A writer who has begun is waited for so long.
LOCK_PATIENCE = "SET LOCAL lock_timeout = '10s'"

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveReport:
    """What a move did, or would do: each table's rows. `again` names the tables that had changed since they
    were copied, and were copied anew; `mended` counts texts whose NUL became U+FFFD.
    """

    source: str
    target: str
    step: Step
    rows: Mapping[str, int]
    again: Sequence[str] = ()
    mended: int = 0


def plan(source: Database, target: Database | None, *, now: Clock) -> MoveReport:
    """What a move would do; changes nothing. `target` is None for a file that is not there yet.

    Raises MoveRefused where it would be refused, SchemaMismatch for a source that is not ours.
    """
    step = look(source, target, now=now())
    rows = {} if step is Step.DONE else source.read_now(count_all)
    return MoveReport(source=source.where, target=target.where if target else "", step=step, rows=rows)


def move(source: Database, target: Database, *, now: Clock, say: Say) -> MoveReport:
    """Copy every table with its ids into the target, compare all rows, and lock the source out.

    `say(what, done, of)` is told how far it is, in rows. Raises MoveRefused for a target that holds
    something, a source in use, a row that the target refuses, and rows that differ in the end; DatabaseBusy
    where one of the two went away. After each of these the same call goes on.
    """
    step = look(source, target, now=now())
    if step is Step.DONE:
        source.write_now(finish_move, Direction.TO, now=now())
        return MoveReport(source=source.where, target=target.where, step=step, rows={})
    if step is Step.BEGIN:
        upgrade(target)
    target.write_now(begin_move, Direction.FROM, source.where, now=now())
    source.write_now(_lock_out, source.where, target.where, now=now())
    found, again = source.write_now(_carry, target, now=now, say=say)
    return MoveReport(
        source=source.where,
        target=target.where,
        step=step,
        rows={name: one.rows for name, one in found.items()},
        again=again,
        mended=sum(one.mended for one in found.values()),
    )


def _lock_out(conn: Connection, where: str, other: str, *, now: datetime) -> None:
    begin_move(conn, Direction.TO, other, now=now)
    refuse_running(conn, where, now=now)


def _carry(
    origin: Connection, target: Database, *, now: Clock, say: Say
) -> tuple[dict[str, Fingerprint], tuple[str, ...]]:
    """The whole way, within one transaction of the source that keeps it as it is."""
    _hold(origin)
    refuse_running(origin, "the database", now=now())
    rows = count_all(origin)
    copy_all(origin, target, TABLES, rows=rows, say=say)
    found, differing = compare(origin, target, TABLES, rows=rows, say=say)
    anew = with_children(differing)
    if anew:
        target.write_now(clear, anew)
        copy_all(origin, target, anew, rows=rows, say=say)
        compared, differing = compare(origin, target, anew, rows=rows, say=say)
        found |= compared
    if differing:
        names = ", ".join(table.name for table in differing)
        raise MoveRefused(f"what came to {target.where} is not what was sent: {names}; nothing uses it")
    target.write_now(_arrive, last_ids(origin), now=now())
    finish_move(origin, Direction.TO, now=now())
    return found, tuple(table.name for table in anew)


def _hold(origin: Connection) -> None:
    # SQLite has one writer, which this transaction is.
    if origin.dialect.name == "postgresql":
        origin.execute(text(LOCK_PATIENCE))
        names = ", ".join(table.name for table in metadata.sorted_tables)
        # Neither a writer nor another move.
        origin.execute(text(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE"))


def _arrive(conn: Connection, ids: Mapping[str, int], *, now: datetime) -> None:
    set_last_ids(conn, ids)
    finish_move(conn, Direction.FROM, now=now)
    if conn.dialect.name == "postgresql":
        conn.execute(text(f"ANALYZE {', '.join(table.name for table in TABLES)}"))
