"""A newsroom of several processes: schedulers and workers as they are started by hand, on one database."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import text, update

from syndicate.errors import TryLater
from syndicate.model.delivery import DeliveryState
from syndicate.model.newsletter import IssueState
from syndicate.store import batches, deliveries
from syndicate.store.database import Database
from syndicate.store.schema import issues
from tests.deliver.sender import add_issue, address
from tests.neighbours.counting_sink import Sink

COMMAND = Path(sys.executable).parent / "syndicate"
# A machine that is busy with other tests needs a while to start five processes.
PATIENCE = 240
CONNECTIONS = 4
BATCH, GROUP = 200, 50
CONFIG = """
data_dir = "{folder}/var"
database = "{database}"
[dispatch]
engine = "procrastinate"
[health]
listen = ""
[web]
allow_root = true
[site]
base_url = "https://news.courier.example"
contact = "desk@courier.example"
postal_address = "1 Quay Street, Port Hale"
[newsletters.daily]
title = "The Daily Tide"
cadence = "30 6 * * *"
sender = {{ name = "Harbour Courier", address = "daily@courier.example" }}
[[newsletters.daily.sections]]
title = "News"
[relay]
host = "127.0.0.1"
port = {port}
security = "none"
connections = {connections}
[delivery]
batch = {batch}
group = {group}
"""
PAGE = {"html": "<html><body><p>The ferry sailed at dawn.</p></body></html>", "text": "The ferry sailed.\n"}


@dataclass
class Site:
    """Its folder, its database and its relay; `processes` by the name of their logs."""

    folder: Path
    db: Database
    sink: Sink
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def start(self, name: str, *words: str, machine: str = "var") -> int:
        """Start a role as a process of its own; its id. `machine` is the folder of all that it keeps."""
        log = (self.folder / f"{name}.log").open("wb")
        clean = {key: value for key, value in os.environ.items() if not key.startswith("SYNDICATE_")}
        process = subprocess.Popen(
            [COMMAND, "-c", str(self.config), *words],
            cwd=self.folder,
            env=clean | {"SYNDICATE_DATA_DIR": str(self.folder / machine)},
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
        )
        log.close()
        self.processes[name] = process
        return process.pid

    def furnish(self, machine: str) -> None:
        """Give another machine what it needs of the first: the key, and nothing else."""
        folder = self.folder / machine
        folder.mkdir()
        shutil.copy(self.folder / "var/secret.key", folder)

    async def command(self, *words: str) -> None:
        """Call a command, and wait for its end."""
        self.start("command", *words)
        code = await asyncio.to_thread(self.processes.pop("command").wait)
        assert code == 0, self.told("command")

    def kill(self, name: str) -> None:
        """End it as a lack of memory does: at once, without a word to it."""
        process = self.processes.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait()

    async def end(self, name: str) -> None:
        """Ask it to end, and wait until it has; it ends in peace."""
        process = self.processes.pop(name)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait) == 0, self.told(name)

    @property
    def config(self) -> Path:
        return self.folder / "syndicate.toml"

    def told(self, name: str) -> str:
        """What a process said."""
        return (self.folder / f"{name}.log").read_text("utf-8", "replace")

    def owners(self) -> list[str]:
        """Whoever says that it is alive."""
        return self.db.read_now(lambda conn: list(conn.execute(text("SELECT owner FROM services")).scalars()))

    def name_of(self, owner: str) -> str:
        """What the process is called here that says so of itself."""
        return next((name for name, one in self.processes.items() if f":{one.pid}:" in owner), owner)

    async def alive(self, *names: str) -> None:
        """Come back once these processes have said that they are there."""
        await self.until(lambda: all(self._lives(name) for name in names))

    def _lives(self, name: str) -> bool:
        return any(self.name_of(owner) == name for owner in self.owners())

    async def until(self, true: Callable[[], object]) -> None:
        """Come back when something has become true. No process may have ended meanwhile by itself."""
        async with asyncio.timeout(PATIENCE):
            while not self._is(true):
                for name, process in self.processes.items():
                    assert process.poll() is None, f"{name} ended: {self.told(name)}"
                await asyncio.sleep(0.1)

    @staticmethod
    def _is(true: Callable[[], object]) -> bool:
        # The database may be away just now: that is what some tests are about.
        with suppress(TryLater):
            return bool(true())
        return False

    def add_issue(self, readers: int) -> None:
        """People, and an issue for them that is compiled."""
        self.db.write_now(add_issue, readers=readers)
        self.db.write_now(lambda conn: conn.execute(update(issues).values(**PAGE)))

    async def send(self) -> None:
        """Let the issue be sent by whoever works."""
        await self.command("issue", "send", "daily/1", "--yes", "--accept")

    def finished(self) -> bool:
        """Whether the issue is over."""
        return self.db.read_now(batches.find_progress, 1).state is IssueState.FINISHED

    def tally(self) -> Any:
        """How many deliveries are in which state."""
        return self.db.read_now(deliveries.tally, 1)


@contextmanager
def a_site(folder: Path, url: str, sink: Sink) -> Iterator[Site]:
    """A configured newsroom, without a process yet; those that are left at the end are killed."""
    told = {"database": url, "port": sink.port, "connections": CONNECTIONS}
    told |= {"batch": BATCH, "group": GROUP}
    (folder / "syndicate.toml").write_text(CONFIG.format(folder=folder, **told), "utf-8")
    site = Site(folder, Database(url), sink)
    try:
        yield site
    finally:
        for name in list(site.processes):
            site.kill(name)
        site.db.close()


def check_sent(site: Site, readers: int) -> None:
    """Everybody got it once, as far as the relay and the database know."""
    assert site.sink.received == Counter({address(n): 1 for n in range(1, readers + 1)})
    assert site.tally() == {DeliveryState.SENT: readers}


def check_survived(site: Site, readers: int, *, in_flight: int, lost: bool = False) -> int:
    """Nobody lost; those who got it twice were in flight, and are marked. How many they are.

    Where a machine is `lost` with its journals, that is who had not been settled by the database.
    """
    rows = {address(row.subscriber_id): row for row in site.db.read_now(deliveries.list_deliveries, 1)}
    doubles = {one for one, times in site.sink.received.items() if times > 1}
    assert set(site.sink.received) == set(rows)
    assert len(rows) == readers
    assert {row.state for row in rows.values()} == {DeliveryState.SENT}
    assert max(site.sink.received.values()) <= 2
    assert lost or doubles <= site.sink.doubtful
    assert all(rows[one].was_unknown for one in doubles)
    marked = sum(row.was_unknown for row in rows.values())
    assert len(doubles) <= marked <= in_flight
    return len(doubles)
