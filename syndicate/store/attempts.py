"""Attempts: what the relay said each time, of every delivery that was not simply accepted at the first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, not_, select, update

from syndicate.model.delivery import DeliveryState, Outcome
from syndicate.store.dialect import insert
from syndicate.store.schema import deliveries
from syndicate.store.schema_deliver import attempts

# What a lease can end with that was an attempt: put back untried is none.
TRIED = frozenset({DeliveryState.SENT, DeliveryState.DEFERRED, DeliveryState.REFUSED, DeliveryState.UNKNOWN})
# An accepted first attempt, as most are, stands in the delivery alone: a row more for each would cost time.
PLAIN = and_(deliveries.c.state == DeliveryState.SENT.value, deliveries.c.attempt == 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt. `code` is the relay's last reply, 0 where there was none."""

    issue_id: int
    subscriber_id: int
    attempt: int
    at: datetime
    state: DeliveryState
    code: int
    reply: str
    relay: str


def add_attempts(conn: Connection, issue_id: int, outcomes: Sequence[Outcome]) -> None:
    """Keep what came of these, whose outcomes this transaction has just recorded. Twice is once.

    It copies what the deliveries say now, so that a delivery that kept its state tells nothing untrue.
    """
    told = [outcome.subscriber_id for outcome in outcomes if _tells(outcome)]
    if not told:
        return
    tried = deliveries.c.state.in_(sorted(TRIED)), deliveries.c.attempt > 0, not_(PLAIN)
    _copy(conn, deliveries.c.issue_id == issue_id, deliveries.c.subscriber_id.in_(told), *tried)


def keep_acceptance(conn: Connection, issue_id: int, subscriber_id: int) -> None:
    """Keep an accepted first attempt, which stands in its delivery alone, before that says something else."""
    _copy(conn, deliveries.c.issue_id == issue_id, deliveries.c.subscriber_id == subscriber_id, PLAIN)


def correct_attempts(
    conn: Connection, issue_id: int, entries: Mapping[tuple[int, int], Outcome | None]
) -> None:
    """Let attempts that counted as unknown be sent, where a journal found late says so."""
    for (subscriber_id, number), outcome in entries.items():
        if outcome is not None and outcome.state == DeliveryState.SENT:
            late = update(attempts).where(
                attempts.c.issue_id == issue_id,
                attempts.c.subscriber_id == subscriber_id,
                attempts.c.attempt == number,
                attempts.c.state == DeliveryState.UNKNOWN,
            )
            conn.execute(late.values(state=DeliveryState.SENT, at=outcome.at, code=outcome.code))


def list_attempts(conn: Connection, subscriber_id: int) -> list[Attempt]:
    """Everything that was tried for one person and kept, oldest first within an issue."""
    mine = select(attempts).where(attempts.c.subscriber_id == subscriber_id)
    rows = conn.execute(mine.order_by(attempts.c.issue_id, attempts.c.attempt))
    return [_attempt(row) for row in rows]


def blank_attempts(conn: Connection, subscriber_id: int) -> None:
    """Take the relay's words out of the attempts of somebody who is being forgotten."""
    conn.execute(update(attempts).where(attempts.c.subscriber_id == subscriber_id).values(reply=""))


def _copy(conn: Connection, *which: ColumnElement[bool]) -> None:
    """What these deliveries say now, as attempts; one that is there already stays as it is."""
    columns = [column.name for column in attempts.c]
    values = [deliveries.c.changed if name == "at" else deliveries.c[name] for name in columns]
    said = select(*values).where(*which)
    conn.execute(insert(conn, attempts).from_select(columns, said).on_conflict_do_nothing())


def _tells(outcome: Outcome) -> bool:
    return outcome.state in TRIED and (outcome.state != DeliveryState.SENT or outcome.attempt != 1)


def _attempt(row: Any) -> Attempt:
    return Attempt(**{**row._mapping, "state": DeliveryState(row.state)})
