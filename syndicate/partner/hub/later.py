"""Jobs of the hub that are due later: one in ten seconds stands for all that wait."""

from datetime import UTC, datetime, timedelta
from typing import Any

from syndicate.model.job import Job
from syndicate.partner.hub.hubbing import Hubbing
from syndicate.store.jobs import enqueue

STEP = 10
# A lease outlives its request by so long: time to record how that ended.
LEASE = timedelta(seconds=30)


def wake_at(conn: Any, hubbing: Hubbing, name: str, due: datetime) -> None:
    """Make the job due then, or up to ten seconds later."""
    at = datetime.fromtimestamp(-(-due.timestamp() // STEP) * STEP, UTC)
    enqueue(conn, Job(name=name, key=f"{name}@{at:%Y%m%dT%H%M%S}"), now=hubbing.now(), due=at)
