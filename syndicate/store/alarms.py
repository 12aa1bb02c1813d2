"""What of a source needs a person: one row for each incident, until all is well and that was told."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, or_, select, update

from syndicate.store.schema import alarms


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """An incident. `what` is its kind, or the field whose rate fell; `usual` is that rate before, per cent.
    `said` is what happened, `remedy` what to do.

    `told` says that the operator has a mail about it; `ended` is when it was well again.
    """

    source: str
    what: str
    since: datetime
    said: str
    remedy: str = ""
    usual: int = 0
    ended: datetime | None = None
    told: bool = False


_COLUMNS = [alarms.c[name] for name in Alarm.__dataclass_fields__]


def list_alarms(conn: Connection, source: str = "") -> list[Alarm]:
    """Incidents that go on, of one source or of all, by source."""
    query = select(*_COLUMNS).where(alarms.c.ended.is_(None), alarms.c.settled.is_(None))
    if source:
        query = query.where(alarms.c.source == source)
    return [Alarm(**row._mapping) for row in conn.execute(query.order_by(alarms.c.source, alarms.c.what))]


def list_settled(conn: Connection, source: str) -> dict[str, datetime]:
    """The source's incidents that turned out to be how it is: what they are → since when."""
    query = select(alarms.c.what, alarms.c.since)
    rows = conn.execute(query.where(alarms.c.source == source, alarms.c.settled.is_not(None)))
    return {row.what: row.since for row in rows}


def save_alarms(
    conn: Connection,
    raised: Iterable[Alarm],
    *,
    ended: Iterable[Alarm] = (),
    settled: Iterable[Alarm] = (),
    now: datetime,
) -> None:
    """Keep what is new or says something new, note what is well again, and what is how the source is now.

    An incident that comes back before its end was told goes on.
    """
    for alarm in ended:
        conn.execute(update(alarms).where(*_of(alarm), alarms.c.ended.is_(None)).values(ended=now))
    for alarm in settled:
        conn.execute(update(alarms).where(*_of(alarm)).values(settled=now))
    for alarm in raised:
        conn.execute(delete(alarms).where(*_of(alarm), alarms.c.settled.is_not(None)))
        again = update(alarms).where(*_of(alarm)).values(said=alarm.said, remedy=alarm.remedy, ended=None)
        if conn.execute(again).rowcount == 0:
            values = {name: getattr(alarm, name) for name in Alarm.__dataclass_fields__}
            conn.execute(alarms.insert().values(values))


def take_untold(conn: Connection) -> list[Alarm]:
    """Incidents that the operator does not know of, and ended ones of which they know; each is given once."""
    untold = or_(alarms.c.told.is_(False), alarms.c.ended.is_not(None)), alarms.c.settled.is_(None)
    query = select(*_COLUMNS).where(*untold).order_by(alarms.c.source, alarms.c.what).with_for_update()
    found = [Alarm(**row._mapping) for row in conn.execute(query)]
    for alarm in found:
        if alarm.ended is None:
            conn.execute(update(alarms).where(*_of(alarm)).values(told=True))
        else:
            conn.execute(delete(alarms).where(*_of(alarm)))
    return [alarm for alarm in found if alarm.ended is None or alarm.told]


def forget_ended(conn: Connection) -> None:
    """Forget the incidents that are over, where there is nobody to tell; those that go on stay untold."""
    conn.execute(delete(alarms).where(alarms.c.ended.is_not(None)))


def _of(alarm: Alarm) -> tuple[ColumnElement[bool], ...]:
    return alarms.c.source == alarm.source, alarms.c.what == alarm.what
