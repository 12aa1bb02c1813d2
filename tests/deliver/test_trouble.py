"""Databases that are locked or gone and clocks that jump, amid a send: nothing lost, nothing sent twice.

Requirement S4. A full disk is tried beside the kills (test_kill), two senders on one database in test_send.
"""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from syndicate.deliver import send
from syndicate.deliver.sending import Sending
from syndicate.errors import DatabaseBusy
from syndicate.model.delivery import DeliveryState
from syndicate.model.newsletter import IssueState
from syndicate.model.site import DeliverySettings
from syndicate.store.database import Database
from syndicate.store.upgrade import upgrade
from tests.deliver.sender import Hands, a_sending, add_issue, address
from tests.deliver.test_send import Gate, until
from tests.neighbours.postgres import running_cluster
from tests.neighbours.smtp_server import SmtpServer, running

STATES = DeliveryState
READERS = 30
SETTINGS = DeliverySettings(batch=30, group=10)


class Watched(Database):
    """A database that counts how often it was busy."""

    busy = 0

    def write_now(self, f: Any, *args: Any, **kwargs: Any) -> Any:
        """As ever."""
        try:
            return super().write_now(f, *args, **kwargs)
        except DatabaseBusy:
            self.busy += 1
            raise


@contextmanager
def locked(path: str) -> Iterator[None]:
    """Another connection writes, for as long as this lasts."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


async def test_a_locked_database_is_waited_for(sqlite_url: str, tmp_path: Path) -> None:
    db = Watched(sqlite_url, busy_seconds=0.05)
    issue_id = db.write_now(add_issue, readers=READERS)
    async with running(SmtpServer()) as server:
        sending = a_sending(db, server.relay(connections=2), tmp_path, settings=SETTINGS)
        gate = Gate(server, "DOT", 3)
        task = asyncio.create_task(send.send_issue(sending, issue_id))
        await gate.reached.wait()
        with locked(sqlite_url):
            gate.open.set()
            await until(lambda: db.busy >= 3)
        report = await task
        await sending.fleet.close()
    db.close()
    assert (report.state, report.tally) == (IssueState.FINISHED, {STATES.SENT: READERS})
    assert server.recipients == everybody()


async def test_a_database_that_stays_locked_past_the_lease_is_told_and_everything_is_known_later(
    sqlite_url: str, tmp_path: Path
) -> None:
    db, clock = Watched(sqlite_url, busy_seconds=0.05), Hands()
    issue_id = db.write_now(add_issue, readers=READERS)
    async with running(SmtpServer()) as server:
        sending = a_sending(db, server.relay(connections=2), tmp_path, settings=SETTINGS, now=clock)
        gate = Gate(server, "DOT", 3)
        task = asyncio.create_task(send.send_issue(sending, issue_id))
        await gate.reached.wait()
        with locked(sqlite_url):
            clock.move(minutes=3)
            gate.open.set()
            with pytest.raises(DatabaseBusy, match=r"syndicate\.db"):
                await task
        # What was answered stands in the journal: nobody is in doubt, and nobody gets it twice.
        report = await send.send_issue(sending, issue_id)
        await sending.fleet.close()
    db.close()
    assert (report.tally, report.was_unknown) == ({STATES.SENT: READERS}, 0)
    assert server.recipients == everybody()


@pytest.mark.parametrize("past_the_lease", [False, True])
async def test_a_database_server_that_ends_and_comes_back_loses_nobody(
    tmp_path: Path, past_the_lease: bool
) -> None:
    with running_cluster() as cluster:
        url, clock = cluster.url(cluster.create()), Hands()
        db = Watched(url)
        upgrade(db)
        issue_id = db.write_now(add_issue, readers=READERS)
        async with running(SmtpServer()) as server:
            sending = a_sending(db, server.relay(connections=2), tmp_path, settings=SETTINGS, now=clock)
            gate = Gate(server, "DOT", 3)
            task = asyncio.create_task(send.send_issue(sending, issue_id))
            await gate.reached.wait()
            await asyncio.to_thread(cluster.stop)
            gate.open.set()
            if past_the_lease:
                clock.move(minutes=3)
                with pytest.raises(DatabaseBusy):
                    await task
            else:
                await until(lambda: db.busy >= 1)
            await asyncio.to_thread(cluster.start)
            if not past_the_lease:
                # What finds the server gone at its very end is done again, as the runner does it.
                with suppress(DatabaseBusy):
                    await task
            report = await send.send_issue(sending, issue_id)
            await sending.fleet.close()
        db.close()
    assert (report.tally, report.was_unknown) == ({STATES.SENT: READERS}, 0)
    assert server.recipients == everybody()


@pytest.mark.parametrize("jump", [{"days": 1}, {"hours": -1}])
async def test_a_clock_that_jumps_in_the_middle_sends_nothing_twice(
    db: Database, tmp_path: Path, jump: dict[str, float]
) -> None:
    """Ahead, every lease seems over: another sender of this machine must not take it from one who lives."""
    issue_id, clock = db.write_now(add_issue, readers=READERS), Hands()
    async with running(SmtpServer()) as server:
        sending, other = (
            a_sending(db, server.relay(connections=2), tmp_path, settings=SETTINGS, now=clock, mint=mint)
            for mint in (iter("abcdefgh").__next__, iter("ijklmnop").__next__)
        )
        gate = Gate(server, "DOT", 3)
        task = asyncio.create_task(send.send_issue(sending, issue_id))
        await gate.reached.wait()
        clock.move(**jump)
        assert await send.recover(other) == 0
        gate.open.set()
        report = await task
        await asyncio.gather(sending.fleet.close(), other.fleet.close())
    assert (report.tally, report.was_unknown) == ({STATES.SENT: READERS}, 0)
    assert server.recipients == everybody()


async def test_whoever_was_put_off_gets_it_although_the_clock_went_back(db: Database, tmp_path: Path) -> None:
    issue_id, clock = db.write_now(add_issue, readers=2), Hands()
    async with running(SmtpServer(script=once_late)) as server:
        sending = a_sending(db, server.relay(connections=1), tmp_path, now=clock)
        assert (await send.send_issue(sending, issue_id)).tally == {STATES.SENT: 1, STATES.DEFERRED: 1}
        clock.move(hours=-1)
        assert (await send.send_issue(sending, issue_id)).tally == {STATES.SENT: 1, STATES.DEFERRED: 1}
        clock.now = await due(sending)
        report = await send.send_issue(sending, issue_id)
        await sending.fleet.close()
    assert report.tally == {STATES.SENT: 2}
    assert server.recipients == [address(1), address(2)]


def once_late(moment: Any) -> str | None:
    return "450 4.2.0 later" if (moment.verb, moment.count) == ("RCPT", 1) else None


async def due(sending: Sending) -> Any:
    found = await send.next_due(sending)
    assert found is not None
    return found


def everybody() -> list[str]:
    return sorted(address(number) for number in range(1, READERS + 1))
