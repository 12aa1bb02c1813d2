"""Schedules and their occurrences. An occurrence row is the fence: a local date and time happens once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, case, select, update

from syndicate.model.cadence import Cadence
from syndicate.model.newsletter import Missed
from syndicate.model.schedule import Schedule
from syndicate.store.dialect import insert
from syndicate.store.schema import occurrences, schedules

FIRED = "fired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One firing. `local_date` is `YYYY-MM-DD`, `local_time` `HH:MM`, both in the schedule's zone."""

    id: int
    schedule: str
    local_date: str
    local_time: str
    due: datetime
    outcome: str
    issue_id: int | None
    recorded: datetime

    @property
    def unmade(self) -> bool:
        """Whether it fired, and neither has an issue nor came out empty."""
        return self.outcome == FIRED and self.issue_id is None


def upsert_schedules(conn: Connection, wanted: Iterable[Schedule], *, now: datetime) -> None:
    """Make the configured schedules known and retire the others.

    `since` becomes `now` where a schedule is new, comes back, or changes its cron or zone, so that a changed
    cadence does not look like a missed one.
    """
    names = []
    for schedule in wanted:
        names.append(schedule.name)
        row = {"cron": schedule.cadence.cron, "zone": schedule.cadence.zone, "missed": schedule.missed}
        statement = insert(conn, schedules).values(name=schedule.name, since=now, retired=None, **row)
        same = (
            (schedules.c.cron == row["cron"])
            & (schedules.c.zone == row["zone"])
            & schedules.c.retired.is_(None)
        )
        changes = row | {"retired": None, "since": case((same, schedules.c.since), else_=now)}
        conn.execute(statement.on_conflict_do_update(index_elements=["name"], set_=changes))
    vanished = schedules.c.name.not_in(names) & schedules.c.retired.is_(None)
    conn.execute(update(schedules).where(vanished).values(retired=now))


def list_schedules(conn: Connection) -> list[Schedule]:
    """Every schedule that is not retired, by name."""
    query = select(schedules).where(schedules.c.retired.is_(None)).order_by(schedules.c.name)
    return [
        Schedule(
            name=row.name,
            cadence=Cadence(cron=row.cron, zone=row.zone),
            missed=Missed(row.missed),
            since=row.since,
        )
        for row in conn.execute(query)
    ]


def record_occurrence(
    conn: Connection, schedule: str, *, local_date: str, local_time: str, due: datetime, now: datetime
) -> int | None:
    """Claim the occurrence; its id, or None when somebody has it already."""
    values = {
        "schedule": schedule,
        "local_date": local_date,
        "local_time": local_time,
        "due": due,
        "recorded": now,
    }
    statement = insert(conn, occurrences).values(values).on_conflict_do_nothing()
    return conn.scalars(statement.returning(occurrences.c.id)).one_or_none()


def claim(conn: Connection, occurrence_id: int, *, outcome: str) -> bool:
    """Whether it had fired and nobody made anything of it yet; from now on it has that outcome."""
    fired = (occurrences.c.id == occurrence_id) & (occurrences.c.outcome == FIRED)
    return conn.execute(update(occurrences).where(fired).values(outcome=outcome)).rowcount == 1


def set_outcome(conn: Connection, occurrence_id: int, *, outcome: str, issue_id: int | None = None) -> None:
    """Record what became of the occurrence: at most 10 characters, and the issue it made."""
    changes = {"outcome": outcome, "issue_id": issue_id}
    conn.execute(update(occurrences).where(occurrences.c.id == occurrence_id).values(**changes))


def has_unmade(conn: Connection, schedule: str) -> bool:
    """Whether any occurrence has fired of which nobody knows yet what it makes."""
    unmade = select(occurrences.c.id).where(
        occurrences.c.schedule == schedule, occurrences.c.outcome == FIRED, occurrences.c.issue_id.is_(None)
    )
    return conn.scalars(unmade.limit(1)).one_or_none() is not None


def last_occurrence(conn: Connection, schedule: str, *, now: datetime) -> Occurrence | None:
    """The occurrence that was due last, None before the first.

    What a clock that ran ahead has recorded counts from its time on, so that the time until then is not lost.
    """
    query = select(occurrences).where(occurrences.c.schedule == schedule, occurrences.c.due <= now)
    row = conn.execute(query.order_by(occurrences.c.due.desc()).limit(1)).one_or_none()
    return None if row is None else Occurrence(**row._mapping)
