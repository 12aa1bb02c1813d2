"""What every use case of the hub works with."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from syndicate.model.catalogue import Catalogue
from syndicate.model.hub import Hub
from syndicate.model.job import Enqueue, Job, nobody_waits
from syndicate.net.client import Client
from syndicate.partner.gate import Gate
from syndicate.partner.hub.hosts import Hosts
from syndicate.store.database import Database

DISTRIBUTE, VERIFY, DELIVER, PING = "hub.distribute", "hub.verify", "hub.deliver", "hub.ping"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hubbing:
    """Database, named things and the folder that is served; `client` asks callbacks and nobody else.

    `gate` opens the documents of partners. `mint` makes a challenge that nobody guesses, `chance` a number
    from 0 to 1. What this process remembers: how callbacks' `hosts` behave, and that there are `news`, or
    that somebody `asked`.
    """

    db: Database
    catalogue: Catalogue
    public_dir: Path
    client: Client
    now: Callable[[], datetime]
    mint: Callable[[], str]
    chance: Callable[[], float]
    enqueue: Enqueue = nobody_waits
    gate: Gate | None = None
    hosts: Hosts = field(default_factory=Hosts)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def hub(self) -> Hub:
        """The hub as it is configured."""
        return self.catalogue.hub


def job(name: str, feed: str = "") -> Job:
    """A job of the hub; one of its kind, or for its feed, stands for all that wait."""
    return Job(name=name, args={"feed": feed} if feed else {}, key=f"{name}:{feed}" if feed else name)
