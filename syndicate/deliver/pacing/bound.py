"""The pace of one newsletter: its window and its sender's ramp, over what holds for everybody."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

from syndicate.deliver.pace import Answer, Verdict, judge
from syndicate.deliver.pacing.counting import Ramp
from syndicate.deliver.pacing.windows import closing, opening
from syndicate.deliver.sending import Closed
from syndicate.model.newsletter import Newsletter


class Everybody(Protocol):
    """What holds for every newsletter: see `sending.Pacer`."""

    limited: bool

    def closed(self, relays: Sequence[str], now: float) -> Closed | None:
        """See there."""
        ...

    def refuses(self, domain: str) -> bool:
        """See there."""
        ...

    def claim(self, domain: str, relay: str, now: float) -> float:
        """See there."""
        ...

    def settle(self, domain: str, relay: str, answer: Answer | None, now: float) -> None:
        """See there."""
        ...


class Hours:
    """A newsletter's window, looked up only when it turns."""

    def __init__(self, window: str, *, zone: str) -> None:
        self._window = window
        self._zone = zone
        self._open_from = self._open_until = 0.0

    def wait(self, now: float) -> float:
        """0.0 while it is open, else the seconds until it is."""
        if not self._window or self._open_from <= now < self._open_until:
            return 0.0
        moment = datetime.fromtimestamp(now, UTC)
        opens = opening(self._window, zone=self._zone, now=moment)
        if opens is not None:
            return max(1.0, opens.timestamp() - now)
        closes = closing(self._window, zone=self._zone, now=moment)
        self._open_from, self._open_until = now, closes.timestamp() if closes else now
        return 0.0

    def __str__(self) -> str:
        return f"{self._window} ({self._zone})"


class Bound:
    """See `sending.Pacer`."""

    def __init__(self, everybody: Everybody, *, hours: Hours, ramp: Ramp | None) -> None:
        self._everybody = everybody
        self._hours = hours
        self._ramp = ramp
        self.limited = True

    async def begin(self, newsletter: Newsletter) -> "Bound":
        """Begun already."""
        return self

    def closed(self, relays: Sequence[str], now: float) -> Closed | None:
        """See there."""
        if waits := self._hours.wait(now):
            return Closed(until=now + waits, why=f"its window {self._hours} is closed")
        if waits := self._ramp.wait(now) if self._ramp else 0.0:
            return Closed(until=now + waits, why="its sender's domain warms up, and its day is full")
        return self._everybody.closed(relays, now)

    def refuses(self, domain: str) -> bool:
        """See there."""
        return self._everybody.refuses(domain)

    def claim(self, domain: str, relay: str, now: float) -> float:
        """See there."""
        waits = max(self._hours.wait(now), self._ramp.wait(now) if self._ramp else 0.0)
        if waits == 0.0 and self._everybody.limited:
            waits = self._everybody.claim(domain, relay, now)
        if waits == 0.0 and self._ramp:
            self._ramp.enter()
        return waits

    def settle(self, domain: str, relay: str, answer: Answer | None, now: float) -> None:
        """See there."""
        arrived = answer is not None and judge(answer) is Verdict.SENT
        if self._ramp:
            self._ramp.leave(arrived=arrived)
        # Acceptances are of interest only to whoever counts them.
        if self._everybody.limited or not arrived:
            self._everybody.settle(domain, relay, answer, now)
