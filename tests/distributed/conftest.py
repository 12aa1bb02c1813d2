"""A PostgreSQL that forgets nothing it has confirmed, for processes that outlive it or not."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.distributed.site import Site, a_site
from tests.engines import TEMPLATE, prepare_template
from tests.neighbours.counting_sink import sinking
from tests.neighbours.postgres import SETTINGS, Cluster, running_cluster

# What a commit confirmed must be there after kill -9; only a machine that dies needs fsync as well.
DURABLE = {**SETTINGS, "synchronous_commit": "on", "max_connections": "200"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave what waits for leases of minutes to run out out of an ordinary run; LEASES=1 brings it back."""
    away = [] if "LEASES" in os.environ else [item for item in items if item.get_closest_marker("leases")]
    items[:] = [item for item in items if item not in away]
    if away:
        config.hook.pytest_deselected(items=away)


@pytest.fixture(scope="session")
def durable_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster of our own, which may be killed."""
    with running_cluster(DURABLE) as cluster:
        prepare_template(cluster, tmp_path_factory.mktemp("template"))
        yield cluster


@pytest.fixture
async def site(durable_cluster: Cluster, tmp_path: Path) -> AsyncIterator[Site]:
    """A newsroom on a fresh database, with a relay that counts, and no process yet."""
    database = durable_cluster.create(template=TEMPLATE)
    async with sinking() as sink:
        with a_site(tmp_path, durable_cluster.url(database), sink) as newsroom:
            yield newsroom
    durable_cluster.drop(database)
