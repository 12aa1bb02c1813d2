"""How one process stands, for who watches over it: alive, ready or not yet, and whether it leads."""

import asyncio
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass

from syndicate.app import App
from syndicate.errors import SyndicateError
from syndicate.schedule.service import Duty
from syndicate.store.connection import Connection
from syndicate.store.database import Database
from syndicate.telemetry.scrape import Scrape

# Who asks gives up after a few seconds, and a database that does not answer by then is out of reach.
PATIENCE = 2.0


@dataclass(slots=True, kw_only=True)
class Standing:
    """What one process is there for, and how far it is: `app` is None until the database is there."""

    duty: Duty
    stop: asyncio.Event
    app: App | None = None
    _asking: "asyncio.Future[None] | None" = None

    @property
    def scrape(self) -> Scrape | None:
        """What this process counts, once it does anything."""
        return self.app.scrape if self.app else None

    async def tell(self) -> Mapping[str, object]:
        """The state as JSON values; `status` is "ready" when it does what it is there for."""
        reached = await self._reaches()
        told: dict[str, object] = {"status": self._status(reached), "role": self.duty.role.value}
        told["database"] = "reached" if reached else "out of reach"
        if self.duty.role.schedules:
            told["clock"] = "leads" if self.duty.leads else "stands by"
        if self.duty.role.works:
            told["queues"] = list(self.duty.queues)
        return told

    def _status(self, reached: bool) -> str:
        if self.stop.is_set():
            return "ending"
        return "ready" if reached else "waiting for the database"

    async def _reaches(self) -> bool:
        if self.app is None:
            return False
        # One question at a time: while the database is silent, each would keep a thread.
        if self._asking is None or self._asking.done():
            self._asking = asyncio.ensure_future(self.app.db.read(_ask))
            self._asking.add_done_callback(lambda asking: asking.cancelled() or asking.exception())
        try:
            await asyncio.wait_for(asyncio.shield(self._asking), PATIENCE)
        except (SyndicateError, TimeoutError):
            return False
        return True


def reach(database: str) -> None:
    """Ask the database at this URL whether it is there. Raises DatabaseBusy, DatabaseFault."""
    with closing(Database(database)) as db:
        db.read_now(_ask)


def _ask(conn: Connection) -> None:
    conn.exec_driver_sql("SELECT 1")
