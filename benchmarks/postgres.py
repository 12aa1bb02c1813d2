"""A PostgreSQL that keeps what it promises: what is measured on it is as durable as on a server."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

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
    "max_connections": "100",
}


def missing() -> str:
    """What is to be installed, empty when everything is there."""
    return "" if find("initdb") else "needs PostgreSQL: sudo apt-get install postgresql"


@contextmanager
def running() -> Iterator[str]:
    """The URL of a fresh, empty database; SYNDICATE_BENCH_POSTGRESQL names one that is there instead."""
    if url := os.environ.get("SYNDICATE_BENCH_POSTGRESQL"):
        yield url
        return
    with running_cluster(DURABLE) as cluster:
        yield cluster.url(cluster.create())
