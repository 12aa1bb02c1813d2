"""Counts kept in memory, cheaply and from any thread. Whoever scrapes gets them from telemetry/exposition.

No library counts here: its import would be paid for by every command, and sender processes hand their counts
to their parent as plain values.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from time import perf_counter
from typing import Any

OTHER = "other"
# From a request answered out of memory to a feed of a million items (seconds).
SECONDS = (0.001, 0.005, 0.025, 0.1, 0.5, 1.0, 5.0, 30.0, 120.0, 600.0)

Labels = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What a metric is called and means. `most` bounds its label sets; whatever comes then is "other"."""

    name: str
    help: str
    labels: Labels = ()
    most: int = 500


class Counter:
    """How often something happened since this process began; it never goes down.

    `among` are values of the last label that are told from the beginning: of a count that springs up at one,
    nobody who watches sees that it grew.
    """

    def __init__(
        self, name: str, help: str, *labels: str, among: Iterable[str] = (), most: int = 500
    ) -> None:
        self.described = Described(name=name, help=help, labels=labels, most=most)
        self._among = tuple(among)
        self._values: dict[Labels, float] = {} if labels else {(): 0}
        if len(labels) == 1:
            self._values = {(value,): 0 for value in self._among}
        self._sent: dict[Labels, float] = {}
        self._lock = Lock()

    def add(self, amount: float = 1, *labels: str) -> None:
        """Count; one value for each label, in their order."""
        with self._lock:
            key = bounded(self._values, labels, self.described.most)
            if key not in self._values and key == labels:
                for value in self._among:
                    self._values.setdefault((*key[:-1], value), 0)
            self._values[key] = self._values.get(key, 0) + amount

    def tick(self, labels: Labels) -> None:
        """Count one of labels that a single thread counts; costs a fifth of `add`."""
        # Without the lock: nobody else writes these labels, and a dict's own steps are whole.
        self._values[labels] = self._values.get(labels, 0) + 1

    def value(self, *labels: str) -> float:
        """How much was counted under these labels."""
        return self._values.get(labels, 0)

    def values(self) -> Mapping[Labels, float]:
        """All that was counted, by labels; a copy."""
        with self._lock:
            return dict(self._values)

    def take_changes(self) -> list[Any]:
        """What was counted since the last call, as JSON values."""
        now = self.values()
        changes = [[list(key), value - self._sent.get(key, 0)] for key, value in now.items()]
        self._sent = dict(now)
        return [change for change in changes if change[1]]

    def merge(self, changes: Iterable[Any]) -> None:
        """Count what another process did."""
        for labels, amount in changes:
            self.add(amount, *labels)


class Gauge:
    """How something stands in this process now; nothing is told of what was never set."""

    def __init__(self, name: str, help: str, *labels: str, most: int = 500) -> None:
        self.described = Described(name=name, help=help, labels=labels, most=most)
        self._values: dict[Labels, float] = {}
        self._lock = Lock()

    def set(self, value: float, *labels: str) -> None:
        """Say how it stands; one value for each label, in their order."""
        with self._lock:
            self._values[bounded(self._values, labels, self.described.most)] = value

    def value(self, *labels: str) -> float | None:
        """How it stands under these labels; None where nobody said."""
        return self._values.get(labels)

    def values(self) -> Mapping[Labels, float]:
        """All that was set, by labels; a copy."""
        with self._lock:
            return dict(self._values)


@dataclass(slots=True)
class Spread:
    """Observations: how many up to each bound and beyond, and their sum."""

    counts: list[int]
    total: float = 0.0


class Histogram:
    """How long something took, in seconds: counted under the bounds of `buckets`."""

    def __init__(
        self, name: str, help: str, *labels: str, buckets: Sequence[float] = SECONDS, most: int = 100
    ) -> None:
        self.described = Described(name=name, help=help, labels=labels, most=most)
        self.buckets = tuple(map(float, buckets))
        self._spreads: dict[Labels, Spread] = {}
        self._sent: dict[Labels, Spread] = {}
        self._lock = Lock()

    def observe(self, seconds: float, *labels: str) -> None:
        """Count one observation; one value for each label, in their order."""
        with self._lock:
            spread = self._spread(labels)
            spread.counts[bisect_left(self.buckets, seconds)] += 1
            spread.total += seconds

    @contextmanager
    def timed(self, *labels: str) -> Iterator[None]:
        """Observe how long the block takes, also one that raises."""
        began = perf_counter()
        try:
            yield
        finally:
            self.observe(perf_counter() - began, *labels)

    def values(self) -> Mapping[Labels, Spread]:
        """All that was observed, by labels; a copy."""
        with self._lock:
            return {key: Spread(list(one.counts), one.total) for key, one in self._spreads.items()}

    def take_changes(self) -> list[Any]:
        """What was observed since the last call, as JSON values."""
        now, sent = self.values(), self._sent
        self._sent = {key: Spread(list(one.counts), one.total) for key, one in now.items()}
        none = Spread([0] * (len(self.buckets) + 1))
        less = {key: _less(one, sent.get(key, none)) for key, one in now.items()}
        return [[list(key), counts, total] for key, (counts, total) in less.items() if any(counts)]

    def merge(self, changes: Iterable[Any]) -> None:
        """Count what another process observed."""
        for labels, counts, total in changes:
            with self._lock:
                spread = self._spread(tuple(labels))
                spread.counts = [a + b for a, b in zip(spread.counts, counts, strict=True)]
                spread.total += total

    def _spread(self, labels: Labels) -> Spread:
        key = bounded(self._spreads, labels, self.described.most)
        if key not in self._spreads:
            self._spreads[key] = Spread([0] * (len(self.buckets) + 1))
        return self._spreads[key]


Metric = Counter | Gauge | Histogram


def bounded(known: Mapping[Labels, object], labels: Labels, most: int) -> Labels:
    """The labels, or "other" in the place of each once there are as many as may be."""
    if labels in known or len(known) < most:
        return labels
    return (OTHER,) * len(labels)


def _less(now: Spread, before: Spread) -> tuple[list[int], float]:
    counts = [a - b for a, b in zip(now.counts, before.counts, strict=True)]
    return counts, now.total - before.total
