"""A schedule: what fires, at which cadence, and what becomes of an occurrence that nobody fired."""

from dataclasses import dataclass
from datetime import datetime

from syndicate.model.cadence import Cadence
from syndicate.model.newsletter import Missed


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A named cadence. `since` is when it began to hold in this form: nothing before it was missed."""

    name: str
    cadence: Cadence
    missed: Missed = Missed.SEND_LATE
    since: datetime | None = None


# No newsletter's name holds a colon.
REPLAYS = "replay:"


def replay_schedule(feed: str, cadence: Cadence) -> Schedule:
    """When a feed replays. What nobody was there for stands for one replay, not for several."""
    return Schedule(name=f"{REPLAYS}{feed}", cadence=cadence)


def replayed_feed(schedule: str) -> str:
    """The feed that a schedule of that name replays; empty for a newsletter's."""
    return schedule.removeprefix(REPLAYS) if schedule.startswith(REPLAYS) else ""
