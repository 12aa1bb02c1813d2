"""What collecting needs, wired once. Reading and extracting come in only where somebody collects."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from syndicate.collect.visits import Visits
from syndicate.errors import NotFound
from syndicate.model.catalogue import Catalogue
from syndicate.model.job import Enqueue
from syndicate.model.source import Source
from syndicate.net.client import Client
from syndicate.store.database import Database

# How long raw pages are kept unless somebody says.
FOREVER = timedelta.max
# Fewer cost a transaction and new processes for each handful of files, more are lost to a kill.
PART = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Collecting:
    """What collecting needs. `mint` makes an item's id; `part` is how many pages are saved at a time;
    `raw_kept` is how long raw pages are kept, zero for not at all; `sleep` takes seconds; `hosts` is our
    memory of the hosts that we visit, for as long as the program runs.
    """

    db: Database
    client: Client
    catalogue: Catalogue
    media_dir: Path
    raw_dir: Path
    now: Callable[[], datetime]
    mint: Callable[[], str]
    enqueue: Enqueue
    part: int = PART
    raw_kept: timedelta = FOREVER
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    hosts: dict[str, Any] = field(default_factory=dict)

    @property
    def visits(self) -> Visits:
        """How this collecting fetches."""
        return Visits(client=self.client, now=self.now, sleep=self.sleep, hosts=self.hosts)

    def source(self, name: str) -> Source:
        """The source of that name. Raises NotFound, with those that there are."""
        if name not in self.catalogue.sources:
            names = ", ".join(sorted(self.catalogue.sources)) or "none"
            raise NotFound(f"there is no source {name!r}; there are: {names}")
        return self.catalogue.sources[name]
