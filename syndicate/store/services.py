"""Running services and their heartbeats, so that a command beside one hands its work over."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, select

from syndicate.model.job import QUEUES
from syndicate.model.role import Role
from syndicate.store.dialect import insert
from syndicate.store.moves import require_settled
from syndicate.store.schema import services

# Three beats of ten seconds may be missed before a service counts as gone.
LIVE_FOR = timedelta(seconds=30)
SEPARATOR = ","
WORKING = [role.value for role in Role if role.works]


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """A process that is alive."""

    owner: str
    role: Role
    queues: tuple[str, ...] = ()


def beat(
    conn: Connection,
    owner: str,
    *,
    now: datetime,
    role: Role = Role.RUN,
    queues: Collection[str] = QUEUES,
) -> None:
    """Say that `owner` is alive, and of which queues it does jobs if its role does any.

    Raises SchemaMismatch once the database was moved away meanwhile.
    """
    require_settled(conn)
    served = SEPARATOR.join(queues) if role.works else ""
    changes = {"heartbeat": now, "role": role, "queues": served}
    statement = insert(conn, services).values(owner=owner, **changes)
    conn.execute(statement.on_conflict_do_update(index_elements=["owner"], set_=changes))


def leave(conn: Connection, owner: str) -> None:
    """Say that `owner` has ended."""
    conn.execute(delete(services).where(services.c.owner == owner))


def live_service(conn: Connection, now: datetime) -> str | None:
    """The one that does jobs and whose heartbeat is newest, None when none is younger than LIVE_FOR."""
    query = select(services.c.owner).where(_young(now), services.c.role.in_(WORKING))
    return conn.scalars(query.order_by(services.c.heartbeat.desc(), services.c.owner).limit(1)).one_or_none()


def list_served(conn: Connection, now: datetime) -> set[str]:
    """The queues whose jobs somebody alive does."""
    found = conn.scalars(select(services.c.queues).where(_young(now), services.c.role.in_(WORKING)))
    return {queue for queues in found for queue in _split(queues)}


def live_owner(conn: Connection, now: datetime) -> str | None:
    """Anybody who is alive, whatever it does; reads no column that an older schema has not."""
    return conn.scalars(select(services.c.owner).where(_young(now)).limit(1)).one_or_none()


def list_live(conn: Connection, now: datetime) -> list[Live]:
    """Every process that is alive, whatever it does, by role and name."""
    rows = conn.execute(select(services).where(_young(now)).order_by(services.c.role, services.c.owner))
    return [Live(owner=row.owner, role=Role(row.role), queues=_split(row.queues)) for row in rows]


def forget_gone(conn: Connection, now: datetime) -> int:
    """Forget those that were killed a day ago, so that the table does not grow; how many."""
    return conn.execute(delete(services).where(services.c.heartbeat < now - timedelta(days=1))).rowcount


def _split(queues: str) -> tuple[str, ...]:
    return tuple(queues.split(SEPARATOR)) if queues else ()


def _young(now: datetime) -> ColumnElement[bool]:
    # One from the future is left from a clock that ran ahead.
    return and_(services.c.heartbeat > now - LIVE_FOR, services.c.heartbeat < now + LIVE_FOR)
