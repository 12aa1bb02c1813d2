"""kill -9 of a worker, of the leading scheduler and of PostgreSQL while an issue is sent: nobody is lost."""

import shutil

import pytest

from tests.distributed.site import BATCH, CONNECTIONS, GROUP, Site, check_survived
from tests.neighbours.postgres import Cluster

READERS = 1000


@pytest.mark.timeout(600)
async def test_a_killed_worker_loses_nobody_and_marks_whom_it_may_have_reached(site: Site) -> None:
    site.add_issue(READERS)
    site.start("scheduler", "scheduler")
    site.start("killed", "worker")
    await site.alive("scheduler", "killed")
    site.sink.hold_after(READERS // 3)
    await site.send()
    # It waits for so many answers, which it will never read.
    await site.sink.until(READERS // 3, held=CONNECTIONS)
    site.kill("killed")
    site.sink.release()
    site.start("other", "worker")
    await site.until(site.finished)
    doubles = check_survived(site, READERS, in_flight=CONNECTIONS)
    assert doubles == CONNECTIONS


@pytest.mark.leases
@pytest.mark.timeout(900)
async def test_a_machine_that_is_lost_with_its_journals_loses_nobody(site: Site) -> None:
    site.add_issue(READERS)
    site.start("scheduler", "scheduler")
    await site.alive("scheduler")
    site.furnish("lost")
    site.start("lost", "worker", machine="lost")
    await site.alive("lost")
    site.sink.hold_after(READERS // 3)
    await site.send()
    await site.sink.until(READERS // 3, held=CONNECTIONS)
    site.kill("lost")
    shutil.rmtree(site.folder / "lost")
    site.sink.release()
    site.start("other", "worker")
    # Its leases have to run out.
    await site.until(site.finished)
    check_survived(site, READERS, in_flight=READERS // BATCH * GROUP, lost=True)


@pytest.mark.timeout(600)
async def test_a_killed_leader_is_followed_by_another_which_takes_up_what_a_killed_worker_left(
    site: Site,
) -> None:
    site.add_issue(READERS)
    site.start("leader", "scheduler")
    await site.alive("leader")
    site.start("standby", "scheduler")
    for worker in ("killed", "other"):
        site.start(worker, "worker")
    await site.alive("standby", "killed", "other")
    site.sink.hold_after(READERS // 3)
    await site.send()
    await site.sink.until(READERS // 3, held=2 * CONNECTIONS)
    site.kill("leader")
    site.kill("killed")
    site.sink.release()
    # Nobody asks: whoever leads now has to find what is left.
    await site.until(site.finished)
    check_survived(site, READERS, in_flight=CONNECTIONS)


@pytest.mark.timeout(600)
async def test_postgresql_killed_and_started_again_loses_nobody(site: Site, durable_cluster: Cluster) -> None:
    site.add_issue(READERS)
    workers = ("worker-1", "worker-2")
    for name in ("scheduler", "standby"):
        site.start(name, "scheduler")
    for name in workers:
        site.start(name, "worker")
    await site.alive("scheduler", "standby", *workers)
    site.sink.hold_after(READERS // 3)
    await site.send()
    await site.sink.until(READERS // 3, held=len(workers) * CONNECTIONS)
    durable_cluster.kill()
    # What they are told now they cannot record until the database is back.
    site.sink.release()
    await site.until(lambda: all("refused" in site.told(name) for name in site.processes))
    durable_cluster.start()
    # `until` sees to it that no process ended meanwhile.
    await site.until(site.finished)
    check_survived(site, READERS, in_flight=len(workers) * CONNECTIONS)
