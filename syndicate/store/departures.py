"""Departures: that somebody left, was suppressed or was forgotten, noted in the transaction that did it.

Running senders compare `mark` before each group: while it is the same, nobody who waits has to be looked
at again. A row for each, and no counter: two who leave at once would wait for each other at a counter.
"""

from sqlalchemy import Connection, delete, insert, select

from syndicate.store import hot
from syndicate.store.schema_deliver import departures

KEPT = 100


def note_departure(conn: Connection) -> None:
    """Somebody who was to be written to may no longer be. Once per transaction is enough."""
    number: int = conn.scalars(insert(departures).returning(departures.c.id)).one()
    if number % KEPT == 0:
        old = (
            select(departures.c.id).where(departures.c.id <= number - KEPT).with_for_update(skip_locked=True)
        )
        gone = delete(departures).where(departures.c.id.in_(old.with_for_update(skip_locked=True)))
        conn.execute(gone)


def mark(conn: Connection) -> tuple[int, int]:
    """What differs after every departure that is committed.

    Neither the last id nor the count alone would do: of two, the one with the lower id may be committed
    last, while an old one goes. Only the oldest go, so that count and sum together never come back.
    """
    count, total = hot.ask(conn, hot.DEPARTURES, ()).fetchone()
    return int(count), int(total)
