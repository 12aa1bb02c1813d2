"""How a run goes about its batch: what overlaps, who is held back, and who is looked at again."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from syndicate.deliver import send
from syndicate.deliver.pace import Answer
from syndicate.deliver.sending import Free
from syndicate.model.delivery import DeliveryState
from syndicate.model.newsletter import IssueState
from syndicate.model.site import DeliverySettings
from syndicate.store import deliveries, schema
from syndicate.store.database import Database
from tests.builders import NOON
from tests.deliver.sender import Hands, a_sending, add_issue, address
from tests.deliver.test_send import Gate, states, until
from tests.neighbours.smtp_server import Moment, SmtpServer, running


class Strict(Free):
    """A pacer that holds one domain back for so many seconds, and keeps what it was told."""

    limited = True

    def __init__(self, domain: str, wait: float, *, times: int = 1_000_000) -> None:
        self.taken: list[tuple[str, str]] = []
        self.settled: list[tuple[str, str, int]] = []
        self._domain, self._wait, self._times = domain, wait, times

    def claim(self, domain: str, relay: str, now: float) -> float:
        """Hold it back, so many times."""
        if domain == self._domain and self._times:
            self._times -= 1
            return self._wait
        self.taken.append((domain, relay))
        return 0.0

    def settle(self, domain: str, relay: str, answer: Answer | None, now: float) -> None:
        """Keep it."""
        self.settled.append((domain, relay, answer.code if answer else 0))


def move_house(conn: Any, *ids: int) -> None:
    """Give these readers an address at another domain."""
    for number in ids:
        there = {"address": f"reader{number}@slow.example", "address_key": f"reader{number}@slow.example"}
        conn.execute(update(schema.subscribers).where(schema.subscribers.c.id == number).values(there))


async def test_who_is_held_back_for_long_waits_in_the_database(db: Database, tmp_path: Path) -> None:
    issue_id = db.write_now(add_issue, readers=6)
    db.write_now(move_house, 2, 3)
    clock, pacer = Hands(), Strict("slow.example", 60.0)
    async with running(SmtpServer()) as server:
        relay = server.relay(connections=2)
        sending = a_sending(db, relay, tmp_path, now=clock, pacer=pacer)
        report = await send.send_issue(sending, issue_id)
        waiting = db.read_now(deliveries.list_deliveries, issue_id, states=[DeliveryState.QUEUED])
        due = await send.next_due(sending)
        clock.move(seconds=60)
        later = await send.send_issue(a_sending(db, relay, tmp_path, now=clock), issue_id)
        await sending.fleet.close()
    assert report.tally == {DeliveryState.SENT: 4, DeliveryState.QUEUED: 2}
    assert [(one.subscriber_id, one.attempt) for one in waiting] == [(2, 0), (3, 0)]
    assert due is not None
    assert (due - NOON).total_seconds() == 60
    assert later.tally == {DeliveryState.SENT: 6}
    assert later.state == IssueState.FINISHED


async def test_who_is_held_back_for_a_moment_is_written_to_in_the_same_run(
    sqlite_db: Database, tmp_path: Path
) -> None:
    issue_id = sqlite_db.write_now(add_issue, readers=4)
    sqlite_db.write_now(move_house, 1)
    pacer = Strict("slow.example", 0.01, times=5)
    async with running(SmtpServer()) as server:
        sending = a_sending(sqlite_db, server.relay(connections=1), tmp_path, pacer=pacer)
        report = await send.send_issue(sending, issue_id)
        await sending.fleet.close()
    assert report.tally == {DeliveryState.SENT: 4}
    assert server.verbs["DOT"] == 4
    assert [domain for domain, _ in pacer.taken][-1] == "slow.example"


async def test_every_place_that_was_taken_is_given_back_once(sqlite_db: Database, tmp_path: Path) -> None:
    def script(moment: Moment) -> str | None:
        refused = moment.verb == "RCPT" and moment.recipient == address(2)
        return "450 4.2.1 later" if refused else None

    issue_id = sqlite_db.write_now(add_issue, readers=4)
    pacer = Strict("nowhere.example", 60.0)
    async with running(SmtpServer(script=script)) as server:
        sending = a_sending(sqlite_db, server.relay(connections=2), tmp_path, pacer=pacer)
        await send.send_issue(sending, issue_id)
        await sending.fleet.close()
    assert len(pacer.taken) == len(pacer.settled) == 4
    assert {relay for _, relay in pacer.taken} == {relay for _, relay, _ in pacer.settled}
    assert sorted(code for _, _, code in pacer.settled) == [250, 250, 250, 450]


async def test_a_batch_begins_while_the_last_of_the_one_before_are_being_sent_to(
    db: Database, tmp_path: Path
) -> None:
    issue_id = db.write_now(add_issue, readers=20)
    async with running(SmtpServer()) as server:
        settings = DeliverySettings(batch=10, group=10)
        sending = a_sending(db, server.relay(connections=2), tmp_path, settings=settings)
        gate = Gate(server, "DOT", 3)
        task = asyncio.create_task(send.send_issue(sending, issue_id))
        await gate.reached.wait()
        await until(lambda: DeliveryState.SENT in {states(db)[n] for n in range(11, 21)})
        assert len([one for one in states(db).values() if one is DeliveryState.LEASED]) >= 1
        gate.open.set()
        report = await task
        await sending.fleet.close()
    assert report.tally == {DeliveryState.SENT: 20}
    assert server.recipients == sorted(address(n) for n in range(1, 21))


async def test_somebody_who_was_taken_out_by_hand_gets_nothing_either(db: Database, tmp_path: Path) -> None:
    """No departure is noted: those who wait are looked at again all the same, twice a second."""
    issue_id = db.write_now(add_issue, readers=6)
    async with running(SmtpServer()) as server:
        sending = a_sending(db, server.relay(connections=1), tmp_path)
        gate = Gate(server, "DOT", 2)
        task = asyncio.create_task(send.send_issue(sending, issue_id))
        await gate.reached.wait()
        ended = update(schema.subscriptions).where(schema.subscriptions.c.subscriber_id == 6)
        await db.write(lambda conn: conn.execute(ended.values(state="ended")))
        await until(lambda: gate.looked_again(db))
        gate.open.set()
        report = await task
        await sending.fleet.close()
    assert report.tally == {DeliveryState.SENT: 5, DeliveryState.SKIPPED: 1}


@pytest.mark.parametrize("group", [1, 2, 3, 100])
async def test_never_are_more_leased_than_a_group(db: Database, tmp_path: Path, group: int) -> None:
    issue_id = db.write_now(add_issue, readers=12)
    most = 0

    def look(moment: Moment) -> None:
        nonlocal most
        if moment.verb == "DOT":
            leased = [one for one in states(db).values() if one is DeliveryState.LEASED]
            most = max(most, len(leased))

    async with running(SmtpServer(script=look)) as server:
        settings = DeliverySettings(batch=12, group=group)
        sending = a_sending(db, server.relay(connections=4), tmp_path, settings=settings)
        report = await send.send_issue(sending, issue_id)
        await sending.fleet.close()
    assert report.tally == {DeliveryState.SENT: 12}
    assert 0 < most <= group
