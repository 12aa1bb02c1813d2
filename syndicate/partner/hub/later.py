"""Jobs of the hub that are due later: one in ten seconds stands for all that wait."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from syndicate.model.job import Job
from syndicate.partner.hub.hubbing import Hubbing

T = TypeVar("T")

STEP = 10
# A lease outlives its request by so long: time to record how that ended.
LEASE = timedelta(seconds=20)


def wake_at(conn: Any, hubbing: Hubbing, name: str, due: datetime) -> None:
    """Make the job due then, or up to ten seconds later."""
    at = datetime.fromtimestamp(-(-due.timestamp() // STEP) * STEP, UTC)
    hubbing.enqueue(conn, Job(name=name, key=f"{name}@{at:%Y%m%dT%H%M%S}", due=at))


def leased(hubbing: Hubbing, name: str, lease: Callable[..., Sequence[T]]) -> Callable[..., Sequence[T]]:
    """The same lease, and somebody who looks when it ends: its owner may be killed meanwhile."""

    def take(conn: Any, *, until: datetime, **more: Any) -> Sequence[T]:
        taken = lease(conn, until=until, **more)
        if taken:
            wake_at(conn, hubbing, name, until)
        return taken

    return take
