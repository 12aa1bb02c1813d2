"""Issues that hold what was withdrawn: nobody gets it after that moment, and nobody gets an issue twice."""

import asyncio
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from syndicate.deliver import send
from syndicate.deliver.envelope import Letter
from syndicate.deliver.sending import Compose
from syndicate.errors import OwnFault
from syndicate.model.delivery import DeliveryState, Recipient
from syndicate.model.newsletter import Issue, IssueState
from syndicate.model.site import DeliverySettings
from syndicate.publish.corrections import restore_item, withdraw_item
from syndicate.publish.recompile import recompile_issue
from syndicate.store.database import Database
from syndicate.store.schema import subscribers, subscriptions
from tests.builders import NOON
from tests.deliver.sender import Plain, a_sending, address
from tests.deliver.test_send import Gate
from tests.digests import an_id
from tests.neighbours.smtp_server import SmtpServer, running
from tests.publish.newsroom import Newsroom

STATES = DeliveryState
READERS = 10
STORY = re.compile(r"Story \d+")


class Subjects(Plain):
    """Letters that say which stories they hold."""

    def issue(self, issue: Issue) -> Compose:
        """Compose for one rendering of an issue."""
        held = " ".join(dict.fromkeys(STORY.findall(issue.text)))

        def letter(recipient: Recipient) -> Letter:
            text = f"To: {recipient.address}\r\nSubject: {held}\r\n\r\nTide.\r\n"
            return Letter(sender="b@courier.example", recipient=recipient.address, data=text.encode())

        return letter


def add_readers(conn: Any) -> None:
    people = range(1, READERS + 1)
    rows = [{"id": n, "address": address(n), "address_key": address(n), "created": NOON} for n in people]
    conn.execute(insert(subscribers), rows)
    active = {"newsletter": "daily", "state": "active", "since": NOON}
    conn.execute(insert(subscriptions), [{"subscriber_id": n} | active for n in people])


async def an_issue(room: Newsroom) -> Issue:
    room.db.write_now(add_readers)
    room.save(1)
    room.save(2)
    return await room.compile()


async def test_a_withdrawal_in_the_middle_of_a_send_reaches_nobody_after_it(
    db: Database, tmp_path: Path
) -> None:
    room = Newsroom(db)
    issue = await an_issue(room)
    async with running(SmtpServer()) as server:
        settings = DeliverySettings(batch=5, group=2)
        relay = server.relay(connections=1)
        sending = a_sending(db, relay, tmp_path, settings=settings, compositor=Subjects())
        gate = Gate(server, "DOT", 3)
        task = asyncio.create_task(send.send_issue(sending, issue.id))
        await gate.reached.wait()
        await withdraw_item(room.editing, an_id(1), note="Wrong.")
        got = len(server.accepted)
        recompiling = asyncio.create_task(recompile_issue(room.compiling, issue.id))
        gate.open.set()
        report = await task
        assert report.state is IssueState.PAUSED
        # What was leased before, and under way, is all that may still leave.
        assert len(server.accepted) <= got + settings.group
        with_it = len(server.accepted)
        await recompiling
        assert await send.resume(sending, issue.id)
        report = await send.send_issue(sending, issue.id)
        await sending.fleet.close()
    assert (report.state, report.tally) == (IssueState.FINISHED, {STATES.SENT: READERS})
    assert server.recipients == sorted(address(n) for n in range(1, READERS + 1))
    held = Counter(b"Story 1" in letter.data for letter in server.accepted)
    assert held == {True: with_it, False: READERS - with_it}


async def test_an_issue_with_a_withdrawn_item_is_neither_begun_nor_resumed(
    db: Database, tmp_path: Path
) -> None:
    room = Newsroom(db)
    issue = await an_issue(room)
    sending = a_sending(db, SmtpServer().relay(), tmp_path, compositor=Subjects())
    await withdraw_item(room.editing, an_id(1), note="Wrong.")
    for refused in (send.start_issue, send.refuse_stopped):
        with pytest.raises(OwnFault, match="issue recompile daily/1"):
            await refused(sending, issue.id)
    await restore_item(room.editing, an_id(1), note="Right.")
    assert await send.start_issue(sending, issue.id) == READERS
    await withdraw_item(room.editing, an_id(1), note="Wrong.")
    with pytest.raises(OwnFault, match="issue recompile daily/1"):
        await send.resume(sending, issue.id)
    told = await send.report(sending, issue.id)
    assert "was withdrawn" in told.trouble
    await recompile_issue(room.compiling, issue.id)
    assert await send.resume(sending, issue.id)
    assert await send.cancel(sending, issue.id)


async def test_a_stopped_issue_can_be_cancelled(sqlite_db: Database, tmp_path: Path) -> None:
    room = Newsroom(sqlite_db)
    issue = await an_issue(room)
    sending = a_sending(sqlite_db, SmtpServer().relay(), tmp_path, compositor=Subjects())
    await withdraw_item(room.editing, an_id(1), note="Wrong.")
    assert await send.cancel(sending, issue.id)
    assert room.issue(issue).state is IssueState.CANCELLED
