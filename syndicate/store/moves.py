"""What a move notes on both sides: one that was killed goes on, and meanwhile nobody works on either."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, delete, select, update

from syndicate.errors import SchemaMismatch
from syndicate.store.dialect import insert
from syndicate.store.schema import moved_tables, moves


class Direction(StrEnum):
    """Seen from the database in which it stands."""

    FROM = "from"
    TO = "to"


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A move from or to the `other` database, named without its password; `finished` once all is there."""

    direction: Direction
    other: str
    begun: datetime
    finished: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a table has come: its rows, the key of the last one (None before it), whether that is all."""

    rows: int = 0
    last: Sequence[str] | None = None
    whole: bool = False


def find_move(conn: Connection, direction: Direction) -> Move | None:
    """The move in that direction, None where there was none."""
    row = conn.execute(select(moves).where(moves.c.direction == direction)).one_or_none()
    if row is None:
        return None
    return Move(direction=direction, other=row.other, begun=row.begun, finished=row.finished)


def begin_move(conn: Connection, direction: Direction, other: str, *, now: datetime) -> None:
    """Note that a move has begun, or goes on."""
    values = {"other": other, "begun": now, "finished": None}
    statement = insert(conn, moves).values(direction=direction, **values)
    conn.execute(statement.on_conflict_do_update(index_elements=["direction"], set_=values))


def finish_move(conn: Connection, direction: Direction, *, now: datetime) -> None:
    """Note that all is there."""
    conn.execute(update(moves).where(moves.c.direction == direction).values(finished=now))


def stay_here(conn: Connection) -> Move | None:
    """Forget that this database was moved to another, or was about to be; the move, None without one."""
    move = find_move(conn, Direction.TO)
    conn.execute(delete(moves).where(moves.c.direction == Direction.TO))
    return move


def unsettled(conn: Connection) -> Move | None:
    """The move for which this database is none to work on: it went away, or has not come whole."""
    gone, come = find_move(conn, Direction.TO), find_move(conn, Direction.FROM)
    return gone or (come if come and come.finished is None else None)


def require_settled(conn: Connection) -> None:
    """Raise SchemaMismatch once the database was moved away, or while it is."""
    if move := unsettled(conn):
        raise SchemaMismatch(explain(move, "in use"))


def explain(move: Move, where: str) -> str:
    """Why the database `where`, which has this unsettled move, is none to work on, and what to do."""
    if move.direction is Direction.FROM:
        return (
            f"the database {where} is being filled from {move.other}, and not all is there yet: run "
            f"`syndicate db move` once more with the configuration that names {move.other}"
        )
    if move.finished is None:
        return (
            f"the database {where} is being moved to {move.other}: run `syndicate db move` once more to "
            "finish that, or give it up with `syndicate db stay`"
        )
    return (
        f"the database {where} was moved to {move.other} at {move.finished:%Y-%m-%d %H:%M} UTC: name that "
        "one as `database` in the configuration, or go back to this one, as it was then, with `syndicate db "
        "stay`"
    )


def read_progress(conn: Connection) -> dict[str, Progress]:
    """How far each table has come here; those that have not begun are missing."""
    rows = conn.execute(select(moved_tables))
    return {row.name: Progress(rows=row.done, last=row.last, whole=row.whole) for row in rows}


def save_progress(conn: Connection, name: str, progress: Progress) -> None:
    """Note how far a table has come, in the transaction that brings its rows."""
    values = {"done": progress.rows, "last": progress.last, "whole": progress.whole}
    statement = insert(conn, moved_tables).values(name=name, **values)
    conn.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))


def forget_progress(conn: Connection, names: Sequence[str]) -> None:
    """Let these tables begin anew."""
    conn.execute(delete(moved_tables).where(moved_tables.c.name.in_(names)))
