"""Whether a move to another database can begin, goes on, or is done: how both stand, and what follows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, select, text

from syndicate.errors import MoveRefused
from syndicate.store.carrying import TABLES
from syndicate.store.database import Database
from syndicate.store.jobs import JobState
from syndicate.store.migrations import HEAD
from syndicate.store.moves import Direction, Move, find_move
from syndicate.store.schema import batches, jobs
from syndicate.store.services import live_owner
from syndicate.store.strangers import find_strangers
from syndicate.store.upgrade import SchemaState, SchemaStatus, require_current, status

# Leases are minutes: one that ends later is left from a clock that ran ahead.
LONGEST_LEASE = timedelta(hours=1)
FRESH = SchemaStatus(state=SchemaState.FRESH, revision="")


class Step(StrEnum):
    """What a move has to do: begin, go on where a former one was killed, or nothing any more."""

    BEGIN = "begin"
    GO_ON = "go on"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A database of a move as it is found. `move` is the one that leads away from the source, or to the
    target; `strangers` are tables that are not ours.
    """

    where: str
    schema: SchemaStatus = FRESH
    move: Move | None = None
    empty: bool = True
    strangers: Sequence[str] = ()


def look(source: Database, target: Database | None, *, now: datetime) -> Step:
    """Which step comes next; changes nothing. `target` is None for a file that is not there yet.

    Raises MoveRefused, SchemaMismatch for a source that is not ours or not upgraded.
    """
    leaving = _side(source, Direction.TO)
    if leaving.schema.state in (SchemaState.BEHIND, SchemaState.NEWER, SchemaState.FOREIGN):
        require_current(source)
    arriving = _side(target, Direction.FROM) if target else Side(where="")
    step = decide(leaving, arriving)
    if step is not Step.DONE:
        source.read_now(refuse_running, source.where, now=now)
    if target and not target.is_sqlite:
        target.read_now(_refuse_encoding, target.where)
    return step


def decide(source: Side, target: Side) -> Step:
    """Which step comes next. Raises MoveRefused, saying what is in the way."""
    if source.where == target.where:
        raise MoveRefused(f"{source.where} is the database in use: name another")
    if source.schema.state in (SchemaState.FRESH, SchemaState.MOVING):
        raise MoveRefused(source.schema.why or f"the database {source.where} is empty: nothing to move")
    if source.move and source.move.other != target.where:
        raise MoveRefused(source.schema.why)
    if target.move and target.move.other == source.where:
        if target.schema.state is SchemaState.MOVING:
            return _go_on(source, target)
        if source.move:
            return Step.DONE
    _refuse_filled(target)
    return Step.BEGIN


def _go_on(source: Side, target: Side) -> Step:
    moved = source.schema.state is SchemaState.MOVED
    if target.schema.revision != HEAD or (moved and source.schema.revision != HEAD):
        raise MoveRefused(
            f"the move to {target.where} was begun by an older Syndicate: give it up by `syndicate db stay`, "
            f"empty {target.where}, and begin anew"
        )
    return Step.GO_ON


def _refuse_filled(target: Side) -> None:
    if target.strangers:
        named = ", ".join(target.strangers[:3])
        raise MoveRefused(f"{target.where} holds tables of another program ({named}): name an empty database")
    fresh, current = (target.schema.state is one for one in (SchemaState.FRESH, SchemaState.CURRENT))
    if not (fresh or (current and target.empty)):
        held = f"{target.where} holds an installation already: name an empty database"
        raise MoveRefused(target.schema.why or held)


def refuse_running(conn: Connection, where: str, *, now: datetime) -> None:
    """Raise MoveRefused while anybody works on the database."""
    if told := at_work(conn, where, now=now):
        raise MoveRefused(told)


def at_work(conn: Connection, where: str, *, now: datetime) -> str:
    """Who works on the database, also a command that has no heartbeat, and what to do; empty for nobody."""
    if owner := live_owner(conn, now):
        return f"the service {owner} is running on {where}: stop it first"
    if lease := _find_lease(conn, now):
        what, owner, until = lease
        return (
            f"{owner} has {what} of {where} in hand, until {until:%H:%M:%S} UTC at least: let it end, or "
            "stop it, and try again after that time"
        )
    return ""


def _find_lease(conn: Connection, now: datetime) -> tuple[str, str, datetime] | None:
    def find(table: Table, *held: ColumnElement[bool]) -> Any:
        alive = table.c.leased_until > now, table.c.leased_until < now + LONGEST_LEASE
        query = select(table.c.owner, table.c.leased_until).where(*held, *alive)
        return conn.execute(query.order_by(table.c.leased_until.desc()).limit(1)).one_or_none()

    if job := find(jobs, jobs.c.state == JobState.LEASED):
        return "a job", *job
    if batch := find(batches, batches.c.owner != ""):
        return "a batch of mail", *batch
    return None


def _side(db: Database, direction: Direction) -> Side:
    schema = status(db)
    ours = schema.state in (SchemaState.CURRENT, SchemaState.MOVED, SchemaState.MOVING)

    def read(conn: Connection) -> Side:
        return Side(
            where=db.where,
            schema=schema,
            move=find_move(conn, direction) if ours else None,
            empty=ours and _is_empty(conn),
            strangers=find_strangers(conn),
        )

    return db.read_now(read)


def _is_empty(conn: Connection) -> bool:
    return not any(conn.execute(select(table).limit(1)).first() for table in TABLES)


def _refuse_encoding(conn: Connection, where: str) -> None:
    encoding = conn.scalar(text("SHOW server_encoding"))
    if encoding != "UTF8":
        raise MoveRefused(
            f"{where} keeps texts as {encoding}, which cannot hold every letter: make the database with "
            "ENCODING 'UTF8' TEMPLATE template0"
        )
