"""What a move does next, by how it finds both sides."""

from dataclasses import replace
from typing import Any

import pytest

from syndicate.errors import MoveRefused
from syndicate.store.migrations import HEAD
from syndicate.store.move_plan import Side, Step, decide
from syndicate.store.moves import Direction, Move
from syndicate.store.upgrade import SchemaState, SchemaStatus
from tests.builders import NOON

HERE, THERE = "/var/syndicate.db", "postgresql://db.courier.example/syndicate"


def a_schema(state: SchemaState, **more: Any) -> SchemaStatus:
    return SchemaStatus(**{"state": state, "revision": HEAD} | more)


def a_move(direction: Direction, other: str, *, finished: bool = False) -> Move:
    return Move(direction=direction, other=other, begun=NOON, finished=NOON if finished else None)


def a_source(state: SchemaState = SchemaState.CURRENT, **more: Any) -> Side:
    return Side(**{"where": HERE, "schema": a_schema(state), "empty": False} | more)


def a_target(state: SchemaState = SchemaState.FRESH, **more: Any) -> Side:
    return Side(**{"where": THERE, "schema": a_schema(state)} | more)


TO_THERE, FROM_HERE = a_move(Direction.TO, THERE), a_move(Direction.FROM, HERE)
FILLING = a_target(SchemaState.MOVING, move=FROM_HERE)
FILLED = a_target(move=a_move(Direction.FROM, HERE, finished=True), state=SchemaState.CURRENT, empty=False)
GONE = a_source(SchemaState.MOVED, move=TO_THERE)


@pytest.mark.parametrize(
    ("source", "target", "step"),
    [
        (a_source(), a_target(), Step.BEGIN),
        (a_source(), a_target(SchemaState.CURRENT), Step.BEGIN),
        (GONE, a_target(), Step.BEGIN),
        (GONE, FILLING, Step.GO_ON),
        (a_source(), FILLING, Step.GO_ON),
        (GONE, FILLED, Step.DONE),
        (a_source(SchemaState.MOVED, move=a_move(Direction.TO, THERE, finished=True)), FILLED, Step.DONE),
    ],
)
def test_the_next_step_follows_from_both_sides(source: Side, target: Side, step: Step) -> None:
    assert decide(source, target) is step


@pytest.mark.parametrize(
    ("source", "target", "said"),
    [
        (a_source(), a_target(where=HERE), "is the database in use"),
        (a_source(SchemaState.FRESH), a_target(), "nothing to move"),
        (a_source(schema=a_schema(SchemaState.MOVING, why="it is being filled")), a_target(), "being filled"),
        (
            a_source(
                schema=a_schema(SchemaState.MOVED, why="it went"), move=a_move(Direction.TO, "/other.db")
            ),
            a_target(),
            "it went",
        ),
        (a_source(), a_target(strangers=["invoices", "x"]), r"another program \(invoices, x\)"),
        (a_source(), a_target(SchemaState.CURRENT, empty=False), "holds an installation already"),
        (a_source(), a_target(SchemaState.BEHIND, empty=False), "holds an installation already"),
        (a_source(), a_target(SchemaState.NEWER, empty=False), "holds an installation already"),
        (a_source(), FILLED, "holds an installation already"),
        (
            a_source(),
            a_target(
                schema=a_schema(SchemaState.MOVING, why="filled from another"),
                move=a_move(Direction.FROM, "/other.db"),
                empty=False,
            ),
            "filled from another",
        ),
        (GONE, replace(FILLING, schema=a_schema(SchemaState.MOVING, revision="0005")), "an older Syndicate"),
        (replace(GONE, schema=a_schema(SchemaState.MOVED, revision="0005")), FILLING, "an older Syndicate"),
    ],
)
def test_what_is_in_the_way_is_said(source: Side, target: Side, said: str) -> None:
    with pytest.raises(MoveRefused, match=said):
        decide(source, target)
