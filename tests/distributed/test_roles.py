"""Scheduler and worker as processes of their own: who leads, who waits, and how each of them ends."""

import asyncio
import http.client
import struct
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from syndicate.model.cadence import Cadence
from syndicate.model.delivery import DeliveryState
from syndicate.model.schedule import Schedule
from syndicate.store.schedules import upsert_schedules
from syndicate.store.schema import jobs, occurrences
from tests.distributed.site import CONNECTIONS, Site, check_sent
from tests.neighbours.ports import free_port
from tests.neighbours.postgres import Cluster

READERS = 300
LEADS = '"leader.leads"'
ZONE = "Test/Harbour"
TWICE = "1 2 * * *"
CADENCE = 'cadence = "30 6 * * *"'
# The clock goes back by so much, two seconds after the cadence's moment, which so comes a second time.
BACK = 10
SOON = 25


def write_zone(folder: Path, *, at: int) -> None:
    """A zone where it is 02:01 at `at` (Unix time), and again BACK seconds later (RFC 8536, version 1)."""
    before = 2 * 3600 + 60 - at % 86_400
    types = struct.pack(">iBB", before, 1, 0) + struct.pack(">iBB", before - BACK, 0, 4)
    head = b"TZif" + bytes(16) + struct.pack(">6L", 0, 0, 0, 2, 2, 8)
    changes = struct.pack(">ll", 0, at + 2) + b"\x00\x01"
    place = folder / ZONE
    place.parent.mkdir(parents=True)
    place.write_bytes(head + changes + types + b"HST\0HNT\0")


def count_issues(site: Site) -> tuple[int, int]:
    """How many occurrences are recorded, and how many issues they asked for."""
    compiling = select(func.count()).where(jobs.c.name == "issue.compile")
    return site.db.read_now(
        lambda conn: (
            conn.scalar(select(func.count()).select_from(occurrences)) or 0,
            conn.scalar(compiling) or 0,
        )
    )


def status(port: int, path: str) -> int:
    """What an address of this machine answers; 0 while nobody does."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", f"/{path}")
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


def leader(site: Site, *names: str) -> str:
    """Whichever of them has said that it leads, or nothing."""
    return next((name for name in names if LEADS in site.told(name)), "")


@pytest.mark.timeout(600)
async def test_two_schedulers_fire_once_where_the_hour_comes_twice_also_when_the_leader_is_killed(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = int(time.time()) + SOON
    write_zone(tmp_path / "zones", at=at)
    monkeypatch.setenv("PYTHONTZPATH", f"{tmp_path / 'zones'}:/usr/share/zoneinfo")
    # Known for an hour: schedulers that are not there in time find it missed, and send it late.
    daily = Schedule(name="daily", cadence=Cadence(cron=TWICE, zone=ZONE))
    hour_ago = datetime.fromtimestamp(at, UTC) - timedelta(hours=1)
    site.db.write_now(upsert_schedules, [daily], now=hour_ago)
    twice = f'cadence = "{TWICE}"\ntimezone = "{ZONE}"\nfirst_issue = "at-cadence"'
    site.config.write_text(site.config.read_text("utf-8").replace(CADENCE, twice), "utf-8")
    for name in ("one", "two"):
        site.start(name, "scheduler")
    await site.alive("one", "two")
    await site.until(lambda: count_issues(site) == (1, 1))
    killed = leader(site, "one", "two")
    site.kill(killed)
    left = "two" if killed == "one" else "one"
    await site.until(lambda: leader(site, left))
    # The second time has come, and who leads by then has looked.
    await site.until(lambda: time.time() > at + 2 * BACK)
    assert count_issues(site) == (1, 1)


@pytest.mark.timeout(600)
async def test_a_worker_started_before_the_database_waits_and_says_so(
    site: Site, durable_cluster: Cluster
) -> None:
    durable_cluster.stop()
    try:
        site.start("worker", "worker")
        await site.until(lambda: "Waiting for the database" in site.told("worker"))
        site.start("ended", "worker")
        await site.until(lambda: "Waiting for the database" in site.told("ended"))
        await site.end("ended")
    finally:
        durable_cluster.start()
    await site.alive("worker")
    assert "The database is there" in site.told("worker")
    assert site.told("worker").count("Waiting for the database") < 5
    await site.end("worker")


@pytest.mark.timeout(600)
async def test_web_answers_how_it_is_before_the_database_and_pages_after_it(
    site: Site, durable_cluster: Cluster
) -> None:
    port = free_port()
    text = site.config.read_text("utf-8").replace("[web]", f"[web]\nport = {port}")
    site.config.write_text(text, "utf-8")
    durable_cluster.stop()
    try:
        site.start("web", "web")
        await site.until(lambda: status(port, "healthz") == 200)
        assert [status(port, path) for path in ("readyz", "feeds")] == [503, 503]
    finally:
        durable_cluster.start()
    await site.until(lambda: status(port, "readyz") == 200)
    assert status(port, "feeds") == 200
    await site.end("web")


@pytest.mark.timeout(600)
async def test_a_worker_that_is_asked_to_end_lets_what_it_began_come_to_its_end(site: Site) -> None:
    site.add_issue(READERS)
    site.start("scheduler", "scheduler")
    site.start("worker", "worker")
    await site.alive("scheduler", "worker")
    site.sink.hold_after(READERS // 10)
    await site.send()
    await site.sink.until(READERS // 10, held=CONNECTIONS)
    ending = asyncio.create_task(site.end("worker"))
    await site.until(lambda: "Ending" in site.told("worker"))
    site.sink.release()
    await ending
    tally = site.tally()
    assert DeliveryState.LEASED not in tally
    assert DeliveryState.UNKNOWN not in tally
    site.start("next", "worker")
    await site.until(site.finished)
    check_sent(site, READERS)
    assert all(site.name_of(owner) != "worker" for owner in site.owners())
