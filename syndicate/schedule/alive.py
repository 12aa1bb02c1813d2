"""Who is alive on this database, and which part of the work nobody is there for."""

from collections.abc import Sequence
from dataclasses import dataclass

from syndicate.app import App
from syndicate.model.job import QUEUES
from syndicate.store.services import Live, list_live


@dataclass(frozen=True, slots=True, kw_only=True)
class Alive:
    """The processes by role and name. `idle` are the queues that nobody serves; without `keeps_time` nobody
    makes due what a schedule asks for.
    """

    processes: Sequence[Live]
    idle: tuple[str, ...]
    keeps_time: bool


async def look_for_life(app: App) -> Alive:
    """Everybody whose heartbeat is young."""
    return alive(await app.db.read(list_live, app.now()))


def alive(processes: Sequence[Live]) -> Alive:
    """What these do together; pure."""
    served = {queue for one in processes for queue in one.queues}
    return Alive(
        processes=processes,
        idle=tuple(queue for queue in QUEUES if queue not in served),
        keeps_time=any(one.role.schedules for one in processes),
    )
