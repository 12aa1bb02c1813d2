"""How the database is reached, and whether it has room: for whoever looks at everything."""

from dataclasses import dataclass

from syndicate.app import App
from syndicate.store.room import find_room, is_replica


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """`partitions` of deliveries, and the `max_locks_per_transaction` that they need, 0 when it is set.

    `replica` says whether it answers and keeps up, None where there is none.
    """

    partitions: int = 0
    locks_needed: int = 0
    replica: bool | None = None


async def look_at_database(app: App) -> Reached:
    """How it stands at this moment."""
    if app.db.is_sqlite:
        return Reached()
    room = await app.db.read(find_room)
    asked = bool(app.config.settings.postgresql.replica)
    return Reached(
        partitions=room.partitions,
        locks_needed=room.needed if room.needed > room.given else 0,
        replica=await app.db.look(is_replica) if asked else None,
    )
