"""A PostgreSQL that keeps what it promises: what is measured on it is as durable as on a server."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from syndicate.store.database import Database
from tests.neighbours.postgres import running_cluster
from tests.neighbours.programs import find

# fsync and synchronous_commit stay as PostgreSQL has them. The others are what anybody with some gigabytes of
# memory sets: with a small log, a million rows would be a dozen checkpoints.
DURABLE = {
    "listen_addresses": "",
    "shared_buffers": "1GB",
    "max_wal_size": "16GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "lz4",
    "max_connections": "200",
}
OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' "
    "AND datname = current_database() AND pid <> pg_backend_pid()"
)


def missing() -> str:
    """What is to be installed, empty when everything is there."""
    return "" if find("initdb") else "needs PostgreSQL: sudo apt-get install postgresql"


@contextmanager
def running() -> Iterator[Callable[[], str]]:
    """What makes a fresh, empty database, and tells its URL."""
    with running_cluster(DURABLE) as cluster:
        yield lambda: cluster.url(cluster.create())


def server_cpu(db: Database) -> float:
    """Seconds of CPU time of all the server's processes that have ended, once nobody else is connected."""
    while db.read_now(lambda conn: conn.scalar(OTHERS)):
        time.sleep(0.05)
    folder = db.read_now(lambda conn: Path(conn.scalar(text("SHOW data_directory"))))
    number = (folder / "postmaster.pid").read_text("ascii").split()[0]
    return sum(_times(number)[2:])


def process_cpu(number: int) -> float:
    """Seconds of CPU time that a process has used until now."""
    return sum(_times(str(number))[:2])


def _times(number: str) -> list[float]:
    told = Path(f"/proc/{number}/stat").read_text("ascii").rpartition(")")[2].split()
    return [int(one) / os.sysconf("SC_CLK_TCK") for one in told[11:15]]
