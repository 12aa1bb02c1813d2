"""How often an archive may be asked: a number of requests in a span of time, over whatever asks. Pure."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most `count` requests in any span of `seconds`."""

    count: int
    seconds: float


@dataclass(slots=True)
class Pacer:
    """Keeps to a limit; it remembers when the last `count` requests were, or will be."""

    limit: Limit
    _taken: deque[datetime] = field(default_factory=deque)

    def book(self, now: datetime) -> float:
        """Seconds to wait before the next request, which counts as made then."""
        span = timedelta(seconds=self.limit.seconds)
        free = self._taken[0] + span if len(self._taken) == self.limit.count else now
        # A clock that was set back must not make anybody wait for hours.
        wait = min(max(timedelta(), free - now), span)
        if len(self._taken) == self.limit.count:
            self._taken.popleft()
        self._taken.append(now + wait)
        return wait.total_seconds()
