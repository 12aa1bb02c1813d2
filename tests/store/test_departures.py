"""Departures: whoever leaves is noted where running senders look."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from syndicate.model.subscriber import SuppressionReason
from syndicate.store import departures, subscribers, subscriptions, suppressions
from syndicate.store.database import Database
from syndicate.store.schema_deliver import departures as table
from tests.builders import NOON
from tests.deliver.sender import add_issue


def unsubscribe(conn: Connection) -> None:
    subscriptions.end_subscription(conn, 1, "daily", now=NOON, reason="one-click")


def suppress(conn: Connection) -> None:
    suppressions.save_suppression(conn, "0" * 64, reason=SuppressionReason.COMPLAINT, now=NOON)


def forget(conn: Connection) -> None:
    subscribers.delete_subscriber(conn, 1)


@pytest.mark.parametrize("leave", [unsubscribe, suppress, forget])
def test_the_mark_moves_when_somebody_leaves(db: Database, leave: Callable[[Connection], Any]) -> None:
    db.write_now(add_issue, readers=1)
    before = db.read_now(departures.mark)
    db.write_now(leave)
    assert db.read_now(departures.mark) != before


@pytest.mark.parametrize("leave", [unsubscribe, suppress])
def test_the_mark_stays_when_nobody_left(db: Database, leave: Callable[[Connection], Any]) -> None:
    db.write_now(add_issue, readers=1)
    db.write_now(leave)
    before = db.read_now(departures.mark)
    db.write_now(leave)
    assert db.read_now(departures.mark) == before


def test_the_mark_never_comes_back_though_the_oldest_go(db: Database) -> None:
    seen = set()

    def leave(conn: Connection) -> None:
        departures.note_departure(conn)
        seen.add(departures.mark(conn))

    for _ in range(3 * departures.KEPT):
        db.write_now(leave)
    assert len(seen) == 3 * departures.KEPT
    kept = db.read_now(lambda conn: conn.scalar(select(func.count()).select_from(table)))
    assert kept is not None
    assert kept <= 2 * departures.KEPT
