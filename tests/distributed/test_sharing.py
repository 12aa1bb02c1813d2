"""One issue, several workers, which share the database alone: nobody is left out, nobody gets it twice."""

import os

import pytest
from sqlalchemy import select

from syndicate.store.schema import jobs
from tests.distributed.site import CONNECTIONS, Site, check_sent

READERS = int(os.environ.get("READERS", "5000"))
WORKERS = tuple(f"worker-{number}" for number in range(1, 5))


def owners_of_batches(site: Site) -> set[str]:
    """Who has sent a part of the issue."""
    return site.db.read_now(
        lambda conn: set(conn.scalars(select(jobs.c.owner).where(jobs.c.name == "delivery.batch")))
    )


@pytest.mark.timeout(1800)
async def test_four_workers_share_an_issue_and_everybody_gets_it_once(site: Site) -> None:
    site.add_issue(READERS)
    site.start("scheduler", "scheduler")
    await site.alive("scheduler")
    for worker in WORKERS:
        site.furnish(worker)
        site.start(worker, "worker", machine=worker)
    await site.alive(*WORKERS)
    # Until each of them has sent as many as it may at a time, none gets an answer.
    site.sink.hold_after(0)
    await site.send()
    await site.sink.until(0, held=len(WORKERS) * CONNECTIONS)
    site.sink.release()
    await site.until(site.finished)
    check_sent(site, READERS)
    assert {site.name_of(owner) for owner in owners_of_batches(site)} == set(WORKERS)
    for name in ("scheduler", *WORKERS):
        await site.end(name)
    assert site.owners() == []
