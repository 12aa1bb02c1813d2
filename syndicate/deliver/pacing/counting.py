"""One ramp under way: what left on each day, of it what the database does not know of yet."""

from collections import Counter
from collections.abc import Mapping
from datetime import date

from syndicate.deliver.pacing.ramps import allowance, day_of, until_tomorrow
from syndicate.model.pacing import WarmUp


class Ramp:
    """Of a relay, or of a sender's domain. Each of `processes` takes its share of what is left of a day."""

    def __init__(self, warm_up: WarmUp, *, processes: int = 1) -> None:
        self._warm_up = warm_up
        self._processes = processes
        self._sent: Mapping[date, int] = {}
        self._fresh: Counter[date] = Counter()
        self._under_way = 0
        self._midnight = 0.0
        self._today = date.min
        self._left: int | None = None

    def wait(self, now: float) -> float:
        """0.0 when one more may leave, else the seconds until the day ends."""
        if now >= self._midnight:
            self._begin(now)
        if self._left is None or self._fresh[self._today] + self._under_way < self._left:
            return 0.0
        return max(1.0, self._midnight - now)

    def enter(self) -> None:
        """One leaves."""
        self._under_way += 1

    def leave(self, *, arrived: bool) -> None:
        """One has arrived, or came back."""
        self._under_way = max(0, self._under_way - 1)
        if arrived:
            self._fresh[self._today] += 1

    def take(self) -> dict[date, int]:
        """What is to be counted in the database; taken once."""
        taken, self._fresh = dict(self._fresh), Counter()
        return {day: count for day, count in taken.items() if count}

    def give_back(self, day: date, count: int) -> None:
        """It could not be counted after all."""
        self._fresh[day] += count

    def know(self, sent: Mapping[date, int]) -> None:
        """What the database counts by now, of all processes."""
        self._sent = sent
        self._midnight = 0.0

    def _begin(self, now: float) -> None:
        if self._today != day_of(now):
            # Whoever never came back takes no place of another day.
            self._under_way = 0
        self._today = day_of(now)
        self._midnight = now + until_tomorrow(now)
        allowed = allowance(self._sent, warm_up=self._warm_up, today=self._today)
        left = None if allowed is None else allowed - self._sent.get(self._today, 0)
        self._left = None if left is None else max(0, left // self._processes)
