"""Units of work, and the seam by which a use case makes one due in its own transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Protocol

# What a worker can be bidden to do alone: asking others, writing what is published, and mail.
QUEUES = ("collect", "publish", "deliver")
QUEUE_OF: Mapping[str, str] = MappingProxyType({
    "source.refresh": "collect",
    "source.reprocess": "collect",
    "feed.publish": "publish",
    "feed.replay": "publish",
    "files.purge": "publish",
    "files.upload": "publish",
    "hub.deliver": "publish",
    "hub.distribute": "publish",
    "hub.ping": "publish",
    "hub.verify": "publish",
    "issue.compile": "publish",
    "partner.publish": "publish",
    "partner.sweep": "publish",
    "sitemap.news": "publish",
    "sitemap.publish": "publish",
    "bounces.fetch": "deliver",
    "bounces.sweep": "deliver",
    "dispatch.prune": "deliver",
    "delivery.archive": "deliver",
    "delivery.batch": "deliver",
    "delivery.mx": "deliver",
    "issue.again": "deliver",
    "issue.send": "deliver",
    "outbox.send": "deliver",
    "sweep": "deliver",
})  # fmt: skip

# Somebody waits for a confirmation; an issue under way has its time; collecting can wait a minute.
PRIORITIES = {
    "outbox.send": 4,
    "sweep": 4,
    "issue.compile": 3,
    "issue.again": 3,
    "issue.send": 3,
    "hub.deliver": 3,
    "hub.distribute": 3,
    "hub.verify": 3,
    "delivery.batch": 2,
    "bounces.sweep": 2,
    "bounces.fetch": 2,
    "feed.publish": 1,
    "files.upload": 1,
    "files.purge": 2,
    "feed.replay": 1,
    "hub.ping": 1,
    "delivery.archive": 0,
    "delivery.mx": 0,
    "dispatch.prune": 0,
    # After the feed that it is made of.
    "partner.publish": 0,
    "partner.sweep": 0,
    "sitemap.news": 0,
    "sitemap.publish": 0,
    "source.refresh": 0,
    "source.reprocess": 0,
}


class Engine(StrEnum):
    """What carries jobs to those who do them: their rows alone, or Procrastinate on PostgreSQL."""

    EMBEDDED = "embedded"
    PROCRASTINATE = "procrastinate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A name from schedule/jobs and its ids. While one with the same `key` waits, a second is dropped.

    An `urgent` one goes before others of its kind; without `due` it is due at once.
    """

    name: str
    args: Mapping[str, str | int | bool] = field(default_factory=dict)
    key: str = ""
    urgent: bool = False
    due: datetime | None = None

    @property
    def priority(self) -> int:
        """Of two jobs that are due, the one with the higher number goes first."""
        return PRIORITIES.get(self.name, 0) + self.urgent

    @property
    def queue(self) -> str:
        """Which of QUEUES it is in."""
        return queue_of(self.name)


def queue_of(name: str) -> str:
    """Which of QUEUES the jobs of this name are in."""
    return QUEUE_OF.get(name, "publish")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A job's row that waits, as whoever carries it needs it; `due` None is at once."""

    id: int
    name: str
    key: str
    priority: int
    due: datetime | None = None


class Carrier(Protocol):
    """Brings the rows of jobs that wait to those who do them."""

    def carry(self, conn: Any, parcels: Sequence[Parcel]) -> None:
        """Take these along, in the caller's transaction."""

    def rescue(self, conn: Any, now: datetime) -> int:
        """Take up what was lost on the way, such as jobs whose worker was killed; how many."""

    def prune(self, conn: Any) -> None:
        """Forget what came to its end long ago."""


class NoCarrier:
    """Whoever does jobs looks for their rows: nothing is to be carried."""

    def carry(self, conn: Any, parcels: Sequence[Parcel]) -> None:
        """Nothing to do."""

    def rescue(self, conn: Any, now: datetime) -> int:
        """Nothing can be lost."""
        return 0

    def prune(self, conn: Any) -> None:
        """Nothing to forget."""


class Enqueue(Protocol):
    """Makes a job due inside the caller's transaction; `conn` is the store's connection, opaque here."""

    def __call__(self, conn: Any, job: Job) -> None:
        """Insert the job; it becomes visible to runners when the transaction commits."""
        ...


def nobody_waits(conn: Any, job: Job) -> None:
    """An `Enqueue` for where no runner stands by: a sweep finds the work, or the caller does it."""
