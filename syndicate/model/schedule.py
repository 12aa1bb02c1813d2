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
